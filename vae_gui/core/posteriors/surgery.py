"""The aggregate posterior q(z), the mean of q(z|x) over the data, beside the prior.

The mean rate splits into what the latent tells of x and what q(z) is off the prior
(Hoffman & Johnson 2016, ELBO surgery):

    mean KL(q(z|x) || p(z)) = I_q(x; z) + KL(q(z) || p(z)).

Shapes: m points, Z latent dimensions, G places along each axis of a picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vae_gui.core.density import UNRELIABLE, Array, DiagonalMixture
from vae_gui.core.density.quantile import normal_quantile
from vae_gui.core.density.sobol import sobol
from vae_gui.core.interrupting import ask, in_parts, never
from vae_gui.core.network import LOG_2PI
from vae_gui.core.posteriors.gaussians import Gaussians

ACTIVE = 0.01  # variance of mu_j(x) above which a unit is active (Burda et al. 2016)
HOLE = 0.1  # where q(z) is less than this share of the prior, the prior has a hole
PRIOR_SHOWN = 3.0348543  # radius of the disc with 99 % of a prior of two dimensions
LINE_SHOWN = 2.5758293  # and half the length of the interval, of one
GRID_UP_TO = 2  # latent dimensions
GRIDS = (128, 256, 512)  # places along each axis, until halving them changes little
TOLERANCE = 1e-4  # nats
SIGMAS_AROUND = 6.0  # of the outermost Gaussians that a grid holds
DRAWS = 4  # latents a point, where there is no grid,
MOST_PAIRS = 4 * 10**7  # of so many points that this bounds all pairs of a latent and a point
BLOCK = 2**16  # numbers worked on at once


@dataclass(frozen=True, slots=True, eq=False)
class Surgery:
    """The rate in two parts, and what each latent dimension does; in nats.

    Attributes:
        rate: Mean KL(q(z|x) || p(z)).
        marginal_kl: KL(q(z) || p(z)).
        error: Of the marginal KL: by halving the grid, or one standard error.
        rates: Mean rate of each dimension, (Z,).
        variances: Variance of mu_j(x) over the data, (Z,).
    """

    rate: float
    marginal_kl: float
    error: float
    rates: Array
    variances: Array

    @property
    def mutual_information(self) -> float:
        """I_q(x; z), at most log m."""
        return self.rate - self.marginal_kl

    @property
    def active(self) -> tuple[bool, ...]:
        """Whether each dimension is in use: Var_x(mu_j(x)) > 0.01."""
        return tuple(bool(v) for v in self.variances > ACTIVE)


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate:
    """q(z) beside the prior, over one or two of the latent dimensions.

    Attributes:
        axis: Places along each axis, (G,).
        values: q(z) there, (G,) or (G, G), rows along the second dimension.
        prior: p(z) there, likewise.
        holes: Where the prior has most of its mass and q(z) hardly any, likewise.
        hole_mass: Prior probability of the holes.
    """

    axis: Array
    values: Array
    prior: Array
    holes: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    hole_mass: float


def surgery(q: Gaussians, wants_stop: Callable[[], bool] = never) -> Surgery:
    """Split the rate of the encoder's Gaussians. A job: about 0.1 s for 2,000 points.

    A second where there is no grid.

    Raises:
        Interrupted: `wants_stop`, asked now and then, said so.
    """
    rates = q.kl_to_prior()  # (m, Z)
    marginal, error = math.nan, math.inf
    if q.mu.shape[1] <= GRID_UP_TO:
        marginal, error = _marginal_on_grids(q, wants_stop)
    if not error < UNRELIABLE:  # more dimensions, or posteriors too narrow for a grid
        marginal, error = _marginal_by_draws(q, wants_stop)
    return Surgery(
        float(rates.sum(axis=1).mean()),
        marginal,
        error,
        np.asarray(rates.mean(axis=0)),
        np.asarray(q.mu.var(axis=0)),
    )


def aggregate(
    q: Gaussians,
    dims: tuple[int, ...] = (0, 1),
    reach: float = 4.0,
    places: int = 121,
    wants_stop: Callable[[], bool] = never,
) -> Aggregate:
    """q(z) on a grid from -reach to reach along one or two dimensions: some 10 ms.

    Raises:
        Interrupted: `wants_stop`, asked every few milliseconds, said so.
    """
    axis = np.linspace(-reach, reach, places)
    cell = float(axis[1] - axis[0]) ** len(dims)
    values = _density(q, dims, [axis] * len(dims), wants_stop)
    bell = np.exp(-0.5 * axis**2) / math.sqrt(2 * math.pi)
    prior = bell if len(dims) == 1 else np.multiply.outer(bell, bell)
    radius = np.abs(axis) if len(dims) == 1 else np.hypot(axis, axis[:, None])
    shown = radius <= (LINE_SHOWN if len(dims) == 1 else PRIOR_SHOWN)
    holes = shown & (values < HOLE * prior)
    return Aggregate(axis, values, prior, holes, float(prior[holes].sum()) * cell)


def _density(
    q: Gaussians, dims: tuple[int, ...], axes: list[Array], wants_stop: Callable[[], bool]
) -> Array:
    """q(z) over some dimensions on a grid: (G1,) or (G2, G1)."""
    mu, sigma = q.mu[:, list(dims)].T, q.sigma[:, list(dims)].T
    even = np.full(len(q.mu), 1 / len(q.mu))
    if len(dims) == 2:
        mixture = DiagonalMixture.weighted(mu, np.log(sigma), even)
        return mixture.on_grid(axes[0], axes[1], wants_stop=wants_stop)
    found, heights = np.empty(len(axes[0])), even / (sigma[0] * math.sqrt(2 * math.pi))
    for rows in in_parts(len(found), max(1, BLOCK // len(heights)), wants_stop):
        at = (axes[0][rows, None] - mu[0]) / sigma[0]  # (G, m)
        found[rows] = np.exp(-0.5 * at**2) @ heights
    return found


def _marginal_on_grids(q: Gaussians, wants_stop: Callable[[], bool]) -> tuple[float, float]:
    """KL(q(z) || p(z)) by the trapezoid rule, finer until it holds still; its error."""
    low = np.min(q.mu - SIGMAS_AROUND * q.sigma, axis=0)
    high = np.max(q.mu + SIGMAS_AROUND * q.sigma, axis=0)
    value, error = math.nan, math.inf
    if not np.isfinite(low + high).all():
        return value, error
    for places in GRIDS:
        axes = [np.linspace(a, b, places) for a, b in zip(low, high, strict=True)]
        cell = math.prod(float(axis[1] - axis[0]) for axis in axes)
        density = _density(q, tuple(range(len(axes))), axes, wants_stop)
        squares = sum(np.ix_(*(axis**2 for axis in axes[::-1])))
        log_prior = -0.5 * (squares + len(axes) * LOG_2PI)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(density > 0, density * (np.log(density) - log_prior), 0.0)
        value = float(terms.sum()) * cell
        some = terms[(slice(None, None, 2),) * len(axes)]
        missed = abs(1 - float(density.sum()) * cell)
        error = abs(value - float(some.sum()) * cell * 2 ** len(axes)) + missed
        if error < TOLERANCE:
            break
    return value, error


def _marginal_by_draws(q: Gaussians, wants_stop: Callable[[], bool]) -> tuple[float, float]:
    """KL(q(z) || p(z)) as a mean of log q(z) - log p(z) over draws of q(z); its error."""
    m, latent = q.mu.shape
    some = max(1, min(m, MOST_PAIRS // (DRAWS * m)))
    # each point has others of one even set, so that they cover the noise together
    u = sobol(some * DRAWS, latent)
    ask(wants_stop)
    e = normal_quantile(u)
    ask(wants_stop)
    e = np.random.default_rng(0).permutation(e).reshape(some, DRAWS, latent)
    z = (q.mu[:some, None] + q.sigma[:some, None] * e).reshape(-1, latent)
    logs = np.empty(len(z))
    for rows in in_parts(len(z), max(1, BLOCK // m), wants_stop):
        of_all = q.log_prob(z[rows])  # (m, rows)
        top = of_all.max(axis=0)
        logs[rows] = top + np.log(np.exp(of_all - top).mean(axis=0))
    ratios = logs + 0.5 * np.sum(z**2, axis=1) + 0.5 * latent * LOG_2PI
    per_point = ratios.reshape(some, DRAWS).mean(axis=1)
    return float(ratios.mean()), float(per_point.std() / math.sqrt(some))
