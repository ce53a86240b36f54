"""One control per declared parameter, made from the declaration alone.

Numbers, choices and flags, and the rules that dress them. A new kind of value is one
class and one line in the table.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from vae_gui.core.parameters import Declared
from vae_gui.core.parameters import declared as declared_of
from vae_gui.ui.form.fields import ChoiceBox, FlagBox, NumberField, ValueSlider
from vae_gui.ui.form.parameter_control import ParameterControl
from vae_gui.ui.form.rows_control import RowsControl, TextRowsControl
from vae_gui.ui.form.scales import Scale
from vae_gui.ui.gestures import StepGesture
from vae_gui.ui.theme import Theme


class NumberControl(ParameterControl):
    """A number: typed, stepped, or dragged with a slider under it."""

    field: NumberField

    def __init__(self, declared: Declared, path: str, parent: QWidget | None = None) -> None:
        self.scale = Scale.of(declared)
        self.slider: ValueSlider | None = None
        self._steps = StepGesture()
        super().__init__(declared, path, parent)
        if declared.parameter.slider and self.scale.bounded:
            self.slider = self._make_slider()
            self.rows.insertWidget(1, self.slider)
            self._refresh()

    def _make_field(self) -> NumberField:
        field = NumberField(self.scale.digits)
        field.committed.connect(self._typed)
        field.abandoned.connect(self._refresh_slot)
        field.stepped.connect(self._step)
        return field

    def _make_slider(self) -> ValueSlider:
        slider = ValueSlider(self.scale.positions)
        slider.setAccessibleName(f"{self.declared.parameter.label} slider")
        slider.sliderPressed.connect(self._begin_drag)
        slider.sliderMoved.connect(self._drag)
        slider.stepped.connect(self._step)
        slider.sent_to_end.connect(self._go_to_end)
        return slider

    def _render(self) -> None:
        text = self.scale.text(self._value)
        self.field.show_text(text)
        if self.slider is not None:
            self.slider.setValue(self.scale.position_of(self._value))
            self.slider.setAccessibleDescription(f"{text} {self.declared.parameter.unit}".strip())

    def _keep_in_sight(self, text: str) -> None:
        self.field.lineEdit().setText(text[: self.field.lineEdit().maxLength()])

    def text_of(self, value: Any) -> str:
        """A number as the field writes it."""
        return self.scale.text(value) if isinstance(value, int | float) else str(value)

    def context_menu(self) -> QMenu:
        """Adds pasting, which a number field has and its own menu would offer."""
        menu = super().context_menu()
        paste = menu.addAction("Paste value")
        paste.triggered.connect(self._paste)
        menu.insertAction(menu.actions()[1], paste)
        return menu

    @Slot()
    def _paste(self) -> None:
        self._typed(QGuiApplication.clipboard().text())

    @Slot(str)
    def _typed(self, text: str) -> None:
        self.propose(self.scale.parse(text), text)

    @Slot()
    def _refresh_slot(self) -> None:
        self._refresh()

    @Slot(int)
    def _step(self, steps: int) -> None:
        if self.field.dirty:  # step from what was just typed
            self._typed(self.field.text())
            if self.field.dirty:
                return
        self.propose(self.scale.stepped(self._value, steps), gesture=self._steps.next())

    @Slot(bool)
    def _go_to_end(self, upper: bool) -> None:
        end = self.scale.positions if upper else 0
        self.propose(self.scale.value_at(end), gesture=self._steps.next())

    @Slot()
    def _begin_drag(self) -> None:
        self._dragging = object()

    @Slot(int)
    def _drag(self, position: int) -> None:
        self.propose(self.scale.value_at(position), gesture=self._dragging)


class ChoiceControl(ParameterControl):
    """One of several words."""

    field: ChoiceBox

    def _make_field(self) -> ChoiceBox:
        field = ChoiceBox()
        field.addItems(list(self.declared.choices))
        field.textActivated.connect(self._chosen)
        return field

    def _render(self) -> None:
        self.field.setCurrentText(self._value)

    @Slot(str)
    def _chosen(self, text: str) -> None:
        self.propose(text)


class FlagControl(ParameterControl):
    """On or off."""

    field: FlagBox

    def _make_field(self) -> FlagBox:
        field = FlagBox()
        field.clicked.connect(self._clicked)
        return field

    def _render(self) -> None:
        self.field.setChecked(self._value)

    def text_of(self, value: Any) -> str:
        """On or off."""
        return "on" if value else "off"

    @Slot(bool)
    def _clicked(self, checked: bool) -> None:
        self.propose(checked)


_CONTROLS: dict[str, type[ParameterControl]] = {
    "int": NumberControl,
    "float": NumberControl,
    "choice": ChoiceControl,
    "bool": FlagControl,
    "rows": RowsControl,
    "texts": TextRowsControl,
}


def control_for(
    declared: Declared, path: str, parent: QWidget | None = None
) -> ParameterControl | None:
    """The control that fits a declared parameter; None where its kind has none."""
    kind = "choice" if declared.choices else declared.kind.__name__
    if declared.row is not None:
        kind = "texts" if any(c.kind is str for c in declared_of(declared.row)) else "rows"
    made = _CONTROLS.get(kind)
    return made(declared, path, parent) if made else None


_RULES = """
#sideControls, #sideBody, #sideScroll, #sideScroll > QWidget {{ background: transparent; }}
#groupCard {{ background: {card}; border: 1px solid {border}; border-radius: 8px; }}
#groupHeader {{ border-radius: 5px; }}
#groupHeader:hover {{ background: {hover}; }}
#groupHeader:focus {{ border: 1px solid {accent}; }}
#groupArrow, #groupNote, #controlSymbol, #controlUnit, #matrixEditor {{ color: {muted}; }}
#groupTitle {{ color: {text}; }}
#groupWaiting, #waitingMark {{ color: {warning}; }}
#controlError {{ color: {error}; }}
#controlRemark {{ color: {warning}; }}
#waitingBanner {{ background: {card}; border: 1px solid {warning}; border-radius: 8px; }}
#waitingBanner QLabel {{ color: {warning}; }}
#waitingBanner QPushButton {{ padding: 3px 8px; }}

#resetValue {{ color: {muted}; background: transparent; border: none; border-radius: 4px;
  padding: 0; min-width: 16px; min-height: 16px; }}
#rowsButton {{ color: {text}; background: {field}; border: 1px solid {border};
  border-radius: 4px; padding: 0 4px; min-width: 14px; min-height: 16px; }}
#rowsButton:hover, #rowsButton:focus {{ background: {hover}; border-color: {accent}; }}
#rowsTable {{ background: {field}; alternate-background-color: {card}; color: {text};
  border: 1px solid {border}; border-radius: 5px; selection-background-color: {hover};
  selection-color: {text}; outline: none; }}
#rowsTable:focus {{ border-color: {accent}; }}
#rowsTable::item {{ padding: 0 2px; }}
#rowsTable::item:focus {{ border: 1px solid {accent}; }}
#rowsTable QHeaderView::section {{ background: {card}; color: {muted}; border: none;
  padding: 1px 3px; }}
#rowsTable QTableCornerButton::section {{ background: {card}; border: none; }}
#rowsTable QLineEdit {{ padding: 0 1px; border-radius: 0; }}

#resetValue:hover, #resetValue:focus {{ background: {hover}; color: {text}; }}

QAbstractSpinBox {{ background: transparent; color: {text}; border: 1px solid transparent;
  border-radius: 5px;
  selection-background-color: {accent}; selection-color: {on_accent}; }}
QAbstractSpinBox:hover {{ background: {hover}; }}
QAbstractSpinBox:focus {{ background: {field}; border-color: {accent}; }}
QAbstractSpinBox:disabled {{ color: {muted}; }}
QAbstractSpinBox[invalid="true"] {{ border-color: {error}; color: {error}; }}
QAbstractSpinBox QLineEdit {{ background: transparent; border: none; padding: 0; }}
#matrixEditor QAbstractSpinBox {{ background: {field}; }}

QComboBox {{ background: {field}; color: {text}; border: 1px solid {border}; border-radius: 5px;
  padding: 2px 8px; min-height: 18px; }}
QComboBox:hover {{ background: {hover}; }}
QComboBox:focus, QComboBox:on {{ border-color: {accent}; }}
QComboBox::drop-down {{ border: none; width: 22px; }}
QComboBox::down-arrow {{ image: none; }}
QComboBox QAbstractItemView {{ background: {card}; color: {text}; border: 1px solid {border};
  selection-background-color: {accent}; selection-color: {on_accent}; outline: none; }}

QCheckBox {{ color: {text}; selection-color: {on_accent}; }}
QCheckBox::indicator {{ width: 15px; height: 15px; border: 1px solid {muted}; border-radius: 4px;
  background: {field}; }}
QCheckBox::indicator:checked {{ background: {accent}; border-color: {accent}; }}
QCheckBox::indicator:focus {{ border-color: {text}; }}

QSlider:horizontal {{ min-height: 14px; background: transparent; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {grid}; }}
QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {accent}; }}
QSlider::handle:horizontal {{ background: {text}; border: none; width: 12px; height: 12px;
  margin: -4px 0; border-radius: 6px; }}
QSlider::handle:horizontal:focus, QSlider::handle:horizontal:hover {{
  border: 2px solid {accent}; width: 10px; height: 10px; margin: -5px 0; border-radius: 7px; }}
QSlider::sub-page:horizontal:disabled {{ background: {muted}; }}
QSlider::handle:horizontal:disabled {{ background: {muted}; }}

QScrollBar {{ background: transparent; border: none; margin: 0; }}
QScrollBar:vertical {{ width: 8px; }}
QScrollBar:horizontal {{ height: 8px; }}
QScrollBar::handle {{ background: {grid}; border-radius: 4px; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::handle:hover {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
  background: none; border: none; width: 0; height: 0; }}
"""


def controls_stylesheet(theme: Theme) -> str:
    """The rules of fields, sliders, scroll bars and the side bar's cards."""
    return _RULES.format(**{name: getattr(theme, name) for name in theme.__slots__})
