"""What a window remembers from one start to the next, kept in QSettings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, QTimer, Slot

from vae_gui.core.config import to_toml

if TYPE_CHECKING:
    from vae_gui.ui.panels.base import Panel
    from vae_gui.ui.window import MainWindow

LAYOUT_VERSION = 1
SAVE_MS = 15_000  # a crash loses no more than this
FIRST_SIZE = (1600, 1000)
FIRST_SPEED = 20  # about 100 steps a second: the default run takes some 8 s, and can be watched
FRAME = (16, 64)  # room for a title bar and borders on the first start


class WindowMemory(QObject):
    """Brings a window's state back, and saves it now and then and on closing."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._timer = QTimer(self, interval=SAVE_MS)
        self._timer.timeout.connect(self.save)

    def restore_frame(self) -> None:
        """Take over size and place, and how the controls were; pass over what cannot be read."""
        window, settings = self._window, self._window.settings
        geometry = settings.value("geometry")
        if not (isinstance(geometry, QByteArray) and window.restoreGeometry(geometry)):
            self._fit_screen()
        window.form.restore_state(settings.value("controls"))
        speed = str(settings.value("speed", ""))
        window.bar.speed.setValue(int(speed) if speed.isdecimal() else FIRST_SPEED)

    def restore_layout(self) -> None:
        """Put all docks, which have been laid out by now, where they were."""
        layout = self._window.settings.value("layout")
        if isinstance(layout, QByteArray):
            self._window.restoreState(layout, LAYOUT_VERSION)

    def restore_panel(self, panel: Panel) -> None:
        """Have a panel show what it showed."""
        values = self._window.settings.value(f"options/{panel.key}")
        if isinstance(values, dict):
            panel.restore_options(values)

    def _fit_screen(self) -> None:
        room = self._window.screen().availableSize()
        width = min(FIRST_SIZE[0], room.width() - FRAME[0])
        self._window.resize(width, min(FIRST_SIZE[1], room.height() - FRAME[1]))

    def start(self) -> None:
        """Save now and then from now on."""
        self._timer.start()

    def stop(self) -> None:
        """Save for the last time."""
        if self._timer.isActive():  # else the panels have not been there
            self._timer.stop()
            self.save()

    @Slot()
    def save(self) -> None:
        """Save everything that is remembered."""
        window, settings = self._window, self._window.settings
        settings.setValue("geometry", window.saveGeometry())
        settings.setValue("layout", window.saveState(LAYOUT_VERSION))
        for panel in window.panels:
            settings.setValue(f"options/{panel.key}", panel.option_values())
        settings.setValue("controls", window.form.state())
        settings.setValue("speed", window.bar.speed.value())
        settings.setValue("config", to_toml(window.document.config))
        settings.sync()
