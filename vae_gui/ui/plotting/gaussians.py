"""Curves of Gaussians: circles as points, densities on a grid."""

from __future__ import annotations

import numpy as np

from vae_gui.core.distributions import Array
from vae_gui.core.network import Floats

VERTICES = 192  # of a circle: 0.01 % of its radius off the true curve
ROOT_2PI = float(np.sqrt(2 * np.pi))


def circles(radii: tuple[float, ...]) -> tuple[Array, Array]:
    """Circles around the origin as x and y, with NaN between two of them."""
    angle = np.append(np.linspace(0, 2 * np.pi, VERTICES + 1), np.nan)  # closed, then a gap
    radius = np.asarray(radii, np.float64)[:, None]
    return (radius * np.cos(angle)).ravel(), (radius * np.sin(angle)).ravel()


def standard_normal(z: Floats | float) -> Array:
    """Density of N(0, 1)."""
    return np.asarray(np.exp(-0.5 * np.square(z)) / ROOT_2PI)


def mixture_density(mu: Floats, sigma: Floats, grid: Array) -> Array:
    """The mean of the densities N(mu_i, sigma_i^2) on a grid: (m,), (m,), (G,) -> (G,).

    What is not finite is left out; float32, which is enough to draw it.
    """
    finite = np.isfinite(mu) & np.isfinite(sigma) & (sigma > 0)
    if not finite.any():
        return np.zeros(len(grid))
    mu, sigma = mu[finite].astype(np.float32), sigma[finite].astype(np.float32)
    scale = 1 / sigma
    with np.errstate(over="ignore"):  # far from a narrow one
        off = (grid.astype(np.float32)[:, None] - mu) * scale  # (G, m)
        np.square(off, out=off)
    off *= np.float32(-0.5)
    np.maximum(off, -80, out=off)  # below, exp is slow and the density 0 to the eye
    np.exp(off, out=off)
    # not a matrix product: BLAS would start threads, in the middle of training
    heights = np.einsum("gm,m->g", off, scale)
    return np.asarray(heights, np.float64) / (len(mu) * ROOT_2PI)


def histogram(values: Floats, edges: Array) -> Array:
    """Density of values in even cells, (len(edges) - 1,).

    Its integral is the part of the finite values that lies within the edges.
    """
    values = values[np.isfinite(values)]
    width = float(edges[1] - edges[0])
    counts, _ = np.histogram(values, len(edges) - 1, (float(edges[0]), float(edges[-1])))
    return np.asarray(counts / (max(len(values), 1) * width), np.float64)
