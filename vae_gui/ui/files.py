"""What the window does with files: open, save, recent ones, drops, export.

Every failure becomes a message; what is on screen and on disk stays.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, Slot
from PySide6.QtWidgets import QFileDialog, QMenu

from vae_gui.core.config import RunConfig
from vae_gui.core.parameters import InvalidValue
from vae_gui.core.storage import (
    FileProblem,
    SavedRun,
    load_config,
    load_run,
    save_config,
    save_run,
)
from vae_gui.core.tables import SUFFIXES
from vae_gui.ui.dialogs import refuse
from vae_gui.ui.own_file import DataFileDesk

if TYPE_CHECKING:
    from vae_gui.ui.window import MainWindow

RECENT = 8
CONFIG = ("Configuration", ".toml")
RUN = ("Saved run", ".vaerun")
OPEN_FILTER = (
    "Configurations and runs (*.toml *.vaerun);;"
    f"Tables of numbers (*{' *'.join(SUFFIXES)});;All files (*)"
)


class FileDesk(QObject):
    """Opens and saves for one window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._run_paths: list[Path] = []  # where the run is to be saved once its state is here
        self._keeping = False  # the run under way is to become the previous one
        self.previous: SavedRun | None = None
        self.data = DataFileDesk(window)

    # open ---------------------------------------------------------------------

    @Slot()
    def open(self) -> None:
        """Ask for a file and open it."""
        name, _ = QFileDialog.getOpenFileName(self._window, "Open", self._folder(), OPEN_FILTER)
        if name:
            self.open_path(Path(name))

    def open_path(self, path: Path) -> None:
        """Open a configuration, a saved run or data; what cannot be used leaves all as it is."""
        try:
            if path.suffix.lower() == ".vaerun":
                saved = load_run(path)
                self.keep_run()
                self._open_run(saved)
            elif self.data.takes(path):
                self.data.open_path(path)
                return
            else:
                title = f"{path.name} cannot be opened"
                self.data.with_data(load_config(path), partial(self._open_config, path), title)
                return
        except (FileProblem, InvalidValue) as error:
            refuse(self._window, f"{path.name} cannot be opened", str(error))
            return
        self._add_recent(path)

    def _open_config(self, path: Path, config: RunConfig) -> None:
        self.keep_run()
        self._window.document.open(config, path)
        self._window.reset_run()
        self._add_recent(path)

    # runs that are left -------------------------------------------------------

    def keep_run(self) -> None:
        """Let the run under way become the previous one, before it is dropped."""
        controller = self._window.controller
        if controller.has_run and controller.step and not self._keeping:
            self._keeping = True
            controller.leave()

    @Slot()
    def reopen_previous(self) -> None:
        """Go back to the run that was dropped last; the present one takes its place."""
        if self.previous is not None:
            previous = self.previous
            self.keep_run()
            self._open_run(previous)

    @Slot()
    def reopen_last(self) -> None:
        """Go back to the run that was there when the window was last closed."""
        path = self._window.last_run
        if path is None or not path.exists():
            refuse(self._window, "Open the last run", "No run was kept yet: closing keeps one.")
        else:
            self.open_path(path)

    def keep_last(self) -> None:
        """Save the run on closing."""
        path, run = self._window.last_run, self._window.controller.final()
        if path is None or run is None:
            return
        with suppress(OSError, FileProblem):  # closing does not fail for lack of a copy
            path.parent.mkdir(parents=True, exist_ok=True)
            save_run(path, run.config, run.recording, run.state)

    # --------------------------------------------------------------------------

    def _open_run(self, saved: SavedRun) -> None:
        self._window.document.open(saved.config, None)
        self._window.open_run(saved)

    def open_preset(self, config: RunConfig, _: bool = False) -> None:
        """Start from a preset; undo brings the former values back."""
        self.keep_run()
        self._window.document.edit(config, f"preset {config.title}")
        self._window.reset_run()

    @Slot()
    def open_defaults(self) -> None:
        """Set every value to its default; undo brings the former ones back."""
        self._window.document.edit(RunConfig(), "defaults")

    def dropped_path(self, mime: QMimeData) -> Path | None:
        """The one local file in a drop, None for anything else."""
        urls = mime.urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            return Path(urls[0].toLocalFile())
        return None

    def fill_recent(self, menu: QMenu) -> None:
        """List the recent files."""
        menu.clear()
        for name in self._recent():
            action = menu.addAction(Path(name).name)
            action.setToolTip(name)
            action.triggered.connect(partial(self._open_recent, name))
        if menu.isEmpty():
            menu.addAction("Nothing yet").setEnabled(False)

    def _open_recent(self, name: str, _: bool = False) -> None:
        self.open_path(Path(name))

    def _recent(self) -> list[str]:
        value = self._window.settings.value("recent", [])
        names = [value] if isinstance(value, str) else value
        return [n for n in names if isinstance(n, str)] if isinstance(names, list) else []

    def _add_recent(self, path: Path) -> None:
        name = str(path.resolve())
        names = [name, *(n for n in self._recent() if n != name)]
        self._window.settings.setValue("recent", names[:RECENT])
        self._window.settings.setValue("lastFolder", str(path.resolve().parent))

    # save ---------------------------------------------------------------------

    @Slot()
    def save(self) -> None:
        """Save the configuration to its file, or ask for one."""
        path = self._window.document.path
        if path is None:
            self.save_as()
        else:
            self._save_config(path)

    @Slot()
    def save_as(self) -> None:
        """Ask where to save the configuration."""
        path = self._ask("Save configuration", CONFIG)
        if path is not None:
            self._save_config(path)

    def _save_config(self, path: Path) -> None:
        document = self._window.document
        if self._tried(path, lambda: save_config(path, document.config)):
            document.set_clean(path)
            self._add_recent(path)

    @Slot()
    def save_run(self) -> None:
        """Ask where to save the run, pause it, and save it with its exact state."""
        controller = self._window.controller
        controller.pause()
        if not controller.has_run:
            refuse(self._window, "Save run", "There is no run to save yet.")
            return
        path = self._ask("Save run", RUN)
        if path is not None:
            self._run_paths.append(path)
            controller.take_state()

    @Slot(object)
    def on_state_taken(self, run: SavedRun) -> None:
        """Save the run that was waiting for its state."""
        if self._keeping:
            self._keeping, self.previous = False, run
            self._window.refresh()
        paths, self._run_paths = self._run_paths, []
        for path in paths:
            if self._tried(path, partial(save_run, path, run.config, run.recording, run.state)):
                self._add_recent(path)

    # helpers ------------------------------------------------------------------

    def _ask(self, title: str, kind: tuple[str, str]) -> Path | None:
        """Ask for a file to write, of a kind (words, suffix); an existing one is asked about."""
        from vae_gui.ui.export import Choice, ask_file  # brings pyqtgraph: not before it is needed

        name = self._window.document.path.stem if self._window.document.path else "run"
        settings = self._window.settings
        answer = ask_file(self._window, title, name, [Choice(*kind)], settings, "lastFormat")
        return answer[0] if answer else None

    def _tried(self, path: Path, write: object) -> bool:
        try:
            write()  # type: ignore[operator]
        except FileProblem as error:
            refuse(self._window, f"{path.name} was not saved", str(error))
            return False
        self._window.statusBar().showMessage(f"Saved {path}", 6000)
        return True

    def _folder(self) -> str:
        return str(self._window.settings.value("lastFolder", str(Path.home())))
