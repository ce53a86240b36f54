"""Contour lines of a density as one curve (contourpy, in C++)."""

from __future__ import annotations

from typing import cast

import contourpy
import numpy as np
import pyqtgraph as pg
from contourpy import LineType
from PySide6.QtGui import QPainter, QPen, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from vae_gui.core.distributions import Array
from vae_gui.core.interrupting import give_way
from vae_gui.core.views import Truth
from vae_gui.ui.plotting.surface import has_pixels


def contour_lines(x1: Array, x2: Array, density: Array, levels: Array) -> tuple[Array, Array]:
    """All contour lines of a density (G2, G1), rows along x2, as x and y with NaN between lines."""
    generator = contourpy.contour_generator(x1, x2, density, line_type=LineType.Separate)
    gap = np.full((1, 2), np.nan)
    pieces: list[Array] = []
    for level in levels:
        give_way()
        for line in cast(list[Array], generator.lines(level)):
            pieces += [line, gap]
    xy = np.concatenate(pieces) if pieces else np.empty((0, 2))
    return xy[:, 0], xy[:, 1]


class ContourItem(pg.PlotCurveItem):
    """The contours of a true density at its levels of enclosed mass."""

    def __init__(self, pen: QPen) -> None:
        super().__init__(pen=pen, connect="finite", antialias=True)
        self._casing: QPen | None = None

    def set_casing(self, pen: QPen) -> None:
        """Draw an edge of this pen's colour around the lines, which sets them off a picture."""
        self._casing = pen
        self.update()

    def setData(self, *args: object, **named: object) -> None:
        """Draw these lines. What is drawn with is made here: painting has enough to do."""
        super().setData(*args, **named)
        self.getPath()

    def show_truth(self, truth: Truth) -> None:
        """Draw the contours of this truth."""
        x, y = contour_lines(truth.x1, truth.x2, truth.density, truth.levels)
        self.setData(x, y)

    def show_nothing(self) -> None:
        """Draw no lines."""
        self.setData([], [])

    def paint(self, painter: QPainter, opt: QStyleOptionGraphicsItem, widget: QWidget) -> None:
        """Draw the casing, then the lines."""
        if self._casing is not None and self.xData is not None and len(self.xData):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_casing(painter, self._casing)
        super().paint(painter, opt, widget)

    def _paint_casing(self, painter: QPainter, pen: QPen) -> None:
        path = self.getPath()
        if not has_pixels(painter):
            wide = QPen(pen)
            wide.setWidthF(3 * pen.widthF())
            painter.strokePath(path, wide)
            return
        # Qt takes 75 ms for long lines wider than a pixel, 1 ms for thin ones
        here = painter.worldTransform()
        painter.setPen(pen)
        for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            painter.setWorldTransform(here * QTransform.fromTranslate(dx, dy))
            painter.drawPath(path)
        painter.setWorldTransform(here)
