"""How much is drawn where words might go."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF

from vae_gui.core.distributions import Array

PARTS = 16  # points that are looked at of a stretch between two corners


def of_points(x: Array, y: Array, place: QRectF) -> int:
    """How many points (n,) lie in a rectangle of the plot."""
    inside = (x >= place.left()) & (x <= place.right())
    return int(np.count_nonzero(inside & (y >= place.top()) & (y <= place.bottom())))


def of_line(x: Array, y: Array, place: QRectF) -> int:
    """How much of a line through points (n,) lies in a rectangle, in parts of its stretches."""
    if len(x) < 2:
        return of_points(x, y, place)
    along = np.linspace(0, len(x) - 1, PARTS * (len(x) - 1) + 1)
    corners = np.arange(len(x))
    return of_points(np.interp(along, corners, x), np.interp(along, corners, y), place)
