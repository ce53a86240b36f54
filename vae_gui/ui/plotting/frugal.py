"""Imports of pyqtgraph what is used, in a quarter of the time that all of it takes.

It copies each name of Qt into modules of its own, which has PySide make a thousand
classes that nobody uses. Here those modules are PySide's own, and there is no name to copy.
It also brings regions, trees of parameters and consoles, which nobody uses here either; they
come when they are first asked for. And it looks for CUDA.
"""

from __future__ import annotations

import atexit
import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from types import ModuleType

MIRRORED = ("QtCore", "QtGui", "QtWidgets")
# of what it imports on top, by a line each; the rest of it needs the others at once
LATER = re.compile(
    r"^from \.((?:graphicsItems|imageview|widgets)\b[\w.]*) import .+$", re.MULTILINE
)


def import_pyqtgraph() -> None:
    """Import it, unless it is imported already."""
    if "pyqtgraph" in sys.modules:
        return
    with _mirrored(), _without_cuda():
        spec = find_spec("pyqtgraph")
        source = _source(spec)
        if spec is None or source is None:  # no file that can be read
            importlib.import_module("pyqtgraph")
            return
        module = module_from_spec(spec)
        sys.modules["pyqtgraph"] = module
        try:
            exec(compile(LATER.sub("", source), spec.origin or "", "exec"), vars(module))
        except BaseException:
            del sys.modules["pyqtgraph"]
            raise
    vars(module)["__getattr__"] = _Later(module, LATER.findall(source))
    atexit.unregister(module.cleanup)
    atexit.register(_clean_up, module)


class _Later:
    """Finds what `pyqtgraph` has by another name of its own: in the modules not imported yet."""

    def __init__(self, module: ModuleType, names: list[str]) -> None:
        self._module = module
        self._names = list(dict.fromkeys(names))

    def __call__(self, name: str) -> object:
        """The attribute of that name.

        Raises:
            AttributeError: There is none; or it is a module, which `import` looks for next.
        """
        if not name.startswith("_") and find_spec(f"pyqtgraph.{name}") is None:
            # most modules are called like the class in them
            for later in sorted(self._names, key=lambda n: n.rpartition(".")[2] != name):
                found = importlib.import_module(f"pyqtgraph.{later}")
                if hasattr(found, name):
                    setattr(self._module, name, getattr(found, name))
                    return getattr(found, name)
        raise AttributeError(f"module 'pyqtgraph' has no attribute {name!r}")


def _clean_up(module: ModuleType) -> None:
    """What it does at the end of the program, if there is anything to clean up."""
    if "ViewBox" in vars(module):
        module.cleanup()


def _source(spec: ModuleSpec | None) -> str | None:
    read = getattr(spec and spec.loader, "get_source", None)
    return read("pyqtgraph") if read else None


@contextmanager
def _mirrored() -> Iterator[None]:
    """Give it PySide's modules for its copies of them, empty to whoever would copy them."""
    modules = {name: importlib.import_module(f"PySide6.{name}") for name in MIRRORED}
    listed = {name: vars(module).get("__dir__") for name, module in modules.items()}
    for name, module in modules.items():
        sys.modules[f"pyqtgraph.Qt.{name}"] = module
        vars(module)["__dir__"] = list  # of nothing
    try:
        yield
    finally:
        for name, module in modules.items():
            if listed[name] is None:
                del vars(module)["__dir__"]
            else:
                vars(module)["__dir__"] = listed[name]


@contextmanager
def _without_cuda() -> Iterator[None]:
    if "cuda" in sys.modules:
        yield
        return
    sys.modules["cuda"] = None  # type: ignore[assignment]  # not to be found
    try:
        yield
    finally:
        del sys.modules["cuda"]
