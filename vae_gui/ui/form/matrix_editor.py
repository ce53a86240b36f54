"""A 2 x 2 matrix, shown and edited as one.

What the entries mean, and which are valid together, the `MatrixView` knows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, Signal, Slot
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from vae_gui.core.distributions import Array, Distribution, MatrixView
from vae_gui.core.parameters import InvalidValue, written_with_point
from vae_gui.ui.form.fields import ElidedLabel, NumberField, mark
from vae_gui.ui.form.parameter_control import explanation
from vae_gui.ui.form.scales import Scale
from vae_gui.ui.gestures import StepGesture

_ENTRIES = ((0, 0), (0, 1), (1, 0), (1, 1))
_SUBSCRIPTS = "₁₂"


class MatrixEditor(QWidget):
    """Four number fields between brackets; the two off the diagonal mirror each other.

    A matrix that is refused stays as typed, explained below, until further entries make
    it valid, Escape gives it up or the distribution changes elsewhere. Meanwhile the
    last valid one is in force.

    Attributes:
        gesture: While edits belong to one movement, the identity of that movement.
    """

    distribution_edited = Signal(object)

    def __init__(self, view: MatrixView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("matrixEditor")
        self.setToolTip(view.help)
        self.view = view
        self.gesture: object | None = None
        self._scale = Scale()
        self._steps = StepGesture()
        self._distribution: Distribution | None = None
        self._matrix: Array = np.zeros((2, 2))
        self.fields = {entry: self._make_field(*entry) for entry in _ENTRIES}
        self.error = explanation("controlError")
        self._lay_out()

    def _make_field(self, row: int, column: int) -> NumberField:
        field = NumberField(7)
        field.setAccessibleName(f"{self.view.label}{_SUBSCRIPTS[row]}{_SUBSCRIPTS[column]}")
        field.setAccessibleDescription(self.view.help)
        field.lineEdit().textEdited.connect(self._mirror)
        field.committed.connect(self._commit)
        field.abandoned.connect(self._render)
        field.stepped.connect(self._step)
        return field

    def _lay_out(self) -> None:
        self._grid = QGridLayout()
        self._grid.setContentsMargins(8, 4, 8, 4)
        self._grid.setSpacing(4)
        for (row, column), field in self.fields.items():
            self._grid.addWidget(field, row, column)
        name = ElidedLabel(self.view.label)
        name.setBuddy(self.fields[0, 0])
        line = QHBoxLayout()
        line.addWidget(name)
        line.addStretch(1)
        line.addLayout(self._grid)
        column_of_all = QVBoxLayout(self)
        column_of_all.setContentsMargins(0, 2, 0, 2)
        column_of_all.setSpacing(1)
        column_of_all.addLayout(line)
        column_of_all.addWidget(self.error)

    def show_distribution(self, distribution: Distribution, discard: bool = False) -> None:
        """Show a distribution's matrix without emitting.

        Refused entries stay where the matrix is the same, unless `discard`.
        """
        matrix = self.view.read(distribution)
        same = self._distribution is not None and np.array_equal(matrix, self._matrix)
        self._distribution, self._matrix = distribution, matrix
        if discard or not same:
            self._render()

    @Slot()
    def _render(self) -> None:
        for entry, field in self.fields.items():
            field.show_text(self._scale.text(self._matrix[entry]))
            mark(field, "invalid", False)
            field.setAccessibleDescription(self.view.help)
        self.error.hide()
        self.error.clear()

    def _entry_of_sender(self) -> tuple[int, int]:
        sender = self.sender()
        return next(e for e, f in self.fields.items() if sender in (f, f.lineEdit()))

    @Slot(str)
    def _mirror(self, text: str) -> None:
        row, column = self._entry_of_sender()
        if row != column:
            self.fields[column, row].lineEdit().setText(text)

    @Slot()
    def _commit(self) -> None:
        self._propose(None)

    @Slot(int)
    def _step(self, steps: int) -> None:
        row, column = self._entry_of_sender()
        value = self._scale.parse(self.fields[row, column].text())
        start = self._matrix[row, column] if isinstance(value, str) else value
        text = self._scale.text(self._scale.stepped(float(start), steps))
        self.fields[row, column].lineEdit().setText(text)
        self.fields[column, row].lineEdit().setText(text)
        self._propose(self._steps.next())

    def _propose(self, gesture: object | None) -> None:
        try:
            changed: Any = self.view.write(self._distribution, self._as_typed())
        except InvalidValue as error:
            self._complain(error)
            return
        before, self._distribution = self._distribution, changed
        self._matrix = self.view.read(changed)
        self._render()
        if changed != before:
            self.gesture = gesture
            self.distribution_edited.emit(changed)

    def _as_typed(self) -> Array:
        """The matrix in force with every entry typed since put into it.

        Raises:
            InvalidValue: An entry is no number.
        """
        matrix = self._matrix.copy()
        for entry, field in self.fields.items():
            if field.dirty:
                value = self._scale.parse(field.text())
                if isinstance(value, str):
                    hint = written_with_point(value)
                    reason = f"“{value}” is not a number" + (hint and f"; write {hint}")
                    raise InvalidValue(self.view.label, value, reason)
                matrix[entry] = float(value)
        return matrix

    def _complain(self, error: InvalidValue) -> None:
        reason = error.reason.rstrip(".")
        self.error.setText(
            f"{reason[0].upper()}{reason[1:]}. The last valid matrix stays in force."
        )
        self.error.show()
        for field in self.fields.values():
            mark(field, "invalid", field.dirty)
            field.setAccessibleDescription(f"{self.error.text()} {self.view.help}")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the brackets."""
        area = QRectF(self._grid.geometry()).adjusted(1.5, 1.5, -1.5, -1.5)
        serif = 4.0
        path = QPainterPath()
        for side, inward in ((area.left(), serif), (area.right(), -serif)):
            path.moveTo(side + inward, area.top())
            path.lineTo(side, area.top())
            path.lineTo(side, area.bottom())
            path.lineTo(side + inward, area.bottom())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.WindowText), 1.2))
        painter.drawPath(path)
