"""Diagonal Gaussians over z, one a point: the encoder's, and what the loss is under them.

Averages over them are taken by quadrature in their own coordinates, z = mu + sigma * node,
so that no Gaussian is too narrow.

Shapes: n points, K nodes, Z latent dimensions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vae_gui.core.density import Array, noise_nodes
from vae_gui.core.interrupting import ask, in_parts, never
from vae_gui.core.network import DATA_DIM, LOG_2PI, Floats, Layout, decode, encode, in_turns

VALUES_AT_ONCE = 2**20  # of one hidden layer while latents are decoded
LARGEST_LOG_VAR = 600.0  # beyond, a variance or its inverse is no float64
PROBE = 64  # points that tell the error of a quadrature


@dataclass(frozen=True, slots=True, eq=False)
class Gaussians:
    """N(mu, diag sigma^2), one a point.

    Attributes:
        mu: Means, (n, Z).
        sigma: Standard deviations, (n, Z).
    """

    mu: Array
    sigma: Array

    def __getitem__(self, rows: slice) -> Gaussians:
        """Those of some points."""
        return Gaussians(self.mu[rows], self.sigma[rows])

    def kl_to_prior(self) -> Array:
        """KL(N(mu, diag sigma^2) || N(0, I)) of each dimension in nats, (n, Z)."""
        variance = self.sigma**2
        return np.asarray(0.5 * (self.mu**2 + variance - 1 - np.log(variance)))

    def log_prob(self, z: Array) -> Array:
        """Log density of every point's Gaussian at latents z (K, Z), (n, K)."""
        total = np.zeros((len(self.mu), len(z)))
        for mu, sigma, along in zip(self.mu.T, self.sigma.T, z.T, strict=True):
            t = np.subtract.outer(mu, along)
            t /= sigma[:, None]
            np.square(t, out=t)
            t += (LOG_2PI + 2 * np.log(sigma))[:, None]
            total -= 0.5 * t
        return total


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """The loss of each point at beta = 1, averaged over its Gaussian exactly.

    Attributes:
        distortion: E_q[-log p(x|z)] in nats, (n,).
        rate: KL(q || prior) in nats, (n,).
        variance: Var_q[log p(x|z)], (n,): what a single draw of z scatters by.
    """

    distortion: Array
    rate: Array
    variance: Array

    @property
    def loss(self) -> Array:
        """The negative evidence lower bound, (n,): at least -log p_theta(x)."""
        return np.asarray(self.distortion + self.rate)


def encoded(
    plan: Layout, flat: Floats, x: Floats, wants_stop: Callable[[], bool] = never
) -> Gaussians:
    """The encoder's q(z|x) of points (n, 2), in float64.

    Raises:
        Interrupted: `wants_stop`, asked every few milliseconds, said so.
    """
    exact, points = flat.astype(np.float64), np.asarray(x, np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        mu, log_var = in_turns(encode, plan, exact, points, wants_stop)
        log_var = log_var.clip(-LARGEST_LOG_VAR, LARGEST_LOG_VAR)
        return Gaussians(np.ascontiguousarray(mu), np.exp(0.5 * log_var))


def log_likelihoods(plan: Layout, flat: Floats, x: Floats, z: Floats) -> Floats:
    """The log p(x|z) of points (n, 2) at latents z (n, K, Z), (n, K), in the type of `flat`."""
    n, k, _ = z.shape
    with np.errstate(over="ignore", invalid="ignore"):
        mu, log_var = (a.T for a in decode(plan, flat, z.reshape(n * k, -1)))  # [2, n K]
        total = np.full((n, k), -LOG_2PI, flat.dtype)
        for i in range(DATA_DIM):
            along = log_var[i].clip(-LARGEST_LOG_VAR, LARGEST_LOG_VAR)
            t = np.square(np.repeat(x[:, i].astype(flat.dtype), k) - mu[i])
            t *= np.exp(-along)
            t += along
            total -= 0.5 * t.reshape(n, k)
    return total


def bound(
    plan: Layout,
    flat: Floats,
    x: Floats,
    q: Gaussians,
    wants_stop: Callable[[], bool] = never,
    rough: bool = False,
) -> Bound:
    """The loss of points (n, 2) under Gaussians over z, one each.

    The decoder computes in the type of `flat`: float64 is exact, float32 some 10 times as fast
    and off by some 1e-6 nats a point. All else is float64.

    Args:
        plan: Where each weight lies.
        flat: The weights, (P,).
        x: The points.
        q: Their Gaussians.
        wants_stop: Asked now and then.
        rough: Take fewer nodes.

    Raises:
        Interrupted: `wants_stop` said so.
    """
    rule = noise_nodes(plan.model.latent, rough)
    mean, square = np.empty(len(x)), np.empty(len(x))
    for rows in in_parts(len(x), points_at_once(plan, len(rule.weights)), wants_stop):
        z = q.mu[rows, None] + q.sigma[rows, None] * rule.z
        logs = log_likelihoods(plan, flat, x[rows], z.astype(flat.dtype)).astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            mean[rows] = logs @ rule.weights
            square[rows] = (logs - mean[rows, None]) ** 2 @ rule.weights
    with np.errstate(over="ignore", invalid="ignore"):
        return Bound(-mean, q.kl_to_prior().sum(axis=1), square)


def bound_error(
    plan: Layout, flat: Floats, x: Floats, q: Gaussians, wants_stop: Callable[[], bool] = never
) -> float:
    """What fewer nodes would change in the mean loss of the first points, in nats.

    Raises:
        Interrupted: `wants_stop`, asked now and then, said so.
    """
    few, q_of_few = x[:PROBE], q[:PROBE]
    rules = (False, True)
    fine, rough = (bound(plan, flat, few, q_of_few, wants_stop, r) for r in rules)
    ask(wants_stop)
    return float(np.abs(fine.distortion - rough.distortion).mean())


def points_at_once(plan: Layout, latents: int) -> int:
    """How many points to take together, so many latents each, so that memory stays bounded."""
    return max(1, VALUES_AT_ONCE // (latents * max(plan.model.hidden_units, 16)))
