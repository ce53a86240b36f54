"""The table of a list of rows: as high as its rows, with the keys of a table.

What its cells hold the model knows, and what its keys do whoever made it.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPalette, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from vae_gui.ui.form.fields import NUMERIC
from vae_gui.ui.form.rows_model import Index, RowsModel
from vae_gui.ui.theme import font

MOST_SHOWN = 8  # rows; more are scrolled
ENTER = (Qt.Key.Key_Return.value, Qt.Key.Key_Enter.value)


class _Cells(QStyledItemDelegate):
    """Cells that keep the colour of their text when they are chosen."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        color = index.data(Qt.ItemDataRole.ForegroundRole)
        if isinstance(color, QColor):
            option.palette.setColor(QPalette.ColorRole.HighlightedText, color)


class RowsTable(QTableView):
    """The table itself: as high as its rows, and with the keys of one.

    Signals:
        copy_wanted, paste_wanted, removal_wanted: By their usual keys.
    """

    copy_wanted = Signal()
    paste_wanted = Signal()
    removal_wanted = Signal()

    def __init__(self, model: RowsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rowsTable")
        self.setModel(model)
        self.setItemDelegate(_Cells(self))
        self.setFont(font(8))
        self.setTabKeyNavigation(False)  # Tab goes on to the next control
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        across, down = self.horizontalHeader(), self.verticalHeader()
        across.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        across.setMinimumSectionSize(24)
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setDefaultSectionSize(self.fontMetrics().height() + 6)
        for header in (across, down):
            header.setFont(font(8))
            header.setHighlightSections(False)
        down.setSectionsClickable(True)
        model.modelReset.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """As high as the rows, up to a limit."""
        shown = min(max(self.model().rowCount(), 1), MOST_SHOWN)
        height = shown * self.verticalHeader().defaultSectionSize()
        height += self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth()
        return QSize(200, height)

    def minimumSizeHint(self) -> QSize:
        """No lower than it likes to be."""
        return QSize(120, self.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        """Keys that begin a number, or act on rows, are not for the window."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        return super().event(event)

    @staticmethod
    def _is_own(event: QKeyEvent) -> bool:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        keys = QKeySequence.StandardKey
        named = any(event.matches(key) for key in (keys.Copy, keys.Paste, keys.SelectAll))
        return named or (plain and bool(event.text()) and event.text() in NUMERIC)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy, paste and remove by the usual keys."""
        keys = QKeySequence.StandardKey
        if event.matches(keys.Copy):
            self.copy_wanted.emit()
        elif event.matches(keys.Paste):
            self.paste_wanted.emit()
        elif event.key() == Qt.Key.Key_Delete.value:
            self.removal_wanted.emit()
        elif event.key() in ENTER and self.state() != QAbstractItemView.State.EditingState:
            self.edit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll only with the focus; otherwise the side bar scrolls."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()
