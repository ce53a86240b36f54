"""How the Metrics panel tells a measurement: in a cell, in a sentence, on the clipboard."""

from __future__ import annotations

import math

from vae_gui.core.diagnostics import Measurement, Metric
from vae_gui.core.distributions import told
from vae_gui.ui.panels.loss_words import nats
from vae_gui.ui.plotting.steps import thousands
from vae_gui.ui.theme import Theme

SMALLEST_ERROR = 5e-5  # smaller ones do not show in four places
UNKNOWN = "–"


def label_words(metric: Metric, exact: bool) -> str:
    """The name of a metric for plain text, which has no subscripts.

    Args:
        metric: Which.
        exact: Whether the density of the data is known, or an estimate.
    """
    return metric.words(exact)[0].replace("p_θ", "pθ")


def value_words(metric: Metric, found: Measurement) -> str:
    """The number, with its error where that shows, and a sign where it is to be doubted."""
    if metric.alarm and math.isfinite(found.value):
        words = "yes" if found.value else "no"
    elif math.isnan(found.value):
        words = UNKNOWN
    elif isinstance(found.value, int):
        words = thousands(found.value)
    else:
        words = nats(found.value)
    if SMALLEST_ERROR <= found.error < math.inf and math.isfinite(found.value):
        words += f" ± {found.error:.1g}"
    return f"⚠ {words}" if found.doubt else words


def age_words(step: int | None, shown: int) -> str:
    """How far the model measured is from the one shown."""
    if step is None:
        return "waits"
    if step == shown:
        return "now"
    off = thousands(abs(shown - step))
    return f"{off} earlier" if step < shown else f"{off} later"


def role_of(metric: Metric, found: Measurement, off: bool, old: bool = False) -> str:
    """The theme's role of a number: what is wrong, in doubt, not there or old looks different."""
    if metric.alarm and found.value == 1:
        return "error"
    if found.doubt and not old:
        return "warning"
    return "muted" if off or old or math.isnan(found.value) else "text"


def tip_words(metric: Metric, found: Measurement, exact: bool, model: str = "") -> str:
    """What a number means, of which model, what chance makes of it, and why it is in doubt."""
    parts = metric.words(exact)[1], model, chance_words(found), found.doubt
    return " ".join(part for part in parts if part)


def chance_words(found: Measurement) -> str:
    """Whether chance alone could have made the number, where that is known."""
    if found.band is None or not math.isfinite(found.value):
        return ""
    low, high = found.band
    inside = low <= found.value <= high
    band = f"{nats(low)} to {nats(high)}"
    return f"Chance alone makes it {band}: " + ("it tells nothing." if inside else "it tells.")


def detail_words(
    theme: Theme, metric: Metric, found: Measurement | None, exact: bool = True
) -> str:
    """What a metric means, its formula, and what to think of its value: rich text."""
    unit = f" ({metric.unit})" if metric.unit else ""
    label, meaning = metric.words(exact)
    said = [f"<b>{label}</b>{unit}: {meaning}".replace("p_θ", "p<sub>θ</sub>")]
    if metric.formula:
        formula = told(metric.formula, exact)
        said.append(f'<span style="color:{theme.accent}">{formula}</span>')
    if found is not None:
        said.append(chance_words(found))
        if found.doubt:
            said.append(f'<span style="color:{theme.warning}">⚠ {found.doubt}</span>')
    return "<br>".join(s for s in said if s)


def copied(metric: Metric, found: Measurement, step: int, exact: bool = True) -> str:
    """One line for a spreadsheet: name, value, unit, error, step, doubt."""
    numbers = repr(found.value), metric.unit, repr(found.error)
    return "\t".join(map(str, (label_words(metric, exact), *numbers, step, found.doubt)))
