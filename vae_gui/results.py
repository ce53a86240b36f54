"""The folder of files that a run without a window leaves."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from vae_gui.core import storage
from vae_gui.core.diagnostics import Metric
from vae_gui.core.storage.files import FileProblem, reason_of
from vae_gui.headless import HeadlessRun
from vae_gui.measuring import Moment, as_json, as_table, measure_run

FILES = (
    "config.toml",
    "train_losses.csv",
    "test_losses.csv",
    "samples.npz",
    "model.safetensors",
    "metrics.json",
    "metrics.csv",
    "run.vaerun",
)


def prepare_folder(folder: Path, overwrite: bool) -> None:
    """Make sure, before anything is computed, that results can be left in a folder.

    Raises:
        FileProblem: It cannot be made or written to, or holds something already.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        occupied = any(folder.iterdir())
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError:
        raise FileProblem.about("use the folder", folder, "it is a file") from None
    except (OSError, ValueError) as error:
        raise FileProblem.about("use the folder", folder, reason_of(error)) from None
    if occupied and not overwrite:
        raise FileProblem.about("use the folder", folder, "it is not empty (--overwrite to use it)")


def save_results(
    run: HeadlessRun,
    folder: Path,
    metrics: Sequence[Metric],
    wants_stop: Callable[[], bool] = lambda: False,
) -> list[FileProblem]:
    """Leave everything of a run in a folder; what could not be written is returned.

    One file that fails does not keep the others from being written. Metrics come last, as
    they may take a while; asked to stop, those that do are left out.
    """

    @cache
    def moments() -> list[Moment]:
        return measure_run(run, metrics, wants_stop)

    tests = [t for t in run.recording.tests if t.step < run.tested.step] + [run.tested]
    arrays = {
        "samples_with_noise": run.picture.samples,
        "samples_no_noise": run.picture.means,
        "train_data": run.truth.train,
        "test_data": run.truth.test,
    }
    if run.step_samples is not None:
        arrays["samples_per_step"] = run.step_samples
    parameters, model = run.picture.parameters, run.config.model
    writers: dict[str, Callable[[Path], None]] = {
        "config.toml": lambda p: storage.save_config(p, run.config),
        "train_losses.csv": lambda p: storage.save_train_losses(p, run.recording),
        "test_losses.csv": lambda p: storage.save_test_losses(p, tests),
        "model.safetensors": lambda p: storage.save_weights(p, model, parameters),
        "run.vaerun": lambda p: storage.save_run(p, run.config, run.recording, run.state),
        "samples.npz": lambda p: storage.save_arrays(p, **arrays),
        "metrics.json": lambda p: storage.save_metrics(
            p, as_json(moments()[-1], run.truth.distribution.exact)
        ),
        "metrics.csv": lambda p: storage.save_rows(p, *as_table(moments())),
    }
    problems = []
    for name, write in writers.items():  # small ones first, should the disk fill up
        try:
            write(folder / name)
        except FileProblem as problem:
            problems.append(problem)
    return problems
