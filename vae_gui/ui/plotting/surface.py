"""What an item must know of where it is painted: pixels or vectors, the screen or a file."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtGui import QPaintEngine, QPainter, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QWidget

from vae_gui.core.distributions import Array

_SCREEN_ONLY = 1  # key of an item's data


def has_pixels(painter: QPainter) -> bool:
    """Whether it ends in pixels: a window, a PNG; not in SVG, PDF or a recorded picture.

    Shortcuts through prepared images are for pixels alone; everything else gets shapes.
    """
    return painter.paintEngine().type() == QPaintEngine.Type.Raster


def polygon(x: Array, y: Array) -> QPolygonF:
    """The points (x, y), each (n,), for a painter, without an object for each."""
    made = pg.functions.create_qpolygonf(len(x))
    at = pg.functions.ndarray_from_qpolygonf(made)
    at[:, 0], at[:, 1] = x, y
    return made


def keep_on_screen(part: QGraphicsItem | QWidget) -> None:
    """Leave a part out of exported pictures: it is there for the hand alone."""
    if isinstance(part, QWidget):
        part.setProperty("screenOnly", True)
    else:
        QGraphicsItem.setData(part, _SCREEN_ONLY, True)  # curves and scatters have their own


def is_for_screen_only(part: QGraphicsItem | QWidget) -> bool:
    """Whether it was told to `keep_on_screen`."""
    if isinstance(part, QWidget):
        return bool(part.property("screenOnly"))
    return bool(QGraphicsItem.data(part, _SCREEN_ONLY))  # an image has a `data` of its own
