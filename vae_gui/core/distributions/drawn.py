"""What a person drew: one round Gaussian a dot, so that its density is exact too."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.base import Array, Bounds, Distribution
from vae_gui.core.distributions.stamps import SHOWN_STDS, Stamps
from vae_gui.core.distributions.strokes import MOST_DOTS, SPACING, Stroke, Trail, dot_count
from vae_gui.core.parameters import InvalidValue, Parameter

MOST_STROKES = 500


def _arc(radius: float, start: float, stop: float, width: float) -> Stroke:
    """A stroke along a circle around the origin, angles in degrees."""
    angle = np.radians(np.linspace(start, stop, 400))
    way = radius * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    trail = Trail(way[0], SPACING * width)
    for point in way[1:]:
        trail.to(point)
    return Stroke.of(np.array(trail.taken()), width)


def _face() -> tuple[Stroke, ...]:
    """A face: something to begin with."""
    eyes = Stroke.of(np.array([[-0.8, 0.7], [0.8, 0.7]]), 0.24)
    return (_arc(2.3, 90, 447, 0.12), _arc(1.35, 205, 335, 0.12), eyes)


class Drawn(Distribution, frozen=True, kw_only=True, tag="drawn"):
    """p(x) = sum over dots of N(x; dot, width^2 I), each dot weighted by its width squared.

    So the ink of every brush is as dark: where strokes of two widths pass, the density is
    the same in the middle of either.
    """

    label: ClassVar[str] = "Draw"
    help: ClassVar[str] = "What you draw yourself with a brush, its density as exact as any other."

    strokes: Annotated[
        tuple[Stroke, ...],
        Parameter(
            label="Strokes",
            help="The strokes of the drawing, each the dots that one gesture of the brush left.",
            minimum=1,
            maximum=MOST_STROKES,
        ),
    ] = _face()

    def check(self) -> None:
        """Refuse a drawing of too many dots.

        Raises:
            InvalidValue: Naming the strokes.
        """
        count = dot_count(self.strokes)
        if count > MOST_DOTS:
            reason = f"a drawing has at most {MOST_DOTS:,} points; erase some, or draw with a wider"
            raise InvalidValue("strokes", f"{count:,} points", reason + " brush")

    @property
    def mean(self) -> Array:
        """The mean, shape (2,)."""
        return _stamps(self).mean

    @property
    def covariance(self) -> Array:
        """The covariance matrix, shape (2, 2)."""
        return _stamps(self).covariance

    @property
    def bounds(self) -> Bounds:
        """Four standard deviations around the outermost dots."""
        return _stamps(self).box(SHOWN_STDS)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2): a dot each, then its Gaussian."""
        return _stamps(self).sample(n, rng)

    def log_prob(self, x: npt.ArrayLike) -> Array:
        """Exact log density in nats, (..., 2) -> (...): finite or -inf, however far away."""
        return _stamps(self).log_prob(np.asarray(x, np.float64))

    def density(self, x1: Array, x2: Array) -> Array:
        """p(x) on a grid: (G1,), (G2,) -> (G2, G1), rows along x2."""
        return _stamps(self).density(x1, x2)

    def entropy(self) -> float:
        """H(p) in nats by quadrature; see `entropy_error`."""
        return _entropy(self)[0]

    def entropy_error(self) -> float:
        """A bound on the error of `entropy` in nats: what half of the nodes would change."""
        return _entropy(self)[1]


@lru_cache(maxsize=64)
def _stamps(drawn: Drawn) -> Stamps:
    centres = np.concatenate([stroke.dots for stroke in drawn.strokes])
    stds = np.concatenate([np.full(len(s.dots), s.width) for s in drawn.strokes])
    return Stamps(centres, stds**2 / np.sum(stds**2), stds)


@lru_cache(maxsize=64)
def _entropy(drawn: Drawn) -> tuple[float, float]:
    return _stamps(drawn).entropy()
