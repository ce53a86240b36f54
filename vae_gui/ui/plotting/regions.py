"""A part of the plane as one filled shape."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import contourpy
import numpy as np
import pyqtgraph as pg
from contourpy import FillType
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QGraphicsPathItem

from vae_gui.core.distributions import Array

FAR = 50.0  # values farther from zero need no precision


def region_below_zero(x1: Array, x2: Array, field: Array) -> QPainterPath:
    """Where a field (G2, G1), rows along x2, is below zero: a path of outlines, holes included.

    Any thread may make it.
    """
    values = np.nan_to_num(field, nan=FAR).clip(-FAR, FAR)
    generator = contourpy.contour_generator(x1, x2, values, fill_type=FillType.OuterOffset)
    points, offsets = cast(tuple[list[Array], list[Array]], generator.filled(-2 * FAR, 0.0))
    path = QPainterPath()
    for outline, starts in zip(points, offsets, strict=True):
        for first, last in pairwise(starts.tolist()):
            ring = outline[first:last]
            path.addPath(pg.arrayToQPath(ring[:, 0], ring[:, 1]))
    return path


class RegionItem(QGraphicsPathItem):
    """A filled shape without an outline."""

    def show_nothing(self) -> None:
        """Fill nothing."""
        self.setPath(QPainterPath())
