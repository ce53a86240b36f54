"""Imports, makes and docks the panels while the window already lives.

That takes half a second. So the import runs in a thread of its own, which gives up the
interpreter every few milliseconds, and panels are made one in each turn of the event loop.
"""

from __future__ import annotations

import importlib
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_gui.ui.docks import PanelDock
from vae_gui.ui.theme import Theme

if TYPE_CHECKING:
    from vae_gui.ui.window import MainWindow


class Assembly(QObject):
    """Makes one panel of each kind, and with the last one puts all in their places.

    Signals:
        done: The panels are there.
    """

    done = Signal()
    _imported = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._docks: list[PanelDock] = []
        self._window = window
        self._theme: Theme | None = None
        self._thread: threading.Thread | None = None
        self._fault: Exception | None = None  # of the import
        self._turn = QTimer(self, interval=0)
        self._turn.timeout.connect(self._make_next)
        self._imported.connect(self._on_imported)

    def start(self, theme: Theme) -> None:
        """Begin, with panels in the colours of a theme."""
        self._theme = theme
        self._thread = threading.Thread(target=self._import, name="import of the panels")
        self._thread.start()

    def stop(self) -> None:
        """Make no further panel, and wait for the import."""
        self._theme = None
        self._turn.stop()
        if self._thread is not None:
            self._thread.join()

    def _import(self) -> None:
        try:
            for name in ("panels", "exports"):
                importlib.import_module(f"vae_gui.ui.{name}")
        except Exception as error:
            self._fault = error
        self._imported.emit()

    @Slot()
    def _on_imported(self) -> None:
        if self._fault is not None:
            raise self._fault  # where the window tells of what no one caught
        if self._theme is not None:
            self._turn.start()

    @Slot()
    def _make_next(self) -> None:
        assert self._theme is not None, "no turn comes after `stop`"
        from vae_gui.ui.panels import PANELS

        dock = PanelDock(PANELS[len(self._docks)](self._theme), self._window)
        dock.set_theme(self._theme)
        self._docks.append(dock)
        if len(self._docks) == len(PANELS):
            self._turn.stop()
            self._dock_all()
            self.done.emit()

    def _dock_all(self) -> None:
        from vae_gui.ui.exports import ExportDesk

        window, docks = self._window, self._docks
        room = window.takeCentralWidget()
        if room is not None:
            room.deleteLater()
        window.panels = [dock.panel for dock in docks]
        window.docks = {dock.panel.key: dock for dock in docks}
        window.actions_.add_panels(window.controls_dock, docks, ExportDesk(window))
        for dock in docks:
            if dock.panel.theme is not window.theme:  # changed in the meantime
                dock.set_theme(window.theme)
            window.scheduler.add(dock.panel)
            dock.menu_wanted.connect(window.show_panel_menu)
            dock.visibilityChanged.connect(window.scheduler.wake)
        window.memory.restore_panels()
        window.memory.start()
        window.scheduler.wake()
