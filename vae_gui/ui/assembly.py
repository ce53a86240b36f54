"""Imports, makes and docks the panels while the window already lives.

That takes half a second, so it is done piece by piece, a few in each turn of the event loop.
Not in another thread: to derive a class from Qt's while Qt calls into Python crashes.
"""

from __future__ import annotations

import importlib
import pkgutil
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_gui.ui import panels
from vae_gui.ui.docks import PanelDock
from vae_gui.ui.layout import lay_out
from vae_gui.ui.theme import Theme

if TYPE_CHECKING:
    from vae_gui.ui.panels.base import Panel
    from vae_gui.ui.window import MainWindow

# What takes long to import, in pieces that import only what comes before them.
FOUNDATIONS = (
    "subprocess",  # this and the next three for pyqtgraph
    "xml.etree.ElementTree",
    "PySide6.QtSvg",
    "PySide6.QtTest",
    "vae_gui.ui.plotting",
    "pyqtgraph.graphicsItems.GraphicsWidget",
    "pyqtgraph.graphicsItems.ViewBox",
    "pyqtgraph.graphicsItems.PlotItem",
    "contourpy",
    "vae_gui.ui.plotting.plot",
    "vae_gui.ui.plotting.diagram",
    "vae_gui.ui.plotting.film",
    "vae_gui.ui.plotting.contours",
    "vae_gui.ui.plotting.step_plot",
    "vae_gui.ui.plotting.curves",
    "vae_gui.ui.plotting.heat",
    "vae_gui.ui.plotting.smoothing",
    "vae_gui.ui.plotting.marks",
    "vae_gui.core.density",
    "vae_gui.core.posteriors",
    "vae_gui.core.decomposition",
    "vae_gui.core.discrepancy",
    "vae_gui.core.analysis",
    "vae_gui.core.diagnostics",
    "vae_gui.ui.plotting.handles",
)
REST = ("vae_gui.ui.export.render", "vae_gui.ui.exports", "vae_gui.ui.relay", "vae_gui.ui.shaping")
TURN_S = 0.01  # after so long a turn ends, with the piece that is under way
CALM_S = 0.003  # who has waited no longer for its turn has nobody before it
MOST_WAITS = 5  # for others in a row; while a run trains there is always something to draw


def modules() -> Iterator[str]:
    """What is imported, one after another: each module that panels are made of is a piece."""
    yield from FOUNDATIONS
    for found in pkgutil.iter_modules(panels.__path__, f"{panels.__name__}."):
        if not found.name.endswith(".registry"):  # it imports all others
            yield found.name
    yield f"{panels.__name__}.registry"
    yield from REST


def _used_first(theme: Theme) -> Iterator[bool]:
    """Have PySide make, before the first panel, the classes that it makes at their first use."""
    from pyqtgraph import GraphicsView

    from vae_gui.ui.plotting.plot import Plot

    yield True
    GraphicsView().deleteLater()
    yield True
    Plot(theme, "").deleteLater()
    yield True


class Assembly(QObject):
    """Makes one panel of each kind, and puts all in their places.

    Signals:
        done: The panels are there.
    """

    done = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._pieces: Iterator[bool] = iter(())
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._go_on)
        self._due = 0.0  # when the next turn was asked for
        self._waited = 0  # times that others came first

    def start(self, theme: Theme) -> None:
        """Begin, with panels in the colours of a theme."""
        self._pieces = self._make_all(theme)
        self._next_turn()

    def stop(self) -> None:
        """Make no further panel."""
        self._turn.stop()

    def _next_turn(self) -> None:
        self._due = time.perf_counter()
        self._turn.start()

    @Slot()
    def _go_on(self) -> None:
        now = time.perf_counter()
        if now > self._due + CALM_S and self._waited < MOST_WAITS:
            self._waited += 1  # the last turn is still being painted: that is long enough
            self._next_turn()
            return
        self._waited = 0
        for long in self._pieces:  # what it raises is told where the window tells of faults
            if long or time.perf_counter() >= now + TURN_S:
                self._next_turn()
                return

    def _make_all(self, theme: Theme) -> Iterator[bool]:
        """All there is to do, in pieces: whether the turn ends after it, however short it was."""
        self._window.actions_.add_presets()
        yield False
        for name in modules():
            importlib.import_module(name)
            yield False
        yield from _used_first(theme)
        from vae_gui.ui.panels.registry import PANELS

        docks = []
        for kind in PANELS:
            docks.append(PanelDock(kind, self._window))
            docks[-1].set_theme(theme)
            yield False
        yield True
        self._lay_out(docks)
        yield True
        for dock in docks:
            panel = dock.kind(theme)
            self._window.memory.restore_panel(panel)
            yield True
            dock.hold(panel)
            yield True
        self._join(docks)
        self.done.emit()

    def _lay_out(self, docks: list[PanelDock]) -> None:
        """Put the docks, empty as yet, in their places."""
        room = self._window.takeCentralWidget()
        if room is not None:
            room.deleteLater()
        self._window.setAnimated(False)  # each step would lay out everything again
        self._window.proportions.keep(docks)
        lay_out(self._window, self._window.controls_dock, docks)
        self._window.memory.restore_layout()
        self._window.proportions.forget()

    def _join(self, docks: list[PanelDock]) -> None:
        """Make known to the rest of the window what is there now."""
        from vae_gui.ui.exports import ExportDesk
        from vae_gui.ui.relay import Relay
        from vae_gui.ui.shaping import ShapingDesk

        window = self._window
        made: list[Panel] = [dock.panel for dock in docks]
        window.panels = made
        window.docks = {panel.key: dock for panel, dock in zip(made, docks, strict=True)}
        window.exports = ExportDesk(window)
        window.shaping = ShapingDesk(
            window.document, window.form, window.docks["data_space"], window
        )
        self._relay = Relay(made, window)
        window.actions_.add_panels(window.controls_dock, docks, window.exports)
        for dock in docks:
            dock.set_theme(window.theme)  # may have been changed in the meantime
            window.scheduler.add(dock.panel)
            window.jobs.add(dock.panel)
            dock.menu_wanted.connect(window.show_panel_menu)
            dock.visibilityChanged.connect(window.scheduler.wake)
        window.setAnimated(True)
        window.memory.start()
        window.scheduler.wake()
