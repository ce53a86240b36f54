"""What a data distribution is: a frozen value that knows its exact density.

A new distribution is one subclass and one line in the registry beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from vae_gui.core.parameters import Validated

Array = npt.NDArray[np.float64]
Bounds = tuple[float, float, float, float]  # x1_min, x1_max, x2_min, x2_max


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
        exact: Whether its density is known; if not, it and all that follows is an estimate.
    """

    label: ClassVar[str] = ""
    help: ClassVar[str] = ""
    matrix: ClassVar[MatrixView | None] = None
    exact: ClassVar[bool] = True

    @classmethod
    def family(cls) -> str:
        """Its name in files and on the command line."""
        return str(cls.__struct_config__.tag)

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

    def entropy(self) -> float:
        """Differential entropy H(p) in nats, by closed form or quadrature."""
        raise NotImplementedError

    def entropy_error(self) -> float:
        """A bound on the error of `entropy`, in nats; 0 for a closed form."""
        return 0.0

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
