"""How many peaks a mixture of Gaussians has: by way up from its ridges, without a grid.

The critical points of two Gaussians lie on their ridgeline (Ray and Lindsay 2005, equation 4),

    x(a) = (a A + (1 - a) B)^-1 (a A mu_A + (1 - a) B mu_B),  A and B inverse covariances,

so peaks and passes of many are looked for along those of all pairs.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.peaks import standing_out
from vae_gui.core.interrupting import give_way

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

STEEPEST = 14.0  # largest log-odds of a: covariances differ by 1e8 at most
PLACES = 141  # along a ridgeline
STRAIGHT = 33  # places along the straight way between two tops
ASCENTS = 2000  # steps of mean shift at most
SETTLED = 1e-9  # of the distance to other tops, that the last step is long
SAME = 1e-4  # the same, between two ends of ways up to one top
MOST_TOPS = 200  # between all of which there are straight ways


class Mixture(Protocol):
    """Components as `ellipses.Ellipses` has them."""

    @property
    def weights(self) -> Array: ...  # noqa: D102

    @property
    def means(self) -> Array: ...  # noqa: D102

    @property
    def covariances(self) -> Array: ...  # noqa: D102

    def log_prob(self, x: Array) -> Array: ...  # noqa: D102


def peaks_of_mixture(mixture: Mixture) -> int:
    """The peaks of the density that stand out, as `peaks.count_peaks` has it.

    Every top is joined to others along ridgelines and straight, at the lowest place on the way.
    """
    if len(mixture.weights) == 1:
        return 1
    inverses = np.asarray(np.linalg.inv(mixture.covariances), np.float64)
    ridges = _ridgelines(mixture, inverses)  # (P, PLACES, 2)
    logs = mixture.log_prob(ridges)  # (P, PLACES)
    starts, passes = _along(logs)
    tops, of_start = _distinct(_ascended(mixture, inverses, ridges.reshape(-1, 2)[starts]), mixture)
    heights = mixture.log_prob(tops)
    heights = np.exp(heights - heights.max())
    highest = float(mixture.log_prob(tops).max())
    number = dict(zip(starts.tolist(), of_start.tolist(), strict=True))
    joined = [(float(np.exp(h - highest)), number[a], number[b]) for h, a, b in passes]
    joined += _straight(mixture, tops, highest)
    return standing_out(heights, joined)


def _ridgelines(mixture: Mixture, inverses: Array) -> Array:
    """Places from mean to mean along those of all pairs, (P, PLACES, 2)."""
    one, other = np.triu_indices(len(mixture.weights), 1)
    odds = np.linspace(-STEEPEST, STEEPEST, PLACES)
    a = 1 / (1 + np.exp(odds))
    a[0], a[-1] = 1.0, 0.0
    pulls = np.einsum("kij,kj->ki", inverses, mixture.means)
    a2, a3 = a[:, None], a[:, None, None]
    matrix = a3 * inverses[one][:, None] + (1 - a3) * inverses[other][:, None]
    pull = a2 * pulls[one][:, None] + (1 - a2) * pulls[other][:, None]
    return np.asarray(np.linalg.solve(matrix, pull[..., None])[..., 0])


def _along(logs: Array) -> tuple[Places, list[tuple[float, int, int]]]:
    """The tops of each ridgeline, by their place among all, and the dips between two of them."""
    starts, passes = [], []
    for row, values in enumerate(logs):
        beside = np.concatenate([[-np.inf], values, [-np.inf]])
        tops = np.flatnonzero((values >= beside[:-2]) & (values > beside[2:]))
        at = (row * len(values) + tops).tolist()
        starts += at
        for i in range(len(at) - 1):
            dip = float(values[tops[i] : tops[i + 1] + 1].min())
            passes.append((dip, at[i], at[i + 1]))
    return np.array(starts, np.intp), passes


def _ascended(mixture: Mixture, inverses: Array, x: Array) -> Array:
    """Where mean shift leads from x, (n, 2) -> (n, 2): never down, and to a top each."""
    log_dets = np.linalg.slogdet(mixture.covariances)[1]
    constants = np.log(mixture.weights) - 0.5 * log_dets
    pulls = np.einsum("kij,kj->ki", inverses, mixture.means)
    size = _size(mixture)
    found, moving = x.copy(), np.arange(len(x))
    for _ in range(ASCENTS):
        give_way()
        here = found[moving]
        off = here[:, None] - mixture.means  # (n, K, 2)
        logs = constants - 0.5 * np.einsum("nki,kij,nkj->nk", off, inverses, off)
        shares = np.exp(logs - logs.max(axis=1, keepdims=True))
        matrix = np.einsum("nk,kij->nij", shares, inverses)
        to = np.linalg.solve(matrix, (shares @ pulls)[..., None])[..., 0]
        found[moving] = to
        moving = moving[np.abs(to - here).max(axis=1) > SETTLED * size]
        if not len(moving):
            break
    return found


def _size(mixture: Mixture) -> float:
    """The smallest standard deviation along any direction of any component."""
    return float(np.sqrt(np.linalg.eigvalsh(mixture.covariances).min()))


def _distinct(ends: Array, mixture: Mixture) -> tuple[Array, Places]:
    """The tops (m, 2) that ways end at, the highest first, and which one each (n,) ends at."""
    left = np.argsort(-mixture.log_prob(ends), kind="stable")
    of = np.empty(len(ends), np.intp)
    tops: list[Array] = []
    near = SAME * _size(mixture)
    while len(left):
        top = ends[left[0]]
        same = np.abs(ends[left] - top).max(axis=1) <= near
        of[left[same]] = len(tops)
        tops.append(top)
        left = left[~same]
    return np.array(tops), of


def _straight(mixture: Mixture, tops: Array, highest: float) -> list[tuple[float, int, int]]:
    """The lowest place on the straight way between any two tops."""
    if len(tops) > MOST_TOPS:
        return []
    one, other = np.triu_indices(len(tops), 1)
    t = np.linspace(0, 1, STRAIGHT)[:, None]
    ways = (1 - t) * tops[one][:, None] + t * tops[other][:, None]  # (P, STRAIGHT, 2)
    dips = np.exp(mixture.log_prob(ways).min(axis=1) - highest)
    return list(zip(dips.tolist(), one.tolist(), other.tolist(), strict=True))
