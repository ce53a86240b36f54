"""A checkerboard: uniform on its dark squares, with hard edges."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.base import Array, Bounds, Distribution
from vae_gui.core.distributions.handles import Handles
from vae_gui.core.parameters import Parameter

ROOM = 0.12  # around the board in a picture, of its size


class Checkerboard(Distribution, frozen=True, kw_only=True, tag="checkerboard"):
    """Uniform on those squares of a board whose row and column are both even or both odd."""

    label: ClassVar[str] = "Checkers"
    help: ClassVar[str] = "A checkerboard: hard edges and holes, which a smooth decoder blurs."

    squares: Annotated[
        int,
        Parameter(
            label="Squares a side",
            help="How many squares stand along each side of the board.",
            symbol="n",
            minimum=2,
            maximum=10,
        ),
    ] = 4
    size: Annotated[
        float,
        Parameter(
            label="Size",
            help="Half the length of a side of the board.",
            symbol="a",
            minimum=0.5,
            maximum=5,
            scale="log",
        ),
    ] = 3.0

    @property
    def hard_edges(self) -> bool:
        """Always."""
        return True

    @property
    def _square(self) -> float:
        """The length of a square's side."""
        return 2 * self.size / self.squares

    def _dark(self) -> Array:
        """Columns and rows of the dark squares, (number of them, 2)."""
        column, row = np.indices((self.squares, self.squares)).reshape(2, -1)
        dark = (column + row) % 2 == 0
        return np.stack([column[dark], row[dark]], axis=-1).astype(np.float64)

    @property
    def bounds(self) -> Bounds:
        """Around the board, with some room."""
        reach = (1 + ROOM) * self.size
        return -reach, reach, -reach, reach

    @property
    def support(self) -> Bounds:
        """The board."""
        return -self.size, self.size, -self.size, self.size

    def reach(self, direction: Array) -> tuple[float, float]:
        """Between which values x . direction (2,) stays on the board."""
        reach = self.size * float(np.abs(direction).sum())
        return -reach, reach

    @property
    def mean(self) -> Array:
        """The origin, (2,), by symmetry."""
        return np.zeros(2)

    @property
    def covariance(self) -> Array:
        """Its covariance matrix, (2, 2): of the centres, and within a square."""
        centres = self._square * (self._dark() + 0.5) - self.size
        return np.asarray(centres.T @ centres / len(centres) + self._square**2 / 12 * np.eye(2))

    def number_of_modes(self) -> int:
        """One a dark square."""
        return math.ceil(self.squares**2 / 2)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2): a dark square each, then a place in it."""
        dark = self._dark()
        corner = dark[rng.integers(len(dark), size=n)]
        return np.asarray(self._square * (corner + rng.random((n, 2))) - self.size)

    def log_prob(self, x: npt.ArrayLike) -> Array:
        """Exact log density in nats, (..., 2) -> (...): -inf beside the dark squares."""
        at = np.floor((np.asarray(x, np.float64) + self.size) / self._square)
        inside = ((at >= 0) & (at < self.squares)).all(axis=-1) & (at.sum(axis=-1) % 2 == 0)
        return np.where(inside, -self.entropy(), -np.inf)

    def entropy(self) -> float:
        """The log of the dark area, in nats."""
        return math.log(self.number_of_modes() * self._square**2)


Checkerboard.handles = Handles.of_radius("size")
