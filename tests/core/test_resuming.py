"""Runs stopped, resumed, changed on the way, and diverged."""

from __future__ import annotations

import json
from functools import cache

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_runs import SMALL, STEPS, rows, same, small, still, through_a_file, training

from vae_gui.core import network
from vae_gui.core.config import DataConfig, ModelConfig, RunConfig, TrainingConfig, with_value
from vae_gui.core.data import stream
from vae_gui.core.parameters import InvalidValue
from vae_gui.core.training import Diverged, Step, Trainer, TrainerState

# Determinism and resuming


@cache
def whole_run() -> tuple[tuple[Step, ...], TrainerState]:
    trainer = Trainer(SMALL)
    return tuple(trainer), trainer.state()


def test_equal_configurations_give_bit_identical_runs() -> None:
    trainer = Trainer(SMALL)
    steps = tuple(trainer)
    assert steps == whole_run()[0]
    assert same(trainer.state(), whole_run()[1])
    assert steps[-1].losses.total < steps[0].losses.total  # and it does learn


@pytest.mark.parametrize("section", ["training", "data"])
def test_another_seed_gives_another_run(section: str) -> None:
    reseeded = msgspec.structs.replace(getattr(SMALL, section), seed=1)
    other = Trainer(msgspec.structs.replace(SMALL, **{section: reseeded}))
    assert next(other).losses != whole_run()[0][0].losses


@given(split=st.integers(0, STEPS), again=st.integers(0, STEPS))
@settings(max_examples=25, deadline=None)
def test_resuming_anywhere_is_never_having_stopped(split: int, again: int) -> None:
    """In a new Trainer, and once more in one that has been elsewhere since."""
    first = Trainer(SMALL)
    steps = [next(first) for _ in range(split)]
    state = through_a_file(first.state())
    second = Trainer(SMALL)
    second.restore(state)
    assert (second.step, second.epoch, second.total_steps) == (first.step, first.epoch, STEPS)
    assert tuple(steps + list(second)) == whole_run()[0]
    assert same(second.state(), whole_run()[1])
    for _ in range(min(again, STEPS - split)):
        next(first)
    first.restore(state)
    assert same(first.state(), state)
    assert tuple(steps + list(first)) == whole_run()[0]


def test_a_state_is_a_copy() -> None:
    trainer = Trainer(SMALL)
    next(trainer)
    state = trainer.state()
    before = state.values.copy(), json.dumps(state.to_arrays()[1])
    list(trainer)
    np.testing.assert_array_equal(state.values, before[0])
    assert json.dumps(state.to_arrays()[1]) == before[1]
    with pytest.raises(ValueError, match="read-only"):
        state.parameters[0] = 0


def test_interrupted_run_keeps_what_it_has() -> None:
    trainer = Trainer(SMALL)
    for step in trainer:
        if step.index == 6:
            break
    assert (trainer.step, trainer.epoch, trainer.finished) == (6, 2, False)
    assert np.isfinite(trainer.parameters).all()
    assert tuple(trainer) == whole_run()[0][6:]


def test_state_of_another_run_is_refused() -> None:
    state = whole_run()[1]
    wider = msgspec.structs.replace(SMALL, model=ModelConfig(hidden_units=9))
    with pytest.raises(InvalidValue, match="weights"):
        Trainer(wider).restore(state)
    fewer = msgspec.structs.replace(SMALL, data=DataConfig(train_size=40, test_size=20))
    trainer = Trainer(fewer)
    with pytest.raises(InvalidValue, match="40 examples"):
        trainer.restore(state)
    assert trainer.step == 0
    next(trainer)


# Live changes


def test_batch_size_changes_within_an_epoch() -> None:
    trainer, engine = still(small(epochs=1))
    next(trainer)
    trainer.configure(training(epochs=1, batch_size=7))
    assert trainer.total_steps == 1 + 5
    assert [s.index for s in trainer] == [2, 3, 4, 5, 6]
    assert [len(b) for b in engine.batches] == [16, 7, 7, 7, 7, 6]
    assert rows(engine.batches) == rows([trainer.data.train])


def test_settings_reach_the_engine_and_the_noise() -> None:
    trainer, engine = still()
    next(trainer)
    trainer.configure(training(learning_rate=0.5, beta=3.0, noise_samples=4))
    next(trainer)
    assert (engine.learning_rate, engine.beta) == (0.5, 3.0)
    assert engine.noises[1].shape == (4, 16, 2)


def test_settings_changed_before_the_first_step_count() -> None:
    trainer = Trainer(SMALL)
    trainer.configure(training(beta=5.0, learning_rate=1e-6))
    before = trainer.parameters.copy()
    losses = next(trainer).losses
    assert losses.total == pytest.approx(losses.reconstruction + 5 * losses.kl, rel=1e-6)
    assert np.abs(trainer.parameters - before).max() < 2e-6


def test_configuring_the_same_changes_nothing() -> None:
    trainer = Trainer(SMALL)
    for _ in range(STEPS):
        trainer.configure(SMALL.training)
        next(trainer)
    assert same(trainer.state(), whole_run()[1])


def test_seed_of_a_run_stays() -> None:
    trainer = Trainer(SMALL)
    trainer.configure(training(seed=9))
    assert trainer.config == SMALL
    assert tuple(trainer) == whole_run()[0]


def test_more_epochs_continue_a_finished_run() -> None:
    short = Trainer(small(epochs=1))
    steps = list(short)
    assert short.finished
    short.configure(training(epochs=3))
    assert not short.finished
    assert short.total_steps == STEPS
    assert (*steps, *short) == whole_run()[0]


def test_fewer_epochs_than_begun_end_with_the_one_under_way() -> None:
    trainer, _ = still()
    for _ in range(6):
        next(trainer)
    trainer.configure(training(epochs=1))
    assert trainer.total_steps == 8
    rest = list(trainer)
    assert [s.index for s in rest] == [7, 8]
    assert rest[-1].test is not None
    trainer.configure(training(epochs=1, batch_size=3))
    assert trainer.finished
    assert trainer.total_steps == 8


# Divergence

WILD = RunConfig(
    data=DataConfig(train_size=1000, test_size=100), training=TrainingConfig(learning_rate=10.0)
)


EVERY = pytest.mark.parametrize("engine", ["automatic", "analytic", "torch"])


@EVERY
def test_diverged_run_keeps_finite_weights_and_may_go_on(engine: str) -> None:
    trainer = Trainer(with_value(WILD, "training.engine", engine))
    with pytest.raises(Diverged, match="training loss is not finite") as caught:
        list(trainer)
    assert caught.value.step == trainer.step + 1 > 1
    assert caught.value.reason in str(caught.value)
    assert np.isfinite(trainer.state().values).all()
    noise = stream(3, "noise").standard_normal((1, 1000, 2), np.float32)
    kept = network.loss(trainer.plan, trainer.parameters, trainer.data.train, noise, 1.0)
    assert np.isfinite(kept).all()
    made = trainer.step
    trainer.configure(msgspec.structs.replace(WILD.training, learning_rate=1e-3, epochs=2))
    steps = list(trainer)
    assert steps[0].index == made + 1
    assert steps[-1].index == trainer.total_steps == 16
    assert steps[-1].test is not None
    assert steps[-1].test.losses.total < trainer.untrained.losses.total


@EVERY
def test_test_loss_that_is_not_finite_takes_its_step_back(engine: str) -> None:
    at_once = msgspec.structs.replace(WILD.training, batch_size=1000, engine=engine)
    trainer = Trainer(msgspec.structs.replace(WILD, training=at_once))
    before = trainer.state()
    with pytest.raises(Diverged, match="test loss is not finite") as caught:
        next(trainer)
    assert caught.value.step == 1
    assert trainer.step == 0
    np.testing.assert_array_equal(trainer.state().values, before.values)
    trainer.configure(msgspec.structs.replace(at_once, learning_rate=1e-3))
    assert [next(trainer).index for _ in range(2)] == [1, 2]


def test_resumed_run_diverges_as_it_would_have() -> None:
    straight = Trainer(WILD)
    with pytest.raises(Diverged) as expected:
        list(straight)
    stopped, resumed = Trainer(WILD), Trainer(WILD)
    for _ in range(straight.step):
        next(stopped)
    resumed.restore(through_a_file(stopped.state()))
    with pytest.raises(Diverged) as caught:
        next(resumed)
    assert str(caught.value) == str(expected.value)
    assert same(resumed.state(), straight.state())
