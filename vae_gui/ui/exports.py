"""The window's export menu: pictures of panels and of itself, and data of the run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QProgressDialog, QWidget

from vae_gui.ui import export
from vae_gui.ui.dialogs import refuse
from vae_gui.ui.frame import Frame
from vae_gui.ui.menus import SEPARATOR, Command, add_commands, empty
from vae_gui.ui.panels.base import Panel
from vae_gui.ui.session import State
from vae_gui.ui.waiting import hands_off, wait_until

if TYPE_CHECKING:
    from vae_gui.ui.window import MainWindow

WAIT_UNSEEN_MS = 500  # before a wait is told of
TOLD_MS = 6_000
REST_MS = 5_000  # to wait for a step under way; the largest take a second


class ExportDesk(QObject):
    """Exports for one window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def fill_export_menu(self, menu: QMenu) -> list[QAction]:
        """The Export menu: pictures, then data."""
        window = self._window
        commands = [
            Command(
                "exportWindow",
                "&Window as a picture…",
                "Ctrl+E",
                "Save the whole window as PNG, SVG or PDF.",
                lambda: self.export_picture(window),
            ),
            Command(
                "copyWindow",
                "&Copy window as a picture",
                "Ctrl+Shift+C",
                "Put a picture of the window on the clipboard.",
                lambda: self.copy_picture(window),
            ),
            SEPARATOR,
        ]
        made = add_commands(window, menu, commands)
        panels = menu.addMenu("&Panel as a picture")
        panels.setToolTipsVisible(True)
        panels.menuAction().setToolTip("Save or copy a picture of one panel.")
        panels.aboutToShow.connect(lambda: self._fill_panels(panels))
        menu.addSeparator()
        data = [
            Command(
                f"export_{e.key}",
                f"{e.label}…",
                f"Alt+Shift+{i}",
                e.help,
                partial(self.export_data, e),
            )
            for i, e in enumerate(export.EXPORTS, 1)
        ]
        return made + add_commands(window, menu, data)

    def _fill_panels(self, menu: QMenu) -> None:
        empty(menu)
        for panel in self._window.panels:
            one = menu.addMenu(panel.title)
            one.setToolTipsVisible(True)
            one.menuAction().setToolTip(panel.help)
            self.fill_picture_menu(one, panel)

    def fill_picture_menu(self, menu: QMenu, panel: QWidget) -> None:
        """The entries that make a picture of one panel."""
        for text, tip, slot in (
            ("Export as a picture…", "Save it as PNG, SVG or PDF.", self.export_picture),
            ("Copy as a picture", "Put it on the clipboard.", self.copy_picture),
        ):
            action = menu.addAction(text)
            action.setToolTip(tip)
            action.triggered.connect(lambda _=False, slot=slot: slot(panel))
        if isinstance(panel, Panel) and panel.data_formats:
            action = menu.addAction("Export numbers…")
            action.setToolTip(f"Save the numbers of {panel.title}.")
            action.triggered.connect(lambda: self.export_numbers(panel))

    def export_picture(self, widget: QWidget) -> None:
        """Ask where to save a picture of a panel or the window, and save it."""
        window = self._window
        with self._run_held():
            if not self._complete(widget):
                return
            name = widget.objectName() if widget is not window else "vae-gui"
            # what nobody waited for, such as a curve that fills up, may have come meanwhile
            ready = partial(self._catch_up, self._panels_in(widget))
            self._tell(export.export_dialog(window, widget, name, window.settings, ready))

    def copy_picture(self, widget: QWidget) -> None:
        """Put a picture of a panel or the window on the clipboard."""
        with self._run_held():
            if self._complete(widget):
                export.copy_to_clipboard(widget)
                self._window.statusBar().showMessage("Copied as a picture", TOLD_MS)

    def export_numbers(self, panel: Panel) -> None:
        """Ask where to save the numbers of a panel, and save them."""
        window = self._window
        if window.controller.frame is None:
            refuse(window, panel.title, "There is no run to export yet.")
            return
        with self._run_held():
            if not self._complete(panel):
                return
            if panel.no_data:
                refuse(window, panel.title, panel.no_data)
            else:
                kind = export.DataExport(
                    panel.key,
                    panel.title,
                    panel.help,
                    panel.data_formats,
                    lambda frame, truth, path: panel.write_data(path),
                )
                self.export_data(kind)

    @contextmanager
    def _run_held(self) -> Iterator[None]:
        """Pause a run that goes on, so that all of a picture tells of one step."""
        controller, window = self._window.controller, self._window
        if controller.state is not State.RUNNING:
            yield
            return
        exported = controller.current
        controller.pause()
        with hands_off():
            wait_until(lambda: controller.resting and controller.up_to_date, REST_MS)
        window.refresh()
        try:
            yield
        finally:
            if controller.current is exported and window.isVisible():
                controller.run()

    def _complete(self, widget: QWidget) -> bool:
        """Have a panel, or all that can be seen, show everything; False if a person gave up."""
        window = self._window
        window.statusBar().clearMessage()  # what was saved before is not for the picture
        panels = self._panels_in(widget)
        self._catch_up(panels)
        frame = window.controller.frame
        if frame is not None and not self._wait_for_answers(panels, frame):
            return False
        self._catch_up(panels)
        return True

    def _panels_in(self, widget: QWidget) -> list[Panel]:
        if isinstance(widget, Panel):
            return [widget]
        return [panel for panel in self._window.panels if panel.in_sight]

    def _catch_up(self, panels: list[Panel]) -> None:
        for panel in panels:
            self._window.scheduler.catch_up(panel)

    def _wait_for_answers(self, panels: list[Panel], frame: Frame) -> bool:
        """Wait until panels were told all that they ask about a frame; False if given up."""
        jobs = self._window.jobs
        if all(panel.question(frame) is None for panel in panels):
            return True
        for panel in panels:
            jobs.pin(panel, frame)
        waiting = QProgressDialog("Computing what is to be seen…", "Cancel", 0, 0, self._window)
        waiting.setWindowTitle("Export")
        waiting.setWindowModality(Qt.WindowModality.WindowModal)
        seen = QTimer(waiting, singleShot=True, interval=WAIT_UNSEEN_MS)  # its own takes seconds
        seen.timeout.connect(waiting.show)
        seen.start()
        with hands_off():
            wait_until(lambda: waiting.wasCanceled() or all(map(jobs.knows_all, panels)))
        for panel in panels:
            jobs.unpin(panel)
        given_up = waiting.wasCanceled()
        seen.stop()
        waiting.reset()  # or it would come up over what follows, such as a dialog for a file
        waiting.deleteLater()
        return not given_up

    def export_data(self, kind: export.DataExport, _: bool = False) -> None:
        """Ask where to save some data of the frame shown, and save it."""
        window = self._window
        frame, truth = window.controller.frame, window.controller.truth
        if frame is None or truth is None:
            refuse(window, kind.label, "There is no run to export yet.")
            return
        self._tell(export.export_data_dialog(window, kind, frame, truth, window.settings))

    def _tell(self, path: Path | None) -> None:
        if path is not None:
            self._window.statusBar().showMessage(f"Saved {path}", TOLD_MS)
