"""Student's t on the plane: tails so heavy that points lie far out for good."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import msgspec
import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.base import Array, Bounds, Distribution, MatrixView
from vae_gui.core.distributions.gaussian import (
    CORRELATION,
    gaussian_parameters,
    mean_parameter,
    std_parameter,
    with_matrix,
)
from vae_gui.core.distributions.handles import Ellipse, Handles
from vae_gui.core.parameters import Parameter

BEYOND = 1e-3  # of the mass lies outside the ellipse that the bounds hold
FAR_BEYOND = 1e-9  # the same for quadrature


class StudentT(Distribution, frozen=True, kw_only=True, tag="student_t"):
    """The bivariate t: a Gaussian whose scale is drawn anew for each point.

    In two dimensions p(x) = (1 + m / nu)^-(nu / 2 + 1) / (2 pi sqrt(det S)), where
    m = (x - mu)' S^-1 (x - mu), and the mass outside m = R^2 is (1 + R^2 / nu)^-(nu / 2).
    """

    label: ClassVar[str] = "Student-t"
    help: ClassVar[str] = "Heavy tails: rare far points that a Gaussian decoder pays dearly for."

    mean_x1: Annotated[float, mean_parameter("x₁")] = 0.0
    mean_x2: Annotated[float, mean_parameter("x₂")] = 0.0
    scale_x1: Annotated[float, std_parameter("x₁", "Scale", "s")] = 0.5
    scale_x2: Annotated[float, std_parameter("x₂", "Scale", "s")] = 0.5
    correlation: Annotated[float, CORRELATION] = 0.5
    degrees: Annotated[
        float,
        Parameter(
            label="Degrees of freedom",
            help="The fewer, the heavier the tails; at 2 the variance is infinite.",
            symbol="ν",
            minimum=2,
            maximum=50,
            scale="log",
        ),
    ] = 5.0

    @property
    def mean(self) -> Array:
        """Its mean, (2,)."""
        return np.array([self.mean_x1, self.mean_x2])

    @property
    def scale_matrix(self) -> Array:
        """S, (2, 2): the covariance of a Gaussian with endless degrees of freedom."""
        c = self.correlation * self.scale_x1 * self.scale_x2
        return np.array([[self.scale_x1**2, c], [c, self.scale_x2**2]])

    @property
    def covariance(self) -> Array:
        """S nu / (nu - 2), (2, 2); infinite at nu = 2."""
        if self.degrees <= 2:
            return np.full((2, 2), math.inf)
        return self.scale_matrix * self.degrees / (self.degrees - 2)

    @property
    def bounds(self) -> Bounds:
        """Around the ellipse that holds 99.9 % of the mass."""
        return self._box(BEYOND)

    @property
    def support(self) -> Bounds:
        """Around the ellipse that holds all but 1e-9 of the mass."""
        return self._box(FAR_BEYOND)

    def _box(self, beyond: float) -> Bounds:
        radius = math.sqrt(self.degrees * (beyond ** (-2 / self.degrees) - 1))
        r1, r2 = radius * self.scale_x1, radius * self.scale_x2
        return (self.mean_x1 - r1, self.mean_x1 + r1, self.mean_x2 - r2, self.mean_x2 + r2)

    def reach(self, direction: Array) -> tuple[float, float]:
        """What the same ellipse reaches along a direction (2,)."""
        radius = (self.bounds[1] - self.mean_x1) / self.scale_x1
        spread = radius * math.sqrt(max(float(direction @ self.scale_matrix @ direction), 0.0))
        centre = float(self.mean @ direction)
        return centre - spread, centre + spread

    def number_of_modes(self) -> int:
        """One."""
        return 1

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2): Gaussians, each divided by a scale of its own."""
        e = rng.standard_normal((n, 2))
        e /= np.sqrt(rng.chisquare(self.degrees, n) / self.degrees)[:, None]
        rho = self.correlation
        x1 = self.mean_x1 + self.scale_x1 * e[:, 0]
        x2 = self.mean_x2 + self.scale_x2 * (rho * e[:, 0] + math.sqrt(1 - rho**2) * e[:, 1])
        return np.stack([x1, x2], axis=-1)

    def log_prob(self, x: npt.ArrayLike) -> Array:
        """Exact log density in nats: (..., 2) -> (...)."""
        x = np.asarray(x, np.float64)
        a = (x[..., 0] - self.mean_x1) / self.scale_x1
        b = (x[..., 1] - self.mean_x2) / self.scale_x2
        mahalanobis = a**2 + (b - self.correlation * a) ** 2 / (1 - self.correlation**2)
        tail = (self.degrees / 2 + 1) * np.log1p(mahalanobis / self.degrees)
        return np.asarray(-tail - self._log_scale())

    def _log_scale(self) -> float:
        """log(2 pi sqrt(det S))."""
        rest = 0.5 * math.log(1 - self.correlation**2)
        return math.log(2 * math.pi * self.scale_x1 * self.scale_x2) + rest

    def entropy(self) -> float:
        """log(2 pi sqrt(det S)) + 1 + 2 / nu, in nats: log(1 + m / nu) has the mean 2 / nu."""
        return self._log_scale() + 1 + 2 / self.degrees


StudentT.matrix = MatrixView(
    label="Scale matrix S",
    help="The same scales and correlation as a matrix; the covariance is ν/(ν − 2) times it.",
    read=lambda t: t.scale_matrix,
    write=lambda t, matrix: with_matrix(t, matrix, "scale matrix", ("scale_x1", "scale_x2")),
)

StudentT.handles = Handles(
    label="",
    read=lambda d: (Ellipse.of_covariance(d.mean, d.scale_matrix, "scale"),),
    write=lambda d, _, ellipse: msgspec.structs.replace(d, **gaussian_parameters(ellipse, "scale")),
)
