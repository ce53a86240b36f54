"""What is known of the distribution of the run: a few numbers under its parameters."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from vae_gui.core.distributions import told
from vae_gui.core.views import Truth
from vae_gui.ui.theme import font

NBSP = "\u00a0"  # no matrix falls apart where a line ends
HELP = (
    "Entropy H(p) in nats, with a bound on its error where it is found by quadrature; mean and "
    "covariance; and how many peaks or plateaus stand out by a tenth of their height, – if they "
    "are too fine to be counted. Of the distribution as it is moved and mixed, in the run under "
    "way."
)


class Facts(QLabel):
    """Entropy, mean, covariance and number of modes, to be read and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("groupNote")
        self.setFont(font(8))
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName("Facts of the distribution")
        self._truth: Truth | None = None
        self._waiting = False
        self._write()

    def show_truth(self, truth: Truth) -> None:
        """Tell what is known of the distribution of a run."""
        self._truth = truth
        self._write()

    def show_waiting(self, paths: tuple[str, ...]) -> None:
        """Say so where the controls show other data than those of the run."""
        self._waiting = any(path.startswith("data.") for path in paths)
        self._write()

    def _write(self) -> None:
        if self._truth is None:  # three lines, so that nothing moves when they come
            self.setText("Entropy, mean and covariance are being found…\n\n")
            return
        exact = self._truth.distribution.exact
        before = "Of the run under way: " if self._waiting else ""
        self.setText(before + told(facts_words(self._truth), exact))
        self.setToolTip(told(HELP, exact))


def facts_words(truth: Truth) -> str:
    """The facts in three lines: `H(p) = 2.6940 nats · 1 mode`, then mean, then covariance."""
    error = f" ± {_power(truth.entropy_error)}" if truth.entropy_error else ""
    count = "–" if truth.modes is None else str(truth.modes)
    modes = "1 mode" if truth.modes == 1 else f"{count} modes"
    (a, b), (_, d) = truth.covariance.tolist()
    spread = f"covariance [{_short(a)}  {_short(b)}; {_short(b)}  {_short(d)}]".replace(" ", NBSP)
    if not np.isfinite(truth.covariance).all():
        spread = "no finite variance"
    mean = f"mean ({', '.join(map(_short, truth.mean.tolist()))})".replace(" ", NBSP)
    entropy = f"{truth.entropy:z.4f}".replace("-", "−")
    return f"H(p) = {entropy} nats{error} · {modes}\n{mean}\n{spread}"


def _short(number: float) -> str:
    """Two decimals, or three significant digits of what is larger or smaller."""
    if abs(number) < 5e-10:
        return "0"
    small = abs(number) < 0.1 or abs(number) >= 1000
    return (f"{number:.2g}" if small else f"{number:.2f}").replace("-", "−")


def _power(error: float) -> str:
    """An error as one digit and a power of ten, rounded up."""
    exponent = math.floor(math.log10(error))
    digit = math.ceil(error / 10**exponent - 1e-9)
    if digit == 10:
        digit, exponent = 1, exponent + 1
    return f"{digit}e{exponent}".replace("-", "−")
