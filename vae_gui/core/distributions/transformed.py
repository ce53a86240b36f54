"""A distribution moved by an affine map: its density stays exact, by the Jacobian."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import msgspec
import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.base import Array, Bounds, Distribution, aspect_of
from vae_gui.core.distributions.handles import Ellipse, Handles
from vae_gui.core.parameters import Parameter, Validated


def _scale(symbol: str) -> Parameter:
    return Parameter(
        label=f"Scale {symbol}",
        help=f"Factor by which everything is stretched along {symbol}, first of all.",
        symbol="a" + symbol[1:],
        minimum=0.1,
        maximum=10,
        scale="log",
        decimals=3,
    )


def _shift(symbol: str) -> Parameter:
    return Parameter(
        label=f"Shift {symbol}",
        help=f"What is added to {symbol}, last of all.",
        symbol="b" + symbol[1:],
        minimum=-10,
        maximum=10,
    )


class Transform(Validated, frozen=True, kw_only=True):
    """x -> R K S x + b: scaled, then sheared, then rotated about the origin, then shifted."""

    scale_x1: Annotated[float, _scale("x₁")] = 1.0
    scale_x2: Annotated[float, _scale("x₂")] = 1.0
    shear: Annotated[
        float,
        Parameter(
            label="Shear",
            help="How much of the scaled x₂ is added to x₁.",
            symbol="k",
            minimum=-3,
            maximum=3,
        ),
    ] = 0.0
    rotate: Annotated[
        float,
        Parameter(
            label="Rotation",
            help="Angle by which everything turns about the origin, counter-clockwise.",
            symbol="θ",
            unit="°",
            minimum=-180,
            maximum=180,
            decimals=1,
        ),
    ] = 0.0
    shift_x1: Annotated[float, _shift("x₁")] = 0.0
    shift_x2: Annotated[float, _shift("x₂")] = 0.0

    @property
    def matrix(self) -> Array:
        """R K S, (2, 2)."""
        cos, sin = math.cos(math.radians(self.rotate)), math.sin(math.radians(self.rotate))
        rotated = np.array([[cos, -sin], [sin, cos]])
        return rotated @ [[self.scale_x1, self.shear * self.scale_x2], [0, self.scale_x2]]

    @property
    def shift(self) -> Array:
        """b, (2,)."""
        return np.array([self.shift_x1, self.shift_x2])

    @property
    def log_det(self) -> float:
        """Log |det R K S|: by how many nats it spreads."""
        return math.log(self.scale_x1 * self.scale_x2)


class Transformed(Distribution, frozen=True, kw_only=True, tag="transformed"):
    """The distribution of R K S x + b where x is of another one.

    Attributes:
        base: Where x is from.
        transform: The map.
    """

    label: ClassVar[str] = "Transformed"
    help: ClassVar[str] = "Another distribution, moved by an affine map."

    base: Distribution
    transform: Transform

    @property
    def handles(self) -> Handles | None:  # type: ignore[override]
        """Those of the base, where they come to lie."""
        of_base = self.base.handles
        return Handles(of_base.label, _ellipses, _with_ellipse) if of_base else None

    @property
    def bounds(self) -> Bounds:
        """What the moved distribution reaches along both axes."""
        return *self.reach(np.array([1.0, 0.0])), *self.reach(np.array([0.0, 1.0]))

    def reach(self, direction: Array) -> tuple[float, float]:
        """Between which values x . direction (2,) stays, but for 0.05 % of the mass."""
        low, high = self.base.reach(self.transform.matrix.T @ direction)
        moved = float(self.transform.shift @ direction)
        return low + moved, high + moved

    @property
    def support(self) -> Bounds:
        """Around the corners of the base's, moved."""
        x1_min, x1_max, x2_min, x2_max = self.base.support
        corners = np.array([[a, b] for a in (x1_min, x1_max) for b in (x2_min, x2_max)])
        moved = self._moved(corners)
        (low1, low2), (high1, high2) = moved.min(axis=0).tolist(), moved.max(axis=0).tolist()
        return low1, high1, low2, high2

    @property
    def mean(self) -> Array:
        """The base's mean, moved, (2,)."""
        return self._moved(self.base.mean)

    @property
    def covariance(self) -> Array:
        """A Sigma A' of the base's covariance, (2, 2); infinite where that is."""
        covariance = self.base.covariance
        if not np.isfinite(covariance).all():
            return covariance
        a = self.transform.matrix
        return np.asarray(a @ covariance @ a.T)

    def number_of_modes(self) -> int | None:
        """As many as the base has."""
        return self.base.number_of_modes()

    @property
    def hard_edges(self) -> bool:
        """Where the base has some."""
        return self.base.hard_edges

    @property
    def exact(self) -> bool:
        """Where the base is."""
        return self.base.exact

    def data_sets(
        self, train: int, test: int, rngs: tuple[np.random.Generator, np.random.Generator]
    ) -> tuple[Array, Array]:
        """The base's points to train on and to test on, moved, (n, 2) each."""
        one, other = self.base.data_sets(train, test, rngs)
        return self._moved(one), self._moved(other)

    @property
    def holds(self) -> tuple[int, int] | None:
        """As many points as the base has."""
        return self.base.holds

    @property
    def holds_in_memory(self) -> tuple[int, int] | None:
        """As many points as the base is known to have."""
        return self.base.holds_in_memory

    @property
    def held(self) -> object:
        """What of the base has to stay in memory."""
        return self.base.held

    @property
    def training_scale(self) -> tuple[Array, Array] | None:
        """Mean and standard deviation, each (2,), where the base asks for them."""
        if self.base.training_scale is None:
            return None
        return self.mean, np.sqrt(np.diag(self.covariance))

    @property
    def aspect(self) -> float:
        """That of its own deviations, where the units of the base are unlike."""
        unlike = self.base.aspect != 1
        return aspect_of(np.sqrt(np.diag(self.covariance))) if unlike else 1.0

    @property
    def axis_names(self) -> tuple[str, str]:
        """Those of the base, unless both coordinates are mingled."""
        mingled = self.transform.rotate != 0 or self.transform.shear != 0
        return super().axis_names if mingled else self.base.axis_names

    def _moved(self, x: Array) -> Array:
        return np.asarray(x @ self.transform.matrix.T + self.transform.shift)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2): points of the base, moved."""
        return self._moved(self.base.sample(n, rng))

    def log_prob(self, x: npt.ArrayLike) -> Array:
        """Log density in nats, (..., 2) -> (...): the base's where x came from, less log |det|."""
        return np.asarray(self.base.log_prob(self._back(x)) - self.transform.log_det)

    def leave_one_out_log_prob(self, x: npt.ArrayLike) -> Array:
        """The same of points to train on."""
        of_base = self.base.leave_one_out_log_prob(self._back(x))
        return np.asarray(of_base - self.transform.log_det)

    def _back(self, x: npt.ArrayLike) -> Array:
        inverse = np.linalg.inv(self.transform.matrix)
        return np.asarray((np.asarray(x, np.float64) - self.transform.shift) @ inverse.T)

    def entropy(self) -> float:
        """The base's and log |det|, in nats."""
        return self.base.entropy() + self.transform.log_det

    def entropy_error(self) -> float:
        """That of the base."""
        return self.base.entropy_error()


def _ellipses(moved: Transformed) -> tuple[Ellipse, ...]:
    assert moved.base.handles is not None, "only then it has handles"
    matrix, shift = moved.transform.matrix, moved.transform.shift
    return tuple(e.mapped(matrix, shift) for e in moved.base.handles.read(moved.base))


def _with_ellipse(moved: Transformed, place: int, ellipse: Ellipse) -> Transformed:
    assert moved.base.handles is not None, "only then it has handles"
    inverse = np.asarray(np.linalg.inv(moved.transform.matrix), np.float64)
    back = ellipse.mapped(inverse, -inverse @ moved.transform.shift)
    base = moved.base.handles.write(moved.base, place, back)
    return msgspec.structs.replace(moved, base=base)
