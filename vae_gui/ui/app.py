"""The application around the window: start, faults, garbage."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import traceback
from importlib.resources import files
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, QSettings, QStandardPaths, Qt, QTimer, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QWidget

from vae_gui.core.config import RunConfig
from vae_gui.ui.dialogs import ErrorDialog
from vae_gui.ui.window import MainWindow

COLLECT_MS = 2000
GIVE_WAY_S = 0.001  # a thread that computes lets the window have the interpreter after this
MANY_MODULES = 50  # from an import of so many on, what came is not searched for garbage


class GarbageCollector(QObject):
    """Collects cycles on the GUI thread only.

    Automatic collection may happen in the training thread and destroy Qt
    objects there, which crashes.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._ticks = 0
        self._modules = 0  # imported when all was frozen last
        self._timer = QTimer(self, interval=COLLECT_MS)
        self._timer.timeout.connect(self._collect)

    @Slot()
    def start(self) -> None:
        """What was loaded stays: never look at it, from now on at what is new."""
        if len(sys.modules) > self._modules + MANY_MODULES:
            gc.freeze()  # to walk through all of torch would stop the window for 0.2 s
            self._modules = len(sys.modules)
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _collect(self) -> None:
        self._ticks += 1
        # a full collection walks everything that lives: seldom
        gc.collect(2 if self._ticks % 30 == 0 else 1)


class FaultReporter:
    """Shows what no one caught, instead of a traceback on the terminal."""

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent
        sys.excepthook = self.report
        # the training thread delivers its own faults; this is for what slips through
        threading.excepthook = lambda args: None

    def report(
        self, kind: type[BaseException], value: BaseException, trace: TracebackType | None
    ) -> None:
        """Open the error dialog; Ctrl-C in the terminal closes the window."""
        if issubclass(kind, KeyboardInterrupt):
            self._parent.close()
            return
        details = "".join(traceback.format_exception(kind, value, trace))
        message = f"{kind.__name__}: {value}\nThe run goes on if it can; please report this."
        ErrorDialog("Something went wrong", message, details, self._parent).open()


def application() -> QApplication:
    """The one QApplication, made on the first call."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
        app.setOrganizationName("vae-gui")
        app.setApplicationName("vae-gui")
        app.setApplicationDisplayName("VAE GUI")
        app.setStyle("Fusion")
        app.setWindowIcon(QIcon(str(files("vae_gui") / "resources/icons/vae-gui.svg")))
    return app


def run_window(config: RunConfig | None, run: Path | None, config_path: Path | None = None) -> int:
    """Open the window and return its exit code when it is closed.

    Args:
        config: Shown at the start; None for the one of last time.
        run: A recorded run to open.
        config_path: Where `config` came from, so that Save writes there.
    """
    sys.setswitchinterval(GIVE_WAY_S)
    app = application()
    settings = QSettings()
    data = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation))
    window = MainWindow(
        config or remembered_config(settings), settings, last_run=data / "last.vaerun"
    )
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    collector = GarbageCollector(app)
    reporter = FaultReporter(window)
    for heavy in (window.controller.engine_ready, window.assembly.done):
        heavy.connect(collector.start)
    signal.signal(signal.SIGINT, lambda *_: window.close())
    signal.signal(signal.SIGTERM, lambda *_: window.close())
    # Python runs signal handlers only when it runs at all
    alarm = QTimer(app, interval=250)
    alarm.timeout.connect(_nothing)
    alarm.start()
    if run is not None:
        window.first_file = run
    elif config is not None and config_path is not None:
        window.document.open(config, config_path)
    window.show()
    code = app.exec()
    sys.excepthook = sys.__excepthook__
    if not (window.controller.joined and window.jobs.joined):
        # something that cannot be divided still runs, such as the import of torch from a
        # slow disk. To destroy its QThread would abort; all that is to be kept is written.
        sys.stdout.flush()
        os._exit(code)
    del reporter, collector
    return code


def _nothing() -> None:
    pass


def remembered_config(settings: QSettings) -> RunConfig:
    """The configuration of last time; the default if there is none that can be read."""
    from vae_gui.core.config import from_toml
    from vae_gui.core.parameters import InvalidValue

    text = settings.value("config", "")
    try:
        return from_toml(text) if isinstance(text, str) and text else RunConfig()
    except InvalidValue:  # written by another version
        return RunConfig()
