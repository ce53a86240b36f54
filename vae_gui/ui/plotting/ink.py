"""A drawing's dots as ink, and the brush over them. Knows no tool and no density."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from vae_gui.core.distributions import Array
from vae_gui.ui.plotting.stamps import Stamps, draw_circles
from vae_gui.ui.plotting.surface import keep_on_screen
from vae_gui.ui.theme import Theme

INK = 0.28  # part of the colour of the truth, the rest the plot's own
LARGEST_STAMP = 300.0  # pixels; a larger dot is drawn as a shape


class _OverPlot(pg.GraphicsObject):
    """An item that may draw anywhere in view, and is in no exported picture."""

    def __init__(self, theme: Theme, z: float) -> None:
        super().__init__()
        self.theme = theme
        self._view = QRectF()
        self.setZValue(z)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        keep_on_screen(self)

    def set_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self.theme = theme
        self.update()

    def boundingRect(self) -> QRectF:
        """All that is in view."""
        if self._view.isNull():
            self._view = QRectF(self.viewRect() or QRectF())
        return self._view

    def viewTransformChanged(self) -> None:
        """Another part of the plane is in view."""
        self.prepareGeometryChange()
        self._view = QRectF(self.viewRect() or QRectF())
        super().viewTransformChanged()


class InkItem(_OverPlot):
    """Round dots in data units, all in one flat colour."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, -1)
        self._layers: tuple[tuple[float, Array], ...] = ()
        self._stamps: dict[tuple[str, float], Stamps] = {}

    @property
    def layers(self) -> tuple[tuple[float, Array], ...]:
        """What is shown: radius and centres (n, 2) of each layer."""
        return self._layers

    def show_dots(self, layers: tuple[tuple[float, Array], ...]) -> None:
        """Show these: radius in data units and centres (n, 2) of each layer."""
        self._layers = layers
        self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the dots; a unit is a pixel of the surface."""
        logical, to_pixels = painter.worldTransform(), painter.deviceTransform()
        back, _ = to_pixels.inverted()
        painter.setWorldTransform(back * logical)
        color = self.theme.mixed_pen("true", INK).color()
        scale = math.hypot(to_pixels.m11(), to_pixels.m12())
        for radius, centres in self._layers:
            at, diameter = _mapped(to_pixels, centres), round(2 * radius * scale, 2)
            if diameter > LARGEST_STAMP:
                draw_circles(painter, at, color, diameter)
            elif len(at):
                self._stamp(diameter).draw(painter, at)
        painter.setWorldTransform(logical)

    def _stamp(self, diameter: float) -> Stamps:
        key = self.theme.name, diameter
        if key not in self._stamps:
            if len(self._stamps) > 60:  # after a long zoom
                self._stamps.clear()
            color = self.theme.mixed_pen("true", INK).color()
            self._stamps[key] = Stamps(color, max(diameter, 1.0))
        return self._stamps[key]


class BrushItem(_OverPlot):
    """The circle of the brush, and the lines about which it is mirrored or turned."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, 60)
        self.radius = 0.0
        self.at: Array | None = None  # (2,)
        self._guides: tuple[float, ...] = ()  # angles of lines through the origin

    def show_brush(self, at: Array | None, radius: float) -> None:
        """Show the circle around a point (2,); None for nowhere."""
        self.at, self.radius = at, radius
        self.update()

    def show_guides(self, angles: tuple[float, ...]) -> None:
        """Show lines through the origin at these angles."""
        self._guides = angles
        self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw guides and circle."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.theme.pen("muted", 1.0, 0.6, Qt.PenStyle.DashLine))
        view = self.boundingRect()
        corners = (view.topLeft(), view.topRight(), view.bottomLeft(), view.bottomRight())
        far = max(math.hypot(c.x(), c.y()) for c in corners)
        for angle in self._guides:
            end = far * math.cos(angle), far * math.sin(angle)
            painter.drawLine(QLineF(0.0, 0.0, *end))
        if self.at is not None:
            centre = QPointF(*self.at.tolist())
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self.theme.pen("plot", 3.0, 0.6))
            painter.drawEllipse(centre, self.radius, self.radius)
            painter.setPen(self.theme.pen("text", 1.2))
            painter.drawEllipse(centre, self.radius, self.radius)


def _mapped(t: QTransform, xy: Array) -> Array:
    matrix = np.array([[t.m11(), t.m12()], [t.m21(), t.m22()]])
    at = np.asarray(xy @ matrix + (t.dx(), t.dy()))
    return at[(np.abs(at) < 1e6).all(axis=1)]
