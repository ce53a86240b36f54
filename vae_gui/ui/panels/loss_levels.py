"""The lines that losses are compared with: what no model beats, and what needs no latent."""

from __future__ import annotations

import math

import pyqtgraph as pg
from PySide6.QtCore import QRectF

from vae_gui.core.distributions import told
from vae_gui.core.views import Truth
from vae_gui.ui.plotting.marks import Crowding, LabelledLevel
from vae_gui.ui.theme import Theme

FLOOR_TIP = (
    "<p>The entropy H(p) = {entropy:.4f} nats: no model's expected loss at β = 1 is lower.</p>"
    "<p>A finite set of points has a floor of its own, the mean of −log p over them: "
    "{test_floor:.4f} nats for these test points. A test loss may lie below H(p), "
    "not much below that.</p>"
)
COLLAPSED_TIP = (
    "The least loss of a model that ignores its latent: its decoder is one Gaussian with the "
    "mean and the variances of the data. A curve that rests here tells posterior collapse."
)
ZERO_TIP = (
    "Regret: reconstruction + KL of a batch less the mean of −log p over the same points. "
    "Which points are in a batch moves both, so that most of the noise is gone."
)
ZERO = ("regret 0: what the truth scores on the same batch", "regret 0: the truth", "regret 0")


class LossLevels:
    """Up to three dashed lines whose words keep clear of the curves and of each other.

    Attributes:
        floor: The entropy of the data.
        zero: Where the regret is none.
        collapsed: The best without a latent.
    """

    def __init__(self, plot: pg.PlotItem) -> None:
        self._view: pg.ViewBox = plot.vb
        self.floor, self.zero, self.collapsed = (LabelledLevel(plot) for _ in range(3))
        self.zero.box.setToolTip(ZERO_TIP)
        self.collapsed.box.setToolTip(COLLAPSED_TIP)

    @property
    def _all(self) -> tuple[LabelledLevel, ...]:
        return self.floor, self.zero, self.collapsed

    def set_theme(self, theme: Theme) -> None:
        """Colour lines and words."""
        self.floor.set_theme(theme, "true")
        self.zero.set_theme(theme, "true")
        self.collapsed.set_theme(theme, "muted")

    def clear(self) -> None:
        """Show nothing."""
        for level in self._all:
            level.set_visible(False)

    def show(self, truth: Truth, shows: str, beta: float, collapsed: float | None) -> None:
        """Draw what belongs to a view of the losses.

        Args:
            truth: Of the run.
            shows: `losses`, `regret` or `both`.
            beta: Weight of the KL in the losses.
            collapsed: The best loss without a latent in nats, None not to show it; infinite
                where there is none.
        """
        self.clear()
        if shows != "regret":
            # a smaller KL weight lets the loss go below the entropy
            at = " at β = 1" if beta < 1 else ""
            equals = "≈" if truth.entropy_error >= 5e-4 else "="
            exact = truth.distribution.exact
            short = told(f"H(p) {equals} {_number(truth.entropy)}", exact)
            words = told("entropy floor", exact) + f"{at} {short} nats"
            self.floor.set_level(truth.entropy, words, f"{short} nats", short)
            numbers = {"entropy": truth.entropy, "test_floor": truth.test_floor}
            self.floor.box.setToolTip(told(FLOOR_TIP, exact).format(**numbers))
        if shows != "losses":
            self.zero.set_level(0.0, *(told(words, truth.distribution.exact) for words in ZERO))
        if collapsed is not None and math.isfinite(collapsed):
            value = collapsed - truth.entropy if shows == "regret" else collapsed
            words = f"latent ignored {_number(value)}"
            self.collapsed.set_level(value, f"{words} nats", words, _number(value))

    def place(self, crowding: Crowding) -> None:
        """Put the words where the least is drawn behind them; see `LabelledLevel.place`."""
        placed: list[QRectF] = []

        def with_words(place: QRectF) -> float:
            return crowding(place) + 1e9 * sum(place.intersects(other) for other in placed)

        for level in self._all:
            level.place(with_words)
            if any(level.words_place().intersects(other) for other in placed):
                level.box.hide()  # a very small plot: its line has to do
            if level.box.isVisible():
                placed.append(level.words_place())

    def ahead(self) -> float:
        """Where along the axis the words begin that curves from the left come to first."""
        shown = [level.words_place().left() for level in self._all if level.box.isVisible()]
        return min(shown, default=float("inf"))


def _number(nats: float) -> str:
    return f"{nats:z.3f}".replace("-", "\N{MINUS SIGN}")
