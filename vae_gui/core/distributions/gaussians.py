"""A Gaussian mixture written out: a table of weights, means and covariances."""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import Annotated, ClassVar

import msgspec
import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.base import Array, Bounds, Distribution
from vae_gui.core.distributions.ellipses import Ellipses
from vae_gui.core.distributions.gaussian import (
    CORRELATION,
    Gaussian,
    gaussian_parameters,
    mean_parameter,
    std_parameter,
)
from vae_gui.core.distributions.handles import Ellipse, Handles
from vae_gui.core.parameters import InvalidValue, Parameter, Validated

MOST_COMPONENTS = 32
SHOWN_STDS = 4.0
LEAST_WEIGHT = 1e-300  # of all: below, float64 knows no component


class Component(Validated, frozen=True, kw_only=True):
    """One Gaussian of a mixture and its weight beside the others."""

    weight: Annotated[
        float,
        Parameter(
            label="Weight",
            help="How many of the points are its own, relative to the other weights.",
            symbol="w",
            minimum=0,
            maximum=1000,
        ),
    ] = 1.0
    mean_x1: Annotated[float, mean_parameter("x₁")] = 0.0
    mean_x2: Annotated[float, mean_parameter("x₂")] = 0.0
    std_x1: Annotated[float, std_parameter("x₁")] = 0.5
    std_x2: Annotated[float, std_parameter("x₂")] = 0.5
    correlation: Annotated[float, CORRELATION] = 0.0

    @property
    def gaussian(self) -> Gaussian:
        """The same without its weight."""
        return Gaussian(
            mean_x1=self.mean_x1,
            mean_x2=self.mean_x2,
            std_x1=self.std_x1,
            std_x2=self.std_x2,
            correlation=self.correlation,
        )


class GaussianMixture(Distribution, frozen=True, kw_only=True, tag="mixture"):
    """p(x) = sum_k w_k N(x; mu_k, Sigma_k) with the weights divided by their sum."""

    label: ClassVar[str] = "Mixture"
    help: ClassVar[str] = "Gaussians of your own choice: modes of unlike weight, width and tilt."

    components: Annotated[
        tuple[Component, ...],
        Parameter(
            label="Components",
            help="The Gaussians, each with its weight, mean, standard deviations and correlation.",
            symbol="K",
            minimum=1,
            maximum=MOST_COMPONENTS,
        ),
    ] = (
        Component(weight=0.45, mean_x1=-1.4, mean_x2=0.7, std_x1=0.8, std_x2=0.4, correlation=0.6),
        Component(weight=0.35, mean_x1=1.5, mean_x2=0.8, std_x1=0.4, std_x2=0.7, correlation=-0.5),
        Component(weight=0.2, mean_x1=0.5, mean_x2=-1.5, std_x1=0.6, std_x2=0.25, correlation=0.3),
    )

    def check(self) -> None:
        """Refuse a mixture in which nothing has a weight.

        Raises:
            InvalidValue: Naming the components.
        """
        if not any(part.weight for part in self.components):
            given = [part.weight for part in self.components]
            raise InvalidValue("components", given, "at least one weight must be above 0")

    @property
    def weights(self) -> Array:
        """The weights divided by their sum, shape (K,)."""
        given = np.array([part.weight for part in self.components])
        return np.asarray(given / given.sum())

    @property
    def ellipses(self) -> Ellipses:
        """The components that have a weight."""
        return _ellipses(self)

    @property
    def bounds(self) -> Bounds:
        """Four standard deviations around every component that has a weight."""
        return self.ellipses.box(SHOWN_STDS)

    def reach(self, direction: Array) -> tuple[float, float]:
        """The same along any direction (2,)."""
        return self.ellipses.reach(direction, SHOWN_STDS)

    @property
    def mean(self) -> Array:
        """Its mean, (2,)."""
        return self.ellipses.mean

    @property
    def covariance(self) -> Array:
        """Its covariance matrix, (2, 2)."""
        return self.ellipses.covariance

    def number_of_modes(self) -> int:
        """How many peaks stand out, at most one for each component as a rule."""
        return _modes(self)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2): a component each, then its Gaussian."""
        return self.ellipses.sample(n, rng)

    def log_prob(self, x: npt.ArrayLike) -> Array:
        """Exact log density in nats: (..., 2) -> (...)."""
        return self.ellipses.log_prob(np.asarray(x, np.float64))

    def entropy(self) -> float:
        """H(p) in nats by quadrature; see `entropy_error`."""
        return _entropy(self)[0]

    def entropy_error(self) -> float:
        """A bound on the error of `entropy` in nats: what finer cells would change."""
        return _entropy(self)[1]


@lru_cache(maxsize=64)
def _ellipses(mixture: GaussianMixture) -> Ellipses:
    weights = mixture.weights
    kept = weights > LEAST_WEIGHT
    gaussians = [part.gaussian for part in itertools.compress(mixture.components, kept)]
    return Ellipses(
        weights[kept],
        np.array([gaussian.mean for gaussian in gaussians]),
        np.array([gaussian.covariance for gaussian in gaussians]),
    )


@lru_cache(maxsize=64)
def _entropy(mixture: GaussianMixture) -> tuple[float, float]:
    return mixture.ellipses.entropy()


@lru_cache(maxsize=64)
def _modes(mixture: GaussianMixture) -> int:
    return mixture.ellipses.number_of_modes()


def _handles_of(mixture: GaussianMixture) -> tuple[Ellipse, ...]:
    gaussians = (part.gaussian for part in mixture.components)
    return tuple(Ellipse.of_covariance(g.mean, g.covariance) for g in gaussians)


def _with_ellipse(mixture: GaussianMixture, place: int, ellipse: Ellipse) -> GaussianMixture:
    parts = list(mixture.components)
    parts[place] = msgspec.structs.replace(parts[place], **gaussian_parameters(ellipse))
    return msgspec.structs.replace(mixture, components=tuple(parts))


GaussianMixture.handles = Handles(label="component", read=_handles_of, write=_with_ellipse)
