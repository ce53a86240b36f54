"""The machine and the versions that figures belong to."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

# NumPy names levels of x86 from 2.4 on, single instruction sets before
SIMD_WORDS = {"X86_V2": "SSE4.2", "X86_V3": "AVX2", "X86_V4": "AVX-512", "AVX512F": "AVX-512"}
PACKAGES = ("vae-gui", "numpy", "torch", "PySide6-Essentials", "pyqtgraph")


def machine() -> dict[str, object]:
    """Processor, cores, vector instructions, system and versions."""
    blas = [f"{b['internal_api']} {b['version']}" for b in threadpool_info()]
    return {
        "processor": processor(),
        "cores": usable_cores(),
        "simd": simd(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "blas": ", ".join(blas) or "unknown",
        **{name: installed(name) for name in PACKAGES},
    }


def processor() -> str:
    """The model of the processor, in its maker's words where the system tells them."""
    file = Path("/proc/cpuinfo")
    if file.exists():
        for line in file.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def usable_cores() -> int:
    """Cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def simd() -> str:
    """The widest vector instructions that NumPy found here."""
    found = np.show_config(mode="dicts")["SIMD Extensions"]
    names = [*found.get("baseline", []), *found.get("found", [])]
    return SIMD_WORDS.get(names[-1], names[-1]) if names else "unknown"


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def words(found: dict[str, object]) -> str:
    """A machine in one line."""
    versions = (f"{name} {found[name]}" for name in ("python", "blas", *PACKAGES))
    return (
        f"{found['processor']}, {found['cores']} cores, {found['simd']}, "
        f"{found['system']}; {', '.join(versions)}"
    )
