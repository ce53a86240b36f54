"""Panels that are drawn in several turns: what is painted when, and what becomes of the rest."""

import sys
import time

import pytest
from pictures import make_frame, make_truth, shown
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from vae_gui.ui.panels.turns import IF_LATE, PAINT_FIRST, PanelInTurns, unpainted
from vae_gui.ui.scheduler import ENOUGH, FrameScheduler
from vae_gui.ui.theme import THEMES


class Canvas(QWidget):
    """A widget that counts how often it is painted, and with what."""

    def __init__(self, parent):
        super().__init__(parent)
        self.said, self.painted = "", []

    def say(self, words):
        self.said = words
        self.update()

    def paintEvent(self, event):
        QPainter(self).end()
        self.painted.append(self.said)


class Piecemeal(PanelInTurns):
    """Draws three words into its canvas, with cuts of one kind in between."""

    key = "piecemeal"
    title = "Piecemeal"
    cut = PAINT_FIRST
    slow = 0.0  # seconds that a word takes
    fails = False

    def __init__(self):
        super().__init__(THEMES["dark"])
        self.canvas = Canvas(self)
        self.body.addWidget(self.canvas)
        self.resize(200, 100)
        self.pieces = []

    def turns(self, frame):
        with unpainted(self.canvas):
            for word in ("a", "b", "c"):
                time.sleep(self.slow)
                self.canvas.say(self.canvas.said + word)
                self.pieces.append(word)
                if self.fails and word == "b":
                    raise ZeroDivisionError
                yield self.cut


class Stage:
    """A real scheduler with one panel, and what it does in which turn."""

    def __init__(self, qtbot):
        self.bot, self.news = qtbot, [make_frame()]
        self.panel = Piecemeal()
        qtbot.addWidget(self.panel)
        self.panel.show()
        shown(self.panel)
        self.scheduler = FrameScheduler(lambda: self.news.pop() if self.news else None, bool)
        self.scheduler.add(self.panel)
        self.drawn, self.turns = [], []
        self.scheduler.drawn.connect(lambda panel, frame: self.drawn.append(panel))
        self.scheduler.drawing.connect(self._on_drawing)
        self.panel.canvas.painted.clear()
        self._then = None

    def _on_drawing(self, begins):
        if begins:
            self.turns.append(len(self.panel.pieces))
        elif self._then is not None and self.panel.pieces:
            then, self._then = self._then, None
            then()
            self.then = True

    def run(self, then=None):
        """Draw a frame; once the first turn with a piece in it is over, do something else."""
        self._then, self.then = then, then is None
        self.scheduler.show_truth(make_truth())
        self.scheduler.wake()
        self.bot.waitUntil(lambda: self.then and (then is not None or self.scheduler.settled))


@pytest.fixture
def stage(qtbot):
    stage = Stage(qtbot)
    yield stage
    stage.scheduler.stop()


def test_each_piece_has_a_turn_and_all_are_painted_once(stage):
    stage.run()
    truth, *mine = stage.turns
    assert mine == [0, 1, 2, 3], "and one to end with, after which it is painted"
    assert truth == 0
    assert stage.drawn == [stage.panel]
    assert stage.panel.canvas.painted == ["abc"]


@pytest.mark.parametrize("slow", [0.0, 1.5 * ENOUGH])
def test_a_turn_that_is_not_late_goes_on(stage, slow):
    stage.panel.cut, stage.panel.slow = IF_LATE, slow
    stage.run()
    assert stage.turns[1:] == ([0, 1, 2, 3] if slow else [0])
    assert stage.panel.canvas.painted == ["abc"]


def test_a_panel_is_finished_before_its_picture_is_taken(stage):
    stage.run(lambda: stage.scheduler.catch_up(stage.panel))
    assert stage.panel.pieces == ["a", "b", "c"]
    assert stage.panel.canvas.updatesEnabled()
    assert stage.drawn == [stage.panel]


@pytest.mark.parametrize("leave", ["show_truth", "clear", "stop"])
def test_what_was_begun_of_another_run_is_left_and_holds_nothing_up(stage, leave):
    held = []

    def end():
        held.append(not stage.panel.canvas.updatesEnabled())
        method = getattr(stage.scheduler, leave)
        method(make_truth()) if leave == "show_truth" else method()

    stage.run(end)
    stage.bot.wait(20)
    assert held == [True]
    assert stage.panel.canvas.updatesEnabled()
    assert stage.panel.pieces == ["a"]
    assert not stage.drawn


@pytest.mark.parametrize("change", ["size", "style"])
def test_a_panel_that_is_resized_or_restyled_meanwhile_is_not_left_blank(stage, change):
    def disturb():
        stage.scheduler._tick.stop()  # the next piece comes late
        if change == "size":
            stage.panel.resize(300, 160)
        else:
            stage.panel.canvas.setStyleSheet("color: red")
        shown(stage.panel)
        assert stage.panel.canvas.painted[-1:] == ["a"]
        stage.scheduler.wake()

    stage.run(disturb)
    stage.bot.waitUntil(lambda: stage.scheduler.settled)
    shown(stage.panel)
    assert stage.panel.canvas.painted[-1] == "abc"


def test_a_fault_in_a_later_piece_leaves_the_panel_painted_and_set_aside(stage, monkeypatch):
    told = []
    stage.panel.cut = IF_LATE
    monkeypatch.setattr(sys, "excepthook", lambda *fault: told.append(fault[0]))
    stage.panel.fails = True
    stage.run(lambda: None)
    stage.bot.waitUntil(lambda: bool(told))
    assert told == [ZeroDivisionError]
    stage.bot.waitUntil(lambda: stage.panel.canvas.painted == ["ab"])
    stage.news.append(make_frame())
    stage.scheduler.wake()
    stage.bot.wait(60)
    assert stage.panel.pieces == ["a", "b"], "not again in this run"
    assert not stage.drawn


def test_a_panel_may_go_before_it_is_finished(stage, qtbot):
    turns = stage.panel.turns(make_frame())
    next(turns)
    stage.panel.canvas.setParent(None)
    stage.panel.canvas.deleteLater()
    qtbot.wait(1)
    turns.close()
