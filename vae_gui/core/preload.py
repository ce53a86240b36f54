"""Loads torch's largest library ahead of `import torch`, without holding the interpreter.

The import itself would load it under the interpreter's lock, and every other thread, a
window's too, would stand still for a third of a second or more.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

LIBRARIES = {"linux": "libtorch_cpu.so", "darwin": "libtorch_cpu.dylib"}


def preload_torch() -> bool:
    """Load the library from the thread that calls; whether `import torch` will find it loaded.

    Where it cannot be loaded ahead, nothing happens: the import loads it, or says why not.
    """
    if "torch" in sys.modules:
        return True
    name = LIBRARIES.get(sys.platform)
    spec = importlib.util.find_spec("torch")
    if name is None or spec is None or spec.origin is None:
        return False
    path = Path(spec.origin).parent / "lib" / name
    # a foreign function runs without the lock; `ctypes.CDLL(path)` would hold it
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes = [ctypes.c_char_p, ctypes.c_int]
    dlopen.restype = ctypes.c_void_p
    return dlopen(os.fsencode(path), os.RTLD_NOW) is not None
