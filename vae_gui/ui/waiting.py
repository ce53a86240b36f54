"""To wait without standing still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication

LOOK_MS = 15
INPUT = {
    getattr(QEvent.Type, name)
    for name in (
        *("KeyPress", "KeyRelease", "Shortcut", "ShortcutOverride", "Wheel", "ContextMenu"),
        *("MouseButtonPress", "MouseButtonRelease", "MouseButtonDblClick", "TouchBegin"),
    )
}


def wait_until(condition: Callable[[], bool], most_ms: int | None = None) -> None:
    """Run the event loop until something holds, or has not come to hold in time.

    Args:
        condition: Looked at every few milliseconds.
        most_ms: How long to wait; None for ever.
    """
    loop, look, end = QEventLoop(), QTimer(interval=LOOK_MS), QTimer(singleShot=True)
    look.timeout.connect(lambda: loop.quit() if condition() else None)
    end.timeout.connect(loop.quit)
    look.start()
    if most_ms is not None:
        end.start(most_ms)
    loop.exec()
    look.stop()
    end.stop()


class _Wall(QObject):
    """Lets no input through but to a dialog that has come up meanwhile."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        return event.type() in INPUT and QApplication.activeModalWidget() is None


@contextmanager
def hands_off() -> Iterator[None]:
    """Meanwhile keys and buttons do nothing: they were meant for what a person waits for."""
    app, wall = QApplication.instance(), _Wall()
    assert app is not None
    app.installEventFilter(wall)
    try:
        yield
    finally:
        app.removeEventFilter(wall)
