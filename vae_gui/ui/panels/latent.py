"""Latent space: where the encoder puts the test points, beside the prior."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedLayout, QWidget

from vae_gui.core.config import ModelConfig
from vae_gui.core.parameters import declared
from vae_gui.ui.frame import Chosen, Frame
from vae_gui.ui.panels.base import PanelInTurns
from vae_gui.ui.panels.chosen_layers import ChosenInLatent
from vae_gui.ui.panels.latent_aggregate import AggregateLayer
from vae_gui.ui.panels.latent_views import LineView, PlaneView, dimension
from vae_gui.ui.panels.turns import Cut, Turns, unpainted
from vae_gui.ui.questions import Answer, Question
from vae_gui.ui.theme import Theme

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
LARGEST = next(int(d.parameter.maximum) for d in declared(ModelConfig) if d.name == "latent")


class LatentPanel(PanelInTurns):
    """Posterior means and some posteriors of the test set over the prior's sigma circles."""

    key = "latent"
    title = "Latent space"
    place = "right top"
    subtitle = "z ∈ ℝ²"
    help = (
        "Means of the posterior q(z|x) of each test point, some posteriors as one-sigma "
        "ellipses, and the prior as circles of 1, 2 and 3 standard deviations."
    )
    legend = (("prior", "prior p(z)"), ("latent", "q(z|x)"))

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.plane = PlaneView(theme)
        self.line = LineView(theme)
        self._stack = QStackedLayout()
        self.body.addLayout(self._stack)  # first: it shows what is added, which needs a parent
        for view in (self.plane, self.line):
            self._stack.addWidget(view)
        self.lensed = {
            self.plane: ChosenInLatent(self, self.plane, flat=False),
            self.line: ChosenInLatent(self, self.line, flat=True),
        }
        self._run: int | None = None
        self._latent = 2
        self._wanted = [0, 1]  # dimensions across and up
        self._add_options()
        self._offer_dimensions(self._latent)
        self.set_theme(theme)

    def _add_options(self) -> None:
        self.add_toggle(
            "means",
            "Posterior means",
            "Show the mean of q(z|x) of each test point.",
            True,
            self._on_means,
        )
        self.add_toggle(
            "ellipses",
            "Posterior ellipses",
            "Show some posteriors q(z|x) at one sigma.",
            True,
            self._on_ellipses,
        )
        self.add_toggle(
            "aggregate",
            "Aggregate posterior (1-D)",
            "With one latent dimension, show q(z): the mean of q(z|x) over the test points.",
            True,
            self._on_aggregate,
        )
        self.together = AggregateLayer(self, self.plane, self.line)
        self.add_toggle("prior", "Prior", "Show the prior p(z) = N(0, I).", True, self._on_prior)
        names = tuple((str(d), dimension(d)) for d in range(LARGEST))
        self._axes = (
            self.add_choice("across", "Horizontal dimension", names, "0", self._on_across),
            self.add_choice("up", "Vertical dimension", names, "1", self._on_up),
        )

    # drawing ------------------------------------------------------------------

    def turns(self, frame: Frame) -> Turns:
        """Draw the posteriors of the test points at a moment."""
        mu, sigma = frame.picture.posterior_mu, frame.picture.posterior_sigma
        if mu.shape[1] != self._latent:
            self._offer_dimensions(mu.shape[1])
        if frame.run != self._run:
            self._run = frame.run
            self._view().start_run()
        with unpainted(self._view()):
            if self._latent == 1:
                self.line.show_posteriors(mu, sigma)
            else:
                self.plane.show_posteriors(mu, sigma, self.dimensions)
            yield Cut.IF_LATE
            self.together.draw(self._view(), frame, self._dims())
            self.lensed[self._view()].draw(frame, self._dims())
            yield Cut.IF_LATE

    def show_chosen(self, chosen: Chosen) -> None:
        """Show the points under the lens."""
        super().show_chosen(chosen)
        self.redraw_wanted.emit()

    def question(self, frame: Frame) -> Question | None:
        """What the posteriors make together, if it is to be seen."""
        return self.together.question(frame, self._dims(), self._view().half)

    def show_answer(self, answer: Answer) -> None:
        """Take over what they make together."""
        self.together.take(answer)

    def clear(self) -> None:
        """Forget the run."""
        self._run = None
        self.together.clear()
        for view in (self.plane, self.line):
            view.clear_run()
            self.lensed[view].clear()

    def set_theme(self, theme: Theme) -> None:
        """Recolour."""
        super().set_theme(theme)
        for view in (self.plane, self.line):
            view.set_theme(theme)
            self.lensed[view].set_theme(theme)
        self.together.set_theme(theme)

    def reset_view(self) -> None:
        """Show everything again after zooming."""
        self._view().reset_view()

    def _view(self) -> PlaneView | LineView:
        return self.line if self._latent == 1 else self.plane

    def _offer_dimensions(self, latent: int) -> None:
        """Let the options and the words follow the number of latent dimensions."""
        self._latent = latent
        self._run = None
        self._stack.setCurrentWidget(self._view())
        for axis in self._axes:
            for action in axis.actions():
                action.setVisible(int(action.data()) < latent)
        subtitle = "z ∈ ℝ" + (str(latent).translate(SUPERSCRIPTS) if latent > 1 else "")
        self.set_subtitle(subtitle)

    # options ------------------------------------------------------------------

    @property
    def dimensions(self) -> tuple[int, int]:
        """The dimensions shown across and up; the first two if those wanted do not exist."""
        across, up = self._wanted
        return (across, up) if max(across, up) < self._latent else (0, 1)

    def _dims(self) -> tuple[int, ...]:
        return (0,) if self._latent == 1 else self.dimensions

    def _on_means(self, shown: bool) -> None:
        self.plane.means.setVisible(shown)
        self.line.means.setVisible(shown)
        self.redraw_wanted.emit()

    def _on_ellipses(self, shown: bool) -> None:
        self.plane.ellipses.setVisible(shown)
        self.redraw_wanted.emit()

    def _on_aggregate(self, shown: bool) -> None:
        self.line.aggregate.setVisible(shown)
        self.redraw_wanted.emit()

    def _on_prior(self, shown: bool) -> None:
        self.plane.show_prior(shown)
        self.line.show_prior(shown)

    def _on_across(self, value: str) -> None:
        self._choose(0, int(value))

    def _on_up(self, value: str) -> None:
        self._choose(1, int(value))

    def _choose(self, axis: int, dim: int) -> None:
        """Show a dimension on an axis; if the other axis has it, the two change places."""
        if self._wanted[1 - axis] == dim:
            self._wanted[1 - axis] = self._wanted[axis]
        self._wanted[axis] = dim
        for group, wanted in zip(self._axes, self._wanted, strict=True):
            group.actions()[wanted].setChecked(True)
        if self._run is not None:
            self._view().start_run()
        self.redraw_wanted.emit()
