"""A panel's title, subtitle and legend, so that an exported figure explains itself.

In the window they stand in the dock's title bar, which is no part of the panel.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from vae_gui.ui.panels.base import Panel
from vae_gui.ui.theme import font

MARGIN = 10.0
TOP = 7.0
GAP = 7.0  # between title and subtitle, square and words
BETWEEN = 14.0  # between entries of the legend
SQUARE = 9.0


@dataclass(frozen=True, slots=True)
class Words:
    """A text at a place, in the colour of a role; a square before it in that of `square`."""

    x: float
    line: int
    text: str
    font: QFont
    role: str
    square: str = ""


class Header:
    """The lines over a panel of some width.

    Attributes:
        height: In widget pixels.
    """

    def __init__(self, panel: Panel, width: float) -> None:
        self._theme = panel.theme
        self._room = width - 2 * MARGIN
        self._words: list[Words] = []
        self._title_font, self._font = font(10, bold=True), font(9)
        title = QFontMetricsF(self._title_font)
        self._ascent, self._pitch = title.ascent(), title.height() + 2
        used = self._add_title(panel)
        lines = 1 + self._add_legend(panel.legend_words, used)
        self.height = round(TOP + lines * self._pitch + 2)

    def paint(self, painter: QPainter) -> None:
        """Draw it at the painter's origin."""
        painter.save()
        for words in self._words:
            baseline = TOP + self._ascent + words.line * self._pitch
            x = MARGIN + words.x
            if words.square:
                color = self._theme.color(words.square)
                painter.fillRect(QRectF(x, baseline - SQUARE, SQUARE, SQUARE), color)
                x += SQUARE + GAP
            painter.setFont(words.font)
            painter.setPen(self._theme.color(words.role))
            painter.drawText(QPointF(x, baseline), words.text)
        painter.restore()

    def _add_title(self, panel: Panel) -> float:
        """Place title and subtitle; return the width that they take."""
        self._words.append(Words(0, 0, panel.title, self._title_font, "text"))
        used = QFontMetricsF(self._title_font).horizontalAdvance(panel.title) + GAP
        metrics = QFontMetricsF(self._font)
        room = self._room - used
        subtitle = metrics.elidedText(panel.subtitle, Qt.TextElideMode.ElideRight, room)
        if subtitle:
            self._words.append(Words(used, 0, subtitle, self._font, "muted"))
        return used + metrics.horizontalAdvance(subtitle)

    def _add_legend(self, legend: tuple[tuple[str, str], ...], used: float) -> int:
        """Place the legend, right of the title or below it; return how many lines it adds."""
        metrics = QFontMetricsF(self._font)
        widths = [SQUARE + GAP + metrics.horizontalAdvance(words) for _, words in legend]
        total = sum(widths) + BETWEEN * (len(widths) - 1)
        beside = total + used + BETWEEN <= self._room
        x, line = (self._room - total, 0) if beside else (0.0, 1)
        for (role, words), width in zip(legend, widths, strict=True):
            if not beside and x > 0 and x + width > self._room:
                x, line = 0.0, line + 1
            self._words.append(Words(x, line, words, self._font, "muted", role))
            x += width + BETWEEN
        return line if legend else 0
