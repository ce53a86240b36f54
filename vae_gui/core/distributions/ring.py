"""Gaussians on a circle: modes that a model can miss or merge."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np

from vae_gui.core.distributions.handles import Handles
from vae_gui.core.distributions.mixture import Components, IsotropicMixture
from vae_gui.core.parameters import Parameter


class Ring(IsotropicMixture, frozen=True, kw_only=True, tag="ring"):
    """Equally likely round Gaussians, evenly spaced on a circle around the origin."""

    label: ClassVar[str] = "Ring"
    help: ClassVar[str] = "Separate Gaussians on a circle: shows modes missed and bridges between."

    modes: Annotated[
        int,
        Parameter(
            label="Modes",
            help="How many Gaussians stand on the circle.",
            symbol="K",
            minimum=1,
            maximum=24,
        ),
    ] = 8
    radius: Annotated[
        float,
        Parameter(
            label="Radius",
            help="Distance of every Gaussian's centre from the origin.",
            symbol="r",
            minimum=0,
            maximum=4,
        ),
    ] = 2.4
    width: Annotated[
        float,
        Parameter(
            label="Width",
            help="Standard deviation of each Gaussian, the same in every direction.",
            symbol="σ",
            minimum=0.05,
            maximum=2,
            scale="log",
            decimals=3,
        ),
    ] = 0.15

    def components(self) -> Components:
        """One component a mode, the first on the positive x1 axis."""
        angle = 2 * np.pi * np.arange(self.modes) / self.modes
        centres = self.radius * np.stack([np.cos(angle), np.sin(angle)], axis=-1)  # (K, 2)
        return Components(centres, np.full(self.modes, 1 / self.modes), self.width)


Ring.handles = Handles.of_radius("radius")
