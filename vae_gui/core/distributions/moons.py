"""Two interleaved half circles: curved data that no single Gaussian resembles."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from vae_gui.core.distributions.base import Array
from vae_gui.core.distributions.curve import NoisyCurve


class Moons(NoisyCurve, frozen=True, kw_only=True, tag="moons"):
    """Two half circles that reach into each other, each the other turned by 180 degrees."""

    label: ClassVar[str] = "Moons"
    help: ClassVar[str] = "Two noisy half circles: shows how the latent bends along the data."

    @property
    def pieces(self) -> int:
        """One a moon."""
        return 2

    def curve(self, t: Array) -> Array:
        """The upper moon for t < 1/2, then the lower: (n,) -> (n, 2)."""
        turn = np.where(t < 0.5, 1.0, -1.0)
        angle = 2 * np.pi * (t % 0.5)  # 0 to pi along either moon
        upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=-1)  # (n, 2)
        return np.asarray(turn[:, None] * upper / 1.5)  # unit circles reach to 1.5
