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

METRICS: tuple[Metric, ...] = (
    *RECORDED,
    *EXACT,
    *LATENT,
    *GENERATED,
)


def measure(evidence: Evidence) -> dict[str, float]:
    """Every metric that costs no more than a frame, by its key, in the order of `METRICS`."""
    return {m.key: m.measure(evidence).value for m in METRICS if m.cost == "frame"}


def measure_all(evidence: Evidence, metrics: Iterable[Metric] = METRICS) -> dict[str, Measurement]:
    """Some metrics by their keys, in order: seconds of work if some are costly.

    Raises:
        Interrupted: The evidence's analysis was asked to stop.
    """
    return {m.key: m.measure(evidence) for m in metrics}


__all__ = [
    "METRICS",
    "Cost",
    "Evidence",
    "Measurement",
    "Metric",
    "measure",
    "measure_all",
    "negative_elbo",
]
