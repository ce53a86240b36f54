"""To wait without standing still."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QTimer

LOOK_MS = 15


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
