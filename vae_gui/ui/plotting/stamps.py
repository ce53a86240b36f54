"""Round points as stamps: one disc is painted once and copied to every point.

QPainter strokes a round, antialiased point as a path of its own, which takes 10 ms
for 2,000 of them; a copy takes 0.2 microseconds.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import shiboken6
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from vae_gui.core.distributions import Array

SUBPIXELS = 4  # a stamp for each quarter of a pixel, so that slow points glide
FRAGMENT = 10  # doubles in a QPainter.PixmapFragment: x, y, source rectangle, scale, ...


class Stamps:
    """Discs of one colour and size, for a painter whose unit is a pixel.

    Args:
        color: With opacity.
        diameter: In pixels.
    """

    def __init__(self, color: QColor, diameter: float) -> None:
        self._discs = _discs(color, diameter)
        self._cell = self._discs.height() // SUBPIXELS
        self._fragments: Array = np.zeros((0, FRAGMENT))

    def draw(self, painter: QPainter, at: Array) -> None:
        """Draw a disc at each of these pixel positions (n, 2)."""
        if not len(at):
            return
        if len(self._fragments) < len(at):
            self._fragments = np.zeros((len(at), FRAGMENT))
            self._fragments[:, 4:6] = self._cell  # size
            self._fragments[:, 6:8] = 1.0  # scale
            self._fragments[:, 9] = 1.0  # opacity
        rows = self._fragments[: len(at)]
        steps = np.floor(SUBPIXELS * at + 0.5)  # whole numbers; dividing integers takes longer
        centre = np.floor(steps * (1 / SUBPIXELS))
        rows[:, 0:2] = centre
        rows[:, 2:4] = (steps - SUBPIXELS * centre) * self._cell  # source
        # PySide takes the first fragment of a C array; this is one, without 10,000 objects
        first = shiboken6.wrapInstance(rows.ctypes.data, QPainter.PixmapFragment)
        painter.drawPixmapFragments(cast(QPainter.PixmapFragment, first), len(rows), self._discs)


def draw_circles(painter: QPainter, at: Array, color: QColor, diameter: float) -> None:
    """The same as shapes, for SVG and PDF: a true circle for each point (n, 2)."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)  # a picture may end in pixels
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    for x, y in at.tolist():
        painter.drawEllipse(QPointF(x, y), 0.5 * diameter, 0.5 * diameter)


def _discs(color: QColor, diameter: float) -> QPixmap:
    """Discs in square cells, each shifted by quarters of a pixel: column along x, row along y."""
    cell = 2 * int(np.ceil(0.5 * diameter + 1))  # even, so that centres are whole pixels
    pixmap = QPixmap(SUBPIXELS * cell, SUBPIXELS * cell)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    for row in range(SUBPIXELS):
        for column in range(SUBPIXELS):
            x = cell * (column + 0.5) + column / SUBPIXELS
            y = cell * (row + 0.5) + row / SUBPIXELS
            painter.drawEllipse(QPointF(x, y), 0.5 * diameter, 0.5 * diameter)
    painter.end()
    return pixmap
