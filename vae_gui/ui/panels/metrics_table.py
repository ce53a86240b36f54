"""The table of metrics: in groups, each with a box to switch it on, its value and its course."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPolygonF, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from vae_gui.core.diagnostics import Metric, grouped
from vae_gui.core.distributions import Array
from vae_gui.ui.panels.metrics_words import label_words
from vae_gui.ui.theme import Theme

NAME, VALUE, UNIT, COURSE, AGE = range(5)
HEADERS = ("Metric", "Value", "Unit", "Over the run", "Age")
OPEN, SHUT = "▾ ", "▸ "
KEY = Qt.ItemDataRole.UserRole
SPARK_MARGIN = 3.0
WIDEST = {VALUE: "⚠ −2.3456 ± 0.02", UNIT: "nats", COURSE: "Over the run", AGE: "12 345 earlier"}
ROOM = 12  # pixels around them
LEAST_NAME = 150  # pixels that the names keep
BY_WORTH = (COURSE, AGE, UNIT)  # columns that are left out where there is no room, the last first


class Sparkline(QStyledItemDelegate):
    """Paints the course of a metric in its cell."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.series: dict[str, tuple[Array, Array]] = {}  # places 0 to 1 and values, by key
        self.line, self.last = QColor(), QColor()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw the selection as everywhere, then the line and its last point."""
        super().paint(painter, option, index)
        along, values = self.series.get(index.data(KEY), (np.empty(0), np.empty(0)))
        if len(along) < 2:
            return
        m = SPARK_MARGIN
        rect = option.rect.toRectF().adjusted(2 * m, m, -2 * m, -m)
        low, high = float(values.min()), float(values.max())
        up = (values - low) / (high - low) if high > low else np.full(len(values), 0.5)
        x, y = rect.left() + along * rect.width(), rect.bottom() - up * rect.height()
        points = [QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
        painter.save()
        painter.setClipRect(option.rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.line)
        painter.drawPolyline(QPolygonF(points))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.last)
        painter.drawEllipse(points[-1], 2.0, 2.0)
        painter.restore()


class MetricsTable(QTreeWidget):
    """One row a metric. Space switches it on or off, Ctrl+C copies the rows selected.

    Signals:
        switched: A metric was switched on or off.
        copy_wanted: The selected rows are to be copied.
    """

    switched = Signal(str, bool)
    copy_wanted = Signal()

    def __init__(self, metrics: Iterable[Metric], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Metrics")
        self.setColumnCount(len(HEADERS))
        self.setHeaderLabels(list(HEADERS))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setAllColumnsShowFocus(True)
        self.setUniformRowHeights(True)
        self.setIndentation(7)
        self.setRootIsDecorated(False)
        self.setExpandsOnDoubleClick(False)  # a click does: see `_on_clicked`
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._rows: dict[str, QTreeWidgetItem] = {}
        self._groups: list[QTreeWidgetItem] = []
        # what was written of each metric last: to ask the items takes as long as to write
        self._said: dict[str, tuple[str, str, tuple[str, str], str]] = {}
        self._theme = theme
        self.spark = Sparkline(self)
        self.setItemDelegateForColumn(COURSE, self.spark)
        for title, of_group in grouped(metrics):
            group = QTreeWidgetItem(self, [OPEN + title])
            group.setFirstColumnSpanned(True)
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self._groups.append(group)
            for metric in of_group:
                self._add(group, metric)
            group.setExpanded(True)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        words = self.fontMetrics()
        # to measure all contents each time takes long
        self._widths = {c: words.horizontalAdvance(w) + ROOM for c, w in WIDEST.items()}
        for column, width in self._widths.items():
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(column, width)
        header.setMinimumSectionSize(40)
        self.itemChanged.connect(self._on_changed)
        self.itemClicked.connect(self._on_clicked)
        self.itemExpanded.connect(self._on_folded)
        self.itemCollapsed.connect(self._on_folded)
        self.set_theme(theme)

    def _add(self, group: QTreeWidgetItem, metric: Metric) -> None:
        row = QTreeWidgetItem(group, [label_words(metric, exact=True), "", metric.unit, "", ""])
        row.setFlags(row.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        row.setCheckState(NAME, Qt.CheckState.Checked)
        row.setTextAlignment(VALUE, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for column in range(len(HEADERS)):
            row.setData(column, KEY, metric.key)
            row.setToolTip(column, metric.help)
        self._rows[metric.key] = row

    # what is shown --------------------------------------------------------------

    def show_value(self, key: str, words: str, age: str, role: str, tip: str) -> None:
        """Write the value of a metric in the colour of a role; unchanged cells are not touched."""
        row, color = self._rows[key], (self._theme.name, role)
        before, self._said[key] = self._said.get(key), (words, age, color, tip)
        told = ("", "", ("", ""), "") if before is None else before
        if words != told[0]:
            row.setText(VALUE, words)
        if age != told[1]:
            row.setText(AGE, age)
        if color != told[2]:
            row.setForeground(VALUE, self._theme.color(role))
        if tip != told[3]:
            row.setToolTip(VALUE, tip)

    def show_labels(self, metrics: Iterable[Metric], exact: bool) -> None:
        """Name the metrics for data whose density is known exactly, or is an estimate."""
        for metric in metrics:
            self._rows[metric.key].setText(NAME, label_words(metric, exact))
            self._rows[metric.key].setToolTip(NAME, metric.words(exact)[1])

    def show_series(self, series: dict[str, tuple[Array, Array]]) -> None:
        """Draw the course of each metric: places 0 to 1 (n,) and values (n,), by key."""
        self.spark.series = series
        self.viewport().update()

    def words_of(self, key: str, column: int) -> str:
        """What a cell says."""
        return self._rows[key].text(column)

    # what is chosen -------------------------------------------------------------

    @property
    def selected(self) -> list[str]:
        """Keys of the rows selected, in the order of the table."""
        return [key for key, row in self._rows.items() if row.isSelected()]

    def select(self, keys: Iterable[str]) -> None:
        """Select these rows, the first of them current; unknown keys are passed over."""
        known = [self._rows[k] for k in keys if k in self._rows]
        if known:
            self.setCurrentItem(known[0])
        for row in known:
            row.setSelected(True)

    def switch(self, key: str, on: bool) -> None:
        """Switch a metric on or off."""
        if key in self._rows:
            state = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
            self._rows[key].setCheckState(NAME, state)

    @Slot(QTreeWidgetItem, int)
    def _on_changed(self, row: QTreeWidgetItem, column: int) -> None:
        if column == NAME and row.data(NAME, KEY):
            on = row.checkState(NAME) == Qt.CheckState.Checked
            self.switched.emit(row.data(NAME, KEY), on)

    @Slot(QTreeWidgetItem)
    def _on_clicked(self, row: QTreeWidgetItem) -> None:
        if row in self._groups:
            row.setExpanded(not row.isExpanded())

    @Slot(QTreeWidgetItem)
    def _on_folded(self, group: QTreeWidgetItem) -> None:
        title = group.text(NAME).removeprefix(OPEN).removeprefix(SHUT)
        group.setText(NAME, (OPEN if group.isExpanded() else SHUT) + title)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy; all else as in every table."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        else:
            super().keyPressEvent(event)

    # appearance -----------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out columns for which there is no room: none is ever cut off."""
        room = self.viewport().width() - LEAST_NAME - self._widths[VALUE]
        for column in BY_WORTH:
            room -= self._widths[column]
            self.setColumnHidden(column, room < 0)
        super().resizeEvent(event)

    def set_theme(self, theme: Theme) -> None:
        """Recolour."""
        self._theme = theme
        self.spark.line, self.spark.last = theme.color("muted"), theme.color("accent")
        self.setStyleSheet(
            f"QTreeWidget {{ background: {theme.plot}; color: {theme.text}; border: none; "
            f"selection-background-color: {theme.hover}; selection-color: {theme.text}; }}"
            # the style's own boxes are pictures, which no vector file should hold
            f"QTreeWidget::indicator {{ width: 9px; height: 9px; border: 1px solid {theme.muted}; "
            f"border-radius: 3px; }}"
            f"QTreeWidget::indicator:checked {{ background: {theme.accent}; "
            f"border-color: {theme.accent}; }}"
            "QTreeWidget::branch { image: none; border-image: none; background: transparent; }"
            "QTreeWidget::item { padding: 1px 3px; }"
            "QScrollBar { background: transparent; border: none; margin: 0; width: 8px; }"
            f"QScrollBar::handle {{ background: {theme.grid}; border-radius: 4px; }}"
            "QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, "
            "QScrollBar::sub-page { background: none; border: none; height: 0; }"
            f"QTreeWidget::item:selected {{ background: {theme.hover}; color: {theme.text}; }}"
        )
        for group in self._groups:
            group.setForeground(NAME, theme.color("muted"))
