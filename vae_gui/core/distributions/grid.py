"""Gaussians on a square grid: many modes at once."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np

from vae_gui.core.distributions.mixture import Components, IsotropicMixture
from vae_gui.core.parameters import Parameter


class Grid(IsotropicMixture, frozen=True, kw_only=True, tag="grid"):
    """K x K equally likely round Gaussians, evenly spaced around the origin."""

    label: ClassVar[str] = "Grid"
    help: ClassVar[str] = "Gaussians in rows and columns: shows how many modes one latent can hold."

    side: Annotated[
        int,
        Parameter(
            label="Rows and columns",
            help="How many Gaussians stand along each axis.",
            symbol="K",
            minimum=1,
            maximum=8,
        ),
    ] = 5
    spacing: Annotated[
        float,
        Parameter(
            label="Spacing",
            help="Distance between neighbouring centres.",
            symbol="d",
            minimum=0.1,
            maximum=4,
        ),
    ] = 1.3
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
    ] = 0.12

    def components(self) -> Components:
        """One component a place, row by row."""
        along = self.spacing * (np.arange(self.side) - (self.side - 1) / 2)
        centres = np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2)  # (K^2, 2)
        return Components(centres, np.full(len(centres), 1 / len(centres)), self.width)
