"""The desk for questions: which panel asks next, and where answers go.

`JobDesk` lives on the GUI thread and owns the thread for jobs. It asks a panel what it wants
to know only when there is someone to answer it: so there is one question in flight, always
the newest, and none of a panel out of sight.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from vae_gui.core.views import Truth
from vae_gui.ui.frame import Frame
from vae_gui.ui.questions import Answer, Question
from vae_gui.ui.session.analyst import Analyst, Errand, Reply, Task

if TYPE_CHECKING:
    from vae_gui.ui.panels.base import Panel

WAIT_MS = 5000
LONGEST_LEAD = 1.0  # seconds of computing that one panel may have had less than another


class JobDesk(QObject):
    """Has the questions of panels answered, one at a time; all methods on the GUI thread.

    Args:
        training: Whether training runs, so that jobs have to leave it most of the time.

    Signals:
        troubled: A question could not be answered (a `Trouble`). That panel is not asked again
            until another run comes.
        answered: A panel was given an answer.
    """

    troubled = Signal(object)
    answered = Signal()

    def __init__(self, training: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._training = training
        self._panels: list[Panel] = []
        self._truth: Truth | None = None
        self._shown: dict[Panel, Frame] = {}  # what each drew last, of this run
        self._news: set[Panel] = set()  # those that have drawn since they were asked last
        self._pinned: dict[Panel, Frame] = {}  # asked about these frames, in sight or not
        self._spent: dict[Panel, float] = {}  # seconds; who had least is asked next
        self._failed: set[Panel] = set()
        self._asking: tuple[Panel, Question] | None = None  # in flight
        self._void = False  # what is in flight is of no run, or of an older one
        self._closed = False
        self._errand = Errand()
        self._thread = QThread(self)
        self._thread.setObjectName("jobs")
        self._analyst = Analyst(self._errand)
        self._analyst.moveToThread(self._thread)
        self._analyst.replied.connect(self._on_replied)
        self._thread.started.connect(self._analyst.work)
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self.look)

    # what is ------------------------------------------------------------------

    @property
    def settled(self) -> bool:
        """Whether everything in sight has been told all that it asks for."""
        return self._asking is None and not any(self._questions(self._panels))

    @property
    def joined(self) -> bool:
        """Whether no thread for jobs runs (any more)."""
        return not self._thread.isRunning()

    def knows_all(self, panel: Panel) -> bool:
        """Whether a panel asks nothing more about the frame it is pinned to, or drew last."""
        asking = self._asking is not None and self._asking[0] is panel
        return not asking and self._question_of(panel) is None

    # what is wanted -----------------------------------------------------------

    def add(self, panel: Panel) -> None:
        """Let a panel ask. It does while it can be seen, about the frame that it drew last."""
        self._panels.append(panel)
        self._spent[panel] = 0.0

    def show_truth(self, truth: Truth) -> None:
        """A new run has come: what was asked of the one before is void."""
        self.forget()
        self._truth = truth

    def forget(self) -> None:
        """There is no run (any more)."""
        self._truth = None
        self._shown.clear()
        self._news.clear()
        self._pinned.clear()
        self._failed.clear()
        self._rest.stop()
        self._void = True
        self._errand.drop()

    def pin(self, panel: Panel, frame: Frame) -> None:
        """Have a panel told all about one frame, in sight or not, until `unpin`."""
        self._pinned[panel] = frame
        self._news.add(panel)
        self.look()

    def unpin(self, panel: Panel) -> None:
        """Ask a panel as all others again."""
        self._pinned.pop(panel, None)

    def close(self, wait_ms: int | None = WAIT_MS) -> bool:
        """Stop and join the thread, for good; whether it has ended in time."""
        self._closed = True
        self.forget()
        self._errand.quit()
        self._thread.quit()  # directly: a queued quit would wait for this very thread
        return self._thread.wait() if wait_ms is None else self._thread.wait(wait_ms)

    @Slot(bool)
    def hold(self, drawing: bool) -> None:
        """Have the thread pause between two parts of its work while the window draws."""
        self._errand.set_held(drawing)

    @Slot(object, object)
    def on_drawn(self, panel: Panel, frame: Frame) -> None:
        """A panel has drawn a frame of the run that was shown last."""
        if self._truth is not None:
            self._shown[panel] = frame
            self._news.add(panel)

    @Slot()
    def look(self) -> None:
        """Ask the panel whose turn it is, if the thread is free or a person waits."""
        if self._closed or self._truth is None:
            return
        self._pace()
        waits = self._asking is not None or (self._rest.isActive() and self._training())
        # this is called at every tick: all panels are asked only where one of them has its turn
        asked = self._questions([p for p in self._panels if p in self._news or not waits])
        self._news.clear()
        eager = [(p, q) for p, q in asked if q.eager]
        if self._asking is not None:
            if eager and not self._asking[1].eager:
                self._errand.drop()  # it asks again by itself
            return
        if not asked or (waits and not eager):
            return
        self._rest.stop()
        panel, question = min(eager or asked, key=lambda a: self._spent[a[0]])
        self._asking, self._void = (panel, question), False
        self._pace()
        if not self._thread.isRunning():
            self._thread.start()
        self._errand.give(Task(question, self._truth))

    def _pace(self) -> None:
        """Leave training most of the time, but for what a person waits for."""
        eager = self._asking is not None and self._asking[1].eager
        self._errand.set_paced(self._training() and not eager)

    def _questions(self, panels: list[Panel]) -> list[tuple[Panel, Question]]:
        """What those of the panels ask that are in sight."""
        found = []
        for panel in panels:
            if panel in self._pinned or panel.in_sight:
                question = self._question_of(panel)
                if question is not None:
                    found.append((panel, question))
        return found

    def _question_of(self, panel: Panel) -> Question | None:
        frame = self._pinned.get(panel) or self._shown.get(panel)
        return None if frame is None or panel in self._failed else panel.question(frame)

    # what comes back ----------------------------------------------------------

    @Slot()
    def _on_replied(self) -> None:
        reply = self._errand.fetch()
        if reply is None or self._asking is None:
            return
        panel, question = self._asking
        self._asking = None
        self._news.update(self._panels)  # one of them may wait since before
        if not self._void:
            self._deliver(panel, question, reply)
        if not self._closed:
            self._rest.start(round(1000 * reply.debt))

    def _deliver(self, panel: Panel, question: Question, reply: Reply) -> None:
        self._charge(panel, reply.seconds)
        if reply.trouble is not None:
            self._failed.add(panel)
            self.troubled.emit(reply.trouble)
        elif reply.answered:
            self._failed.add(panel)  # unless it can take the answer
            panel.show_answer(Answer(question, reply.found))
            self._failed.discard(panel)
            panel.redraw_wanted.emit()  # drawn when its turn comes
            self.answered.emit()

    def _charge(self, panel: Panel, seconds: float) -> None:
        """Let a panel wait as long as its questions take; who asked for nothing saves nothing."""
        self._spent[panel] += seconds
        most = max(self._spent.values())
        for other, spent in self._spent.items():
            self._spent[other] = max(spent, most - LONGEST_LEAD)
