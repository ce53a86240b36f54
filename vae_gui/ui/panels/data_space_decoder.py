"""The decoder as what it is: where it puts latents, and how widely it scatters around them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pyqtgraph as pg

from vae_gui.core.density.quantile import normal_quantile
from vae_gui.core.distributions import Array
from vae_gui.core.network import Floats, Layout
from vae_gui.core.posteriors import ellipses as decoder_at
from vae_gui.core.posteriors import warped_grid
from vae_gui.ui.frame import Frame
from vae_gui.ui.panels.base import Panel
from vae_gui.ui.plotting.ellipses import DRAWABLE, EllipsesItem
from vae_gui.ui.plotting.plot import Plot
from vae_gui.ui.theme import Theme

ALONG_LINE = 15  # ellipses of a single latent dimension
ALONG_EACH = 5  # and along each of two
STRENGTH = 0.85  # of the lines' colour; mixed, since a translucent pen takes many times as long
GRID_LINES = 9
GRID_REACH = 2.5
GRID_PLACES = 61
ELLIPSES_TIP = (
    "Show p(x|z) at one sigma around its mean μ(z), for z at even quantiles of the prior along "
    "one latent dimension, or on a grid of them along the first two; the others are 0."
)
GRID_TIP = (
    "Show where the decoder's mean μ(z) takes straight lines of z from −2.5 to 2.5 along the "
    "first two latent dimensions; the others are 0."
)


@lru_cache(maxsize=8)
def latents_shown(latent: int) -> Array:
    """Latents at even quantiles of the prior along the first one or two dimensions: (k, Z)."""
    each = ALONG_LINE if latent == 1 else ALONG_EACH
    line = normal_quantile((np.arange(each) + 0.5) / each)
    places = np.meshgrid(*[line] * min(latent, 2))
    z = np.zeros((places[0].size, latent))
    for d, along in enumerate(places):
        z[:, d] = along.ravel()
    z.flags.writeable = False
    return z


def grid_lines(plan: Layout, flat: Floats) -> tuple[Array, Array]:
    """The warped latent grid as x and y, with NaN between two lines."""
    dims = (0,) if plan.model.latent == 1 else (0, 1)
    lines = warped_grid(plan, flat, dims, GRID_LINES, GRID_REACH, GRID_PLACES)  # (L, places, 2)
    gaps = np.full((len(lines), 1, 2), np.nan)
    xy = np.concatenate([lines, gaps], axis=1).reshape(-1, 2)
    xy[~(np.abs(xy) < DRAWABLE).all(axis=1)] = np.nan
    return xy[:, 0], xy[:, 1]


class DecoderLayer:
    """Ellipses and the warped grid on a panel, each an option of its own.

    Attributes:
        ellipses: mu(z) +- sigma(z) at `latents_shown`.
        grid: Where mu(z) takes lines of z.
    """

    def __init__(self, panel: Panel, plot: Plot, changed: Callable[[], None]) -> None:
        self._panel = panel
        self._changed = changed  # called when something appears or goes
        self.grid = pg.PlotCurveItem(connect="finite", antialias=True)
        self.ellipses = EllipsesItem(panel.theme.pen("latent"))
        for item in (self.grid, self.ellipses):
            item.setZValue(2)
            item.setVisible(False)
            plot.addItem(item)
        panel.add_toggle(
            "decoder_ellipses", "Decoder ellipses", ELLIPSES_TIP, False, self._on_ellipses
        )
        panel.add_toggle("warped_grid", "Warped latent grid", GRID_TIP, False, self._on_grid)

    def set_theme(self, theme: Theme) -> None:
        """Recolour."""
        for item in (self.ellipses, self.grid):
            item.setPen(theme.mixed_pen("latent", STRENGTH))

    def clear(self) -> None:
        """Forget the run."""
        self.grid.setData([], [])
        self.ellipses.clear()

    def draw(self, frame: Frame) -> None:
        """Draw what is wanted of the decoder of a moment: about a millisecond."""
        flat = frame.picture.parameters
        if self.ellipses.isVisible():
            mu, sigma = decoder_at(frame.plan, flat, latents_shown(frame.plan.model.latent))
            self.ellipses.set_ellipses(mu, sigma)
        if self.grid.isVisible():
            self.grid.setData(*grid_lines(frame.plan, flat))

    def words(self) -> list[str]:
        """What the marks are, a line each."""
        said = []
        if self.ellipses.isVisible():
            said.append("ellipses: decoder μ(z) ± σ(z)")
        if self.grid.isVisible():
            said.append("lines: μ(z) of a grid of z")
        return said

    def _on_ellipses(self, shown: bool) -> None:
        self.ellipses.setVisible(shown)
        self._changed()
        self._panel.redraw_wanted.emit()

    def _on_grid(self, shown: bool) -> None:
        self.grid.setVisible(shown)
        self._changed()
        self._panel.redraw_wanted.emit()
