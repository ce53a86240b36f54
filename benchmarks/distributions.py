"""(h) What distributions cost: points drawn, log densities, entropies, and the gallery.

Of every family at its defaults, on one thread: the first time that an entropy is asked for,
everything else once that is known.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from child import in_child
from settings import Settings
from tables import Headline, Table, number

PLACES = 200  # of a grid, along each axis


@dataclass(frozen=True)
class Size:
    rounds: int
    points: int


SIZES = {"smoke": Size(1, 1_000), "quick": Size(3, 10**6), "full": Size(7, 10**6)}


# in a process of its own -------------------------------------------------------


def costs(points: int, rounds: int) -> list[dict]:
    """Milliseconds of each family in each round."""
    from threadpoolctl import threadpool_limits

    from vae_gui.core.distributions import DISTRIBUTIONS

    with threadpool_limits(1):
        return [of_family(family(), points, rounds) for family in DISTRIBUTIONS]


def of_family(distribution, points: int, rounds: int) -> dict:
    a, b, c, d = distribution.bounds
    grid = np.stack(np.meshgrid(np.linspace(a, b, PLACES), np.linspace(c, d, PLACES)), axis=-1)
    x1, x2 = grid[0, :, 0], grid[:, 0, 1]
    scattered = distribution.sample(points, np.random.default_rng(1))[: PLACES**2]
    return {
        "family": distribution.family(),
        "ms": {
            "entropy": timed(distribution.entropy, 1),
            "sample": timed(lambda: distribution.sample(points, np.random.default_rng(0)), rounds),
            "log_prob on a grid": timed(lambda: distribution.log_prob(grid), rounds),
            "density on a grid": timed(lambda: distribution.density(x1, x2), rounds),
            "log_prob of points": timed(lambda: distribution.log_prob(scattered), rounds),
        },
    }


def timed(work: Callable[[], object], rounds: int) -> list[float]:
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        found.append(1000 * (time.perf_counter() - start))
    return found


# here --------------------------------------------------------------------------


def measure(settings: Settings) -> dict:
    size = SIZES[settings.effort]
    rounds = settings.rounds or size.rounds
    rows = in_child("distributions", "costs", points=size.points, rounds=rounds)
    return {"points": size.points, "rows": rows}


def tables(figures: dict) -> list[Table]:
    rows = figures["rows"]
    title = f"ms for distributions: {figures['points']:,} points drawn, {PLACES} x {PLACES} places"
    table = Table("h", title, ("family", *rows[0]["ms"]))
    for row in rows:
        medians = (number(statistics.median(ms)) for ms in row["ms"].values())
        table.rows.append((row["family"], *medians))
    return [table]


def headlines(figures: dict) -> list[Headline]:
    found = []
    for what in ("sample", "log_prob on a grid"):
        slowest = max(figures["rows"], key=lambda row: statistics.median(row["ms"][what]))
        words = f"ms for {what}, the slowest family ({slowest['family']})"
        found.append((words, slowest["ms"][what]))
    return found
