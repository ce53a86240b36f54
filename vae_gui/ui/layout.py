"""Where panels are on the first start: each says its own place, this lays them out.

And what becomes of the controls when the window gets another size: they keep theirs.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QDockWidget, QMainWindow

from vae_gui.ui.docks import PanelDock

FLAT, UPRIGHT = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
CONTROLS_WIDTH = 316


def lay_out(window: QMainWindow, controls: QDockWidget, docks: list[PanelDock]) -> None:
    """Dock everything in its place; panels of one place share it as tabs."""
    for dock in (controls, *docks):
        dock.setFloating(False)
        dock.show()
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, controls)
    at: dict[str, QDockWidget] = {}
    for dock in docks:
        at.setdefault(dock.kind.place, dock)
    first = at["centre top"]
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, first)
    for place, beside, orientation in (
        ("bottom", "centre top", UPRIGHT),
        ("right top", "centre top", FLAT),
        ("centre bottom", "centre top", UPRIGHT),
        ("right bottom", "right top", UPRIGHT),
    ):
        if place in at and beside in at:
            window.splitDockWidget(at[beside], at[place], orientation)
    for dock in docks:
        head = at[dock.kind.place]
        if dock is not head:
            window.tabifyDockWidget(head, dock)
    for head in at.values():
        head.raise_()
    _share_room(window, controls, at)


def _share_room(window: QMainWindow, controls: QDockWidget, at: dict[str, QDockWidget]) -> None:
    width = max(window.width() - CONTROLS_WIDTH, 500)
    height = max(window.height() - 130, 400)
    film = max(118, min(190, height // 5))
    sizes = {
        "centre top": (54 * width // 100, 53 * (height - film) // 100),
        "right top": (46 * width // 100, 53 * (height - film) // 100),
        "centre bottom": (54 * width // 100, 47 * (height - film) // 100),
        "right bottom": (46 * width // 100, 47 * (height - film) // 100),
        "bottom": (width, film),
    }
    window.resizeDocks([controls], [CONTROLS_WIDTH], FLAT)
    for orientation, index in ((FLAT, 0), (UPRIGHT, 1)):
        docks = [dock for place, dock in at.items() if place in sizes]
        room = [sizes[place][index] for place in at if place in sizes]
        window.resizeDocks(docks, room, orientation)


class SteadyWidth(QObject):
    """Gives the leftmost dock its width back after the window was resized.

    Qt shares what a window gains or loses among all docks, which leaves controls ever wider. The
    width kept is the last that the dock had for another reason, such as a separator's drag.
    """

    def __init__(self, window: QMainWindow, dock: QDockWidget) -> None:
        super().__init__(window)
        self._window, self._dock = window, dock
        self._width = 0  # pixels, 0 before the window is there
        self._keep = QTimer(self, singleShot=True, interval=0)
        self._keep.timeout.connect(self._on_kept)
        self._restore = QTimer(self, singleShot=True, interval=0)
        self._restore.timeout.connect(self._on_resized)
        self._restoring = False
        window.installEventFilter(self)
        dock.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell the window's changes of size from the dock's own, which come first."""
        if event.type() == QEvent.Type.Resize and self._window.isVisible():
            if watched is self._window:
                self._keep.stop()
                self._restore.start()
            elif not (self._restore.isActive() or self._restoring):
                self._keep.start()
        return False

    @Slot()
    def _on_kept(self) -> None:
        self._width = self._dock.width()

    @Slot()
    def _on_resized(self) -> None:
        if not self._width:
            self._width = self._dock.width()
        gain = self._dock.width() - self._width
        if not gain or self._dock.isFloating() or not self._dock.isVisible():
            return
        docks = [d for d in self._window.findChildren(QDockWidget) if _docked(d, self._dock)]
        left = min((d.x() for d in docks), default=0)
        beside = [d for d in docks if d.x() == left]  # Qt moves what lies on both sides, or nothing
        widths = [self._width, *(d.width() + gain for d in beside)]
        self._restoring = True
        self._window.resizeDocks([self._dock, *beside], widths, FLAT)
        layout = self._window.layout()
        if layout is not None:
            layout.activate()  # now, not when something else is laid out
        self._restoring = False


def _docked(dock: QDockWidget, other: QDockWidget) -> bool:
    """Whether a dock, not the other, is in its place in the window and not behind a tab."""
    return dock is not other and not dock.isFloating() and not dock.visibleRegion().isEmpty()
