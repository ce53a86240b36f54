"""Ellipses of diagonal Gaussians as an item: the painter's own, which are drawn in half the time
that a curve through their vertices takes.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from vae_gui.core.distributions import Array
from vae_gui.core.network import Floats
from vae_gui.ui.plotting.surface import has_pixels
from vae_gui.ui.plotting.view_item import InView

DRAWABLE = 1e6  # farther out than this there is nothing to see


class EllipsesItem(InView):
    """Outlines mu +- sigma of N(mu, diag sigma^2), all with one pen, a cosmetic one."""

    def __init__(self, pen: QPen) -> None:
        super().__init__()
        self._mu = self._sigma = np.empty((0, 2))
        self._pen = pen

    def setPen(self, pen: QPen) -> None:
        """Draw with this pen."""
        self._pen = pen
        self.update()

    @property
    def mu(self) -> Array:
        """Centres, (k, 2)."""
        return self._mu

    @property
    def sigma(self) -> Array:
        """Half axes along x and y, (k, 2)."""
        return self._sigma

    def set_ellipses(self, mu: Floats, sigma: Floats) -> None:
        """Show these: means and standard deviations, (k, 2) each.

        What is not finite, or too far out to be drawn, is left out.
        """
        both = np.concatenate([np.asarray(mu, np.float64), np.asarray(sigma, np.float64)], axis=1)
        drawable = np.abs(both) < DRAWABLE  # NaN is not
        if not drawable.all():
            both = both[drawable.all(axis=1)]
        self._mu, self._sigma = both[:, :2], both[:, 2:]
        self.update()

    def clear(self) -> None:
        """Show none."""
        self.set_ellipses(np.empty((0, 2)), np.empty((0, 2)))

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the outlines."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        curves = QPainterPath()
        # a file's readers leave out an <ellipse> that is a line, or very large; not so a path
        draw = painter.drawEllipse if has_pixels(painter) else curves.addEllipse
        for (x, y), (a, b) in zip(self._mu.tolist(), self._sigma.tolist(), strict=True):
            draw(QPointF(x, y), a, b)
        if not curves.isEmpty():
            painter.drawPath(curves)
