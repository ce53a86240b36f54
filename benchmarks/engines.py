"""(a) Steps per second of the engines against the post's loop doing the same work.

Same data, sizes, batches, noise, test after every epoch and, in half of the rows, 1,000
generated points after every step. The post's loop runs with one torch thread and with
as many as torch takes by itself; it counts by the better of the two.
"""

from __future__ import annotations

import itertools
import statistics
from dataclasses import dataclass

from child import in_child
from settings import Settings
from tables import Headline, Table, number, with_spread

SAMPLES = 1_000


@dataclass(frozen=True)
class Size:
    rounds: int
    warm_up: int  # steps
    seconds: float  # of each contestant, each round
    hidden: tuple[int, ...] = (64,)
    batch: tuple[int, ...] = (32, 256)
    noise: tuple[int, ...] = (1, 5)


SIZES = {
    "smoke": Size(2, 1, 0.02, batch=(256,), noise=(1,)),
    "quick": Size(3, 20, 0.3),
    "full": Size(5, 20, 0.5, hidden=(16, 64, 256)),
}


def measure(settings: Settings) -> dict:
    size = SIZES[settings.effort]
    works = [
        {"hidden": hidden, "batch": batch, "noise": noise, "samples": samples}
        for hidden, batch, noise, samples in itertools.product(
            size.hidden, size.batch, size.noise, (0, SAMPLES)
        )
    ]
    how = {
        "rounds": settings.rounds or size.rounds,
        "seconds": size.seconds,
        "warm_up": size.warm_up,
        "with_post": True,
    }
    rows = in_child("contest", "races", works=works, **how)
    return {"rows": rows}


def ratios(row: dict, engine: str) -> list[float]:
    """Speed against the better of the post's loops, round by round."""
    post = [max(speeds) for speeds in zip(*row["post"].values(), strict=True)]
    return [own / loop for own, loop in zip(row["engines"][engine], post, strict=True)]


def tables(figures: dict) -> list[Table]:
    names = list(figures["rows"][0]["engines"])
    columns = ("hidden", "batch", "noise", "points", "post's loop", *names)
    table = Table(
        "a",
        "steps/s, median of the rounds ± half their range, and how many times the post's loop",
        (*columns, *(f"{name} ×" for name in names)),
        labels=0,
    )
    for row in figures["rows"]:
        sizes = (f"{row[key]:,}" for key in ("hidden", "batch", "noise", "samples"))
        speeds = [max(row["post"].values(), key=statistics.median), *row["engines"].values()]
        times = (number(statistics.median(ratios(row, name))) for name in names)
        table.rows.append((*sizes, *map(with_spread, speeds), *times))
    return [table]


def headlines(figures: dict) -> list[Headline]:
    """The fastest engine where most is asked of it: hidden 64, batch 256."""
    found = []
    for row in figures["rows"]:
        if (row["hidden"], row["batch"]) != (64, 256):
            continue
        best = max(row["engines"], key=lambda name: statistics.median(row["engines"][name]))
        points = f"{row['samples']:,}" if row["samples"] else "no"
        what = f"{best} engine / post's loop: noise samples {row['noise']}, {points} points a step"
        found.append((what, ratios(row, best)))
    return found
