"""A widget as a list of drawing commands that any device can play: pixels, SVG or PDF.

Widgets are drawn one by one, without their children, so that each can be treated
as it needs: plots and self-painted widgets are recorded as shapes, Qt's own
controls draw themselves. Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPicture, QRegion
from PySide6.QtWidgets import QFrame, QGraphicsView, QLabel, QWidget

from vae_gui.ui.export.header import Header
from vae_gui.ui.export.pens import scale_cosmetic_pens
from vae_gui.ui.panels.base import Panel
from vae_gui.ui.plotting.surface import is_for_screen_only

CUT_SCALE = 4  # pixels per pixel of a control that is cut off and so becomes an image
# QWidget.render by that name: a QGraphicsView has another `render` of its own
ITSELF = QWidget.RenderFlag(0)  # without its children, without a window's background


@dataclass(frozen=True, slots=True)
class Part:
    """One widget of a tree, without its children.

    Attributes:
        widget: The widget.
        place: Its top left corner in the tree's root.
        visible: What its ancestors leave of it, in the root's coordinates.
    """

    widget: QWidget
    place: QPoint
    visible: QRect

    @property
    def paints_itself(self) -> bool:
        """Whether it is a plot or is painted by this program, not by Qt's style."""
        parent = self.widget.parentWidget()
        if isinstance(parent, QGraphicsView) and parent.viewport() is self.widget:
            return True
        ours = (c for c in type(self.widget).__mro__ if not c.__module__.startswith("PySide6"))
        return any("paintEvent" in vars(c) for c in ours)

    @property
    def keeps_inside(self) -> bool:
        """Whether what it records stays where it is visible: all of it is, or it is a frame.

        A control lifts the clipping while it draws its words, and a picture lets it.
        """
        frame = isinstance(self.widget, QFrame) and not isinstance(self.widget, QLabel)
        return self.visible == self.widget.rect().translated(self.place) or frame

    def render(self, painter: QPainter) -> None:
        """Let the widget draw what is visible of it, at its place in the root."""
        region = QRegion(self.visible.translated(-self.place))
        QWidget.render(self.widget, painter, self.visible.topLeft(), region, ITSELF)

    def record(self) -> QPicture:
        """The drawing commands of what is visible, the widget's top left corner at the origin."""
        picture = QPicture()
        visible = self.visible.translated(-self.place)
        with QPainter(picture) as painter:
            QWidget.render(self.widget, painter, visible.topLeft(), QRegion(visible), ITSELF)
        return picture

    def pixels(self, scale: float) -> QImage:
        """What is visible of the widget, on nothing."""
        image = blank_image(self.visible.size(), scale)
        region = QRegion(self.visible.translated(-self.place))
        QWidget.render(self.widget, image, QPoint(), region, ITSELF)
        return image


class Sheet:
    """What is to be exported: a widget and, over a panel, its title and legend.

    Attributes:
        title: What it shows, for the file's own title.
        background: What is under everything.
        size: In widget pixels.
        resolution: Widget pixels an inch.
    """

    def __init__(self, widget: QWidget, header: bool = True) -> None:
        _lay_out(widget)
        self._widget = widget
        self._header: Header | None = None
        self.title = widget.windowTitle() or widget.accessibleName()
        self.background = widget.palette().color(widget.backgroundRole())
        if isinstance(widget, Panel):
            self.title = widget.title
            self.background = widget.theme.color("card")
            if header:
                self._header = Header(widget, widget.width())
        self._top = self._header.height if self._header else 0
        self.size = QSize(widget.width(), widget.height() + self._top)
        self.resolution = widget.logicalDpiX()

    def paint_shapes(self, painter: QPainter) -> None:
        """Draw as shapes and text, for a device without pixels."""
        with self._begun(painter):
            for part in parts(self._widget):
                if part.keeps_inside:
                    painter.drawPicture(part.place, part.record())
                elif not _is_empty(pixels := part.pixels(CUT_SCALE)):
                    # what a scroll area cuts off; a recorded widget would spill over its edge
                    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                    painter.drawImage(part.visible, pixels)

    def paint_pixels(self, painter: QPainter, scale: float) -> None:
        """Draw on a device whose pixels are `scale` times finer than the widget's."""
        with self._begun(painter):
            for part in parts(self._widget):
                if part.paints_itself and scale != 1:
                    painter.save()
                    painter.setClipRect(part.visible)
                    painter.drawPicture(part.place, scale_cosmetic_pens(part.record(), scale))
                    painter.restore()
                else:
                    part.render(painter)

    @contextmanager
    def _begun(self, painter: QPainter) -> Iterator[None]:
        painter.fillRect(QRect(QPoint(), self.size), self.background)
        if self._header:
            self._header.paint(painter)
        with _no_cached_pixels(self._widget):
            painter.save()
            painter.translate(0, self._top)
            yield
            painter.restore()


def parts(root: QWidget) -> Iterator[Part]:
    """Every widget that can be seen in a tree, in the order of painting."""
    return _parts(root, QPoint(), root.rect(), root.isVisible())


def _parts(widget: QWidget, place: QPoint, room: QRect, shown: bool) -> Iterator[Part]:
    visible = widget.rect().translated(place) & room
    if visible.isEmpty():
        return
    yield Part(widget, place, visible)
    for child in widget.children():
        if not isinstance(child, QWidget) or child.isWindow() or is_for_screen_only(child):
            continue
        if not _is_hidden(child, shown):
            yield from _parts(child, place + child.pos(), visible, shown)


def _is_hidden(widget: QWidget, shown: bool) -> bool:
    # in a tree that was never shown every child counts as hidden; only those told to be are
    explicit = widget.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide)
    return widget.isHidden() and (shown or explicit)


def _lay_out(widget: QWidget) -> None:
    """Give a widget that is not on the screen the layout that showing it would."""
    if not widget.isVisible():
        widget.grab()  # axes learn the width of their labels while they draw them
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)


@contextmanager
def _no_cached_pixels(root: QWidget) -> Iterator[None]:
    """Make plots draw everything anew, nothing from prepared images, no handles for the mouse."""
    views = root.findChildren(QGraphicsView)
    if isinstance(root, QGraphicsView):
        views.append(root)
    modes = [view.cacheMode() for view in views]
    items = [item for view in views for item in view.scene().items()]
    scatters = [item for item in items if isinstance(item, pg.ScatterPlotItem)]
    handles = [item for item in items if is_for_screen_only(item) and item.isVisible()]
    for item in handles:
        item.setVisible(False)
    for view in views:
        view.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
    for scatter in scatters:
        scatter.setExportMode(True)
    try:
        yield
    finally:
        for item in handles:
            item.setVisible(True)
        for view, mode in zip(views, modes, strict=True):
            view.setCacheMode(mode)
        for scatter in scatters:
            scatter.setExportMode(False)


def blank_image(size: QSize, scale: float) -> QImage:
    """A transparent image of a size in widget pixels, `scale` times finer."""
    image = QImage(size * scale, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(scale)
    image.fill(QColor(0, 0, 0, 0))
    return image


def _is_empty(image: QImage) -> bool:
    return not np.frombuffer(image.constBits(), np.uint8).any()
