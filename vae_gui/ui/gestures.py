"""Which quick steps belong together, and are undone together."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer

_ONE_GESTURE_MS = 600  # steps closer together than this are one change to undo


class StepGesture:
    """Groups a quick series of steps (held key, turning wheel) into one change."""

    def __init__(self) -> None:
        self._clock = QElapsedTimer()
        self._id = object()

    def next(self) -> object:
        """The identity of the gesture that a step made now belongs to."""
        if not self._clock.isValid() or self._clock.hasExpired(_ONE_GESTURE_MS):
            self._id = object()
        self._clock.restart()
        return self._id
