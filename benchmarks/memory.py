"""(f) Memory as a run grows: whether more is kept than losses and the bounded snapshots.

Resident memory of the process, without a tracer, at some steps of one run each without
and with a window. Without, every loss, test point and snapshot is kept as the window
keeps them. Between the last two of these steps the snapshots are as many as they will
ever be, losses take 12 bytes a step and test losses 40 each, which count as *beyond*. What the
window keeps besides is bounded (extremes that curves are drawn from, steps decoded for the film
strip, moments of metrics, three models' densities), but some of it comes late in a run; memory
comes in pages of up to 2 MiB: few steps tell of little else.
"""

from __future__ import annotations

import gc
import os
import subprocess
from pathlib import Path

from child import in_child
from settings import Settings, configured, progress
from tables import Headline, Table

LOSSES = 12  # bytes a step
BEAT_MS = 50
MARKS = {
    "smoke": (100, 400, 800),
    "quick": (1_000, 100_000, 400_000),
    "full": (10_000, 100_000, 1_000_000),
}
WORDS = {"headless": "no window", "window": "in the window"}


def resident_bytes() -> int:
    """Memory of this process that is in RAM."""
    file = Path("/proc/self/statm")
    if file.exists():
        return int(file.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    told = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, text=True, check=True
    )
    return 1024 * int(told.stdout)


def noted(step: int, recording) -> dict[str, int]:
    """What is held at a step; cycles that nobody needs are collected before."""
    gc.collect()
    resident = resident_bytes()
    held = [recording.snapshot(s).nbytes for s in recording.snapshot_steps]
    progress(f"    step {step:,}: {resident / 2**20:.1f} MiB")
    return {
        "step": step,
        "resident": resident,
        "snapshots": sum(held),
        "tests": len(recording.tests),
    }


# in a process of its own -------------------------------------------------------


def headless(marks: list[int], assignments: list[str]) -> list[dict[str, int]]:
    """Train and record without a window; what was held at each mark."""
    from vae_gui.core.recording import Recording, Snapshots
    from vae_gui.core.training import Trainer

    trainer = Trainer(configured(assignments))
    recording = Recording(trainer.plan.size)
    recording.tests.append(trainer.untrained)
    recording.add_snapshot(0, trainer.parameters.copy())
    rule = Snapshots.for_size(trainer.plan.size)
    found = []
    for step in trainer:
        recording.add_losses(step.losses)
        if rule.keeps(step.index, step.index):
            recording.add_snapshot(step.index, trainer.parameters.copy())
        if step.test is not None:
            recording.tests.append(step.test)
        if step.index >= marks[len(found)]:
            found.append(noted(step.index, recording))
            if len(found) == len(marks):
                break
    return found


def window(marks: list[int], assignments: list[str]) -> list[dict[str, int]]:
    """Train in the window at full speed; what was held at each mark."""
    from probe import Visitor, visit

    class Scale(Visitor):
        def __init__(self) -> None:
            super().__init__(BEAT_MS, every_panel=True)
            self.found: list[dict[str, int]] = []

        def over(self, now: float) -> bool:
            before = self.found[-1]["step"] if self.found else 0
            if self.step >= marks[len(self.found)] and self.step > before:
                self.found.append(noted(self.step, self.window.controller.recording))
            return len(self.found) == len(marks)

    scale = Scale()
    visit(scale, assignments)
    return scale.found


# around them -------------------------------------------------------------------


def measure(settings: Settings) -> dict:
    arguments = {"marks": MARKS[settings.effort], "assignments": settings.assignments}
    found = {}
    for kind, words in WORDS.items():
        progress(f"  {words}")
        found[kind] = in_child("memory", kind, settings.screen, **arguments)
    return found


def growth(marks: list[dict[str, int]]) -> dict[str, float]:
    """Bytes a step between the last two marks: all, snapshots, and what neither explains."""
    before, after = marks[-2:]
    steps = after["step"] - before["step"]
    whole, snapshots = ((after[key] - before[key]) / steps for key in ("resident", "snapshots"))
    return {"all": whole, "snapshots": snapshots, "rest": whole - snapshots - LOSSES}


def tables(figures: dict) -> list[Table]:
    steps = [f"{step:,} steps" for step in marked(figures)]
    columns = ("", *steps, "bytes a step", "of losses", "of snapshots", "beyond", "test points")
    title = "resident MiB, and bytes a step between the last two of these steps"
    table = Table("f", title, columns)
    for kind, marks in figures.items():
        sizes = (f"{mark['resident'] / 2**20:.1f}" for mark in marks)
        grown = growth(marks)
        cells = (grown["all"], LOSSES, grown["snapshots"], grown["rest"])
        tests = f"{marks[-1]['tests'] - marks[-2]['tests']:,}"
        table.rows.append((WORDS[kind], *sizes, *(f"{cell:.1f}" for cell in cells), tests))
    return [table]


def marked(figures: dict) -> list[int]:
    """The steps that were asked for: without a window none is missed."""
    return [mark["step"] for mark in figures["headless"]]


def headlines(figures: dict) -> list[Headline]:
    return [
        (f"bytes a step beyond losses and snapshots, {WORDS[kind]}", [growth(marks)["rest"]])
        for kind, marks in figures.items()
    ]
