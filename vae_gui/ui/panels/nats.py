"""Where the nats go: the test loss in parts over the run, beside rate and distortion."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from vae_gui.core.distributions import Array, told
from vae_gui.core.storage import save_rows
from vae_gui.core.views import Truth
from vae_gui.ui.frame import Frame
from vae_gui.ui.panels.base import PanelInTurns
from vae_gui.ui.panels.loss import AXES
from vae_gui.ui.panels.nats_moments import Found, Moments
from vae_gui.ui.panels.nats_words import (
    PARTS,
    floor_words,
    moment_words,
    waiting_words,
    when,
)
from vae_gui.ui.panels.rate_distortion import RateDistortionPlot
from vae_gui.ui.panels.steady import Steady
from vae_gui.ui.panels.turns import Cut, Turns, unpainted
from vae_gui.ui.plotting.circles import CirclesItem
from vae_gui.ui.plotting.crowding import NOBODY, Crowd
from vae_gui.ui.plotting.points import PointsItem
from vae_gui.ui.plotting.ranges import Range, settled
from vae_gui.ui.plotting.stack import StackItem
from vae_gui.ui.plotting.step_plot import StepPlot
from vae_gui.ui.plotting.steps import StepScale, stage_shown
from vae_gui.ui.questions import Answer, Question
from vae_gui.ui.theme import Theme

EMPTY = "Nothing computed yet."
CLOSE = 3.0  # times the newest moment's nats above the floor are shown close up
HIGHEST = 12.0  # nats above the floor; an untrained model farther off is not worth the view
LEAST = 2e-3  # nats that are always shown
LOW_ROOM = 0.12  # of the range that lies below the floor
RANGES = (("whole", "The whole run"), ("close", "Close to the floor"))
VIEWS = (
    ("both", "Parts, rate and distortion"),
    ("parts", "Parts over the run"),
    ("plane", "Rate and distortion"),
)
WIDE, HIGH = 640, 300  # pixels from which on there is room for all words


class NatsPanel(PanelInTurns):
    """The test loss at beta = 1 in four parts that close, at some moments of the run."""

    key: ClassVar[str] = "nats"
    title: ClassVar[str] = "Where the nats go"
    subtitle: ClassVar[str] = "loss = floor + KL(p‖pθ) + gaps, at β = 1"
    help: ClassVar[str] = (
        "The test loss in parts: what nobody can avoid, what the learned density lacks, what any "
        "Gaussian posterior lacks, and what the encoder lacks beyond that; beside it the path of "
        "the run through rate and distortion."
    )
    legend: ClassVar[tuple[tuple[str, str], ...]] = (
        ("true", "floor"),
        ("learned", "KL(p‖pθ)"),
        ("latent", "gaps of q(z|x)"),
    )

    data_formats: ClassVar[tuple[tuple[str, str], ...]] = (("Table", ".csv"),)
    parts: ClassVar[tuple[str, ...]] = ("_make_plot", "_make_plane", "_put_together")

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.moments = Moments()
        self.words, self.floor_words = QLabel(self), QLabel(self)
        self._truth: Truth | None = None
        self._frame: Frame | None = None
        self._range: Range | None = None
        self._drawn: object = None  # what the plots show, or are about to
        self._tested: object = None  # the tests that they show
        self._edges = NOBODY  # of the parts
        self._said: object = None  # what the words tell of
        self._add_options()

    def _add_options(self) -> None:
        self._view = self.add_choice("view", "Show", VIEWS, "both", self._on_view)
        self._reach = self.add_choice("range", "Range", RANGES, "close", self._on_range)
        self._axis = self.add_choice("step_axis", "Step axis", AXES, "log", self._on_axis)

    def _make_plot(self) -> None:
        words = "Parts of the test loss over the run"
        self.plot = StepPlot(self.theme, words, y_label="nats", parent=self)

    def _make_plane(self) -> None:
        self.plane = RateDistortionPlot(self.theme)
        self.plane.setParent(self)

    def _put_together(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(self.plot, 3)
        row.addWidget(self.plane, 2)
        self.body.addLayout(row, 1)
        for label in (self.words, self.floor_words):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.body.addWidget(Steady(label))
        self.setFocusProxy(self.plot)
        item = self.plot.getPlotItem()
        self.stack, self.doubts = StackItem(), PointsItem(self.theme.color("warning"), 7.0)
        self.tests = CirclesItem(self.theme.color("total"), self.theme.color("plot"))
        self.entropy, self.now = pg.InfiniteLine(angle=0), pg.InfiniteLine(angle=90)
        self.at_cursor = pg.InfiniteLine(angle=90)
        for z, part in enumerate(
            (self.stack, self.entropy, self.tests, self.doubts, self.now, self.at_cursor)
        ):
            part.setZValue(z)
            item.addItem(part, ignoreBounds=True)
        right = Qt.AlignmentFlag.AlignRight
        self.progress = self.plot.add_note(Qt.AlignmentFlag.AlignTop | right)
        self.moment = self.plot.add_note(Qt.AlignmentFlag.AlignBottom | right)
        for note in (self.progress, self.moment):
            note.avoid(self._crowding)
        self.hint = self.plot.add_note(Qt.AlignmentFlag.AlignCenter)
        self.plot.cursor_moved.connect(self._on_cursor)
        self._on_axis(self._chosen_value(self._axis))
        self._on_view(self._chosen_value(self._view))
        self._fit_words()
        self.set_theme(self.theme)
        self.clear_plots()

    # the run ------------------------------------------------------------------

    def clear(self) -> None:
        """Forget the run."""
        self.moments.clear()
        self._truth = self._frame = self._range = self._drawn = None
        if self._built:
            self.clear_plots()

    def clear_plots(self) -> None:
        """Show empty axes."""
        self._tested = self._said = None
        self._edges = NOBODY
        self.stack.set_parts(np.empty(0), np.empty((0, len(PARTS))))
        self.tests.set_points([], [])
        self.doubts.clear()
        for line in (self.entropy, self.now, self.at_cursor):
            line.hide()
        self.plane.clear_run()
        self.progress.set_text("")
        self.moment.set_text("")
        self.hint.set_text(EMPTY)
        self.words.clear()
        self.floor_words.clear()

    def show_truth(self, truth: Truth) -> None:
        """Tell the entropy, and how this test set's floor differs from it."""
        self._truth = truth
        self._build()
        self.set_subtitle(told(type(self).subtitle, self.exact))
        self.floor_words.setText(floor_words(truth))
        self.words.setToolTip(self.floor_words.text())
        self.entropy.setValue(truth.entropy)
        self.entropy.show()
        self.plane.show_entropy(truth.entropy, truth.test_floor)

    def question(self, frame: Frame) -> Question | None:
        """One moment after the other; the newest first when it has fallen behind."""
        return self.moments.question(frame)

    def show_answer(self, answer: Answer) -> None:
        """Keep what was found of a moment."""
        self.moments.add(answer)

    def turns(self, frame: Frame) -> Turns:
        """Draw what is known of the run up to now."""
        self._build()
        if self.moments.start(frame):
            self._range = self._drawn = self._tested = None
        self._frame = frame
        steps, parts, path = self.moments.arrays()
        row = self._current_row(steps, frame.picture.step)
        drawn = (self.moments.changes, row, self._close_up())
        other = drawn != self._drawn
        self._drawn = drawn
        with unpainted(self.plot):
            with self.plot.placing_once():
                if other:
                    self._draw_parts(steps, parts)
                self._draw_run(frame)
                self._say_progress(frame)
            yield Cut.IF_LATE
        if other:
            yield Cut.PAINT_FIRST
            with unpainted(self.plane):
                with self.plane.placing_once():
                    self.plane.show_path(path, row, self._close_up())
                yield Cut.IF_LATE
            yield Cut.PAINT_FIRST
        self._say(frame)

    def _draw_run(self, frame: Frame) -> None:
        """Draw what changes with the run, whatever is known of it."""
        self._fit(frame)
        self._draw_tests(frame)
        self.now.setValue(float(self.plot.step_scale.x(frame.picture.step)))
        self.now.setVisible(bool(len(self.moments)))
        self.plot.set_last_step(frame.recording.steps)

    def _draw_parts(self, steps: Array, parts: Array) -> None:
        """Draw the parts (n, 4) at steps (n,)."""
        self._choose_range(parts)
        doubted = self.moments.doubted()
        self.stack.set_parts(steps, parts)
        self._edges = Crowd.of_lines(*self.stack.lines(), ordered=True)
        tops = dict(zip(steps.tolist(), parts.sum(axis=1).tolist(), strict=True))
        scale = self.plot.step_scale
        at = [(float(scale.x(s)), tops[s]) for s in doubted]
        self.doubts.set_points(np.array(at).reshape(-1, 2))
        self.plot.place_notes()

    def _draw_tests(self, frame: Frame) -> None:
        """Draw the test losses, if there are others."""
        tests, scale = frame.recording.tests, self.plot.step_scale
        if (len(tests), scale) == self._tested:
            return
        self._tested = len(tests), scale
        self.tests.set_points(tests.at[:, 1], tests.losses[:, 1] + tests.losses[:, 2])
        self.plot.place_notes()

    @staticmethod
    def _current_row(steps: Array, now: int) -> int | None:
        return int(np.argmin(np.abs(steps - now))) if len(steps) else None

    def _crowding(self, place: QRectF) -> float:
        """How much is drawn in a rectangle: edges of the parts, and above all the tests."""
        crowd = self._edges.within(place) + 1e3 * self.tests.within(place)
        return crowd + 16.0 * (place.top() <= self.entropy.value() <= place.bottom())

    # words --------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many words as there is room for; what is left out stays in tooltips."""
        super().resizeEvent(event)
        if self._built:
            self._fit_words()

    def _fit_words(self) -> None:
        high = self.height() >= HIGH
        self.floor_words.setVisible(high)
        self.plot.show_labels(high)
        self.plane.show_labels(high)
        if self._frame is not None:
            self._say_all(self._frame)

    def _say_progress(self, frame: Frame) -> None:
        """Say in the plot how much of the run is known, and of when that is."""
        missing, wanted = self.moments.missing(frame)
        doubted = self.moments.doubted()
        said = f"{wanted - missing} of {wanted} moments" if missing else ""
        if doubted:
            said += ("\n" if said else "") + f"⚠ {len(doubted)} in doubt"
        self.progress.set_text(said)
        near = self._near(frame)
        self.hint.set_text("" if near else EMPTY)
        if near is not None:
            step, shown = near[0], frame.picture.step
            self.moment.set_text("" if step == shown else when(step, shown))

    def _say(self, frame: Frame) -> None:
        """Give the numbers of the moment under the cursor, or nearest to the step shown."""
        near = self._near(frame)
        short, found = self.width() < WIDE, near[1] if near is not None else None
        told_of = (found, short, self.exact, self.theme)
        if told_of != self._said:  # rich text takes long to lay out
            self._said = told_of
            if found is None:
                self.words.setText(waiting_words(self.theme, short, self.exact))
            else:
                self.words.setText(moment_words(self.theme, found, short, self.exact))

    def _say_all(self, frame: Frame) -> None:
        self._say_progress(frame)
        self._say(frame)

    def _near(self, frame: Frame) -> tuple[int, Found] | None:
        at = frame.picture.step if self.plot.cursor is None else self.plot.cursor
        return self.moments.nearest(at)

    @Slot(object)
    def _on_cursor(self, step: int | None) -> None:
        near = None if step is None else self.moments.nearest(step)
        self.at_cursor.setVisible(near is not None)
        if near is not None:
            self.at_cursor.setValue(float(self.plot.step_scale.x(near[0])))
        if self._frame is not None:
            self._say_all(self._frame)

    # range --------------------------------------------------------------------

    def _close_up(self) -> bool:
        return self._chosen_value(self._reach) == "close"

    def _choose_range(self, parts: Array) -> None:
        """Show the parts (n, 4) from a little below the floor upwards."""
        if self._truth is None or not len(parts):
            return
        floors = self._truth.entropy, float(parts[0, 0])
        sums = parts.sum(axis=1)
        finite = sums[np.isfinite(sums)]
        last = finite[-1] if len(finite) else max(floors)
        most = float(last if self._close_up() else finite.max(initial=max(floors)))
        above = max(most - max(floors), LEAST) * (CLOSE if self._close_up() else 1.0)
        high = max(floors) + min(above, HIGHEST)
        low = min(floors) - LOW_ROOM * (high - min(floors))
        self._range = settled(self._range, (low, high))

    def _fit(self, frame: Frame) -> None:
        """Show the run from step 0 to now, and a little ahead."""
        if self._range is None:
            return
        scale, steps = self.plot.step_scale, frame.recording.steps
        start, end = scale.x([0, stage_shown(steps, frame.planned_steps, scale.log)])
        margin = 0.02 * (end - start)
        self.plot.set_run_bounds((float(start - margin), float(end + margin), *self._range))

    def reset_view(self) -> None:
        """Follow the run again after zooming."""
        if self._built:
            self.plot.reset_view()
            self.plane.reset_view()

    def write_data(self, path: Path) -> None:
        """Write all moments as CSV: the parts, what they close to, rate and distortion.

        Raises:
            FileProblem: It cannot be written.
        """
        save_rows(path, *self.moments.table())

    # options ------------------------------------------------------------------

    def _on_view(self, view: str) -> None:
        if self._built:
            self.plot.setVisible(view != "plane")
            self.plane.setVisible(view != "parts")
            self.setFocusProxy(self.plane if view == "plane" else self.plot)

    def _on_range(self, _: str) -> None:
        self._range = self._drawn = None
        if self._built:
            self.plane.refit()
            self.reset_view()
        self.redraw_wanted.emit()

    def _on_axis(self, name: str) -> None:
        if not self._built:
            return
        scale = StepScale(log=name == "log")
        self.plot.set_step_scale(scale)
        for item in (self.stack, self.tests):
            item.set_step_scale(scale)
        self.plot.move_cursor(None)
        self._drawn = None
        self.redraw_wanted.emit()

    # theme --------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Recolour."""
        super().set_theme(theme)
        if not self._built:
            return
        self.plot.set_theme(theme)
        self.plane.set_theme(theme)
        fills = [theme.mixed_pen(role, 0.55 * s).color() for role, s, *_ in PARTS]
        self.stack.set_colors(fills, [theme.mixed_pen(role, s) for role, s, *_ in PARTS])
        self.tests.set_colors(theme.color("total"), theme.color("plot"))
        self.doubts.set_style(theme.color("warning"), 7.0)
        self.entropy.setPen(theme.pen("text", 1.0, 0.8, Qt.PenStyle.DashLine))
        self.now.setPen(theme.pen("accent"))
        self.at_cursor.setPen(theme.pen("text", 1.0, 0.6))
        self.words.setStyleSheet(f"color: {theme.text}")
        self.floor_words.setStyleSheet(f"color: {theme.muted}")
        if self._frame is not None:
            self._say_all(self._frame)
