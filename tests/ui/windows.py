"""The real window for tests: made, waited for, and closed."""

from PySide6.QtCore import QSettings

from vae_gui.core.config import RunConfig, assigned
from vae_gui.ui.runbar import STOPS
from vae_gui.ui.window import MainWindow


def small_config(*assignments: str) -> RunConfig:
    """Little data, so that an epoch is 10 steps."""
    config = RunConfig()
    for text in (
        "data.train_size=1000",
        "data.test_size=200",
        "training.batch_size=100",
        "training.epochs=1000",
        *assignments,
    ):
        config = assigned(config, text)
    return config


class Driver:
    """A window on the (offscreen) screen, driven by clicks and keys."""

    def __init__(self, qtbot, settings_path, config=None, size=(1280, 800), last_run=None):
        self.bot = qtbot
        self.settings = QSettings(str(settings_path), QSettings.Format.IniFormat)
        self.window = MainWindow(config or small_config(), self.settings, last_run)
        self.window.bar.speed.setValue(STOPS)  # as fast as possible
        self.window.resize(*size)
        self.window.show()
        self.window.activateWindow()
        self.until_ready()
        self.until(self.window.isActiveWindow)  # or keys would not reach it as shortcuts

    @property
    def run(self):
        return self.window.controller

    def until(self, condition, timeout=20_000):
        try:
            self.bot.waitUntil(lambda: bool(condition()), timeout=timeout)
        except self.bot.TimeoutError as error:
            raise AssertionError(f"waited in vain; {self.told()}") from error

    def told(self):
        """Where the run and the drawing stand, for a test that waits in vain."""
        run, settled = self.run, self.window.scheduler.settled
        return (
            f"{run.state}, ready {run.ready}, step {run.step}, resting {run.resting}, "
            f"active {self.window.isActiveWindow()}, settled {settled}"
        )

    def until_ready(self):
        self.until(lambda: self.run.ready and self.run.frame is not None and self.window.docks)

    def until_rest(self):
        def settled():
            run = self.run
            return run.resting and run.up_to_date and self.window.scheduler.settled

        self.until(settled)

    def key(self, key, modifier=None):
        if modifier is None:
            self.bot.keyClick(self.window, key)
        else:
            self.bot.keyClick(self.window, key, modifier)

    def close(self):
        self.window.close()
        self.window.deleteLater()
