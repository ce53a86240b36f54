"""What an item must know of the surface that it is painted on: pixels or vectors."""

from __future__ import annotations

from PySide6.QtGui import QPaintEngine, QPainter


def has_pixels(painter: QPainter) -> bool:
    """Whether it ends in pixels: a window, a PNG; not in SVG, PDF or a recorded picture.

    Shortcuts through prepared images are for pixels alone; everything else gets shapes.
    """
    return painter.paintEngine().type() == QPaintEngine.Type.Raster
