"""The legend of a plot whose curves differ by colour and dashes: beside the plot, never over it.

It knows pens and words, not what the curves mean.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_gui.ui.theme import Theme, font

SWATCH = 28  # pixels of line before each name
GAP, BETWEEN = 6, 14  # pixels after a swatch, and between two entries


class CurveKey(QWidget):
    """Swatches of curves with their names, in as many lines as the width asks for."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFont(font(8.5))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Legend")
        self.entries: tuple[tuple[str, QPen], ...] = ()
        self.places: list[QRectF] = []  # of the entries, in pixels
        self.set_theme(theme)
        self.show_curves(())

    def set_theme(self, theme: Theme) -> None:
        """Recolour the words; the pens come with the curves."""
        self._words = theme.color("text")
        self.update()

    def show_curves(self, entries: tuple[tuple[str, QPen], ...]) -> None:
        """Tell curves by name and pen; none hides the legend."""
        if entries == self.entries:
            return
        self.entries = entries
        self.setVisible(bool(entries))
        self.setAccessibleDescription(", ".join(name for name, _ in entries))
        self._lay_out()

    def _lay_out(self) -> None:
        words, line = self.fontMetrics(), self.fontMetrics().height() + 2
        x, y, self.places = 0.0, 0.0, []
        for name, _ in self.entries:
            wide = min(SWATCH + GAP + words.horizontalAdvance(name) + 1, self.width())
            if x and x + wide > self.width():
                x, y = 0.0, y + line
            self.places.append(QRectF(x, y, wide, line))
            x += wide + BETWEEN
        self.setFixedHeight(round(y + line))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break lines anew."""
        super().resizeEvent(event)
        self._lay_out()

    def minimumSizeHint(self) -> QSize:
        """A swatch with some letters."""
        return QSize(3 * SWATCH, self.fontMetrics().height() + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw swatches and names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        words = self.fontMetrics()
        for (name, pen), place in zip(self.entries, self.places, strict=True):
            painter.setPen(pen)
            middle = round(place.center().y()) + 0.5
            painter.drawLine(QPointF(place.left(), middle), QPointF(place.left() + SWATCH, middle))
            painter.setPen(self._words)
            rest = place.adjusted(SWATCH + GAP, 0, 0, 0)
            shown = words.elidedText(name, Qt.TextElideMode.ElideRight, round(rest.width()))
            painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, shown)
