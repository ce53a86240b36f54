"""Test points over training steps: circles that do not crowd."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from vae_gui.core.distributions import Array
from vae_gui.ui.plotting.points import PointsItem
from vae_gui.ui.plotting.view_item import ViewItem

Steps = npt.NDArray[np.integer | np.floating]


class CirclesItem(ViewItem):
    """Open circles at (step, value); where they would crowd, only the latest of each few.

    Attributes:
        count: How many it was given last, finite or not.
    """

    DIAMETER = 7.5  # pixels
    LINE = 1.4  # pixels
    SPACING = 20.0  # pixels

    def __init__(self, line: QColor, inside: QColor) -> None:
        super().__init__()
        self._steps: Steps = np.empty(0)
        self._values: Array = np.empty(0)
        self.count = 0
        self._discs = PointsItem(line, self.DIAMETER)
        self._discs.setParentItem(self)
        self.set_colors(line, inside)

    def set_colors(self, line: QColor, inside: QColor) -> None:
        """Colour the line and, as the plot behind it, the inside."""
        self._discs.set_style(line, self.DIAMETER, (inside, self.DIAMETER - 2 * self.LINE))

    def set_points(self, steps: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Show values (n,) at increasing steps (n,), which are kept by reference.

        Those that are not finite are left out.
        """
        at, found = np.asarray(steps), np.asarray(values, np.float64)
        self.count, finite = len(at), np.isfinite(found)
        self._steps, self._values = (at, found) if finite.all() else (at[finite], found[finite])
        self.refresh()

    @property
    def points(self) -> tuple[Steps, Array]:
        """Steps and values (n,) of all circles."""
        return self._steps, self._values

    def refresh(self) -> None:
        """Choose the circles in sight."""
        self._discs.set_points(self.drawn())

    def drawn(self) -> Array:
        """Axis positions and values of the circles in sight, (k, 2)."""
        if self.getViewBox() is None:
            return np.empty((0, 2))
        (x_min, x_max), _ = self.getViewBox().viewRange()
        cell, scale = (x_max - x_min) * self.SPACING / self._columns(), self.scale_of_steps
        # NumPy would copy all of them to search them
        first = bisect_left(self._steps, scale.step(x_min - cell))
        last = bisect_right(self._steps, scale.step(x_max + cell))
        x = scale.x(self._steps[first:last])
        slot = np.floor(x / cell)
        latest = np.ones(len(slot), bool)
        np.not_equal(slot[1:], slot[:-1], out=latest[:-1])
        return np.stack([x[latest], self._values[first:last][latest]], axis=1)

    def within(self, place: QRectF) -> int:
        """How many of the circles in sight have their centre in a rectangle of the plot."""
        x, y = self._discs.points.T
        across = (x >= place.left()) & (x <= place.right())
        return int(np.count_nonzero(across & (y >= place.top()) & (y <= place.bottom())))

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Nothing of its own: a disc and a smaller one on it make a circle."""
