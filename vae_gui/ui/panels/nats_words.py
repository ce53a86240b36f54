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
    parts = found.parts
    terms = [
        f'<span style="color:{theme.mixed_pen(role, strength).color().name()}">■</span>&nbsp;'
        f"{told(brief if short else words, exact).replace(' ', '&nbsp;')}&nbsp;<b>{nats(value)}</b>"
        for (role, strength, words, brief), value in zip(PARTS, parts.parts, strict=True)
    ]
    total = f"<b>{nats(sum(parts.parts))}</b>"
    line = " + ".join(terms) + (f" = {total}" if short else f" = {total} nats")
    return f"{line}<br>{closing_words(theme, found, short)}"


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
