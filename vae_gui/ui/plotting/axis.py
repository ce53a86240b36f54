"""An axis that is painted once and copied from then on, until something in it changes.

pyqtgraph plays all its lines and words anew whenever the plot beside it is drawn, and takes
milliseconds to find them for a new range, an object or three for each tick.
"""

from __future__ import annotations

import math

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPicture, QPixmap, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from vae_gui.ui.plotting.surface import has_pixels

EVERY = (1, 2, 5, 10, 20, 50)
CLEAR = 6.0  # pixels between the words of two ticks
TEXT_HEIGHT = 0.8  # of the rectangle that Qt gives a text, as pyqtgraph counts it

Lines = tuple[QPen, list[QLineF]]  # of one level of ticks
Words = tuple[QRectF, Qt.AlignmentFlag, str]  # of one tick


class Axis(pg.AxisItem):
    """An AxisItem that keeps its pixels."""

    def __init__(self, orientation: str) -> None:
        assert orientation in ("left", "bottom"), "nothing else is drawn here"
        self._pixels: tuple[QPicture | None, QTransform, QPixmap] | None = None
        self._words = ""  # of its label, as laid out last
        super().__init__(orientation)
        self.enableAutoSIPrefix(False)  # 0.02 is no 20 thousandths

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """What stands at ticks; nothing at those for which there is no room."""
        words = super().tickStrings(values, scale, spacing)
        return self.thinned(values, [w.replace("-", "\N{MINUS SIGN}") for w in words], spacing)

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

    # what is drawn: as pyqtgraph has it, for an axis without a grid, whose ticks are never set ----

    def generateDrawSpecs(self, p: QPainter) -> tuple[Lines, list[Lines], list[Words]] | None:
        """The line of the axis, those of its ticks by level, and the words; None without room."""
        if self.style["tickFont"] is not None:
            p.setFont(self.style["tickFont"])
        bounds, across = self.mapRectFromParent(self.geometry()), self._across
        if across:
            line = QLineF(bounds.topLeft() + QPointF(-1, 1), bounds.topRight() + QPointF(1, 1))
        else:
            line = QLineF(
                bounds.topRight() + QPointF(-1, -1), bounds.bottomRight() + QPointF(-1, 1)
            )
        ends = self.mapToDevice(line.p1()), self.mapToDevice(line.p2())
        if None in ends or ends[0] == ends[1]:
            return None
        pixels = math.hypot(ends[1].x() - ends[0].x(), ends[1].y() - ends[0].y())
        (low, high), room = self.range, bounds.width() if across else -bounds.height()
        scale = room / (high - low) if high != low else 1.0
        offset = low * scale + min(room, 0.0)
        first, last = sorted((low * scale - offset, high * scale - offset))
        levels, places = self.tickValues(low, high, pixels), []
        for _, values in levels:
            at = [v * scale - offset for v in values]
            places.append([x if first <= x <= last else None for x in at])
        edge = bounds.top() if across else bounds.right()
        ticks = [self._ticks(i, at, edge) for i, at in enumerate(places)]
        return (self.pen(), [line]), ticks, self._texts(p, levels, places, edge, pixels)

    @property
    def _across(self) -> bool:
        return bool(self.orientation == "bottom")

    def _ticks(self, level: int, places: list[float | None], edge: float) -> Lines:
        """The ticks of a level, shorter and fainter than those of the level before."""
        pen = self.tickPen()
        if pen.brush().style() == Qt.BrushStyle.SolidPattern:
            pen, color = QPen(pen), pen.color()
            color.setAlpha(int(255 / (level + 1)))
            pen.setColor(color)
        length = self.style["tickLength"] / (0.5 * level + 1.0)
        if self._across:
            return pen, [QLineF(x, edge, x, edge + length) for x in places if x is not None]
        return pen, [QLineF(edge, x, edge - length, x) for x in places if x is not None]

    def _texts(
        self,
        p: QPainter,
        levels: list[tuple[float, list[float]]],
        places: list[list[float | None]],
        edge: float,
        pixels: float,
    ) -> list[Words]:
        """The words of the widest ticks, and of those between as far as there is room."""
        texts: list[Words] = []
        if not self.style["showValues"]:
            return texts
        filled, depth, bounds = 0.0, 0.0, self.boundingRect()
        for i, (spacing, values) in enumerate(levels[: self.style["maxTextLevel"] + 1]):
            if i and self._is_full(len(texts), filled / pixels):  # further words only fill it more
                break
            words = self.tickStrings(values, self.autoSIPrefixScale * self.scale, spacing)
            sized = [
                (x, w, self._size(p, w))
                for x, w in zip(places[i], words, strict=True)
                if x is not None
            ]
            filled += sum(size[0 if self._across else 1] for *_, size in sized)
            if i and self._is_full(len(texts), filled / pixels):
                break
            depth = max([depth, *(size[1 if self._across else 0] for *_, size in sized)])
            for x, text, size in sized:
                rect, flags = self._text_place(x, size, edge)
                if text and bounds & rect == rect:  # contains() suffers from rounding
                    texts.append((rect, flags, text))
        self._updateMaxTextSize(depth)
        return texts

    def _is_full(self, texts: int, part: float) -> bool:
        limits = self.style["textFillLimits"]
        return any(texts >= least and part >= limit for least, limit in limits)

    @staticmethod
    def _size(p: QPainter, text: str) -> tuple[float, float]:
        if not text:
            return 0.0, 0.0
        box = p.boundingRect(QRectF(0, 0, 100, 100), Qt.AlignmentFlag.AlignCenter, text)
        return box.width(), TEXT_HEIGHT * box.height()

    def _text_place(
        self, x: float, size: tuple[float, float], edge: float
    ) -> tuple[QRectF, Qt.AlignmentFlag]:
        """Where the words of a tick stand, and how in there."""
        width, height = size
        align = Qt.AlignmentFlag
        away = max(0, self.style["tickLength"]) + self.style["tickTextOffset"][int(self._across)]
        if self._across:
            return QRectF(
                x - width / 2, edge + away, width, height
            ), align.AlignHCenter | align.AlignTop
        return (
            QRectF(edge - away - width, x - height / 2, width, height),
            align.AlignRight | align.AlignVCenter,
        )

    def drawPicture(self, p: QPainter, axis: Lines, ticks: list[Lines], texts: list[Words]) -> None:
        """Draw lines and words."""
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        p.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        for pen, lines in (axis, *ticks):
            p.setPen(pen)
            p.drawLines(lines)
        if self.style["tickFont"] is not None:
            p.setFont(self.style["tickFont"])
        p.setPen(self.textPen())
        p.setClipRect(self.boundingRect().toAlignedRect())
        for rect, flags, text in texts:
            p.drawText(rect, int(flags | Qt.TextFlag.TextDontClip), text)

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
