"""The two ways to see a latent: two of its dimensions as a plane, or its only one as a line."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent

from vae_gui.core.network import Floats
from vae_gui.ui.plotting.ellipses import EllipsesItem
from vae_gui.ui.plotting.gaussians import (
    circles,
    histogram,
    mixture_density,
    standard_normal,
)
from vae_gui.ui.plotting.plot import Plot
from vae_gui.ui.plotting.points import PointsItem
from vae_gui.ui.theme import Theme, font

HALF = 3.6  # of the range, in standard deviations of the prior
STEP = 1.25  # by which a range grows
FARTHEST = 1e6
SIGMAS = (1.0, 2.0, 3.0)
APART = 30.0  # pixels between two circles from which on their labels can lie side by side
LONE = 8.0  # and from which on the outermost can have one
ELLIPSES = 40
BINS = 36
GRID = 161
TOPS = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 16.0, 32.0, 64.0)
EMPTY = "No posteriors yet: press Run (Space) or Step (S)."
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def dimension(index: int) -> str:
    """The name of a latent dimension, from 0: z₁, z₂..."""
    return f"z{index + 1}".translate(SUBSCRIPTS)


def grown(half: float, reach: float) -> float:
    """A range that holds `reach`: the same, or so many steps larger. It never shrinks."""
    while half < reach < FARTHEST:
        half *= STEP
    return half


def top_for(top: float, peak: float) -> float:
    """The height of a plot of densities up to `peak`: kept until that leaves much too little room.

    Between 40 % and all of the height nothing changes, so that live curves do not jitter.
    """
    if 0.4 * top <= peak <= top:
        return top
    return next((t for t in TOPS if t >= 1.05 * peak), TOPS[-1])


def _reach(values: Floats) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max(initial=0.0))


def signed(value: float, decimals: int) -> str:
    """A number with a true minus sign."""
    return f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


class LatentView(Plot):
    """What both views share: an empty state, words for the pointer, a range that grows."""

    def __init__(self, theme: Theme, name: str, x_label: str, y_label: str, square: bool) -> None:
        # Plot colours itself when it is made, before the items here exist
        self._items_made = False
        super().__init__(theme, name, square=square, x_label=x_label, y_label=y_label)
        corner = Qt.AlignmentFlag
        self.hint = self.add_note(corner.AlignCenter)
        self.readout = self.add_note(corner.AlignBottom | corner.AlignRight)
        self.half = HALF
        self.pointed.connect(self._on_pointed)

    def set_theme(self, theme: Theme) -> None:
        """Colour everything."""
        super().set_theme(theme)
        if self._items_made:
            self.color_items(theme)

    def color_items(self, theme: Theme) -> None:
        """Colour what is drawn."""
        raise NotImplementedError

    def words_at(self, x: float, y: float) -> str:
        """What to say of a position."""
        raise NotImplementedError

    @Slot(object)
    def _on_pointed(self, at: tuple[float, float] | None) -> None:
        self.readout.set_text("" if at is None else self.words_at(*at))


class PlaneView(LatentView):
    """Two dimensions: posterior means, some posteriors as ellipses, the prior as circles."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Latent space", dimension(0), dimension(1), square=True)
        self.prior = pg.PlotCurveItem(*circles(SIGMAS), connect="finite", antialias=True)
        self.means = PointsItem(theme.color("latent"), 3.0)
        self.ellipses = EllipsesItem(theme.pen("latent"))
        self.sigma_labels = [_sigma_label(radius) for radius in SIGMAS]
        for item in (self.prior, self.means, self.ellipses, *self.sigma_labels):
            self.addItem(item)
        self._dims = (0, 1)
        self._prior_shown = True
        self._view.sigRangeChanged.connect(self._show_labels)
        self._view.sigResized.connect(self._show_labels)
        self._items_made = True
        self.color_items(theme)
        self.clear_run()

    def color_items(self, theme: Theme) -> None:
        """Colour what is drawn."""
        self.prior.setPen(theme.pen("prior", 1.0, 0.9, Qt.PenStyle.DashLine))
        self._size_points()
        self.ellipses.setPen(theme.pen("latent", 1.0, 0.75))
        for label in self.sigma_labels:
            label.setColor(theme.color("prior"))
            label.fill = pg.mkBrush(theme.color("plot", 0.75))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Points as large as there is room for."""
        super().resizeEvent(event)
        if self._items_made:
            self._size_points()

    def _size_points(self) -> None:
        size = float(np.clip(min(self.width(), self.height()) / 110, 2.5, 5.0))
        self.means.set_style(self.theme.color("latent", 0.45), size)

    def show_prior(self, shown: bool) -> None:
        """Show or hide the circles and their labels."""
        self._prior_shown = shown
        self.prior.setVisible(shown)
        self._show_labels()

    @Slot()
    def _show_labels(self, *_: object) -> None:
        """Label the circles that can be told apart: all, the outermost, or none."""
        x_min, x_max = self.in_view()[:2]
        apart = self._view.width() / (x_max - x_min)
        least = (APART,) * (len(SIGMAS) - 1) + (LONE,)
        for label, needed in zip(self.sigma_labels, least, strict=True):
            label.setVisible(self._prior_shown and apart >= needed)

    def show_posteriors(self, mu: Floats, sigma: Floats, dims: tuple[int, int]) -> None:
        """Draw means and deviations (m, Z) in two of the dimensions."""
        if dims != self._dims:
            self._dims = dims
            self._labels = {"bottom": dimension(dims[0]), "left": dimension(dims[1])}
            self.set_theme(self.theme)
        pair = np.ascontiguousarray(mu[:, dims])
        if self.means.isVisible():
            self.means.set_points(pair)
        if self.ellipses.isVisible():
            rows = _some(len(mu))
            self.ellipses.set_ellipses(pair[rows], sigma[rows][:, dims])
        self.hint.set_text("")
        self._grow(_reach(pair))

    def clear_run(self) -> None:
        """Back to the prior alone."""
        self.means.clear()
        self.ellipses.clear()
        self.hint.set_text(EMPTY)
        self.start_run()

    def start_run(self) -> None:
        """Another run: back to the range that the prior needs."""
        self.half = HALF
        self.set_home((-HALF, HALF, -HALF, HALF))

    def _grow(self, reach: float) -> None:
        half = grown(self.half, reach)
        if half != self.half:
            self.half = half
            self.set_home((-half, half, -half, half))

    def words_at(self, x: float, y: float) -> str:
        """Where that is, and the prior's density there."""
        first, second = (dimension(d) for d in self._dims)
        places = self.decimals()
        density = float(standard_normal(x) * standard_normal(y))
        return (
            f"{first} {signed(x, places)}   {second} {signed(y, places)}\n"
            f"p({first}, {second}) {density:.3g}"
        )


class LineView(LatentView):
    """One dimension: a histogram of the means, the aggregate posterior, the prior."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Latent space", "z", "density", square=False)
        self.means = pg.PlotCurveItem([0.0, 0.0], [0.0], stepMode="center", fillLevel=0.0)
        self.prior = pg.PlotCurveItem(antialias=True)
        self.aggregate = pg.PlotCurveItem(antialias=True)
        for item in (self.means, self.prior, self.aggregate):
            self.addItem(item)
        self.key = self.add_note(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        self.top = TOPS[0]
        self._items_made = True
        self.color_items(theme)
        self.clear_run()

    def color_items(self, theme: Theme) -> None:
        """Colour what is drawn."""
        self.means.setPen(theme.pen("latent", 1.0, 0.5))
        self.means.setBrush(theme.color("latent", 0.3))
        self.prior.setPen(theme.pen("prior", style=Qt.PenStyle.DashLine))
        self.aggregate.setPen(theme.pen("latent"))

    def show_prior(self, shown: bool) -> None:
        """Show or hide the prior's density."""
        self.prior.setVisible(shown)

    def show_posteriors(self, mu: Floats, sigma: Floats) -> None:
        """Draw the means (m, 1), and the mean of all N(mu, sigma^2)."""
        mu, sigma = mu[:, 0], sigma[:, 0]
        half = grown(self.half, _reach(mu))
        peak = float(standard_normal(0.0))
        said = []
        if self.means.isVisible():
            edges = np.linspace(-half, half, BINS + 1)
            heights = histogram(mu, edges)
            self.means.setData(edges, heights)
            peak = max(peak, float(heights.max()))
            said.append("bars: posterior means")
        if self.aggregate.isVisible():
            grid = np.linspace(-half, half, GRID)
            density = mixture_density(mu, sigma, grid)
            self.aggregate.setData(grid, density)
            peak = max(peak, float(density.max()))
            said.append("line: their aggregate q(z)")
        self.hint.set_text("")
        self.key.set_text("\n".join(said))
        self._fit(half, top_for(self.top, peak))

    def clear_run(self) -> None:
        """Back to the prior alone."""
        self.means.setData([0.0, 0.0], [0.0])
        self.aggregate.setData([], [])
        self.hint.set_text(EMPTY)
        self.key.set_text("")
        self.start_run()

    def start_run(self) -> None:
        """Another run: back to the range that the prior needs."""
        self.half = 0.0
        self._fit(HALF, TOPS[0])

    def _fit(self, half: float, top: float) -> None:
        if (half, top) == (self.half, self.top):
            return
        if half != self.half:
            grid = np.linspace(-half, half, GRID)
            self.prior.setData(grid, standard_normal(grid))
        self.half, self.top = half, top
        self.set_home((-half, half, 0.0, top))

    def words_at(self, x: float, y: float) -> str:
        """Where that is, and the densities there."""
        words = f"z {signed(x, self.decimals())}\np(z) {float(standard_normal(x)):.3g}"
        grid, density = self.aggregate.getData()
        if density is None or not len(density) or not grid[0] <= x <= grid[-1]:
            return words
        return f"{words}   q(z) {float(np.interp(x, grid, density)):.3g}"


def _some(m: int) -> np.ndarray:
    """Fixed rows, evenly spread over `m`."""
    return np.unique(np.linspace(0, m - 1, min(m, ELLIPSES)).astype(int))


def _sigma_label(radius: float) -> pg.TextItem:
    label = pg.TextItem(f"{radius:.0f}σ", anchor=(0.1, 0.9))
    label.setFont(font(8))
    place = radius * np.sqrt(0.5)
    label.setPos(place, place)
    label.setZValue(10)
    return label
