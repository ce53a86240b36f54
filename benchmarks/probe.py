"""Visits the real window from inside: opens it, presses Run, looks at it at every beat, closes it.

The program is the command `vae-gui` itself; only its window and its frame scheduler
are watched.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QSettings, QStandardPaths, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication
from settings import configured

from vae_gui.ui import app, window
from vae_gui.ui.runbar import STOPS
from vae_gui.ui.scheduler import FrameScheduler

GIVE_UP_S = 120  # without a step
SETTLED_S = 10.0  # panels that the visitor spreads out are not part of what is measured
WINDOW_PIXELS = 1_600, 1_000
# options of panels that have jobs compute what is exact; the other panels do so by themselves
EXACT_TOO: dict[str, dict[str, object]] = {
    "data_space": {"learned": "contours"},
    "latent": {"contours": True, "holes": True, "surgery": True},
}


def visit(visitor: Visitor, assignments: list[str]) -> None:
    """Run the command `vae-gui` with a configuration until the visitor closes its window.

    Raises:
        SystemExit: The window was closed early.
    """
    from vae_gui import cli
    from vae_gui.core.storage import save_config

    with tempfile.TemporaryDirectory() as folder, watched(visitor):
        keep_to(folder)
        file = Path(folder) / "config.toml"
        save_config(file, configured(assignments))
        code = cli.main(["--config", str(file)])
    if code or not visitor.done:
        raise SystemExit(f"the window was closed early (exit code {code})")


def keep_to(folder: str) -> None:
    """Read nothing of the user's, and leave nothing behind."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        os.environ[name] = folder
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
    if sys.platform in ("darwin", "win32"):  # where those variables mean nothing
        QStandardPaths.setTestModeEnabled(True)


@contextmanager
def watched(visitor: Visitor) -> Iterator[None]:
    """Have the program open a window that `visitor` watches."""

    class WatchedScheduler(FrameScheduler):
        def _on_painted(self) -> None:
            visitor.turned(time.perf_counter(), time.perf_counter() - self._began)
            super()._on_painted()

    class WatchedWindow(window.MainWindow):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            visitor.watch(self)

    before = app.MainWindow, window.FrameScheduler
    app.MainWindow, window.FrameScheduler = WatchedWindow, WatchedScheduler
    try:
        yield
    finally:
        app.MainWindow, window.FrameScheduler = before


class Visitor(QObject):
    """Presses Run as soon as it can be pressed, lets the window train, and closes it.

    Subclasses say in `over` how long that takes.

    Args:
        beat_ms: Interval at which it looks.
        every_panel: Have all panels in sight, in a window of `WINDOW_PIXELS`.
    """

    def __init__(self, beat_ms: int, every_panel: bool) -> None:
        super().__init__()
        self.done = False
        self.at: dict[str, float] = {}  # when what happened first, by `time.perf_counter`
        self.step = 0  # steps made, as of the last beat
        self._moved = np.inf  # when that last changed
        self._beat_ms = beat_ms
        self._every_panel = every_panel
        self._spread_at = np.inf  # when all panels were given a place

    def over(self, now: float) -> bool:
        """Look at the window at this beat; whether all has been seen."""
        raise NotImplementedError

    def turned(self, ended: float, cost: float) -> None:
        """A panel had its turn to draw, which took so many seconds."""

    def watch(self, shown: window.MainWindow) -> None:
        """Take over a window that is not yet shown."""
        self.window = shown
        shown.bar.speed.setValue(STOPS)  # full speed
        if self._every_panel:
            shown.resize(*WINDOW_PIXELS)
        shown.installEventFilter(self)
        shown.controller.troubled.connect(self._on_trouble)
        self._timer = QTimer(self, interval=self._beat_ms, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and "painting" not in self.at:
            self.at["painting"] = time.perf_counter()
            QTimer.singleShot(0, self, self._on_painted)
        return False

    @Slot()
    def _on_painted(self) -> None:
        self.at["painted"] = self._moved = time.perf_counter()
        sys.excepthook = self._on_fault  # instead of a dialog that nobody sees
        self._timer.start()

    def _on_fault(self, *fault: Any) -> None:
        sys.__excepthook__(*fault)
        self._finish(done=False)

    @Slot(object)
    def _on_trouble(self, trouble: object) -> None:
        print(trouble, file=sys.stderr)
        self._finish(done=False)

    @Slot()
    def _beat(self) -> None:
        now, run = time.perf_counter(), self.window.controller
        if run.step != self.step:
            self.step, self._moved = run.step, now
        if "ready" not in self.at and run.ready:
            self.at["ready"] = now
            if not self._every_panel:
                self._run()
        if "panels" not in self.at and "ready" in self.at and self.window.panels:
            self.at["panels"] = now
            if self._every_panel:
                self._show_every_panel()
                self._spread_at = now
        if self._every_panel and "run" not in self.at and self._drawn_by(now):
            self._run()
        if "step" not in self.at and run.step > 0:
            self.at["step"] = now
        if self.over(now):
            self._finish(done=True)
        elif now > self._moved + GIVE_UP_S:
            self._finish(done=False)

    def _drawn_by(self, now: float) -> bool:
        """Whether the panels were spread out, and have shown all of the untrained model."""
        waited = now - self._spread_at
        return waited > 0 and (self.window.scheduler.settled or waited > SETTLED_S)

    @Slot()
    def _run(self) -> None:
        self.at["run"] = time.perf_counter()
        self.window.bar.run_button.click()

    def _show_every_panel(self) -> None:
        """Give panels that share a place by tabs a place of their own."""
        for dock in self.window.docks.values():
            for other in self.window.tabifiedDockWidgets(dock):
                self.window.splitDockWidget(dock, other, Qt.Orientation.Horizontal)
        for key, options in EXACT_TOO.items():
            self.window.docks[key].panel.restore_options(options)

    def _finish(self, done: bool) -> None:
        self._timer.stop()
        self.done = done
        self.panels = [p.key for p in self.window.panels if not p.visibleRegion().isEmpty()]
        if self._every_panel and len(self.panels) < len(self.window.panels):
            print(f"only {', '.join(self.panels)} could be seen", file=sys.stderr)
            self.done = False
        self.window.close()
        QApplication.quit()


class Stopwatch(Visitor):
    """Heartbeat, drawing turns, steps: what the window costs, and whether it stands still.

    Args:
        seconds: Of training measured; 0 ends when there are a first step and panels.
        settle: Seconds of training before its speed counts (standstills count all along).
        beat_ms: Interval of the heartbeat; what a beat comes late is a standstill.
        every_panel: See `Visitor`.
    """

    def __init__(self, seconds: float, settle: float, beat_ms: int, every_panel: bool) -> None:
        super().__init__(beat_ms, every_panel)
        self._seconds = seconds
        self._settle = settle
        self._turns = array("d")  # when a drawing turn ended, what it took, and so on
        self._beats = array("d")
        self._steps = array("q")
        self._answers = array("d")  # when a panel was given an answer of a job
        self._wall = time.time() - time.perf_counter()

    def watch(self, shown: window.MainWindow) -> None:
        """Count the answers of jobs too."""
        super().watch(shown)
        shown.jobs.answered.connect(self._on_answered)

    @Slot()
    def _on_answered(self) -> None:
        self._answers.append(time.perf_counter())

    def turned(self, ended: float, cost: float) -> None:
        """Note what a turn to draw took."""
        self._turns.extend((ended, cost))

    def over(self, now: float) -> bool:
        """Note the beat; whether training was watched for long enough."""
        self._beats.append(now)
        self._steps.append(self.step)
        begun = self.at.get("step", np.inf)
        if not self._seconds:
            return now >= begun and "panels" in self.at
        if now < begun + self._settle + self._seconds:
            return False
        news = self._news()
        return len(news) > 1 and self._turns[-2] > self._beats[news[0]]

    def _news(self) -> np.ndarray:
        """The beats, after it settled, at which more steps were known than before."""
        news = np.flatnonzero(np.diff(np.array(self._steps))) + 1
        return news[np.array(self._beats)[news] > self.at["step"] + self._settle]

    def start(self, began: float) -> dict[str, float]:
        """Seconds since `began` (of `time.time`) until things could be seen and done."""
        since = {key: when + self._wall - began for key, when in self.at.items()}
        return {
            "first_paint_s": since["painted"],
            "ready_s": since["ready"],
            "panels_s": since["panels"],
            "first_step_s": since["step"],
        }

    def training(self) -> dict[str, object]:
        """Steps per second, drawing turns and standstills while it trained."""
        beats, steps = np.array(self._beats), np.array(self._steps)
        gaps = 1000 * np.diff(np.array([self.at["painted"], *self._beats]))
        loading, in_training = beats <= self.at["panels"], beats > self.at["run"]
        training = gaps[in_training]
        first, last = self._news()[[0, -1]]
        span = beats[last] - beats[first]
        ended, costs = np.array(self._turns).reshape(-1, 2).T
        costs = costs[ended > beats[first]]
        p50, p99 = 1000 * np.quantile(costs, (0.5, 0.99))
        return {
            "panels": self.panels,
            "pixels": [self.window.width(), self.window.height()],
            "steps_per_s": float(steps[last] - steps[first]) / span,
            "ticks_per_s": len(costs) / (beats[-1] - beats[first]),
            "answers_per_s": float((np.array(self._answers) > beats[first]).sum())
            / (beats[-1] - beats[first]),
            "tick_p50_ms": p50,
            "tick_p99_ms": p99,
            "loading_gap_ms": gaps[loading].max(),
            "training_gap_ms": training.max(),
            "training_gap_at_s": (beats[in_training] - self.at["run"])[training.argmax()],
            "training_gaps_over_50_ms": int((training > 50).sum()),
            # each moment counts as long as it lasts: the wait of someone who clicks at random
            "training_p999_ms": weighted_quantile(training, 0.999),
        }


def weighted_quantile(lengths: np.ndarray, share: float) -> float:
    """The length that intervals of `share` of the time do not exceed."""
    ordered = np.sort(lengths)
    return float(ordered[np.searchsorted(np.cumsum(ordered), share * ordered.sum())])
