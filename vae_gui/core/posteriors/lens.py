"""One point under a lens: its exact posterior, the encoder's, the best Gaussian one.

Shapes: Z latent dimensions, G places along each axis of a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_gui.core.density import Array, DiagonalMixture, Resolved, nodes
from vae_gui.core.interrupting import in_parts, never
from vae_gui.core.network import DATA_DIM, LOG_2PI, Floats, Layout, decode, inputs_at_once
from vae_gui.core.posteriors.fitting import best_gaussians
from vae_gui.core.posteriors.gaussians import Gaussians, bound, encoded, log_likelihoods

PLACES = 121
SMOOTH_NODES = 2**14  # for a picture of two dimensions out of more


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """What is known of z once x is seen; in nats where it is a number.

    Attributes:
        x: The point, (2,).
        log_p: log p_theta(x).
        log_p_error: What halving the nodes would change in it.
        q: The encoder's Gaussian, mean and standard deviations (1, Z).
        best: The diagonal Gaussian nearest to the posterior, likewise.
        kl: KL(q || posterior): what x loses of its log p.
        kl_best: KL(best || posterior), the part that no encoder could save.
        mean: Mean of the exact posterior, (Z,).
        std: Its standard deviations, (Z,).
        reconstruction: Decoder mean at the mean of q, (2,).
        reconstruction_std: Decoder standard deviations there, (2,): half axes of its ellipse.
        doubt: Why not to rely on it; empty otherwise.
    """

    x: Array
    log_p: float
    log_p_error: float
    q: Gaussians
    best: Gaussians
    kl: float
    kl_best: float
    mean: Array
    std: Array
    reconstruction: Array
    reconstruction_std: Array
    doubt: str


def look(
    plan: Layout,
    flat: Floats,
    x: npt.ArrayLike,
    at: Resolved,
    wants_stop: Callable[[], bool] = never,
) -> Lens:
    """Put one point (2,) under the lens. A job: some 10 ms.

    Args:
        plan: Where each weight lies.
        flat: The weights, (P,).
        x: The point.
        at: The same model at quadrature nodes.
        wants_stop: Asked every few milliseconds.

    Raises:
        Interrupted: `wants_stop` said so.
    """
    point = np.asarray(x, np.float64).reshape(1, DATA_DIM)
    exact, rule = flat.astype(np.float64), at.learned.nodes
    density = at.learned.log_prob(point)
    posterior = at.learned.posterior(point)[0]  # (K,)
    mean = posterior @ rule.z
    q = encoded(plan, exact, point)
    best = best_gaussians(plan, flat, point, at.learned, q, wants_stop)
    log_p = float(density.log_p[0])
    losses = [float(bound(plan, exact, point, g).loss[0]) for g in (q, best)]
    mu, sigma = ellipses(plan, flat, q.mu)
    return Lens(
        x=point[0],
        log_p=log_p,
        log_p_error=float(density.error[0]),
        q=q,
        best=best if losses[1] < losses[0] else q,
        kl=losses[0] + log_p,
        kl_best=min(losses) + log_p,
        mean=np.asarray(mean),
        std=np.sqrt(posterior @ (rule.z - mean) ** 2),
        reconstruction=mu[0],
        reconstruction_std=sigma[0],
        doubt=at.doubt,
    )


def posterior_on_grid(
    plan: Layout,
    flat: Floats,
    x: npt.ArrayLike,
    log_p: float,
    axes: tuple[Array, ...],
    dims: tuple[int, int] = (0, 1),
    wants_stop: Callable[[], bool] = never,
) -> Array:
    """The density p_theta(z|x) of one point over any window: (G,) or (G2, G1), rows along z2.

    For one and two latent dimensions it is exact at each place, however narrow. Of more, two
    are shown: the nodes near each place, smoothed as little as their number allows.

    Args:
        plan: Where each weight lies.
        flat: The weights, (P,).
        x: The point, (2,).
        log_p: Its log p_theta(x), in nats.
        axes: Places along each axis: one for a single latent dimension, else two.
        dims: Which dimensions the axes are, if there are more.
        wants_stop: Asked every few milliseconds.

    Raises:
        Interrupted: `wants_stop` said so.
    """
    point = np.asarray(x, np.float64).reshape(1, DATA_DIM)
    exact = flat.astype(np.float64)
    if plan.model.latent > len(axes):
        return _projected(plan, exact, point, axes, dims, wants_stop)
    z = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, len(axes))  # rows along z2
    logs = _log_likelihoods(plan, exact, point, z, wants_stop)
    logs -= 0.5 * (np.sum(z**2, axis=1) + len(axes) * LOG_2PI) + log_p
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(logs)).reshape([len(axis) for axis in axes[::-1]])


def _log_likelihoods(
    plan: Layout, flat: Floats, point: Array, z: Array, wants_stop: Callable[[], bool]
) -> Array:
    """The log p(x|z) of one point (1, 2) at latents (K, Z): (K,)."""
    logs = np.empty(len(z))
    for some in in_parts(len(z), inputs_at_once(plan), wants_stop):
        logs[some] = log_likelihoods(plan, flat, point, z[None, some])[0]
    return logs


def _projected(
    plan: Layout,
    flat: Floats,
    point: Array,
    axes: tuple[Array, ...],
    dims: tuple[int, int],
    wants_stop: Callable[[], bool],
) -> Array:
    """A kernel estimate from weighted nodes: two dimensions of a posterior of more."""
    rule = nodes(plan.model.latent, SMOOTH_NODES)
    logs = _log_likelihoods(plan, flat, point, rule.z, wants_stop)
    weights = np.exp(logs - logs.max()) * rule.weights
    weights /= weights.sum()
    z = rule.z[:, list(dims)]
    spread = np.sqrt(weights @ (z - weights @ z) ** 2)  # (2,)
    # Scott's rule for as many nodes as really count
    width = spread * np.sum(weights**2) ** (1 / 6)
    log_width = np.broadcast_to(np.log(width)[:, None], z.T.shape)
    kernels = DiagonalMixture.weighted(z.T, log_width, weights)
    return kernels.on_grid(axes[0], axes[1], wants_stop=wants_stop)


def ellipses(plan: Layout, flat: Floats, z: npt.ArrayLike) -> tuple[Array, Array]:
    """The decoder as what it is: means and standard deviations (n, 2) at latents (n, Z)."""
    latents = np.asarray(z, np.float64).reshape(-1, plan.model.latent)
    with np.errstate(over="ignore", invalid="ignore"):
        mu, log_var = decode(plan, flat.astype(np.float64), latents)
        return np.ascontiguousarray(mu), np.exp(0.5 * log_var)


def warped_grid(
    plan: Layout,
    flat: Floats,
    dims: tuple[int, ...] = (0, 1),
    lines: int = 9,
    reach: float = 2.5,
    places: int = PLACES,
) -> Array:
    """Where the decoder's mean carries a grid of latent lines: (L, places, 2).

    One line for a single dimension; for two, `lines` along either of them. All other
    dimensions are 0.
    """
    along = np.linspace(-reach, reach, places)
    if len(dims) == 1:
        z = np.zeros((1, places, plan.model.latent))
        z[0, :, dims[0]] = along
    else:
        across = np.linspace(-reach, reach, lines)[:, None]
        z = np.zeros((2 * lines, places, plan.model.latent))
        z[:lines, :, dims[0]], z[:lines, :, dims[1]] = along, across
        z[lines:, :, dims[1]], z[lines:, :, dims[0]] = along, across
    return ellipses(plan, flat, z)[0].reshape(*z.shape[:2], DATA_DIM)
