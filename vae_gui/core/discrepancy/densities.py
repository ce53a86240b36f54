"""How far the learned density is from the true one, by their values on a grid.

Shapes: G1 x G2 places.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vae_gui.core.density import Array, GridDensity, Learned, Resolved
from vae_gui.core.distributions import Distribution
from vae_gui.core.interrupting import ask, in_parts, never

PLACES = (161, 321, 641)  # along each axis, until halving them changes little; odd
TOLERANCE = 1e-3  # nats
MARGIN = 0.3  # of the true bounds, on each side
SIGMAS_AROUND = 6.0  # of the learned density's outermost Gaussians ...
LEFT_OUT = 1e-6  # ... but for this share of them
MOST_MISSED = 2e-3  # probability that the grid may miss
TINY = 1e-290  # a density that is no longer a normal float64, nearly
MOST_WORK = 1e8  # points times nodes where p_theta is too small a number: a second
AT_ONCE = 2**13  # places compared at once
NEGLIGIBLE = 1e-14  # share of the highest density: what adds nothing to an integral


class Divergences(NamedTuple):
    """Between the true density p and the learned one.

    Attributes:
        forward: KL(p || p_theta) in nats: what every point costs beyond the entropy.
        reverse: KL(p_theta || p) in nats: large where the model generates what cannot be.
        jensen_shannon: Mean KL of both to their mean, in nats, at most log 2.
        total_variation: Largest difference in the probability of any event, at most 1.
    """

    forward: float
    reverse: float
    jensen_shannon: float
    total_variation: float


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two densities on one grid that holds both, and how far they are apart.

    Attributes:
        true: p on the grid, (G2, G1).
        learned: p_theta on the grid.
        divergences: Integrals over the grid.
        errors: What half of the places along each axis would change in each.
        doubt: Why not to rely on them, as a sentence; empty otherwise.
    """

    true: Array
    learned: GridDensity
    divergences: Divergences
    errors: Divergences
    doubt: str


def compare(
    distribution: Distribution, at: Resolved, wants_stop: Callable[[], bool] = never
) -> Comparison:
    """Compare a learned density with the true one. A job: 0.05 to 2 seconds.

    It may be a few seconds where the densities are far apart. The grid grows finer while half
    of its places along each axis would change the result.

    Raises:
        Interrupted: `wants_stop`, asked between two grids, said so.
    """
    box = _box(distribution, at.learned)
    for places in PLACES:
        ask(wants_stop)
        x1, x2 = (np.linspace(*limits, places) for limits in box)
        learned = at.learned.density(x1, x2, wants_stop)
        ask(wants_stop)
        true = distribution.density(x1, x2)
        ask(wants_stop)
        logs = _logs(distribution, at, learned, true, wants_stop)
        ask(wants_stop)
        terms = _terms(true, learned.values, *logs, wants_stop)
        terms *= learned.cell
        whole = terms.sum(axis=(1, 2))
        with np.errstate(invalid="ignore"):
            half = 4 * terms[:, ::2, ::2].sum(axis=(1, 2))
            # an infinite divergence, such as that to a density with an edge, is no error
            changes = np.where(whole == half, 0.0, np.abs(whole - half))
            errors = Divergences(*changes.tolist())
        if at.doubt or max(errors) < TOLERANCE:
            break
    divergences = Divergences(*whole.tolist())
    return Comparison(true, learned, divergences, errors, _doubt(at, learned, true, errors))


def _box(distribution: Distribution, learned: Learned) -> list[tuple[float, float]]:
    """Limits along x1 and x2 that hold nearly all of both densities."""
    bounds, mixture, box = distribution.bounds, learned.mixture, []
    for i in range(2):
        low, high = bounds[2 * i], bounds[2 * i + 1]
        margin = MARGIN * (high - low)
        reach = SIGMAS_AROUND * mixture.sigma[i]
        first = _quantile(mixture.mu[i] - reach, learned.nodes.weights, LEFT_OUT)
        last = _quantile(mixture.mu[i] + reach, learned.nodes.weights, 1 - LEFT_OUT)
        box.append((min(low - margin, first), max(high + margin, last)))
    return box


def _quantile(values: Array, weights: Array, share: float) -> float:
    order = np.argsort(values)
    place = np.searchsorted(np.cumsum(weights[order]), share)
    found = float(values[order[min(int(place), len(values) - 1)]])
    return found if np.isfinite(found) else 0.0


def _underflown(values: Array, other: Array) -> npt.NDArray[np.bool_]:
    """Where a density is too small for a number though the other is not negligible."""
    return np.asarray((values < TINY) & (other > NEGLIGIBLE * other.max()))


def _logs(
    distribution: Distribution,
    at: Resolved,
    density: GridDensity,
    true: Array,
    wants_stop: Callable[[], bool],
) -> tuple[Array, Array]:
    """Logarithms of both, also where one of them is too small a number for its exponential."""
    with np.errstate(divide="ignore", invalid="ignore"):
        log_true, log_learned = np.log(true), np.log(density.values)
    places = np.stack(np.meshgrid(density.x1, density.x2), axis=-1)
    wanting = _underflown(density.values, true)
    if wanting.any() and not at.doubt:
        log_learned[wanting] = _by_blocks(at.learned, places, wanting, wants_stop)
    wanting = _underflown(true, density.values)
    if wanting.any():
        with np.errstate(divide="ignore"):  # where there can be no data at all
            log_true[wanting] = distribution.log_prob(places[wanting])
    return log_true, log_learned


def _by_blocks(
    learned: Learned,
    places: Array,
    wanting: npt.NDArray[np.bool_],
    wants_stop: Callable[[], bool],
) -> Array:
    """Some log p_theta by summing over the nodes: of many places, for the middle of each block.

    So far out the logarithm is smooth, and what it grows by to one side of the middle it
    falls by to the other.
    """
    work = np.count_nonzero(wanting) * len(learned.nodes.weights)
    side = math.ceil(math.sqrt(work / MOST_WORK))
    rows, columns = np.nonzero(wanting)
    middle = (
        (at // side * side + side // 2).clip(max=size - 1)  # of each one's block
        for at, size in zip((rows, columns), wanting.shape, strict=True)
    )
    blocks, which = np.unique(np.ravel_multi_index((*middle,), wanting.shape), return_inverse=True)
    found = learned.log_prob(places.reshape(-1, 2)[blocks], wants_stop).log_p
    return np.asarray(found[which])


def _terms(p: Array, q: Array, log_p: Array, log_q: Array, wants_stop: Callable[[], bool]) -> Array:
    """What each place adds to each of `Divergences`, per area: (4, G2, G1)."""
    terms = np.empty((4, *p.shape))
    least = NEGLIGIBLE * p.max(), NEGLIGIBLE * q.max()
    for rows in in_parts(len(p), max(1, AT_ONCE // p.shape[1]), wants_stop):
        terms[:, rows] = _terms_of(p[rows], q[rows], log_p[rows], log_q[rows], least)
    return terms


def _terms_of(p: Array, q: Array, log_p: Array, log_q: Array, least: tuple[float, float]) -> Array:
    of_p, of_q = p > least[0], q > least[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        log_mean = np.logaddexp(log_p, log_q) - np.log(2)
        to_mean = np.where(of_p, p * (log_p - log_mean), 0.0)
        to_mean += np.where(of_q, q * (log_q - log_mean), 0.0)
        # + q - p: what lies outside of the grid must not count as a difference
        forward = np.where(of_p, p * (log_p - log_q), 0.0) + (q - p)
        reverse = np.where(of_q, q * (log_q - log_p), 0.0) + (p - q)
    return np.stack([forward, reverse, to_mean / 2, np.abs(p - q) / 2])


def _doubt(at: Resolved, learned: GridDensity, true: Array, errors: Divergences) -> str:
    if at.doubt:
        return at.doubt
    missed = max(abs(1 - learned.mass), abs(1 - float(true.sum()) * learned.cell))
    if not missed <= MOST_MISSED:
        return f"A grid of {len(learned.x1)} x {len(learned.x2)} places misses {missed:.2g} of it."
    if not np.isfinite(errors).all():
        return "On much of the data the learned density is too small a number to be compared."
    if not max(errors) <= 10 * TOLERANCE:
        return f"Half of the places along each axis would change it by {max(errors):.2g}."
    return ""
