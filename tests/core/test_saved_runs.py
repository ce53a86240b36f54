"""A saved run is looked at and continued as if it had never been closed; others are refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_gui.core.config import DataConfig, ModelConfig, RunConfig, TrainingConfig
from vae_gui.core.recording import Recording
from vae_gui.core.storage import FileProblem, load_run, save_run
from vae_gui.core.storage.container import read_container, write_container
from vae_gui.core.training import Trainer

CONFIG = RunConfig(
    title="saved",
    data=DataConfig(train_size=50, test_size=20),
    model=ModelConfig(latent=1, hidden_units=2),
    training=TrainingConfig(epochs=30, batch_size=8),
)
STEPS = 26  # in the middle of the fourth epoch of 7 steps


def record(trainer: Trainer, recording: Recording, steps: int) -> None:
    for _ in range(steps):
        step = next(trainer)
        recording.add_losses(step.losses)
        recording.add_snapshot(step.index, trainer.parameters.copy())
        if step.test:
            recording.tests.append(step.test)


def started(config: RunConfig = CONFIG) -> tuple[Trainer, Recording]:
    trainer = Trainer(config)
    recording = Recording(trainer.plan.size)
    recording.tests.append(trainer.untrained)
    recording.add_snapshot(0, trainer.parameters.copy())
    return trainer, recording


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    trainer, recording = started()
    record(trainer, recording, STEPS)
    recording.changes.append((13, "beta 1 -> 2"))
    path = tmp_path_factory.mktemp("runs") / "run.vaerun"
    save_run(path, trainer.config, recording, trainer.state())
    return path


def assert_same(a: Recording, b: Recording) -> None:
    assert (a.losses == b.losses).all()
    assert a.losses.shape == b.losses.shape
    assert a.tests == b.tests
    assert a.snapshot_steps == b.snapshot_steps
    assert all((a.snapshot(s) == b.snapshot(s)).all() for s in a.snapshot_steps)
    assert (a.epochs() == b.epochs()).all()


def test_continues_to_the_bit(saved: Path) -> None:
    trainer, recording = started()
    record(trainer, recording, STEPS + 40)

    found = load_run(saved)
    assert found.config == CONFIG
    again = Trainer(found.config)
    again.restore(found.state)
    record(again, found.recording, 40)

    assert_same(found.recording, recording)
    assert (again.parameters == trainer.parameters).all()
    assert found.recording.changes == [(13, "beta 1 -> 2")]


def test_live_changes_are_in_force_again(tmp_path: Path) -> None:
    trainer, recording = started()
    record(trainer, recording, 10)
    changed = msgspec.structs.replace(
        CONFIG.training, learning_rate=0.02, beta=2.0, batch_size=5, noise_samples=3
    )
    trainer.configure(changed)
    record(trainer, recording, 10)
    save_run(tmp_path / "a", trainer.config, recording, trainer.state())
    record(trainer, recording, 25)

    found = load_run(tmp_path / "a")
    again = Trainer(found.config)
    again.restore(found.state)
    record(again, found.recording, 25)
    assert_same(found.recording, recording)


def test_long_runs_keep_their_thinned_snapshots(tmp_path: Path) -> None:
    steps = 20_000
    recording = Recording(1000)
    recording.add_losses(np.arange(3 * steps).reshape(-1, 3))
    for step in range(steps + 1):
        recording.add_snapshot(step, np.full(1000, step, np.float32))
    config = msgspec.structs.replace(CONFIG, model=ModelConfig(latent=1, hidden_units=2))
    trainer = Trainer(config)
    size = trainer.plan.size
    small = Recording(size)
    small.add_losses(recording.losses)
    for step in recording.snapshot_steps:
        small.add_snapshot(step, np.full(size, step, np.float32))
    save_run(tmp_path / "a", config, small, replace(trainer.state(), step=steps))
    assert_same(load_run(tmp_path / "a").recording, small)


def test_a_state_of_another_moment_is_our_mistake(tmp_path: Path) -> None:
    trainer, recording = started()
    next(trainer)
    with pytest.raises(AssertionError):
        save_run(tmp_path / "a", CONFIG, recording, trainer.state())


Arrays = dict[str, npt.NDArray[Any]]
Texts = dict[str, str]


def swapped(arrays: Arrays, name: str) -> npt.NDArray[Any]:
    return arrays[name][::-1]


def without_state(arrays: Arrays, texts: Texts) -> None:
    """Leave losses and snapshots, but no weights that they belong to."""
    del texts["state"]
    for name in [name for name in arrays if name.startswith("state.")]:
        del arrays[name]


TAMPERINGS: dict[str, tuple[Callable[[Arrays, Texts], object], str]] = {
    "foreign": (lambda a, t: t.update(format="pt"), "no run of this program"),
    "newer": (lambda a, t: t.update(schema="2"), "newer version"),
    "odd schema": (lambda a, t: t.update(schema="²"), "not a number"),
    "no config": (lambda a, t: t.pop("config"), "'config' is missing"),
    "bad config": (lambda a, t: t.update(config="[model]\nlatent = 99"), "model.latent = 99"),
    "other model": (lambda a, t: t.update(config="[model]\nlatent = 8"), "shape"),
    "no losses": (lambda a, t: a.pop("losses"), "'losses' is missing"),
    "wide losses": (lambda a, t: a.update(losses=np.zeros((26, 4), np.float32)), "shape"),
    "double losses": (lambda a, t: a.update(losses=np.zeros((26, 3))), "float64"),
    "short losses": (lambda a, t: a.update(losses=a["losses"][:4]), "out of order"),
    "order": (lambda a, t: a.update(snapshot_steps=swapped(a, "snapshot_steps")), "out of order"),
    "wrapping": (
        lambda a, t: a.update(test_at=np.array([[0, 0], [-(2**63), 3], [2, 5], [3, 7]])),
        "out of order",
    ),
    "more losses": (lambda a, t: a.update(losses=np.zeros((30, 3), np.float32)), "at step 26"),
    "changes": (lambda a, t: t.update(changes='[[1, "a", 2]]'), "'changes' in it is damaged"),
    "no state": (without_state, "does not say where training stood"),
    "no generators": (lambda a, t: t.pop("state"), "does not say where training stood"),
    "state list": (lambda a, t: t.update(state="[]"), "'state' in it is damaged"),
    "state deep": (lambda a, t: t.update(state="[" * 100_000), "'state' in it is damaged"),
    "state huge": (lambda a, t: t.update(state="9" * 10_000), "'state' in it is damaged"),
    "state empty": (lambda a, t: t.update(state="{}"), "state.step"),
    "moments": (lambda a, t: a.pop("state.m"), "state.m"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampered_file_is_refused(saved: Path, tmp_path: Path, name: str) -> None:
    tamper, reason = TAMPERINGS[name]
    container = read_container(saved, 2**30)
    arrays, texts = dict(container.arrays), dict(container.metadata)
    tamper(arrays, texts)
    write_container(tmp_path / "bad.vaerun", arrays, texts)
    with pytest.raises(FileProblem, match=reason) as caught:
        load_run(tmp_path / "bad.vaerun")
    assert "bad.vaerun" in str(caught.value)


def restored_or_refused(path: Path) -> None:
    """Loading ends in a run that can be continued or in a `FileProblem`, nothing else."""
    with suppress(FileProblem):
        found = load_run(path)
        Trainer(CONFIG).restore(found.state)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_damage_does_harm(saved: Path, data: st.DataObject) -> None:
    content = bytearray(saved.read_bytes())
    header = 8 + int.from_bytes(content[:8], "little")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, header - 1))
        content[at] = data.draw(st.integers(0, 255))
    path = saved.with_name("damaged.vaerun")
    path.write_bytes(content)
    restored_or_refused(path)


@settings(max_examples=30, deadline=None)
@given(share=st.floats(0, 0.999))
def test_a_truncated_file_is_refused(saved: Path, share: float) -> None:
    content = saved.read_bytes()
    path = saved.with_name("truncated.vaerun")
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(FileProblem, match="damaged"):
        load_run(path)


def test_too_large_is_found_out_before_reading(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2**42)
    with pytest.raises(FileProblem, match="larger than"):
        load_run(tmp_path / "sparse")
