"""Two distributions mixed with a weight: their densities add."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import ClassVar

import msgspec
import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.base import Array, Bounds, Distribution, aspect_of
from vae_gui.core.distributions.cells import MOST_EVALUATIONS, entropy_in_cells
from vae_gui.core.distributions.handles import Ellipse, Handles
from vae_gui.core.interrupting import give_way

GRIDS = (401, 801, 1601)  # places along each axis
CONVERGED = 1e-8  # nats by which half of the places may change the entropy
ROUNDING = 1e-9
SEEDS = 200  # points of each part that tell where its mass lies
MOST_AT_EDGES = 2_000_000  # evaluations: the error falls as they grow, to some 1e-3 here
SEED_MASS = 0.02  # of a part in the cell of a seed, at most


class Mixed(Distribution, frozen=True, kw_only=True, tag="mixed"):
    """p(x) = (1 - w) p_0(x) + w p_1(x).

    Points of a file are not drawn again, so that where p_0 is a kernel estimate, they are
    drawn from that.

    Attributes:
        first: p_0.
        second: p_1.
        weight: w, between 0 and 1.
    """

    label: ClassVar[str] = "Mixed"
    help: ClassVar[str] = "Two distributions, mixed with a weight."

    first: Distribution
    second: Distribution
    weight: float

    @property
    def _parts(self) -> tuple[tuple[float, Distribution], tuple[float, Distribution]]:
        return (1 - self.weight, self.first), (self.weight, self.second)

    @property
    def handles(self) -> Handles | None:  # type: ignore[override]
        """Those of both, the first part's first."""
        either = self.first.handles or self.second.handles
        return Handles("ellipse", _ellipses, _with_ellipse) if either else None

    @property
    def bounds(self) -> Bounds:
        """Around those of both."""
        return _around(self.first.bounds, self.second.bounds)

    @property
    def support(self) -> Bounds:
        """Around those of both."""
        return _around(self.first.support, self.second.support)

    def reach(self, direction: Array) -> tuple[float, float]:
        """What either reaches along a direction (2,)."""
        (low, high), (other_low, other_high) = (d.reach(direction) for _, d in self._parts)
        return min(low, other_low), max(high, other_high)

    @property
    def mean(self) -> Array:
        """The mean of both means, (2,)."""
        return np.asarray(sum(w * d.mean for w, d in self._parts))

    @property
    def covariance(self) -> Array:
        """Within both and between them, (2, 2); infinite where one of them is."""
        between = [d.mean - self.mean for _, d in self._parts]
        return np.asarray(
            sum(
                w * (d.covariance + np.multiply.outer(apart, apart))
                for (w, d), apart in zip(self._parts, between, strict=True)
            )
        )

    @property
    def hard_edges(self) -> bool:
        """Where one of them has some."""
        return self.first.hard_edges or self.second.hard_edges

    @property
    def exact(self) -> bool:
        """Where both are."""
        return self.first.exact and self.second.exact

    @property
    def held(self) -> object:
        """What of both has to stay in memory."""
        return self.first.held, self.second.held

    @property
    def training_scale(self) -> tuple[Array, Array] | None:
        """Mean and standard deviation, each (2,), where a part asks for its own to be used.

        Those of that part where the other has no finite variance.
        """
        asked = self.first.training_scale or self.second.training_scale
        if asked is None:
            return None
        variances = np.diag(self.covariance)
        return (self.mean, np.sqrt(variances)) if np.isfinite(variances).all() else asked

    @property
    def aspect(self) -> float:
        """That of its own deviations, where the units of the first part are unlike."""
        variances = np.diag(self.covariance)
        if self.first.aspect == 1 or not np.isfinite(variances).all():
            return self.first.aspect
        return aspect_of(np.sqrt(variances))

    @property
    def axis_names(self) -> tuple[str, str]:
        """Those of the first part, which the other is mixed into."""
        return self.first.axis_names

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2): for each point one of both by lot."""
        of_second = rng.random(n) < self.weight
        x = np.empty((n, 2))
        x[~of_second] = self.first.sample(int(n - of_second.sum()), rng)
        x[of_second] = self.second.sample(int(of_second.sum()), rng)
        return x

    def log_prob(self, x: npt.ArrayLike) -> Array:
        """Exact log density in nats: (..., 2) -> (...)."""
        logs = [math.log(w) + d.log_prob(x) for w, d in self._parts]
        return np.asarray(np.logaddexp(*logs))

    def density(self, x1: Array, x2: Array) -> Array:
        """p(x) on a grid: (G1,), (G2,) -> (G2, G1), rows along x2."""
        return np.asarray(sum(w * d.density(x1, x2) for w, d in self._parts))

    def entropy(self) -> float:
        """H(p) in nats by quadrature; see `entropy_error`."""
        return _entropy(self)[0]

    def entropy_error(self) -> float:
        """A bound on the error of `entropy` in nats."""
        return _entropy(self)[1]


def _around(one: Bounds, other: Bounds) -> Bounds:
    return (
        min(one[0], other[0]),
        max(one[1], other[1]),
        min(one[2], other[2]),
        max(one[3], other[3]),
    )


@lru_cache(maxsize=64)
def _entropy(mixed: Mixed) -> tuple[float, float]:
    """By the trapezoid rule where a grid resolves both, else in cells."""
    for places in () if mixed.hard_edges else GRIDS:
        give_way()
        entropy, error = _on_grid(mixed, places)
        if error < CONVERGED:
            return entropy, error + ROUNDING
    seeds, areas = [], []
    for _, part in mixed._parts:
        x = part.sample(SEEDS, np.random.default_rng(0))
        seeds.append(x)
        areas.append(SEED_MASS / np.exp(part.log_prob(x)))
    most = MOST_AT_EDGES if mixed.hard_edges else MOST_EVALUATIONS
    entropy, error = entropy_in_cells(
        mixed.log_prob, mixed.support, np.concatenate(seeds), np.concatenate(areas), most
    )
    return entropy, error + ROUNDING


def _on_grid(mixed: Mixed, places: int) -> tuple[float, float]:
    """The entropy, and what half of the places and the mass that is not 1 say of its error."""
    a, b, c, d = mixed.support
    x1, x2 = np.linspace(a, b, places), np.linspace(c, d, places)
    cell = (x1[1] - x1[0]) * (x2[1] - x2[0])
    p = mixed.density(x1, x2)
    information = -p * np.log(np.maximum(p, np.finfo(np.float64).tiny))
    entropy, half = float(information.sum() * cell), float(information[::2, ::2].sum() * cell * 4)
    lost = abs(1 - float(p.sum() * cell))
    return entropy, abs(entropy - half) + 10 * lost


def _ellipses(mixed: Mixed) -> tuple[Ellipse, ...]:
    return tuple(
        ellipse
        for part in (mixed.first, mixed.second)
        for ellipse in (part.handles.read(part) if part.handles else ())
    )


def _with_ellipse(mixed: Mixed, place: int, ellipse: Ellipse) -> Mixed:
    first, second = mixed.first, mixed.second
    held = len(first.handles.read(first)) if first.handles else 0
    if place < held:
        assert first.handles is not None, "it holds this one"
        return msgspec.structs.replace(mixed, first=first.handles.write(first, place, ellipse))
    assert second.handles is not None, "it holds this one"
    changed = second.handles.write(second, place - held, ellipse)
    return msgspec.structs.replace(mixed, second=changed)
