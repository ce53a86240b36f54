"""A pinwheel: Gaussian arms, bent by a twist that keeps areas."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.base import Array, Bounds, Distribution
from vae_gui.core.distributions.ellipses import Ellipses
from vae_gui.core.distributions.handles import Handles
from vae_gui.core.parameters import Parameter

SHOWN_STDS = 4.0
NODES = 96  # along each axis of an arm, for its moments
NODE_STDS = 8.0


class Pinwheel(Distribution, frozen=True, kw_only=True, tag="pinwheel"):
    """Gaussian arms around the origin, each point turned by an angle that grows with its radius.

    The twist turns every circle around the origin in itself. So its Jacobian is 1, the density
    is that of the arms at the point turned back, and so is the entropy.
    """

    label: ClassVar[str] = "Pinwheel"
    help: ClassVar[str] = (
        "Twisted arms that meet in the middle: separate modes that are curved, too."
    )

    arms: Annotated[
        int,
        Parameter(
            label="Arms",
            help="How many arms there are.",
            symbol="K",
            minimum=1,
            maximum=12,
        ),
    ] = 5
    radius: Annotated[
        float,
        Parameter(
            label="Radius",
            help="Distance from the origin to the middle of each arm.",
            symbol="r",
            minimum=0,
            maximum=4,
        ),
    ] = 1.8
    length: Annotated[
        float,
        Parameter(
            label="Arm length",
            help="Standard deviation along an arm, before the twist.",
            symbol="σ∥",
            minimum=0.05,
            maximum=1.5,
            scale="log",
            decimals=3,
        ),
    ] = 0.5
    width: Annotated[
        float,
        Parameter(
            label="Arm width",
            help="Standard deviation across an arm, before the twist.",
            symbol="σ⊥",
            minimum=0.05,
            maximum=1.5,
            scale="log",
            decimals=3,
        ),
    ] = 0.15
    twist: Annotated[
        float,
        Parameter(
            label="Twist",
            help="How far a point turns for each unit of its distance from the origin.",
            unit="rad",
            minimum=-3,
            maximum=3,
        ),
    ] = 0.7

    @property
    def untwisted(self) -> Ellipses:
        """The arms before the twist."""
        return _untwisted(self)

    def twisted(self, x: Array, sign: float = 1.0) -> Array:
        """Points (..., 2) turned by the twist; turned back with a `sign` of -1."""
        angle = sign * self.twist * np.hypot(x[..., 0], x[..., 1])
        cos, sin = np.cos(angle), np.sin(angle)
        x1, x2 = x[..., 0], x[..., 1]
        return np.stack([cos * x1 - sin * x2, sin * x1 + cos * x2], axis=-1)

    @property
    def bounds(self) -> Bounds:
        """A square around the circle that no arm leaves within four standard deviations."""
        reach = math.hypot(self.radius + SHOWN_STDS * self.length, SHOWN_STDS * self.width)
        reach = max(reach, self.radius + SHOWN_STDS * self.width)
        return -reach, reach, -reach, reach

    def reach(self, direction: Array) -> tuple[float, float]:
        """The same along any direction (2,)."""
        reach = self.bounds[1] * math.hypot(*direction)
        return -reach, reach

    @property
    def mean(self) -> Array:
        """Its mean, (2,): the origin, but for a single arm."""
        return _moments(self)[0].copy()

    @property
    def covariance(self) -> Array:
        """Its covariance matrix, (2, 2)."""
        return _moments(self)[1].copy()

    def number_of_modes(self) -> int:
        """As many as before the twist, which moves peaks and passes and changes no height."""
        return _modes(self)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2): points of the arms, twisted."""
        return self.twisted(self.untwisted.sample(n, rng))

    def log_prob(self, x: npt.ArrayLike) -> Array:
        """Exact log density in nats: (..., 2) -> (...)."""
        return self.untwisted.log_prob(self.twisted(np.asarray(x, np.float64), -1.0))

    def entropy(self) -> float:
        """H(p) in nats: that of the arms, by quadrature."""
        return _entropy(self)[0]

    def entropy_error(self) -> float:
        """A bound on the error of `entropy` in nats."""
        return _entropy(self)[1]


@lru_cache(maxsize=64)
def _untwisted(pinwheel: Pinwheel) -> Ellipses:
    angle = 2 * np.pi * np.arange(pinwheel.arms) / pinwheel.arms
    cos, sin = np.cos(angle), np.sin(angle)
    turned = np.array([[cos, -sin], [sin, cos]]).transpose(2, 0, 1)  # (K, 2, 2)
    variances = np.diag([pinwheel.length**2, pinwheel.width**2])
    return Ellipses(
        np.full(pinwheel.arms, 1 / pinwheel.arms),
        pinwheel.radius * np.stack([cos, sin], axis=-1),
        turned @ variances @ turned.transpose(0, 2, 1),
    )


@lru_cache(maxsize=64)
def _entropy(pinwheel: Pinwheel) -> tuple[float, float]:
    return pinwheel.untwisted.entropy()


@lru_cache(maxsize=64)
def _modes(pinwheel: Pinwheel) -> int:
    return pinwheel.untwisted.number_of_modes()


@lru_cache(maxsize=64)
def _moments(pinwheel: Pinwheel) -> tuple[Array, Array]:
    """Mean and covariance: nodes over the first arm, twisted, and what the others turn it to."""
    steps = np.linspace(-NODE_STDS, NODE_STDS, NODES)
    w = np.exp(-0.5 * steps**2)
    weights = np.multiply.outer(w, w).ravel() / w.sum() ** 2
    along, across = np.meshgrid(pinwheel.radius + pinwheel.length * steps, pinwheel.width * steps)
    x = pinwheel.twisted(np.stack([along.ravel(), across.ravel()], axis=-1))  # (n, 2)
    first, second = weights @ x, (x.T * weights) @ x
    mean, square = np.zeros(2), np.zeros((2, 2))
    for k in range(pinwheel.arms):
        angle = 2 * math.pi * k / pinwheel.arms
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        mean += turn @ first / pinwheel.arms
        square += turn @ second @ turn.T / pinwheel.arms
    return mean, square - np.multiply.outer(mean, mean)


Pinwheel.handles = Handles.of_radius("radius")
