"""Ellipses with grips, drawn over a plot; where a grip is on the screen, and what is under a point.

Knows no distribution and no gesture: it shows ellipses and says which grip is where.
"""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from vae_gui.core.distributions import Array
from vae_gui.core.distributions.handles import Ellipse, Grip
from vae_gui.ui.plotting.surface import keep_on_screen
from vae_gui.ui.theme import Theme

REACH = 10.0  # pixels from its middle at which a grip is taken
LEAST_AXIS = 20.0  # pixels; a small ellipse keeps its grips apart
STEM = 22.0  # pixels from the end of the axis to the grip that turns
VERTICES = 96
_ANGLES = np.linspace(0, 2 * np.pi, VERTICES, endpoint=False)

Place = tuple[int, Grip]  # which ellipse, and what of it


class HandlesItem(pg.GraphicsObject):
    """Ellipses of which one is active and shows its grips.

    Attributes:
        ellipses: What is shown.
        active: Which of them shows its grips; None for none.
        focus: Which grip of it the keyboard has; None for none.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.ellipses: tuple[Ellipse, ...] = ()
        self.active: int | None = None
        self.focus: Grip | None = None
        self._view = QRectF()
        self.setZValue(50)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        keep_on_screen(self)

    def show_ellipses(self, ellipses: tuple[Ellipse, ...], like: tuple[Ellipse, ...]) -> None:
        """Show these, their axes named as those of others if there are as many."""
        if len(ellipses) == len(like):
            ellipses = tuple(new.like(old) for new, old in zip(ellipses, like, strict=True))
        self.ellipses = ellipses
        if self.active is not None and self.active >= len(ellipses):
            self.active = self.focus = None
        self.update()

    def set_active(self, active: int | None, focus: Grip | None = None) -> None:
        """Show the grips of one ellipse, and which of them the keyboard has."""
        if (active, focus) != (self.active, self.focus):
            self.active, self.focus = active, focus
            self.update()

    # where things are -----------------------------------------------------------------

    def grips(self, index: int) -> dict[Grip, QPointF]:
        """Where the grips of an ellipse are in the scene, in pixels."""
        ellipse = self.ellipses[index]
        centre = self._in_scene(ellipse.centre)
        ends: dict[Grip, QPointF] = {"centre": centre}
        for grip, axis in zip(("first", "second"), ellipse.axes, strict=True):
            way = self._in_scene(ellipse.centre + axis) - centre
            length = math.hypot(way.x(), way.y()) or 1.0
            end = way * (max(length, LEAST_AXIS) / length)
            ends[grip] = centre + end  # type: ignore[index]
            if grip == "first":
                stem = 1 + STEM / max(length, LEAST_AXIS)
                ends["turn"] = centre + end * stem
        return {grip: ends[grip] for grip in ellipse.grips}

    def at(self, point: QPointF) -> Place | None:
        """The grip under a point of the scene: of the active ellipse, or a centre of any."""
        if self.active is not None:
            found = self._nearest(self.grips(self.active), point)
            if found is not None:
                return self.active, found
        best: tuple[float, Place] | None = None
        for index in range(len(self.ellipses)):
            for grip, place in self.grips(index).items():
                if grip == "centre" or "centre" not in self.ellipses[index].grips:
                    off = _distance(place, point)
                    if off <= REACH and (best is None or off < best[0]):
                        best = off, (index, grip)
        return best[1] if best else None

    def nearest(self, point: QPointF) -> int | None:
        """The ellipse that a point of the scene lies in, the one whose centre is the nearest."""
        found: tuple[float, int] | None = None
        for index, ellipse in enumerate(self.ellipses):
            off = _distance(self._in_scene(ellipse.centre), point)
            if self._polygon(ellipse).containsPoint(point, Qt.FillRule.OddEvenFill) and (
                found is None or off < found[0]
            ):
                found = off, index
        return found[1] if found else None

    @staticmethod
    def _nearest(grips: dict[Grip, QPointF], point: QPointF) -> Grip | None:
        grip = min(grips, key=lambda g: _distance(grips[g], point))
        return grip if _distance(grips[grip], point) <= REACH else None

    def _in_scene(self, at: Array) -> QPointF:
        return self.sceneTransform().map(QPointF(*at.tolist()))

    def _polygon(self, ellipse: Ellipse) -> QPolygonF:
        points = [QPointF(x, y) for x, y in ellipse.outline(_ANGLES).tolist()]
        return self.sceneTransform().map(QPolygonF(points))

    # drawing --------------------------------------------------------------------------

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

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw outlines and grips; a unit is a pixel of the screen."""
        logical = painter.worldTransform()
        back, _ = self.sceneTransform().inverted()
        painter.setWorldTransform(back * logical)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, ellipse in enumerate(self.ellipses):
            active = index == self.active
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self.theme.mixed_pen("accent", 1.0 if active else 0.5))
            painter.drawPolygon(self._polygon(ellipse))
        for index in range(len(self.ellipses)):
            if index != self.active:
                self._draw_quiet(painter, index)
        if self.active is not None:
            self._draw_grips(painter, self.grips(self.active))
        painter.setWorldTransform(logical)

    def _draw_quiet(self, painter: QPainter, index: int) -> None:
        painter.setPen(self.theme.pen("plot", 1.0))
        painter.setBrush(self.theme.color("accent", 0.75))
        for grip, at in self.grips(index).items():
            if grip == "centre" or "centre" not in self.ellipses[index].grips:
                painter.drawEllipse(at, 3.5, 3.5)

    def _draw_grips(self, painter: QPainter, grips: dict[Grip, QPointF]) -> None:
        if "turn" in grips:
            painter.setPen(self.theme.mixed_pen("accent", 0.8))
            painter.drawLine(grips["first"], grips["turn"])
        for grip, at in grips.items():
            focused = grip == self.focus
            if focused:
                painter.setPen(self.theme.pen("text", 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(at, 9, 9)
            painter.setPen(self.theme.pen("accent", 1.6))
            painter.setBrush(self.theme.color("accent" if grip == "centre" else "card"))
            if grip in ("first", "second"):
                painter.drawRect(QRectF(at.x() - 4, at.y() - 4, 8, 8))
            else:
                painter.drawEllipse(at, 4.5, 4.5)


def _distance(a: QPointF, b: QPointF) -> float:
    return math.hypot(a.x() - b.x(), a.y() - b.y())
