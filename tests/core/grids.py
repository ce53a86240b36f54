"""Uniform grids to integrate densities on."""

from __future__ import annotations

import numpy as np

from vae_gui.core.distributions import Distribution


def axes(distribution: Distribution, n: int, margin: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    """Uniform nodes along x1 and x2 over the bounds and a margin on each side."""
    a, b, c, d = distribution.bounds
    m1, m2 = margin * (b - a) / 2, margin * (d - c) / 2
    return np.linspace(a - m1, b + m1, n), np.linspace(c - m2, d + m2, n)


def cell(x1: np.ndarray, x2: np.ndarray) -> float:
    return float((x1[1] - x1[0]) * (x2[1] - x2[0]))
