"""A list of rows as a table: typed, added, duplicated, removed, copied, pasted, refused."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit
from windows import Driver, small_config

from vae_gui.core.distributions import Drawn, GaussianMixture
from vae_gui.core.parameters import InvalidValue, declared
from vae_gui.ui.form.controls import control_for, controls_stylesheet
from vae_gui.ui.form.rows_control import RowsControl, TextRowsControl
from vae_gui.ui.theme import DARK

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
PARTS = GaussianMixture().components


@pytest.fixture
def table(qtbot):
    control = control_for(declared(GaussianMixture)[0], "data.distribution.components")
    assert isinstance(control, RowsControl)
    control.setStyleSheet(controls_stylesheet(DARK))
    control.resize(300, 200)
    qtbot.addWidget(control)
    with qtbot.waitActive(control):
        control.show()
        control.activateWindow()
    control.edits = []
    control.value_edited.connect(control.edits.append)
    return control


def type_at(qtbot, table, row, column, text):
    table.field.setFocus()
    table.field.setCurrentIndex(table.model.index(row, column))
    qtbot.keyClicks(table.field, text[:1])  # the first key opens the editor
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    qtbot.keyClicks(editor, text[1:])
    qtbot.keyClick(editor, Key.Key_Return)
    QApplication.processEvents()  # Qt commits in the next turn


def test_cells_show_the_rows_and_columns_their_symbols(table):
    model = table.model
    assert (model.rowCount(), model.columnCount()) == (3, 6)
    assert [model.headerData(i, Qt.Orientation.Horizontal) for i in range(6)] == [
        "w", "μ₁", "μ₂", "σ₁", "σ₂", "ρ",
    ]  # fmt: skip
    assert model.index(0, 1).data() == "-1.4"
    for i in range(6):  # nothing is cut off
        width = table.field.fontMetrics().horizontalAdvance("-1.25")
        assert table.field.columnWidth(i) > width


def test_a_number_is_typed_into_a_cell(table, qtbot):
    type_at(qtbot, table, 1, 2, "-0.75")
    (rows,) = table.edits
    assert rows[1].mean_x2 == -0.75
    assert (rows[0], rows[2]) == (PARTS[0], PARTS[2])


@pytest.mark.parametrize(
    ("column", "text", "words"),
    [
        (3, "0", "“0” is not valid: it must be a number from 0.05 to 10"),
        (1, "0,5", "written with a point: 0.5"),
        (0, "-1", "it must be a number from 0 to 1000"),
        (5, "1", "from -0.999 to 0.999"),
        (0, ".x", "“.x” is not valid"),
    ],
)
def test_what_is_not_valid_is_refused_in_words_and_stays_in_sight(
    table, qtbot, column, text, words
):
    type_at(qtbot, table, 0, column, text)
    assert table.edits == []
    assert words in table.error.text()
    assert "last valid table stays in force" in table.error.text()
    cell = table.model.index(0, column)
    assert cell.data() == text
    assert cell.data(Qt.ItemDataRole.ForegroundRole).name() == DARK.error
    type_at(qtbot, table, 0, column, "0.5")
    assert len(table.edits) == 1
    assert table.error.isHidden()


def test_rows_are_added_duplicated_and_removed(table, qtbot):
    left = Qt.MouseButton.LeftButton
    qtbot.mouseClick(table.buttons["add"], left)
    assert table.edits[-1] == (*PARTS, type(PARTS[0])())
    table.choose_row(0)
    qtbot.mouseClick(table.buttons["duplicate"], left)
    assert table.edits[-1][:2] == (PARTS[0], PARTS[0])
    assert table.field.currentIndex().row() == 1
    table.field.setFocus()
    qtbot.keyClick(table.field, Key.Key_Delete)
    assert table.edits[-1] == (*PARTS, type(PARTS[0])())
    for _ in range(9):
        table.remove_rows()
    assert len(table.edits[-1]) == 1
    assert "1 to 32" in table.error.text()  # the last one stays


def test_too_many_rows_are_refused(table):
    table.set_value((PARTS[0],) * 32)
    table.add_row()
    assert table.edits == []
    assert "1 to 32" in table.error.text()


def test_weights_are_normalised_on_demand(table, qtbot):
    table.set_value(tuple(type(p)(weight=w) for p, w in zip(PARTS, (1, 2, 5), strict=True)))
    qtbot.mouseClick(table.buttons["normalise"], Qt.MouseButton.LeftButton)
    assert [part.weight for part in table.edits[-1]] == [0.125, 0.25, 0.625]


def test_the_table_is_copied_and_pasted_as_text(table, qtbot):
    clipboard = QGuiApplication.clipboard()
    table.context_menu().actions()[0].trigger()
    lines = clipboard.text().splitlines()
    assert lines[0].split("\t") == [f.name for f in declared(type(PARTS[0]))]
    assert lines[1].split("\t") == ["0.45", "-1.4", "0.7", "0.8", "0.4", "0.6"]
    table.set_value((PARTS[2],))
    table.field.setFocus()
    table.field.setCurrentIndex(table.model.index(0, 3))
    qtbot.keyClick(table.field, Key.Key_V, CONTROL)  # whole rows go where they belong
    assert table.edits[-1] == PARTS
    clipboard.setText("0.25\n0.75\n")
    table.field.setCurrentIndex(table.model.index(1, 0))
    qtbot.keyClick(table.field, Key.Key_V, CONTROL)
    assert [part.weight for part in table.edits[-1]] == [0.45, 0.25, 0.75]
    table.field.setCurrentIndex(table.model.index(1, 0))
    qtbot.keyClick(table.field, Key.Key_C, CONTROL)
    assert clipboard.text().count("\n") == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "rows of numbers"),
        ("1 2 3 4 5 6 7", "room for 6"),
        ("1\tx", "“x”"),
        ("1 1 1 0", "0.05"),
    ],
)
def test_what_cannot_be_pasted_is_told(table, text, words):
    QGuiApplication.clipboard().setText(text)
    table.paste_rows()
    assert table.edits == []
    assert words in table.error.text()


def test_strokes_are_told_in_words(qtbot):
    control = control_for(declared(Drawn)[0], "data.distribution.strokes")
    qtbot.addWidget(control)
    assert isinstance(control, TextRowsControl)
    assert control.field.text().startswith("3 ")


def test_weights_that_are_all_zero_are_refused_and_the_cell_keeps_what_was_typed(qtbot, tmp_path):
    d = Driver(qtbot, tmp_path / "state.ini", small_config("data.distribution.family=mixture"))
    table = d.window.form.controls["data.distribution.components"]
    for row in (0, 1):
        type_at(qtbot, table, row, 0, "0")
    before = d.window.document.config
    assert before.data.distribution.weights == pytest.approx([0, 0, 1])
    type_at(qtbot, table, 2, 0, "0")
    assert d.window.document.config == before
    assert "at least one weight must be above 0" in table.error.text().lower()
    assert table.model.index(2, 0).data() == "0"
    d.window.document.stack.undo()
    assert d.window.document.config.data.distribution.components[1].weight == 0.35
    assert table.error.isHidden()
    assert table.model.index(1, 0).data() == "0.35"
    assert d.window.document.stack.undoText() == "Change components"
    d.close()


def test_a_mixture_of_no_weight_is_no_value():
    with pytest.raises(InvalidValue, match="above 0"):
        GaussianMixture(components=tuple(type(p)(weight=0) for p in PARTS))
