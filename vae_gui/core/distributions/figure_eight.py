"""A figure eight: a curve that crosses itself."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from vae_gui.core.distributions.base import Array
from vae_gui.core.distributions.curve import NoisyCurve


class FigureEight(NoisyCurve, frozen=True, kw_only=True, tag="figure_eight"):
    """The lemniscate of Gerono, lying."""

    label: ClassVar[str] = "Eight"
    help: ClassVar[str] = "A noisy figure eight: at its crossing one point has two far latents."

    def curve(self, t: Array) -> Array:
        """Once around both loops: (n,) -> (n, 2)."""
        angle = 2 * np.pi * t
        return np.stack([np.sin(angle), np.sin(2 * angle) / 1.6], axis=-1)
