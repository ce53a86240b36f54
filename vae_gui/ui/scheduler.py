"""The one clock for everything drawn: panels take turns within a share of the time.

Painting holds the interpreter, so what a frame costs is taken from training.
Each tick draws the visible panel that has waited longest, or a piece of it; the next tick
comes after a pause in proportion to what this one cost. Nothing new, no ticks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot

from vae_gui.core.views import Truth
from vae_gui.ui.frame import Frame
from vae_gui.ui.panels.turns import Cut

if TYPE_CHECKING:
    from vae_gui.ui.panels.base import Panel
    from vae_gui.ui.panels.turns import Turns

SHARE = 0.25  # of the clock that drawing may take while training
PANEL_PERIOD = 1 / 60  # seconds; no panel is drawn more often
SHORTEST_PAUSE = 0.004  # seconds between two ticks while training
ENOUGH = 0.0015  # seconds of drawing, after which a turn ends where the panel can be cut
MOST_TURNS = 1000  # of a panel that is drawn out of turn
LONGEST_PAUSE = 0.06  # seconds; however dear the panels, all of them keep up


class FrameScheduler(QObject):
    """Polls for frames and has panels draw them, one at a time.

    Args:
        poll: Gives the newest frame, or None if nothing is new.
        training: Whether training runs.
        answered: Whether panels have been told all that they ask for.

    Signals:
        drawing: Whether a turn to draw is under way, from its begin until all is painted.
        ticked: A tick is over; read-outs may be brought up to date.
        drawn: A panel has drawn a frame (the `Panel`, the `Frame`).
    """

    drawing = Signal(bool)
    ticked = Signal()
    drawn = Signal(object, object)

    def __init__(
        self,
        poll: Callable[[], Frame | None],
        training: Callable[[], bool],
        answered: Callable[[], bool] = lambda: True,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._poll = poll
        self._training = training
        self._answered = answered
        self._panels: list[Panel] = []
        self._drawn: dict[Panel, float] = {}  # when each was last drawn
        self._waiting: set[Panel] = set()
        self._begun: tuple[Panel, Frame, Turns] | None = None  # and not yet all drawn
        self._at_work: Panel | None = None  # while one draws a piece
        self._spent = 0.0  # seconds, on the turns of the panel that was begun
        self._frame: Frame | None = None
        self._truth: Truth | None = None
        self._behind: set[Panel] = set()  # those that still show the truth of an older run
        self._began = self._not_before = 0.0
        self._busy = False  # from the beginning of a tick until its paint events are done
        self._is_drawing = False  # as told by `drawing`
        self._failed: set[Panel] = set()  # not drawn again before another run comes
        self._again = False  # woken meanwhile
        self._tick = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._tick.timeout.connect(self._on_tick)
        self._measure = QTimer(self, singleShot=True, interval=0)
        self._measure.timeout.connect(self._on_painted)

    def add(self, panel: Panel) -> None:
        """Let a panel take part. It is drawn only while it can be seen."""
        self._panels.append(panel)
        self._drawn[panel] = 0.0
        if self._truth is not None:  # it comes late, in the middle of a run
            self._behind.add(panel)
        if self._frame is not None:
            self._waiting.add(panel)
        panel.installEventFilter(self)
        panel.redraw_wanted.connect(self._on_redraw_wanted)

    @property
    def settled(self) -> bool:
        """Whether everything in sight is drawn, and has been told all that it asks for."""
        drawn = bool(self._panels) and self._frame is not None and not self._more
        return (
            drawn
            and all(panel.up_to_date for panel in self._panels if panel.in_sight)
            and self._answered()
        )

    def show_truth(self, truth: Truth) -> None:
        """A new run has come: each panel is given its truth when it is next drawn."""
        self._leave_off()
        self._truth = truth
        self._frame = None
        self._waiting.clear()
        self._failed.clear()
        self._behind = set(self._panels)

    def clear(self) -> None:
        """There is no run: panels go back to their empty state."""
        self._leave_off()
        self._frame = self._truth = None
        self._waiting.clear()
        self._behind.clear()
        for panel in self._panels:
            panel.clear()

    def catch_up(self, panel: Panel) -> None:
        """Draw a panel now, in sight or not, if it has not drawn the newest frame yet."""
        other = self._begun if self._begun is not None and self._begun[0] is not panel else None
        if other is not None:
            self._begun = None
        try:
            self._finish()
            for _ in range(MOST_TURNS):  # those that take a run in by pieces ask for more
                if panel in self._waiting and self._frame is not None:
                    self._give_truth(panel)
                    self._begin(panel, self._frame)
                    self._finish()
        finally:
            if other is not None:
                self._begun = other

    def stop(self) -> None:
        """No more ticks."""
        self._leave_off()
        self._tick.stop()
        self._measure.stop()
        self._busy = False
        self._set_drawing(False)

    def _set_drawing(self, drawing: bool) -> None:
        if drawing is not self._is_drawing:
            self._is_drawing = drawing
            self.drawing.emit(drawing)

    @Slot()
    def wake(self) -> None:
        """There is something to poll or to draw."""
        if self._busy:  # this tick is not over yet: another follows it
            self._again = True
        elif not self._tick.isActive():
            pause = max(0.0, self._not_before - time.perf_counter())
            self._tick.start(round(1000 * pause))

    @Slot()
    def _on_redraw_wanted(self) -> None:
        panel = cast("Panel", self.sender())
        if self._frame is not None:
            self._waiting.add(panel)
            if panel is not self._at_work:  # a person waits for it; more of the same can wait
                self._drawn[panel] = 0.0
            self.wake()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A panel that comes into sight catches up."""
        if event.type() == QEvent.Type.Show and watched in self._waiting:
            self.wake()
        return False

    @Slot()
    def _on_tick(self) -> None:
        self._busy = True
        self._began = time.perf_counter()
        try:
            frame = self._poll()
            if frame is not None:
                self._frame = frame
                self._waiting.update(self._panels)
            self._draw_most_overdue()
            self.ticked.emit()
        finally:  # whatever one panel does, the others are drawn
            self._measure.start()  # runs after the paint events that drawing has caused

    def _draw_most_overdue(self) -> None:
        panel = self._begun[0] if self._begun is not None else self._most_overdue()
        if panel is None or self._frame is None:
            return
        self._set_drawing(True)
        try:
            if self._begun is None:
                if panel.make_part() or self._give_truth(panel):
                    return  # long enough for one turn; the next is this panel's, too
                self._begin(panel, self._frame)
            self._go_on()
        except Exception:
            self._failed.add(panel)
            raise  # where the window tells of what no one caught

    def _most_overdue(self) -> Panel | None:
        """Whose turn it is; None, and no tick before it is someone's, if it is nobody's yet."""
        visible = self._visible()
        due = [p for p in visible if self._began - self._drawn[p] >= PANEL_PERIOD]
        if visible and not due:
            self._not_before = min(self._drawn[p] for p in visible) + PANEL_PERIOD
        # the panel under the pointer goes first when it is late by as much as any other
        return min(
            due, key=lambda p: self._drawn[p] - (0.05 if p.underMouse() else 0), default=None
        )

    def _give_truth(self, panel: Panel) -> bool:
        """Have a panel begin with another run; whether it was behind."""
        if panel not in self._behind or self._truth is None:
            return False
        self._behind.discard(panel)
        panel.clear()
        panel.take_truth(self._truth)
        return True

    def _begin(self, panel: Panel, frame: Frame) -> None:
        self._waiting.discard(panel)
        self._drawn[panel] = self._began
        self._begun = panel, frame, panel.turns(frame)

    def _go_on(self, to_the_end: bool = False) -> None:
        """Draw the next pieces of the panel that was begun, for as long as a turn may take."""
        assert self._begun is not None, "a panel was begun"
        panel, frame, turns = self._begun
        self._at_work = panel
        try:
            for cut in turns:
                late = time.perf_counter() - self._began > ENOUGH
                if (late or cut is Cut.PAINT_FIRST) and not to_the_end:
                    return
        except BaseException:
            self._begun = None
            self._failed.add(panel)
            raise
        finally:
            self._at_work = None
        self._begun = None
        self.drawn.emit(panel, frame)

    def _finish(self) -> None:
        """Draw all of the panel that was begun, if one was."""
        if self._begun is not None:
            self._go_on(to_the_end=True)

    def _leave_off(self) -> None:
        """Draw no more of the panel that was begun."""
        begun, self._begun = self._begun, None
        if begun is not None:
            begun[2].close()

    @property
    def _more(self) -> bool:
        """Whether there is something to draw in sight."""
        return self._begun is not None or bool(self._visible())

    def _visible(self) -> list[Panel]:
        waiting = self._waiting - self._failed
        return [p for p in self._panels if p in waiting and p.in_sight]

    @Slot()
    def _on_painted(self) -> None:
        self._busy = False
        self._set_drawing(False)
        now = time.perf_counter()
        self._spent += now - self._began
        pause = SHORTEST_PAUSE  # a panel that was begun is soon drawn,
        if self._begun is None:  # and then leaves training its part of the time
            pause = min(max(self._spent * (1 / SHARE - 1), pause), LONGEST_PAUSE)
            self._spent = 0.0
        if self._training():
            self._not_before = now + pause
        if self._again or self._more:
            self._again = False
            self.wake()
