"""(b, c, e) What the window costs, whether it ever stands still, and how soon it is there.

Each round trains without a window, runs the post's loop, trains in the real window at
full speed with every panel in sight and all that is exact being computed beside, and starts
the program once in its first layout; each in a process of its own, one after another, so that
a change of the machine's mood meets all of them.
"""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass

from child import in_child
from settings import TOGETHER, Settings, configured, progress
from tables import Headline, Table, spread

BEAT_MS = 5
BATCH = 256
COLUMNS = ("", "median", "least", "most")


@dataclass(frozen=True)
class Size:
    rounds: int
    seconds: float  # of training measured, each time
    settle: float  # seconds of training before that
    noise: tuple[int, ...] = (1, 5)


SIZES = {
    "smoke": Size(1, 0.3, 0.1, noise=(1,)),
    "quick": Size(2, 3.0, 1.0),
    "full": Size(5, 6.0, 1.0),
}


# in a process of its own -------------------------------------------------------


def train_alone(seconds: float, settle: float, assignments: list[str]) -> dict[str, float]:
    """Steps per second of a plain loop over the trainer."""
    from vae_gui.core.training import Trainer

    trainer = Trainer(configured(assignments))
    end = time.perf_counter() + settle
    while trainer.step == 0 or time.perf_counter() < end:
        trainer.advance(TOGETHER)
    begin, before = time.perf_counter(), trainer.step
    while (now := time.perf_counter()) < begin + seconds:
        trainer.advance(TOGETHER)
    return {"steps_per_s": (trainer.step - before) / (now - begin)}


def train_as_the_post(seconds: float, settle: float, assignments: list[str]) -> dict[str, object]:
    """Steps per second of the post's loop, which generates nothing, by number of threads."""
    from contest import post_contestants

    from vae_gui.core.data import make_dataset

    config = configured(assignments)
    field = post_contestants(config, make_dataset(config.data), samples=0)
    share = 1 / len(field)
    speeds = {}
    for name, one in field.items():
        one.speed(settle * share)
        speeds[name] = one.speed(seconds * share)
    return {"steps_per_s": max(speeds.values()), "by_threads": speeds}


def train_in_window(seconds: float, settle: float, assignments: list[str]) -> dict[str, object]:
    """Train in a window with every panel in sight."""
    import_as_the_command()
    from probe import Stopwatch, visit

    stopwatch = Stopwatch(seconds, settle, BEAT_MS, every_panel=True)
    visit(stopwatch, assignments)
    return stopwatch.training()


def import_as_the_command() -> None:
    """Do what `vae-gui` does before it imports its window, which the probe imports earlier."""
    from vae_gui.display import no_qt_because

    no_qt_because()
    gc.disable()


def start(began: float, assignments: list[str]) -> dict[str, float]:
    """Open the window as it is at first, and close it after the first step.

    Args:
        began: When the process was started, on the clock of `time.time`.
        assignments: Changes of the configuration.
    """
    import_as_the_command()
    from probe import Stopwatch, visit

    stopwatch = Stopwatch(0.0, 0.0, BEAT_MS, every_panel=False)
    visit(stopwatch, assignments)
    return stopwatch.start(began)


# around them -------------------------------------------------------------------


def one_round(noise: int, size: Size, settings: Settings) -> dict[str, dict]:
    """What each kind of child found."""
    sizes = [f"training.batch_size={BATCH}", f"training.noise_samples={noise}"]
    common = {
        "seconds": size.seconds,
        "settle": size.settle,
        "assignments": [*sizes, *settings.assignments],
    }
    here, screen = "window_speed", settings.screen
    return {
        "alone": in_child(here, "train_alone", **common),
        "post": in_child(here, "train_as_the_post", **common),
        "window": in_child(here, "train_in_window", screen, **common),
    }


def measure(settings: Settings) -> dict:
    size = SIZES[settings.effort]
    rounds = settings.rounds or size.rounds
    trained: list[list[dict]] = [[] for _ in size.noise]
    starts = []
    for number in range(rounds):
        progress(f"  round {number + 1} of {rounds}")
        for noise, done in zip(size.noise, trained, strict=True):
            done.append(one_round(noise, size, settings))
        assignments = list(settings.assignments)
        starts.append(
            in_child(
                "window_speed", "start", settings.screen, began=time.time(), assignments=assignments
            )
        )
    return {
        "drawn_on": "the screen" if settings.screen else "the offscreen platform",
        "batch": BATCH,
        "runs": [{"noise": n, "rounds": r} for n, r in zip(size.noise, trained, strict=True)],
        "starts": starts,
    }


# what it tells -----------------------------------------------------------------


def ratios(rounds: list[dict], kind: str) -> list[float]:
    """Speed in the window against another's, round by round."""
    return [r["window"]["steps_per_s"] / r[kind]["steps_per_s"] for r in rounds]


def tables(figures: dict) -> list[Table]:
    window = figures["runs"][0]["rounds"][0]["window"]
    pixels = " by ".join(f"{length:,}" for length in window["pixels"])
    where = f"{len(window['panels'])} panels in {pixels} pixels on {figures['drawn_on']}"
    speed = Table("b", f"training with the window at full speed, {where}", COLUMNS)
    frames = Table("c", "drawing turns and standstills meanwhile", COLUMNS)
    for run in figures["runs"]:
        rounds, of = run["rounds"], f"noise samples {run['noise']}"
        for name, kind in (("without a window", "alone"), ("in the window", "window")):
            values = [r[kind]["steps_per_s"] for r in rounds]
            speed.rows.append((f"steps/s {name}, {of}", *spread(values)))
        values = [r["post"]["steps_per_s"] for r in rounds]
        speed.rows.append((f"steps/s of the post's bare loop, {of}", *spread(values)))
        speed.rows.append((f"window / none, {of}", *spread(ratios(rounds, "alone"))))
        speed.rows.append((f"window / post's bare loop, {of}", *spread(ratios(rounds, "post"))))
        for name, key in (
            ("turns a second", "ticks_per_s"),
            ("answers of jobs a second", "answers_per_s"),
            ("turn, p50 ms", "tick_p50_ms"),
            ("turn, p99 ms", "tick_p99_ms"),
            ("longest standstill while training, ms", "training_gap_ms"),
            ("99.9 % of the time no longer than, ms", "training_p999_ms"),
            ("longest standstill while loading, ms", "loading_gap_ms"),
        ):
            frames.rows.append((f"{name}, {of}", *spread([r["window"][key] for r in rounds])))
    return [speed, frames, start_table(figures["starts"])]


def start_table(starts: list[dict]) -> Table:
    table = Table("e", "seconds from the command to", COLUMNS)
    for name, key in (
        ("first paint", "first_paint_s"),
        ("ready to train", "ready_s"),
        ("first step", "first_step_s"),
        ("panels there", "panels_s"),
    ):
        table.rows.append((name, *spread([s[key] for s in starts])))
    return table


def headlines(figures: dict) -> list[Headline]:
    found: list[Headline] = []
    for run in figures["runs"]:
        rounds, of = run["rounds"], f"noise samples {run['noise']}"
        found += [
            (f"window at full speed / post's bare loop: {of}", ratios(rounds, "post")),
            (f"window at full speed / no window: {of}", ratios(rounds, "alone")),
        ]
    windows = [r["window"] for run in figures["runs"] for r in run["rounds"]]
    return [
        *found,
        ("drawing turn, p99 ms", [w["tick_p99_ms"] for w in windows]),
        ("longest standstill while training, ms", [w["training_gap_ms"] for w in windows]),
        ("command to first paint, s", [s["first_paint_s"] for s in figures["starts"]]),
        ("command to ready to train, s", [s["ready_s"] for s in figures["starts"]]),
        ("command to first step, s", [s["first_step_s"] for s in figures["starts"]]),
    ]
