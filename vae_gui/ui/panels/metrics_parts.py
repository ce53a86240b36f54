"""How the Metrics panel is laid out, and the alarm above it; what they show is not known here."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSplitter, QWidget

from vae_gui.ui.panels.metrics_detail import MetricsDetail
from vae_gui.ui.panels.metrics_table import MetricsTable
from vae_gui.ui.theme import Theme

BESIDE, BELOW = 600, 380  # pixels of width, or of height, that table and plot need together
TABLE_SHARE = 0.58  # of the width, beside the plot
LABELS = 260  # pixels of height from which on the axes have room for their names


class TableAndPlot(QSplitter):
    """Table and plot beside or below each other; the table alone where there is little room."""

    def __init__(self, table: MetricsTable, detail: MetricsDetail, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._table, self._detail = table, detail
        self.setChildrenCollapsible(False)
        for i, (part, room) in enumerate(((table, 3), (detail, 2))):
            self.addWidget(part)
            self.setStretchFactor(i, room)

    def fit(self, view: str, width: int, height: int) -> None:
        """Use so much room, in pixels, for a view: `both`, `table` or `plot`."""
        beside = width >= BESIDE
        if view == "both" and not beside and height < BELOW:
            view = "table"
        across = Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        if across != self.orientation():
            self.setOrientation(across)
        self._table.setVisible(view != "plot")
        self._detail.setVisible(view != "table")
        both = view == "both"
        whole = width if beside else height
        if both:
            self.setSizes([round(TABLE_SHARE * whole), round((1 - TABLE_SHARE) * whole)])
        self._table.fit(round(TABLE_SHARE * width) if both and beside else width)
        self._detail.plot.show_labels(height > LABELS)


class Alarm(QLabel):
    """What is wrong with the run, where no one can miss it; out of sight while nothing is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.hide()

    def show_alarms(self, alarms: Sequence[str]) -> None:
        """Tell of these, each a rich text."""
        words = "<br>".join(alarms)
        if words != self.text():
            self.setText(words)
        self.setVisible(bool(alarms))

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme's colour of what is wrong."""
        self.setStyleSheet(
            f"color: {theme.error}; border: 1px solid {theme.error}; border-radius: 5px; "
            "padding: 3px 6px;"
        )
