"""Words that belong to a place in a plot: a labelled level, a read-out at a cursor.

They are placed in pixels, so that nothing is cut off at an edge.
"""

from __future__ import annotations

from collections.abc import Callable

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsTextItem, QStyleOptionGraphicsItem, QWidget

from vae_gui.ui.theme import Theme, font

MARGIN = 4.0  # pixels between a text and what it belongs to

Crowding = Callable[[QRectF], float]


class TextBox(QGraphicsTextItem):
    """A small text in pixels over a ViewBox, on a surface that dims what lies behind."""

    def __init__(self, view: pg.ViewBox, opacity: float) -> None:
        super().__init__(view)
        self._view = view
        self._opacity = opacity
        self._fill = QColor()
        self._border = QColor()
        self.setFont(font(8))
        self.document().setDocumentMargin(4)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(20)

    def set_theme(self, theme: Theme, role: str, border: bool = False) -> None:
        """Write in the colour of a role."""
        self.setDefaultTextColor(theme.color(role))
        self._fill = theme.color("plot", self._opacity)
        self._border = theme.color("border", 1.0 if border else 0.0)
        self.update()

    def place(self, x: float, y: float) -> None:
        """Move to a position in pixels, or as near to it as fits."""
        box = self.boundingRect()
        x = min(max(x, 0.0), self._view.width() - box.width())
        y = min(max(y, 0.0), self._view.height() - box.height())
        self.setPos(max(x, 0.0), max(y, 0.0))

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the surface, then the text."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self._fill)
        painter.setPen(self._border)
        painter.drawRoundedRect(self.boundingRect().adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        super().paint(painter, option, widget)  # type: ignore[arg-type]  # None is fine


class LabelledLevel:
    """A dashed horizontal line whose words keep clear of the curves and of the edges."""

    CORNERS = tuple((side, above) for side in (1.0, 0.0, 0.5) for above in (True, False))

    def __init__(self, plot: pg.PlotItem) -> None:
        self._view: pg.ViewBox = plot.vb
        self.line = pg.InfiniteLine(angle=0)
        self.line.setZValue(5)
        plot.addItem(self.line, ignoreBounds=True)
        self.box = TextBox(self._view, 0.6)
        self._words: tuple[str, ...] = ("",)
        self._corner: tuple[float, bool] | None = None
        self.set_visible(False)

    def set_theme(self, theme: Theme, role: str) -> None:
        """Draw in the colour of a role."""
        self.line.setPen(theme.pen(role, style=Qt.PenStyle.DashLine))
        self.box.set_theme(theme, role)

    def set_visible(self, visible: bool) -> None:
        """Show or hide line and words."""
        self.line.setVisible(visible)
        self.box.setVisible(visible)

    def set_level(self, value: float, *words: str) -> None:
        """Draw at this value; of the words (longest first) those that fit are shown."""
        self.line.setValue(value)
        self._words = words
        self._corner = None
        self.set_visible(True)

    def place(self, crowding: Crowding) -> None:
        """Put the words where the least is drawn behind them, and leave them while it is so.

        Args:
            crowding: How much is drawn in a rectangle of plot coordinates, 0 for nothing.
        """
        y = self._view.mapFromView(QPointF(0.0, self.line.value())).y()
        in_sight = self.line.isVisible() and 0 <= y <= self._view.height()
        self.box.setVisible(in_sight)  # words without their line would name another place
        if not in_sight:
            return
        # fewer words where they cover nothing, rather than more over a curve
        self._corner = next(filter(None, (self._free(w, crowding) for w in self._words)), None)
        if self._corner is None:
            for words in self._words:
                if self._fits(words):
                    break
            self._corner = self._freest(crowding)
        self.box.place(*self._position(self._corner))

    def _fits(self, words: str) -> bool:
        """Write words; whether there is room for them."""
        if self.box.toPlainText() != words:
            self.box.setPlainText(words)
        return bool(self.box.boundingRect().width() <= self._view.width() - 2 * MARGIN)

    def _free(self, words: str, crowding: Crowding) -> tuple[float, bool] | None:
        """Write words; where they cover nothing, if possible where they are."""
        if not self._fits(words):
            return None
        if self._corner is not None and self._crowding(self._corner, crowding) == 0:
            return self._corner
        corner = self._freest(crowding)
        return corner if self._crowding(corner, crowding) == 0 else None

    def words_place(self) -> QRectF:
        """Where the words are, in plot coordinates."""
        pixels = self.box.mapRectToParent(self.box.boundingRect())
        return self._view.mapToView(pixels).boundingRect()

    def _freest(self, crowding: Crowding) -> tuple[float, bool]:
        found = {}
        for corner in self.CORNERS:
            found[corner] = self._crowding(corner, crowding)
            if found[corner] == 0:
                break
        return min(found, key=lambda c: found[c])

    def _position(self, corner: tuple[float, bool]) -> tuple[float, float]:
        side, above = corner
        box = self.box.boundingRect()
        y = self._view.mapFromView(QPointF(0.0, self.line.value())).y()
        room = self._view.width() - box.width() - 2 * MARGIN
        return MARGIN + side * room, y - box.height() if above else y

    def _crowding(self, corner: tuple[float, bool], crowding: Crowding) -> float:
        box = self.box.boundingRect()
        x, y = self._position(corner)
        if y < 0 or y + box.height() > self._view.height():
            return float("inf")
        pixels = QRectF(x, y, box.width(), box.height())
        return crowding(self._view.mapToView(pixels).boundingRect())


class ReadOut:
    """A vertical line with a box of values beside it."""

    def __init__(self, plot: pg.PlotItem) -> None:
        self._view: pg.ViewBox = plot.vb
        self.line = pg.InfiniteLine(angle=90)
        self.line.setZValue(15)
        plot.addItem(self.line, ignoreBounds=True)
        self.box = TextBox(self._view, 0.96)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Colour line and box."""
        self.line.setPen(theme.pen("accent"))
        self.box.set_theme(theme, "text", border=True)

    @property
    def visible(self) -> bool:
        """Whether it is shown."""
        return self.line.isVisible()

    def hide(self) -> None:
        """Show nothing."""
        self.line.hide()
        self.box.hide()

    def show(self, x: float, html: str) -> None:
        """Show at a position along the axis."""
        self.line.setValue(x)
        self.box.setHtml(html)
        self.line.show()
        self.box.show()
        self.place()

    def place(self) -> None:
        """Put the box beside the line, on the side with more room."""
        x = self._view.mapFromView(QPointF(self.line.value(), 0.0)).x()
        beside = x + MARGIN
        if x > self._view.width() / 2:
            beside = x - MARGIN - self.box.boundingRect().width()
        self.box.place(beside, MARGIN)
