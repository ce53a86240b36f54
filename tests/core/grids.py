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


LEFT = 1.5e-3  # of the mass, that finer squares would still move about along an edge


class Leaves:
    """Squares that get smaller until a density is smooth on each: its integrals, and draws.

    Independent of how a distribution computes anything but `log_prob`; `sample` only says where
    not to stop splitting.
    """

    POINTS = 8  # Gauss-Legendre, along each side
    MOST = 8_000

    def __init__(self, distribution: Distribution, tolerance: float = 1e-9) -> None:
        self.log_prob = distribution.log_prob
        a, b, c, d = distribution.support
        size = max(b - a, d - c) / 8
        columns, rows = np.arange(np.ceil((b - a) / size)), np.arange(np.ceil((d - c) / size))
        corners = np.stack(np.meshgrid(a + size * columns, c + size * rows), axis=-1).reshape(-1, 2)
        seeds = distribution.sample(20_000, np.random.default_rng(5))
        wanted = 0.05 / np.exp(distribution.log_prob(seeds))
        kept, count, self.resolved = [], 0, True
        while len(corners):
            whole = self._parts(corners, size)[2]
            quarters = corners[:, None] + size / 2 * np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
            x, w, finer = self._parts(quarters.reshape(-1, 2), size / 2)
            change = np.abs(whole - finer.reshape(-1, 4).sum(axis=1))
            split = change > tolerance
            split |= self._holding(corners, size, seeds[wanted < size**2], (a, c))
            count += len(corners)
            if count > self.MOST or size < 1e-9 * (b - a):
                # those an edge cuts err either way, so that little of it adds up
                left = change[split].sum() if distribution.hard_edges else split.sum()
                self.resolved &= bool(left < LEFT)
                split[:] = False
            rest = np.repeat(~split, 4)
            kept.append((x[rest], w[rest], quarters.reshape(-1, 2)[rest], size / 2))
            corners, size = quarters[split].reshape(-1, 2), size / 2
        self.x = np.concatenate([x.reshape(-1, 2) for x, *_ in kept])
        self.p = np.concatenate([w.ravel() for _, w, *_ in kept])  # sums to the integral
        self.corners = np.concatenate([c for *_, c, _ in kept])
        self.sizes = np.concatenate([np.full(len(c), s) for *_, c, s in kept])
        self.tops = np.concatenate([self._tops(x) for x, *_ in kept if len(x)])

    def _holding(self, corners, size, seeds, origin):
        """Which squares hold a seed or touch one that does."""
        around = np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1]), axis=-1).reshape(-1, 2)
        at = np.unique(np.floor((seeds - origin) / size).astype(int), axis=0)
        wide = np.array([1, 10**9])
        key = np.rint((corners - origin) / size).astype(int) @ wide
        return np.isin(key, (at[:, None] + around).reshape(-1, 2) @ wide)

    def _parts(self, corners, size):
        nodes, weights = np.polynomial.legendre.leggauss(self.POINTS)
        along = size * (nodes + 1) / 2
        x = corners[:, None] + np.stack(np.meshgrid(along, along), axis=-1).reshape(1, -1, 2)
        w = np.multiply.outer(weights, weights).ravel() / 4 * size**2 * np.exp(self.log_prob(x))
        return x, w, w.sum(axis=1)

    def _tops(self, x):
        return 1.3 * np.exp(self.log_prob(x)).max(axis=1)

    def rejection_sample(self, n, rng):
        """Points drawn by rejection from `log_prob` alone, (n, 2)."""
        weights = self.tops * self.sizes**2
        found = np.empty((0, 2))
        while len(found) < n:
            cell = rng.choice(len(weights), 2 * n, p=weights / weights.sum())
            x = self.corners[cell] + self.sizes[cell, None] * rng.random((2 * n, 2))
            accepted = self.tops[cell] * rng.random(2 * n) < np.exp(self.log_prob(x))
            found = np.concatenate([found, x[accepted]])
        return found[:n]


def energy_test(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> float:
    """How often labels drawn by lot tell two equally large sets as far apart: a p-value."""
    both = np.concatenate([x, y]).astype(np.float32)
    between = np.sqrt(sum(np.square(c[:, None] - c) for c in both.T))  # (n, n)
    labels = np.repeat(np.float32([1, -1]), len(x))
    drawn = np.stack([labels, *(rng.permutation(labels) for _ in range(299))])
    distance = -((drawn @ between) * drawn).sum(axis=1)
    return float((distance >= distance[0]).mean())
