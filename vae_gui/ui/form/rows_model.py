"""A list of rows as a table model: what each cell says, and what comes of typing in it.

It holds the last valid rows. A text that is refused stays in its cell, marked. It knows no
widget and no clipboard.
"""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont

from vae_gui.core.parameters import Declared, InvalidValue, Validated, declared, written_with_point
from vae_gui.ui.form.scales import Scale
from vae_gui.ui.theme import font

Rows = tuple[Validated, ...]
Index = QModelIndex | QPersistentModelIndex
SHOWN_DIGITS = 3  # in a cell that is not edited: columns are narrow
EDITED_DIGITS = 9


class RowsModel(QAbstractTableModel):
    """Rows of declared numbers.

    Signals:
        proposed: Rows that somebody typed, each cell valid alone.
        refused: A text and what is wrong with it (an `InvalidValue`).
    """

    proposed = Signal(object)
    refused = Signal(str, object)

    def __init__(self, row: type[Validated], parent: Any = None) -> None:
        super().__init__(parent)
        self.row = row
        self.columns: tuple[Declared, ...] = declared(row)
        self.scales = [Scale.of(column) for column in self.columns]
        self.rows: Rows = ()
        self.error_color = QColor()
        self._wrong: dict[tuple[int, int], str] = {}  # refused texts by their cells
        self._typed: tuple[int, int, str] | None = None  # what was proposed last

    def show_rows(self, rows: Rows) -> None:
        """Show these rows; refused texts are given up."""
        same_size = len(rows) == len(self.rows)
        if not same_size:
            self.beginResetModel()
        self.rows = rows
        self._wrong.clear()
        if same_size:
            last = self.index(len(rows) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
        else:
            self.endResetModel()

    def keep_typed(self) -> None:
        """Mark the cell typed in last: together with the others it is not valid."""
        if self._typed is not None:
            row, column, text = self._typed
            self._mark(row, column, text)

    # what a view asks -----------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        """How many rows there are."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """How many columns there are."""
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Every cell can be edited."""
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Symbols over the columns, numbers beside the rows."""
        if orientation == Qt.Orientation.Vertical:
            return str(section + 1) if role == Qt.ItemDataRole.DisplayRole else None
        p = self.columns[section].parameter
        if role == Qt.ItemDataRole.DisplayRole:
            return p.symbol or p.label
        if role == Qt.ItemDataRole.ToolTipRole:
            valid = self.columns[section].valid.removeprefix("it must be ")
            return f"{p.label}\n{p.help}\nValid: {valid}"
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A number in few digits, or the text that was refused."""
        cell = index.row(), index.column()
        wrong = self._wrong.get(cell)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            if wrong is not None:
                return wrong
            digits = SHOWN_DIGITS if role == Qt.ItemDataRole.DisplayRole else EDITED_DIGITS
            return f"{self.value(*cell):.{digits}g}".replace("e-0", "e-")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and wrong is not None:
            return self.error_color
        if role == Qt.ItemDataRole.FontRole:
            return self._font()
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{self.columns[cell[1]].parameter.label}: {self.value(*cell):.9g}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            label = self.columns[cell[1]].parameter.label
            return f"{label} of row {cell[0] + 1}: {self.value(*cell):.9g}"
        return None

    @staticmethod
    def _font() -> QFont:
        return font(8)

    def value(self, row: int, column: int) -> float:
        """The number in force in a cell."""
        return float(getattr(self.rows[row], self.columns[column].name))

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take what was typed, if it is valid."""
        row, column, text = index.row(), index.column(), str(value)
        if text == self.data(index, Qt.ItemDataRole.EditRole):
            return False
        try:
            changed = self.with_texts(self.rows[row], {column: text})
        except InvalidValue as error:
            self._mark(row, column, text)
            self.refused.emit(text, error)
            return False
        self._typed = row, column, text
        self.proposed.emit((*self.rows[:row], changed, *self.rows[row + 1 :]))
        self._typed = None
        return True

    def with_texts(self, row: Validated, texts: dict[int, str]) -> Validated:
        """A row with other texts in some columns.

        Raises:
            InvalidValue: One says no number, or none that is valid.
        """
        values = {}
        for column, text in texts.items():
            field, number = self.columns[column], self.scales[column].parse(text)
            if isinstance(number, str):
                hint = written_with_point(text)
                reason = field.valid + (f", written with a point: {hint}" if hint else "")
                raise InvalidValue(field.parameter.label, text, reason)
            values[field.name] = field.accept(number)
        return msgspec.structs.replace(row, **values)

    def _mark(self, row: int, column: int, text: str) -> None:
        self._wrong[row, column] = text
        self.dataChanged.emit(self.index(row, column), self.index(row, column))
