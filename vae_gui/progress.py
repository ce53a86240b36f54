"""A progress bar of one line for terminals, and an occasional plain line for log files."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import TextIO

REDRAW = 0.1  # seconds between two drawings on a terminal
LOG = 15.0  # seconds between two lines in a file


class Progress:
    """Shows how far a run is and how fast, as often as is useful and no more.

    Args:
        stream: Where to write, usually standard error; None writes nothing.
        clock: Seconds from any moment.
    """

    def __init__(self, stream: TextIO | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._live = stream is not None and stream.isatty()
        self._width = 0
        self.start(1)

    def prepare(self, words: str) -> None:
        """Show what is being prepared, on a terminal only."""
        if self._live:
            self._draw(words)

    def start(self, total: int) -> None:
        """Begin to count the time of so many steps."""
        self._total = total
        self._started = self._clock()
        self._due = self._started + (0 if self._live else LOG)

    def update(self, done: int) -> None:
        """Show that so many steps are done, if it is time to."""
        now = self._clock()
        if self._stream is None or now < self._due:
            return
        self._due = now + (REDRAW if self._live else LOG)
        rate = done / max(now - self._started, 1e-9)
        left = _duration((self._total - done) / max(rate, 1e-9))
        numbers = f"{done:,}/{self._total:,} steps  {rate:,.0f} steps/s  {left} left"
        if self._live:
            self._draw(f"{self._bar(done)} {numbers}")
        else:
            self._write(numbers + "\n")

    def clear(self) -> None:
        """Leave the line empty, for other text to be written."""
        if self._width:
            self._write("\r" + " " * self._width + "\r")
            self._width = 0

    def _bar(self, done: int) -> str:
        share = min(1.0, done / max(self._total, 1))
        room = max(10, min(40, shutil.get_terminal_size().columns - 60))
        filled = round(share * room)
        return f"{share:4.0%} [{'#' * filled}{'.' * (room - filled)}]"

    def _draw(self, text: str) -> None:
        text = text[: shutil.get_terminal_size().columns - 1]  # a wrapped line cannot be cleared
        self._write("\r" + text.ljust(self._width))
        self._width = len(text)

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # nobody reads any more: the run matters, not its progress bar
            self._stream, self._live = None, False


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(min(seconds, 359_999)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
