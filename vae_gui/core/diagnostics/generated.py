"""Metrics of generated points beside true ones, with what chance alone would make of them."""

from __future__ import annotations

from vae_gui.core.analysis import Analysis
from vae_gui.core.diagnostics.metric import Measurement, Metric, of


def _sliced_wasserstein(a: Analysis) -> Measurement:
    band = a.reference.wasserstein_band
    value = a.reference.sliced_wasserstein(a.generated)
    return Measurement(value, band=(band.low, band.high))


def _mmd(a: Analysis) -> Measurement:
    band = a.reference.mmd_band
    return Measurement(a.reference.mmd(a.generated), band=(band.low, band.high))


GENERATED: tuple[Metric, ...] = (
    Metric(
        "sliced_wasserstein",
        "Sliced Wasserstein distance",
        "",
        "How far 1,000 generated points have to be moved to be 1,000 true ones, along lines.",
        of(_sliced_wasserstein),
        "(E<sub>u</sub> W<sub>2</sub><sup>2</sup>(u·x, u·x′))<sup>½</sup>, |u| = 1",
        "slow",
        of_density=True,
    ),
    Metric(
        "mmd",
        "Maximum mean discrepancy",
        "",
        "Whether generated points lie among each other as they lie among true ones, squared.",
        of(_mmd),
        "E k(x, x′) + E k(y, y′) − 2 E k(x, y), k = exp(−|x − y|<sup>2</sup> / 2 w<sup>2</sup>)",
        "slow",
        of_density=True,
    ),
)
