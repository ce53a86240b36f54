"""The controller with its real worker thread, training for real."""

import time

import numpy as np
import pytest
from benches import LONG, SMALL, Bench, benches, configured
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from vae_gui.core.config import assigned
from vae_gui.core.training import Trainer
from vae_gui.ui.session import State
from vae_gui.ui.session.mailbox import Orders


@pytest.fixture
def bench(qtbot):
    with benches(qtbot) as make:
        yield make


def test_a_new_run_is_idle_untrained_and_shows_a_picture(bench):
    b = bench()
    b.until_rest()
    assert b.controller.state is State.IDLE
    assert b.controller.step == 0
    assert b.frames[-1].picture.step == 0
    assert [t.epoch for t in b.controller.recording.tests] == [0]


def test_the_window_records_exactly_what_the_trainer_yields(bench):
    b = bench()
    b.controller.run()
    b.until(lambda: b.controller.finished)
    b.until_rest()
    trainer = Trainer(SMALL)
    steps = list(trainer)
    expected = np.array([s.losses for s in steps], np.float32)
    np.testing.assert_array_equal(b.controller.recording.losses, expected)
    tests = [trainer.untrained, *(s.test for s in steps if s.test)]
    assert b.controller.recording.tests == tests
    np.testing.assert_array_equal(b.controller.frame.picture.parameters, trainer.parameters)
    assert b.controller.state is State.IDLE


def test_step_makes_one_step_and_pause_stops_at_once(bench):
    b = bench(LONG)
    b.controller.step_once()
    b.until(lambda: b.controller.step == 1)
    b.until_rest()
    assert b.controller.state is State.PAUSED
    b.controller.run()
    b.until(lambda: b.controller.step > 20)
    b.controller.pause()
    b.until_rest()
    stopped_at = b.controller.step
    b.qtbot.wait(50)
    b.controller.poll()
    assert b.controller.step == stopped_at
    assert b.controller.frame.picture.step == stopped_at


def test_step_while_running_pauses(bench):
    b = bench(LONG)
    b.controller.run()
    b.until(lambda: b.controller.step > 5)
    b.controller.step_once()
    assert b.controller.state is State.PAUSED
    b.until_rest()
    stopped_at = b.controller.step
    b.qtbot.wait(30)
    b.controller.poll()
    assert b.controller.step == stopped_at


def test_reset_drops_the_old_run_and_repeats_it_exactly(bench):
    b = bench()
    b.controller.run()
    b.until(lambda: b.controller.step >= 10)
    first = b.controller.recording.losses[:10].copy()
    b.controller.reset(SMALL)
    assert b.controller.state is State.STOPPING
    b.until_ready()
    assert b.controller.step == 0
    assert b.controller.state is State.IDLE
    b.controller.run()
    b.until(lambda: b.controller.step >= 10)
    np.testing.assert_array_equal(b.controller.recording.losses[:10], first)


def test_live_values_apply_between_steps_without_a_restart(bench):
    b = bench(LONG)
    b.controller.run()
    b.until(lambda: b.controller.step > 5)
    b.controller.apply_live(assigned(LONG, "training.beta=4"))
    b.until(lambda: b.controller.recording.changes)
    (step, words), *_ = b.controller.recording.changes
    assert "beta = 4" in words
    b.until(lambda: b.controller.step > step + 5)
    total, reconstruction, kl = b.controller.recording.losses[step + 1]
    assert total == pytest.approx(reconstruction + 4 * kl, rel=1e-4)
    total, reconstruction, kl = b.controller.recording.losses[step - 1]
    assert total == pytest.approx(reconstruction + kl, rel=1e-4)


def test_what_needs_a_restart_is_not_applied_live(bench):
    b = bench(LONG)
    b.controller.apply_live(assigned(assigned(LONG, "model.latent=5"), "training.beta=2"))
    assert b.controller.config.model.latent == LONG.model.latent
    assert b.controller.config.training.beta == 2


def test_more_epochs_go_on_where_the_run_finished(bench):
    b = bench()
    b.controller.run()
    b.until(lambda: b.controller.finished)
    b.controller.run()  # nothing left to do
    assert b.controller.state is State.IDLE
    b.controller.apply_live(assigned(SMALL, "training.epochs=4"))
    assert not b.controller.finished
    b.controller.run()
    b.until(lambda: b.controller.finished)
    assert b.controller.step == 40


def test_fewer_epochs_than_done_finish_the_run(bench):
    b = bench(LONG)
    b.controller.run()
    b.until(lambda: len(b.controller.recording.tests) > 3)
    b.controller.apply_live(assigned(LONG, "training.epochs=1"))
    b.until(lambda: b.controller.finished)
    assert b.controller.state is State.IDLE


def test_a_diverging_run_shows_and_keeps_the_last_weights_that_gave_a_finite_loss(bench):
    b = bench(configured("training.learning_rate=10", "training.epochs=1000"))
    b.controller.run()
    b.until(lambda: b.troubles)
    b.until_rest()
    b.controller.take_state()
    b.until(lambda: b.states)
    assert "diverged" in b.troubles[0].title
    assert b.troubles[0].details == ""
    assert b.controller.state is State.PAUSED
    recording, picture = b.controller.recording, b.controller.frame.picture
    assert np.isfinite(recording.losses).all()
    left = b.states[0].state.parameters
    np.testing.assert_array_equal(picture.parameters, left)
    assert recording.snapshot_steps[-1] == recording.steps == picture.step
    np.testing.assert_array_equal(recording.snapshot(recording.steps), left)
    trainer = Trainer(b.controller.config)
    trainer.restore(b.states[0].state)
    assert np.isfinite(trainer.test().losses).all()


def test_a_model_whose_first_loss_is_not_finite_is_no_fault_of_the_program(bench):
    wide = ("mean_x1=10", "mean_x2=10", "std_x1=10", "std_x2=10")
    b = bench(
        configured(
            *(f"data.distribution.{value}" for value in wide),
            "data.test_size=2000",
            "model.activation=identity",
            "model.hidden_units=8",
            "training.seed=2",
        ),
        ready=False,
    )
    b.until(lambda: b.troubles)
    assert "untrained model's test loss is not finite" in b.troubles[0].message
    assert "another training seed" in b.troubles[0].message
    assert b.troubles[0].details == ""
    b.controller.reset(SMALL)
    b.until_ready()


def test_a_fault_in_the_worker_is_delivered_with_its_traceback(bench, monkeypatch):
    b = bench(LONG)

    def broken(self):
        raise RuntimeError("torch would say this")

    monkeypatch.setattr(Trainer, "__next__", broken)
    b.controller.run()
    b.until(lambda: b.troubles)
    assert "torch would say this" in b.troubles[0].message
    assert "Traceback" in b.troubles[0].details
    assert b.controller.state is State.PAUSED or b.controller.state is State.IDLE


def test_speed_is_limited(bench):
    b = bench(LONG)
    b.controller.set_speed(50)
    b.controller.run()
    b.until(lambda: b.controller.step >= 1)
    start, at = time.monotonic(), b.controller.step
    b.until(lambda: b.controller.step >= at + 10)
    assert time.monotonic() - start >= 10 / 50 * 0.5  # far from the thousands it could do


def test_a_higher_speed_does_not_wait_for_the_time_of_the_lower_one(bench):
    b = bench(LONG)
    b.controller.set_speed(0.1)
    b.controller.run()
    b.until(lambda: b.controller.step == 1)
    start = time.monotonic()
    b.controller.set_speed(None)
    b.until(lambda: b.controller.step > 5)
    assert time.monotonic() - start < 5  # half the time of one step before


def test_a_higher_speed_counts_from_the_last_step():
    orders = Orders()
    orders.give(running=True, speed=1.0)
    assert orders.take(can_step=True, since=10.0, now=11.0).running
    orders.give(speed=4.0, picture=True)  # the picture, so that it does not wait
    assert not orders.take(can_step=True, since=10.0, now=10.2).running
    assert orders.take(can_step=True, since=10.0, now=10.25).running
    orders.give(speed=None)
    assert orders.take(can_step=True, since=10.0, now=10.0).running


def test_closing_wakes_a_paused_worker(bench):
    b = bench(LONG)
    b.controller.set_speed(1)
    b.controller.run()
    b.until(lambda: b.controller.step >= 1)
    start = time.monotonic()
    b.controller.close()
    assert time.monotonic() - start < 1
    assert not b.controller._thread.isRunning()


def test_a_taken_state_continues_to_the_bit(bench):
    b = bench()
    b.controller.step_once(7)
    b.until(lambda: b.controller.step == 7)
    b.controller.take_state()
    b.until(lambda: b.states)
    trainer = Trainer(SMALL)
    trainer.restore(b.states[0].state)
    rest = [s.losses for s in trainer]
    b.controller.run()
    b.until(lambda: b.controller.finished)
    np.testing.assert_array_equal(b.controller.recording.losses[7:], np.array(rest, np.float32))


def test_random_orders_keep_the_controller_sound(qtbot):
    """Start, pause, step, reset, live changes and speeds in any order."""

    class Machine(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.b = Bench(qtbot, LONG)
            self.b.until_ready()

        @rule()
        def run(self):
            self.b.controller.run()

        @rule()
        def pause(self):
            self.b.controller.pause()

        @rule(steps=st.integers(1, 3))
        def step(self, steps):
            before = self.b.controller.step
            idle = self.b.controller.resting and self.b.controller.ready
            self.b.controller.step_once(steps)
            if idle:
                self.b.until(lambda: self.b.controller.step == before + steps)
                self.b.until_rest()

        @rule()
        def reset(self):
            self.b.controller.reset(LONG)
            assert self.b.controller.state is State.STOPPING

        @rule(ms=st.integers(0, 30))
        def wait(self, ms):
            self.b.qtbot.wait(ms)
            self.b.controller.poll()

        @rule(beta=st.sampled_from([0, 1, 4]), size=st.sampled_from([1, 100, 5000]))
        def live(self, beta, size):
            wanted = assigned(LONG, f"training.beta={beta}")
            wanted = assigned(wanted, f"training.batch_size={size}")
            self.b.controller.apply_live(wanted)

        @rule(speed=st.sampled_from([None, 1.0, 100.0]))
        def speed(self, speed):
            self.b.controller.set_speed(speed)

        @precondition(lambda self: self.b.controller.state is State.STOPPING)
        @rule()
        def let_it_prepare(self):
            self.b.until_ready()
            assert self.b.controller.state is State.IDLE

        @invariant()
        def sound(self):
            c = self.b.controller
            assert not self.b.troubles
            assert not (c.state is State.RUNNING and not c.ready)
            if c.recording:
                assert len(c.recording.losses) == c.step
                assert np.isfinite(c.recording.losses).all()
            if c.frame:
                assert c.frame.picture.step <= c.step

        def teardown(self):
            start = time.monotonic()
            self.b.controller.close()
            assert time.monotonic() - start < 2
            self.b.controller.deleteLater()

    Machine.TestCase.settings = settings(max_examples=8, stateful_step_count=12, deadline=None)
    Machine.TestCase("runTest").runTest()
