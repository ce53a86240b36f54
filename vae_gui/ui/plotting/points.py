"""Many equal points: 10,000 in about a millisecond.

QPainter strokes a round, antialiased point as a path of its own, which takes 10 ms
for 2,000 of them. So on pixels one stamp is drawn once and copied to every point; in
SVG and PDF each point is a true circle.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
import shiboken6
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from vae_gui.core.distributions import Array
from vae_gui.core.network import Floats
from vae_gui.ui.plotting.surface import has_pixels

SUBPIXELS = 4  # a stamp for each quarter of a pixel, so that slow points glide
FRAGMENT = 10  # doubles in a QPainter.PixmapFragment: x, y, source rectangle, scale, ...


class PointsItem(pg.GraphicsObject):
    """Round points of one colour and size."""

    def __init__(self, color: QColor, size: float = 4.0) -> None:
        super().__init__()
        self._xy: Array = np.empty((0, 2))
        self._view = QRectF()
        self._fragments: Array = np.zeros((0, FRAGMENT))
        self.set_style(color, size)

    def set_style(self, color: QColor, size: float) -> None:
        """Set the colour (with opacity) and the diameter in pixels."""
        self._color, self._size = color, size
        self._stamps: tuple[float, QPixmap] | None = None  # (scale it was drawn for, stamps)
        self.update()

    @property
    def points(self) -> Array:
        """The finite points shown, (m, 2)."""
        return self._xy

    def set_points(self, xy: Floats) -> None:
        """Show these points (n, 2); non-finite ones are left out."""
        points = np.asarray(xy, np.float64)
        finite = np.isfinite(points)
        self._xy = points if finite.all() else points[finite.all(axis=1)]
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.set_points(np.empty((0, 2)))

    def boundingRect(self) -> QRectF:
        """All that is in view: points may be anywhere, but are only drawn there."""
        if self._view.isNull():
            self._view = self._visible()
        return self._view

    def viewTransformChanged(self) -> None:
        """Another part of the data is in view."""
        self.prepareGeometryChange()
        self._view = self._visible()
        super().viewTransformChanged()

    def _visible(self) -> QRectF:
        return QRectF(self.viewRect() or QRectF())

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the points in view."""
        to_scene, to_logical = self.sceneTransform(), painter.worldTransform()
        inverse, _ = to_scene.inverted()
        if has_pixels(painter):
            to_pixels = painter.deviceTransform()  # with a dense screen's or a picture's scale
            scale = _scale(inverse * to_pixels)
            back, _ = to_pixels.inverted()
            painter.setWorldTransform(back * to_logical)  # from here on, a unit is a pixel
            self._draw_stamps(painter, self._mapped(to_pixels, scale), scale)
        else:
            painter.setWorldTransform(inverse * to_logical)  # a unit is one of the scene
            self._draw_circles(painter, self._mapped(to_scene, 1.0))
        painter.setWorldTransform(to_logical)

    def _mapped(self, t: QTransform, scale: float) -> Array:
        """The points in view, mapped by `t` to a surface where a point is `size * scale` wide."""
        radius = 0.5 * self._size * scale
        box = t.mapRect(self.boundingRect()).adjusted(-radius, -radius, radius, radius)
        matrix = np.array([[t.m11(), t.m12()], [t.m21(), t.m22()]])
        with np.errstate(over="ignore", invalid="ignore"):  # then it is not in view either
            at = self._xy @ matrix + (t.dx(), t.dy())
        x, y = at[:, 0], at[:, 1]
        inside = (x >= box.left()) & (x <= box.right()) & (y >= box.top()) & (y <= box.bottom())
        return at if inside.all() else at[inside]

    def _draw_circles(self, painter: QPainter, at: Array) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)  # a picture may end in pixels
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color)
        radius = 0.5 * self._size
        for x, y in at.tolist():
            painter.drawEllipse(QPointF(x, y), radius, radius)

    def _draw_stamps(self, painter: QPainter, at: Array, scale: float) -> None:
        if not len(at):
            return
        if self._stamps is None or self._stamps[0] != scale:
            self._stamps = scale, _stamps(self._color, self._size * scale)
        stamps = self._stamps[1]
        cell = stamps.height() // SUBPIXELS
        if len(self._fragments) < len(at):
            self._fragments = np.zeros((len(at), FRAGMENT))
            self._fragments[:, 6:8] = 1.0  # scale
            self._fragments[:, 9] = 1.0  # opacity
        rows = self._fragments[: len(at)]
        steps = np.floor(SUBPIXELS * at + 0.5).astype(np.int64)
        rows[:, 0:2] = steps // SUBPIXELS  # centre
        rows[:, 2:4] = (steps % SUBPIXELS) * cell  # source
        rows[:, 4:6] = cell
        # PySide takes the first fragment of a C array; this is one, without 10,000 objects
        first = shiboken6.wrapInstance(rows.ctypes.data, QPainter.PixmapFragment)
        painter.drawPixmapFragments(cast(QPainter.PixmapFragment, first), len(rows), stamps)


def _scale(t: QTransform) -> float:
    # rounded: a zoom's rounding errors are no reason for new stamps
    return round(float(np.hypot(t.m11(), t.m12())), 4)


def _stamps(color: QColor, diameter: float) -> QPixmap:
    """Discs in square cells, each shifted by quarters of a pixel: column along x, row along y."""
    cell = 2 * int(np.ceil(0.5 * diameter + 1))  # even, so that centres are whole pixels
    pixmap = QPixmap(SUBPIXELS * cell, SUBPIXELS * cell)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    offsets: npt.NDArray[np.int64] = np.arange(SUBPIXELS)
    for row in offsets.tolist():
        for column in offsets.tolist():
            x = cell * (column + 0.5) + column / SUBPIXELS
            y = cell * (row + 0.5) + row / SUBPIXELS
            painter.drawEllipse(QPointF(x, y), 0.5 * diameter, 0.5 * diameter)
    painter.end()
    return pixmap
