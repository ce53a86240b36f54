"""Imports pyqtgraph in half its time.

It copies each name of Qt into modules of its own, which has PySide make a thousand
classes that nobody uses. Here those modules are PySide's own, and there is no name to copy.
It also looks for CUDA, whose drawing nobody uses here either.
"""

from __future__ import annotations

import importlib
import sys

MIRRORED = ("QtCore", "QtGui", "QtWidgets")


def import_pyqtgraph() -> None:
    """Import it, unless it is imported already."""
    if "pyqtgraph" in sys.modules:
        return
    modules = {name: importlib.import_module(f"PySide6.{name}") for name in MIRRORED}
    listed = {name: vars(module).get("__dir__") for name, module in modules.items()}
    for name, module in modules.items():
        sys.modules[f"pyqtgraph.Qt.{name}"] = module
        vars(module)["__dir__"] = list  # of nothing
    looks_for_cuda = "cuda" not in sys.modules
    if looks_for_cuda:
        sys.modules["cuda"] = None  # type: ignore[assignment]  # not to be found
    try:
        importlib.import_module("pyqtgraph")
    finally:
        if looks_for_cuda:
            del sys.modules["cuda"]
        for name, module in modules.items():
            if listed[name] is None:
                del vars(module)["__dir__"]
            else:
                vars(module)["__dir__"] = listed[name]
