"""What the window does with files of data: the dialog, and reading before a run is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QProgressDialog

from vae_gui.core.config import RunConfig
from vae_gui.core.distributions import OwnFile
from vae_gui.core.storage import own_file, reading_data, with_data_in_memory
from vae_gui.core.tables import SUFFIXES
from vae_gui.ui.dialogs import refuse
from vae_gui.ui.own_file.loading import Loading

if TYPE_CHECKING:
    from vae_gui.ui.own_file.dialog import OwnFileDialog
    from vae_gui.ui.window import MainWindow

FAMILY = "data.distribution.family"
PATIENCE_MS = 400  # before progress is shown


class DataFileDesk(QObject):
    """Makes data of files for one window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._last = OwnFile()  # what was chosen last
        self._loading: Loading | None = None
        self._then: Callable[[RunConfig], None] | None = None
        self._config = RunConfig()
        self._title = ""
        self._waiting: QProgressDialog | None = None

    @staticmethod
    def takes(path: Path) -> bool:
        """Whether a file is one of data, by its name."""
        return path.suffix.lower() in SUFFIXES

    # the dialog ---------------------------------------------------------------

    @Slot()
    def choose(self) -> None:
        """Open the dialog with the file that is in use, or that was last."""
        self._open(self._current())

    @Slot()
    def choose_file(self) -> None:
        """Open the dialog, and ask for a file at once."""
        self._open(self._current()).ask()

    def open_path(self, path: Path) -> None:
        """Open the dialog with a file, such as one that was dropped."""
        self._open(self._current()).show_path(path)

    def _current(self) -> OwnFile:
        now = self._window.document.config.data.distribution
        return now if isinstance(now, OwnFile) else self._last

    def _open(self, distribution: OwnFile) -> OwnFileDialog:
        from vae_gui.ui.own_file.dialog import OwnFileDialog  # seldom wanted: not at the start

        dialog = self._window.findChild(OwnFileDialog)
        if dialog is None or not dialog.isVisible():  # one that was left lives a moment longer
            dialog = OwnFileDialog(
                self._window.theme, distribution, self._window.settings, self._window
            )
            dialog.chosen.connect(self._on_chosen)
            dialog.open()
        return dialog

    @Slot(object)
    def _on_chosen(self, distribution: OwnFile) -> None:
        self._last = distribution
        config = self._window.document.config
        data = msgspec.structs.replace(config.data, distribution=distribution)
        self._window.document.edit(msgspec.structs.replace(config, data=data), FAMILY)

    # a configuration that names a file ----------------------------------------

    def with_data(
        self, config: RunConfig, then: Callable[[RunConfig], None], title: str = ""
    ) -> None:
        """Do something with a configuration once its data are in memory: now, or when read.

        Args:
            config: What is wanted. Without a file, or where it was read before, `then` is
                called at once.
            then: Called with the configuration as found; not if reading is cancelled.
            title: What a message says that could not be done, if the file cannot be used;
                without it `then` is called all the same, and meets the problem itself.
        """
        self.stop()
        wanted, known = own_file(config), with_data_in_memory(config)
        if wanted is None or known is not None:
            then(known or config)
            return
        self._config, self._then, self._title = config, then, title
        name = Path(wanted.path).name
        self._waiting = QProgressDialog(f"Reading {name}…", "Cancel", 0, 100, self._window)
        self._waiting.setWindowTitle("Reading data")
        self._waiting.setWindowModality(Qt.WindowModality.WindowModal)
        self._waiting.setMinimumDuration(PATIENCE_MS)
        self._waiting.canceled.connect(self.stop)
        self._loading = Loading(reading_data(config), self)
        self._loading.progressed.connect(self._on_progress)
        self._loading.done.connect(self._on_read)
        self._loading.failed.connect(self._on_failed)
        self._loading.start(Loading.Priority.LowPriority)

    @Slot()
    def stop(self) -> None:
        """Read no further; what was to be done then is not done."""
        loading, self._loading, self._then = self._loading, None, None
        waiting, self._waiting = self._waiting, None
        if loading is not None:
            loading.drop()
        if waiting is not None:
            waiting.canceled.disconnect(self.stop)
            waiting.close()
            waiting.deleteLater()

    @Slot(object)
    def _on_progress(self, share: float) -> None:
        if self._waiting is not None and self.sender() is self._loading:
            self._waiting.setValue(round(99 * share))

    @Slot(object)
    def _on_read(self, config: RunConfig) -> None:
        then = self._then
        if self.sender() is self._loading and then is not None:
            self.stop()
            then(config)

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        if self.sender() is not self._loading:
            return
        then, config = self._then, self._config
        self.stop()
        if self._title:
            refuse(self._window, self._title, sentence)
        elif then is not None:
            then(config)
