"""What a run in a terminal says, its exit codes, and how it is asked to stop."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType, TracebackType
from typing import Any, TextIO

from vae_gui.core.recording import TestPoint
from vae_gui.progress import Progress

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130  # exit codes beside 0
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def say(text: str, stream: TextIO | None = None) -> None:
    """Print a line; if nobody reads it any more, go on in silence."""
    stream = stream or sys.stdout
    try:
        print(text, file=stream, flush=True)
    except OSError:
        # else Python complains once more when it flushes at the end
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


def complain(text: str) -> None:
    """Say on standard error, in one line, what is wrong."""
    say("vae-gui: " + " ".join(text.split()), sys.stderr)


class ConsoleReport:
    """Prints losses to standard output, under a progress bar on standard error."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._progress = Progress(None if quiet else sys.stderr)
        self._progress.prepare("Preparing ...")

    def say(self, text: str) -> None:
        """Print a line above the progress bar."""
        if not self._quiet:
            self._progress.clear()
            say(text)

    def started(self, total: int, untrained: TestPoint) -> None:
        """Print the test loss before training."""
        self._progress.start(total)
        self.say(f"Initial test loss: {untrained.losses.total:.4f}")

    def stepped(self, done: int) -> None:
        """Move the progress bar."""
        self._progress.update(done)

    def epoch_ended(self, training_loss: float, test: TestPoint) -> None:
        """Print the losses of an epoch."""
        self.say(
            f"Epoch {test.epoch}: training loss: {training_loss:.4f}, "
            f"test loss: {test.losses.total:.4f}"
        )

    def finish(self) -> None:
        """Take the progress bar away."""
        self._progress.clear()


class StopSignals:
    """Inside it, the first Ctrl-C or SIGTERM is a wish to stop; the second acts as ever.

    Attributes:
        asked: Whether it was asked to stop.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> StopSignals:
        for which in SIGNALS:
            # one that is ignored, as under nohup, stays ignored
            if signal.getsignal(which) not in (signal.SIG_IGN, None):
                self._before[which] = signal.signal(which, self._ask)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._restore()

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        self._restore()

    def _restore(self) -> None:
        for which, handler in self._before.items():
            signal.signal(which, handler)
        self._before = {}
