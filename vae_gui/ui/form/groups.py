"""The frames of the side bar: collapsible cards and the banner of what waits."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOption,
    QVBoxLayout,
    QWidget,
)

from vae_gui.ui.form.fields import ElidedLabel, mark
from vae_gui.ui.theme import font


class GroupHeader(QAbstractButton):
    """A heading that opens and closes what is under it; checked means open."""

    def __init__(
        self, title: str, note: str, parent: QWidget | None = None, bold: bool = True
    ) -> None:
        super().__init__(parent)
        self.setObjectName("groupHeader")
        self.setCheckable(True)
        self.setChecked(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(f"{title} settings")
        self.setToolTip(f"Show or hide the {title.lower()} settings")
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._arrow = _heading("▾", "groupArrow")
        self.waiting = _heading("· on reset", "groupWaiting")
        self.waiting.hide()
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(4, 2, 4, 2)
        row.setSpacing(5)
        row.addWidget(self._arrow)
        row.addWidget(_heading(title, "groupTitle", bold=bold))
        self._note = _heading(note, "groupNote")
        row.addWidget(self._note)
        row.addWidget(self.waiting)
        row.addStretch(1)
        self.toggled.connect(self._turn_arrow)

    def set_note(self, note: str) -> None:
        """Say something beside the title."""
        self._note.setText(f"· {note}" if note else "")
        self._note.setVisible(bool(note))

    @Slot(bool)
    def _turn_arrow(self, is_open: bool) -> None:
        self._arrow.setText("▾" if is_open else "▸")

    def sizeHint(self) -> QSize:
        """What its words need."""
        return self._row.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left closes, right opens, Enter toggles like Space."""
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.setChecked(key == Qt.Key.Key_Right)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.toggle()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Let the style sheet draw the ground."""
        option = QStyleOption()
        option.initFrom(self)
        element = QStyle.PrimitiveElement.PE_Widget
        self.style().drawPrimitive(element, option, QPainter(self), self)


class GroupCard(QFrame):
    """A titled card whose body can be folded away.

    Attributes:
        header: Its heading.
        rows: Where its contents go.
    """

    def __init__(self, title: str, note: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("groupCard")
        self.header = GroupHeader(title, note)
        self._body = QWidget()
        self.rows = QVBoxLayout(self._body)
        self.rows.setContentsMargins(6, 4, 6, 4)
        self.rows.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(2)
        column.addWidget(self.header)
        column.addWidget(self._body)
        self.header.toggled.connect(self._body.setVisible)

    def set_waiting(self, waiting: bool) -> None:
        """Show on the heading, visible when folded too, that something in it waits."""
        mark(self, "waiting", waiting)
        self.header.waiting.setVisible(waiting)
        self.header.setAccessibleDescription("Some apply on reset." if waiting else "")


class WaitingBanner(QFrame):
    """Says that settings wait for a reset, and offers it or the way back."""

    reset_requested = Signal()
    revert_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("waitingBanner")
        self.words = ElidedLabel("Applies on reset")
        self.reset = _button("Reset now", "Start a new run with these settings")
        self.revert = _button("Undo", "Put back the settings of the current run")
        self.reset.clicked.connect(self.reset_requested)
        self.revert.clicked.connect(self.revert_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 6, 5)
        row.setSpacing(6)
        row.addWidget(self.words, 1)
        row.addWidget(self.reset)
        row.addWidget(self.revert)

    def show_count(self, count: int) -> None:
        """Say for how many settings it is."""
        plural = "setting waits" if count == 1 else "settings wait"
        self.setToolTip(f"{count} {plural} for a reset; the current run goes on without.")
        self.setAccessibleName(f"{count} {plural} for a reset")


def _heading(text: str, name: str, bold: bool = False) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setFont(font(9.5 if bold else 9, bold))
    label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    if not text:  # to show one that has no parent yet would open a window of its own
        label.hide()
    return label


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAccessibleDescription(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
