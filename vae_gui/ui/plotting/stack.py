"""Bands on top of one another along the steps of a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from vae_gui.core.distributions import Array, Bounds
from vae_gui.ui.plotting.steps import StepScale
from vae_gui.ui.plotting.surface import polygon

FAR = 20.0  # heights of the view; what lies farther out is drawn there, which nobody sees


class StackItem(pg.GraphicsObject):
    """Parts of a sum at some steps, as bands whose edges are their running sums."""

    def __init__(self) -> None:
        super().__init__()
        self._scale = StepScale()
        self._steps: Array = np.empty(0)
        self._parts: Array = np.empty((0, 0))
        self._fills: list[QColor] = []
        self._lines: list[QPen] = []
        # the view that they were made for, bands and their upper edges
        self._shapes: tuple[Bounds, list[QPolygonF], list[QPolygonF]] | None = None

    def set_colors(self, fills: Sequence[QColor], lines: Sequence[QPen]) -> None:
        """A colour inside and a pen for the upper edge of each band, the lowest first."""
        self._fills, self._lines = list(fills), list(lines)
        self.update()

    def set_parts(self, steps: Array, parts: Array) -> None:
        """Show parts (n, k), the lowest first, at increasing steps (n,)."""
        self._steps, self._parts = steps, parts
        self._shapes = None
        self.update()

    def set_step_scale(self, scale: StepScale) -> None:
        """Draw on a linear or logarithmic axis."""
        self._scale = scale
        self._shapes = None
        self.update()

    @property
    def edges(self) -> Array:
        """Running sums at each step, (n, k)."""
        return np.cumsum(self._parts, axis=1)

    def lines(self) -> tuple[Array, Array]:
        """Places along the axis (n,), and the edges there, (n, k)."""
        return self._scale.x(self._steps), self.edges

    def boundingRect(self) -> QRectF:
        """The visible part of the plot."""
        return QRectF(self.viewRect() or QRectF())

    def viewTransformChanged(self) -> None:
        """Another part of the plot is visible."""
        self.prepareGeometryChange()
        super().viewTransformChanged()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the bands, then their edges."""
        if not len(self._steps):
            return
        bands, edges = self._shapes_in(self.getViewBox().viewRange())
        painter.setPen(QPen(QColor(0, 0, 0, 0)))
        # the line on its edge is smooth; to smooth a large surface too takes milliseconds
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for band, fill in zip(bands, self._fills, strict=True):
            painter.setBrush(QBrush(fill))
            painter.drawPolygon(band)
        painter.setBrush(QBrush())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for edge, line in zip(edges, self._lines, strict=True):
            painter.setPen(line)
            painter.drawPolyline(edge)

    def _shapes_in(self, view: list[list[float]]) -> tuple[list[QPolygonF], list[QPolygonF]]:
        """The bands and their upper edges, made once for the same parts in the same view."""
        (left, right), (bottom, top) = view
        bounds = (left, right, bottom, top)
        if self._shapes is None or self._shapes[0] != bounds:
            x, reach = self._scale.x(self._steps), FAR * (top - bottom)
            low = np.full(len(x), bottom - reach)
            edges = self.edges.clip(bottom - reach, top + reach)
            if len(x) == 1:  # one moment is a bar
                width = 0.02 * (right - left)
                x, edges = np.array([x[0] - width, x[0] + width]), np.repeat(edges, 2, axis=0)
                low = np.repeat(low, 2)
            lows = [low, *edges.T[:-1]]
            bands = [
                polygon(np.append(x, x[::-1]), np.append(edge, low[::-1]))
                for edge, low in zip(edges.T, lows, strict=True)
            ]
            self._shapes = bounds, bands, [polygon(x, edge) for edge in edges.T]
        return self._shapes[1:]
