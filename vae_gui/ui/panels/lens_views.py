"""The two pictures of the lens: a posterior over a plane, or over the only latent dimension."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent

from vae_gui.core.distributions import Array
from vae_gui.ui.panels.latent_views import dimension
from vae_gui.ui.panels.lens_question import Seen
from vae_gui.ui.plotting.ellipses import EllipsesItem
from vae_gui.ui.plotting.gaussians import circles, standard_normal
from vae_gui.ui.plotting.heat import HeatItem
from vae_gui.ui.plotting.plot import COMMANDS, Plot
from vae_gui.ui.plotting.points import PointsItem
from vae_gui.ui.theme import Theme

EMPTY = "Click a point in Data space, or press Home here."
COLOURS = 255
FAR = 5  # times as far with Shift
KEYS = (
    "Arrow keys move the point x, with Shift farther; Home puts it at the mean of the data, Page "
    "Down and Up at the next and previous test point; Enter puts z at the mean of q(z|x). Plus "
    "and minus zoom, 0 shows everything."
)
MOVES = {
    Qt.Key.Key_Left.value: (-1, 0),
    Qt.Key.Key_Right.value: (1, 0),
    Qt.Key.Key_Down.value: (0, -1),
    Qt.Key.Key_Up.value: (0, 1),
}
JUMPS = {
    Qt.Key.Key_Home.value: "mean",
    Qt.Key.Key_PageDown.value: "next",
    Qt.Key.Key_PageUp.value: "previous",
    Qt.Key.Key_Return.value: "z",
    Qt.Key.Key_Enter.value: "z",
}


class LensView(Plot):
    """What both pictures share: keys that move the point.

    Signals:
        moved_by: The point is to move by so many steps (right, up).
        jumped: It is to go to the `mean`, the `next` or `previous` test point; or `z` is chosen.
    """

    moved_by = Signal(int, int)
    jumped = Signal(str)

    def __init__(self, theme: Theme, square: bool, x_label: str, y_label: str) -> None:
        self._items_made = False  # Plot colours itself before the items here exist
        super().__init__(
            theme, "Posterior of one point", square=square, x_label=x_label, y_label=y_label
        )
        self.setAccessibleDescription(KEYS)
        self.hint = self.add_note(Qt.AlignmentFlag.AlignCenter)
        self.hint.set_text(EMPTY)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the point; what is no key of the lens is one of every plot."""
        key, steps = (
            event.key(),
            FAR if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1,
        )
        if event.modifiers() & COMMANDS:
            event.ignore()
        elif key in MOVES:
            right, up = MOVES[key]
            self.moved_by.emit(steps * right, steps * up)
        elif key in JUMPS:
            self.jumped.emit(JUMPS[key])
        else:
            super().keyPressEvent(event)

    def set_theme(self, theme: Theme) -> None:
        """Colour everything."""
        super().set_theme(theme)
        if self._items_made:
            self.color_items(theme)

    def color_items(self, theme: Theme) -> None:
        """Colour what is drawn."""
        raise NotImplementedError

    def show_home(self, bounds: tuple[float, float, float, float]) -> None:
        """Show these bounds, unless they are shown already."""
        if bounds != self._home:
            self.set_home(bounds)


class PlaneLens(LensView):
    """Two dimensions: the exact posterior as a heat map, Gaussians as ellipses over it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, True, dimension(0), dimension(1))
        self.heat = HeatItem(theme, "learned")
        self.prior = pg.PlotCurveItem(*circles((1.0, 2.0, 3.0)), connect="finite", antialias=True)
        self.q, self.best = (EllipsesItem(theme.pen(role)) for role in ("latent", "text"))
        self.mean = PointsItem(theme.color("learned"), 6.0)
        for item in (self.heat, self.prior, self.best, self.q, self.mean):
            self.addItem(item, ignoreBounds=True)
        self._items_made = True
        self.color_items(theme)
        self.set_home((-4.0, 4.0, -4.0, 4.0))

    def color_items(self, theme: Theme) -> None:
        """Colour what is drawn."""
        self.heat.set_theme(theme, "learned")
        self.prior.setPen(theme.pen("prior", 1.0, 0.9, Qt.PenStyle.DashLine))
        self.q.setPen(theme.pen("latent"))
        self.best.setPen(theme.pen("text", 1.0, 0.9, Qt.PenStyle.DashLine))
        self.mean.set_style(theme.color("text"), 5.0)

    def show_seen(self, seen: Seen) -> None:
        """Draw what is known of a point."""
        lens, dims = seen.lens, list(seen.dims)
        words = {"bottom": dimension(dims[0]), "left": dimension(dims[1])}
        if words != self._labels:
            self._labels = words
            self.set_theme(self.theme)
        (a, b), (c, d) = seen.windows
        half = 0.5 * (b - a) / (len(seen.axes[0]) - 1)  # cells lie around their places
        top = float(seen.posterior.max()) or 1.0
        shown = np.where(seen.posterior >= top / COLOURS, seen.posterior, 0.0)
        self.heat.set_density(shown, top, (a - half, b + half, c - half, d + half))
        for item, gaussian in ((self.q, lens.q), (self.best, lens.best)):
            mu, sigma = gaussian.mu[:, dims], gaussian.sigma[:, dims]
            item.set_ellipses(np.repeat(mu, 2, axis=0), np.concatenate([sigma, 2 * sigma]))
        self.mean.set_points(lens.mean[None, dims])
        self.hint.set_text("")
        self.show_home((a, b, c, d))

    def show_nothing(self) -> None:
        """Back to the empty state."""
        self.heat.clear()
        for item in (self.q, self.best):
            item.clear()
        self.mean.clear()
        self.hint.set_text(EMPTY)


class LineLens(LensView):
    """One dimension: the exact posterior, q, the best Gaussian and the prior as curves."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, False, "z", "density")
        self.posterior = pg.PlotCurveItem(antialias=True, fillLevel=0.0)
        self.q, self.best, self.prior = (pg.PlotCurveItem(antialias=True) for _ in range(3))
        for item in (self.posterior, self.prior, self.best, self.q):
            self.addItem(item, ignoreBounds=True)
        self._items_made = True
        self.color_items(theme)
        self.set_home((-4.0, 4.0, 0.0, 1.0))

    def color_items(self, theme: Theme) -> None:
        """Colour what is drawn."""
        self.posterior.setPen(theme.pen("learned"))
        self.posterior.setBrush(theme.color("learned", 0.3))
        self.prior.setPen(theme.pen("prior", style=Qt.PenStyle.DashLine))
        self.q.setPen(theme.pen("latent"))
        self.best.setPen(theme.pen("text", 1.0, 0.9, Qt.PenStyle.DashLine))

    def show_seen(self, seen: Seen) -> None:
        """Draw what is known of a point."""
        z, lens = seen.axes[0], seen.lens
        bells = {
            self.q: _bell(z, float(lens.q.mu[0, 0]), float(lens.q.sigma[0, 0])),
            self.best: _bell(z, float(lens.best.mu[0, 0]), float(lens.best.sigma[0, 0])),
            self.prior: standard_normal(z),
        }
        self.posterior.setData(z, seen.posterior)
        for item, values in bells.items():
            item.setData(z, values)
        self.hint.set_text("")
        highest = max(float(np.max(v)) for v in (seen.posterior, *bells.values()))
        self.show_home((*seen.windows[0], 0.0, 1.08 * highest))

    def show_nothing(self) -> None:
        """Back to the empty state."""
        for item in (self.posterior, self.q, self.best):
            item.setData([], [])
        self.hint.set_text(EMPTY)


def _bell(z: Array, mu: float, sigma: float) -> Array:
    return standard_normal((z - mu) / sigma) / sigma


View = PlaneLens | LineLens
