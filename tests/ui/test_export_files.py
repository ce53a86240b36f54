"""Exports into files and the clipboard, through dialogs; old files survive what goes wrong."""

import re
from pathlib import Path

import numpy as np
import pytest
from exporting import STEPS, Points, assert_alike, moment
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox
from windows import Driver, small_config

from vae_gui.core.diagnostics import METRICS
from vae_gui.core.network import layout
from vae_gui.core.storage import FileProblem, load_config, load_weights
from vae_gui.ui import exports
from vae_gui.ui.export import (
    EXPORTS,
    copy_to_clipboard,
    dialogs,
    export_data_dialog,
    export_dialog,
    render_png,
    render_svg,
    save,
)
from vae_gui.ui.session import State
from vae_gui.ui.theme import DARK


@pytest.fixture
def panel(qtbot):
    panel = Points(DARK)
    qtbot.addWidget(panel)
    return panel


@pytest.fixture
def settings(tmp_path):
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


def test_the_ending_of_the_name_decides(panel, tmp_path):
    starts = {"a.png": b"\x89PNG", "a.SVG": b"<?xml", "a.pdf": b"%PDF", "ä ö.png": b"\x89PNG"}
    for name, start in starts.items():
        save(panel, tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(start)
    assert {p.name for p in tmp_path.iterdir()} == set(starts)


def test_another_ending_is_refused_and_the_file_stays(panel, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("precious")
    with pytest.raises(FileProblem, match=r"\.png or \.svg or \.pdf"):
        save(panel, path)
    assert path.read_text() == "precious"


def test_a_place_that_cannot_be_written_is_told_in_words(panel, tmp_path):
    with pytest.raises(FileProblem, match="there is no folder"):
        save(panel, tmp_path / "nowhere" / "a.png")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(FileProblem, match="it is a folder"):
        save(panel, tmp_path / "folder.png")


def test_a_disk_that_runs_full_leaves_the_old_file(panel, tmp_path):
    resource = pytest.importorskip("resource", reason="file size limits are POSIX")
    signal = pytest.importorskip("signal")
    path = tmp_path / "a.png"
    path.write_bytes(b"the old picture")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(FileProblem, match="larger than the disk allows"):
            save(panel, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == b"the old picture"
    assert list(tmp_path.iterdir()) == [path]


def test_the_clipboard_holds_pixels_and_shapes(panel):
    copy_to_clipboard(panel)
    mime = QGuiApplication.clipboard().mimeData()
    assert mime.imageData().size() == render_png(panel, 2).size()
    assert_alike(mime.imageData(), render_png(panel, 2))
    assert bytes(mime.data("image/svg+xml").data()) == render_svg(panel)
    QGuiApplication.clipboard().clear()


# dialogs ----------------------------------------------------------------------


class Answers:
    """Answers the dialogs that come, in turn; remembers what they said."""

    def __init__(self, *answers):
        self._answers = list(answers)
        self.said = []
        self._timers = []

    def __enter__(self):
        self._wait()
        return self

    def __exit__(self, *error):
        for timer in self._timers:
            timer.stop()
        assert not self._answers, f"nobody asked for {self._answers}"

    def _wait(self):
        timer = QTimer(singleShot=True, interval=10)
        timer.timeout.connect(self._answer)
        timer.start()
        self._timers.append(timer)

    def _answer(self):
        self._wait()  # with a new timer: one does not fire again while its slot still runs
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            return
        if isinstance(dialog, QMessageBox):
            self.said.append(dialog.text())
        answer = self._answers.pop(0) if self._answers else None
        if answer is None:  # nobody expected to be asked: let the test go on and fail
            dialog.reject()
        elif isinstance(dialog, QMessageBox):
            next(b for b in dialog.buttons() if answer in b.text()).click()
        else:
            self._fill(dialog, *answer)

    def _fill(self, dialog, path, filter_=None):
        if filter_:
            (name,) = [f for f in dialog.nameFilters() if f.startswith(filter_)]
            dialog.selectNameFilter(name)
        if path:
            dialog.findChild(QLineEdit, "fileNameEdit").setText(str(path))
        dialog.accept()


def asked(panel, settings):
    return export_dialog(None, panel, "points", settings, panel.update)


def test_the_dialog_writes_and_remembers(panel, settings, tmp_path):
    with Answers((tmp_path / "first.png", "PNG image, 3x")):
        assert asked(panel, settings) == tmp_path / "first.png"
    assert QImage(str(tmp_path / "first.png")).width() == 3 * 520
    with Answers((None,)):  # the suggestion, in the remembered folder and format
        assert asked(panel, settings) == tmp_path / "points.png"
    assert QImage(str(tmp_path / "points.png")).width() == 3 * 520


def test_a_name_without_ending_gets_that_of_the_format(panel, settings, tmp_path):
    with Answers((tmp_path / "v1.2", "SVG")):
        assert asked(panel, settings) == tmp_path / "v1.2.svg"
    with Answers((tmp_path / "other.pdf", "SVG")):  # what was typed has the say
        assert asked(panel, settings) == tmp_path / "other.pdf"
    assert (tmp_path / "other.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("name", ["old.png", "old"])
def test_an_existing_file_is_asked_about(panel, settings, tmp_path, name):
    path = tmp_path / "old.png"
    path.write_bytes(b"old")
    typed = (tmp_path / name, "PNG image, 1x")
    with Answers(typed, "No", *([None] if name == path.name else [])) as answers:
        assert asked(panel, settings) is None
    assert "old.png" in answers.said[0]
    assert "exist" in answers.said[0]
    assert path.read_bytes() == b"old"
    with Answers(typed, "Yes"):
        assert asked(panel, settings) == path
    assert path.read_bytes().startswith(b"\x89PNG")


def test_cancelling_writes_nothing(panel, settings):
    with Answers(None):
        assert asked(panel, settings) is None
    assert not settings.allKeys()


def test_a_problem_is_told_and_can_be_copied(panel, settings, tmp_path):
    with Answers((tmp_path / "gone" / "a.png", "PNG image, 2x"), "Copy details") as answers:
        assert asked(panel, settings) is None
    assert answers.said[0].startswith("Cannot write ")
    copied = QGuiApplication.clipboard().text()
    assert "there is no folder" in copied
    assert "VAE GUI" in copied
    QGuiApplication.clipboard().clear()


# numbers ----------------------------------------------------------------------


def test_every_table_writes_all_its_formats(tmp_path):
    truth, frame = moment()
    for export, suffix in ((e, suffix) for e in EXPORTS for _, suffix in e.formats):
        path = tmp_path / f"{export.key}{suffix}"
        export.write(frame, truth, path)
        assert path.stat().st_size > 80
        with pytest.raises(FileProblem):
            export.write(frame, truth, tmp_path / "gone" / path.name)


def test_what_is_written_can_be_read_again(tmp_path):
    truth, frame = moment()
    exports = {e.key: e for e in EXPORTS}

    def written(key, suffix):
        path = tmp_path / f"{key}{suffix}"
        exports[key].write(frame, truth, path)
        return path

    losses = np.loadtxt(written("train_losses", ".csv"), delimiter=",", skiprows=1)
    assert losses[:, 0].tolist() == list(range(1, STEPS + 1))
    np.testing.assert_array_equal(losses[:, 2:].astype(np.float32), frame.recording.losses)
    samples = np.loadtxt(written("samples", ".csv"), delimiter=",", skiprows=1)
    np.testing.assert_array_equal(samples[:, :2].astype(np.float32), frame.picture.samples)
    exact = frame.config.data.distribution.log_prob(frame.picture.samples)
    np.testing.assert_array_equal(samples[:, 4], exact)
    with np.load(written("samples", ".npz")) as arrays:
        np.testing.assert_array_equal(arrays["samples_no_noise"], frame.picture.means)
        np.testing.assert_array_equal(arrays["true_log_prob"], exact)
        np.testing.assert_array_equal(arrays["train_data"], truth.train)
    weights = load_weights(written("model", ".safetensors"), frame.config.model)
    assert len(weights) == layout(frame.config.model).size
    np.testing.assert_array_equal(weights, frame.picture.parameters)
    assert load_config(written("config", ".toml")) == frame.config


def test_numbers_are_exported_through_the_dialog(settings, tmp_path):
    truth, frame = moment()
    export = next(e for e in EXPORTS if e.key == "samples")
    with Answers((tmp_path / "points", "Table")):
        path = export_data_dialog(None, export, frame, truth, settings)
    assert path == tmp_path / "points.csv"
    assert Path(path).read_text().startswith("x1,x2,mean_x1,mean_x2,true_log_prob\n")


# the window -------------------------------------------------------------------


def test_a_picture_of_the_window_does_not_tell_of_the_one_before(qtbot, tmp_path):
    driver = Driver(qtbot, tmp_path / "state.ini")
    window = driver.window
    said = []
    window.statusBar().messageChanged.connect(said.append)
    for name in ("first.svg", "second.svg"):
        with Answers((tmp_path / name, "SVG")):
            window.exports.export_picture(window)
        assert QGuiApplication.overrideCursor() is None
    assert said == [f"Saved {tmp_path / 'first.svg'}", "", f"Saved {tmp_path / 'second.svg'}"]
    assert "first.svg" not in (tmp_path / "second.svg").read_text()
    window.exports.copy_picture(window)
    assert said[-2:] == ["", "Copied as a picture"]
    assert b"second.svg" not in bytes(QGuiApplication.clipboard().mimeData().data("image/svg+xml"))
    QGuiApplication.clipboard().clear()
    driver.close()


@pytest.mark.parametrize("way", ["export_picture", "copy_picture"])
def test_all_of_a_picture_taken_at_full_speed_tells_of_one_step(qtbot, tmp_path, monkeypatch, way):
    driver = Driver(qtbot, tmp_path / "state.ini", small_config("training.epochs=100000"))
    window, run, drawn, seen = driver.window, driver.run, {}, []
    window.scheduler.drawn.connect(lambda p, frame: drawn.update({p: frame.picture.step}))

    def save(*_):
        shown = {drawn[panel] for panel in window.panels if panel.in_sight}
        seen.append((shown, window.bar.step._values[0], run.step, run.state))

    monkeypatch.setattr(dialogs, "ask_file", lambda *_: (tmp_path / "a.png", dialogs.PICTURES[0]))
    monkeypatch.setattr(dialogs, "save", save)
    monkeypatch.setattr(exports.export, "copy_to_clipboard", save)
    run.run()
    driver.until(lambda: run.step > 300)
    getattr(window.exports, way)(window)
    ((shown, bar, step, state),) = seen
    assert shown == {step}
    assert int(re.sub(r"\D", "", bar)) == step
    assert state is State.PAUSED
    assert run.state is State.RUNNING, "it goes on"
    driver.until(lambda: run.step > step)
    driver.close()


def test_what_is_typed_while_an_export_waits_goes_to_its_dialog_alone(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(exports, "WAIT_UNSEEN_MS", 200)
    driver = Driver(qtbot, tmp_path / "state.ini")
    window, run, seen = driver.window, driver.run, []
    driver.until_rest()
    panel = window.docks["nats"].panel
    monkeypatch.setattr(window.jobs, "knows_all", lambda _: len(seen) > 1)

    def type_and_look():
        driver.key(Qt.Key.Key_S)  # a step, or a letter of a file name
        box = QApplication.activeModalWidget()
        seen.append(box is not None and box.isVisible())

    def ask(*_):  # a person takes longer than Qt's progress dialogs wait before they come up
        driver.bot.wait(4_500)
        seen.append(QApplication.activeModalWidget())
        return

    QTimer.singleShot(50, type_and_look)
    QTimer.singleShot(600, type_and_look)
    monkeypatch.setattr(dialogs, "ask_file", ask)
    window.exports.export_picture(panel)
    assert seen == [False, True, None], "it comes after a while, and never over what follows"
    assert run.step == 0
    window.activateWindow()
    driver.until(window.isActiveWindow)
    driver.key(Qt.Key.Key_S)
    driver.until(lambda: run.step == 1)
    monkeypatch.undo()
    driver.close()


def test_a_run_that_was_paused_stays_so_after_an_export(qtbot, tmp_path):
    driver = Driver(qtbot, tmp_path / "state.ini")
    driver.run.step_once(3)
    driver.until_rest()
    with Answers((tmp_path / "a.svg", "SVG")):
        driver.window.exports.export_picture(driver.window)
    assert driver.run.state is State.PAUSED
    assert driver.run.step == 3
    driver.close()


def test_what_is_refused_is_told_in_a_sentence(qtbot, tmp_path):
    driver = Driver(qtbot, tmp_path / "state.ini")
    (tmp_path / "bad.toml").write_text("[[[\n")
    with Answers("OK") as answers:
        driver.window.files.open_path(tmp_path / "bad.toml")
        driver.until(lambda: answers.said)
    assert answers.said[0].startswith("Cannot use '")
    assert "bad.toml': the file is not TOML: " in answers.said[0]
    panel = next(p for p in driver.window.panels if p.key == "metrics")
    panel.restore_options({"off": [m.key for m in METRICS]})
    with Answers("OK") as answers:
        driver.window.exports.export_numbers(panel)
        driver.until(lambda: answers.said)
    assert answers.said == [
        "Nothing was measured of this run yet: switch on the metrics that are wanted."
    ]
    driver.close()
