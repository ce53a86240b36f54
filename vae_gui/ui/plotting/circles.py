"""Test points over training steps: circles that do not crowd."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from vae_gui.core.distributions import Array
from vae_gui.ui.plotting.points import PointsItem
from vae_gui.ui.plotting.steps import StepScale
from vae_gui.ui.plotting.view_item import ViewItem


class CirclesItem(ViewItem):
    """Open circles at (step, value); where they would crowd, only the latest of each few."""

    DIAMETER = 7.5  # pixels
    LINE = 1.4  # pixels
    SPACING = 20.0  # pixels

    def __init__(self, line: QColor, inside: QColor) -> None:
        super().__init__()
        self._steps: Array = np.empty(0)
        self._values: Array = np.empty(0)
        self._places: Array = np.empty(0)  # of the steps, along the axis
        self._discs = PointsItem(line, self.DIAMETER)
        self._discs.setParentItem(self)
        self.set_colors(line, inside)

    def set_colors(self, line: QColor, inside: QColor) -> None:
        """Colour the line and, as the plot behind it, the inside."""
        self._discs.set_style(line, self.DIAMETER, (inside, self.DIAMETER - 2 * self.LINE))

    def set_points(self, steps: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Show values (n,) at increasing steps (n,); those not finite are left out."""
        at, found = np.asarray(steps, np.float64), np.asarray(values, np.float64)
        finite = np.isfinite(found)
        if not finite.all():
            at, found = at[finite], found[finite]
        self._steps, self._values = at, found
        self._places = self.scale_of_steps.x(at)
        self.refresh()

    def set_step_scale(self, scale: StepScale) -> None:
        """Draw on a linear or logarithmic axis."""
        self._places = scale.x(self._steps)
        super().set_step_scale(scale)

    @property
    def points(self) -> tuple[Array, Array]:
        """Steps and values (n,) of all circles."""
        return self._steps, self._values

    @property
    def places(self) -> Array:
        """Where all circles lie along the axis, (n,), not decreasing."""
        return self._places

    def refresh(self) -> None:
        """Choose the circles in sight."""
        self._discs.set_points(self.drawn())

    def drawn(self) -> Array:
        """Axis positions and values of the circles in sight, (k, 2)."""
        if self.getViewBox() is None:
            return np.empty((0, 2))
        (x_min, x_max), _ = self.getViewBox().viewRange()
        x = self._places
        cell = (x_max - x_min) * self.SPACING / self._columns()
        first, last = x.searchsorted(x_min - cell), x.searchsorted(x_max + cell, "right")
        slot = np.floor(x[first:last] / cell)
        latest = np.ones(len(slot), bool)
        np.not_equal(slot[1:], slot[:-1], out=latest[:-1])
        seen = first + np.flatnonzero(latest)
        return np.stack([x[seen], self._values[seen]], axis=1)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Nothing of its own: a disc and a smaller one on it make a circle."""
