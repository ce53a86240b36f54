"""What the panel on nats says of a moment, as rich text in a theme's colours."""

from __future__ import annotations

import math

from vae_gui.core.distributions import told
from vae_gui.core.views import Truth
from vae_gui.ui.panels.loss_words import nats
from vae_gui.ui.panels.nats_moments import Found
from vae_gui.ui.plotting.steps import thousands
from vae_gui.ui.theme import Theme

# theme role, strength, words of each part and short ones, the lowest first
PARTS = (
    ("true", 1.0, "floor of this test set", "floor"),
    ("learned", 1.0, "KL(p‖p<sub>θ</sub>)", "KL"),
    ("latent", 1.0, "approximation gap", "approx."),
    ("latent", 0.5, "amortisation gap", "amort."),
)


def moment_words(theme: Theme, found: Found, short: bool, exact: bool = True) -> str:
    """The parts of the test loss at a moment, and how well they close.

    Args:
        theme: Whose colours to take.
        found: What is known of the moment.
        short: There is little room.
        exact: Whether the density of the data is known, or an estimate.
    """
    values = [*found.parts.parts, sum(found.parts.parts)]
    line = _sum_words(theme, [nats(value) for value in values], short, exact)
    return f"{line}<br>{closing_words(theme, found, short)}"


def waiting_words(theme: Theme, short: bool, exact: bool = True) -> str:
    """As many lines as `moment_words`, before anything is known: the plots keep their place."""
    unknown = "–" + 8 * "\N{NO-BREAK SPACE}"
    line = _sum_words(theme, [unknown] * (len(PARTS) + 1), short, exact)
    words = f"Test loss {unknown}; closing error <b>{unknown}</b> "
    return f"{line}<br>{words}({'' if short else 'chance of its random z: '}±{unknown})"


def _sum_words(theme: Theme, values: list[str], short: bool, exact: bool) -> str:
    """The parts with these values, and the last value as their sum."""
    terms = [
        f'<span style="color:{theme.mixed_pen(role, strength).color().name()}">■</span>&nbsp;'
        f"{told(brief if short else words, exact).replace(' ', '&nbsp;')}&nbsp;<b>{value}</b>"
        for (role, strength, words, brief), value in zip(PARTS, values[:-1], strict=True)
    ]
    return " + ".join(terms) + f" = <b>{values[-1]}</b>" + ("" if short else " nats")


def when(step: int, shown: int) -> str:
    """Which moment that is, and how old it is beside the step that is shown."""
    words = f"Step {thousands(step)}"
    if step == shown:
        return words
    off = thousands(abs(shown - step))
    return f"{words} ({off} {'earlier' if step < shown else 'later'})"


def closing_words(theme: Theme, found: Found, short: bool) -> str:
    """What is left between the loss that was measured and the parts, or why nothing is told."""
    parts, tested = found.parts, found.tested
    if parts.doubt:
        return f'<span style="color:{theme.warning}">⚠ {parts.doubt}</span>'
    measured = tested.reconstruction + tested.kl
    if not found.same_points:
        return f"Test loss {nats(measured)}, of more points than the 10,000 that are looked at here"
    error, chance = found.closing_error, 2 * math.hypot(parts.noise, parts.error)
    off = abs(error) > chance
    words = f"Test loss {nats(measured)}; closing error <b>{signed(error)}</b> "
    words += f"(±{chance:.4f})" if short else f"(chance of its random z: ±{chance:.4f})"
    return f'<span style="color:{theme.warning}">{words}</span>' if off else words


def floor_words(truth: Truth) -> str:
    """Why this test set's floor is not the entropy."""
    n = len(truth.test)
    chance = truth.test_scatter / math.sqrt(n)
    return told(
        f"Entropy H(p) {nats(truth.entropy)}; these {thousands(n)} test points have a floor of "
        f"their own, {nats(truth.test_floor)}: chance moves it by ±{nats(chance)}, and a loss "
        "between the two is no miracle.",
        truth.distribution.exact,
    )


def signed(value: float) -> str:
    """A difference in nats, with its sign."""
    return ("+" if value > 0 else "") + nats(value)
