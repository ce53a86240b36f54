"""A strip of small square plots, all painted by one widget.

It is given cells and paints them on whatever painter comes; where the points come
from it does not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import cast

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPixmap,
    QRegion,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import QToolTip, QWidget

from vae_gui.core.network import Floats
from vae_gui.ui.plotting.grid import CAPTION, GAP, SMALLEST, best_grid
from vae_gui.ui.plotting.stamps import Stamps, draw_circles
from vae_gui.ui.plotting.surface import has_pixels
from vae_gui.ui.theme import Theme, font

POINTS = 8.0  # size of captions
SMALLEST_POINTS = 5.5  # of one that has to be shrunk
PICTURES = 64  # kept of cells shown now or before


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One small plot.

    Attributes:
        captions: Words below it, longest first; the first that fits is shown.
        words: What it is, as a sentence for tooltips and screen readers.
        points: What to draw, (n, 2) in units of the cell with y downwards, None while unknown.
        latest: Whether it is the newest, and marked as such.
    """

    captions: tuple[str, ...]
    words: str
    points: Floats | None
    latest: bool = False


class FilmStrip(QWidget):
    """Cells side by side; arrow keys and clicks select one, the pointer shows its words.

    Signals:
        room_changed: There is now room for another number of cells.
    """

    room_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setMinimumSize(60, int(SMALLEST + CAPTION))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._cells: Sequence[Cell] = ()
        self._contours = QPainterPath()
        self._grid = best_grid(self.width(), self.height())
        self._selected: int | None = None
        self._fonts = font(POINTS), font(POINTS, bold=True)  # of captions, and of the latest one
        self._pictures: dict[Cell, QPixmap] = {}  # as painted on pixels, the latest used last
        self._stamps: tuple[tuple[str, float], Stamps] | None = None  # theme, size; points

    def sizeHint(self) -> QSize:
        """Room for all cells in one row."""
        return QSize(1000, 90)

    @property
    def room(self) -> int:
        """How many cells there is room for."""
        return self._grid.count

    @property
    def cells(self) -> Sequence[Cell]:
        """What is shown."""
        return self._cells

    @property
    def selected(self) -> int | None:
        """Index of the selected cell."""
        return self._selected

    def set_theme(self, theme: Theme) -> None:
        """Recolour."""
        self.theme = theme
        self._repaint_cells()

    def set_contours(self, contours: QPainterPath) -> None:
        """Draw these lines, in units of the cell, below the points of every cell."""
        self._contours = contours
        self._repaint_cells()

    def _repaint_cells(self) -> None:
        self._pictures.clear()
        self.update()

    def set_cells(self, cells: Sequence[Cell]) -> None:
        """Show these cells, at most `room`; frames without one stay empty."""
        before, self._cells = self._cells, tuple(cells[: self.room])
        if self._selected is not None and self._selected >= len(self._cells):
            self._selected = None
        self._describe()
        for index, (old, new) in enumerate(zip_longest(before, self._cells)):
            if old is not new:
                self.update(self._room_of(self._grid.cell(index, QRectF(self.rect()))))

    # painting -------------------------------------------------------------------

    def paint_ahead(self, cell: Cell) -> bool:
        """Make the picture of a cell before it is shown; whether it was missing."""
        side, ratio = self._grid.side, self.devicePixelRatioF()
        if self._known(cell, side, ratio) is not None:
            return False
        self._picture(cell, side, ratio)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the cells that have changed."""
        painter = QPainter(self)
        self.paint_cells(painter, QRectF(self.rect()), event.region())
        painter.end()

    def paint_cells(self, painter: QPainter, rect: QRectF, region: QRegion | None = None) -> None:
        """Paint all cells into a rectangle of any painter; vectors where it takes them.

        Cells outside `region` may be left out.
        """
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index in range(self._grid.count):
            place = self._grid.cell(index, rect)
            if region is not None and not region.intersects(self._room_of(place)):
                continue
            if index < len(self._cells):
                self._paint_cell(painter, place, index)
            else:
                painter.setPen(self.theme.pen("border", alpha=0.6))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.restore()

    def _room_of(self, place: QRectF) -> QRect:
        """All pixels that a cell and its caption may touch."""
        return place.adjusted(-GAP, 0, GAP, CAPTION).toAlignedRect()

    def _paint_cell(self, painter: QPainter, place: QRectF, index: int) -> None:
        cell = self._cells[index]
        if has_pixels(painter):
            ratio = painter.deviceTransform().m11()
            corner = place.topLeft() - QPointF(GAP, 0)
            painter.drawPixmap(corner, self._picture(cell, place.width(), ratio))
        else:
            painter.save()
            painter.translate(place.topLeft())
            self._paint_plot(painter, cell, place.width())
            painter.restore()
            self._paint_caption(painter, cell, place)
        if index == self._selected:
            painter.setPen(self.theme.pen("accent", 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)

    def _picture(self, cell: Cell, side: float, ratio: float) -> QPixmap:
        """A cell with its caption, `GAP` from the left."""
        picture = self._known(cell, side, ratio)
        if picture is None:
            picture = QPixmap(_size(side, ratio))
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(GAP, 0)
            whole = round(side * ratio) / ratio  # pixels: an edge between two would be blurred
            self._paint_plot(painter, cell, whole)
            self._paint_caption(painter, cell, QRectF(0, 0, side, side))
            painter.end()
        self._pictures.pop(cell, None)
        self._pictures[cell] = picture
        if len(self._pictures) > PICTURES:
            del self._pictures[next(iter(self._pictures))]
        return picture

    def _known(self, cell: Cell, side: float, ratio: float) -> QPixmap | None:
        picture = self._pictures.get(cell)
        if picture is None or picture.size() != _size(side, ratio):
            return None
        return picture if picture.devicePixelRatio() == ratio else None

    def _paint_plot(self, painter: QPainter, cell: Cell, side: float) -> None:
        """One square with its corner at the origin."""
        painter.setPen(self.theme.pen("border"))
        painter.setBrush(self.theme.color("plot"))
        painter.drawRoundedRect(QRectF(0.5, 0.5, side - 1, side - 1), 3, 3)
        if cell.points is None:
            return
        self._paint_points(painter, side * cell.points, min(max(side / 40, 1.5), 3.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self.theme.pen("true"))
        painter.drawPath(QTransform.fromScale(side, side).map(self._contours))

    def _paint_points(self, painter: QPainter, points: Floats, diameter: float) -> None:
        color = self.theme.color("learned", 0.85)
        if not has_pixels(painter):
            draw_circles(painter, points, color, diameter)
            return
        to_pixels = painter.deviceTransform()
        ratio, left = to_pixels.m11(), to_pixels.dx()
        key = (self.theme.name, diameter * ratio)
        if self._stamps is None or self._stamps[0] != key:
            self._stamps = key, Stamps(color, diameter * ratio)
        here = painter.worldTransform()
        painter.setWorldTransform(to_pixels.inverted()[0] * here)  # a unit is a pixel
        self._stamps[1].draw(painter, points * ratio + (left, to_pixels.dy()))
        painter.setWorldTransform(here)

    def _paint_caption(self, painter: QPainter, cell: Cell, place: QRectF) -> None:
        painter.setPen(self.theme.color("accent" if cell.latest else "muted"))
        text, words = self.caption_in(cell, place.width())
        painter.setFont(words)
        room = QRectF(place.left() - GAP, place.bottom(), place.width() + 2 * GAP, CAPTION)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)

    def caption_in(self, cell: Cell, width: float) -> tuple[str, QFont]:
        """The longest caption that fits below a cell of this width, else the shortest, shrunk."""
        words = self._fonts[cell.latest]
        for caption in cell.captions:
            needed = QFontMetricsF(words).horizontalAdvance(caption)
            if needed <= width:
                return caption, words
        return caption, font(max(POINTS * width / needed, SMALLEST_POINTS), cell.latest)

    # size, pointer and keys -----------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the cells anew."""
        super().resizeEvent(event)
        before = self.room
        self._grid = best_grid(self.width(), self.height())
        if self.room != before:
            self._cells = self._cells[: self.room]
            self.room_changed.emit()

    def cell_at(self, position: QPointF) -> int | None:
        """The index of the cell under a position, with its caption."""
        for index in range(len(self._cells)):
            place = self._grid.cell(index, QRectF(self.rect()))
            if place.adjusted(0, 0, 0, CAPTION).contains(position):
                return index
        return None

    def select(self, index: int | None) -> None:
        """Select a cell, or none."""
        if index is not None:
            index = min(max(index, 0), len(self._cells) - 1) if self._cells else None
        self._selected = index
        self._describe()
        self.update()

    def _describe(self) -> None:
        words = f"{len(self._cells)} pictures of the run; left and right select one."
        if self._selected is not None:
            place = f"Picture {self._selected + 1} of {len(self._cells)}"
            words = f"{place}: {self._cells[self._selected].words}"
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the cell under the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.select(self.cell_at(event.position()))
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right, Home and End select a cell; Escape selects none."""
        last = len(self._cells) - 1
        here = last + 1 if self._selected is None else self._selected
        targets: dict[int, int | None] = {
            Qt.Key.Key_Left.value: here - 1,
            Qt.Key.Key_Right.value: here + 1,
            Qt.Key.Key_Home.value: 0,
            Qt.Key.Key_End.value: last,
            Qt.Key.Key_Escape.value: None,
        }
        if event.key() in targets and not event.modifiers():
            self.select(targets[event.key()])
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Select none."""
        super().focusOutEvent(event)
        self.select(None)

    def event(self, event: QEvent) -> bool:
        """Show a cell's words as its tooltip."""
        if event.type() == QEvent.Type.ToolTip:
            help_event = cast(QHelpEvent, event)
            index = self.cell_at(QPointF(help_event.pos()))
            words = "" if index is None else self._cells[index].words
            QToolTip.showText(help_event.globalPos(), words, self)
            return True
        return super().event(event)


def _size(side: float, ratio: float) -> QSize:
    """Pixels of the picture of a cell."""
    return (QSizeF(side + 2 * GAP, side + CAPTION) * ratio).toSize()
