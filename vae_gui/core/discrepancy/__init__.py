"""How far what was learned is from the truth: by densities, and by points."""

from vae_gui.core.discrepancy.densities import Comparison, Divergences, compare
from vae_gui.core.discrepancy.samples import (
    POINTS,
    NullBand,
    Reference,
    kernel_width,
    mmd,
    reference,
    sliced_wasserstein,
)

__all__ = [
    "POINTS",
    "Comparison",
    "Divergences",
    "NullBand",
    "Reference",
    "compare",
    "kernel_width",
    "mmd",
    "reference",
    "sliced_wasserstein",
]
