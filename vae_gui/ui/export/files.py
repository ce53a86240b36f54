"""Pictures put somewhere: into a file, or into the clipboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from vae_gui.core.storage import FileProblem, atomic_write
from vae_gui.ui.export.render import png_bytes, render_pdf, render_png, render_svg

CLIPBOARD_SCALE = 2
FORMATS: dict[str, Callable[[QWidget, float, bool], bytes]] = {
    ".png": lambda widget, scale, header: png_bytes(widget, scale, header=header),
    ".svg": lambda widget, scale, header: render_svg(widget, header=header),
    ".pdf": lambda widget, scale, header: render_pdf(widget, header=header),
}


def save(widget: QWidget, path: Path, scale: float = 2, *, header: bool = True) -> None:
    """Write a widget as PNG, SVG or PDF, as the ending of the name says, complete or not at all.

    Args:
        widget: A panel, or any other widget or window.
        path: Where to; an existing file is replaced.
        scale: Pixels of a PNG for each pixel of the widget, 1 to 4.
        header: Whether a panel gets its title and legend on top.

    Raises:
        FileProblem: The ending is another, or the file cannot be written.
        InvalidValue: The scale is not from 1 to 4.
    """
    content = FORMATS.get(path.suffix.lower())
    if content is None:
        raise FileProblem.about("write", path, "its name must end in " + " or ".join(FORMATS))
    atomic_write(path, content(widget, scale, header))


def copy_to_clipboard(widget: QWidget) -> None:
    """Put a widget into the clipboard, as pixels at 2x and as SVG: whoever pastes may choose."""
    mime = QMimeData()
    with wait_cursor():
        mime.setData("image/svg+xml", render_svg(widget))
        mime.setImageData(render_png(widget, CLIPBOARD_SCALE))
    QGuiApplication.clipboard().setMimeData(mime)


@contextmanager
def wait_cursor() -> Iterator[None]:
    """The pointer asks for patience: a large window takes most of a second.

    A text in the status bar would be in the picture.
    """
    QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
    try:
        yield
    finally:
        QGuiApplication.restoreOverrideCursor()
