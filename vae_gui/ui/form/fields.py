"""The bare widgets of a control: a number field, a slider, a choice, a label that elides.

They know nothing of parameters. All leave the mouse wheel alone until they have the
focus, so that scrolling past them changes nothing.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLocale, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QValidator,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QLabel,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionButton,
    QStyleOptionSlider,
    QWidget,
)

_STEP_KEYS = {
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_PageUp: 10,
    Qt.Key.Key_PageDown: -10,
}


def mark(widget: QWidget, name: str, value: bool) -> None:
    """Set a dynamic property that the style sheet selects on."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class ElidedLabel(QLabel):
    """A label that ends in … where there is no room for all of it."""

    def minimumSizeHint(self) -> QSize:
        """Room for two letters and the dots, or for a text that is shorter still."""
        short = QSize(self.fontMetrics().horizontalAdvance("Wm…"), self.sizeHint().height())
        return short.boundedTo(self.sizeHint())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw as much of the text as fits."""
        text = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width()
        )
        self.style().drawItemText(
            QPainter(self),
            self.contentsRect(),
            int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
            self.palette(),
            self.isEnabled(),
            text,
            QPalette.ColorRole.WindowText,
        )


NUMERIC = frozenset("0123456789+-.,eE\x08\x7f\r\n\t")  # with the keys that edit and end one


class NumberField(QAbstractSpinBox):
    """A spin box for any text: who owns it decides what is a number and what is in range.

    Nothing typed is ever clamped or corrected; it waits as it is until Enter or the loss
    of focus, and Escape gives it up.
    """

    committed = Signal(str)
    abandoned = Signal()
    stepped = Signal(int)

    def __init__(self, digits: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._digits = digits
        self._shown = ""
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setLocale(QLocale.c())
        self.lineEdit().setMaxLength(32)
        self.editingFinished.connect(self._finish)

    def show_text(self, text: str) -> None:
        """Show the text of the value in force."""
        self._shown = text
        self.lineEdit().setText(text)
        self.lineEdit().setCursorPosition(0)  # the leading digits, not the last, stay in sight

    @property
    def dirty(self) -> bool:
        """Whether something else was typed than what is in force."""
        return self.text() != self._shown

    def _finish(self) -> None:
        if self.dirty:
            self.committed.emit(self.text())

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Let everything be typed; it is judged as a whole."""
        return QValidator.State.Acceptable, text, position

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Both ways, always: the owner knows the ends."""
        both = QAbstractSpinBox.StepEnabledFlag
        return both.StepUpEnabled | both.StepDownEnabled

    def stepBy(self, steps: int) -> None:
        """Ask for a step; Qt calls this for arrows, page keys and the wheel."""
        self.stepped.emit(steps)

    def sizeHint(self) -> QSize:
        """Room for its digits."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance("0") * self._digits + 14, metrics.height() + 5)

    def minimumSizeHint(self) -> QSize:
        """As large as it likes to be."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the text inside the border."""
        super().resizeEvent(event)
        self._place_text()

    def changeEvent(self, event: QEvent) -> None:
        """The same in another style."""
        super().changeEvent(event)
        self._place_text()

    def _place_text(self) -> None:
        # a style sheet with a border, and no buttons, would leave the text one pixel
        self.lineEdit().setGeometry(self.rect().adjusted(2, 1, -2, -1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape gives up what was typed."""
        if event.key() == Qt.Key.Key_Escape and self.dirty:
            self.abandoned.emit()
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Leave to the window the shortcuts that make no sense inside a number.

        Space is no part of one. With nothing typed, undo means the last change, and a letter
        that begins no number means its key: whoever has pressed Enter may go on with S.
        """
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            keys = QKeySequence.StandardKey
            history = event.matches(keys.Undo) or event.matches(keys.Redo)
            foreign = bool(event.text()) and event.text() not in NUMERIC
            if event.key() == Qt.Key.Key_Space or ((history or foreign) and not self.dirty):
                event.ignore()
                return False
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step only with the focus; otherwise the side bar scrolls."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Leave the menu to the control around it."""
        event.ignore()


class ValueSlider(QSlider):
    """A slider that goes to where it is pressed and steps values rather than positions."""

    stepped = Signal(int)
    sent_to_end = Signal(bool)

    def __init__(self, positions: int, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, positions)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._wheel = 0

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag at the pointer."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self.setSliderDown(True)
        self.setSliderPosition(self._position_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        if self.isSliderDown():
            self.setSliderPosition(self._position_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    def _position_at(self, x: float) -> int:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self
        )
        travel = max(self.width() - handle.width(), 1)
        start = round(x - handle.width() / 2)
        return QStyle.sliderValueFromPosition(0, self.maximum(), start, travel)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows and page keys step; Home and End go to the ends."""
        key = Qt.Key(event.key())
        if key in _STEP_KEYS:
            self.stepped.emit(_STEP_KEYS[key])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.sent_to_end.emit(key == Qt.Key.Key_End)
        else:
            event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step only with the focus; otherwise the side bar scrolls."""
        if not self.hasFocus():
            event.ignore()
            return
        self._wheel += event.angleDelta().y()
        steps, self._wheel = int(self._wheel / 120), self._wheel - 120 * int(self._wheel / 120)
        if steps:
            self.stepped.emit(steps)
        event.accept()


class ChoiceBox(QComboBox):
    """A combo box with a drawn arrow, sharp at every scale and in every theme."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Change only with the focus; otherwise the side bar scrolls."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the arrow over what the style sheet draws."""
        super().paintEvent(event)
        middle = QPointF(self.width() - 13, self.height() / 2)
        shape = ((-3.5, -1.75), (0, 1.75), (3.5, -1.75))
        _stroke(self, [middle + QPointF(x, y) for x, y in shape], QPalette.ColorRole.ButtonText)


class FlagBox(QCheckBox):
    """A check box with a drawn tick."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the tick over what the style sheet draws."""
        super().paintEvent(event)
        if not self.isChecked():
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        element = QStyle.SubElement.SE_CheckBoxIndicator
        box = QRectF(self.style().subElementRect(element, option, self))
        shape = ((0.26, 0.52), (0.43, 0.69), (0.74, 0.33))
        at = [box.topLeft() + QPointF(x * box.width(), y * box.height()) for x, y in shape]
        _stroke(self, at, QPalette.ColorRole.HighlightedText)


def _stroke(widget: QWidget, points: list[QPointF], role: QPalette.ColorRole) -> None:
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    color = widget.palette().color(role)
    painter.setPen(QPen(color, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPolyline(points)
