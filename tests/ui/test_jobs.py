"""What panels ask is answered beside the GUI: the newest only, of this run only, or not at all."""

import threading
import time
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from short_run import ShortRun, short_truth

from vae_gui.core.interrupting import Interrupted
from vae_gui.ui.panels.base import Panel
from vae_gui.ui.questions import Question
from vae_gui.ui.session import JobDesk, analyst
from vae_gui.ui.theme import DARK


@dataclass(frozen=True, kw_only=True, eq=False)
class Likelihood(Question):
    """The exact log-likelihood of the test points; if it has a gate, it waits there first."""

    gate: threading.Event | None = None
    entered: threading.Event = field(default_factory=threading.Event)
    fault: Exception | None = None

    def answer(self, analysis):
        self.entered.set()
        while self.gate is not None and not self.gate.wait(0.001):
            if analysis.wants_stop():
                raise Interrupted
        if self.fault is not None:
            raise self.fault
        return float(analysis.density.log_p.mean()), analysis, threading.current_thread()


class Asker(Panel):
    """Asks for the likelihood of each step that it draws."""

    key = title = "asker"

    def __init__(self):
        super().__init__(DARK)
        self.answers, self.asked = [], []
        self.more = {}
        self.resize(40, 40)
        self.show()

    def question(self, frame):
        if self.answers and self.answers[-1].step == frame.picture.step:
            return None
        self.asked.append(Likelihood.about(frame, **self.more))
        return self.asked[-1]

    def show_answer(self, answer):
        self.answers.append(answer)


class Desk:
    """A desk, its panels, and a run to ask about."""

    def __init__(self, qtbot):
        self.bot, self.training, self.troubles = qtbot, False, []
        self.jobs = JobDesk(lambda: self.training)
        self.jobs.troubled.connect(self.troubles.append)
        self.run = ShortRun()
        self.panels = []
        self.jobs.show_truth(short_truth())

    def asker(self, **more):
        panel = Asker()
        panel.more = more
        self.bot.addWidget(panel)
        self.panels.append(panel)
        self.jobs.add(panel)
        return panel

    def draw(self):
        """All panels draw the newest frame, as on a tick."""
        frame = self.run.frame()
        for panel in self.panels:
            if panel.in_sight:
                self.jobs.on_drawn(panel, frame)
        self.jobs.look()
        return frame

    def until(self, condition):
        self.bot.waitUntil(lambda: bool(condition()), timeout=20_000)

    def until_settled(self):
        self.until(lambda: (self.jobs.look(), self.jobs.settled)[1])


@pytest.fixture
def desk(qtbot):
    made = Desk(qtbot)
    yield made
    assert made.jobs.close()
    assert made.jobs.joined
    made.jobs.deleteLater()


def test_an_answer_is_that_of_the_step_drawn_and_computed_on_another_thread(desk):
    panel = desk.asker()
    desk.run.train(3)
    frame = desk.draw()
    desk.until_settled()
    answer = panel.answers[-1]
    value, analysis, thread = answer.found
    assert answer.step == 3
    assert answer.age(frame) == 0
    assert thread is not threading.current_thread()
    assert value == pytest.approx(float(analysis.density.log_p.mean()), abs=0)
    assert analysis.parameters is frame.picture.parameters


def test_while_one_is_in_flight_only_the_newest_is_asked_next(desk):
    gate = threading.Event()
    panel = desk.asker(gate=gate)
    desk.draw()
    desk.until(lambda: panel.asked[0].entered.is_set())
    for _ in range(5):
        desk.run.train(1)
        desk.draw()
    gate.set()
    desk.until_settled()
    assert [a.step for a in panel.answers] == [0, 5], "and none between them"


def test_questions_about_the_same_weights_share_one_analysis(desk):
    first, second = desk.asker(), desk.asker()
    desk.draw()
    desk.until_settled()
    assert first.answers[-1].found[1] is second.answers[-1].found[1]
    before = first.answers[-1].found[1]
    desk.run.train(1)
    desk.draw()
    desk.until_settled()
    assert first.answers[-1].found[1] is not before


def test_an_answer_about_the_run_before_is_dropped(desk):
    gate = threading.Event()
    panel = desk.asker(gate=gate)
    desk.draw()
    desk.until(lambda: panel.asked[-1].entered.is_set())
    panel.more = {}
    desk.run = ShortRun(run=2)
    desk.jobs.show_truth(short_truth())
    desk.draw()
    desk.until_settled()
    assert not gate.is_set(), "it was interrupted rather than waited for"
    assert [a.question.run for a in panel.answers] == [2]


def test_what_a_person_waits_for_interrupts_what_no_one_waits_for(desk):
    gate = threading.Event()
    slow = desk.asker(gate=gate)
    desk.draw()
    desk.until(lambda: slow.asked[-1].entered.is_set())
    quick = desk.asker(eager=True)
    desk.draw()
    desk.until(lambda: quick.answers)
    assert not slow.answers
    gate.set()
    desk.until_settled()
    assert slow.answers, "it asked again"


@pytest.mark.parametrize("eager", [True, False])
def test_only_what_no_one_waits_for_rests_while_training_runs(desk, eager):
    gate, errand = threading.Event(), desk.jobs._errand
    desk.training = True
    panel = desk.asker(gate=gate, eager=eager)
    desk.draw()
    desk.until(lambda: panel.asked[-1].entered.is_set())
    desk.until(lambda: time.perf_counter() - errand._began > 0.1)
    desk.jobs.look()
    assert (errand._rested == 0) is eager
    gate.set()
    desk.until(lambda: panel.answers)


def test_a_panel_out_of_sight_asks_nothing_unless_it_is_pinned(desk):
    panel = desk.asker()
    frame = desk.draw()
    desk.until_settled()
    panel.hide()
    desk.run.train(1)
    asked = len(panel.asked)
    desk.draw()
    assert len(panel.asked) == asked
    assert desk.jobs.settled
    newer = desk.run.frame()
    assert frame.picture.step < newer.picture.step
    desk.jobs.pin(panel, newer)
    assert not desk.jobs.knows_all(panel)
    desk.until(lambda: desk.jobs.knows_all(panel))
    desk.jobs.unpin(panel)
    assert panel.answers[-1].step == 1


def test_a_fault_is_told_once_and_another_run_begins_anew(desk):
    panel, sound = desk.asker(fault=ValueError("no such thing")), desk.asker()
    desk.draw()
    desk.until_settled()
    (trouble,) = desk.troubles
    assert "no such thing" in trouble.message
    assert "Traceback" in trouble.details
    assert not panel.answers
    assert sound.answers, "the others go on"
    panel.more = {}
    desk.jobs.show_truth(short_truth())
    desk.draw()
    desk.until_settled()
    assert panel.answers


def test_too_little_memory_is_told_in_words(desk):
    desk.asker(fault=MemoryError())
    desk.draw()
    desk.until_settled()
    assert "not enough memory" in desk.troubles[0].message
    assert not desk.troubles[0].details, "no traceback: nothing is wrong with the program"


def test_closing_interrupts_and_joins(desk):
    panel = desk.asker(gate=threading.Event())
    desk.draw()
    desk.until(lambda: panel.asked[-1].entered.is_set())
    began = time.monotonic()
    assert desk.jobs.close()
    assert time.monotonic() - began < 2
    assert desk.jobs.joined
    desk.draw()  # asks nothing any more
    assert desk.jobs.joined
    assert not panel.answers


def test_jobs_leave_training_its_share_of_the_clock(qtbot):
    errand = analyst.Errand()
    errand.set_paced(True)
    errand.give(analyst.Task(None, None))
    assert errand.take() is not None
    began = time.perf_counter()
    while errand._worked() < 0.05:
        errand.wants_stop()
    took = time.perf_counter() - began
    worked, debt = errand.account()
    # what is slept longer than asked for is no one's fault: only too short would be
    assert took + debt >= 0.9 * worked / analyst.SHARE
    errand.drop()
    began = time.perf_counter()
    assert errand.wants_stop(), "at once, without the rest that is due"
    assert time.perf_counter() - began < 0.5


def test_while_the_window_draws_the_work_waits_between_two_of_its_parts():
    errand = analyst.Errand()
    errand.give(analyst.Task(None, None))
    assert errand.take() is not None
    goes_on = threading.Event()

    def ask():
        assert not errand.wants_stop()
        goes_on.set()

    errand.set_held(True)
    other = threading.Thread(target=ask)
    other.start()
    assert not goes_on.wait(3 * analyst.HOLD_LOOK), "not by itself either"
    errand.set_held(False)
    assert goes_on.wait(10)
    other.join()
    errand.set_held(True)
    errand.drop()
    assert errand.wants_stop(), "what nobody wants any more does not wait"


class Use(RuleBasedStateMachine):
    """Runs, pauses, resets, hides and closes, with questions of all kinds; `bot` is set."""

    bot = None

    @initialize()
    def open_the_desk(self):
        self.d = Desk(self.bot)
        self.numbers = 1
        self.kinds = [self.d.asker(), self.d.asker(eager=True), self.d.asker(fault=OSError("x"))]

    @rule(steps=st.integers(1, 3))
    def train(self, steps):
        self.d.run.train(steps)
        self.d.draw()

    @rule()
    def run_or_pause(self):
        self.d.training = not self.d.training
        self.d.jobs.look()

    @rule()
    def reset(self):
        self.numbers += 1
        self.d.run = ShortRun(run=self.numbers)
        self.d.jobs.forget()
        self.d.jobs.show_truth(short_truth())
        for panel in self.kinds:
            panel.answers.clear()
        self.d.draw()

    @rule()
    def lose_the_run(self):
        self.d.jobs.forget()

    @rule(which=st.integers(0, 2), shown=st.booleans())
    def show_or_hide(self, which, shown):
        self.kinds[which].setVisible(shown)

    @rule(ms=st.integers(0, 20))
    def wait(self, ms):
        self.bot.wait(ms)

    @invariant()
    def answers_are_of_this_run_in_order(self):
        if not hasattr(self, "d"):
            return
        for panel in self.kinds:
            assert all(a.question.run == self.numbers for a in panel.answers)
            steps = [a.step for a in panel.answers]
            assert steps == sorted(steps)
            assert all(s <= self.d.run.trainer.step for s in steps)
        assert not self.kinds[2].answers

    def teardown(self):
        if not hasattr(self, "d"):
            return
        self.d.training = False
        self.d.jobs.forget()
        self.d.jobs.show_truth(short_truth())
        for panel in self.kinds:
            panel.answers.clear()
            panel.show()
        frame = self.d.draw()
        self.d.until_settled()
        for panel in self.kinds[:2]:
            assert panel.answers[-1].age(frame) == 0, "whatever came before, it ends complete"
        began = time.monotonic()
        assert self.d.jobs.close()
        assert time.monotonic() - began < 2
        self.d.jobs.deleteLater()


def test_no_order_of_use_breaks_the_desk(qtbot):
    Use.bot = qtbot
    try:
        Use.TestCase.settings = settings(
            max_examples=8, stateful_step_count=25, deadline=None, derandomize=True
        )
        Use.TestCase("runTest").runTest()
    finally:
        Use.bot = None
