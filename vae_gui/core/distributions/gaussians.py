"""A Gaussian mixture written out: a table of weights, means and covariances."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Annotated, ClassVar

import msgspec
import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.base import Array, Bounds, Distribution
from vae_gui.core.distributions.cells import entropy_in_cells
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
QUADRATURE_STDS = 8.5  # beyond: 1e-16 of the mass
SEED_STDS = 5.0  # how far along its longer axis a component is looked at ...
SEED_STEP = 4.0  # ... in steps of so many of the shorter
ROUNDING = 1e-9  # nats


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
    def bounds(self) -> Bounds:
        """Four standard deviations around every component that has a weight."""
        return self._box(4.0)

    def _box(self, stds: float) -> Bounds:
        parts = [part for part in self.components if part.weight]
        return (
            min(part.mean_x1 - stds * part.std_x1 for part in parts),
            max(part.mean_x1 + stds * part.std_x1 for part in parts),
            min(part.mean_x2 - stds * part.std_x2 for part in parts),
            max(part.mean_x2 + stds * part.std_x2 for part in parts),
        )

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2): a component each, then its Gaussian."""
        chosen = rng.choice(len(self.components), n, p=self.weights)
        e = rng.standard_normal((n, 2))
        columns = ("mean_x1", "mean_x2", "std_x1", "std_x2", "correlation")
        table = np.array([[getattr(part, c) for c in columns] for part in self.components])
        mean_x1, mean_x2, std_x1, std_x2, rho = table[chosen].T
        x1 = mean_x1 + std_x1 * e[:, 0]
        x2 = mean_x2 + std_x2 * (rho * e[:, 0] + np.sqrt(1 - rho**2) * e[:, 1])
        return np.stack([x1, x2], axis=-1)

    def log_prob(self, x: npt.ArrayLike) -> Array:
        """Exact log density in nats: (..., 2) -> (...)."""
        x = np.asarray(x, np.float64)
        logs = np.stack(
            [
                math.log(weight) + part.gaussian.log_prob(x)
                for weight, part in zip(self.weights.tolist(), self.components, strict=True)
                if weight
            ]
        )  # (K, ...)
        top = logs.max(axis=0)
        return np.asarray(top + np.log(np.exp(logs - top).sum(axis=0)))

    def entropy(self) -> float:
        """H(p) in nats by quadrature; see `entropy_error`."""
        return _entropy(self)[0]

    def entropy_error(self) -> float:
        """A bound on the error of `entropy` in nats: what finer cells would change."""
        return _entropy(self)[1]


@lru_cache(maxsize=64)
def _entropy(mixture: GaussianMixture) -> tuple[float, float]:
    if sum(part.weight > 0 for part in mixture.components) == 1:
        return next(p.gaussian.entropy() for p in mixture.components if p.weight), 0.0
    ridges = [_ridge(part.gaussian) for part in mixture.components if part.weight]
    seeds, areas = (np.concatenate(column) for column in zip(*ridges, strict=True))
    box = mixture._box(QUADRATURE_STDS)
    entropy, error = entropy_in_cells(mixture.log_prob, box, seeds, areas)
    return entropy, error + ROUNDING


def _ridge(gaussian: Gaussian) -> tuple[Array, Array]:
    """Points along the longer axis, (n, 2), and how large a cell at each may be, (n,)."""
    variances, axes = np.linalg.eigh(gaussian.covariance)
    short, long = np.sqrt(np.maximum(variances, 1e-12)).tolist()
    count = math.ceil(2 * SEED_STDS * long / (SEED_STEP * short)) + 1
    steps = np.linspace(-SEED_STDS * long, SEED_STDS * long, count)
    seeds = gaussian.mean + np.outer(steps, axes[:, 1])
    return seeds, np.full(count, (SEED_STEP * short) ** 2)


def _ellipses(mixture: GaussianMixture) -> tuple[Ellipse, ...]:
    gaussians = (part.gaussian for part in mixture.components)
    return tuple(Ellipse.of_covariance(g.mean, g.covariance) for g in gaussians)


def _with_ellipse(mixture: GaussianMixture, place: int, ellipse: Ellipse) -> GaussianMixture:
    parts = list(mixture.components)
    parts[place] = msgspec.structs.replace(parts[place], **gaussian_parameters(ellipse))
    return msgspec.structs.replace(mixture, components=tuple(parts))


GaussianMixture.handles = Handles(label="component", read=_ellipses, write=_with_ellipse)
