"""An axis that is painted once and copied from then on, until something in it changes.

pyqtgraph plays all its lines and words anew whenever the plot beside it is drawn.
"""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPicture, QPixmap, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from vae_gui.ui.plotting.surface import has_pixels

EVERY = (1, 2, 5, 10, 20, 50)
CLEAR = 6.0  # pixels between the words of two ticks


class Axis(pg.AxisItem):
    """An AxisItem that keeps its pixels."""

    def __init__(self, orientation: str) -> None:
        self._pixels: tuple[QPicture | None, QTransform, QPixmap] | None = None
        self._words = ""  # of its label, as laid out last
        super().__init__(orientation)

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """What stands at ticks; nothing at those for which there is no room."""
        return self.thinned(values, super().tickStrings(values, scale, spacing), spacing)

    def thinned(self, values: list[float], words: list[str], spacing: float) -> list[str]:
        """The words of every tick, of every second, fifth and so on, until none touch.

        Only of the widest ticks: those between have words only where all have room.
        """
        low, high = self.range
        across = self.orientation in ("bottom", "top")
        length = self.geometry().width() if across else self.geometry().height()
        if not words or high <= low or length <= 0 or spacing <= 0:
            return words
        if spacing != self.tickSpacing(low, high, length)[0][0]:
            return words
        font = QFontMetricsF(self.style["tickFont"] or self.font())
        least = max(map(font.horizontalAdvance, words)) if across else font.ascent()
        apart = spacing * length / (high - low)
        every = next((n for n in EVERY if n * apart >= least + CLEAR), EVERY[-1])
        # counted from 0, so that the same ticks have words wherever the view goes
        shown = [round(v / spacing) % every == 0 for v in values]
        half, pixel = least / 2, (high - low) / length
        inside = [low + half * pixel <= v <= high - half * pixel for v in values]
        if every > 1 and not any(a and b for a, b in zip(shown, inside, strict=True)):
            middle = min(values, key=lambda v: abs(v - (low + high) / 2))  # rather than none
            shown = [v == middle for v in values]
        return [w if there else "" for w, there in zip(words, shown, strict=True)]

    def _updateLabel(self) -> None:
        # called at every change of the range; to lay text out takes longer than all else
        words = self.labelString() if self.labelText or self._words else ""
        if words != self._words:
            self._words = words
            super()._updateLabel()
        else:
            self.picture = None
            self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Copy the pixels painted last, if they still hold; elsewhere draw shapes."""
        if not has_pixels(painter):
            super().paint(painter, option, widget)
            return
        to_pixels = painter.deviceTransform()
        place = to_pixels.mapRect(self.boundingRect()).toAlignedRect()
        kept = self._pixels
        if kept is None or self.picture is None or (self.picture, to_pixels) != kept[:2]:
            pixmap = QPixmap(place.size())
            pixmap.fill(Qt.GlobalColor.transparent)
            inner = QPainter(pixmap)
            inner.setRenderHints(painter.renderHints())
            inner.setTransform(to_pixels * QTransform.fromTranslate(-place.x(), -place.y()))
            super().paint(inner, option, widget)
            inner.end()
            self._pixels = kept = self.picture, to_pixels, pixmap
        back, _ = to_pixels.inverted()
        here = painter.worldTransform()
        painter.setWorldTransform(back * here)  # from here on, a unit is a pixel
        painter.drawPixmap(QPoint(place.x(), place.y()), kept[2])
        painter.setWorldTransform(here)
