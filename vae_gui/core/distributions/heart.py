"""A heart: a closed curve with a cusp and a tip."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from vae_gui.core.distributions.base import Array
from vae_gui.core.distributions.curve import NoisyCurve


class Heart(NoisyCurve, frozen=True, kw_only=True, tag="heart"):
    """The curve (16 sin^3 t, 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t), centred and scaled."""

    label: ClassVar[str] = "Heart"
    help: ClassVar[str] = "A noisy heart: shows how a smooth decoder rounds a cusp and a tip."

    def curve(self, t: Array) -> Array:
        """Once around: (n,) -> (n, 2)."""
        a = 2 * np.pi * t
        x1 = 16 * np.sin(a) ** 3
        x2 = 13 * np.cos(a) - 5 * np.cos(2 * a) - 2 * np.cos(3 * a) - np.cos(4 * a)
        return np.stack([x1, x2 + 2.5], axis=-1) / 16
