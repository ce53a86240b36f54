"""(d) Steps per second of each engine as hidden units, batch, latent or layers grow, one at a time.

Work of a step with a test after every epoch, as in a run; nothing is generated.
"""

from __future__ import annotations

from dataclasses import dataclass

from child import in_child
from settings import Settings
from tables import Headline, Table, with_spread

BASE = {"hidden": 64, "batch": 256, "noise": 1, "latent": 2, "layers": 1}
GROWING = {
    "hidden": (16, 32, 64, 128, 256, 512),
    "batch": (32, 64, 128, 256, 512, 1024, 2048),
    "latent": (1, 2, 4, 8),
    "layers": (1, 2, 3, 4),
}
WORDS = {
    "hidden": "hidden units",
    "batch": "batch size",
    "latent": "latent dimensions",
    "layers": "hidden layers",
}


@dataclass(frozen=True)
class Size:
    rounds: int
    warm_up: int  # steps
    seconds: float
    every: int = 1  # 2: every other value of each dimension


SIZES = {
    "smoke": Size(1, 1, 0.01, every=5),
    "quick": Size(2, 20, 0.1, every=2),
    "full": Size(3, 20, 0.3),
}


def measure(settings: Settings) -> dict:
    size = SIZES[settings.effort]
    grown = [(key, value) for key, values in GROWING.items() for value in values[:: size.every]]
    works = [{**BASE, key: value} for key, value in grown]
    how = {
        "rounds": settings.rounds or size.rounds,
        "seconds": size.seconds,
        "warm_up": size.warm_up,
        "with_post": False,
    }
    rows = in_child("contest", "races", works=works, **how)
    return {"rows": [{"grown": key, **row} for (key, _), row in zip(grown, rows, strict=True)]}


def tables(figures: dict) -> list[Table]:
    rows = figures["rows"]
    base = ", ".join(f"{key} {value}" for key, value in BASE.items())
    title = f"steps/s as one size grows, the others being {base}"
    table = Table("d", title, ("", "", *rows[0]["engines"]))
    for row in rows:
        key = row["grown"]
        table.rows.append((WORDS[key], f"{row[key]:,}", *map(with_spread, row["engines"].values())))
    return [table]


def headlines(figures: dict) -> list[Headline]:
    return []
