"""Log densities of mixtures of thousands of round Gaussians that share one width.

The plane is cut into tiles. Seen from one tile, most components have no share of the
density that float64 could tell, and the others are compared with the one that is highest
in its middle: their log ratio is linear in x,

    log p(x) = log p_0(x) + log sum_k exp(a_k + b_k . x),  the sum being 1 at least.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from vae_gui.core.interrupting import give_way

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

NEGLIGIBLE = -34.0  # log of a share of p that is not seen: thousands of them are 1e-12
STEEPEST = 300.0  # log ratio from which two factors of it might overflow together
TILE_POINTS = 320  # scattered points that choose together, on average
MOST_TILES = 64  # along each axis
TILE_SIDE = 25  # places of a grid that choose together, along each axis
BLOCK = 2**16  # numbers worked on at once: they stay in the cache


class Round(Protocol):
    """Components as `mixture.Components` has them."""

    @property
    def centres(self) -> Array: ...  # noqa: D102

    @property
    def weights(self) -> Array: ...  # noqa: D102

    @property
    def std(self) -> float: ...  # noqa: D102


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """What a tile sees, in units of the width around its middle.

    Attributes:
        middle: Its middle in the plane, (2,).
        first: The component that is highest there, (2,).
        height: Log of that one's density in its own centre.
        slopes: b, (K, 2).
        ratios: a, (K,).
        steepest: The largest of all log ratios anywhere in the tile.
    """

    middle: Array
    first: Array
    height: float
    slopes: Array
    ratios: Array
    steepest: float

    @classmethod
    def over(cls, parts: Round, low: Array, high: Array) -> Tile:
        """The tile between two corners, (2,) each."""
        middle = (low + high) / 2
        c = (parts.centres - middle) / parts.std  # (K, 2)
        log_w = np.log(parts.weights / (2 * math.pi * parts.std**2))
        heights = log_w - 0.5 * np.square(c).sum(axis=1)
        first = int(heights.argmax())
        slopes, ratios = c - c[first], heights - heights[first]
        largest = ratios + np.abs(slopes) @ ((high - low) / (2 * parts.std))  # in a corner
        seen = largest >= NEGLIGIBLE
        return cls(
            middle, c[first], float(log_w[first]), slopes[seen], ratios[seen], float(largest.max())
        )


def is_grid(x: Array) -> bool:
    """Whether points are a grid as `np.meshgrid` makes it, (G2, G1, 2)."""
    return bool(
        x.ndim == 3
        and min(x.shape) > 1
        and (x[..., 0] == x[:1, :, 0]).all()
        and (x[..., 1] == x[:, :1, 1]).all()
    )


def log_prob_of_grid(parts: Round, x: Array) -> Array:
    """Log densities on a grid, (G2, G1, 2) -> (G2, G1); in a tile every Gaussian separates."""
    x1, x2 = x[0, :, 0], x[:, 0, 1]
    found = np.empty(x.shape[:2])
    for i in range(0, len(x2), TILE_SIDE):
        for j in range(0, len(x1), TILE_SIDE):
            give_way()
            rows, columns = slice(i, i + TILE_SIDE), slice(j, j + TILE_SIDE)
            corners = np.array([[x1[columns].min(), x2[rows].min()],
                                [x1[columns].max(), x2[rows].max()]])  # fmt: skip
            tile = Tile.over(parts, *corners)
            if not tile.steepest < STEEPEST:
                found[rows, columns] = log_prob_of_points(parts, x[rows, columns])
                continue
            u1, u2 = ((a - m) / parts.std for a, m in
                      zip((x1[columns], x2[rows]), tile.middle, strict=True))  # fmt: skip
            of_rows = np.exp(np.multiply.outer(u2, tile.slopes[:, 1]) + tile.ratios)  # (n2, K)
            of_columns = np.exp(np.multiply.outer(tile.slopes[:, 0], u1))  # (K, n1)
            own = np.square(u1 - tile.first[0]) + np.square(u2 - tile.first[1])[:, None]
            found[rows, columns] = tile.height - 0.5 * own + np.log(of_rows @ of_columns)
    return found


def log_prob_of_points(parts: Round, x: Array) -> Array:
    """Log densities of scattered points, (..., 2) -> (...)."""
    points = x.reshape(-1, 2)
    found = np.empty(len(points))
    for places in _near_each_other(points):
        give_way()
        inside = points[places]
        tile = Tile.over(parts, inside.min(axis=0), inside.max(axis=0))
        rows = max(1, BLOCK // len(tile.ratios))
        for i in range(0, len(inside), rows):
            found[places[i : i + rows]] = _log_sum(tile, inside[i : i + rows], parts.std)
    return found.reshape(x.shape[:-1])


def _log_sum(tile: Tile, x: Array, std: float) -> Array:
    u = (x - tile.middle) / std  # (n, 2)
    logs = tile.slopes @ u.T  # (K, n)
    logs += tile.ratios[:, None]
    top = 0.0 if tile.steepest < STEEPEST else logs.max(axis=0)
    logs -= top
    total = np.exp(logs, out=logs).sum(axis=0)
    own = tile.height - 0.5 * np.square(u - tile.first).sum(axis=1)
    return np.asarray(own + top + np.log(total))


def _near_each_other(points: Array) -> list[Places]:
    """The numbers of points (n, 2), those in one tile together."""
    count = min(MOST_TILES, math.ceil(math.sqrt(len(points) / TILE_POINTS)))
    if count <= 1:
        return [np.arange(len(points))] if len(points) else []
    # the outermost tiles reach as far as there are points; a far one must not widen the rest
    low, high = np.quantile(points[:: max(1, len(points) // 1000)], [0.01, 0.99], axis=0)
    size = np.maximum((high - low) / count, np.finfo(np.float64).tiny)
    at = np.clip((points - low) / size, 0, count - 1).astype(np.int16)
    key = at[:, 0] * count + at[:, 1]
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    return np.split(order, starts[1:])
