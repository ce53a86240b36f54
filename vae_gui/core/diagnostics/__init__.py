"""Numbers that sum up a run, as pure functions of what is known of it.

A new metric is one function and one entry in `METRICS`.
"""

from __future__ import annotations

from collections.abc import Iterable

from vae_gui.core.diagnostics.exact import EXACT
from vae_gui.core.diagnostics.generated import GENERATED
from vae_gui.core.diagnostics.latent import LATENT
from vae_gui.core.diagnostics.metric import Cost, Evidence, Measurement, Metric
from vae_gui.core.diagnostics.recorded import RECORDED, negative_elbo
from vae_gui.core.interrupting import give_way

METRICS: tuple[Metric, ...] = (
    *RECORDED,
    *EXACT,
    *LATENT,
    *GENERATED,
)

GROUPS: tuple[tuple[str, tuple[Metric, ...]], ...] = (
    ("Loss and floor", RECORDED),
    ("Learned density", EXACT),
    ("Encoder and latent", LATENT),
    ("Generated points", GENERATED),
)


def grouped(metrics: Iterable[Metric] = METRICS) -> list[tuple[str, list[Metric]]]:
    """Metrics by what they are about, under a title; what is in no group comes last."""
    known = {m.key: title for title, group in GROUPS for m in group}
    titles = [*(title for title, _ in GROUPS), "More"]
    found: dict[str, list[Metric]] = {title: [] for title in titles}
    for metric in metrics:
        found[known.get(metric.key, "More")].append(metric)
    return [(title, group) for title, group in found.items() if group]


def measure(evidence: Evidence) -> dict[str, float]:
    """Every metric that costs no more than a frame, by its key, in the order of `METRICS`."""
    return {m.key: m.measure(evidence).value for m in METRICS if m.cost == "frame"}


def measure_all(evidence: Evidence, metrics: Iterable[Metric] = METRICS) -> dict[str, Measurement]:
    """Some metrics by their keys, in order: seconds of work if some are costly.

    Raises:
        Interrupted: The evidence's analysis was asked to stop.
    """
    found = {}
    for metric in metrics:
        found[metric.key] = metric.measure(evidence)
        give_way()
    return found


__all__ = [
    "GROUPS",
    "METRICS",
    "Cost",
    "Evidence",
    "Measurement",
    "Metric",
    "grouped",
    "measure",
    "measure_all",
    "negative_elbo",
]
