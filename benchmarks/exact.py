"""(g) What the exact quantities of a model cost: densities, posteriors, gaps, metrics.

Of a model trained for 1,000 steps on the default data and on the two moons, and for every
metric of the registry; on one thread, as jobs run in the program.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from child import in_child
from settings import Settings, configured
from tables import Headline, Table, spread

if TYPE_CHECKING:
    from vae_gui.core.analysis import Analysis

STEPS = 1_000
NODES = 4_096
PLACES = 160  # of a grid, along each axis
POINTS = 2_000


@dataclass(frozen=True)
class Size:
    rounds: int
    steps: int
    families: tuple[str, ...]
    latents: tuple[int, ...]


SIZES = {
    "smoke": Size(1, 50, ("gaussian",), (2,)),
    "quick": Size(3, STEPS, ("moons",), (1, 2, 3)),
    "full": Size(7, STEPS, ("gaussian", "moons"), (1, 2, 3)),
}


# in a process of its own -------------------------------------------------------


def analysed(family: str, latent: int, steps: int) -> Analysis:
    """All that is exact about a model that was trained on so many points of a family."""
    from vae_gui.core.analysis import Analysis
    from vae_gui.core.training import Trainer
    from vae_gui.core.views import view_truth

    config = configured([
        f"data.distribution.family={family}", f"model.latent={latent}", f"data.test_size={POINTS}"
    ])  # fmt: skip
    trainer = Trainer(config)
    while trainer.step < steps:
        trainer.advance(steps - trainer.step)
    truth = view_truth(config.data.distribution, trainer.data.train, trainer.data.test)
    return Analysis(config, truth, trainer.parameters.copy())


def costs(family: str, latent: int, steps: int, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each quantity in each round."""
    first = analysed(family, latent, steps)
    _ = first.reference  # once a run, whatever the weights
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for what, ms in one_round(first):
            found.setdefault(what, []).append(ms)
    return found


def one_round(first: Analysis) -> Iterator[tuple[str, float]]:
    """What is computed, and how many milliseconds it took."""
    from vae_gui.core.analysis import Analysis
    from vae_gui.core.density import decoded, nodes

    x1, x2 = (np.linspace(x[0], x[-1], PLACES) for x in (first.truth.x1, first.truth.x2))
    rule = nodes(first.config.model.latent, NODES)
    learned = decoded(first.plan, first.parameters, rule)
    again = Analysis(first.config, first.truth, first.parameters)
    work: dict[str, Callable[[], object]] = {
        "decode the nodes": lambda: decoded(first.plan, first.parameters, rule),
        "density on a grid": lambda: learned.density(x1, x2),
        "log p of points": lambda: learned.log_prob(first.x),
        "choose the nodes": lambda: again.resolved,
        "lens on one point": lambda: again.lens(first.x[0]),
        "log p at those nodes": lambda: again.density,
        "divergences": lambda: again.comparison,
        "surgery of the rate": lambda: again.surgery,
        "ladder of bounds": lambda: again.ladder,
        "gaps": lambda: again.gaps,
    }
    for what, compute in work.items():
        began = time.perf_counter()
        compute()
        yield what, 1000 * (time.perf_counter() - began)


# in the parent -----------------------------------------------------------------


def measure(settings: Settings) -> dict:
    size = SIZES[settings.effort]
    how = {"steps": size.steps, "rounds": settings.rounds or size.rounds}
    rows = [
        {"family": family, "latent": latent, "ms": in_child(
            "exact", "costs", family=family, latent=latent, **how
        )}
        for family in size.families
        for latent in size.latents
    ]  # fmt: skip
    return {"rows": rows}


def tables(figures: dict) -> list[Table]:
    rows = figures["rows"]
    title = f"ms for exact quantities: {POINTS:,} points, {NODES:,} nodes, {PLACES} x {PLACES} grid"
    columns = ("", *(f"{row['family']}, latent {row['latent']}" for row in rows))
    table = Table("g", title, columns)
    for what in rows[0]["ms"]:
        table.rows.append((what, *(spread(row["ms"][what])[0] for row in rows)))
    return [table]


def headlines(figures: dict) -> list[Headline]:
    worst = [row["ms"] for row in figures["rows"] if row["latent"] == 2]
    return [
        (f"ms for {what}", [ms for each in worst for ms in each[what]])
        for what in ("density on a grid", "log p of points")
    ]
