"""What every control of a declared parameter has, whatever its kind.

A control holds the last valid value. What it is given that is not valid stays in sight,
marked and explained, and changes nothing. It knows nothing of configurations.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from vae_gui.core.parameters import Declared, InvalidValue, Value
from vae_gui.ui.form.fields import ElidedLabel, mark
from vae_gui.ui.theme import font

APPLIES = {"live": "applies live, between two steps", "restart": "applies on reset"}


class ParameterControl(QWidget):
    """A label, a field and a way back to the default. Subclasses make the field.

    Attributes:
        declared: What it sets.
        path: Its dotted name in the configuration.
        field: The widget to type or choose in.
        gesture: While edits belong to one movement, the identity of that movement.
    """

    value_edited = Signal(object)

    def __init__(self, declared: Declared, path: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.declared = declared
        self.path = path
        self.gesture: object | None = None
        self._value: Any = declared.default
        self._before: Any = declared.default
        self.setObjectName(path)
        self.setToolTip(tooltip(declared, self.text_of))
        self.field = self._make_field()
        self.field.setAccessibleName(declared.parameter.label)
        self.name = ElidedLabel(declared.parameter.label)
        self.name.setBuddy(self.field)
        self.symbol = small_label(symbol_of(declared), "controlSymbol", italic=True)
        self.waiting = small_label("on reset", "waitingMark")
        self.waiting.hide()
        self.reset_button = self._make_reset_button()
        self.error = explanation("controlError")
        self.remark = explanation("controlRemark")
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setSpacing(1)
        self.rows.addLayout(self._header())
        self.rows.addWidget(self.error)
        self.rows.addWidget(self.remark)
        self._refresh()

    def _header(self) -> QHBoxLayout:
        header = QHBoxLayout()
        header.setSpacing(5)
        header.addWidget(self.name)
        header.addWidget(self.symbol)
        header.addWidget(self.waiting)
        header.addStretch(1)
        header.addWidget(self.reset_button)
        header.addWidget(self.field)
        if self.declared.parameter.unit:
            header.addWidget(small_label(self.declared.parameter.unit, "controlUnit"))
        return header

    def _make_reset_button(self) -> QToolButton:
        button = QToolButton()
        button.setText("↺")
        button.setObjectName("resetValue")
        words = f"Reset to {self.text_of(self.declared.default)}"
        button.setToolTip(words)
        button.setAccessibleName(f"{words}: {self.declared.parameter.label}")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        policy = button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        button.setSizePolicy(policy)
        button.clicked.connect(self.reset_to_default)
        return button

    # what a kind of value differs in ------------------------------------------------

    def _make_field(self) -> QWidget:
        raise NotImplementedError

    def _render(self) -> None:
        """Make the field show the value in force."""
        raise NotImplementedError

    def _keep_in_sight(self, text: str) -> None:
        """Let a refused text stay where it was typed, if it was typed."""

    def text_of(self, value: Any) -> str:
        """A value in words."""
        return str(value)

    # value ------------------------------------------------------------------------

    @property
    def value(self) -> Value:
        """The last valid value."""
        return self._value

    def set_value(self, value: Value, discard: bool = False) -> None:
        """Show a value without emitting.

        A half-typed or refused text stays where the value is the same, unless `discard`.
        """
        if discard or value != self._value or type(value) is not type(self._value):
            self._value = value
            self._refresh()

    def refuse(self, error: InvalidValue) -> None:
        """Take back the value just emitted: together with others it is not valid."""
        refused, self._value = self._value, self._before
        self._refresh()
        self._complain(self.text_of(refused), error)

    def set_waiting(self, waiting: bool) -> None:
        """Show or hide that the value shown waits for a reset."""
        mark(self, "waiting", waiting)
        self.waiting.setVisible(waiting)
        self.symbol.setVisible(not waiting and bool(self.symbol.text()))
        self._describe()

    def set_remark(self, sentence: str) -> None:
        """Say that the value, though valid, is not what it seems; nothing where it is."""
        if sentence != self.remark.text():
            self.remark.setText(sentence)
            self.remark.setVisible(bool(sentence))
            self._describe()

    @Slot()
    def reset_to_default(self) -> None:
        """Edit the value back to its default."""
        self.propose(self.declared.default)

    def propose(self, value: object, text: str = "", gesture: object | None = None) -> None:
        """Edit the value, as if typed; an invalid one is refused in words.

        Args:
            value: The value wanted.
            text: How it was written.
            gesture: The movement it belongs to.
        """
        try:
            accepted = self.declared.accept(value)
        except InvalidValue as error:
            self._refresh()
            self._complain(text or self.text_of(value), error)
            return
        self._before, self._value = self._value, accepted
        self._refresh()
        if accepted != self._before:
            self.gesture = gesture
            self.value_edited.emit(accepted)

    def _refresh(self) -> None:
        self._render()
        self.error.hide()
        self.error.clear()
        mark(self.field, "invalid", False)
        self.reset_button.setVisible(self._value != self.declared.default)
        self._describe()

    def _complain(self, text: str, error: InvalidValue) -> None:
        reason = error.reason.rstrip(".")
        in_force = self.text_of(self._value)
        self._keep_in_sight(text)
        given = f"“{text}”" if text.strip() else "An empty value"
        self.error.setText(f"{given} is not valid: {reason}. {in_force} stays in force.")
        self.error.show()
        mark(self.field, "invalid", True)
        self._describe()

    def _describe(self) -> None:
        waiting = "Applies on reset." if self.property("waiting") else ""
        told = (self.error.text(), self.remark.text())
        words = (*told, waiting, self.declared.parameter.help)
        self.field.setAccessibleDescription(" ".join(filter(None, words)))

    # menu -------------------------------------------------------------------------

    def context_menu(self) -> QMenu:
        """What can be done with the value."""
        menu = QMenu(self)
        menu.addAction("Copy value").triggered.connect(self._copy)
        default = self.text_of(self.declared.default)
        reset = menu.addAction(f"Reset to default ({default})")
        reset.setEnabled(self._value != self.declared.default)
        reset.triggered.connect(self.reset_to_default)
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu, from any part of the control."""
        menu = self.context_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text_of(self._value))


def small_label(text: str, name: str, italic: bool = False) -> QLabel:
    """A secondary word in a control's row; nothing where there is no text."""
    label = QLabel(text)
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    made = font(8)
    made.setItalic(italic)
    label.setFont(made)
    if not text:  # to show one that has no parent yet would open a window of its own
        label.hide()
    return label


def explanation(name: str) -> QLabel:
    """The place where a refusal or a remark is explained, hidden until there is one."""
    label = QLabel()
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setFont(font(8))
    label.setWordWrap(True)
    label.hide()
    return label


def symbol_of(declared: Declared) -> str:
    """Its symbol, unless the label says it already."""
    symbol = declared.parameter.symbol
    return "" if symbol in declared.parameter.label.split() else symbol


def tooltip(declared: Declared, text_of: Callable[[Any], str]) -> str:
    """A sentence on the parameter, its symbol, what is valid and when it applies."""
    p = declared.parameter
    title = f"<b>{html.escape(p.label, quote=False)}</b>" + (
        f" <i>{html.escape(p.symbol)}</i>" if p.symbol else ""
    )
    valid = declared.valid.removeprefix("it must be ")
    if declared.row is None and math.isfinite(p.minimum) and math.isfinite(p.maximum):
        valid = f"{text_of(declared.accept(p.minimum))} to {text_of(declared.accept(p.maximum))}"
        valid = f"{valid} {p.unit}".strip()
    facts = f"Valid: {valid} · {APPLIES[p.applies]}"
    return f"{title}<br>{html.escape(p.help, quote=False)}<br>{html.escape(facts)}"
