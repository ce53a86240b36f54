"""The correlated Gaussian on the plane: everything about it in closed form."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.base import Array, Bounds, Distribution, MatrixView
from vae_gui.core.distributions.handles import Ellipse, Handles
from vae_gui.core.parameters import InvalidValue, Parameter

LARGEST_CORRELATION = 0.999
D = TypeVar("D", bound=Distribution)

CORRELATION = Parameter(
    label="Correlation ρ",
    help="How strongly x₁ and x₂ go together; what an independent decoder cannot copy.",
    symbol="ρ",
    minimum=-LARGEST_CORRELATION,
    maximum=LARGEST_CORRELATION,
    decimals=3,
)


def mean_parameter(symbol: str) -> Parameter:
    """The declaration of a mean along `x₁` or `x₂`."""
    return Parameter(
        label=f"Mean {symbol}",
        help=f"Centre of the distribution along {symbol}.",
        symbol="μ" + symbol[1:],
        minimum=-10,
        maximum=10,
    )


def std_parameter(symbol: str, word: str = "Std", letter: str = "σ") -> Parameter:
    """The declaration of a standard deviation, or another scale, along `x₁` or `x₂`."""
    meaning = "Standard deviation" if word == "Std" else word
    return Parameter(
        label=f"{word} {symbol}",
        help=f"{meaning} along {symbol}.",
        symbol=letter + symbol[1:],
        minimum=0.05,
        maximum=10,
        scale="log",
        decimals=3,
    )


class Gaussian(Distribution, frozen=True, kw_only=True, tag="gaussian"):
    """A Gaussian with full covariance, given by standard deviations and a correlation."""

    label: ClassVar[str] = "Gaussian"
    help: ClassVar[str] = "One correlated Gaussian: the simplest data that needs the latent at all."

    mean_x1: Annotated[float, mean_parameter("x₁")] = 1.0
    mean_x2: Annotated[float, mean_parameter("x₂")] = 0.5
    std_x1: Annotated[float, std_parameter("x₁")] = 1.0
    std_x2: Annotated[float, std_parameter("x₂")] = 1.0
    correlation: Annotated[float, CORRELATION] = 0.5

    @property
    def mean(self) -> Array:
        """Its mean, shape (2,)."""
        return np.array([self.mean_x1, self.mean_x2])

    @property
    def covariance(self) -> Array:
        """Its covariance matrix, shape (2, 2)."""
        c = self.correlation * self.std_x1 * self.std_x2
        return np.array([[self.std_x1**2, c], [c, self.std_x2**2]])

    @property
    def bounds(self) -> Bounds:
        """Four standard deviations to each side: 99.99 % of either coordinate."""
        r1, r2 = 4 * self.std_x1, 4 * self.std_x2
        return (self.mean_x1 - r1, self.mean_x1 + r1, self.mean_x2 - r2, self.mean_x2 + r2)

    def reach(self, direction: Array) -> tuple[float, float]:
        """Four standard deviations to each side along any direction (2,)."""
        centre = float(self.mean @ direction)
        spread = 4 * math.sqrt(max(float(direction @ self.covariance @ direction), 0.0))
        return centre - spread, centre + spread

    def number_of_modes(self) -> int:
        """One."""
        return 1

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2) through the Cholesky factor, written out."""
        e = rng.standard_normal((n, 2))
        rho = self.correlation
        x1 = self.mean_x1 + self.std_x1 * e[:, 0]
        x2 = self.mean_x2 + self.std_x2 * (rho * e[:, 0] + math.sqrt(1 - rho**2) * e[:, 1])
        return np.stack([x1, x2], axis=-1)

    def log_prob(self, x: npt.ArrayLike) -> Array:
        """Exact log density in nats: (..., 2) -> (...)."""
        x = np.asarray(x, np.float64)
        a = (x[..., 0] - self.mean_x1) / self.std_x1
        b = (x[..., 1] - self.mean_x2) / self.std_x2
        rest = 1 - self.correlation**2
        mahalanobis = a**2 + (b - self.correlation * a) ** 2 / rest
        log_det = 2 * math.log(self.std_x1 * self.std_x2) + math.log(rest)
        return np.asarray(-0.5 * (mahalanobis + log_det) - math.log(2 * math.pi))

    def entropy(self) -> float:
        """log(2 pi e) + 1/2 log det covariance, in nats."""
        log_det = 2 * math.log(self.std_x1 * self.std_x2) + math.log(1 - self.correlation**2)
        return math.log(2 * math.pi * math.e) + 0.5 * log_det


def with_covariance(distribution: Gaussian, covariance: Array) -> Gaussian:
    """The same Gaussian with another covariance matrix (2, 2).

    Raises:
        InvalidValue: The matrix is not symmetric, not positive definite, or too extreme.
    """
    return with_matrix(distribution, covariance, "covariance", ("std_x1", "std_x2"))


def with_matrix(distribution: D, matrix: Array, name: str, stds: tuple[str, str]) -> D:
    """The same distribution with another matrix (2, 2) of two scales and a correlation.

    Args:
        distribution: What has them.
        matrix: The squares of both scales, and their product times the correlation.
        name: What the matrix is called.
        stds: The names of both scales.

    Raises:
        InvalidValue: The matrix is not symmetric, not positive definite, or too extreme.
    """
    (a, b), (c, d) = np.asarray(matrix, float).tolist()
    given = [[a, b], [c, d]]
    if not np.isfinite(matrix).all():
        raise InvalidValue(name, given, "every entry must be a finite number")
    if not math.isclose(b, c, rel_tol=1e-9, abs_tol=1e-12):
        raise InvalidValue(name, given, "it must be symmetric")
    if a <= 0 or d <= 0 or a * d - b * b <= 0:
        raise InvalidValue(
            name,
            given,
            "it is not positive definite: both variances must be above 0 and the "
            "covariance squared below their product "
            f"({b:.4g}² = {b * b:.4g} against {a:.4g} × {d:.4g} = {a * d:.4g})",
        )
    s1, s2 = math.sqrt(a), math.sqrt(d)
    # a square root's rounding must not push a value at its bound out of bounds
    numbers = [float(f"{v:.12g}") for v in (s1, s2, b / (s1 * s2))]
    try:
        return msgspec.structs.replace(
            distribution, **dict(zip((*stds, "correlation"), numbers, strict=True))
        )
    except InvalidValue as error:
        raise InvalidValue(
            name, given, f"it asks for {error.key} = {error.value:.4g}, but {error.reason}"
        ) from None


Gaussian.matrix = MatrixView(
    label="Covariance Σ",
    help="The same standard deviations and correlation as a covariance matrix.",
    read=lambda d: d.covariance,
    write=with_covariance,
)


def gaussian_parameters(ellipse: Ellipse, width: str = "std") -> dict[str, float]:
    """Means, widths and correlation of the Gaussian of an ellipse, by name.

    Rounded to what a hand can tell, so that files stay readable.

    Args:
        ellipse: The ellipse.
        width: What the parameters `std_x1` and `std_x2` are called.
    """
    (a, b), (_, d) = ellipse.covariance.tolist()
    x1, x2 = ellipse.centre.tolist()
    s1, s2 = math.sqrt(a), math.sqrt(d)
    exact = {"mean_x1": x1, "mean_x2": x2, f"{width}_x1": s1, f"{width}_x2": s2}
    exact["correlation"] = b / (s1 * s2)
    return {name: float(f"{value:.6g}") for name, value in exact.items()}


Gaussian.handles = Handles(
    label="",
    read=lambda d: (Ellipse.of_covariance(d.mean, d.covariance),),
    write=lambda d, _, ellipse: msgspec.structs.replace(d, **gaussian_parameters(ellipse)),
)
