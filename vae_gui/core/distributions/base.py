"""What a data distribution is: a frozen value that knows its exact density.

A new distribution is one subclass and one line in the registry beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.handles import Array, Handles
from vae_gui.core.distributions.peaks import count_peaks
from vae_gui.core.interrupting import give_way
from vae_gui.core.parameters import Validated

__all__ = ["Array", "Bounds", "Distribution", "MatrixView"]

Bounds = tuple[float, float, float, float]  # x1_min, x1_max, x2_min, x2_max

MOMENT_GRID = 801  # places along each axis for a mean and a covariance
ALIKE = 4  # times another: standard deviations that may be of one unit
PEAK_GRIDS = (230, 320, 640)  # places along each axis among which peaks are counted


@dataclass(frozen=True, slots=True)
class MatrixView:
    """A second way to edit some parameters: as one 2 x 2 matrix.

    Attributes:
        label: Name beside the matrix.
        help: One sentence that explains it.
        read: The matrix (2, 2) of a distribution.
        write: A distribution changed to have that matrix; raises `InvalidValue`.
    """

    label: str
    help: str
    read: Callable[[Any], Array]
    write: Callable[[Any, Array], Any]


class Distribution(Validated, frozen=True, kw_only=True, tag_field="family"):
    """A probability distribution on the plane; its parameters are its declared fields.

    Attributes:
        label: Name in the gallery.
        help: One sentence on what it is and why it is instructive.
        matrix: A matrix editor for some of the parameters, if there is a natural one.
        handles: Ellipses to drag in the plane, if there are natural ones.
    """

    label: ClassVar[str] = ""
    help: ClassVar[str] = ""
    matrix: ClassVar[MatrixView | None] = None
    handles: ClassVar[Handles | None] = None

    @classmethod
    def family(cls) -> str:
        """Its name in files and on the command line."""
        return str(cls.__struct_config__.tag)

    @property
    def exact(self) -> bool:
        """Whether its density is known; if not, it and all that follows is an estimate."""
        return True

    @property
    def bounds(self) -> Bounds:
        """A rectangle that holds at least 99.9 % of the mass."""
        raise NotImplementedError

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw `n` independent points, shape (n, 2)."""
        raise NotImplementedError

    def log_prob(self, x: npt.ArrayLike) -> Array:
        """Exact log density in nats: (..., 2) -> (...)."""
        raise NotImplementedError

    def leave_one_out_log_prob(self, x: npt.ArrayLike) -> Array:
        """Log density in nats of points to train on, (..., 2) -> (...).

        An estimate from those points says it of each as if it were made from the others.
        """
        return self.log_prob(x)

    def entropy(self) -> float:
        """Differential entropy H(p) in nats, by closed form or quadrature."""
        raise NotImplementedError

    def entropy_error(self) -> float:
        """A bound on the error of `entropy`, in nats; 0 for a closed form."""
        return 0.0

    @property
    def mean(self) -> Array:
        """Its mean, (2,)."""
        return _moments(self)[0].copy()

    @property
    def covariance(self) -> Array:
        """Its covariance matrix, (2, 2); every entry infinite where there is none."""
        return _moments(self)[1].copy()

    def number_of_modes(self) -> int | None:
        """How many peaks or plateaus stand out by a tenth of their height, along no ridge.

        None where they are too fine to be counted.
        """
        return _peaks(self)

    @property
    def hard_edges(self) -> bool:
        """Whether its density jumps to 0 somewhere."""
        return False

    @property
    def support(self) -> Bounds:
        """A rectangle outside which a quadrature finds nothing."""
        x1_min, x1_max, x2_min, x2_max = self.bounds
        m1, m2 = x1_max - x1_min, x2_max - x2_min
        return x1_min - m1, x1_max + m1, x2_min - m2, x2_max + m2

    def reach(self, direction: Array) -> tuple[float, float]:
        """Between which values x . direction stays, but for 0.05 % of the mass.

        Args:
            direction: A vector (2,) of any length.
        """
        x1_min, x1_max, x2_min, x2_max = self.bounds
        corners = np.array([[a, b] for a in (x1_min, x1_max) for b in (x2_min, x2_max)])
        along = corners @ direction
        return float(along.min()), float(along.max())

    def density(self, x1: Array, x2: Array) -> Array:
        """p(x) on a grid: (G1,), (G2,) -> (G2, G1), rows along x2."""
        grid = np.stack(np.meshgrid(x1, x2), axis=-1)  # (G2, G1, 2)
        return np.asarray(np.exp(self.log_prob(grid)))

    def data_sets(
        self, train: int, test: int, rngs: tuple[np.random.Generator, np.random.Generator]
    ) -> tuple[Array, Array]:
        """Points to train on and to test on, (train, 2) and (test, 2); each by its generator."""
        return self.sample(train, rngs[0]), self.sample(test, rngs[1])

    @property
    def holds(self) -> tuple[int, int] | None:
        """How many points there are to train on and to test on; None for any number."""
        return None

    @property
    def holds_in_memory(self) -> tuple[int, int] | None:
        """The same as far as no file has to be read for it."""
        return None

    @property
    def aspect(self) -> float:
        """How long a unit of x1 is to be drawn where one of x2 has length 1."""
        return 1.0

    @property
    def axis_names(self) -> tuple[str, str]:
        """What the two coordinates are called."""
        return "x₁", "x₂"

    @property
    def held(self) -> object:
        """What has to stay in memory while it is in use; whoever uses it for long keeps that."""
        return None

    @property
    def training_scale(self) -> tuple[Array, Array] | None:
        """Mean and standard deviation, each (2,), by which training is to standardise points."""
        return None


def aspect_of(std: Array) -> float:
    """How long to draw a unit of x1 beside one of x2 for standard deviations (2,).

    Coordinates that differ much in their units come out as wide as high.
    """
    std1, std2 = std.tolist()
    ratio = std2 / std1
    return 1.0 if 1 / ALIKE <= ratio <= ALIKE else float(ratio)


@lru_cache(maxsize=64)
def _moments(distribution: Distribution) -> tuple[Array, Array]:
    """Mean and covariance by quadrature on a grid over all of the mass."""
    a, b, c, d = distribution.support
    x1, x2 = np.linspace(a, b, MOMENT_GRID), np.linspace(c, d, MOMENT_GRID)
    p = distribution.density(x1, x2)
    p /= p.sum()
    mean = np.array([p.sum(axis=0) @ x1, p.sum(axis=1) @ x2])
    r1, r2 = x1 - mean[0], x2 - mean[1]
    across = r2 @ p @ r1
    return mean, np.array([[p.sum(axis=0) @ r1**2, across], [across, p.sum(axis=1) @ r2**2]])


@lru_cache(maxsize=64)
def _peaks(distribution: Distribution) -> int | None:
    """Counted on finer and finer grids, until two of them agree."""
    a, b, c, d = distribution.bounds
    before = None
    for places in PEAK_GRIDS:
        give_way()
        grid = np.linspace(a, b, places), np.linspace(c, d, places)
        count = count_peaks(distribution.density(*grid))
        if count == before:
            return count
        before = count
    return None
