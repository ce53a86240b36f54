"""A list of rows, edited as a table: typed, added, duplicated, removed, copied and pasted."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from PySide6.QtCore import QItemSelectionModel, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QWidget,
)

from vae_gui.core.parameters import Declared, InvalidValue, Value
from vae_gui.ui.form.parameter_control import ParameterControl, small_label
from vae_gui.ui.form.rows_model import Rows, RowsModel
from vae_gui.ui.form.rows_table import RowsTable

WEIGHT = "weight"  # the column that can be made to sum to 1
SEPARATORS = re.compile(r"[\t;]|,\s|\s+")


class RowsControl(ParameterControl):
    """A table with buttons over it.

    Signals:
        row_chosen: A row was chosen by hand.
    """

    field: RowsTable
    row_chosen = Signal(int)

    def __init__(self, declared: Declared, path: str, parent: QWidget | None = None) -> None:
        assert declared.row is not None, "a list is of rows"
        self.model = RowsModel(declared.row)
        self.model.proposed.connect(self._on_proposed)
        self.model.refused.connect(self._on_refused)
        super().__init__(declared, path, parent)
        self.model.setParent(self)
        self.rows.insertWidget(1, self.field)

    def _make_field(self) -> RowsTable:
        table = RowsTable(self.model)
        table.copy_wanted.connect(self.copy_rows)
        table.paste_wanted.connect(self.paste_rows)
        table.removal_wanted.connect(self.remove_rows)
        table.selectionModel().currentRowChanged.connect(self._on_current)
        return table

    def _header(self) -> QHBoxLayout:
        header = QHBoxLayout()
        header.setSpacing(2)
        self.symbol.clear()  # the buttons need its room
        for widget in (self.name, self.symbol, self.waiting):
            header.addWidget(widget)
        header.addStretch(1)
        header.addWidget(self.reset_button)
        self.buttons: dict[str, QToolButton] = {}
        for name, text, tip, slot in (
            ("add", "+", "Add a row", self.add_row),
            ("duplicate", "×2", "Duplicate the chosen rows", self.duplicate_rows),
            ("remove", "−", "Remove the chosen rows (Del)", self.remove_rows),
            ("normalise", "Σ=1", "Make the weights sum to 1", self.normalise),
        ):
            if name == "normalise" and WEIGHT not in [c.name for c in self.model.columns]:
                continue
            button = QToolButton()
            button.setText(text)
            button.setObjectName("rowsButton")
            button.setToolTip(tip)
            button.setAccessibleName(f"{tip}: {self.declared.parameter.label}")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(slot)
            header.addWidget(button)
            self.buttons[name] = button
        return header

    # value ----------------------------------------------------------------------------

    def _render(self) -> None:
        self.model.show_rows(self._value)

    def text_of(self, value: Any) -> str:
        """How many rows."""
        label = self.declared.parameter.label.lower()
        return f"{len(value)} {label if len(value) != 1 else label.removesuffix('s')}"

    def set_value(self, value: Value, discard: bool = False) -> None:
        """Show other rows; the one that was chosen stays chosen."""
        chosen = self.field.currentIndex()
        super().set_value(value, discard)
        if chosen.row() != self.field.currentIndex().row():
            self.choose_row(chosen.row(), chosen.column())

    def refuse(self, error: InvalidValue) -> None:
        """Take back the rows just emitted, and keep in sight what was typed."""
        super().refuse(error)
        self.model.keep_typed()

    @Slot(object)
    def _on_proposed(self, rows: Rows) -> None:
        self.propose(rows)

    @Slot(str, object)
    def _on_refused(self, text: str, error: InvalidValue) -> None:
        given = f"“{text}” is not valid" if text.strip() else "An empty value is not valid"
        self._explain(f"{given}: {error.reason}")

    def _complain(self, text: str, error: InvalidValue) -> None:
        self._explain(f"{error.reason[:1].upper()}{error.reason[1:]}")

    def _explain(self, words: str) -> None:
        self.error.setText(f"{words.rstrip('.')}. The last valid table stays in force.")
        self.error.show()
        self.error.ensurePolished()  # then it has its colour, which marks the cell too
        self.model.error_color = self.error.palette().color(QPalette.ColorRole.WindowText)
        self._describe()

    # rows -----------------------------------------------------------------------------

    def chosen_rows(self) -> list[int]:
        """The rows with a chosen cell, else the current one, in order."""
        chosen = {index.row() for index in self.field.selectedIndexes()}
        current = self.field.currentIndex().row()
        return sorted(chosen or ({current} if current >= 0 else set()))

    def choose_row(self, row: int, column: int = 0) -> None:
        """Make a row the current one, without emitting."""
        if 0 <= row < len(self.model.rows) and row != self.field.currentIndex().row():
            model = self.field.selectionModel()
            blocked = model.blockSignals(True)
            flags = QItemSelectionModel.SelectionFlag
            index = self.model.index(row, max(column, 0))
            model.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            model.blockSignals(blocked)
            self.field.scrollTo(index)
            self.field.viewport().update()

    @Slot()
    def add_row(self) -> None:
        """Add a row of defaults at the end."""
        self._take((*self.model.rows, self.model.row()), len(self.model.rows))

    @Slot()
    def duplicate_rows(self) -> None:
        """Put a copy of the chosen rows after the last of them."""
        chosen = self.chosen_rows()
        if chosen:
            rows, end = self.model.rows, chosen[-1] + 1
            copies = tuple(rows[i] for i in chosen)
            self._take((*rows[:end], *copies, *rows[end:]), end)

    @Slot()
    def remove_rows(self) -> None:
        """Remove the chosen rows."""
        chosen = self.chosen_rows()
        kept = tuple(row for i, row in enumerate(self.model.rows) if i not in chosen)
        if chosen:
            self._take(kept, min(chosen[0], len(kept) - 1))

    @Slot()
    def normalise(self) -> None:
        """Divide the weights by their sum."""
        weights = [float(getattr(row, WEIGHT)) for row in self.model.rows]
        total = sum(weights)
        parts = [float(f"{weight / total:.6g}") for weight in weights]
        replaced = (
            msgspec.structs.replace(row, **{WEIGHT: part})
            for row, part in zip(self.model.rows, parts, strict=True)
        )
        self.propose(tuple(replaced))

    def _take(self, rows: Rows, current: int) -> None:
        self.propose(rows)
        if self.model.rows == rows:
            self.choose_row(current)
            self.row_chosen.emit(current)

    @Slot(object, object)
    def _on_current(self, current: Any, _previous: Any) -> None:
        if current.isValid():
            self.row_chosen.emit(current.row())

    # clipboard ------------------------------------------------------------------------

    def context_menu(self) -> QMenu:
        """Copy and paste rows, and the way back to the default."""
        menu = super().context_menu()
        menu.actions()[0].setText("Copy table")
        paste = menu.addAction("Paste table")
        paste.triggered.connect(self.paste_rows)
        menu.insertAction(menu.actions()[1], paste)
        return menu

    @Slot()
    def _copy(self) -> None:
        names = "\t".join(column.name for column in self.model.columns)
        QGuiApplication.clipboard().setText(names + "\n" + self._text(range(len(self.model.rows))))

    @Slot()
    def copy_rows(self) -> None:
        """Put the chosen rows on the clipboard, columns between tabs."""
        QGuiApplication.clipboard().setText(self._text(self.chosen_rows()))

    def _text(self, rows: Any) -> str:
        columns = range(len(self.model.columns))
        lines = ("\t".join(f"{self.model.value(i, j):.12g}" for j in columns) for i in rows)
        return "\n".join(lines) + "\n"

    @Slot()
    def paste_rows(self) -> None:
        """Fill cells from the current one on, and add the rows that are missing."""
        text = QGuiApplication.clipboard().text()
        lines = [SEPARATORS.split(line.strip()) for line in text.splitlines() if line.strip()]
        if lines and not any(_is_number(cell) for cell in lines[0]):
            lines = lines[1:]  # the names of the columns
        current = self.field.currentIndex()
        top, left = max(current.row(), 0), max(current.column(), 0)
        if lines and max(map(len, lines)) == len(self.model.columns):
            left = 0  # whole rows
        try:
            self._take(self._pasted(lines, top, left), top)
        except InvalidValue as error:
            self._explain(f"Pasting failed: {error.key} “{error.value}”: {error.reason}")

    def _pasted(self, lines: list[list[str]], top: int, left: int) -> Rows:
        if not lines:
            raise InvalidValue("the clipboard", "", "it must hold rows of numbers")
        rows = list(self.model.rows)
        for i, cells in enumerate(lines, top):
            room = len(self.model.columns) - left
            if len(cells) > room:
                reason = f"a line has {len(cells)} numbers, and there is room for {room}"
                raise InvalidValue("row", i + 1, reason)
            row = rows[i] if i < len(rows) else self.model.row()
            changed = self.model.with_texts(row, dict(enumerate(cells, left)))
            rows[i : i + 1] = [changed]
        return tuple(rows)


class TextRowsControl(ParameterControl):
    """A list too long to be typed, told in a few words: the strokes of a drawing."""

    field: QLabel

    def _make_field(self) -> QLabel:
        return small_label(" ", "groupNote")

    def _render(self) -> None:
        self.field.setText(self.text_of(self._value))

    def text_of(self, value: Any) -> str:
        """How many rows."""
        return f"{len(value):,} · P draws more" if value else "none"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
