"""Imports, makes and docks the panels while the window already lives.

That takes half a second, so it is done piece by piece, one in each turn of the event loop.
Not in another thread: to derive a class from Qt's while Qt calls into Python crashes.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_gui.ui.docks import PanelDock
from vae_gui.ui.theme import Theme

if TYPE_CHECKING:
    from vae_gui.ui.window import MainWindow

# What takes long to import, in pieces: the panels import all before them. `plotting` itself,
# which imports pyqtgraph in one piece of more than a tenth of a second, comes before the
# window is shown, where nobody waits for an answer yet.
MODULES = (
    "ui.plotting.plot",
    "ui.plotting.diagram",
    "ui.plotting.film",
    "ui.plotting.contours",
    "ui.plotting.step_plot",
    "ui.plotting.curves",
    "ui.plotting.heat",
    "ui.plotting.smoothing",
    "ui.plotting.marks",
    "core.posteriors",
    "core.decomposition",
    "core.discrepancy",
    "core.analysis",
    "core.diagnostics",
    "ui.plotting.crowding",
    "ui.plotting.surfaces",
    "ui.plotting.handles",
    "ui.panels",
    "ui.export.render",
    "ui.exports",
)


class Assembly(QObject):
    """Makes one panel of each kind, and with the last one puts all in their places.

    Signals:
        done: The panels are there.
    """

    done = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._docks: list[PanelDock] = []
        self._imported = 0  # of `MODULES`
        self._window = window
        self._theme: Theme | None = None
        self._turn = QTimer(self, interval=0)
        self._turn.timeout.connect(self._go_on)

    def start(self, theme: Theme) -> None:
        """Begin, with panels in the colours of a theme."""
        self._theme = theme
        self._turn.start()

    def stop(self) -> None:
        """Make no further panel."""
        self._turn.stop()

    @Slot()
    def _go_on(self) -> None:
        if self._imported == len(MODULES):
            self._make_next()
            return
        name = MODULES[self._imported]
        self._imported += 1
        try:
            importlib.import_module(f"vae_gui.{name}")
        except Exception:
            self._turn.stop()
            raise  # where the window tells of what no one caught

    def _make_next(self) -> None:
        assert self._theme is not None, "no turn comes before `start`"
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
        from vae_gui.ui.relay import Relay
        from vae_gui.ui.shaping import ShapingDesk

        window, docks = self._window, self._docks
        room = window.takeCentralWidget()
        if room is not None:
            room.deleteLater()
        window.panels = [dock.panel for dock in docks]
        window.docks = {dock.panel.key: dock for dock in docks}
        window.exports = ExportDesk(window)
        window.shaping = ShapingDesk(
            window.document, window.form, window.docks["data_space"], window
        )
        self._relay = Relay(window.panels, window)
        window.actions_.add_panels(window.controls_dock, docks, window.exports)
        for dock in docks:
            if dock.panel.theme is not window.theme:  # changed in the meantime
                dock.set_theme(window.theme)
            window.scheduler.add(dock.panel)
            window.jobs.add(dock.panel)
            dock.menu_wanted.connect(window.show_panel_menu)
            dock.visibilityChanged.connect(window.scheduler.wake)
        window.memory.restore_panels()
        window.memory.start()
        window.scheduler.wake()
