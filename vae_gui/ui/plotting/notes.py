"""A few discreet words in a corner of a plot."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsSimpleTextItem, QStyleOptionGraphicsItem, QWidget

from vae_gui.ui.theme import Theme, font

MARGIN = 7.0  # pixels from the edge of the plot


class Note(QGraphicsSimpleTextItem):
    """Text that keeps its place in a view box; hidden while empty.

    It lies on a plate of the plot's own colour, so that it can be read over points.
    """

    def __init__(self, view: pg.ViewBox, corner: Qt.AlignmentFlag, role: str) -> None:
        super().__init__(view)
        self._view, self._corner, self._role = view, corner, role
        self.setFont(font(8.5))
        self.setZValue(1000)  # over everything
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setVisible(False)

    def set_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self.setBrush(theme.color(self._role))
        self._plate = theme.color("plot", 0.8)

    def set_text(self, text: str) -> None:
        """Say this, or nothing at all."""
        if text != self.text():
            self.setText(text)
            self.setVisible(bool(text))
            self.place()

    def place(self) -> None:
        """Go to the corner again, after the view box or the text changed size."""
        size, room = super().boundingRect(), self._view.rect()
        x, y = (room.width() - size.width()) / 2, (room.height() - size.height()) / 2
        if self._corner & Qt.AlignmentFlag.AlignLeft:
            x = MARGIN
        elif self._corner & Qt.AlignmentFlag.AlignRight:
            x = room.width() - size.width() - MARGIN
        if self._corner & Qt.AlignmentFlag.AlignTop:
            y = MARGIN
        elif self._corner & Qt.AlignmentFlag.AlignBottom:
            y = room.height() - size.height() - MARGIN
        self.setPos(round(x), round(y))

    def boundingRect(self) -> QRectF:
        """The text with its plate, in pixels."""
        return super().boundingRect().adjusted(-4, -2, 4, 2)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the plate, then the text."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._plate)
        painter.drawRoundedRect(self.boundingRect(), 3, 3)
        super().paint(painter, option, widget)  # type: ignore[arg-type]  # the stub lacks None
