"""Spirals: data along which a latent has to wind itself up."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np

from vae_gui.core.distributions.base import Array
from vae_gui.core.distributions.curve import NoisyCurve
from vae_gui.core.parameters import Parameter

INNERMOST = 0.15  # of the outer radius


class Spirals(NoisyCurve, frozen=True, kw_only=True, tag="spirals"):
    """Equally likely arms that wind outwards, each turned against the one before."""

    label: ClassVar[str] = "Spirals"
    help: ClassVar[str] = "Noisy spirals: shows how long a latent takes to wind up along the data."

    count: Annotated[
        int,
        Parameter(
            label="Arms",
            help="How many spirals wind around each other.",
            symbol="k",
            minimum=1,
            maximum=5,
        ),
    ] = 2
    turns: Annotated[
        float,
        Parameter(
            label="Turns",
            help="How often each arm winds around the origin.",
            minimum=0.25,
            maximum=3,
        ),
    ] = 1.25

    @property
    def pieces(self) -> int:
        """One an arm."""
        return self.count

    def curve(self, t: Array) -> Array:
        """The radius grows by equal turns, the points keep about equal distances."""
        which = np.minimum(np.floor(self.count * t), self.count - 1)
        along = self.count * t - which
        radius = np.sqrt(INNERMOST**2 + (1 - INNERMOST**2) * along)
        wound = (radius - INNERMOST) / (1 - INNERMOST)
        angle = 2 * np.pi * (self.turns * wound + which / self.count)
        return np.asarray(radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1))
