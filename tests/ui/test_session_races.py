"""Orders that cross: what happens when they come at the worst moment."""

import threading
import time

import numpy as np
import pytest
from benches import LONG, SMALL, benches, configured
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from windows import Driver, small_config

from vae_gui.core.config import assigned
from vae_gui.core.parameters import InvalidValue
from vae_gui.core.storage import load_run, save_run
from vae_gui.core.training import Trainer
from vae_gui.ui.following import REST_MS
from vae_gui.ui.session import State, worker
from vae_gui.ui.window import LATEST_START_MS, MainWindow

WILD = configured(
    "data.distribution.std_x1=10",
    "training.learning_rate=10",
    "training.epochs=1000",
    "model.activation=relu",
    "model.hidden_layers=4",
)


@pytest.fixture
def bench(qtbot):
    with benches(qtbot) as make:
        yield make


@pytest.fixture
def held(monkeypatch):
    """Holds up the making of data until told; the data are real."""

    class Gate:
        entered, opened = threading.Event(), threading.Event()

    def make(config):
        Gate.entered.set()
        assert Gate.opened.wait(20)
        return original(config)

    original = worker.make_dataset
    monkeypatch.setattr(worker, "make_dataset", make)
    yield Gate
    Gate.opened.set()


def once(monkeypatch, place, name, error):
    """Let a function fail the first time it is called."""
    original = getattr(place, name)
    calls = []

    def fail(*args, **kwargs):
        calls.append(1)
        if len(calls) == 1:
            raise error
        return original(*args, **kwargs)

    monkeypatch.setattr(place, name, fail)


# before it is ready ---------------------------------------------------------------


def test_a_reset_while_a_run_is_made_leaves_only_the_newer(bench, held):
    b = bench(SMALL, ready=False)
    assert held.entered.wait(20)
    first, second = (assigned(SMALL, f"model.latent={n}") for n in (3, 4))
    b.controller.reset(first)
    b.controller.reset(second)
    held.opened.set()
    made = []
    b.controller.prepared.connect(made.append)
    b.until_ready()
    b.until_rest()
    assert [p.config for p in made] == [second]
    assert {f.plan.model.latent for f in b.frames} == {4}


@pytest.mark.parametrize("taken", [True, False], ids=["while it is made", "before"])
def test_a_live_change_before_the_run_is_ready_counts(bench, held, taken):
    b = bench(LONG, ready=False)
    assert held.entered.wait(20)
    if not taken:
        b.controller.reset(LONG)  # the worker is still at the first
    wanted = assigned(LONG, "training.beta=4")
    b.controller.apply_live(wanted)
    held.opened.set()
    b.until_ready()
    assert b.controller.config == wanted
    b.controller.step_once()
    b.until(lambda: b.controller.step == 1)
    total, reconstruction, kl = b.controller.recording.losses[0]
    assert total == pytest.approx(reconstruction + 4 * kl, rel=1e-4)


def test_run_and_step_before_it_is_ready_do_nothing(bench, held):
    b = bench(LONG, ready=False)
    b.controller.run()
    b.controller.step_once()
    b.controller.pause()
    assert b.controller.state is State.STOPPING
    held.opened.set()
    b.until_ready()
    b.until_rest()
    assert b.controller.state is State.IDLE
    assert b.controller.step == 0


def test_closing_before_it_is_ready_is_quick_and_final(bench):
    b = bench(SMALL, ready=False)
    start = time.monotonic()
    assert b.controller.close()
    assert b.controller.close()
    assert time.monotonic() - start < 3
    b.controller.reset(SMALL)  # a timer's last call may come after the end
    b.controller.run()
    b.qtbot.wait(20)
    assert b.controller.joined


# orders that cross the news ---------------------------------------------------------


def test_fifty_quick_steps_are_fifty_steps(bench):
    b = bench(LONG)
    for _ in range(50):
        b.controller.step_once()
    b.until_rest()
    assert b.controller.step == 50
    b.qtbot.wait(20)
    b.controller.poll()
    assert b.controller.step == 50


def test_more_epochs_asked_for_just_as_the_run_ends_are_made(bench):
    b = bench(SMALL)
    b.controller.run()
    time.sleep(0.3)  # it ends, and the controller is not told
    b.controller.apply_live(assigned(SMALL, "training.epochs=5"))
    b.until(lambda: b.controller.state is State.PAUSED or b.controller.step == 50)
    if b.controller.step < 50:
        b.until_rest()
        assert not b.controller.finished
        b.controller.run()
    b.until(lambda: b.controller.finished)
    b.until_rest()
    assert b.controller.step == 50


def test_steps_left_over_at_the_end_are_not_made_up_for_later(bench):
    b = bench(SMALL)
    b.controller.step_once(40)
    b.until(lambda: b.controller.finished)
    b.until_rest()
    b.controller.apply_live(assigned(SMALL, "training.epochs=5"))
    b.until_rest()
    b.qtbot.wait(20)
    b.controller.poll()
    assert b.controller.step == 30


def test_another_run_while_one_runs_takes_its_place(bench):
    b = bench(LONG)
    b.controller.step_once(5)
    b.until_rest()
    b.controller.take_state()
    b.until(lambda: b.states)
    saved = b.states[0]
    losses = saved.recording.losses.copy()
    b.controller.reset(SMALL)
    b.until_ready()
    b.controller.run()
    b.until(lambda: b.controller.step > 5)
    b.controller.reset(saved.config, saved.state, saved.recording)
    b.until_ready()
    b.until_rest()
    assert b.controller.state is State.PAUSED
    assert b.controller.config == LONG
    np.testing.assert_array_equal(b.controller.recording.losses, losses)


@pytest.mark.parametrize("resets", [1, 2])
@pytest.mark.parametrize("poll_between", [True, False])
def test_a_run_to_be_saved_survives_a_reset_that_comes_first(bench, tmp_path, resets, poll_between):
    b = bench(LONG)
    b.controller.run()
    b.until(lambda: b.controller.step > 5)
    b.controller.pause()
    b.controller.take_state()
    for _ in range(resets):
        b.controller.reset(SMALL)
        if poll_between:
            b.controller.poll()
    if not poll_between:
        time.sleep(0.3)  # all that crosses is in the mailbox
    b.until_ready()
    b.until_rest()
    (saved,) = b.states
    assert saved.config == LONG
    assert saved.state.step == saved.recording.steps > 5
    save_run(tmp_path / "kept.vaerun", saved.config, saved.recording, saved.state)
    again, found = Trainer(LONG), load_run(tmp_path / "kept.vaerun")
    steps = [next(again).losses for _ in range(saved.state.step)]
    np.testing.assert_array_equal(found.recording.losses, np.array(steps, np.float32))
    assert b.controller.config == SMALL
    assert b.controller.step == 0


# trouble ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [MemoryError(), InvalidValue("data.train_size", 1, "it is too odd"), RuntimeError("no")],
    ids=["memory", "value", "fault"],
)
def test_a_run_that_cannot_be_made_leaves_room_for_the_next(bench, monkeypatch, error):
    b = bench(SMALL)
    b.controller.step_once(3)
    b.until_rest()
    once(monkeypatch, worker, "make_dataset", error)
    b.controller.reset(LONG)
    b.until(lambda: b.troubles)
    c = b.controller
    assert b.troubles[0].message
    assert (c.state, c.ready, c.has_run, c.step) == (State.IDLE, False, False, 0)
    b.until(lambda: c.untouched)  # so that the controls are followed
    c.run()
    c.step_once()
    assert c.state is State.IDLE
    c.reset(LONG)
    b.until_ready()
    c.step_once(2)
    b.until_rest()
    assert (c.step, len(b.troubles), c.trouble) == (2, 1, None)


def test_an_engine_that_fails_to_start_is_tried_again_by_a_reset(bench, monkeypatch):
    b = bench(SMALL)
    once(monkeypatch, Trainer, "warm_up", OSError("libtorch is not there"))
    b.controller.reset(SMALL)
    b.until(lambda: b.troubles)
    assert "libtorch" in b.troubles[0].message
    assert not b.controller.ready
    b.controller.reset(SMALL)
    b.until_ready()


def test_a_picture_that_fails_is_told_once_and_the_run_goes_on(bench, monkeypatch):
    b = bench(LONG)
    once(monkeypatch, worker, "draw_picture", MemoryError())
    b.controller.step_once()
    b.until(lambda: b.troubles)
    b.until(lambda: b.controller.resting)
    b.controller.step_once()
    b.until_rest()
    assert b.controller.step == 2
    assert len(b.troubles) == 1


def test_pictures_that_always_fail_do_not_stop_the_worker(bench, monkeypatch):
    b = bench(LONG)

    def fail(*_):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(worker, "draw_picture", fail)
        b.controller.step_once(3)
        b.until(lambda: b.troubles and b.controller.resting)
        b.qtbot.wait(50)
        b.controller.poll()
        assert len(b.troubles) < 4
    b.controller.reset(SMALL)
    b.until_ready()
    b.until_rest()


def test_a_diverged_run_that_is_run_again_as_it_is_says_so_again(bench):
    b = bench(WILD)
    b.controller.run()
    b.until(lambda: b.troubles)
    b.until_rest()
    at = b.controller.step
    b.controller.run()
    assert b.controller.state is State.RUNNING
    b.until(lambda: len(b.troubles) > 1 or b.controller.step > at)
    b.controller.pause()
    b.until_rest()
    assert b.controller.state in (State.PAUSED, State.IDLE)
    assert np.isfinite(b.controller.recording.losses).all()
    b.controller.apply_live(assigned(WILD, "training.learning_rate=1e-6"))
    at, told = b.controller.step, len(b.troubles)
    b.controller.step_once(3)
    b.until(lambda: b.controller.step == at + 3 or len(b.troubles) > told)


# in the window ------------------------------------------------------------------------


def test_a_window_closed_as_it_opens_starts_nothing(qtbot, tmp_path):
    settings = QSettings(str(tmp_path / "state.ini"), QSettings.Format.IniFormat)
    window = MainWindow(small_config(), settings)
    window.show()
    window.close()
    qtbot.wait(LATEST_START_MS + 50)  # what the first showing had put off
    assert window.controller.joined
    window.deleteLater()


def test_a_run_begun_before_the_controls_are_followed_is_kept(qtbot, tmp_path):
    d = Driver(qtbot, tmp_path / "state.ini")
    wider = assigned(d.window.document.config, "model.hidden_units=17")
    d.window.document.edit(wider, "model.hidden_units")
    d.key(Qt.Key.Key_S)  # within the rest that an untrained run waits for
    qtbot.wait(2 * REST_MS)
    d.until_rest()
    assert d.run.step == 1
    assert d.run.config.model.hidden_units == 64
    assert d.window.form.banner.isVisible()
    d.close()


def test_a_run_that_cannot_be_made_says_so_and_follows_the_controls(qtbot, tmp_path, monkeypatch):
    d = Driver(qtbot, tmp_path / "state.ini")
    once(monkeypatch, worker, "make_dataset", MemoryError())
    d.key(Qt.Key.Key_R)
    d.until(d.window.banner.isVisible)
    assert "memory" in d.window.banner.text
    assert "Reset" in d.window.said.text()
    d.until(lambda: d.run.untouched)
    d.window.files.save_run()
    box = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox))
    assert "no run to save" in box.text() + box.informativeText()
    box.close()
    smaller = assigned(d.window.document.config, "data.train_size=900")
    d.window.document.edit(smaller, "data.train_size")
    d.until_ready()
    assert d.run.config == smaller
    assert not d.window.banner.isVisible()
    d.close()
