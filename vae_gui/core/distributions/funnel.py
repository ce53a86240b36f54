"""Neal's funnel: a width that varies over orders of magnitude."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.base import Array, Bounds, Distribution
from vae_gui.core.parameters import Parameter

SHOWN_STDS = 3.6  # along x2: 3e-4 of the mass lies beyond
BEYOND = 3e-4  # of the mass lies beyond the bounds of x1
LARGEST_LOG = 350.0  # its exponential can still be squared


class Funnel(Distribution, frozen=True, kw_only=True, tag="funnel"):
    """x2 ~ N(0, h^2), and x1 given x2 ~ N(0, (w exp(k x2))^2) (Neal 2003, Slice sampling)."""

    label: ClassVar[str] = "Funnel"
    help: ClassVar[str] = "A funnel: shows what it costs that the decoder's own width has to vary."

    height: Annotated[
        float,
        Parameter(
            label="Height",
            help="Standard deviation of x₂.",
            symbol="h",
            minimum=0.2,
            maximum=1.6,
            scale="log",
        ),
    ] = 1.3
    width: Annotated[
        float,
        Parameter(
            label="Width",
            help="Standard deviation of x₁ where x₂ is 0.",
            symbol="w",
            minimum=0.05,
            maximum=2,
            scale="log",
            decimals=3,
        ),
    ] = 0.5
    flare: Annotated[
        float,
        Parameter(
            label="Flare",
            help="By how many factors of e the width grows for each unit of x₂.",
            symbol="k",
            minimum=-0.6,
            maximum=0.6,
        ),
    ] = 0.4

    @property
    def bounds(self) -> Bounds:
        """What both coordinates reach but for 6e-4 of the mass."""
        reach = _reach(self)
        return -reach, reach, -SHOWN_STDS * self.height, SHOWN_STDS * self.height

    @property
    def mean(self) -> Array:
        """The origin, (2,)."""
        return np.zeros(2)

    @property
    def covariance(self) -> Array:
        """Its covariance matrix, (2, 2): the mean of exp(2 k x2) is exp(2 k^2 h^2)."""
        spread = self.width**2 * math.exp(2 * (self.flare * self.height) ** 2)
        return np.diag([spread, self.height**2])

    def number_of_modes(self) -> int:
        """One, towards the neck."""
        return 1

    @property
    def support(self) -> Bounds:
        """The bounds for quadrature: eight standard deviations of x2 and what x1 is there."""
        reach = 8 * self.height
        widest = 8 * self.width * math.exp(abs(self.flare) * reach / 2)
        return -widest, widest, -reach, reach

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2): x2, then x1."""
        e = rng.standard_normal((n, 2))
        x2 = self.height * e[:, 1]
        return np.stack([self.width * np.exp(self.flare * x2) * e[:, 0], x2], axis=-1)

    def log_prob(self, x: npt.ArrayLike) -> Array:
        """Exact log density in nats, (..., 2) -> (...): finite or -inf, however far away."""
        x = np.asarray(x, np.float64)
        log_std = math.log(self.width) + self.flare * x[..., 1]
        with np.errstate(divide="ignore"):  # log 0 = -inf is 0 standard deviations
            log_z = np.log(np.abs(x[..., 0])) - log_std
        z = np.exp(np.minimum(log_z, LARGEST_LOG))
        log_scale = log_std + math.log(2 * math.pi * self.height)
        found = -0.5 * (z**2 + (x[..., 1] / self.height) ** 2) - log_scale
        return np.where(log_z > LARGEST_LOG, -np.inf, found)

    def entropy(self) -> float:
        """H(x2) + E H(x1|x2) in nats: the mean of log exp(k x2) is 0."""
        return math.log(2 * math.pi * math.e * self.height * self.width)


@lru_cache(maxsize=64)
def _reach(funnel: Funnel) -> float:
    """The value that |x1| exceeds with a probability of `BEYOND`, by bisection of its log."""
    steps = np.linspace(-8, 8, 801)
    weights = np.exp(-0.5 * steps**2)
    stds = funnel.width * np.exp(funnel.flare * funnel.height * steps)
    low, high = math.log(funnel.width), math.log(8 * float(stds.max()))
    for _ in range(40):
        middle = (low + high) / 2
        tails = [math.erfc(math.exp(middle) / (std * math.sqrt(2))) for std in stds.tolist()]
        if weights @ np.array(tails) > BEYOND * weights.sum():
            low = middle
        else:
            high = middle
    return math.exp(high)
