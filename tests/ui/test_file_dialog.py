"""The dialog for a person's own file, from the real window: chosen, dropped, refused, undone."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QProgressDialog, QTableView
from windows import Driver, small_config

from vae_gui.core.distributions import Gaussian, OwnFile
from vae_gui.core.distributions.own_file import IN_MEMORY
from vae_gui.core.storage import load_config, load_run, save_config
from vae_gui.ui.own_file.dialog import OwnFileDialog

LEFT = Qt.MouseButton.LeftButton
MANY = 60_000  # rows that take some tenths of a second to read


@pytest.fixture
def window(qtbot, tmp_path):
    d = Driver(qtbot, tmp_path / "state.ini", small_config())
    yield d
    d.until(lambda: d.window.findChild(OwnFileDialog) is None)
    d.close()


@pytest.fixture
def points(tmp_path):
    path = tmp_path / "points.csv"
    x = np.random.default_rng(0).normal(size=(300, 3)) * [1, 40, 1e3] + [0, 500, 0]
    np.savetxt(path, x, delimiter=";", header="t;width;height", comments="", fmt="%.17g")
    return path, x


def drop(widget, path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    action, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    widget.dropEvent(QDropEvent(QPointF(9, 9), action, mime, LEFT, none))


def dialog_of(d) -> OwnFileDialog:
    found = d.window.findChild(OwnFileDialog)
    assert found is not None
    return found


def dropped(d, path, valid=True) -> OwnFileDialog:
    drop(d.window, path)
    dialog = dialog_of(d)
    d.until(lambda: dialog.ok.isEnabled() if valid else dialog.error.text())
    return dialog


def choose(d, box, text):
    """Choose a text of a box as by hand."""
    at = box.findText(text)
    assert at >= 0
    box.setCurrentIndex(at)
    box.activated.emit(at)


def back_to(d):
    """Bring the window to the front again, as a desktop does when a dialog closes."""
    d.window.activateWindow()
    d.until(d.window.isActiveWindow)


def in_use(d):
    return d.window.document.config.data.distribution


def test_a_dropped_file_is_shown_taken_trained_on_and_undone(window, points, qtbot):
    d, (path, x) = window, points
    dialog = dropped(d, path)
    assert dialog.choices.separator.currentText() == "semicolon"
    assert dialog.choices.header.currentData() == "yes"
    assert (dialog.choices.x1.currentText(), dialog.choices.x2.currentText()) == ("t", "width")
    table = dialog.findChild(QTableView).model()
    assert (table.rowCount(), table.columnCount()) == (200, 3)
    assert float(table.data(table.index(7, 1))) == x[7, 1]
    assert "300 rows can be used. 240 for training, 60 for testing." in dialog.facts.text()
    choose(d, dialog.choices.x1, "height")
    d.until(dialog.ok.isEnabled)
    dialog.knobs["test_share"].propose(0.5)
    assert "150 for training, 150 for testing" in dialog.facts.text()
    qtbot.mouseClick(dialog.ok, LEFT)
    found = in_use(d)
    assert (found.path, found.column_1, found.column_2) == (str(path), "height", "width")
    assert found.test_share == 0.5
    assert len(found.digest) == 64
    np.testing.assert_array_equal(found.rows().values, x[:, [2, 1]])
    d.until(lambda: d.run.config.data.distribution == found and d.run.ready)
    assert len(d.run.current.truth.train) == 150
    assert "points.csv" in d.window.form.family.file.name.text()
    assert "150 rows" in d.window.form.controls["data.train_size"].remark.text()
    back_to(d)
    d.key(Qt.Key.Key_S)
    d.until(lambda: d.run.step == 1)
    d.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert in_use(d) == Gaussian()
    d.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert in_use(d) == found


def test_everything_shown_says_that_it_is_an_estimate(window, points):
    d, (path, _) = window, points
    dropped(d, path).accept()
    d.until(lambda: d.run.config.data.distribution == in_use(d) and d.run.ready)
    back_to(d)
    d.until_rest()
    docks = d.window.docks
    panel = docks["data_space"].panel
    view = panel.plot.getPlotItem().vb
    assert view.getAspectRatio() == pytest.approx(in_use(d).aspect, rel=1e-3)
    assert "x₂ · width" in panel.plot.getPlotItem().getAxis("left").labelText
    assert docks["histograms"].panel.true.plot._title == ("test rows", "true")
    assert panel.legend_words[0] == ("true", "kernel estimate")
    assert "kernel estimate" in docks["data_space"]._bar.legend._label.text()
    assert "kernel estimate" in panel.accessibleDescription()
    assert docks["loss"].panel.levels.floor._words[0].startswith("estimated floor")
    assert "est. floor" in d.window.bar.above.accessibleName()
    assert "estimate" in d.window.bar.above.toolTip()
    d.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    d.until(lambda: d.run.config.data.distribution == Gaussian() and d.run.ready)
    d.until_rest()
    assert panel.legend_words[0] == ("true", "true density p(x)")
    assert view.getAspectRatio() == pytest.approx(1, rel=1e-3)
    assert docks["loss"].panel.levels.floor._words[0].startswith("entropy floor")
    assert "est." not in d.window.bar.above.accessibleName()


BAD = {
    b"": "it is empty.",
    bytes(range(256)): "it is a binary file",
    b"a,b\n1,2\n3\n": "line 3 has 1 field, not 2.",
    b"a,b\nx,y\n": "none of its 2 columns hold numbers",
    b"a,b\n1,2\n1,3\n": "column 'a' is constant",
    b"a,b\n" + b"1,2\n2,3\n" * 9: "it has 18 usable rows, and at least 20 are needed",
}


def test_what_is_wrong_stands_in_the_dialog_and_ok_waits(window, tmp_path, points):
    dialog = dropped(window, points[0])
    for i, (content, words) in enumerate(BAD.items()):
        path = tmp_path / f"bad{i}.csv"
        path.write_bytes(content)
        drop(dialog, path)
        window.until(lambda name=path.name: name in dialog.error.text())
        assert words in dialog.error.text()
        assert dialog.error.isVisible()
        assert not dialog.ok.isEnabled()
        dialog.accept()  # Enter does nothing either
        assert dialog.isVisible()
    drop(dialog, points[0])  # and right again
    window.until(dialog.ok.isEnabled)
    assert not dialog.error.isVisible()
    dialog.reject()
    assert in_use(window) == Gaussian()


def test_what_was_detected_can_be_changed(window, tmp_path):
    path = tmp_path / "years.csv"
    path.write_text("2001,2002\n" + "".join(f"{i},{i * i}\n" for i in range(30)))
    dialog = dropped(window, path)
    assert "31 rows" in dialog.facts.text()
    choose(window, dialog.choices.header, "yes, it holds names")
    window.until(lambda: "30 rows" in dialog.facts.text())
    assert dialog.choices.x2.currentText() == "2002"
    choose(window, dialog.choices.x2, "2001")  # the other gives way
    assert dialog.choices.x1.currentText() == "2002"
    choose(window, dialog.choices.separator, "semicolon")
    window.until(lambda: "one column only" in dialog.error.text())
    assert not dialog.ok.isEnabled()
    choose(window, dialog.choices.separator, "comma")
    window.until(dialog.ok.isEnabled)
    dialog.accept()
    assert (in_use(window).separator, in_use(window).header) == ("comma", "yes")


def test_arrays_of_an_archive_are_offered(window, tmp_path):
    path = tmp_path / "a.npz"
    x = np.random.default_rng(0).normal(size=(40, 3))
    np.savez(path, n=np.arange(4), first=x, second=x + 7)
    dialog = dropped(window, path)
    assert not dialog.choices.separator.isVisible()
    choose(window, dialog.choices.array, "second")
    window.until(dialog.ok.isEnabled)
    dialog.accept()
    np.testing.assert_array_equal(in_use(window).rows().values, x[:, :2] + 7)


def test_reading_shows_progress_and_can_be_stopped_or_left(window, tmp_path, qtbot):
    path = tmp_path / "many.csv"
    x = np.random.default_rng(0).normal(size=(MANY, 2))
    np.savetxt(path, x, delimiter=",", fmt="%.6f")
    drop(window.window, path)
    dialog = dialog_of(window)
    window.until(dialog.choices.x1.count)
    assert dialog.progress.isVisible()
    assert not dialog.ok.isEnabled()
    qtbot.mouseClick(dialog.stop_button, LEFT)
    assert "stopped" in dialog.error.text()
    assert not dialog.progress.isVisible()
    choose(window, dialog.choices.x1, "column 2")  # reads again
    window.until(lambda: dialog._rows is None and dialog.progress.isVisible())
    dialog.reject()  # leaves no thread behind: the fixtures look
    assert in_use(window) == Gaussian()


def test_the_first_rows_of_an_archive_are_found_beside_the_window(window, tmp_path, qtbot):
    path = tmp_path / "columns.npz"
    np.savez_compressed(path, np.random.default_rng(0).normal(size=(2, 300_000)).T)
    drop(window.window, path)
    dialog = dialog_of(window)
    assert dialog.progress.isVisible()  # nothing of it was waited for
    assert dialog.table.rows.rowCount() == 0
    assert not any(box.isVisible() for box in (dialog.choices.separator, dialog.choices.array))
    qtbot.mouseClick(dialog.stop_button, LEFT)
    assert "stopped" in dialog.error.text()
    dialog.show_path(path)
    window.until(dialog.ok.isEnabled)
    assert dialog.table.rows.rowCount() == 200
    assert "300,000 rows" in dialog.facts.text()
    dialog.reject()


def test_the_file_menu_asks_for_a_file_and_remembers_the_folder(window, points, monkeypatch):
    d, (path, _) = window, points
    asked = []

    def ask(parent, title, folder, kinds):
        asked.append(folder)
        return str(path), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", staticmethod(ask))
    for _ in range(2):
        back_to(d)
        d.key(Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
        dialog_of(d).reject()
        d.until(lambda: d.window.findChild(OwnFileDialog) is None)
    assert asked[1] == str(path.parent)


def test_the_gallery_opens_the_dialog_with_the_example(window, qtbot):
    thumbnail = window.window.form.gallery.thumbnails["file"]
    qtbot.mouseClick(thumbnail, LEFT)
    dialog = dialog_of(window)
    window.until(dialog.ok.isEnabled)
    assert window.window.form.gallery.thumbnails["gaussian"].isChecked()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert in_use(window) == Gaussian()
    window.until(lambda: window.window.findChild(OwnFileDialog) is None)
    qtbot.mouseClick(thumbnail, LEFT)
    dialog = dialog_of(window)
    window.until(dialog.ok.isEnabled)
    dialog.accept()
    assert isinstance(in_use(window), OwnFile)
    assert in_use(window).path == ""
    assert thumbnail.isChecked()


def opened_with(d, path):
    drop(d.window, path)
    d.until(lambda: d.window.files.data._loading is None)


def forget(d):
    """Run something else, and be as a program that was just started."""
    d.window.document.edit(small_config(), "data")
    d.window.reset_run()
    d.until(lambda: d.run.ready and d.run.config.data.distribution == Gaussian())
    d.until_rest()
    IN_MEMORY.clear()


def boxes():
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox)]


def test_a_configuration_that_names_a_file_is_opened_once_it_is_read(window, points, tmp_path):
    d, (path, x) = window, points
    dropped(d, path).accept()
    save_config(tmp_path / "run.toml", d.window.document.config)
    forget(d)
    opened_with(d, tmp_path / "run.toml")
    assert in_use(d) == load_config(tmp_path / "run.toml").data.distribution
    np.testing.assert_array_equal(in_use(d).rows_in_memory().values, x[:, :2])
    # changed, and gone: told, and all stays as it is
    for change, words in (
        (lambda: path.write_text("1,2\n" * 30 + "3,5\n"), "changed since"),
        (path.unlink, "there is no such file"),
    ):
        change()
        forget(d)
        before = d.window.document.config
        opened_with(d, tmp_path / "run.toml")
        (box,) = boxes()
        assert words in box.text()
        assert d.window.document.config == before
        box.close()
        box.deleteLater()
        d.until(lambda: not boxes())


def test_a_long_reading_before_opening_can_be_cancelled(window, tmp_path):
    d = window
    path = tmp_path / "many.csv"
    np.savetxt(path, np.random.default_rng(0).normal(size=(MANY, 2)), delimiter=",", fmt="%.6f")
    (tmp_path / "run.toml").write_text('[data.distribution]\nfamily = "file"\npath = "many.csv"\n')
    drop(d.window, tmp_path / "run.toml")
    progress = d.window.findChild(QProgressDialog)
    progress.canceled.emit()
    assert d.window.files.data._loading is None
    assert in_use(d) == Gaussian()


def test_a_saved_run_is_opened_though_its_file_is_gone(window, points, tmp_path):
    d, (path, _) = window, points
    dropped(d, path).accept()
    chosen = in_use(d)
    d.until(lambda: d.run.config.data.distribution == chosen and d.run.ready)
    back_to(d)
    d.key(Qt.Key.Key_S)
    d.until_rest()
    d.window.files._run_paths.append(tmp_path / "a.vaerun")
    d.run.take_state()
    d.until((tmp_path / "a.vaerun").exists)
    path.unlink()
    forget(d)
    drop(d.window, tmp_path / "a.vaerun")
    d.until(lambda: d.run.ready and d.run.step == 1)
    assert in_use(d) == chosen == load_run(tmp_path / "a.vaerun").config.data.distribution
    assert len(d.run.current.truth.train) == 240
    d.key(Qt.Key.Key_R)  # and trained anew
    d.until(lambda: d.run.ready and d.run.step == 0)


def reset_and_cancel(d):
    """Ask for a reset that has to read the file again, and cancel the reading."""
    IN_MEMORY.clear()
    d.key(Qt.Key.Key_R)
    assert d.window.files.data._loading is not None
    d.window.findChild(QProgressDialog).canceled.emit()


def test_a_reset_that_is_cancelled_leaves_the_run_as_it_was(window, points):
    d, (path, _) = window, points
    dropped(d, path).accept()
    d.until(lambda: d.run.config.data.distribution == in_use(d) and d.run.ready)
    back_to(d)
    d.key(Qt.Key.Key_S)
    d.until_rest()
    frame, state = d.run.frame, d.run.state
    reset_and_cancel(d)
    assert (d.run.frame, d.run.state, d.run.step) == (frame, state, 1)
    assert d.window.files.previous is None
    d.key(Qt.Key.Key_S)  # and it goes on
    d.until(lambda: d.run.step == 2 and d.run.resting)
    d.key(Qt.Key.Key_R)  # and is reset if the file may be read
    d.until(lambda: d.run.ready and d.run.step == 0)
    assert d.window.files.previous.recording.steps == 2


def test_an_undo_that_would_read_a_file_marks_what_waits_when_it_is_cancelled(window, points):
    d, (path, _) = window, points
    dropped(d, path).accept()
    d.until(lambda: d.run.config.data.distribution == in_use(d) and d.run.ready)
    d.window.document.edit(small_config(), "data")
    d.until(lambda: d.run.config.data.distribution == Gaussian() and d.run.ready)
    IN_MEMORY.clear()
    cancelled = []

    def cancel():
        d.window.findChild(QProgressDialog).canceled.emit()
        cancelled.append(d.window.files.data._loading)

    d.window.follower.reset_due.connect(cancel)  # after the window's own connection
    d.window.document.stack.undo()
    d.until(lambda: cancelled)
    assert cancelled == [None]
    assert d.run.config.data.distribution == Gaussian()
    assert d.window.form.banner.isVisibleTo(d.window.form)


def test_a_run_of_a_configuration_without_a_digest_is_saved_with_its_rows(qtbot, points, tmp_path):
    path, x = points
    (tmp_path / "own.toml").write_text(
        f'[data.distribution]\nfamily = "file"\npath = "{path.as_posix()}"\n'
    )
    config = load_config(tmp_path / "own.toml")
    assert config.data.distribution.digest == ""
    IN_MEMORY.clear()
    d = Driver(qtbot, tmp_path / "state.ini", config)
    assert in_use(d).digest == sha256(path.read_bytes()).hexdigest()
    assert d.run.config == d.window.document.config
    assert not d.window.document.modified
    assert not d.window.document.stack.canUndo()
    d.key(Qt.Key.Key_S)
    d.until(lambda: d.run.step == 1 and d.run.resting)
    d.window.files._run_paths.append(tmp_path / "a.vaerun")
    d.run.take_state()
    d.until((tmp_path / "a.vaerun").exists)
    path.unlink()
    IN_MEMORY.clear()
    rows = load_run(tmp_path / "a.vaerun").config.data.distribution.rows()
    np.testing.assert_array_equal(rows.values, x[:, :2])
    d.close()


def test_the_ranges_told_are_those_of_all_rows(window, tmp_path):
    x = np.random.default_rng(0).uniform(-1, 1, (9_001, 2))
    x[4321], x[7771] = (-50, 7), (9, -80)  # rows that the picture leaves out
    np.savetxt(tmp_path / "far.csv", x, delimiter=",", header="a,b", comments="")
    dialog = dropped(window, tmp_path / "far.csv")
    drawn = dialog.scatter._points
    assert -1 <= drawn.min() <= drawn.max() <= 1
    np.testing.assert_allclose(dialog.scatter.low, (-50, -80))
    np.testing.assert_allclose(dialog.scatter.high, (9, 7))
    dialog.reject()
