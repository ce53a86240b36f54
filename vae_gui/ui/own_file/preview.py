"""What is in a file: its first rows as a table, and some of its points."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from vae_gui.core.distributions import Array
from vae_gui.core.tables import Preview
from vae_gui.ui.theme import Theme, font

MOST_POINTS = 2_000
MOST_ITEMS = 5_000  # in the table
LOOKED_AT = 30  # rows that give a column its width
CHOSEN = ("x₁", "x₂")


class PreviewTable(QTableView):
    """The first rows of a file; the two chosen columns are marked.

    Its items are Qt's own: to be painted they need nothing of Python, which the thread that
    reads the file holds meanwhile.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names: tuple[str, ...] = ()
        self.rows = QStandardItemModel(self)
        self.setModel(self.rows)
        self.setObjectName("previewTable")
        self.setAccessibleName("First rows of the file")
        self.setFont(font(8))
        self.setTabKeyNavigation(False)  # Tab goes on to the next control
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setResizeContentsPrecision(LOOKED_AT)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)

    def show_preview(self, preview: Preview | None) -> None:
        """Show the first rows of a file, or nothing."""
        self.rows.clear()
        self._names = () if preview is None else preview.names
        if preview is None:
            return
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for row in preview.rows[: max(1, MOST_ITEMS // len(preview.names))]:
            items = [QStandardItem(text) for text in row]
            for item, numeric in zip(items, preview.numeric, strict=True):
                if numeric:
                    item.setTextAlignment(right)
            self.rows.appendRow(items)
        self.mark(())

    def mark(self, chosen: tuple[int, ...]) -> None:
        """Mark the two columns taken, and bring them into sight."""
        labels = list(self._names)
        for place, symbol in zip(chosen, CHOSEN, strict=False):
            labels[place] += f" → {symbol}"
        self.rows.setHorizontalHeaderLabels(labels)
        taken, other = self._theme.color("text"), self._theme.color("muted")
        for column in range(self.rows.columnCount()):
            color = taken if column in chosen else other
            for row in range(self.rows.rowCount()):
                self.rows.item(row, column).setForeground(color)
        self.resizeColumnsToContents()
        for place in reversed(chosen):
            self.scrollTo(self.rows.index(0, place))


class ScatterPreview(QWidget):
    """Some points of a file, each axis from its least to its greatest value."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._points = np.empty((0, 2))
        self.low, self.high = np.zeros(2), np.ones(2)  # of all points, also of those not drawn
        self._names = ("", "")
        self._hint = ""
        self.setFont(font(8))
        self.setAccessibleName("Some points of the file")
        self.setMinimumSize(220, 200)

    def sizeHint(self) -> QSize:
        """About a square."""
        return QSize(300, 260)

    def show_points(self, points: Array, names: tuple[str, str]) -> None:
        """Show at most `MOST_POINTS` of points (n, 2), evenly chosen, within the range of all."""
        self.low, self.high = points.min(axis=0), points.max(axis=0)
        every = max(1, len(points) // MOST_POINTS)
        self._points, self._names, self._hint = points[::every][:MOST_POINTS], names, ""
        self.setAccessibleDescription(f"{len(self._points):,} points of {names[0]} and {names[1]}")
        self.update()

    def show_hint(self, words: str) -> None:
        """Show words instead of points."""
        self._points, self._hint = np.empty((0, 2)), words
        self.setAccessibleDescription(words)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw points, frame, names and ends of the axes."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self.fontMetrics().height()
        area = QRectF(self.rect()).adjusted(0.5, line + 3.5, -0.5, -line - 3.5)
        painter.setPen(QPen(self._theme.color("border"), 1))
        painter.setBrush(self._theme.color("plot"))
        painter.drawRoundedRect(area, 5, 5)
        painter.setPen(self._theme.color("muted"))
        if not len(self._points):
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._hint)
            return
        low, high = self.low, self.high
        self._draw_words(painter, area, low, high)
        pen = QPen(self._theme.color("true", 0.7), 2.4)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        unit = (self._points - low) / np.maximum(high - low, np.finfo(float).tiny)  # in [0, 1]
        inner = area.adjusted(7, 7, -7, -7)
        x = inner.left() + unit[:, 0] * inner.width()
        y = inner.bottom() - unit[:, 1] * inner.height()
        painter.drawPoints([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)])

    def _draw_words(self, painter: QPainter, area: QRectF, low: Array, high: Array) -> None:
        metrics = self.fontMetrics()
        (a, c), (b, d) = ([f"{v:.4g}".replace("-", "−") for v in ends] for ends in (low, high))
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        below = QRectF(area.left(), area.bottom() + 2, area.width(), metrics.height())
        room = int(area.width()) - metrics.horizontalAdvance(a + b) - 24
        name = metrics.elidedText(
            f"{CHOSEN[0]}: {self._names[0]}", Qt.TextElideMode.ElideRight, room
        )
        painter.drawText(below, left, a)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, name)
        painter.drawText(below, right, b)
        above = QRectF(area.left(), 0, area.width(), metrics.height())
        words = f"{CHOSEN[1]}: {self._names[1]}, {c} to {d}"
        room = int(area.width())
        painter.drawText(above, left, metrics.elidedText(words, Qt.TextElideMode.ElideRight, room))
