"""The covariance edited as a matrix, by keys."""

import pytest
from PySide6.QtCore import Qt

from vae_gui.core.distributions import Gaussian
from vae_gui.ui.form.matrix_editor import MatrixEditor


def type_into(qtbot, field, text):
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)


@pytest.fixture
def matrix(qtbot):
    editor = MatrixEditor(Gaussian.matrix)
    qtbot.addWidget(editor)
    editor.show_distribution(Gaussian())
    editor.show()
    editor.activateWindow()
    editor.edits = []
    editor.distribution_edited.connect(editor.edits.append)
    return editor


def texts(editor):
    return [field.text() for field in editor.fields.values()]


def test_an_entry_off_the_diagonal_is_mirrored_and_taken(matrix, qtbot):
    type_into(qtbot, matrix.fields[0, 1], "0.25")
    assert texts(matrix) == ["1.00", "0.25", "0.25", "1.00"]
    qtbot.keyClick(matrix.fields[0, 1], Qt.Key.Key_Return)
    (changed,) = matrix.edits
    assert changed.correlation == pytest.approx(0.25)
    assert changed.mean_x1 == Gaussian().mean_x1


def test_a_covariance_that_is_not_positive_definite_is_refused_in_words(matrix, qtbot):
    type_into(qtbot, matrix.fields[1, 0], "1.5")
    qtbot.keyClick(matrix.fields[1, 0], Qt.Key.Key_Return)
    assert matrix.edits == []
    assert "not positive definite" in matrix.error.text()
    assert "1.5² = 2.25" in matrix.error.text()
    assert "last valid matrix stays in force" in matrix.error.text()
    assert matrix.fields[0, 1].property("invalid") is True
    assert matrix.fields[0, 0].property("invalid") is False
    type_into(qtbot, matrix.fields[1, 1], "4")  # together with the entry that waits: valid
    qtbot.keyClick(matrix.fields[1, 1], Qt.Key.Key_Return)
    (changed,) = matrix.edits
    assert changed.std_x2 == pytest.approx(2.0)
    assert changed.correlation == pytest.approx(0.75)
    assert not matrix.error.isVisible()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("abc", "“abc” is not a number"),
        ("0,7", "“0,7” is not a number; write 0.7."),
        ("1e999", "finite"),
    ],
)
def test_an_entry_that_is_no_number_is_refused_and_escape_restores(matrix, qtbot, text, words):
    type_into(qtbot, matrix.fields[0, 0], text)
    qtbot.keyClick(matrix.fields[0, 0], Qt.Key.Key_Return)
    assert words in matrix.error.text()
    qtbot.keyClick(matrix.fields[0, 0], Qt.Key.Key_Escape)
    assert texts(matrix) == ["1.00", "0.50", "0.50", "1.00"]
    assert matrix.edits == []


def test_arrows_step_an_entry(matrix, qtbot):
    matrix.fields[0, 0].setFocus()
    qtbot.keyClick(matrix.fields[0, 0], Qt.Key.Key_Up)
    qtbot.keyClick(matrix.fields[0, 0], Qt.Key.Key_PageUp)
    assert matrix.edits[-1].std_x1 ** 2 == pytest.approx(1.11)
