"""The real window under real clicks and keys, training for real."""

import sys
import time
from itertools import pairwise

import numpy as np
import pytest
import torch
from PySide6.QtCore import QEvent, QMimeData, QObject, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QGraphicsView,
    QLabel,
    QMessageBox,
    QPushButton,
    QSlider,
)
from windows import Driver, small_config

from vae_gui.core.config import assigned, to_toml
from vae_gui.core.distributions import Ring
from vae_gui.core.storage import presets
from vae_gui.ui.runbar import Readout
from vae_gui.ui.session import State

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def open_window(qtbot, tmp_path):
    drivers = []

    def make(config=None, **kwargs):
        drivers.append(Driver(qtbot, tmp_path / "state.ini", config, **kwargs))
        return drivers[-1]

    yield make
    for driver in drivers:
        driver.close()


def test_space_runs_and_pauses_s_steps_r_resets(open_window):
    d = open_window()
    assert d.run.state is State.IDLE
    d.key(Qt.Key.Key_Space)
    assert d.run.state is State.RUNNING
    d.until(lambda: d.run.step > 10)
    d.key(Qt.Key.Key_Space)
    assert d.run.state is State.PAUSED
    d.until_rest()
    at = d.run.step
    d.key(Qt.Key.Key_S)
    d.until(lambda: d.run.step == at + 1)
    d.until_rest()
    d.key(Qt.Key.Key_R)
    d.until_ready()
    assert d.run.step == 0
    assert d.run.state is State.IDLE


def test_the_buttons_do_the_same(open_window, qtbot):
    d = open_window()
    bar = d.window.bar
    assert bar.run_button.text() == "Run"
    qtbot.mouseClick(bar.run_button, LEFT)
    d.until(lambda: d.run.step > 5 and bar.run_button.text() == "Pause")
    qtbot.mouseClick(bar.run_button, LEFT)
    d.until_rest()
    assert bar.run_button.text() == "Run"


def test_readouts_say_what_was_recorded(open_window):
    d = open_window(small_config("training.epochs=3"))
    d.key(Qt.Key.Key_Space)
    d.until(lambda: d.run.finished)
    d.until_rest()
    test = d.run.recording.tests[-1].losses
    floor = d.run.truth.entropy
    bar = d.window.bar
    assert bar.step.accessibleName() == "step: 30"
    assert bar.epoch.accessibleName() == "epoch: 3 / 3"
    assert bar.test.accessibleName() == f"test loss (nats): {test.total:.3f}"
    above = test.reconstruction + test.kl - floor
    assert bar.above.accessibleName() == f"above floor: {above:.3f}"
    assert bar.progress.value() == 1000
    assert "All 3 epochs" in d.window.said.text()
    assert not bar.run_button.isEnabled()


def test_a_test_of_an_earlier_step_says_so(open_window):
    d = open_window()
    d.run.step_once(12)
    d.until(lambda: d.run.step == 12)
    d.until_rest()
    test, bar = d.run.recording.tests[-1], d.window.bar
    assert test.step == 10
    assert bar.test.accessibleName() == f"test · step 10: {test.losses.total:.3f}"
    width = bar.test.sizeHint().width()
    d.run.step_once(8)
    d.until(lambda: d.run.step == 20)
    d.until_rest()
    test = d.run.recording.tests[-1]
    assert bar.test.accessibleName() == f"test loss (nats): {test.losses.total:.3f}"
    assert bar.test.sizeHint().width() == width, "nothing moves"


def test_every_panel_shows_the_newest_frame(open_window):
    d = open_window()
    d.run.step_once(20)
    d.until(lambda: d.run.step == 20)
    d.until_rest()
    points = d.window.docks["data_space"].panel.findChildren(object)
    assert points  # a real panel
    assert d.window.scheduler.settled
    assert d.run.frame.picture.step == 20


def test_no_panel_of_the_window_stays_unpainted(open_window):
    d = open_window()
    for panel in d.window.panels:
        d.window.docks[panel.key].raise_()
        d.run.step_once(40)
        d.until_rest()
        modes = [view.viewportUpdateMode() for view in panel.findChildren(QGraphicsView)]
        assert QGraphicsView.ViewportUpdateMode.NoViewportUpdate not in modes, panel.key


def test_jobs_are_held_from_the_beginning_of_a_turn_until_it_is_painted(open_window):
    d = open_window()
    scheduler, errand = d.window.scheduler, d.window.jobs._errand
    told, held = [], []
    scheduler.drawing.connect(told.append)
    scheduler.drawn.connect(lambda *_: held.append(errand._held))
    d.run.step_once(20)
    d.until(lambda: d.run.step == 20)
    d.until_rest()
    assert held
    assert all(held)
    assert all(before is not after for before, after in pairwise(told))
    assert not errand._held
    scheduler._set_drawing(True)
    assert errand._held
    scheduler.stop()
    assert not errand._held, "not for ever"


def test_what_one_panel_fails_at_stops_neither_the_others_nor_their_jobs(open_window, monkeypatch):
    d = open_window()
    d.until_rest()
    bad, nats = (d.window.docks[key].panel for key in ("data_space", "nats"))
    told, drawn = [], []
    monkeypatch.setattr(sys, "excepthook", lambda *fault: told.append(fault[1]))
    monkeypatch.setattr(bad, "turns", lambda frame: 1 / 0)
    d.window.scheduler.drawn.connect(lambda panel, frame: drawn.append((panel, frame)))
    d.window.docks["nats"].raise_()
    d.run.step_once(20)
    d.until(lambda: any(p is nats and f.picture.step == 20 for p, f in drawn))
    d.until(lambda: d.window.jobs.knows_all(nats))
    d.until(lambda: not d.window.jobs._errand._held)
    assert [type(fault) for fault in told] == [ZeroDivisionError], "once a run"


def test_numbers_that_change_leave_the_layout_of_the_window_alone(open_window, qtbot):
    d = open_window()
    d.run.step_once(200)
    d.until(lambda: d.run.step == 200)
    d.until_rest()
    d.window.refresh()
    qtbot.wait(1)
    requests = []

    class Requests(QObject):
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.LayoutRequest:
                requests.append(watched)
            return False

    watch = Requests(d.window)
    d.window.bar.installEventFilter(watch)  # from there they go on to the window
    before = d.window.bar.step.accessibleName(), d.window.bar.step.geometry()
    d.run.step_once(7)
    d.until(lambda: d.run.step == 207)
    d.window.refresh()
    qtbot.wait(1)
    bar = d.window.bar
    assert bar.step.accessibleName() != before[0]
    assert bar.step.geometry() == before[1]
    requests.clear()
    for value in ("208", "211", "288", "111"):
        bar.step.show_value(value)
        d.window.refresh()
        qtbot.wait(1)
    assert not requests
    bar.show_running(True)
    qtbot.wait(1)
    assert requests, "another icon is laid out: this test can see it"
    d.window.refresh()


def test_what_takes_long_to_make_has_turns_of_its_own_before_the_first_drawing(
    open_window, monkeypatch
):
    d = open_window()
    done, drawn = [], []
    for key in ("lens", "metrics", "nats"):
        panel = d.window.docks[key].panel
        for name in (*panel.parts, "show_truth", "turns"):
            method = getattr(panel, name)
            monkeypatch.setattr(
                panel,
                name,
                lambda *a, _m=method, _n=(key, name): (done.append((turn[0], *_n)), _m(*a))[1],
            )
    turn = [0]
    d.window.scheduler.drawing.connect(lambda begins: turn.__setitem__(0, turn[0] + begins))
    d.window.scheduler.drawn.connect(lambda panel, _: drawn.append(panel.key))
    for key in ("lens", "metrics", "nats"):
        d.window.docks[key].raise_()
        d.until(lambda key=key: key in drawn)
        mine = [(t, name) for t, k, name in done if k == key]
        parts = d.window.docks[key].panel.parts
        assert [name for _, name in mine[: len(parts) + 2]] == [*parts, "show_truth", "turns"]
        turns = [t for t, _ in mine[: len(parts) + 2]]
        assert len(set(turns)) == len(turns), "one in a turn"


def test_a_read_out_says_less_where_there_is_little_room_and_cuts_no_number(qtbot):
    readout = Readout("test · step 436 000", "tip")
    qtbot.addWidget(readout)
    readout.show_value("5 520 / 20 000", "5 520")
    readout.show_name("test · step 436 000", "test, earlier")
    readout.resize(readout.sizeHint())
    readout.show()
    value, name = readout.findChildren(QLabel)
    assert (value.text(), name.text()) == ("5 520 / 20 000", "test · step 436 000")
    assert readout.minimumSizeHint().width() < readout.sizeHint().width()
    readout.resize(readout.minimumSizeHint())
    assert (value.text(), name.text()) == ("5 520", "test, earlier")
    assert readout.accessibleName() == "test · step 436 000: 5 520 / 20 000"
    for label in (value, name):
        assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width()
    readout.resize(readout.sizeHint())
    assert value.text() == "5 520 / 20 000"


def test_a_hidden_panel_is_not_drawn_until_it_comes_into_sight(open_window, monkeypatch):
    d = open_window()
    network = d.window.docks["network"].panel  # behind the histograms' tab
    drawn = []
    turns = type(network).turns
    monkeypatch.setattr(
        type(network), "turns", lambda self, f: (drawn.append(f.picture.step), turns(self, f))[1]
    )
    d.run.step_once(5)
    d.until(lambda: d.run.step == 5)
    d.until_rest()
    assert drawn == []
    d.window.docks["network"].raise_()
    d.until(lambda: drawn == [5])


def test_a_live_value_changes_the_run_under_way(open_window, qtbot):
    d = open_window()
    d.key(Qt.Key.Key_Space)
    d.until(lambda: d.run.step > 5)
    slider = d.window.form.controls["training.learning_rate"].findChild(QSlider)
    qtbot.keyClick(slider, Qt.Key.Key_PageDown)
    d.until(lambda: d.run.recording.changes)
    assert d.run.config.training.learning_rate < 3e-3
    assert d.run.state is State.RUNNING
    assert not d.window.form.banner.isVisible()


def test_what_needs_a_reset_waits_visibly_and_can_be_taken_back(open_window, qtbot):
    d = open_window()
    d.run.step_once(3)
    d.until(lambda: d.run.step == 3)
    slider = d.window.form.controls["model.hidden_units"].findChild(QSlider)
    qtbot.keyClick(slider, Qt.Key.Key_PageUp)
    assert d.window.form.banner.isVisible()
    assert d.run.config.model.hidden_units == 64
    d.window.document.stack.undo()
    assert not d.window.form.banner.isVisible()
    assert d.window.document.config.model.hidden_units == 64
    d.window.document.stack.redo()
    wanted = d.window.document.config.model.hidden_units
    d.key(Qt.Key.Key_R)
    d.until_ready()
    assert d.run.config.model.hidden_units == wanted != 64
    assert not d.window.form.banner.isVisible()


def test_an_untrained_run_follows_the_controls_at_once(open_window, qtbot):
    d = open_window()
    slider = d.window.form.controls["data.distribution.correlation"].findChild(QSlider)
    qtbot.keyClick(slider, Qt.Key.Key_PageUp)
    d.until(lambda: d.run.truth.distribution.correlation > 0.5)
    assert not d.window.form.banner.isVisible()


@pytest.mark.parametrize("engine", ["automatic", "analytic", "torch"])
def test_a_diverging_run_says_so_and_can_go_on(open_window, engine):
    d = open_window(
        small_config(
            f"training.engine={engine}",
            "data.distribution.std_x1=10",
            "training.learning_rate=10",
            "model.activation=relu",
            "model.hidden_layers=4",
        )
    )
    d.key(Qt.Key.Key_Space)
    d.until(lambda: d.window.banner.isVisible())
    assert "diverged" in d.window.banner.text
    assert "learning rate" in d.window.banner.text
    d.until_rest()
    assert np.isfinite(d.run.frame.picture.parameters).all()
    at = d.run.step
    config = assigned(d.window.document.config, "training.learning_rate=1e-6")
    d.window.document.edit(config, "training.learning_rate")
    d.key(Qt.Key.Key_S)
    d.until(lambda: d.run.step == at + 1)
    assert not d.window.banner.isVisible()


def test_a_device_that_is_not_there_is_told_and_the_run_before_it_kept(open_window):
    missing = "cuda" if torch.backends.mps.is_available() else "mps"
    d = open_window()
    d.run.step_once(3)
    d.until(lambda: d.run.step == 3)
    d.until_rest()
    d.window.form.controls["training.device"].propose(missing)
    assert d.window.form.banner.isVisible()  # it waits: the run goes on where it was
    assert d.run.ready
    kept = d.run.recording
    d.key(Qt.Key.Key_R)
    d.until(lambda: d.window.banner.isVisible())
    assert "torch can use" in d.window.banner.text
    assert "cpu is available" in d.window.banner.text
    assert d.run.state is State.IDLE
    assert not d.run.ready
    assert d.window.files.previous.recording is kept
    assert kept.steps == 3
    d.until(lambda: d.run.frame is not None and d.run.untouched)  # shown, but not to be trained
    d.window.form.controls["training.device"].propose("cpu")
    d.until_ready()
    assert not d.window.banner.isVisible()
    d.key(Qt.Key.Key_S)
    d.until(lambda: d.run.step == 1)


def test_closing_in_mid_run_is_quick(open_window):
    d = open_window()
    d.key(Qt.Key.Key_Space)
    d.until(lambda: d.run.step > 3)
    start = time.monotonic()
    d.window.close()
    assert time.monotonic() - start < 2
    assert not d.run._thread.isRunning()


def test_the_window_stays_alive_at_full_speed(open_window, qtbot):
    d = open_window()
    d.key(Qt.Key.Key_Space)
    d.until(lambda: d.run.step > 50)
    gaps, last = [], time.perf_counter()
    for _ in range(100):
        qtbot.wait(1)
        now = time.perf_counter()
        gaps.append(now - last)
        last = now
    assert sorted(gaps)[50] < 0.2  # the median; worst cases are for the benchmark


# files ----------------------------------------------------------------------------


def drop(window, path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    action, button, none = Qt.DropAction.CopyAction, LEFT, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(window.rect().center(), action, mime, button, none)
    window.dragEnterEvent(enter)
    assert enter.isAccepted()
    window.dropEvent(QDropEvent(QPointF(9, 9), action, mime, button, none))


def test_a_dropped_configuration_is_opened(open_window, tmp_path):
    d = open_window()
    path = tmp_path / "wide.toml"
    path.write_text(to_toml(small_config("model.hidden_units=17")))
    drop(d.window, path)
    d.until_ready()
    assert d.run.config.model.hidden_units == 17
    assert "wide.toml" in d.window.windowTitle()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[training]\nlearning_rate = -1\n", "training.learning_rate"),
        (b"schema = 99\n", "newer version"),
        (b"[modle]\nlatent = 1\n", "model"),
        (b"\xff\xfe\x00", "Cannot read"),
        (b"x = [", "TOML"),
    ],
)
def test_a_bad_configuration_is_refused_in_words(open_window, tmp_path, content, words):
    d = open_window()
    before = d.window.document.config
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    drop(d.window, path)
    boxes = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox)]
    assert len(boxes) == 1
    assert words in boxes[0].text() or words in boxes[0].informativeText()
    boxes[0].close()
    assert d.window.document.config == before
    assert d.run.ready


def test_a_saved_run_reopens_and_continues_to_the_bit(open_window, tmp_path, monkeypatch):
    d = open_window(small_config("training.epochs=2"))
    d.run.step_once(7)
    d.until(lambda: d.run.step == 7)
    d.until_rest()
    path = tmp_path / "half.vaerun"
    monkeypatch.setattr(d.window.files, "_ask", lambda *_: path)
    d.window.files.save_run()
    d.until(path.exists)
    d.key(Qt.Key.Key_Space)
    d.until(lambda: d.run.finished)
    whole = d.run.recording.losses.copy()
    d.window.files.open_path(path)
    d.until_ready()
    assert d.run.step == 7
    assert d.run.state is State.PAUSED
    d.key(Qt.Key.Key_Space)
    d.until(lambda: d.run.finished)
    np.testing.assert_array_equal(d.run.recording.losses, whole)


def test_recent_files_are_remembered(open_window, tmp_path):
    d = open_window()
    path = tmp_path / "mine.toml"
    path.write_text(to_toml(small_config()))
    d.window.files.open_path(path)
    menu = d.window.actions_.recent_menu
    d.window.files.fill_recent(menu)
    assert [a.toolTip() for a in menu.actions()] == [str(path)]


def test_presets_are_undoable(open_window):
    d = open_window()
    before = d.window.document.config
    name, config = presets()[1]
    d.window.files.open_preset(config)
    d.until_ready()
    assert d.run.config == config, name
    d.window.document.stack.undo()
    assert d.window.document.config == before


# the window's own state -----------------------------------------------------------


def test_layout_options_and_values_come_back(qtbot, tmp_path):
    first = Driver(qtbot, tmp_path / "state.ini")
    first.window.docks["latent"].close()
    loss = first.window.docks["loss"].panel
    options = loss.option_values()
    group = next(o for o in loss.options if not isinstance(o, QAction))
    other = next(a for a in group.actions() if not a.isChecked())
    other.trigger()
    chosen = loss.option_values()
    assert chosen != options
    first.window.use_theme("light")
    first.close()
    second = Driver(qtbot, tmp_path / "state.ini")
    assert second.window.docks["latent"].isHidden()
    assert second.window.docks["loss"].panel.option_values() == chosen
    assert second.window.theme.name == "light"
    second.window.reset_layout()
    assert not second.window.docks["latent"].isHidden()
    second.close()


def test_every_action_has_words_keys_and_a_tooltip(open_window):
    d = open_window()
    actions = [a for group in d.window.actions_.groups.values() for a in group]
    assert len(actions) > 30
    keys = {}
    for action in actions:
        assert action.text()
        assert action.toolTip()
        assert action.shortcuts(), action.text()
        for key in action.shortcuts():
            assert key.toString() not in keys, f"{action.text()} and {keys[key.toString()]}"
            keys[key.toString()] = action.text()


def test_every_button_and_panel_has_an_accessible_name(open_window):
    d = open_window()
    nameless = [
        b
        for b in d.window.findChildren(QAbstractButton)
        if not b.accessibleName()
        and not b.text()
        and b.isVisible()
        and not b.objectName().startswith("qt_")
        and type(b).__name__ not in ("CloseButton", "QDockWidgetTitleButton")
    ]
    assert not nameless, [(type(b), b.objectName(), b.parent()) for b in nameless]
    for panel in d.window.panels:
        assert panel.accessibleName()
        assert panel.accessibleDescription()


def test_panels_close_and_come_back_from_the_view_menu(open_window):
    d = open_window()
    for key, dock in d.window.docks.items():
        dock.close()
        assert dock.isHidden(), key
        dock.toggleViewAction().trigger()
        assert not dock.isHidden(), key


def test_themes_switch_live(open_window):
    d = open_window()
    for choice in ("light", "dark", "system"):
        d.window.use_theme(choice)
        assert d.window.settings.value("theme") == choice
        for panel in d.window.panels:
            assert panel.theme is d.window.theme


def test_the_sheet_of_shortcuts_lists_them(open_window):
    d = open_window()
    d.window.actions_.show_shortcuts()
    sheet = QApplication.activeModalWidget()
    assert sheet is not None
    from PySide6.QtWidgets import QTableWidget

    table = sheet.findChild(QTableWidget)
    keys = {table.item(i, 0).text() for i in range(table.rowCount())}
    assert {"Space", "S", "R"} <= keys
    assert table.item(0, 0).text() == "Space"  # the keys used most come first
    told = [table.item(i, 2).text() for i in range(table.rowCount())]
    assert all(told)
    assert not any(words.endswith(")") for words in told)  # keys are not repeated
    sheet.close()


def test_the_sheet_of_shortcuts_has_a_name_in_the_menu_and_a_sign_on_its_button(open_window):
    d = open_window()
    assert d.window.actions_.shortcuts.text().replace("&", "") == "Keyboard shortcuts"
    signs = [b.text() for b in d.window.bar.findChildren(QPushButton)]
    assert "?" in signs


def test_controls_leave_the_panels_the_room_when_the_window_grows_again(open_window):
    d = open_window()
    d.window.resize(900, 560)
    d.window.resize(1600, 1000)
    d.until(lambda: d.window.width() == 1600)
    assert d.window.controls_dock.width() < 480


def test_a_run_that_was_reset_comes_back_where_it_stood(open_window):
    d = open_window()
    assert not d.window.actions_.previous.isEnabled()
    d.run.step_once(12)
    d.until(lambda: d.run.step == 12)
    d.until_rest()
    losses = d.run.recording.losses.copy()
    d.key(Qt.Key.Key_R)
    d.until_ready()
    assert d.run.step == 0
    d.until(d.window.actions_.previous.isEnabled)
    d.window.actions_.previous.trigger()
    d.until_ready()
    np.testing.assert_array_equal(d.run.recording.losses, losses)
    d.key(Qt.Key.Key_S)
    d.until(lambda: d.run.step == 13)


def test_the_run_of_last_time_can_be_gone_on_with(qtbot, tmp_path):
    last = tmp_path / "kept" / "last.vaerun"
    first = Driver(qtbot, tmp_path / "state.ini", last_run=last)
    first.run.step_once(9)
    first.until(lambda: first.run.step == 9)
    first.until_rest()
    losses = first.run.recording.losses.copy()
    first.close()
    second = Driver(qtbot, tmp_path / "state.ini", last_run=last)
    second.window.files.reopen_last()
    second.until_ready()
    np.testing.assert_array_equal(second.run.recording.losses, losses)
    assert second.run.state is State.PAUSED
    second.close()


def test_a_hidden_panel_is_brought_up_to_date_before_it_is_exported(open_window, tmp_path):
    d = open_window()
    d.run.step_once(4)
    d.until(lambda: d.run.step == 4)
    d.until_rest()
    network = d.window.docks["network"].panel
    assert network in d.window.scheduler._waiting
    d.window.scheduler.catch_up(network)
    assert network not in d.window.scheduler._waiting


@pytest.mark.parametrize("leave", ["reset", "preset", "previous"])
def test_a_run_left_in_full_flight_is_kept_whole(open_window, leave):
    d = open_window(small_config("training.learning_rate=0.002"))
    desk = d.window.files
    for _ in range(3):
        d.key(Qt.Key.Key_Space)
        d.until(lambda: d.run.step > 40)
        left = d.run.current.recording
        if leave == "previous" and desk.previous is not None:
            desk.reopen_previous()
        elif leave == "preset":
            desk.open_preset(presets()[1][1])
        else:
            d.window.reset_run()
        d.until_ready()
        d.until(lambda r=left: desk.previous is not None and desk.previous.recording is r)
        kept = desk.previous
        assert kept.state.step == kept.recording.steps
        if leave != "preset":
            assert kept.config.training.learning_rate == 0.002
        assert all("learning_rate" not in words for _, words in kept.recording.changes)


def test_a_live_change_at_rest_is_in_what_is_shown_and_exported(open_window):
    d = open_window()
    d.run.step_once()
    d.until(lambda: d.run.step == 1)
    d.until_rest()
    config = assigned(d.window.document.config, "training.batch_size=99")
    d.window.document.edit(config, "training.batch_size")
    assert d.run.frame.config.training.batch_size == 99
    d.until(lambda: d.window.scheduler._frame.config.training.batch_size == 99)


def test_a_run_of_upper_case_is_opened_too(open_window, tmp_path, monkeypatch):
    d = open_window()
    d.run.step_once(2)
    d.until(lambda: d.run.step == 2)
    d.until_rest()
    path = tmp_path / "HALF.VAERUN"
    monkeypatch.setattr(d.window.files, "_ask", lambda *_: path)
    d.window.files.save_run()
    d.until(path.exists)
    d.key(Qt.Key.Key_R)
    d.until_ready()
    drop(d.window, path)
    d.until(lambda: d.run.step == 2)


def test_after_enter_in_a_number_the_keys_are_the_windows_again(open_window, qtbot):
    d = open_window()
    field = d.window.form.controls["training.learning_rate"].field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.002")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert d.window.document.config.training.learning_rate == 0.002
    qtbot.keyClick(field, Qt.Key.Key_S)
    d.until(lambda: d.run.step == 1)
    assert field.text() == "0.002" or "2e-3" in field.text()


def test_a_panel_that_was_floated_by_its_key_is_docked_by_it(open_window, qtbot):
    d = open_window()
    dock = d.window.docks["data_space"]
    dock.toggle_floating()
    d.until(lambda: dock.isAncestorOf(QApplication.focusWidget() or d.window))
    dock.toggle_floating()
    assert not dock.isFloating()


@pytest.mark.parametrize("corner", ["topLeft", "bottomRight"])
def test_a_panel_that_floats_is_on_the_screen(open_window, corner):
    d = open_window()
    room = d.window.screen().availableGeometry()
    frame = d.window.frameGeometry()
    getattr(frame, f"move{corner[0].upper()}{corner[1:]}")(getattr(room, corner)())
    d.window.move(frame.topLeft())
    for dock in d.window.docks.values():
        if dock.panel.in_sight:
            before = dock.mapToGlobal(dock.rect().topLeft())
            dock.toggle_floating()
            d.bot.wait(1)
            frame = dock.frameGeometry()
            wide = frame.width() > room.width()  # the screen of the tests is small
            assert frame.left() == room.left() if wide else room.contains(frame), dock.panel.key
            assert dock.mapToGlobal(dock.rect().topLeft()) != before
            dock.toggle_floating()
            d.bot.wait(1)


@pytest.mark.parametrize("key", ["loss", "histograms", "nats", "network"])
def test_a_panel_that_is_docked_again_is_before_those_that_share_its_place(open_window, key):
    d = open_window()
    dock = d.window.docks[key]
    dock.raise_()
    d.until(lambda: dock.panel.in_sight)
    dock.toggle_floating()
    d.bot.wait(20)
    dock.toggle_floating()
    d.bot.wait(20)
    assert not dock.isFloating()
    assert dock.panel.in_sight


@pytest.mark.parametrize("wait", [0, 20, 130])
def test_what_was_just_chosen_is_what_runs(open_window, qtbot, wait):
    d = open_window()
    d.window.form.gallery.thumbnails["ring"].click()
    qtbot.wait(wait)
    d.key(Qt.Key.Key_Space)
    d.until(lambda: d.run.step > 0)
    assert d.run.config.data.distribution == Ring()
    assert not d.window.form.banner.isVisible()
