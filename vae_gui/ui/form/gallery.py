"""The choice of data: a gallery of thumbnails drawn from the distributions themselves."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QGridLayout, QSizePolicy, QWidget

from vae_gui.core.distributions import DISTRIBUTIONS, Array, Distribution
from vae_gui.ui.theme import Theme, font

COLUMNS = 4
_POINTS = 400
_PICTURE_HEIGHT = 50
_RADIUS = 4.0
_MOVES = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: -COLUMNS,
    Qt.Key.Key_Down: COLUMNS,
}


class Thumbnail(QAbstractButton):
    """A picture of one family at its defaults, with its name under it."""

    def __init__(self, family: type[Distribution], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.family = family
        self.theme = theme
        self.waiting = False
        self._picture: QPixmap | None = None
        self._drawn_for: tuple[Theme, QSize, float] | None = None
        self._points = _thumbnail_points(family())
        self.setText(family.label)
        self.setCheckable(True)
        self.setToolTip(f"<b>{family.label}</b><br>{family.help}")
        self.setAccessibleName(family.label)
        self.setAccessibleDescription(family.help)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFont(font(8))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A picture and a line of text."""
        return QSize(62, _PICTURE_HEIGHT + self.fontMetrics().height() + 3)

    def minimumSizeHint(self) -> QSize:
        """The least at which a shape is still told."""
        return QSize(40, self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the arrows to the gallery."""
        if Qt.Key(event.key()) in _MOVES:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw picture, frame and name."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(0, 0, self._current_picture())
        role = "warning" if self.waiting else "accent"
        if not self.isChecked():
            role = "muted" if self.underMouse() or self.hasFocus() else "border"
        width = 2.0 if self.isChecked() else 1.0
        frame = QRectF(0, 0, self.width(), _PICTURE_HEIGHT)
        inset = width / 2
        painter.setPen(QPen(self.theme.color(role), width))
        painter.drawRoundedRect(frame.adjusted(inset, inset, -inset, -inset), _RADIUS, _RADIUS)
        if self.hasFocus():
            painter.setPen(QPen(self.theme.color("text"), 1, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(frame.adjusted(3.5, 3.5, -3.5, -3.5), 2, 2)
        painter.setPen(self.theme.color("text" if self.isChecked() else "muted"))
        name = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        line = QRectF(0, _PICTURE_HEIGHT + 2, self.width(), self.fontMetrics().height())
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, name)

    def _current_picture(self) -> QPixmap:
        """The cached picture, redrawn for another theme, size or screen."""
        size, ratio = QSize(self.width(), _PICTURE_HEIGHT), self.devicePixelRatioF()
        wanted = (self.theme, size, ratio)
        if self._picture is None or self._drawn_for != wanted:
            self._picture = draw_thumbnail(self._points, self.theme, size, ratio)
            self._drawn_for = wanted
        return self._picture


class Gallery(QWidget):
    """Thumbnails of every family of the registry; one of them is chosen."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gallery")
        self.setAccessibleName("Data distribution")
        self._group = QButtonGroup(self)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 4)
        grid.setHorizontalSpacing(5)
        grid.setVerticalSpacing(4)
        self.thumbnails = {
            family.family(): Thumbnail(family, theme, self) for family in DISTRIBUTIONS
        }
        for index, thumbnail in enumerate(self.thumbnails.values()):
            self._group.addButton(thumbnail, index)
            grid.addWidget(thumbnail, index // COLUMNS, index % COLUMNS)
        for column in range(COLUMNS):
            grid.setColumnStretch(column, 1)
        self._group.idClicked.connect(self._clicked)

    def show_family(self, family: str) -> None:
        """Show which family is chosen, without emitting."""
        thumbnail = self.thumbnails[family]
        thumbnail.setChecked(True)
        for other in self.thumbnails.values():  # one tab stop; a click leaves the focus alone
            chosen = other is thumbnail
            other.setFocusPolicy(Qt.FocusPolicy.TabFocus if chosen else Qt.FocusPolicy.NoFocus)

    def set_waiting(self, waiting: bool) -> None:
        """Mark the chosen family as one that waits for a reset."""
        for thumbnail in self.thumbnails.values():
            thumbnail.waiting = waiting
            words = "Applies on reset. " if waiting and thumbnail.isChecked() else ""
            thumbnail.setAccessibleDescription(words + thumbnail.family.help)
            thumbnail.update()

    def set_theme(self, theme: Theme) -> None:
        """Redraw in a theme's colours."""
        for thumbnail in self.thumbnails.values():
            thumbnail.theme = theme
            thumbnail.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows choose the neighbour, as in any group of radio buttons."""
        step = _MOVES.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        wanted = self._group.checkedId() + step
        if 0 <= wanted < len(self.thumbnails):
            self._clicked(wanted)
            self._group.button(wanted).setFocus(Qt.FocusReason.TabFocusReason)

    @Slot(int)
    def _clicked(self, index: int) -> None:
        family = list(self.thumbnails)[index]
        self.show_family(family)
        self.chosen.emit(family)


def _thumbnail_points(distribution: Distribution) -> Array:
    """Samples (n, 2), centred, the half width of the larger side of the bounds being 1."""
    x1_min, x1_max, x2_min, x2_max = distribution.bounds
    centre = np.array([x1_min + x1_max, x2_min + x2_max]) / 2
    reach = max(x1_max - x1_min, x2_max - x2_min) / 2
    return (distribution.sample(_POINTS, np.random.default_rng(0)) - centre) / reach


def draw_thumbnail(points: Array, theme: Theme, size: QSize, ratio: float) -> QPixmap:
    """Points (n, 2) within [-1, 1] as a picture, both axes on one scale.

    Args:
        points: What is drawn, in the colour of the truth.
        theme: Whose colours.
        size: In device-independent pixels.
        ratio: Pixels of the screen for each of those.
    """
    pixmap = QPixmap(round(size.width() * ratio), round(size.height() * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ground = QPainterPath()
    ground.addRoundedRect(QRectF(0, 0, size.width(), size.height()), _RADIUS, _RADIUS)
    painter.fillPath(ground, theme.color("plot"))
    painter.setClipPath(ground)
    pen = QPen(theme.color("true", 0.75), 1.7)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    scale = 0.92 * min(size.width(), size.height()) / 2  # the outermost points whole
    x = size.width() / 2 + scale * points[:, 0]
    y = size.height() / 2 - scale * points[:, 1]
    painter.drawPoints([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)])
    painter.end()
    return pixmap
