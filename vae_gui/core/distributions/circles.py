"""Circles inside each other: data with a hole, which no unbroken line of latents fills."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np

from vae_gui.core.distributions.base import Array
from vae_gui.core.distributions.curve import NoisyCurve
from vae_gui.core.parameters import Parameter


class Circles(NoisyCurve, frozen=True, kw_only=True, tag="circles"):
    """Equally likely circles around the origin, their radii evenly spaced."""

    label: ClassVar[str] = "Circles"
    help: ClassVar[str] = "Noisy circles: shows that a Gaussian prior has to be torn to go around."

    count: Annotated[
        int,
        Parameter(
            label="Circles",
            help="How many circles there are, one inside the other.",
            symbol="k",
            minimum=1,
            maximum=5,
        ),
    ] = 2

    @property
    def pieces(self) -> int:
        """One a circle."""
        return self.count

    def curve(self, t: Array) -> Array:
        """The innermost circle first: (n,) -> (n, 2)."""
        which = np.minimum(np.floor(self.count * t), self.count - 1)
        angle = 2 * np.pi * (self.count * t - which)
        radius = (which + 1) / self.count
        return np.asarray(radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1))
