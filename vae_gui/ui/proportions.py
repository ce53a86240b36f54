"""What stays as it is when the window gets another size: the controls' width, and proportions.

Qt scales everything, controls too, and what it had to squeeze it does not give back.
"""

from __future__ import annotations

from collections.abc import Sequence

import shiboken6
from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QStyle, QTabBar

FLAT, UPRIGHT = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
CALM_MS = 300  # after which docks that move by themselves have come to rest
TABS_NEAR = 4  # pixels between a dock and the tabs above it
NEAR = 1  # pixels; so much more or less is not worth laying out everything again


class Dock(QDockWidget):
    """A dock that tells when it has another size.

    Signals:
        resized: It has.
    """

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell it."""
        super().resizeEvent(event)
        self.resized.emit()


class Proportions(QObject):
    """Keeps them.

    What a person, or a new layout, makes of the docks is remembered, and brought back in
    proportion for each size of the window from then on.

    Args:
        window: The window, whose sizes it follows.
        controls: The dock whose width is kept, also while it is hidden.
    """

    def __init__(self, window: QMainWindow, controls: Dock) -> None:
        super().__init__(window)
        self._window, self._controls = window, controls
        self._docks: list[Dock] = []
        self._size = window.size()  # when it was last told of
        self._wanted: dict[Dock, QSize] = {}  # of panels that together fill `_filled`
        self._filled = QSize()
        self._width = 0  # of the controls
        self._seen: dict[Dock, QRect] = {}  # where all that was in sight lay last
        self._dragged = self._pressed = False  # a separator, by a person
        self._come_back = False  # the controls, which were hidden
        self._look = QTimer(self, singleShot=True, interval=CALM_MS)
        self._look.timeout.connect(self._look_again)
        controls.visibilityChanged.connect(self._on_controls)
        self.keep([controls])
        window.installEventFilter(self)

    def keep(self, docks: Sequence[Dock]) -> None:
        """Keep these in proportion, too."""
        self._docks += docks
        for dock in docks:
            dock.resized.connect(self._on_resized)

    def forget(self) -> None:
        """Remember the layout that was made just now instead of the one before."""
        self._wanted.clear()
        self._seen.clear()
        self._width, self._come_back = 0, False
        self._look.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice separators that are dragged, and a new size of the window.

        For that size Qt has laid out everything by now.
        """
        if watched is self._window:
            if event.type() == QEvent.Type.MouseButtonPress:
                self._pressed = True  # on a separator: everywhere else is a widget of its own
            elif event.type() == QEvent.Type.MouseButtonRelease:
                self._pressed = False
            elif event.type() == QEvent.Type.Resize:
                self._size = self._window.size()
                if self._seen.keys() == self._in_sight().keys():  # else there is more to be seen
                    self._have_all()
                self._look.start()
        return False

    @Slot()
    def _on_resized(self) -> None:
        if self._window.size() == self._size:  # else Qt does it, before we are told
            self._dragged |= self._pressed
            self._look.start()

    @Slot(bool)
    def _on_controls(self, there: bool) -> None:
        self._come_back = there and self._width > 0
        if self._come_back:
            QTimer.singleShot(0, self, self._have_all)  # when Qt has found a place for them
        self._look.start()

    @Slot()
    def _look_again(self) -> None:
        """Take what is there for what is wanted, if it is a person's work or a new layout's."""
        shown = self._in_sight()
        before = {d: _at(place, self._seen) for d, place in shown.items()}
        same_docks = shown.keys() == self._seen.keys()
        same_places = len(shown) == len(self._seen) and None not in before.values()
        if self._dragged or not self._wanted or not (same_docks or same_places):
            self._remember(shown)
        elif not same_docks:  # other panels have come to the top
            old = self._wanted
            self._wanted = {d: old[b] for d, b in before.items() if b in old}
        self._dragged = self._come_back = False
        self._seen = shown

    def _remember(self, shown: dict[Dock, QRect]) -> None:
        panels = {d: place for d, place in shown.items() if d is not self._controls}
        filled, old = _around(panels).size(), self._wanted
        across, down = (
            now / max(then, 1)
            for now, then in zip(filled.toTuple(), self._filled.toTuple(), strict=True)
        )
        self._wanted = {d: place.size() for d, place in panels.items()}
        for dock, size in self._wanted.items():
            # what has not changed may have been squeezed: it is still wanted as before
            if dock in old and dock in self._seen:
                was = self._seen[dock]
                if abs(was.width() - size.width()) <= NEAR:
                    size.setWidth(round(old[dock].width() * across))
                if abs(was.height() - size.height()) <= NEAR:
                    size.setHeight(round(old[dock].height() * down))
        self._filled = filled
        if self._controls in shown and not self._come_back:
            self._width = self._controls.width()

    def _in_sight(self) -> dict[Dock, QRect]:
        """The docks in sight and their places, which the tabs above a dock are a part of."""
        here = Qt.FindChildOption.FindDirectChildrenOnly
        bars = [b for b in self._window.findChildren(QTabBar, options=here) if _is_there(b)]
        found = {}
        for dock in self._docks:
            if not (dock.isFloating() or dock.visibleRegion().isEmpty()):
                found[dock] = place = dock.geometry()
                above = QRect(place.left(), place.top() - TABS_NEAR, place.width(), TABS_NEAR)
                for bar in bars:
                    if bar.geometry().intersects(above):
                        place.setTop(bar.geometry().top())
        return found

    @Slot()
    def _have_all(self) -> None:
        """Bring back what is wanted, in proportion; Qt does so as soon as this turn is over."""
        shown = self._in_sight()
        panels = {d: place for d, place in shown.items() if d is not self._controls}
        if not (self._wanted and panels):
            return
        area, sizes = _around(shown), []
        width, height = area.width(), area.height()
        if self._controls in shown:
            column, beside = shown[self._controls], _around(panels)
            if not (column.right() < beside.left() or beside.right() < column.left()):
                return  # a panel was put above or below them: as Qt does it
            extent = QStyle.PixelMetric.PM_DockWidgetSeparatorExtent
            width -= self._width + self._window.style().pixelMetric(extent, None, self._window)
            sizes.append((self._controls, self._width))
        across, down = width / self._filled.width(), height / self._filled.height()
        sizes += [(d, round(size.width() * across)) for d, size in self._wanted.items()]
        if any(abs(d.width() - wanted) > NEAR for d, wanted in sizes):
            self._window.resizeDocks([d for d, _ in sizes], [w for _, w in sizes], FLAT)
        sizes = [(d, round(size.height() * down)) for d, size in self._wanted.items()]
        if any(abs(shown[d].height() - wanted) > NEAR for d, wanted in sizes if d in shown):
            self._window.resizeDocks([d for d, _ in sizes], [h for _, h in sizes], UPRIGHT)


def _around(places: dict[Dock, QRect]) -> QRect:
    whole = QRect()
    for place in places.values():
        whole = whole.united(place)
    return whole


def _at(place: QRect, seen: dict[Dock, QRect]) -> Dock | None:
    """Which dock lay in a place."""
    return next((dock for dock, rect in seen.items() if rect == place), None)


def _is_there(bar: QTabBar) -> bool:
    return shiboken6.isValid(bar) and bar.isVisible()
