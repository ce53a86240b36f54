"""Uniform shapes: a constant density with a hard edge, and a hole on request."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.base import Array, Bounds, Distribution
from vae_gui.core.distributions.handles import Handles
from vae_gui.core.parameters import Parameter

ROOM = 0.12  # around the shape in a picture, of its size
Shape = Literal["disc", "square", "triangle", "hexagon", "star", "cross"]


class Uniform(Distribution, frozen=True, kw_only=True, tag="uniform"):
    """Uniform on a shape around the origin, less a smaller copy of it.

    Every ray from the origin leaves a shape once. So a point has a *gauge*, the factor by
    which the shape of size 1 must be scaled for the point to lie on its edge, and it is
    inside where that lies between those of hole and edge.
    """

    label: ClassVar[str] = "Uniform"
    help: ClassVar[str] = "A shape with hard edges: shows how far a sum of Gaussians spills over."

    shape: Annotated[Shape, Parameter(label="Shape", help="On what the density is constant.")] = (
        "disc"
    )
    size: Annotated[
        float,
        Parameter(
            label="Size",
            help="Distance from the origin to the farthest edge along an axis.",
            symbol="a",
            minimum=0.5,
            maximum=5,
            scale="log",
        ),
    ] = 2.7
    hole: Annotated[
        float,
        Parameter(
            label="Hole",
            help="Size of the hole in the middle, as a share of the shape's own.",
            minimum=0,
            maximum=0.95,
        ),
    ] = 0.5

    @property
    def hard_edges(self) -> bool:
        """Always."""
        return True

    @property
    def _corners(self) -> Array:
        """The corners at size 1, counter-clockwise, (E, 2); none for a disc."""
        return _corners(self.shape)

    @property
    def bounds(self) -> Bounds:
        """Around the shape, with some room."""
        room = ROOM * self.size
        x1_min, x1_max, x2_min, x2_max = self.support
        return x1_min - room, x1_max + room, x2_min - room, x2_max + room

    def reach(self, direction: Array) -> tuple[float, float]:
        """Between which values x . direction (2,) stays."""
        if self.shape == "disc":
            return -self.size * math.hypot(*direction), self.size * math.hypot(*direction)
        along = self.size * (self._corners @ direction)
        return float(along.min()), float(along.max())

    @property
    def support(self) -> Bounds:
        """The shape's own bounds."""
        return *self.reach(np.array([1.0, 0.0])), *self.reach(np.array([0.0, 1.0]))

    @property
    def mean(self) -> Array:
        """Its mean, (2,), from the triangles between the origin and each edge."""
        if self.shape == "disc":
            return np.zeros(2)
        along = 2 * (1 - self.hole**3) / (3 * (1 - self.hole**2))  # mean of the gauge
        start, end, shares = _edges(self.shape)
        return np.asarray(self.size * along * (shares @ (start + end) / 2))

    @property
    def covariance(self) -> Array:
        """Its covariance matrix, (2, 2)."""
        square = self.size**2 * (1 + self.hole**2) / 2  # mean of the gauge squared
        if self.shape == "disc":
            return square / 2 * np.eye(2)
        start, end, shares = _edges(self.shape)
        both = start + end
        # along an edge x = start + t (end - start), the mean of x x' over t from 0 to 1
        of_edges = sum((v.T * shares) @ v for v in (start, end, both)) / 6
        return np.asarray(square * of_edges - np.multiply.outer(self.mean, self.mean))

    def number_of_modes(self) -> int:
        """One plateau."""
        return 1

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2): a place on the edge, then a gauge, of density growing like itself."""
        gauge = self.size * np.sqrt(self.hole**2 + (1 - self.hole**2) * rng.random(n))
        where = rng.random(n)
        if self.shape == "disc":
            angle = 2 * np.pi * where
            return np.asarray(gauge[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1))
        start, end, shares = _edges(self.shape)
        edge = rng.choice(len(shares), n, p=shares)
        on_edge = start[edge] + where[:, None] * (end - start)[edge]
        return np.asarray(gauge[:, None] * on_edge)

    def gauge(self, x: Array) -> Array:
        """The size at which the edge goes through each point, (..., 2) -> (...)."""
        if self.shape == "disc":
            return np.hypot(x[..., 0], x[..., 1])
        found = np.zeros(x.shape[:-1])
        for (a1, a2), (b1, b2) in zip(*(v.tolist() for v in _edges(self.shape)[:2]), strict=True):
            # x = s start + t end; the point lies behind this edge where neither is negative
            area = a1 * b2 - a2 * b1
            s = (x[..., 0] * b2 - x[..., 1] * b1) / area
            t = (a1 * x[..., 1] - a2 * x[..., 0]) / area
            np.maximum(found, s + t, out=found, where=(s >= 0) & (t >= 0))
        return found

    def log_prob(self, x: npt.ArrayLike) -> Array:
        """Exact log density in nats, (..., 2) -> (...): -inf outside and in the hole."""
        gauge = self.gauge(np.asarray(x, np.float64))
        inside = (gauge >= self.hole * self.size) & (gauge <= self.size)
        return np.where(inside, -self.entropy(), -np.inf)

    def entropy(self) -> float:
        """The log of the area, in nats."""
        whole = math.pi if self.shape == "disc" else _area(self.shape)
        return math.log(whole * self.size**2 * (1 - self.hole**2))


def _regular(corners: int, first: float = 90.0) -> list[tuple[float, float]]:
    angles = [math.radians(first + 360 * k / corners) for k in range(corners)]
    return [(math.cos(angle), math.sin(angle)) for angle in angles]


@lru_cache
def _corners(shape: Shape) -> Array:
    if shape == "star":
        inner = math.sin(math.radians(18)) / math.cos(math.radians(36))  # edges on straight lines
        tips, dents = _regular(5), _regular(5, 126)
        pairs = zip(tips, dents, strict=True)
        return np.array([v for tip, (a, b) in pairs for v in (tip, (inner * a, inner * b))])
    if shape == "cross":
        t = 1 / 3
        arm = [(t, -t), (1, -t), (1, t), (t, t)]  # three corners of each arm are its own
        turns = ((1, 0), (0, 1), (-1, 0), (0, -1))
        return np.array([(c * a - s * b, s * a + c * b) for c, s in turns for a, b in arm[:3]])
    if shape == "square":
        return np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], np.float64)
    return np.array(_regular({"triangle": 3, "hexagon": 6}[shape]))


def _edges(shape: Shape) -> tuple[Array, Array, Array]:
    """Where each edge starts and ends, (E, 2) each, and its share of the area, (E,)."""
    start = _corners(shape)
    end = np.roll(start, -1, axis=0)
    areas = start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0]
    return start, end, areas / areas.sum()


def _area(shape: Shape) -> float:
    """The area at size 1."""
    start = _corners(shape)
    end = np.roll(start, -1, axis=0)
    return float(start[:, 0] @ end[:, 1] - start[:, 1] @ end[:, 0]) / 2


Uniform.handles = Handles.of_radius("size")
