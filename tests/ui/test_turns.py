"""Panels that are drawn in several turns: what is painted when, and what becomes of the rest."""

import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from pictures import make_frame, make_truth, shown
from PySide6.QtWidgets import QApplication, QGraphicsScene, QGraphicsView
from windows import Driver, small_config

from vae_gui.core.recording import Recording
from vae_gui.ui import scheduler
from vae_gui.ui.export import dialogs
from vae_gui.ui.panels.base import PanelInTurns
from vae_gui.ui.panels.film_strip import FilmStripPanel
from vae_gui.ui.panels.latent import LatentPanel
from vae_gui.ui.panels.network import NetworkPanel
from vae_gui.ui.panels.turns import Cut, unpainted
from vae_gui.ui.plotting.diagram_paint import DiagramPainter
from vae_gui.ui.plotting.film import FilmStrip
from vae_gui.ui.scheduler import FrameScheduler
from vae_gui.ui.theme import THEMES


class Canvas(QGraphicsView):
    """A view of a word that counts how often it is painted, and with which word."""

    def __init__(self, parent):
        super().__init__(parent)
        self.setScene(QGraphicsScene(0, 0, 100, 50, self))  # fixed, as that of a plot
        self.word = self.scene().addSimpleText("")
        self.painted = []

    def say(self, words):
        self.word.setText(words)

    def paintEvent(self, event):
        super().paintEvent(event)
        self.painted.append(self.word.text())

    @property
    def held(self):
        return self.viewportUpdateMode() is QGraphicsView.ViewportUpdateMode.NoViewportUpdate


class Piecemeal(PanelInTurns):
    """Draws three words into its canvas, with cuts of one kind in between."""

    key = "piecemeal"
    title = "Piecemeal"
    cut = Cut.PAINT_FIRST
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
                self.canvas.say(self.canvas.word.text() + word)
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
        QApplication.processEvents()  # the last of it may still have to be painted


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


@pytest.mark.parametrize("slow", [0.0, 0.005])
def test_a_turn_that_is_not_late_goes_on(stage, monkeypatch, slow):
    monkeypatch.setattr(scheduler, "ENOUGH", 0.003 if slow else 60.0)  # of a busy machine, too
    stage.panel.cut, stage.panel.slow = Cut.IF_LATE, slow
    stage.run()
    assert stage.turns[1:] == ([0, 1, 2, 3] if slow else [0])
    assert stage.panel.canvas.painted == ["abc"]


def test_a_panel_is_finished_before_its_picture_is_taken(stage):
    stage.run(lambda: stage.scheduler.catch_up(stage.panel))
    assert stage.panel.pieces == ["a", "b", "c"]
    assert not stage.panel.canvas.held
    assert stage.drawn == [stage.panel]


@pytest.mark.parametrize("leave", ["show_truth", "clear", "stop"])
def test_what_was_begun_of_another_run_is_left_and_holds_nothing_up(stage, leave):
    held = []

    def end():
        held.append(stage.panel.canvas.held)
        method = getattr(stage.scheduler, leave)
        method(make_truth()) if leave == "show_truth" else method()

    stage.run(end)
    stage.bot.wait(20)
    assert held == [True]
    assert not stage.panel.canvas.held
    assert stage.panel.pieces == ["a"]
    assert not stage.drawn


@pytest.mark.parametrize("change", ["size", "style", "sight"])
def test_a_view_that_has_to_be_painted_meanwhile_is_painted_as_it_is(stage, change):
    def disturb():
        stage.scheduler._tick.stop()  # the next piece comes late
        if change == "size":
            stage.panel.resize(300, 160)
        elif change == "style":
            stage.panel.canvas.viewport().setStyleSheet("background: red")
        else:  # as after minimising
            stage.panel.hide()
            stage.panel.show()
        shown(stage.panel)
        assert stage.panel.canvas.painted[-1:] == ["a"]
        assert stage.panel.canvas.held
        stage.scheduler.wake()

    stage.run(disturb)
    stage.bot.waitUntil(lambda: stage.scheduler.settled)
    shown(stage.panel)
    assert stage.panel.canvas.painted[-1] == "abc"


def test_a_fault_in_a_later_piece_leaves_the_panel_painted_and_set_aside(stage, monkeypatch):
    told = []
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


class Other(Piecemeal):
    key = "other"


def test_what_one_panel_fails_at_does_not_keep_another_from_being_exported(stage):
    other = Other()
    stage.bot.addWidget(other)
    stage.scheduler.add(other)
    stage.panel.fails = True
    left = []

    def export():
        stage.scheduler.catch_up(other)
        left.append(stage.scheduler._begun[0])
        stage.scheduler.stop()

    stage.run(export)
    assert other.pieces == ["a", "b", "c"]
    assert left == [stage.panel], "it goes on where it was"
    assert stage.panel.pieces == ["a"]


def test_a_panel_that_fails_while_it_is_exported_is_set_aside(stage):
    stage.panel.fails = True

    def export():
        with pytest.raises(ZeroDivisionError):
            stage.scheduler.catch_up(stage.panel)

    stage.run(export)
    stage.bot.wait(20)
    assert stage.panel.pieces == ["a", "b"]
    assert stage.panel in stage.scheduler._failed


def test_a_plot_is_not_black_on_the_screen_when_resized_between_two_pieces(qtbot):
    panel = LatentPanel(THEMES["light"])
    qtbot.addWidget(panel)
    panel.resize(400, 300)
    panel.show()
    shown(panel)
    turns = panel.turns(make_frame())
    next(turns)
    panel.resize(500, 350)
    shown(panel)
    image = panel.screen().grabWindow(panel.winId()).toImage()
    rows = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    turns.close()
    assert np.count_nonzero(rows & 0xFFFFFF == 0) < 2000


def test_a_variant_chosen_while_the_diagram_is_being_painted_stays(qtbot):
    panel = NetworkPanel(THEMES["dark"])
    qtbot.addWidget(panel)
    panel.resize(700, 450)
    panel.show()
    shown(panel)
    turns = panel.turns(make_frame())
    next(turns)
    without = next(a for a in panel._variant.actions() if a.data() == "without")
    without.trigger()
    chosen = panel.diagram.graph
    for _ in turns:
        pass
    assert not panel.trick
    assert panel.diagram.graph == chosen


@pytest.mark.parametrize("kind", [NetworkPanel, FilmStripPanel])
def test_what_takes_long_to_paint_is_painted_before_the_paint_event(qtbot, monkeypatch, kind):
    panel = kind(THEMES["dark"])
    qtbot.addWidget(panel)
    panel.resize(900, 450)
    panel.show()
    shown(panel)
    panel.take_truth(make_truth())
    cuts = list(panel.turns(make_frame(3)))
    assert cuts, "there was something to paint"
    for dear in ("_paint_plot", "_paint_caption"):  # of a cell
        monkeypatch.delattr(FilmStrip, dear)
    monkeypatch.delattr(DiagramPainter, "_outline")  # of a node that stays
    shown(panel)


def test_a_snapshot_may_be_thinned_out_while_the_film_strip_is_half_drawn(qtbot):
    frame = make_frame()
    flat = frame.picture.parameters
    recording = Recording(len(flat))

    def lengthen(last):
        for step in range(recording.steps, last):
            recording.add_snapshot(step, flat)
            recording.add_losses(np.ones((1, 3), np.float32))

    lengthen(129)
    frame = replace(frame, recording=recording, picture=replace(frame.picture, step=128))
    panel = FilmStripPanel(THEMES["dark"])
    qtbot.addWidget(panel)
    panel.resize(1500, 220)
    panel.take_truth(make_truth())
    for _ in range(3):
        turns = panel.turns(frame)
        next(turns)
        lengthen(9 * recording.steps)  # what the next turn polls
        for _ in turns:
            pass


def test_a_picture_that_is_saved_while_training_shows_no_panel_half_drawn(
    qtbot, tmp_path, monkeypatch
):
    monkeypatch.setattr(scheduler, "ENOUGH", 0.0)
    driver = Driver(qtbot, tmp_path / "settings.ini", small_config("training.epochs=100000"))
    turns, half = driver.window.scheduler, []

    def a_panel_is_half_drawn():
        if turns._begun is None:
            for panel in driver.window.panels:
                panel.redraw_wanted.emit()
        return turns._begun is not None

    def ask(*_):  # a person takes a while, and a panel is drawn again meanwhile
        driver.until(a_panel_is_half_drawn)
        return tmp_path / "a.png", dialogs.PICTURES[0]

    def save(*_):
        in_sight = [p for p in driver.window.panels if p.in_sight]
        half.append([p.key for p in in_sight if p in turns._waiting or turns._begun])

    monkeypatch.setattr(dialogs, "ask_file", ask)
    monkeypatch.setattr(dialogs, "save", save)
    try:
        driver.run.run()
        driver.until(lambda: driver.run.step > 100)
        driver.window.exports.export_picture(driver.window)
    finally:
        driver.close()
    assert half == [[]]
