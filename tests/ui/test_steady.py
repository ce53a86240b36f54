"""Words that change often ask the layout around them for other room only where they need it."""

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from windows import Driver

from vae_gui.ui.panels.steady import Steady


class Requests(QObject):
    """Counts the requests for a new layout that reach a widget."""

    def __init__(self, widget):
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


@pytest.fixture
def framed(qtbot):
    """A label in a frame, what is beside it, and the requests to their parent."""
    outer = QWidget()
    label, beside = QLabel("one two", outer), QWidget()
    label.setWordWrap(True)
    column = QVBoxLayout(outer)
    column.addWidget(Steady(label))
    column.addWidget(beside, 1)
    outer.resize(120, 200)
    qtbot.addWidget(outer)
    outer.show()
    qtbot.waitExposed(outer)
    qtbot.wait(1)
    assert label.isVisible()
    requests = Requests(outer)
    yield label, beside, requests
    outer.close()


def test_other_words_of_the_same_size_ask_for_nothing(framed, qtbot):
    label, beside, requests = framed
    before = beside.geometry()
    for words in ("one ten", "ten two", "two one"):
        label.setText(words)
        qtbot.wait(1)
    assert requests.count == 0
    assert beside.geometry() == before


def test_more_lines_get_their_room_and_give_it_back(framed, qtbot):
    label, beside, requests = framed
    before = beside.height()
    label.setText("one two three four five six seven eight nine ten eleven twelve")
    qtbot.waitUntil(lambda: beside.height() < before - 10)
    assert requests.count > 0
    assert label.height() >= label.heightForWidth(label.width())
    label.setText("one two")
    qtbot.waitUntil(lambda: beside.height() == before)


def test_what_changed_out_of_sight_gets_its_room_when_it_is_seen_again(framed, qtbot):
    label, beside, _ = framed
    before = beside.height()
    label.window().hide()
    label.setText("one two three four five six seven eight nine ten eleven twelve")
    label.window().show()
    qtbot.waitUntil(lambda: beside.height() < before - 10)
    assert label.height() >= label.heightForWidth(label.width())


def test_a_label_whose_text_comes_later_is_as_high_as_its_lines(qtbot):
    outer = QWidget()
    label, beside = QLabel(outer), QWidget()
    label.setWordWrap(True)
    column = QVBoxLayout(outer)
    column.addWidget(Steady(label))
    column.addWidget(beside, 1)
    outer.resize(400, 300)
    qtbot.addWidget(outer)
    outer.show()
    label.setText("one two three four five six seven eight nine ten")
    qtbot.waitUntil(lambda: label.height() == label.heightForWidth(label.width()) > 0)


def test_at_another_width_its_need_is_another(framed, qtbot):
    label, _, _ = framed
    long = "one two three four five six seven eight nine ten"
    label.setText(long)
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()))
    high = label.height()
    label.window().resize(900, 200)
    qtbot.waitUntil(lambda: label.height() < high)
    wide = label.width()
    more = long
    while label.heightForWidth(wide) < high:  # as much as it needed before, no more
        more += " ten"
        label.setText(more)
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()))


@pytest.mark.parametrize("shown", [True, False])
def test_what_was_hidden_or_shown_before_stays_so(qtbot, shown):
    outer = QWidget()
    label = QLabel("x", outer)
    label.setVisible(shown)
    QVBoxLayout(outer).addWidget(Steady(label))
    qtbot.addWidget(outer)
    outer.show()
    qtbot.waitExposed(outer)
    assert label.isVisible() is shown


def test_hidden_words_take_no_room(framed, qtbot):
    label, beside, _ = framed
    before = beside.height()
    label.hide()
    qtbot.waitUntil(lambda: beside.height() > before)
    label.show()
    qtbot.waitUntil(lambda: beside.height() == before)
    assert label.isVisible()


def test_what_is_held_fills_the_frame_and_keeps_its_bounds(qtbot):
    outer = QWidget()
    label = QLabel("x", outer)
    label.setFixedWidth(77)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    frame = Steady(label)
    QVBoxLayout(outer).addWidget(frame)
    outer.resize(300, 90)
    qtbot.addWidget(outer)
    outer.show()
    qtbot.waitExposed(outer)
    assert frame.width() == label.width() == 77
    assert label.size() == frame.size()


@pytest.fixture
def driver(qtbot, tmp_path):
    made = Driver(qtbot, tmp_path / "state.ini")
    yield made
    made.close()


def test_the_words_of_every_panel_are_seen_as_high_as_their_lines(driver, qtbot):
    driver.window.docks["latent"].panel.restore_options({"surgery": True})
    driver.run.step_once(20)
    seen = 0
    for dock in driver.window.docks.values():
        dock.raise_()
        driver.until_rest()
        for frame in dock.panel.findChildren(Steady):
            (label,) = frame.findChildren(QLabel)
            if frame.parentWidget().isVisible() and not label.isHidden():
                qtbot.waitUntil(lambda it=label: it.height() >= it.heightForWidth(it.width()))
                assert label.isVisible()
                seen += bool(label.text())
    assert seen >= 3
