"""A banana: a Gaussian bent along a parabola."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.base import Array, Bounds, Distribution
from vae_gui.core.parameters import Parameter

SHOWN_STDS = 3.6  # along x1: 3e-4 of the mass lies beyond


class Banana(Distribution, frozen=True, kw_only=True, tag="banana"):
    """x1 ~ N(0, s1^2), and x2 given x1 ~ N(b (x1^2 - s1^2), s2^2): of mean 0."""

    label: ClassVar[str] = "Banana"
    help: ClassVar[str] = (
        "A bent Gaussian: uncorrelated coordinates that still depend on each other."
    )

    width: Annotated[
        float,
        Parameter(
            label="Width",
            help="Standard deviation of x₁.",
            symbol="σ₁",
            minimum=0.1,
            maximum=2,
            scale="log",
            decimals=3,
        ),
    ] = 1.2
    bend: Annotated[
        float,
        Parameter(
            label="Bend",
            help="How strongly x₂ goes with the square of x₁.",
            symbol="b",
            minimum=-1,
            maximum=1,
        ),
    ] = 0.22
    thickness: Annotated[
        float,
        Parameter(
            label="Thickness",
            help="Standard deviation of x₂ where x₁ is known.",
            symbol="σ₂",
            minimum=0.05,
            maximum=3,
            scale="log",
            decimals=3,
        ),
    ] = 0.25

    @property
    def bounds(self) -> Bounds:
        """What x1 reaches within 3.6 standard deviations, and x2 along it within four."""
        reach = SHOWN_STDS * self.width
        ends = -self.bend * self.width**2, self.bend * (reach**2 - self.width**2)
        return -reach, reach, min(ends) - 4 * self.thickness, max(ends) + 4 * self.thickness

    @property
    def mean(self) -> Array:
        """The origin, (2,)."""
        return np.zeros(2)

    @property
    def covariance(self) -> Array:
        """Its covariance matrix, (2, 2): the variance of x1^2 is 2 s1^4."""
        return np.diag([self.width**2, self.thickness**2 + 2 * self.bend**2 * self.width**4])

    def number_of_modes(self) -> int:
        """One."""
        return 1

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2): x1, then x2."""
        e = rng.standard_normal((n, 2))
        x1 = self.width * e[:, 0]
        return np.stack([x1, self._ridge(x1) + self.thickness * e[:, 1]], axis=-1)

    def _ridge(self, x1: Array) -> Array:
        return self.bend * (np.square(x1) - self.width**2)

    def log_prob(self, x: npt.ArrayLike) -> Array:
        """Exact log density in nats: (..., 2) -> (...)."""
        x = np.asarray(x, np.float64)
        a = x[..., 0] / self.width
        b = (x[..., 1] - self._ridge(x[..., 0])) / self.thickness
        scale = math.log(2 * math.pi * self.width * self.thickness)
        return np.asarray(-0.5 * (a**2 + b**2) - scale)

    def entropy(self) -> float:
        """H(x1) + H(x2|x1), both of Gaussians, in nats."""
        return math.log(2 * math.pi * math.e * self.width * self.thickness)
