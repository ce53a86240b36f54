"""An axis that is painted once and copied from then on, until something in it changes.

pyqtgraph plays all its lines and words anew whenever the plot beside it is drawn.
"""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter, QPicture, QPixmap, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from vae_gui.ui.plotting.surface import has_pixels


class Axis(pg.AxisItem):
    """An AxisItem that keeps its pixels."""

    def __init__(self, orientation: str) -> None:
        self._pixels: tuple[QPicture | None, QTransform, QPixmap] | None = None
        self._words = ""  # of its label, as laid out last
        super().__init__(orientation)

    def _updateLabel(self) -> None:
        # called at every change of the range; to lay text out takes longer than all else
        words = self.labelString()
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
