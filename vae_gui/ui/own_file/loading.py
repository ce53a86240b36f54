"""Reading a file on a thread of its own, with progress, until done or no longer wanted."""

from __future__ import annotations

import time
import traceback
from collections.abc import Generator

from PySide6.QtCore import QObject, QThread, Signal

from vae_gui.core.parameters import InvalidValue
from vae_gui.core.reading import FileProblem

TELL_EVERY = 0.05  # seconds


class Loading(QThread):
    """Goes through a generator of shares done; one is made for each reading.

    Args:
        steps: What reads, yielding the share done and returning what was read.

    Signals:
        progressed: The share done, 0 to 1.
        done: What was read.
        failed: Why it could not be, as a sentence.
    """

    progressed = Signal(object)
    done = Signal(object)
    failed = Signal(str)

    def __init__(self, steps: Generator[float, None, object], parent: QObject) -> None:
        super().__init__(parent)
        self._steps = steps
        self._unwanted = False

    def run(self) -> None:
        """Read; on its own thread."""
        told = time.monotonic()
        try:
            while not self._unwanted:
                share = next(self._steps)
                now = time.monotonic()
                if now >= told + TELL_EVERY:
                    told = now
                    self.progressed.emit(share)
            self._steps.close()
        except StopIteration as end:
            self.done.emit(end.value)
        except (FileProblem, InvalidValue) as error:
            self.failed.emit(str(error))
        except MemoryError:
            self.failed.emit("there is not enough memory for this file")
        except Exception:  # delivered like all else: a thread has nobody to raise it to
            self.failed.emit(f"unexpected: {traceback.format_exc(limit=1)}")

    def drop(self) -> None:
        """Stop reading and wait for the thread, some milliseconds; nothing is told any more."""
        self._unwanted = True
        self.blockSignals(True)
        self.wait()
        self.deleteLater()
