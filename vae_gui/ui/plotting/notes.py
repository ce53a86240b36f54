"""A few discreet words in a corner of a plot."""

from __future__ import annotations

from collections.abc import Callable

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsSimpleTextItem, QStyleOptionGraphicsItem, QWidget

from vae_gui.ui.theme import Theme, font

MARGIN = 7.0  # pixels from the edge of the plot
CORNERS = tuple(
    high | side
    for high in (Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom)
    for side in (Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignLeft)
)

Crowding = Callable[[QRectF], float]


class Note(QGraphicsSimpleTextItem):
    """Text that keeps its place in a view box; hidden while empty.

    It lies on a plate of the plot's own colour, so that it can be read over points.
    """

    def __init__(self, view: pg.ViewBox, corner: Qt.AlignmentFlag, role: str) -> None:
        super().__init__(view)
        self._view, self._corner, self._role = view, corner, role
        self._crowding: Crowding | None = None
        self._optional = False
        self._held = self._due = False
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

    def avoid(self, crowding: Crowding, optional: bool = False) -> None:
        """Keep to the corner where the least is drawn, its own where others are no better.

        Args:
            crowding: How much is drawn in a rectangle of plot coordinates, 0 for nothing.
            optional: Whether to be hidden where that is 1 or more in every corner.
        """
        self._crowding, self._optional = crowding, optional
        self.place()

    def hold(self) -> None:
        """Stay in place until `release`, whatever changes."""
        self._held = True

    def release(self) -> None:
        """Go where it would have gone meanwhile."""
        self._held = False
        if self._due:
            self.place()

    def place(self) -> None:
        """Go to the corner again, after the view box, the text or what to avoid changed."""
        self._due = self._held
        if self._held:
            return
        if not self.text():
            return  # it is placed when it has something to say
        if self._crowding is None:
            self.setPos(self._position(self._corner))
            return
        found: dict[Qt.AlignmentFlag, float] = {}
        for corner in dict.fromkeys((self._corner, *CORNERS)):
            plate = self.boundingRect().translated(self._position(corner))
            found[corner] = self._crowding(self._view.mapToView(plate).boundingRect())
            if found[corner] == 0:
                break
        best = min(found, key=lambda c: found[c])
        self.setPos(self._position(best))
        self.setVisible(not (self._optional and found[best] >= 1))

    def _position(self, corner: Qt.AlignmentFlag) -> QPointF:
        size, room = super().boundingRect(), self._view.rect()
        x, y = (room.width() - size.width()) / 2, (room.height() - size.height()) / 2
        if corner & Qt.AlignmentFlag.AlignLeft:
            x = MARGIN
        elif corner & Qt.AlignmentFlag.AlignRight:
            x = room.width() - size.width() - MARGIN
        if corner & Qt.AlignmentFlag.AlignTop:
            y = MARGIN
        elif corner & Qt.AlignmentFlag.AlignBottom:
            y = room.height() - size.height() - MARGIN
        return QPointF(round(x), round(y))

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
