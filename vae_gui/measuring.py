"""Which metrics of a run without a window are measured, when, and how files tell them.

Knows of no file and of no terminal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vae_gui.core.analysis import Analysis
from vae_gui.core.data import stream
from vae_gui.core.diagnostics import METRICS, Evidence, Measurement, Metric, measure_all
from vae_gui.core.engine import evaluate, examples_at_once
from vae_gui.core.interrupting import Interrupted
from vae_gui.core.parameters import InvalidValue
from vae_gui.core.recording import TestPoint
from vae_gui.core.state import Float32
from vae_gui.headless import HeadlessRun

MOMENTS = 6  # of a run, the first and the last included
SETS = {"recorded": ("frame",), "standard": ("frame", "job"), "all": ("frame", "job", "slow")}
# what is no number about one moment
OF_THE_RUN = ("steps", "tested_at", "epochs", "parameters")


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """What was measured of the model after some step.

    Attributes:
        test: Step, completed epochs and test losses.
        found: Measurements by the metrics' keys.
    """

    test: TestPoint
    found: dict[str, Measurement]


def chosen_metrics(words: str) -> tuple[Metric, ...]:
    """The metrics that a person asks for: a set of `SETS`, or keys separated by commas.

    What is recorded anyway is always among them.

    Raises:
        InvalidValue: Something is neither.
    """
    names = [word.strip() for word in words.split(",")]
    keys = {m.key for m in METRICS}
    for name in names:
        if name not in keys and name not in SETS:
            known = ", ".join((*SETS, *(m.key for m in METRICS if m.cost != "frame")))
            raise InvalidValue("--metrics", name, f"known are {known}")
    costs = {cost for name in ("recorded", *names) for cost in SETS.get(name, ())}
    return tuple(m for m in METRICS if m.cost in costs or m.key in names)


def measure_run(
    run: HeadlessRun, metrics: Sequence[Metric], wants_stop: Callable[[], bool]
) -> list[Moment]:
    """Measure up to `MOMENTS` models of a run; the last is the one that it leaves.

    Early ones first. Asked to stop, it leaves out what would take long.
    """
    recorded = [m for m in metrics if m.cost == "frame"]
    costly = len(recorded) < len(metrics)
    moments = []
    for test, weights in _models(run):
        analysis = Analysis(run.config, run.truth, weights, wants_stop) if costly else None
        evidence = Evidence(run.config, run.truth, run.recording, test, analysis)
        try:
            found = measure_all(evidence, metrics)
        except Interrupted:
            costly, metrics = False, recorded
            found = measure_all(evidence, metrics)
        moments.append(Moment(test, found))
    return moments


def _models(run: HeadlessRun) -> list[tuple[TestPoint, Float32]]:
    """Test points and weights of some moments, evenly among the steps that kept their weights."""
    recording, last = run.recording, run.tested
    steps = [s for s in recording.snapshot_steps if s < last.step]
    at = np.linspace(0, len(steps) - 1, MOMENTS - 1).round().astype(int)
    tested = {t.step: t for t in recording.tests}
    models = []
    for step in sorted({steps[i] for i in at.tolist()} if steps else ()):
        weights = recording.snapshot(step)
        models.append((tested.get(step) or _tested(run, step, weights), weights))
    return [*models, (last, run.picture.parameters)]


def _tested(run: HeadlessRun, step: int, weights: Float32) -> TestPoint:
    """The test loss after a step that ended no epoch, as the trainer measures it."""
    training, test = run.config.training, run.truth.test
    shape = (training.noise_samples, len(test), run.config.model.latent)
    noise = stream(training.seed, "test noise").standard_normal(shape, np.float32)
    at_once = examples_at_once(run.plan, training.noise_samples)
    losses = evaluate(run.plan, weights, test, noise, training.beta, at_once)
    return TestPoint(run.recording.epoch_at(step) - 1, step, losses)


def as_json(moment: Moment, exact: bool) -> dict[str, Any]:
    """Values by key, then what else is known of some of them: errors, bands, doubts, estimates.

    Args:
        moment: What was measured.
        exact: Whether the density of the data is known; else what it is in is an estimate.
    """
    found = moment.found
    return {
        **{key: m.value for key, m in found.items()},
        "errors": {key: m.error for key, m in found.items() if m.error},
        "bands": {key: list(m.band) for key, m in found.items() if m.band},
        "doubts": {key: m.doubt for key, m in found.items() if m.doubt},
        "estimates": [m.key for m in METRICS if m.of_density and m.key in found and not exact],
    }


def as_table(moments: Sequence[Moment]) -> tuple[tuple[str, ...], list[list[Any]]]:
    """Header and rows: step, completed epochs, values, and the keys of those that are in doubt.

    What is not a finite number, or was not measured then, is empty.
    """
    known = {key for moment in moments for key in moment.found}
    keys = [m.key for m in METRICS if m.key in known and m.key not in OF_THE_RUN]
    rows = []
    for moment in moments:
        found = [moment.found.get(key, Measurement(math.nan)) for key in keys]
        values = [m.value if math.isfinite(m.value) else "" for m in found]
        doubted = [key for key, m in zip(keys, found, strict=True) if m.doubt]
        rows.append([moment.test.step, moment.test.epoch, *values, " ".join(doubted)])
    return ("step", "epoch", *keys, "in_doubt"), rows
