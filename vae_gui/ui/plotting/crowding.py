"""How much is drawn where words might go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from PySide6.QtCore import QRectF

from vae_gui.core.distributions import Array

PARTS = 16  # points that are looked at of a stretch between two corners


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Points of what is drawn, found once and then asked about many a rectangle.

    Attributes:
        x: Where they lie along the plot, (m,).
        y: How high, one column for each of what is drawn, (m, k).
        ordered: Whether x does not decrease, so that few of many need to be looked at.
    """

    x: Array
    y: Array
    ordered: bool = False

    @classmethod
    def of_points(cls, x: Array, y: Array, ordered: bool = False) -> Self:
        """Points at x (n,) and y (n,) or (n, k)."""
        return cls(x, y[:, None] if y.ndim == 1 else y, ordered)

    @classmethod
    def of_lines(cls, x: Array, y: Array, ordered: bool = False) -> Self:
        """Lines through points at x (n,) and y (n,) or (n, k), in parts of their stretches."""
        y = y[:, None] if y.ndim == 1 else y
        if len(x) < 2:
            return cls(x, y, ordered)
        corners = np.arange(len(x))
        along = np.linspace(0, len(x) - 1, PARTS * (len(x) - 1) + 1)
        heights = [np.interp(along, corners, column) for column in y.T]
        return cls(np.interp(along, corners, x), np.stack(heights, axis=1), ordered)

    def within(self, place: QRectF) -> int:
        """How many of them lie in a rectangle of the plot."""
        left, right = place.left(), place.right()
        if self.ordered:
            some = self.y[self.x.searchsorted(left) : self.x.searchsorted(right, "right")]
        else:
            some = self.y[(self.x >= left) & (self.x <= right)]
        return int(np.count_nonzero((some >= place.top()) & (some <= place.bottom())))


NOBODY = Crowd(np.empty(0), np.empty((0, 1)))
