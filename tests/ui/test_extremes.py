"""The smallest and largest value of every parameter, and the heaviest of them together.

However long the arithmetic takes, the window answers: it stays alive, and pause, reset
and closing are obeyed between two parts of a step or of a test.
"""

import time

import numpy as np
import pytest
from benches import benches
from PySide6.QtCore import Qt, QTimer
from windows import Driver

from vae_gui.core.config import RunConfig, values, with_value
from vae_gui.core.data import display_noise
from vae_gui.core.distributions import DISTRIBUTIONS
from vae_gui.core.parameters import declared
from vae_gui.core.training import Trainer
from vae_gui.core.views import draw_picture, view_truth
from vae_gui.ui.session import State

QUICK = {
    "data.train_size": 500,
    "data.test_size": 200,
    "training.batch_size": 100,
    "model.hidden_units": 16,
}
HEAVY = {  # a step takes about a minute, a test many
    "data.test_size": 100_000,
    "model.latent": 8,
    "model.hidden_units": 512,
    "model.hidden_layers": 4,
    "training.batch_size": 10_000,
}
PROMPT = 2.0  # seconds; a part takes about 0.2


def configured(changes):
    config = RunConfig()
    for path, value in changes.items():
        config = with_value(config, path, value)
    return config


def extremes():
    """(path, value, configuration) of both ends of every declared number, in every family.

    Devices may not be there; they have tests of their own.
    """
    for family in DISTRIBUTIONS:
        base = configured({"data.distribution.family": family.family(), **QUICK})
        for path, (field, _) in values(base).items():
            if path == "training.device" or (field.kind is str and not field.choices):
                continue
            if family is DISTRIBUTIONS[0] or path.startswith("data.distribution."):
                for value in ends(field):
                    yield path, value, with_value(base, path, value)


def ends(field):
    """Every choice, the least and the most, or lists of the fewest and most rows at theirs."""
    if field.choices:
        return field.choices
    if field.kind is str:  # a text has no ends
        return (field.default,)
    bounds = field.parameter.minimum, field.parameter.maximum
    if field.row is None:
        return tuple(field.kind(end) for end in bounds)
    least, most = ({c.name: ends(c)[end] for c in declared(field.row)} for end in (0, -1))
    if "weight" in most:
        least["weight"] = most["weight"]  # nothing but weights of 0 is refused
    return tuple([row] * int(n) for n in bounds for row in (least, most))


EXTREMES = list(extremes())


def named(parameter):
    return str(parameter) if isinstance(parameter, str | int | float) else ""


@pytest.mark.parametrize(("path", "value", "config"), EXTREMES, ids=named)
def test_every_extreme_value_trains(path, value, config):
    trainer = Trainer(config)
    truth = view_truth(config.data.distribution, trainer.data.train, trainer.data.test)
    assert np.isfinite([truth.entropy, truth.test_floor, *trainer.untrained.losses]).all()
    assert np.isfinite(truth.density).all()
    assert (np.diff(truth.levels) <= 0).all()
    for _ in range(3):
        step = next(trainer)
        assert np.isfinite(step.losses).all()
    noise = display_noise(config)
    picture = draw_picture(trainer.plan, trainer.parameters, noise, trainer.data.test, 3, 1)
    assert np.isfinite(picture.parameters).all()


# in the window --------------------------------------------------------------------------


class Pulse:
    """The longest time that the event loop did not turn."""

    def __init__(self):
        self._last = time.perf_counter()
        self.longest = 0.0
        self._timer = QTimer(interval=5, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self):
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now

    def stop(self):
        self._beat()
        self._timer.stop()
        return self.longest


@pytest.fixture
def bench(qtbot):
    with benches(qtbot) as make:
        yield make


@pytest.fixture
def open_window(qtbot, tmp_path):
    drivers = []

    def make(config):
        drivers.append(Driver(qtbot, tmp_path / "state.ini", config, size=(900, 560)))
        return drivers[-1]

    yield make
    for driver in drivers:
        driver.close()


def test_the_window_takes_every_extreme_value(open_window):
    """Each is shown, made, stepped and reset, by the controls' own way."""
    d = open_window(configured(QUICK))
    # the families' own are taken by the same controls: one of each family
    seen = set()
    numbers = []
    for path, value, config in EXTREMES:
        family = type(config.data.distribution)
        if not isinstance(value, str) and (family is DISTRIBUTIONS[0] or family not in seen):
            numbers.append((path, value, config))
            seen.add(family)
    for path, value, config in numbers:
        d.window.document.edit(config, path)
        if path in d.window.form.controls:
            assert d.window.form.controls[path].value == values(config)[path][1]
        d.key(Qt.Key.Key_R)
        d.until(lambda config=config: d.run.ready and d.run.config == config)
        d.key(Qt.Key.Key_S)
        d.until(lambda: d.run.step == 1)
        d.until_rest()
        assert not d.window.banner.isVisible(), (path, value, d.window.banner.text)
        assert not d.window.form.banner.isVisible()
    d.window.document.stack.setIndex(0)
    assert d.window.document.config == configured(QUICK)


def test_a_million_examples_are_made_while_the_window_lives(open_window):
    d = open_window(configured(QUICK))
    pulse = Pulse()
    large = configured({**QUICK, "data.train_size": 1_000_000, "data.test_size": 100_000})
    d.window.document.edit(large, "data.train_size")
    words = d.window.said.text()
    d.until(lambda: d.run.ready and d.run.config == large)
    d.key(Qt.Key.Key_S)
    d.until(lambda: d.run.step == 1)
    d.until_rest()
    assert words.startswith("Making the data")
    assert pulse.stop() < 1.0
    assert len(d.run.truth.train) == 1_000_000


# too heavy to wait for -------------------------------------------------------------------


def test_closing_while_the_heaviest_model_is_measured_is_prompt(bench):
    b = bench(configured({**HEAVY, "training.noise_samples": 64}), ready=False)
    b.qtbot.wait(1500)
    assert b.controller.state is State.STOPPING  # the test of the untrained model takes minutes
    start = time.monotonic()
    assert b.controller.close()
    assert time.monotonic() - start < PROMPT


def test_a_heavy_run_being_made_gives_way_to_a_lighter_one(bench):
    b = bench(configured({**HEAVY, "training.noise_samples": 64}), ready=False)
    b.qtbot.wait(1000)
    start = time.monotonic()
    b.controller.reset(configured(QUICK))
    b.until(lambda: b.controller.has_run)
    assert time.monotonic() - start < PROMPT


@pytest.fixture
def heavy(bench):
    """A run in the middle of a step that takes about a minute."""
    b = bench(configured({**HEAVY, "data.test_size": 100}))
    b.controller.apply_live(configured({**HEAVY, "training.noise_samples": 64}))
    b.controller.run()
    b.qtbot.wait(1000)
    b.controller.poll()
    assert (b.controller.step, b.controller.resting) == (0, False)
    return b


def test_a_step_of_a_minute_gives_way_to_a_pause_and_then_to_lighter_settings(heavy):
    c = heavy.controller
    start = time.monotonic()
    c.pause()
    heavy.until(lambda: c.resting)
    assert time.monotonic() - start < PROMPT
    assert c.step == 0
    c.run()
    heavy.qtbot.wait(500)
    light = configured({**HEAVY, "training.batch_size": 10, "training.noise_samples": 1})
    c.apply_live(light)
    heavy.until(lambda: c.step > 2)
    assert c.state is State.RUNNING
    assert time.monotonic() - start < 3 * PROMPT


def test_a_step_of_a_minute_gives_way_to_a_reset(heavy):
    start = time.monotonic()
    heavy.controller.reset(configured(QUICK))
    heavy.until(lambda: heavy.controller.has_run)
    assert time.monotonic() - start < PROMPT


@pytest.mark.parametrize("single", [True, False])
def test_a_step_of_a_minute_gives_way_to_the_end(heavy, single):
    if single:
        heavy.controller.step_once()
        heavy.qtbot.wait(500)
    start = time.monotonic()
    assert heavy.controller.close()
    assert time.monotonic() - start < PROMPT
