"""Steps made several at a time are the steps that are made one by one."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_runs import same, small
from strategies import FEW

from vae_gui.core.config import with_value
from vae_gui.core.network import Losses
from vae_gui.core.together import Together
from vae_gui.core.training import Diverged, Step, Trainer

ENGINES = ("compiled", "analytic", "torch")


@FEW
@given(
    engine=st.sampled_from(ENGINES),
    most=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    batch=st.integers(3, 40),
    noise=st.integers(1, 3),
)
def test_a_run_in_strides_is_the_run(engine: str, most: list[int], batch: int, noise: int) -> None:
    config = with_value(small(batch_size=batch, noise_samples=noise), "training.engine", engine)
    single, strides = Trainer(config), Trainer(config)
    trail = np.empty((max(most), single.plan.size), np.float32)
    for wanted in itertools.cycle(most):
        if single.finished:
            break
        made = strides.advance(wanted, trail)
        assert 1 <= len(made) <= wanted
        for step, weights in zip(made, trail, strict=False):
            assert next(single) == step
            assert single.parameters.tobytes() == weights.tobytes()
        assert same(single.state(), strides.state())
    assert strides.finished
    with pytest.raises(StopIteration):
        strides.advance(5)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("stride", [2, 5, 50])
def test_a_run_that_diverges_in_a_stride(engine: str, stride: int) -> None:
    """What came before is delivered, and the state is that of single steps."""
    # a seed with which it diverges early, before rounding makes engines part
    config = small(batch_size=2, learning_rate=10.0, seed=1)
    config = with_value(config, "training.engine", engine)
    single, strides = Trainer(config), Trainer(config)
    expected, found = [], []
    with pytest.raises(Diverged) as one:
        expected.extend(iter_until(single, 1, expected))
    with pytest.raises(Diverged) as other:
        found.extend(iter_until(strides, stride, found))
    assert expected == found
    assert len(expected) > 2
    assert str(one.value) == str(other.value)
    assert same(single.state(), strides.state())


def iter_until(trainer: Trainer, stride: int, made: list[Step]) -> list[Step]:
    while not trainer.finished:
        made.extend(trainer.advance(stride))
    return []


def test_settings_changed_between_two_strides() -> None:
    config = small(batch_size=4)
    single, strides = Trainer(config), Trainer(config)
    for name, value in (("beta", 0.2), ("batch_size", 7), ("learning_rate", 1e-4)):
        for step in strides.advance(3):
            assert next(single) == step
        training = with_value(single.config, f"training.{name}", value).training
        single.configure(training)
        strides.configure(training)
    assert same(single.state(), strides.state())


class Slow:
    """A trainer that takes so many seconds a step, or pretends to."""

    def __init__(self, clock: list[float], seconds: float) -> None:
        self.clock, self.seconds, self.asked = clock, seconds, 0

    def advance(self, most: int, trail: np.ndarray) -> list[Step]:
        self.asked = most
        self.clock[0] += most * self.seconds
        return [Step(1, 1, Losses(1.0, 1.0, 0.0), None)] * most


def test_as_many_as_take_some_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    together, trainer = Together(1000), Slow(clock, 1e-4)
    for _ in range(20):
        together.advance(trainer)
    assert trainer.asked == pytest.approx(160, abs=1)
    trainer.seconds = 0.01  # the machine is busy
    together.advance(trainer)
    together.advance(trainer)
    assert trainer.asked == 1
    trainer.seconds = 0.0
    for _ in range(20):
        together.advance(trainer)
    assert trainer.asked == len(together.trail)
    together.advance(trainer, 3)
    assert trainer.asked == 3
    assert len(Together(10**7).trail) == 1
