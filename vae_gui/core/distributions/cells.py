"""The entropy of any density on the plane: adaptive quadrature over square cells.

Knows no particular density: only where some of its mass lies, so that no narrow peak
is passed over.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.base import Array, Bounds
from vae_gui.core.interrupting import give_way

LogProb = Callable[[Array], Array]  # (n, 2) -> (n,)
Cells = npt.NDArray[np.int64]  # (n, 2): column and row among the cells of a level

NODES = 7  # Gauss-Legendre nodes along each side of a cell
ACROSS = 16  # cells along the longer side of the box before any is split
DEEPEST = 24  # times that a cell may be split
TOLERANCE = 1e-9  # nats by which splitting a cell may change its part of the integral
MOST_EVALUATIONS = 16_000_000
QUARTERS: Cells = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], np.int64)
BLOCK = 2**12  # cells worked on at once


def entropy_in_cells(
    log_prob: LogProb, box: Bounds, seeds: Array, areas: Array, most: int = MOST_EVALUATIONS
) -> tuple[float, float]:
    """H(p) in nats, and a bound on its error.

    Each cell is compared with its four quarters, and split where these differ. The bound is
    the sum of the differences that were let pass: wide where the density is smooth, as the
    rule has order 14; about as large as the error along edges where it jumps. A mass that
    is not 1 tells of a part that was passed over, and widens the bound.

    Args:
        log_prob: Log density of points (n, 2).
        box: Where all but a negligible part of the mass lies.
        seeds: Points (n, 2) among which every narrow part of the density has some.
        areas: What the cell of each may have at most, (n,): small beside that part.
        most: About how often log_prob may be evaluated.
    """
    corner, size, cells = _first_cells(box)
    parts = _integrals(log_prob, corner, size, cells)  # (n, 2): entropy and mass
    total, error, evaluations = np.zeros(2), 0.0, len(cells)
    for level in range(DEEPEST + 1):
        quarters = (2 * cells[:, None] + QUARTERS).reshape(-1, 2)
        finer = _integrals(log_prob, corner, size / 2, quarters)
        evaluations += len(quarters)
        change = np.abs(parts - finer.reshape(-1, 4, 2).sum(axis=1))[:, 0]
        urgency = np.where(_holding(cells, corner, size, seeds[areas < size**2]), np.inf, change)
        # each cell that is split costs the quarters of its quarters
        affordable = max(0, most // NODES**2 - evaluations) // 16 if level < DEEPEST else 0
        split = urgency > TOLERANCE
        if split.sum() > affordable:
            split[np.argsort(-urgency, kind="stable")[affordable:]] = False
        kept = np.repeat(~split, 4)
        total += finer[kept].sum(axis=0)
        error += float(change[~split].sum())
        cells, parts, size = quarters[~kept], finer[~kept], size / 2
        if not len(cells):
            break
    entropy, mass = total.tolist()
    lost = abs(1 - mass)
    return entropy, error + lost * (10 - math.log(max(lost, 1e-16)))


def _first_cells(box: Bounds) -> tuple[Array, float, Cells]:
    """Squares that cover a box: its corner, the length of their sides, and where each is."""
    x1_min, x1_max, x2_min, x2_max = box
    size = max(x1_max - x1_min, x2_max - x2_min) / ACROSS
    columns, rows = (
        np.arange(max(1, math.ceil((b - a) / size)))
        for a, b in ((x1_min, x1_max), (x2_min, x2_max))
    )
    cells = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    return np.array([x1_min, x2_min]), size, cells


def _holding(cells: Cells, corner: Array, size: float, points: Array) -> npt.NDArray[np.bool_]:
    """Which cells (n, 2) hold one of the points, or touch one that does."""
    at = np.unique(np.floor((points - corner) / size).astype(np.int64), axis=0)
    around = np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1]), axis=-1).reshape(-1, 2)
    at = (at[:, None] + around).reshape(-1, 2) + 1  # from 0
    stride = 2 + int(max(cells.max(initial=0), at.max(initial=0)))
    held: npt.NDArray[np.bool_] = np.isin((cells + 1) @ [1, stride], at @ [1, stride])
    return held


def _integrals(log_prob: LogProb, corner: Array, size: float, cells: Cells) -> Array:
    """The integrals of -p log p and of p over each cell, (n, 2): a product of Gauss rules."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)  # on [-1, 1], sum 2
    along = (nodes + 1) / 2
    offsets = np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2)  # (NODES^2, 2)
    shares = (weights[:, None] * weights / 4).ravel()
    found = np.empty((len(cells), 2))
    for i in range(0, len(cells), BLOCK):
        give_way()
        some = cells[i : i + BLOCK]
        log_p = log_prob((corner + size * (some[:, None] + offsets)).reshape(-1, 2))
        p = np.exp(log_p)
        information = -p * np.maximum(log_p, -1e300)  # 0 and not NaN where p is 0
        for j, values in enumerate((information, p)):
            found[i : i + BLOCK, j] = values.reshape(len(some), -1) @ shares * size**2
    return found
