"""Many equal points: 10,000 in one or two milliseconds.

On pixels one stamp is copied to every point; in SVG and PDF each is a true circle.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from vae_gui.core.distributions import Array
from vae_gui.core.network import Floats
from vae_gui.ui.plotting.stamps import Stamps, draw_circles, mapped
from vae_gui.ui.plotting.surface import has_pixels
from vae_gui.ui.plotting.view_item import InView

FEW = 4  # points that are drawn without a stamp
FAR = 1e5  # pixels; Qt cannot draw farther out


class PointsItem(InView):
    """Round points of one colour and size."""

    def __init__(self, color: QColor, size: float = 4.0) -> None:
        super().__init__()
        self._xy: Array = np.empty((0, 2))
        self.set_style(color, size)

    def set_style(self, color: QColor, size: float, *inner: tuple[QColor, float]) -> None:
        """Set the colour (with opacity) and the diameter in pixels.

        Args:
            color: Of the points.
            size: Their diameter.
            inner: The same of smaller points drawn over all of these, which makes circles.
        """
        self._size, self._layers = size, ((color, size), *inner)
        # the scale they were drawn for, and the stamps of each layer
        self._stamps: tuple[float, list[Stamps]] | None = None
        self.update()

    @property
    def points(self) -> Array:
        """The finite points shown, (m, 2)."""
        return self._xy

    def set_points(self, xy: Floats) -> None:
        """Show these points (n, 2); non-finite ones are left out."""
        points = np.ascontiguousarray(xy, np.float64)
        finite = np.isfinite(points)
        self._xy = points if finite.all() else points[finite.all(axis=1)]
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.set_points(np.empty((0, 2)))

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the points in view."""
        if not len(self._xy):
            return
        to_scene, to_logical = self.sceneTransform(), painter.worldTransform()
        inverse, _ = to_scene.inverted()
        if has_pixels(painter):
            to_pixels = painter.deviceTransform()  # with a dense screen's or a picture's scale
            scale = _scale(inverse * to_pixels)
            back, _ = to_pixels.inverted()
            painter.setWorldTransform(back * to_logical)  # from here on, a unit is a pixel
            if len(self._xy) <= FEW:
                self._draw_few(painter, to_pixels, scale)
            else:
                if self._stamps is None or self._stamps[0] != scale:
                    self._stamps = scale, [Stamps(color, d * scale) for color, d in self._layers]
                view = to_pixels.mapRect(self.boundingRect())
                for stamps in self._stamps[1]:
                    stamps.draw_in_view(painter, self._xy, to_pixels, view)
        else:
            painter.setWorldTransform(inverse * to_logical)  # a unit is one of the scene
            at = self._in_view(mapped(self._xy, to_scene), to_scene)
            for color, size in self._layers:
                draw_circles(painter, at, color, size)
        painter.setWorldTransform(to_logical)

    def _draw_few(self, painter: QPainter, t: QTransform, scale: float) -> None:
        """Draw discs one by one: for a few, arrays and stamps take longer."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        places = [t.map(QPointF(x, y)) for x, y in self._xy.tolist()]
        for color, size in self._layers:
            radius = 0.5 * size * scale
            painter.setBrush(color)
            for at in places:
                if abs(at.x()) < FAR and abs(at.y()) < FAR:
                    painter.drawEllipse(at, radius, radius)

    def _in_view(self, at: Array, to_scene: QTransform) -> Array:
        """Those of the points (n, 2) in the scene of which something is in view."""
        radius = 0.5 * self._size
        box = to_scene.mapRect(self.boundingRect()).adjusted(-radius, -radius, radius, radius)
        x, y = at.T
        inside = (x >= box.left()) & (x <= box.right()) & (y >= box.top()) & (y <= box.bottom())
        return at[inside]


def _scale(t: QTransform) -> float:
    # rounded: a zoom's rounding errors are no reason for new stamps
    return round(float(np.hypot(t.m11(), t.m12())), 4)
