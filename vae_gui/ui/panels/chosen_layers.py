"""The chosen points where they lie: in data space with what the model makes of them, and in z.

Both draw what costs microseconds: what the encoder says of x, and the decoder of z.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject, Qt, Slot

from vae_gui.core.distributions import Array
from vae_gui.core.network import Floats, decode, encode
from vae_gui.ui.frame import Chosen, Frame
from vae_gui.ui.panels.base import Panel
from vae_gui.ui.plotting.ellipses import EllipsesItem
from vae_gui.ui.plotting.plot import Plot
from vae_gui.ui.plotting.points import PointsItem
from vae_gui.ui.theme import Theme

LARGEST_LOG_VAR = 60.0  # beyond, nothing can be drawn
OVER = 30  # z-value: over everything of the run


def gaussian(mu: Floats, log_var: Floats) -> tuple[Array, Array]:
    """Means and standard deviations, (1, d) each, in numbers that can be drawn or are NaN."""
    with np.errstate(over="ignore", invalid="ignore"):
        sigma = np.exp(0.5 * np.asarray(log_var, np.float64).clip(max=LARGEST_LOG_VAR))
    return np.asarray(mu, np.float64), sigma


class _Mark:
    """A point with an ellipse around it."""

    def __init__(self, plot: Plot) -> None:
        self.ellipse = EllipsesItem(plot.theme.pen("text"))
        self.rim, self.point = (PointsItem(plot.theme.color("text"), s) for s in (9.0, 6.0))
        for z, item in enumerate((self.ellipse, self.rim, self.point)):
            item.setZValue(OVER + z)
            plot.addItem(item, ignoreBounds=True)
        self.hide()

    def show(self, at: Array, sigma: Array | None = None) -> None:
        """Show it at a point (1, 2), with its standard deviations."""
        self.rim.set_points(at)
        self.point.set_points(at)
        if sigma is not None:
            self.ellipse.set_ellipses(at, sigma)
        self._set_visible(True, sigma is not None)

    def hide(self) -> None:
        """Show nothing, which costs nothing."""
        self._set_visible(False, False)

    def _set_visible(self, point: bool, ellipse: bool) -> None:
        for item, shown in ((self.rim, point), (self.point, point), (self.ellipse, ellipse)):
            item.setVisible(shown)

    def set_theme(self, theme: Theme, role: str) -> None:
        """Take the colour of a role."""
        self.ellipse.setPen(theme.pen(role, 1.8))
        self.rim.set_style(theme.color("plot"), 10.0)
        self.point.set_style(theme.color(role), 7.0)


class ChosenInData(QObject):
    """The chosen x with its reconstruction, and the decoder's ellipse of the chosen z.

    A click chooses x; with the panel's toggle the pointer does.
    """

    def __init__(self, panel: Panel, plot: Plot) -> None:
        super().__init__(panel)
        self._panel = panel
        self.way = pg.PlotCurveItem(antialias=True)
        self.way.setZValue(OVER)
        self.way.setVisible(False)
        plot.addItem(self.way, ignoreBounds=True)
        self.decoded, self.reconstruction, self.x = (_Mark(plot) for _ in range(3))
        self._follows = panel.add_toggle(
            "lens_follows",
            "Lens follows the pointer",
            "The Posterior lens looks at the point under the pointer; else at the point clicked.",
            False,
            self._on_toggled,
        )
        plot.clicked.connect(self.choose)
        plot.pointed.connect(self._on_pointed)

    def _on_toggled(self, _: bool) -> None:
        """Nothing changes before the pointer moves."""

    @Slot(object)
    def choose(self, at: tuple[float, float]) -> None:
        """Put x under the lens."""
        self._panel.choose(replace(self._panel.chosen, x=at))

    @Slot(object)
    def _on_pointed(self, at: tuple[float, float] | None) -> None:
        if at is not None and self._follows.isChecked():
            self.choose(at)

    def draw(self, frame: Frame) -> None:
        """Draw what the model of a frame makes of the points."""
        chosen, plan, flat = self._panel.chosen, frame.plan, frame.picture.parameters
        if chosen.x is None:
            for mark in (self.x, self.reconstruction):
                mark.hide()
            self.way.setVisible(False)
        else:
            x = np.array([chosen.x], np.float32)
            with np.errstate(over="ignore", invalid="ignore"):
                mu, sigma = gaussian(*decode(plan, flat, encode(plan, flat, x)[0]))
            self.x.show(x.astype(np.float64))
            self.reconstruction.show(mu, sigma)
            self.way.setVisible(bool(np.isfinite(mu).all()))
            if self.way.isVisible():
                self.way.setData(*np.concatenate([x, mu]).T)
        if chosen.z is None or len(chosen.z) != plan.model.latent:
            self.decoded.hide()
        else:
            with np.errstate(over="ignore", invalid="ignore"):
                at = decode(plan, flat, np.array([chosen.z], np.float32))
            self.decoded.show(*gaussian(*at))

    def clear(self) -> None:
        """Forget the run; the points stay chosen."""
        for mark in (self.x, self.reconstruction, self.decoded):
            mark.hide()
        self.way.setVisible(False)

    def set_theme(self, theme: Theme) -> None:
        """Recolour."""
        self.x.set_theme(theme, "text")
        self.reconstruction.set_theme(theme, "reconstruction")
        self.decoded.set_theme(theme, "learned")
        self.way.setPen(theme.pen("reconstruction", 1.0, 0.8, Qt.PenStyle.DashLine))


class ChosenInLatent(QObject):
    """q(z|x) of the chosen x, and the chosen z, in a plot of one or two latent dimensions.

    A click chooses z. Dimensions that are not shown keep their value, at first 0.
    """

    def __init__(self, panel: Panel, plot: Plot, flat: bool) -> None:
        super().__init__(panel)
        self._panel = panel
        self._dims: tuple[int, ...] = (0,) if flat else (0, 1)
        self._latent = len(self._dims)
        self.q, self.z = _Mark(plot), _Mark(plot)
        plot.clicked.connect(self.choose)

    @Slot(object)
    def choose(self, at: tuple[float, float]) -> None:
        """Choose z where it was clicked."""
        before = self._panel.chosen.z
        z = list(before) if before is not None and len(before) == self._latent else []
        z = z or [0.0] * self._latent
        for dim, value in zip(self._dims, at, strict=False):
            z[dim] = value
        self._panel.choose(replace(self._panel.chosen, z=tuple(z)))

    def draw(self, frame: Frame, dims: tuple[int, ...]) -> None:
        """Draw the points in these dimensions: one or two."""
        chosen: Chosen = self._panel.chosen
        self._dims, self._latent = dims, frame.plan.model.latent
        if chosen.x is None:
            self.q.hide()
        else:
            x = np.array([chosen.x], np.float32)
            with np.errstate(over="ignore", invalid="ignore"):
                mu, sigma = gaussian(*encode(frame.plan, frame.picture.parameters, x))
            self.q.show(self._placed(mu), self._placed(sigma))
        if chosen.z is None or len(chosen.z) != self._latent:
            self.z.hide()
        else:
            self.z.show(self._placed(np.array([chosen.z])))

    def _placed(self, values: Array) -> Array:
        """The shown ones of coordinates (1, Z), as (1, 2): a single one lies on the axis."""
        shown = values[:, list(self._dims)]
        return shown if len(self._dims) == 2 else np.append(shown, [[0.0]], axis=1)

    def clear(self) -> None:
        """Forget the run; the points stay chosen."""
        self.q.hide()
        self.z.hide()

    def set_theme(self, theme: Theme) -> None:
        """Recolour."""
        self.q.set_theme(theme, "latent")
        self.q.ellipse.setPen(theme.pen("text", 1.8))
        self.z.set_theme(theme, "learned")
