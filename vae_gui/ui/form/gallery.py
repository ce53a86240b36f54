"""The choice of data: a gallery of thumbnails drawn from the distributions themselves."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QGridLayout, QSizePolicy, QWidget

from vae_gui.core.distributions import DISTRIBUTIONS, Array, Distribution
from vae_gui.ui.theme import Theme, font

COLUMNS = 5
_POINTS = 400
_PICTURE_HEIGHT = 38
_RADIUS = 4.0
_MOST_PICTURES = 8  # kept of one thumbnail
_FIRST_MS = 150  # at the start, the run comes before its pictures
_TURN_S = 0.005  # of drawing pictures in one turn of the event loop
_MOVES = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: -COLUMNS,
    Qt.Key.Key_Down: COLUMNS,
}


class Thumbnail(QAbstractButton):
    """A picture of one family at its defaults, with its name under it.

    Signals:
        undrawn: It was to be painted and has no picture yet.
    """

    undrawn = Signal()

    def __init__(self, family: type[Distribution], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.family = family
        self.theme = theme
        self.waiting = False
        self._pictures: dict[tuple[str, int, float], QPixmap] = {}
        self._points: Array | None = None  # drawn when the first picture is
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
        return QSize(48, _PICTURE_HEIGHT + self.fontMetrics().height() + 3)

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
        if self._key in self._pictures:
            painter.drawPixmap(0, 0, self._pictures[self._key])
        else:
            self.undrawn.emit()
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
        line = QRectF(0, _PICTURE_HEIGHT + 2, self.width(), self.fontMetrics().height())
        painter.setFont(self.name_font())
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, self.text())

    def name_font(self) -> QFont:
        """Its font, narrowed to the room that the name has."""
        made, needed = self.font(), self.fontMetrics().horizontalAdvance(self.text())
        if needed > self.width():
            made.setStretch(100 * self.width() // needed)
        return made

    @property
    def _key(self) -> tuple[str, int, float]:
        """What a picture depends on."""
        return self.theme.name, self.width(), self.devicePixelRatioF()

    def picture(self) -> QPixmap:
        """The picture for the theme, size and screen that it has now, drawn once for each."""
        if self._key not in self._pictures:
            if self._points is None:
                self._points = _thumbnail_points(self.family())
            if len(self._pictures) >= _MOST_PICTURES:  # of a panel that is being resized
                self._pictures.clear()
            size = QSize(self.width(), _PICTURE_HEIGHT)
            ratio = self.devicePixelRatioF()
            self._pictures[self._key] = draw_thumbnail(self._points, self.theme, size, ratio)
        return self._pictures[self._key]


class Gallery(QWidget):
    """Thumbnails of every family of the registry; one of them is chosen."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gallery")
        self.setAccessibleName("Data distribution")
        self._undrawn: list[Thumbnail] = []
        self._turn = QTimer(self, singleShot=True, interval=_FIRST_MS)
        self._turn.timeout.connect(self._draw_some)
        self._group = QButtonGroup(self)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 4)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(4)
        self.thumbnails = {
            family.family(): Thumbnail(family, theme, self) for family in DISTRIBUTIONS
        }
        for index, thumbnail in enumerate(self.thumbnails.values()):
            thumbnail.undrawn.connect(self._on_undrawn)
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

    @Slot()
    def _on_undrawn(self) -> None:
        """Pictures take some milliseconds each: a few in a turn, as they are first seen."""
        thumbnail = self.sender()
        assert isinstance(thumbnail, Thumbnail)
        if thumbnail not in self._undrawn:
            self._undrawn.append(thumbnail)
        if not self._turn.isActive():
            self._turn.start()

    @Slot()
    def _draw_some(self) -> None:
        end = time.perf_counter() + _TURN_S
        while self._undrawn and time.perf_counter() < end:
            thumbnail = self._undrawn.pop(0)
            thumbnail.picture()
            thumbnail.update()
        if self._undrawn:
            self._turn.start(0)

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
