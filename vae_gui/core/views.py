"""What is shown of a distribution and of a model, as frozen arrays.

Display noise is fixed per run: points move while the model learns instead of
flickering, and nothing here touches the generators that training uses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions import Array, Bounds, Distribution
from vae_gui.core.interrupting import interruptible, never
from vae_gui.core.network import DATA_DIM, Floats, Layout, encode, sampled

MASSES = (0.1, 0.3, 0.5, 0.7, 0.9, 0.99)
GRID = 400  # fine enough for contours along the ridge of a thin curve
AROUND = 4  # places along each axis that a cell with a hard edge is the mean of
MOST_MISSED = 0.005  # of the mass, by a grid that levels are read from
LEVEL_POINTS = 100_000
FLAT = 1e-6  # a level so near the top is that of a plateau, whose edge is half as high
SHOWN = 2_000  # generated samples and test points in a picture


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The data of a run and everything known about where they come from.

    Attributes:
        distribution: Where the data were drawn from.
        entropy: H(p) in nats: no model's expected loss can be lower.
        entropy_error: A bound on its quadrature error in nats, 0 for a closed form.
        x1: Grid along x1, (G,).
        x2: Grid along x2, (G,).
        density: p(x) on the grid, (G, G), rows along x2.
        mean: The mean of x, (2,).
        covariance: Its covariance, (2, 2); infinite where there is none.
        modes: How many peaks or plateaus of p stand out; None where that cannot be told.
        test_floor: Mean of -log p over the test set in nats: the entropy as this set has it.
        test_scatter: Standard deviation of -log p over the test set in nats; NaN if a point
            lies where p is 0.
        levels: Heights of p whose contours enclose `MASSES`, same order, decreasing.
        train: Training set, (n, 2) float32.
        test: Test set, (m, 2) float32.
        held: What of the distribution has to stay in memory.
    """

    distribution: Distribution
    entropy: float
    entropy_error: float
    mean: Array
    covariance: Array
    modes: int | None
    test_floor: float
    test_scatter: float
    x1: Array
    x2: Array
    density: Array
    levels: Array
    train: npt.NDArray[np.float32]
    test: npt.NDArray[np.float32]
    held: object = None

    @property
    def bounds(self) -> Bounds:
        """The rectangle to show."""
        return self.distribution.bounds


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What a model looks like after some step.

    Attributes:
        step: Training steps done.
        epoch: Epoch that the step belongs to, 0 when untrained.
        parameters: The flat weights, (P,) float32, read-only.
        samples: Generated points with decoder noise, (n, 2).
        means: The same points' decoder means, without noise, (n, 2).
        posterior_mu: Means of q(z|x) over the first test points, (m, Z).
        posterior_sigma: Their standard deviations, (m, Z).
    """

    step: int
    epoch: int
    parameters: npt.NDArray[np.float32]
    samples: npt.NDArray[np.float32]
    means: npt.NDArray[np.float32]
    posterior_mu: npt.NDArray[np.float32]
    posterior_sigma: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class DisplayNoise:
    """The fixed noise behind every picture of one run.

    Attributes:
        latents: Draws from the prior, (n, Z).
        decoder: Standard normal noise of the decoder, (n, 2).
    """

    latents: npt.NDArray[np.float32]
    decoder: npt.NDArray[np.float32]

    @classmethod
    def draw(cls, n: int, latent: int, rng: np.random.Generator) -> DisplayNoise:
        """Draw the noise of `n` generated points."""
        return cls(
            rng.standard_normal((n, latent), np.float32),
            rng.standard_normal((n, DATA_DIM), np.float32),
        )


def generate(plan: Layout, parameters: Floats, noise: DisplayNoise) -> tuple[Floats, Floats]:
    """Points generated from the prior: with decoder noise and without, each (n, 2).

    Weights of many steps, (..., P), are decoded in one go and give (..., n, 2), each
    step's points to the bit as if decoded alone.
    """
    return sampled(plan, parameters, noise.latents, noise.decoder)


def draw_picture(
    plan: Layout,
    parameters: npt.NDArray[np.float32],
    noise: DisplayNoise,
    test: npt.NDArray[np.float32],
    step: int,
    epoch: int,
) -> Picture:
    """The picture of a copy of these weights; `test` are the points to encode, (m, 2)."""
    parameters = parameters.copy()
    parameters.flags.writeable = False
    samples, means = generate(plan, parameters, noise)
    with np.errstate(over="ignore", invalid="ignore"):
        mu, log_var = encode(plan, parameters, test[:SHOWN])
        sigma = np.exp(0.5 * log_var)
    return Picture(step, epoch, parameters, samples, means, mu, sigma)


def mass_levels(density: Array, cell: float, masses: tuple[float, ...] = MASSES) -> Array:
    """Heights of a density whose contours enclose the given masses.

    Args:
        density: Values on a uniform grid.
        cell: Area of one grid cell.
        masses: Enclosed probabilities, increasing.

    Returns:
        One height a mass, decreasing, shape (len(masses),).
    """
    heights = np.sort(density, axis=None)[::-1]
    enclosed = np.cumsum(heights) * cell
    at = np.searchsorted(enclosed, masses).clip(0, len(heights) - 1)
    return np.asarray(heights[at])


def levels_of_points(distribution: Distribution, masses: tuple[float, ...] = MASSES) -> Array:
    """The same heights where a grid is too coarse: as many of its points are higher."""
    x = distribution.sample(LEVEL_POINTS, np.random.default_rng(0))
    return np.asarray(np.exp(np.quantile(distribution.log_prob(x), 1 - np.asarray(masses))))


def shown_density(distribution: Distribution, x1: Array, x2: Array) -> Array:
    """The density on a grid, (G2, G1); where it jumps, its mean around each place.

    A contour of means follows an edge between the places instead of in steps.
    """
    if not distribution.hard_edges:
        return distribution.density(x1, x2)
    parts = ((np.arange(AROUND) + 0.5) / AROUND - 0.5)[:, None]
    fine = ((x + (x[1] - x[0]) * parts).T.ravel() for x in (x1, x2))
    values = distribution.density(*fine)  # (G2 AROUND, G1 AROUND)
    return np.asarray(values.reshape(len(x2), AROUND, len(x1), AROUND).mean(axis=(1, 3)))


def view_truth(
    distribution: Distribution,
    train: npt.NDArray[np.float32],
    test: npt.NDArray[np.float32],
    grid: int = GRID,
    wants_stop: Callable[[], bool] = never,
) -> Truth:
    """Find everything about a distribution, and its density on a grid over its bounds.

    Args:
        distribution: Where the points are from.
        train: Training set, (n, 2).
        test: Test set, (m, 2).
        grid: Places along each axis.
        wants_stop: Asked now and then, as an entropy may take seconds.

    Raises:
        Interrupted: `wants_stop` said so.
    """
    with interruptible(wants_stop):
        return _view_truth(distribution, train, test, grid)


def _view_truth(
    distribution: Distribution,
    train: npt.NDArray[np.float32],
    test: npt.NDArray[np.float32],
    grid: int,
) -> Truth:
    x1_min, x1_max, x2_min, x2_max = distribution.bounds
    # a margin, so that outer contours close inside the grid
    m1, m2 = 0.15 * (x1_max - x1_min), 0.15 * (x2_max - x2_min)
    x1 = np.linspace(x1_min - m1, x1_max + m1, grid)
    x2 = np.linspace(x2_min - m2, x2_max + m2, grid)
    density = shown_density(distribution, x1, x2)
    cell = float((x1[1] - x1[0]) * (x2[1] - x2[0]))
    coarse = distribution.hard_edges or abs(density.sum() * cell - 1) > MOST_MISSED
    levels = levels_of_points(distribution) if coarse else mass_levels(density, cell)
    if distribution.hard_edges:
        levels = np.where(levels > (1 - FLAT) * density.max(), density.max() / 2, levels)
    scores = -distribution.log_prob(test)
    with np.errstate(invalid="ignore"):  # a point outside scores infinity, which has no scatter
        scatter = float(np.std(scores))
    return Truth(
        distribution,
        distribution.entropy(),
        distribution.entropy_error(),
        distribution.mean,
        distribution.covariance,
        distribution.number_of_modes(),
        float(np.mean(scores)),
        scatter,
        x1,
        x2,
        density,
        levels,
        train,
        test,
        distribution.held,
    )
