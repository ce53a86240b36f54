"""What the Loss panel says: the losses of a step, and numbers in few characters."""

from __future__ import annotations

import math
from bisect import bisect_left

from vae_gui.core.network import Losses
from vae_gui.core.recording import Recording
from vae_gui.ui.plotting.steps import thousands
from vae_gui.ui.theme import Theme

ROLES = ("total", "reconstruction", "latent")
TERMS = ("total", "reconstruction", "KL")


def read_values(
    recording: Recording, step: int, regret: float | None = None, test_floor: float | None = None
) -> tuple[str, list[tuple[str, str, str]]]:
    """What a recording knows of a step.

    Args:
        recording: Of the run.
        step: 0 for the untrained model.
        regret: Of this step, where it is known.
        test_floor: What the true density scores on the test set, where it is known.

    Returns:
        A title, and (theme role, name, value) of each loss at exactly this step and of the
        nearest test loss, with what that set of points allows at best.
    """
    epoch = recording.epoch_at(step)
    title = f"step {thousands(step)} · " + (f"epoch {thousands(epoch)}" if step else "untrained")
    rows = []
    if 0 < step <= recording.steps:
        losses = Losses(*map(float, recording.losses[step - 1]))
        rows = [(role, name, nats(v)) for role, name, v in zip(ROLES, TERMS, losses, strict=True)]
    if regret is not None:
        rows.append(("regret", "regret", nats(regret)))
    tests = recording.tests
    at = bisect_left(tests, step, key=lambda t: t.step)
    around = tests[max(0, at - 1) : at + 1]
    if around:
        test = min(around, key=lambda t: abs(t.step - step))
        where = "" if test.step == step else f" at step {thousands(test.step)}"
        rows.append(("muted", f"test{where}", nats(test.losses.total)))
        if test_floor is not None:
            rows.append(("true", "floor of the test set", nats(test_floor)))
    return title, rows


def nats(value: float) -> str:
    """A loss in words, four places after the point while it is of ordinary size."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "∞" if value > 0 else "−∞"
    text = f"{value:.4f}" if abs(value) < 1e4 else f"{value:.4g}"
    return text.replace("-", "−", 1)


def rounded(value: float) -> str:
    """A positive number in few characters, however large it is."""
    if value < 99_999.5:
        return f"{value:.3g}" if value < 999.5 else thousands(round(value))
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits}e{int(exponent)}"


def table(theme: Theme, title: str, rows: list[tuple[str, str, str]]) -> str:
    """Rows as `read_values` gives them, as HTML in a theme's colours."""
    lines = "".join(
        f'<tr><td style="color:{theme.color(role).name()}">{name}</td>'
        f'<td align="right">&nbsp;&nbsp;{value}</td></tr>'
        for role, name, value in rows
    )
    return f'<b>{title}</b><table cellspacing="0">{lines}</table>'
