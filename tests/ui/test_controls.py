"""Controls of single parameters, by clicks and keys."""

import re

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from vae_gui.core.config import ModelConfig, TrainingConfig
from vae_gui.core.parameters import Declared, InvalidValue, Parameter, declared
from vae_gui.ui.form.controls import control_for, controls_stylesheet
from vae_gui.ui.theme import THEMES


def field_of(cls, name):
    return next(d for d in declared(cls) if d.name == name)


@pytest.fixture
def make(qtbot):
    """Show a control beside another widget that can take the focus; collect its edits."""
    windows = []

    def show(cls, name):
        window = QWidget()
        windows.append(window)
        other, control = QWidget(), control_for(field_of(cls, name), name)
        other.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout(window)
        column.addWidget(other)
        column.addWidget(control)
        window.resize(320, 140)
        qtbot.addWidget(window)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        other.setFocus()
        control.edits = []
        control.value_edited.connect(control.edits.append)
        control.other = other
        return control

    return show


def type_into(qtbot, field, text):
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)


def wheel(widget, turns):
    window = widget.window()
    at = widget.mapTo(window, widget.rect().center())
    QTest.wheelEvent(window.windowHandle(), QPointF(at), QPoint(0, 120 * turns))


# number controls ------------------------------------------------------------------


def test_an_empty_value_is_named_in_words(make, qtbot):
    control = make(TrainingConfig, "learning_rate")
    control.field.setFocus()
    control.field.selectAll()
    qtbot.keyClick(control.field, Qt.Key.Key_Backspace)
    qtbot.keyClick(control.field, Qt.Key.Key_Return)
    assert control.error.text().startswith("An empty value is not valid")
    assert control.edits == []


def test_a_typed_number_is_taken_on_enter(make, qtbot):
    control = make(TrainingConfig, "learning_rate")
    type_into(qtbot, control.field, "0.0005")
    assert control.edits == []  # nothing half-typed gets through
    qtbot.keyClick(control.field, Qt.Key.Key_Return)
    assert control.edits == [5e-4]
    assert control.field.text() == "5e-4"
    assert control.slider.value() == control.scale.position_of(5e-4)


@pytest.mark.parametrize("text", ["abc", "11", "-1", "nan", "inf", "1e999", ""])
def test_what_is_not_valid_is_explained_and_the_last_valid_value_stays(make, qtbot, text):
    control = make(TrainingConfig, "learning_rate")
    type_into(qtbot, control.field, text or "x")
    if not text:
        qtbot.keyClick(control.field, Qt.Key.Key_Backspace)
    control.other.setFocus()  # leaving takes it, as Enter would
    assert control.edits == []
    assert control.value == 3e-3
    assert control.field.text() == text
    assert control.field.property("invalid") is True
    assert "it must be a number from 1e-06 to 10" in control.error.text()
    assert "3e-3 stays in force" in control.error.text()
    assert control.error.isVisible()
    assert control.error.text() in control.field.accessibleDescription()
    control.field.setFocus()
    qtbot.keyClick(control.field, Qt.Key.Key_Escape)
    assert control.field.text() == "3e-3"
    assert control.field.property("invalid") is False
    assert not control.error.isVisible()


def test_a_fraction_is_refused_where_whole_numbers_are_meant(make, qtbot):
    control = make(ModelConfig, "hidden_units")
    type_into(qtbot, control.field, "2.5")
    qtbot.keyClick(control.field, Qt.Key.Key_Return)
    assert "a whole number from 1 to 512" in control.error.text()
    type_into(qtbot, control.field, "1e2")
    qtbot.keyClick(control.field, Qt.Key.Key_Return)
    assert control.edits == [100]
    assert isinstance(control.edits[0], int)


def test_the_echo_of_the_same_value_leaves_a_refused_text_alone(make, qtbot):
    control = make(TrainingConfig, "beta")
    type_into(qtbot, control.field, "lots")
    qtbot.keyClick(control.field, Qt.Key.Key_Return)
    control.set_value(1.0)
    assert control.field.text() == "lots"
    control.set_value(1.0, discard=True)
    assert control.field.text() == "1.000"
    assert control.edits == []


def test_arrows_and_page_keys_step_in_field_and_slider(make, qtbot):
    control = make(TrainingConfig, "batch_size")
    control.field.setFocus()
    qtbot.keyClick(control.field, Qt.Key.Key_Up)
    control.slider.setFocus()
    qtbot.keyClick(control.slider, Qt.Key.Key_Left)
    qtbot.keyClick(control.slider, Qt.Key.Key_PageUp)
    qtbot.keyClick(control.slider, Qt.Key.Key_Home)
    qtbot.keyClick(control.slider, Qt.Key.Key_End)
    assert control.edits == [130, 120, 220, 1, 10_000]


def test_a_drag_is_one_gesture_and_the_next_another(make, qtbot):
    control = make(TrainingConfig, "learning_rate")
    gestures = []
    control.value_edited.connect(lambda _: gestures.append(control.gesture))
    for positions in ((40, 60, 90), (120, 150)):
        start, *rest = (QPoint(x, control.slider.height() // 2) for x in positions)
        qtbot.mousePress(control.slider, Qt.MouseButton.LeftButton, pos=start)
        for point in rest:
            qtbot.mouseMove(control.slider, point)
        qtbot.mouseRelease(control.slider, Qt.MouseButton.LeftButton, pos=rest[-1])
    assert control.edits == sorted(control.edits)
    assert len(gestures) == 5
    assert gestures[0] is gestures[2] is not None
    assert gestures[3] is gestures[4] is not gestures[0]
    assert not control.slider.isSliderDown()


def test_the_handle_goes_where_the_slider_is_pressed(make, qtbot):
    control = make(ModelConfig, "latent")
    right = QPoint(control.slider.width() - 2, control.slider.height() // 2)
    qtbot.mouseClick(control.slider, Qt.MouseButton.LeftButton, pos=right)
    assert control.edits == [8]


def test_the_wheel_changes_nothing_without_the_focus(make):
    control = make(TrainingConfig, "learning_rate")
    choice = make(ModelConfig, "activation")
    for widget in (control.field, control.slider, choice.field):
        assert widget.focusPolicy() == Qt.FocusPolicy.StrongFocus  # the wheel does not focus
        wheel(widget, 1)
    assert control.edits == choice.edits == []


def test_the_wheel_steps_with_the_focus(make):
    control = make(TrainingConfig, "learning_rate")
    control.slider.setFocus()
    wheel(control.slider, -1)
    control.field.setFocus()
    wheel(control.field, 1)
    assert control.edits == pytest.approx([2.9e-3, 3e-3])


def test_back_to_the_default_by_button_and_menu(make, qtbot):
    control = make(TrainingConfig, "noise_samples")
    assert not control.reset_button.isVisible()
    control.propose(8)
    assert control.reset_button.isVisible()
    qtbot.mouseClick(control.reset_button, Qt.MouseButton.LeftButton)
    assert control.edits == [8, 1]
    assert not control.reset_button.isVisible()
    control.propose(4)
    menu = control.context_menu()
    reset = next(a for a in menu.actions() if "default (1)" in a.text())
    reset.trigger()
    assert control.value == 1
    assert not next(
        a for a in control.context_menu().actions() if "default" in a.text()
    ).isEnabled()


def test_copy_and_paste_through_the_menu(make):
    control = make(TrainingConfig, "learning_rate")
    actions = {a.text(): a for a in control.context_menu().actions()}
    actions["Copy value"].trigger()
    assert QApplication.clipboard().text() == "3e-3"
    QApplication.clipboard().setText("0.02")
    actions["Paste value"].trigger()
    assert control.edits == [0.02]


def test_a_value_refused_beside_others_goes_back(make):
    control = make(TrainingConfig, "beta")
    control.propose(4.0)
    control.refuse(InvalidValue("beta", 4.0, "it must be below the other"))
    assert control.value == 1.0
    assert control.slider.value() == control.scale.position_of(1.0)
    assert "“4.000” is not valid: it must be below the other" in control.error.text()


# other kinds ----------------------------------------------------------------------


def test_a_choice_is_made_by_keys(make, qtbot):
    control = make(ModelConfig, "activation")
    control.field.setFocus()
    qtbot.keyClick(control.field, Qt.Key.Key_Down)
    assert control.edits == ["relu"]


def test_a_flag_is_flipped_by_a_click(qtbot):
    flag = Declared("flag", bool, Parameter(label="Flag", help="A flag."), False)
    control = control_for(flag, "x.flag")
    qtbot.addWidget(control)
    control.show()
    edits = []
    control.value_edited.connect(edits.append)
    qtbot.mouseClick(control.field, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert edits == [True]
    control.reset_to_default()
    assert edits == [True, False]
    assert not control.field.isChecked()


def test_a_screen_reader_hears_label_and_value(make):
    control = make(TrainingConfig, "learning_rate")
    heard = QAccessible.queryAccessibleInterface(control.field)
    assert heard.text(QAccessible.Text.Name) == "Learning rate"
    assert heard.text(QAccessible.Text.Value) == "3e-3"
    assert control.slider.accessibleDescription() == "3e-3"
    assert control.name.buddy() is control.field


def test_the_style_sheet_uses_the_colours_of_the_theme_alone():
    for theme in THEMES.values():
        known = {getattr(theme, name) for name in theme.__slots__}
        used = set(re.findall(r"#[0-9a-f]{6}\b", controls_stylesheet(theme)))
        assert len(used) > 5
        assert used <= known
