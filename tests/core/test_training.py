"""Whole runs: what is drawn, in which order, what is measured, what comes out."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_runs import SMALL, STEPS, rows, same, small, still, training

from vae_gui.core import network
from vae_gui.core.config import DataConfig, ModelConfig, RunConfig, assigned
from vae_gui.core.data import STREAMS, stream
from vae_gui.core.distributions import Gaussian
from vae_gui.core.network import Losses
from vae_gui.core.storage import presets
from vae_gui.core.training import (
    Trainer,
    Untrainable,
    display_noise,
    evaluate,
    make_dataset,
)
from vae_gui.core.views import draw_picture

# Data and noise


def test_size_of_one_set_does_not_change_the_other() -> None:
    few = make_dataset(DataConfig(train_size=30, test_size=40))
    more_test = make_dataset(DataConfig(train_size=30, test_size=90))
    more_train = make_dataset(DataConfig(train_size=70, test_size=40))
    np.testing.assert_array_equal(few.train, more_test.train)
    np.testing.assert_array_equal(few.test, more_train.test)
    assert few.train.dtype == few.test.dtype == np.float32
    assert few.train.shape == (30, 2)
    assert not few.train.flags.writeable
    assert not set(rows([few.train])) & set(rows([few.test]))


def test_every_purpose_draws_from_its_own_stream() -> None:
    draws = {tuple(stream(seed, purpose).random(4)) for seed in (0, 1) for purpose in STREAMS}
    assert len(draws) == 2 * len(STREAMS)


def test_noise_is_one_standard_normal_draw_a_sample_example_and_latent() -> None:
    trainer, engine = still(small(noise_samples=40, epochs=20))
    list(trainer)
    assert engine.noises[0].shape == (40, 16, 2)
    assert engine.noises[3].shape == (40, 2, 2)
    assert engine.noises[0].dtype == np.float32
    drawn = np.concatenate([n.ravel() for n in engine.noises])  # 80,000 numbers
    assert abs(drawn.mean()) < 0.02
    assert drawn.std() == pytest.approx(1, abs=0.02)
    assert len(np.unique(drawn)) > 0.99 * len(drawn)


def test_what_is_shown_never_changes_training() -> None:
    watched, alone = Trainer(SMALL), Trainer(SMALL)
    for _ in range(STEPS):
        noise = display_noise(SMALL)
        draw_picture(watched.plan, watched.parameters, noise, watched.data.test, 0, 0)
        assert next(watched) == next(alone)
    assert same(watched.state(), alone.state())


# Order


@given(size=st.integers(1, 60))
@settings(max_examples=20, deadline=None)
def test_an_epoch_shows_every_example_once(size: int) -> None:
    trainer, engine = still(small(batch_size=size))
    expected = trainer.total_steps
    steps = list(trainer)
    assert len(steps) == expected == trainer.total_steps == 3 * math.ceil(50 / size)
    per_epoch = len(steps) // 3
    for epoch in range(3):
        batches = engine.batches[epoch * per_epoch : (epoch + 1) * per_epoch]
        assert rows(batches) == rows([trainer.data.train])
        assert [len(b) for b in batches[:-1]] == [size] * (per_epoch - 1)
        assert len(batches[-1]) == 50 - min(size, 50) * (per_epoch - 1)  # the short one is kept


def test_batches_are_reshuffled_every_epoch() -> None:
    trainer, engine = still(small(batch_size=50))
    list(trainer)
    first, second, third = engine.batches
    assert not np.array_equal(first, trainer.data.train)
    assert not np.array_equal(first, second)
    assert not np.array_equal(second, third)


def test_steps_are_counted() -> None:
    trainer, _ = still()
    assert (trainer.step, trainer.epoch, trainer.finished) == (0, 0, False)
    steps = []
    for step in trainer:
        assert (trainer.step, trainer.epoch) == (step.index, step.epoch)
        assert trainer.total_steps == STEPS
        steps.append(step)
    assert [s.index for s in steps] == list(range(1, STEPS + 1))
    assert [s.epoch for s in steps] == [1] * 4 + [2] * 4 + [3] * 4
    assert [s.index for s in steps if s.test] == [4, 8, 12]
    assert [(s.test.epoch, s.test.step) for s in steps if s.test] == [(1, 4), (2, 8), (3, 12)]
    assert trainer.finished
    for _ in range(3):
        with pytest.raises(StopIteration):
            next(trainer)


def test_batch_size_beyond_the_training_set_acts_as_its_size() -> None:
    trainer, engine = still(small(batch_size=10_000))
    assert trainer.total_steps == 3
    assert [s.test is not None for s in trainer] == [True] * 3
    assert [len(b) for b in engine.batches] == [50] * 3


# Test loss


def test_ragged_parts_are_weighted_by_their_size() -> None:
    plan = network.layout(SMALL.model)
    rng = np.random.default_rng(5)
    flat = network.initialise(plan, rng)
    x = rng.normal(0, 3, (41, 2)).astype(np.float32)
    noise = rng.standard_normal((3, 41, 2), np.float32)
    each = [network.loss(plan, flat, x[i : i + 1], noise[:, i : i + 1], 0.5) for i in range(41)]
    for at_once in (1, 8, 40, 41, 1000):
        losses = evaluate(plan, flat, x, noise, 0.5, at_once)
        np.testing.assert_allclose(losses, np.mean(each, axis=0), rtol=1e-5)


def test_test_noise_is_drawn_once_for_each_number_of_samples() -> None:
    trainer, _ = still(small(epochs=7))
    found: dict[int, set[Losses]] = {1: {trainer.untrained.losses}, 3: set()}
    for epoch in range(7):
        samples = (1, 3)[epoch % 2]
        trainer.configure(training(epochs=7, noise_samples=samples))
        tests = [next(trainer).test for _ in range(4)]
        assert tests[3] is not None
        found[samples].add(tests[3].losses)
    # the weights stay the same, so with the same noise the losses do too, to the bit
    assert [len(values) for values in found.values()] == [1, 1]
    assert found[1] != found[3]


def test_untrained_is_measured_on_the_initial_weights() -> None:
    trainer = Trainer(SMALL)
    plan, test = trainer.plan, trainer.data.test
    noise = stream(0, "test noise").standard_normal((1, 20, 2), np.float32)
    expected = network.loss(plan, trainer.parameters, test, noise, 1.0)
    np.testing.assert_allclose(trainer.untrained.losses, expected, rtol=1e-6)
    assert (trainer.untrained.epoch, trainer.untrained.step) == (0, 0)


# The run of the post, and its cost at start


def test_run_of_the_post_ends_near_the_entropy() -> None:
    """The preset as it is, but for its test set.

    With 100,000 test points instead of 2,000, what the true density itself scores on
    them lies within some thousandths of the entropy, so that 0.03 nats tell of the model.
    """
    config = assigned(dict(presets())["The post's run"], "data.test_size=100000")
    trainer = Trainer(config)
    steps = list(trainer)
    assert len(steps) == 79 * 20
    assert steps[-1].test is not None
    reached = steps[-1].test.losses.total
    entropy = config.data.distribution.entropy()
    assert entropy == pytest.approx(2.694036, abs=1e-6)
    floor = -config.data.distribution.log_prob(trainer.data.test).mean()
    assert floor == pytest.approx(entropy, abs=4 / math.sqrt(100_000))
    assert floor < reached < entropy + 0.03
    assert trainer.untrained.losses.total > entropy + 0.5


def test_a_test_in_the_midst_of_an_epoch_changes_nothing() -> None:
    tested, alone = Trainer(SMALL), Trainer(SMALL)
    assert tested.test() == tested.untrained
    for step in range(1, STEPS + 1):
        made = next(tested)
        assert made == next(alone)
        found = tested.test()
        assert (found.step, found.epoch) == (step, step // 4)  # epochs completed
        assert made.test in (None, found)
    assert same(tested.state(), alone.state())


def test_initial_weights_without_a_finite_loss_are_refused_with_advice() -> None:
    distribution = Gaussian(mean_x1=10, mean_x2=10, std_x1=10, std_x2=10)
    config = RunConfig(
        data=DataConfig(distribution=distribution, train_size=50, test_size=2000),
        model=ModelConfig(hidden_units=8, activation="identity"),
        training=training(seed=2),
    )
    with pytest.raises(Untrainable, match=r"test loss is not finite \(total inf.*another training"):
        Trainer(config)


def test_constructing_a_trainer_imports_no_torch() -> None:
    """Not even one that will train with torch."""
    code = (
        "import sys; from vae_gui.core.config import RunConfig, assigned\n"
        "from vae_gui.core.training import Trainer, display_noise\n"
        "t = Trainer(assigned(RunConfig(), 'training.engine=torch'))\n"
        "t.configure(t.config.training); t.restore(t.state())\n"
        "display_noise(t.config); t.total_steps\n"
        "print([m for m in ('torch', 'scipy.stats', 'PySide6') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
