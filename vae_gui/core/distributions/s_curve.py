"""The letter S, as scikit-learn's `make_s_curve` has it from the side."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from vae_gui.core.distributions.base import Array
from vae_gui.core.distributions.curve import NoisyCurve


class SCurve(NoisyCurve, frozen=True, kw_only=True, tag="s_curve"):
    """Two arcs of three quarters of a circle, joined in the middle."""

    label: ClassVar[str] = "S-curve"
    help: ClassVar[str] = (
        "A noisy letter S: one latent dimension suffices if it learns to bend twice."
    )

    @property
    def pieces(self) -> int:
        """Two: its curvature jumps in the middle."""
        return 2

    def curve(self, t: Array) -> Array:
        """From the lower end to the upper: (n,) -> (n, 2)."""
        angle = 3 * np.pi * (t - 0.5)
        x1, x2 = np.sin(angle), np.sign(angle) * (1 - np.cos(angle))
        return np.stack([0.75 * x1, x2 / 2], axis=-1)
