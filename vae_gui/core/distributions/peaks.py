"""How many peaks a density on a grid has, not counting the ripple along a ridge."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vae_gui.core.interrupting import give_way

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

PROMINENCE = 0.1  # of its height by which a peak stands out from what joins it to a higher one
NEGLIGIBLE = 1e-6  # of the highest peak: what is lower is none
NEIGHBOURS = ((0, 1), (1, 0))  # with their opposites, all four: squares at a corner are apart


def count_peaks(density: Floats) -> int:
    """The peaks and plateaus of a density (G2, G1) that stand out.

    Each place belongs to the peak that the steepest way up leads to.
    """
    heights = density.ravel()
    rank = np.empty(heights.size, np.intp)
    rank[np.argsort(heights, kind="stable")] = np.arange(heights.size)  # no two are equal
    tops, peak = np.unique(_summits(rank.reshape(density.shape)), return_inverse=True)
    return standing_out(heights[tops], _passes(density, peak.reshape(density.shape)))


def standing_out(heights: Floats, passes: list[tuple[float, int, int]]) -> int:
    """How many peaks stand out from what joins them to a higher one.

    Two peaks are joined at the highest pass between them, passes in descending order; the
    lower one counts if it is higher than the pass by `PROMINENCE` of its own height.

    Args:
        heights: Of the peaks, (n,).
        passes: Between two peaks: its height, and the numbers of both.
    """
    order = np.argsort(heights, kind="stable")
    rank = np.empty(len(heights), np.intp)
    rank[order] = np.arange(len(heights))
    root = list(range(len(heights)))

    def find(top: int) -> int:
        while root[top] != top:
            root[top] = top = root[root[top]]
        return top

    highest = float(heights.max())
    count = 1
    for height, one, other in sorted(passes, reverse=True):
        lower, upper = sorted((find(one), find(other)), key=lambda top: int(rank[top]))
        if lower == upper:
            continue
        root[lower] = upper
        top = float(heights[lower])
        count += top > NEGLIGIBLE * highest and height < (1 - PROMINENCE) * top
    return count


def _summits(rank: Places) -> Places:
    """For each place the number of the one that the steepest way up ends at, (G2 G1,)."""
    best, up = rank.copy(), np.arange(rank.size).reshape(rank.shape)
    own = up.copy()
    for step in NEIGHBOURS:
        for here, there in _shifted(*step), _shifted(*step)[::-1]:
            higher = rank[there] > best[here]
            best[here][higher] = rank[there][higher]
            up[here][higher] = own[there][higher]
    to = up.ravel()
    while not np.array_equal(to, to[to]):
        give_way()
        to = to[to]
    return to


def _passes(density: Floats, of: Places) -> list[tuple[float, int, int]]:
    """The highest pass between each two peaks that meet: its height and both peaks."""
    meeting, heights = [], []
    for step in NEIGHBOURS:
        give_way()
        here, there = _shifted(*step)
        apart = of[here] != of[there]
        meeting.append(np.sort(np.stack([of[here][apart], of[there][apart]], axis=-1), axis=-1))
        heights.append(np.minimum(density[here], density[there])[apart])
    pairs, index = np.unique(np.concatenate(meeting), axis=0, return_inverse=True)
    highest = np.zeros(len(pairs))
    np.maximum.at(highest, index.ravel(), np.concatenate(heights))
    return [(h, a, b) for h, (a, b) in zip(highest.tolist(), pairs.tolist(), strict=True)]


def _shifted(rows: int, columns: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where a place and its neighbour so many rows and columns on both exist."""
    right = slice(max(columns, 0), None if columns >= 0 else columns)
    left = slice(max(-columns, 0), None if columns <= 0 else -columns)
    return (slice(None, -rows or None), left), (slice(rows, None), right)
