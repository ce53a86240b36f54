"""Whether a window can be opened here, found out before Qt tries and aborts the process."""

from __future__ import annotations

import ctypes
import importlib
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

NEEDS_DISPLAY = ("", "xcb", "wayland", "wayland-egl")
X_PORT = 6000
PATIENCE = 2.0  # seconds to wait for a display to answer


def no_window_because(environment: Mapping[str, str]) -> str:
    """Why no window can be opened, as the end of a sentence; empty if one can be."""
    if sys.platform in ("win32", "darwin"):
        return no_qt_because()
    platform = environment.get("QT_QPA_PLATFORM", "").split(":")[0].split(";")[0]
    if platform not in NEEDS_DISPLAY:
        return no_qt_because()
    wayland, x = environment.get("WAYLAND_DISPLAY", ""), environment.get("DISPLAY", "")
    if not wayland and not x:
        return "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    folder = environment.get("XDG_RUNTIME_DIR", "/nonexistent")
    if wayland and _answers(socket.AF_UNIX, str(Path(folder) / wayland)):
        return no_qt_because()
    if x and _x_answers(x):
        return no_qt_because() or _no_x_because()
    return f"the display {(wayland or x)!r} does not answer"


def no_qt_because() -> str:
    """Why Qt cannot be loaded, as the end of a sentence; empty if it can."""
    try:
        _leave_sources_unread()
        importlib.import_module("PySide6.QtWidgets")
    except ImportError as error:
        return f"Qt cannot be loaded ({error}; README lists the packages it needs)"
    return ""


def _leave_sources_unread() -> None:
    """Have PySide not read the source of every module that is imported.

    It looks there for its own name, to know where another spelling of names may be in force,
    for which nobody asks here: a tenth of a second of a start.
    """
    importlib.import_module("shiboken6")
    feature = sys.modules.get("shibokensupport.feature")
    if hasattr(feature, "_mod_uses_pyside"):  # not in every version
        feature._mod_uses_pyside = _uses_no_spelling  # type: ignore[union-attr]


def _uses_no_spelling(module: ModuleType) -> bool:
    return False


def _no_x_because() -> str:
    """Why Qt's X11 plugin cannot be loaded: it needs libraries that a desktop brings."""
    from PySide6.QtCore import QLibraryInfo

    plugins = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath))
    try:
        ctypes.CDLL(str(plugins / "platforms" / "libqxcb.so"))
    except OSError as error:
        return f"Qt cannot use the display ({error}; README lists the packages it needs)"
    return ""


def _x_answers(display: str) -> bool:
    """Whether an X server listens at `[host]:number[.screen]`."""
    host, _, rest = display.rpartition(":")
    number = rest.split(".")[0]
    if not number.isdecimal():
        return False
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"
        # some servers listen only in Linux's abstract name space
        return _answers(socket.AF_UNIX, path) or _answers(socket.AF_UNIX, "\0" + path)
    return _answers(socket.AF_INET, (host, X_PORT + int(number)))


def _answers(family: int, address: str | tuple[str, int]) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(address)
    except (OSError, OverflowError, ValueError):
        return False
    return True
