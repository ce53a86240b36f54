"""Watches the real window from inside: first paint, heartbeat, drawing turns, steps."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication

from vae_gui.ui import app, window
from vae_gui.ui.runbar import STOPS
from vae_gui.ui.scheduler import FrameScheduler

GIVE_UP_S = 120


@contextmanager
def watched(probe: Probe) -> Iterator[None]:
    """Have the program open a window that `probe` watches."""

    class WatchedScheduler(FrameScheduler):
        def _on_painted(self) -> None:
            probe.turns.append((time.perf_counter(), time.perf_counter() - self._began))
            super()._on_painted()

    class WatchedWindow(window.MainWindow):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            probe.watch(self)

    before = app.MainWindow, window.FrameScheduler
    app.MainWindow, window.FrameScheduler = WatchedWindow, WatchedScheduler
    try:
        yield
    finally:
        app.MainWindow, window.FrameScheduler = before


class Probe(QObject):
    """Presses Run as soon as it can be pressed, lets the window train, and closes it.

    Args:
        seconds: Of training measured; 0 ends with the first step.
        settle: Seconds of training before its speed counts (standstills count all along).
        beat_ms: Interval of the heartbeat; what a beat comes late is a standstill.
        every_panel: Give panels that share a place by tabs a place of their own.
        recorded: Steps to put into the recording beforehand.
    """

    def __init__(
        self, seconds: float, settle: float, beat_ms: int, every_panel: bool, recorded: int
    ) -> None:
        super().__init__()
        self.turns: list[tuple[float, float]] = []  # when a drawing turn ended, what it took
        self.done = False
        self._seconds = seconds
        self._settle = settle
        self._beat_ms = beat_ms
        self._every_panel = every_panel
        self._recorded = recorded
        self._beats: list[float] = []
        self._steps: list[int] = []
        self._at: dict[str, float] = {}
        self._wall = time.time() - time.perf_counter()

    def watch(self, shown: window.MainWindow) -> None:
        """Take over a window that is not yet shown."""
        self._window = shown
        shown.bar.speed.setValue(STOPS)  # full speed
        if self._every_panel:
            for dock in shown.docks.values():
                for other in shown.tabifiedDockWidgets(dock):
                    shown.splitDockWidget(dock, other, Qt.Orientation.Horizontal)
        shown.installEventFilter(self)
        shown.controller.prepared.connect(self._on_prepared)
        shown.controller.troubled.connect(self._on_trouble)
        self._timer = QTimer(self, interval=self._beat_ms, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and "painting" not in self._at:
            self._at["painting"] = time.perf_counter()
            QTimer.singleShot(0, self, self._on_painted)
        return False

    @Slot()
    def _on_painted(self) -> None:
        self._at["painted"] = time.perf_counter()
        self._timer.start()

    @Slot(object)
    def _on_prepared(self, prepared: object) -> None:
        if self._recorded:
            rng = np.random.default_rng(0)
            losses = rng.normal(3, 0.2, (self._recorded, 3)).astype(np.float32)
            prepared.recording.add_losses(losses)

    @Slot(object)
    def _on_trouble(self, trouble: object) -> None:
        print(trouble, file=sys.stderr)
        self._finish(done=False)

    @Slot()
    def _beat(self) -> None:
        now, run = time.perf_counter(), self._window.controller
        self._beats.append(now)
        self._steps.append(run.step - self._recorded)
        if "ready" not in self._at and run.ready:
            self._at["ready"] = now
            self._window.bar.run_button.click()
        if "step" not in self._at and self._steps[-1] > 0:
            self._at["step"] = now
        begun = self._at.get("step", np.inf)
        if now > begun + (self._settle + self._seconds if self._seconds else 0):
            self._finish(done=True)
        elif now > self._at["painted"] + self._seconds + GIVE_UP_S:
            self._finish(done=False)

    def _finish(self, done: bool) -> None:
        self._timer.stop()
        self.done = done
        self.panels = [p.key for p in self._window.panels if not p.visibleRegion().isEmpty()]
        self._window.close()
        QApplication.quit()

    def result(self, began: float) -> dict[str, object]:
        """The figures, in seconds since `began` (of `time.time`), or milliseconds."""
        at = self._at
        found: dict[str, object] = {
            "first_paint_s": at["painted"] + self._wall - began,
            "ready_s": at["ready"] + self._wall - began,
            "first_step_s": at["step"] + self._wall - began,
            "panels": self.panels,
        }
        beats, steps = np.array(self._beats), np.array(self._steps)
        gaps = 1000 * np.diff(np.array([at["painted"], *self._beats]))
        loading = beats <= at["ready"]
        found["loading_gap_ms"] = gaps[loading].max()
        if not self._seconds:
            return found
        training = gaps[~loading]
        found["training_gap_ms"] = training.max()
        found["training_gap_at_s"] = (beats[~loading] - at["ready"])[training.argmax()]
        found["training_gaps_over_50_ms"] = int((training > 50).sum())
        # each moment counts as long as it lasts: the wait of someone who clicks at random
        found["training_p999_ms"] = weighted_quantile(training, 0.999)
        first = np.searchsorted(beats, at["step"] + self._settle)
        span = beats[-1] - beats[first]
        found["steps_per_s"] = float(steps[-1] - steps[first]) / span
        costs = np.array([cost for when, cost in self.turns if when > beats[first]])
        found["ticks_per_s"] = len(costs) / span
        found["tick_p50_ms"], found["tick_p99_ms"] = 1000 * np.quantile(costs, (0.5, 0.99))
        return found


def weighted_quantile(lengths: np.ndarray, share: float) -> float:
    """The length that intervals of `share` of the time do not exceed."""
    ordered = np.sort(lengths)
    return float(ordered[np.searchsorted(np.cumsum(ordered), share * ordered.sum())])
