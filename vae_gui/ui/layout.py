"""Where panels are on the first start: each says its own place, this lays them out."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QStyle

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
    margins, between = window.contentsMargins(), QStyle.PixelMetric.PM_DockWidgetSeparatorExtent
    separators = 2 * window.style().pixelMetric(between, None, window)
    width = window.width() - margins.left() - margins.right() - separators - CONTROLS_WIDTH
    width = max(width, 500)
    height = max(window.height() - 130, 400)
    film = max(118, min(190, height // 5))
    sizes = {
        "centre top": (54 * width // 100, 53 * (height - film) // 100),
        "right top": (46 * width // 100, 53 * (height - film) // 100),
        "centre bottom": (54 * width // 100, 47 * (height - film) // 100),
        "right bottom": (46 * width // 100, 47 * (height - film) // 100),
        "bottom": (width, film),
    }
    for orientation, index in ((FLAT, 0), (UPRIGHT, 1)):
        # what lies along the whole bottom is as wide as it is
        places = [p for p in at if p in sizes and (orientation is UPRIGHT or p != "bottom")]
        docks, room = [at[p] for p in places], [sizes[p][index] for p in places]
        if orientation is FLAT:
            docks, room = [controls, *docks], [CONTROLS_WIDTH, *room]
        window.resizeDocks(docks, room, orientation)
