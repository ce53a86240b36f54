"""How far two sets of points are apart, and how far two sets of one distribution would be.

Shapes: n and m points, D directions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions import Distribution
from vae_gui.core.interrupting import give_way

DIRECTIONS = 32
REPLICATES = 40
BAND = (0.05, 0.95)  # quantiles
POINTS = 1_000  # of a set ...
POINTS_OF_PAIRS = 500  # ... and where all pairs of two sets are looked at

Points = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class NullBand:
    """What a distance is between two independent sets of true points.

    Attributes:
        low: Its 5 % quantile.
        high: Its 95 % quantile.
    """

    low: float
    high: float


def sliced_wasserstein(a: Points, b: Points) -> float:
    """Wasserstein-2 distance of projections, root mean square over directions.

    In the unit of the data. Of n points each (n, 2); directions are spread evenly over the
    half circle, so that nothing is drawn (Bonneel et al. 2015).
    """
    assert len(a) == len(b), "sets of different sizes"
    angles = np.pi * (np.arange(DIRECTIONS) + 0.5) / DIRECTIONS
    directions = np.stack([np.cos(angles), np.sin(angles)])  # (2, D)
    along_a, along_b = (np.sort(x.astype(np.float64) @ directions, axis=0) for x in (a, b))
    return float(np.sqrt(np.mean((along_a - along_b) ** 2)))


def mmd(a: Points, b: Points, width: float) -> float:
    """Squared maximum mean discrepancy, the unbiased estimate; about 0 if nothing differs.

    With the kernel exp(-|x - y|^2 / 2 width^2); of points (n, 2) and (m, 2) (Gretton et al.
    2012, eq. 3). May be negative.
    """
    n, m = len(a), len(b)
    within_a = (_kernel_sum(a, a, width) - n) / (n * (n - 1))
    within_b = (_kernel_sum(b, b, width) - m) / (m * (m - 1))
    return within_a + within_b - 2 * _kernel_sum(a, b, width) / (n * m)


def _kernel_sum(a: Points, b: Points, width: float) -> float:
    """Sum of the kernel over all pairs; float32, each term within 1e-6."""
    a, b = ((x / width).astype(np.float32) for x in (a, b))
    exponents = a @ b.T
    exponents -= np.float32(0.5) * np.sum(a**2, axis=1)[:, None]
    exponents -= np.float32(0.5) * np.sum(b**2, axis=1)
    return float(np.exp(np.minimum(exponents, 0)).sum(dtype=np.float64))


def kernel_width(x: Points) -> float:
    """The median distance of points (n, 2) from one another: a usual choice."""
    d = x[:, None] - x[None]
    return float(np.median(np.hypot(d[..., 0], d[..., 1])[np.triu_indices(len(x), 1)]))


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """True points to compare generated ones with, and how far apart true ones are.

    Attributes:
        points: True points, (POINTS, 2).
        width: Width of the kernel of `mmd`.
        wasserstein_band: Of `sliced_wasserstein`, for sets of `POINTS`.
        mmd_band: Of `mmd`, for sets of `POINTS_OF_PAIRS`.
    """

    points: npt.NDArray[np.float64]
    width: float
    wasserstein_band: NullBand
    mmd_band: NullBand

    def sliced_wasserstein(self, generated: Points) -> float:
        """How far `POINTS` generated points (n, 2) are from the true ones."""
        return sliced_wasserstein(generated[:POINTS], self.points)

    def mmd(self, generated: Points) -> float:
        """The same by `mmd`, of the first `POINTS_OF_PAIRS` of either."""
        some = slice(POINTS_OF_PAIRS)
        return mmd(generated[some], self.points[some], self.width)


@lru_cache(maxsize=8)
def reference(distribution: Distribution) -> Reference:
    """True points and null bands of a distribution. A job, once: about a second."""
    rng = np.random.default_rng(0)
    points = distribution.sample(POINTS, rng)
    points.flags.writeable = False
    width = kernel_width(points[:POINTS_OF_PAIRS])
    some = slice(POINTS_OF_PAIRS)
    found = np.empty((REPLICATES, 2))
    for row in found:
        give_way()
        a, b = distribution.sample(POINTS, rng), distribution.sample(POINTS, rng)
        row[:] = sliced_wasserstein(a, b), mmd(a[some], b[some], width)
    bands = [NullBand(*quantiles) for quantiles in np.quantile(found, BAND, axis=0).T.tolist()]
    return Reference(points, width, *bands)
