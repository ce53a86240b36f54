"""Work that takes long gives way between its parts, and nothing of it is kept."""

from __future__ import annotations

import threading

import msgspec
import numpy as np
import pytest
from small_runs import same

from vae_gui.core import engine as engine_module
from vae_gui.core.config import DataConfig, ModelConfig, RunConfig, TrainingConfig
from vae_gui.core.distributions import (
    Checkerboard,
    Drawn,
    Mixed,
    Moons,
    OwnFile,
    Pinwheel,
    Ring,
    Spirals,
    Transform,
    Transformed,
)
from vae_gui.core.engine import examples_at_once
from vae_gui.core.interrupting import Interrupted, give_way, in_parts, interruptible, never
from vae_gui.core.training import Trainer
from vae_gui.core.views import view_truth

# 7 examples at a time: 4 parts a full batch, 8 a test
CONFIG = RunConfig(
    data=DataConfig(train_size=60, test_size=50),
    model=ModelConfig(hidden_units=8),
    training=TrainingConfig(epochs=2, batch_size=25, noise_samples=2, learning_rate=1e-2),
)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "ACTIVATIONS_AT_ONCE", 2 * 8 * 7)


class Patience:
    """Says stop when asked for the nth time, and only then."""

    def __init__(self) -> None:
        self.asked = 0
        self.ends_at = 0

    def __call__(self) -> bool:
        self.asked += 1
        return self.asked == self.ends_at


def interrupted_by() -> tuple[Trainer, Patience]:
    patience = Patience()
    trainer = Trainer(CONFIG, wants_stop=patience)
    patience.asked = 0
    return trainer, patience


def test_parts_cover_all_rows_in_order() -> None:
    assert in_parts_of(10, 4) == [(0, 4), (4, 8), (8, 10)]
    assert in_parts_of(4, 4) == [(0, 4)]
    assert in_parts_of(0, 4) == []


def in_parts_of(size: int, at_once: int) -> list[tuple[int, int]]:
    return [(s.start, s.stop) for s in in_parts(size, at_once, lambda: False)]


def test_it_is_asked_between_parts_only() -> None:
    trainer, patience = interrupted_by()
    assert examples_at_once(trainer.plan, 2) == 7
    next(trainer)
    assert patience.asked == 3  # 25 = 7 + 7 + 7 + 4
    next(trainer)
    next(trainer)  # 10 = 7 + 3, then the test: 50 = 7 * 7 + 1
    assert patience.asked == 3 + 3 + 1 + 7


def test_an_interrupted_step_was_never_begun() -> None:
    """At every place where it can be: in a step, in a test, first, last and between epochs."""
    undisturbed = Trainer(CONFIG)
    steps = list(undisturbed)
    for at in range(6):
        for ends_at in range(1, 9):
            trainer, patience = interrupted_by()
            for _ in range(at):
                next(trainer)
            before, facts = trainer.state(), (trainer.step, trainer.epoch, trainer.total_steps)
            patience.asked, patience.ends_at = 0, ends_at
            try:
                next(trainer)
            except Interrupted:
                assert same(trainer.state(), before)
                assert (trainer.step, trainer.epoch, trainer.total_steps) == facts
                assert list(trainer) == steps[at:]
                assert same(trainer.state(), undisturbed.state())
            else:
                assert patience.asked < ends_at  # it was over before


def test_settings_may_change_where_it_was_interrupted() -> None:
    trainer, patience = interrupted_by()
    next(trainer)
    patience.asked, patience.ends_at = 0, 2
    with pytest.raises(Interrupted):
        next(trainer)
    straight = Trainer(CONFIG)
    next(straight)
    other = msgspec.structs.replace(CONFIG.training, batch_size=9, beta=0.5)
    trainer.configure(other)
    straight.configure(other)
    assert list(trainer) == list(straight)


def test_measuring_the_untrained_model_can_be_interrupted() -> None:
    patience = Patience()
    patience.ends_at = 3
    with pytest.raises(Interrupted):
        Trainer(CONFIG, wants_stop=patience)
    assert patience.asked == 3


def test_asking_changes_no_bit() -> None:
    asked, alone = Trainer(CONFIG, wants_stop=lambda: False), Trainer(CONFIG)
    assert list(asked) == list(alone)
    np.testing.assert_array_equal(asked.parameters, alone.parameters)


# --- what is known of a distribution ------------------------------------------------------

MOVED = Transform(rotate=20)
SLOW = [
    Drawn(),
    Pinwheel(arms=7),
    Spirals(noise=0.11),
    OwnFile(bandwidth=0.7),
    Transformed(base=Moons(noise=0.12), transform=MOVED),
    Mixed(first=Checkerboard(squares=3), second=Ring(width=0.21), weight=0.3),
    Mixed(first=Moons(noise=0.13), second=Ring(width=0.21), weight=0.3),
]


@pytest.mark.parametrize("source", SLOW, ids=lambda d: d.family())
def test_finding_what_is_known_of_a_distribution_can_be_interrupted(source) -> None:
    """What was found until then is no worse."""
    points = source.sample(50, np.random.default_rng(0)).astype(np.float32)
    for ends_at in (1, 2):
        patience = Patience()
        patience.ends_at = ends_at
        with pytest.raises(Interrupted):
            view_truth(source, points, points, grid=120, wants_stop=patience)
        assert patience.asked == ends_at
    found = view_truth(source, points, points, grid=120)
    assert found.entropy == source.entropy()
    assert found.modes == source.number_of_modes()


def test_nobody_is_asked_outside_of_what_was_asked_for() -> None:
    with interruptible(lambda: True), pytest.raises(Interrupted):
        give_way()
    give_way()
    with interruptible(lambda: True), interruptible(never):
        give_way()
    stopped = []
    with interruptible(lambda: True):
        thread = threading.Thread(target=lambda: stopped.append(give_way()))
        thread.start()
        thread.join()
    assert stopped == [None]
