"""The ladder of bounds ELBO <= IWAE_5 <= IWAE_50 <= log p_theta(x) (Burda et al. 2016).

IWAE_k = E log (1/k) sum_i p(x, z_i) / q(z_i|x), z_i drawn from q(z|x). All rungs are averages
over the same draws, in groups of k, so that they never cross by chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vae_gui.core.density import Array
from vae_gui.core.interrupting import in_parts, never
from vae_gui.core.network import Floats, Layout
from vae_gui.core.posteriors.gaussians import Gaussians, log_likelihoods, points_at_once

RUNGS = (1, 5, 50)  # draws in a group; each divides the last
BLOCK = 2**16  # numbers worked on at once


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """Mean bounds on log p_theta over some points, in nats.

    Attributes:
        bounds: IWAE_k for each k of `RUNGS`; the first is the evidence lower bound.
        errors: The standard error of each by the draws.
    """

    bounds: tuple[float, ...]
    errors: tuple[float, ...]


def ladder(
    plan: Layout,
    flat: Floats,
    x: Floats,
    q: Gaussians,
    rng: np.random.Generator,
    wants_stop: Callable[[], bool] = never,
) -> Ladder:
    """Bounds on the mean log p_theta of points (n, 2): some 20 ms for 1,000 of them.

    Raises:
        Interrupted: `wants_stop`, asked every few milliseconds, said so.
    """
    draws = RUNGS[-1]
    weights = np.empty((len(x), draws))  # log p(x, z) / q(z|x)
    for rows in in_parts(len(x), points_at_once(plan, draws), wants_stop):
        e = rng.standard_normal((len(x[rows]), draws, plan.model.latent))
        z = q.mu[rows, None] + q.sigma[rows, None] * e
        logs = log_likelihoods(plan, flat, x[rows], z.astype(flat.dtype))
        with np.errstate(over="ignore", invalid="ignore"):
            change = 0.5 * np.sum(e**2 - z**2, axis=-1)
            weights[rows] = logs + change + np.log(q.sigma[rows]).sum(axis=1)[:, None]
    per_point = [_grouped(weights, k, wants_stop) for k in RUNGS]  # (n, groups)
    return Ladder(
        tuple(float(p.mean()) for p in per_point),
        tuple(_standard_error(p, weights, wants_stop) for p in per_point),
    )


def _grouped(weights: Array, k: int, wants_stop: Callable[[], bool]) -> Array:
    """The log (1/k) sum_i w_i of each group of k draws, (n, draws / k)."""
    groups = weights.reshape(len(weights), -1, k)
    found = np.empty(groups.shape[:2])
    for rows in in_parts(len(groups), max(1, BLOCK // weights.shape[1]), wants_stop):
        top = groups[rows].max(axis=2)
        found[rows] = top + np.log(np.exp(groups[rows] - top[..., None]).mean(axis=2))
    return found


def _standard_error(groups: Array, weights: Array, wants_stop: Callable[[], bool]) -> float:
    """Of the mean over points, by the scatter of the groups of each point.

    Of the last rung there is but one group; its scatter is at most that of the weights'
    mean over two halves.
    """
    if groups.shape[1] == 1:
        groups = _grouped(weights, weights.shape[1] // 2, wants_stop)
    n, count = groups.shape
    return math.sqrt(float(groups.var(axis=1, ddof=1).mean()) / (n * count))
