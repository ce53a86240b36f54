"""The floors of batches, without anything recorded for them, are those of the real batches."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_runs import SMALL, STEPS, still, training
from strategies import FEW

from vae_gui.core.changes import change_words
from vae_gui.core.config import DataConfig, RunConfig, TrainingConfig
from vae_gui.core.distributions import DISTRIBUTIONS, Distribution
from vae_gui.core.interrupting import Interrupted
from vae_gui.core.recording import Recording
from vae_gui.core.regret import AT_ONCE, BatchFloors, batch_sizes, regret
from vae_gui.core.training import Trainer, make_dataset


def floors_of(config: RunConfig, steps: int, changes=()) -> np.ndarray:
    data = make_dataset(config.data)
    sizes = batch_sizes(config, changes)
    floors = BatchFloors(config.data.distribution, data.train, config.training.seed)
    return floors.upto(steps, sizes)


@pytest.mark.parametrize("family", DISTRIBUTIONS, ids=lambda d: d.family())
def test_floors_are_the_mean_information_of_the_batches(family: type[Distribution]) -> None:
    data = DataConfig(distribution=family(), train_size=50, test_size=20)
    config = msgspec.structs.replace(SMALL, data=data)
    trainer, engine = still(config)
    list(trainer)
    scaling = trainer.data.scaling
    batches = [b if scaling is None else scaling.mean + scaling.std * b for b in engine.batches]
    expected = [-family().leave_one_out_log_prob(batch).mean() for batch in batches]
    found = floors_of(config, STEPS)
    rounding = 1e-12 if scaling is None else 1e-6  # of standardising in float32
    np.testing.assert_allclose(found, expected, rtol=rounding)


@FEW
@given(
    sizes=st.lists(st.integers(1, 80), min_size=1, max_size=4),
    gaps=st.lists(st.integers(0, 7), min_size=4, max_size=4),
)
def test_live_changes_of_the_batch_size(sizes: list[int], gaps: list[int]) -> None:
    trainer, engine = still()
    changes = []
    for size, steps in zip(sizes, gaps, strict=False):
        for _ in range(steps):
            if not trainer.finished:
                next(trainer)
        before, wanted = trainer.config.training, training(batch_size=size, beta=2.0)
        trainer.configure(wanted)
        changes.append((trainer.step, change_words(before, wanted)))
    list(trainer)
    expected = [-SMALL.data.distribution.log_prob(batch).mean() for batch in engine.batches]
    found = floors_of(trainer.config, trainer.step, changes)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_curve_that_grows_is_the_curve_told_at_once() -> None:
    data = make_dataset(SMALL.data)
    floors = BatchFloors(SMALL.data.distribution, data.train, SMALL.training.seed)
    sizes = batch_sizes(SMALL, ())
    assert floors.upto(0, sizes).shape == (0,)
    for steps in (1, 1, 5, 11, STEPS, 40):
        found = floors.upto(steps, sizes)
        np.testing.assert_array_equal(found, floors_of(SMALL, 40)[:steps])


def test_asked_to_stop_the_evaluation_of_the_density_stops() -> None:
    many = SMALL.data.distribution.sample(AT_ONCE + 1, np.random.default_rng(0))
    with pytest.raises(Interrupted):
        BatchFloors(SMALL.data.distribution, many.astype(np.float32), 0, wants_stop=lambda: True)


def test_words_of_a_change_come_back_as_sizes() -> None:
    first = TrainingConfig(batch_size=128)
    second = msgspec.structs.replace(first, batch_size=10_000, beta=0.5)
    third = msgspec.structs.replace(second, learning_rate=0.1)
    fourth = msgspec.structs.replace(third, batch_size=7)
    steps = [(4, change_words(first, second)), (9, change_words(second, third))]
    steps.append((20, change_words(third, fourth)))
    assert steps[0][1] == "batch_size = 10000 (was 128), beta = 0.5 (was 1)"
    for moment in (first, second, third, fourth):  # whatever moment the configuration is of
        sizes = batch_sizes(RunConfig(training=moment), steps)
        assert sizes == [(1, 128), (5, 10_000), (21, 7)]
    assert batch_sizes(RunConfig(training=fourth), []) == [(1, 7)]


def test_runs_of_before_that_do_not_tell_their_batch_sizes_have_no_curve() -> None:
    assert batch_sizes(RunConfig(), [(3, "beta = 4"), (7, "batch_size = 64")]) is None
    assert batch_sizes(RunConfig(), [(3, "beta = 4")]) == [(1, 128)]


@pytest.mark.parametrize("beta", [1.0, 2.0])
def test_regret_is_the_loss_without_the_noise_of_batches(beta: float) -> None:
    config = RunConfig(
        data=DataConfig(train_size=4000, test_size=50),
        training=TrainingConfig(batch_size=32, beta=beta, noise_samples=16),
    )
    trainer = Trainer(config)
    recording = Recording(trainer.plan.size)
    recording.add_losses([step.losses for step in trainer])
    found = regret(recording.losses, floors_of(config, recording.steps))
    losses = recording.losses[:, 1] + recording.losses[:, 2]
    late = slice(recording.steps // 2, None)
    assert found[late].std() < 0.5 * losses[late].std()
    whole = -config.data.distribution.log_prob(trainer.data.train).mean()  # in every epoch
    assert found[late].mean() == pytest.approx(losses[late].mean() - whole, abs=1e-3)
