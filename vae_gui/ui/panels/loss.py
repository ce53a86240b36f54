"""The loss per training step beside the lowest one possible, with test points and a cursor.

The curves are in `loss_curves`, the lines to compare them with in `loss_levels`, what a batch
cost beyond its own floor in `loss_regret`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtWidgets import QWidget

from vae_gui.core.distributions import Array, told
from vae_gui.core.recording import TestPoints
from vae_gui.core.views import Truth
from vae_gui.ui.frame import Frame
from vae_gui.ui.panels.base import PanelInTurns
from vae_gui.ui.panels.loss_curves import StepCurves
from vae_gui.ui.panels.loss_levels import COLLAPSED_TIP, LossLevels
from vae_gui.ui.panels.loss_regret import (
    NEAR_ZERO,
    ROLE,
    SUBTITLE,
    AskReferences,
    FirstLosses,
    References,
    RegretCurve,
)
from vae_gui.ui.panels.loss_words import ROLES, TERMS, read_values, rounded, table
from vae_gui.ui.panels.turns import Cut, Turns, unpainted
from vae_gui.ui.plotting.circles import CirclesItem
from vae_gui.ui.plotting.marks import Crowding, ReadOut
from vae_gui.ui.plotting.ranges import Range
from vae_gui.ui.plotting.step_plot import StepPlot
from vae_gui.ui.plotting.steps import StepScale, last_step_shown, thousands
from vae_gui.ui.questions import Answer, Question
from vae_gui.ui.theme import Theme

CIRCLE = 4.0  # corners of a curve that a test loss counts for where words might go
PIECE = 1 << 13  # steps taken in at once
HUGE = 1e6  # nats; an untrained model that far off is not worth the view
EMPTY = "No step yet. Space runs, S makes one step."
SHOWS = (("losses", "Losses"), ("both", "Losses and regret"), ("regret", "Regret alone"))
SMOOTHING = (("0", "Off"), *((str(n), f"{n} steps") for n in (5, 20, 50, 200)))
AXES = (("linear", "Linear"), ("log", "Logarithmic"))


class LossPanel(PanelInTurns):
    """Total, reconstruction and KL per step, or the regret; smoothed by a centred average."""

    key: ClassVar[str] = "loss"
    title: ClassVar[str] = "Loss"
    place = "centre bottom"
    subtitle: ClassVar[str] = "−ELBO = reconstruction + β·KL"
    help: ClassVar[str] = (
        "The training loss and its two terms per step, circles for the test loss, and the "
        "entropy of the data, below which no model's expected loss can lie at β = 1."
    )
    legend: ClassVar[tuple[tuple[str, str], ...]] = tuple(zip(ROLES, TERMS, strict=True))

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.plot = StepPlot(theme, "Loss per training step", y_label="nats / example")
        self.body.addWidget(self.plot)
        self.setFocusProxy(self.plot)
        item = self.plot.getPlotItem()
        self.losses = StepCurves(item, ROLES, PIECE)
        self.regret = RegretCurve(item)
        self.tests = CirclesItem(theme.color("total"), theme.color("plot"))
        self.tests.setZValue(3)
        item.addItem(self.tests, ignoreBounds=True)
        self.levels = LossLevels(item)
        self.hint = self.plot.add_note(Qt.AlignmentFlag.AlignCenter)
        self.above = self.plot.add_note(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        self.read_out = ReadOut(item)
        self._shows = "losses"
        self._holds_words = False  # while a frame is drawn; they are placed after it
        self._add_options()
        self.plot.cursor_moved.connect(self._show_cursor)
        item.vb.sigRangeChanged.connect(self._note_above)
        item.vb.sigRangeChanged.connect(self._place_words)
        item.vb.sigResized.connect(self._place_words)
        self.clear()
        self.set_theme(theme)

    def _add_options(self) -> None:
        self.add_choice("shows", "Show", SHOWS, self._shows, self._set_shows)
        self.add_choice("smoothing", "Smoothing", SMOOTHING, "20", self._set_smoothing)
        self.add_choice("step_axis", "Step axis", AXES, "linear", self._set_axis)
        self._collapsed = self.add_toggle(
            "collapsed", "Loss with the latent ignored", COLLAPSED_TIP, True, self._on_collapsed
        )
        self._set_smoothing("20")

    # the run --------------------------------------------------------------------

    def clear(self) -> None:
        """Forget the run: back to the empty axes."""
        self._truth: Truth | None = None
        self.levels.clear()
        self._start_over(None)
        self._follow(planned=0)

    def _start_over(self, frame: Frame | None) -> None:
        self._recording = frame.recording if frame else None
        self._run = frame.run if frame else 0
        self._planned = 0
        self._beta = 1.0
        self._least: float | None = None  # loss with the latent ignored, once it is known
        self._within: Range | None = None  # the values that were chosen to be shown
        self._problem = ""  # why there is no regret
        self._behind = ""  # how far the regret is, if not as far as the losses
        self._words_due = 0.0  # step at which the words of the levels may have to move
        self.losses.start_over()
        self.regret.start_over(frame.config if frame else None)
        self.tests.set_points([], [])
        self.plot.move_cursor(None)
        self.plot.set_last_step(0)
        self.plot.reset_view()
        self.hint.set_text(EMPTY)

    def show_truth(self, truth: Truth) -> None:
        """Draw the entropy floor."""
        self._truth = truth
        self.losses.range.shown = None
        self._show_levels()

    def _show_levels(self) -> None:
        subtitle = SUBTITLE if self._shows == "regret" else type(self).subtitle
        self.set_subtitle(told(subtitle, self.exact))
        if self._truth is not None:
            least = self._least if self._collapsed.isChecked() else None
            self.levels.show(self._truth, self._shows, self._beta, least)
            self._words_due = 0.0

    def turns(self, frame: Frame) -> Turns:
        """Draw the steps that have come since the last call."""
        with unpainted(self.plot):
            with self._words_held():
                whole = self._take_in(frame)
            yield Cut.IF_LATE
            with self._words_held():
                self._draw(frame)
            if frame.recording.steps >= self._words_due:
                yield Cut.IF_LATE
                self._place_words()
            if self.plot.cursor is not None:
                self._show_cursor(self.plot.cursor)
            yield Cut.IF_LATE
        if not whole:
            self.redraw_wanted.emit()

    def _take_in(self, frame: Frame) -> bool:
        """Take over what came since, or a part of it; whether that was all."""
        recording = frame.recording
        other = (frame.run, recording) != (self._run, self._recording)
        if other or recording.steps < len(self.losses):
            self._start_over(frame)
        if (frame.config.training.beta < 1) != (self._beta < 1):
            self._beta = frame.config.training.beta
            self._show_levels()
        whole = self.losses.take_in(recording.steps, lambda n: FirstLosses(recording, n))
        self._problem = self._behind = ""
        if self._shows != "losses":
            caught_up, self._problem = self.regret.take_in(recording)
            whole &= caught_up
            if not caught_up:
                self._behind = f"regret up to step {thousands(len(self.regret.curves))}"
        return whole

    def _draw(self, frame: Frame) -> None:
        """Show what was taken in, in a range that fits."""
        recording = frame.recording
        if len(recording.tests) != self.tests.count:
            self._show_tests()
        self.hint.set_text(told(self._problem, self.exact) if recording.steps else EMPTY)
        self.plot.set_last_step(recording.steps)
        self._follow(frame.planned_steps)

    @contextmanager
    def _words_held(self) -> Iterator[None]:
        """Place no words of levels, and notes only at the end."""
        self._holds_words = True
        try:
            with self.plot.placing_once():
                yield
        finally:
            self._holds_words = False

    def _show_tests(self) -> None:
        tests = self._recorded_tests
        values = self._above_floor() if self._shows == "regret" else tests.losses[:, 0]
        self.tests.set_points(tests.at[:, 1], values)

    @property
    def _recorded_tests(self) -> TestPoints:
        return self._recording.tests if self._recording is not None else TestPoints()

    def _above_floor(self) -> Array:
        """-ELBO of each test beyond the floor of that very set, (n,)."""
        _, reconstruction, kl = self._recorded_tests.losses.T
        floor = self._truth.test_floor if self._truth is not None else 0.0
        return np.asarray(reconstruction + kl - floor)

    # what takes a while to know -----------------------------------------------------

    def question(self, frame: Frame) -> Question | None:
        """What this run's losses are compared with, once, as soon as it is to be drawn."""
        floors = self._shows != "losses" and not self.regret.known
        least = self._collapsed.isChecked() and self._least is None
        if not (floors or least) or frame.run != self._run:
            return None
        return AskReferences.about(frame, floors=floors)

    def show_answer(self, answer: Answer) -> None:
        """Take over what the losses are compared with."""
        references: References = answer.found
        if answer.question.run == self._run:
            if references.floors is not None:
                self.regret.set_floors(references.floors)
            self._least = references.collapsed
            self._show_levels()

    # options ----------------------------------------------------------------------

    def _set_shows(self, shows: str) -> None:
        self._shows = shows
        self.losses.set_visible(shows != "regret")
        self.regret.curves.set_visible(shows != "losses")
        curves = type(self).legend if shows != "regret" else ()
        self.set_legend(curves if shows == "losses" else (*curves, (ROLE, "regret")))
        self._show_levels()
        self._show_tests()
        self._follow(self._planned)
        self.redraw_wanted.emit()

    def _on_collapsed(self, _: bool) -> None:
        self._show_levels()
        self.redraw_wanted.emit()

    def _set_smoothing(self, steps: str) -> None:
        for curves in (self.losses, self.regret.curves):
            curves.set_smoothing(int(steps), self.theme)
        self.redraw_wanted.emit()

    def _set_axis(self, name: str) -> None:
        scale = StepScale(log=name == "log")
        self.plot.set_step_scale(scale)
        for item in (self.losses, self.regret.curves, self.tests):
            item.set_step_scale(scale)
        self.plot.move_cursor(None)
        self._follow(self._planned)
        self.redraw_wanted.emit()

    # the view -----------------------------------------------------------------------

    def reset_view(self) -> None:
        """Follow the run again after zooming."""
        self.plot.reset_view()

    def _follow(self, planned: int) -> None:
        self._planned = planned
        scale = self.plot.step_scale
        steps = self._recording.steps if self._recording is not None else 0
        start, end = scale.x([0, last_step_shown(steps, planned)])
        margin = 0.015 * (end - start)
        self._within = self._values_to_show()
        self.plot.set_run_bounds((float(start - margin), float(end + margin), *self._within))
        self._note_above()

    def _values_to_show(self) -> Range:
        totals = self._recorded_tests.losses[:, 0]
        ranges = []
        if self._shows != "regret":
            marks = [0.0, self._truth.entropy] if self._truth is not None else [0.0, 4.0]
            if not len(self.losses):  # the untrained model's loss is all that there is to see
                marks += [float(t) for t in totals if abs(t) < HUGE]
            ranges.append(self.losses.follow(marks, totals))
        if self._shows != "losses":
            marks = list(NEAR_ZERO) if len(self.regret.curves) else [0.0, 1.0]
            ranges.append(self.regret.curves.follow(marks, self._above_floor()))
        return min(low for low, _ in ranges), max(high for _, high in ranges)

    @Slot()
    def _note_above(self, *_: object) -> None:
        """Own up to what runs off the top of the range chosen for the run, and what lags behind."""
        top, text = self.plot.in_view()[3], ""
        highest = max(c.highest for c in (self.losses, self.regret.curves))
        if self._within is not None and math.isclose(top, self._within[1]) and highest > top:
            text = f"up to {rounded(highest)} above the view"
        text = "\n".join(words for words in (text, self._behind) if words)
        if text != self.above.text():
            self.above.set_text(text)
            self._words_due = 0.0

    @Slot()
    def _place_words(self, *_: object) -> None:
        if self._holds_words:
            self._words_due = 0.0
            return
        self.levels.place(self._crowding())
        steps = len(self.losses)
        ahead = float(self.plot.step_scale.step(self.levels.ahead()))
        # they need not move before the curves come to them
        self._words_due = ahead if ahead > steps else 1.25 * steps
        if self.read_out.visible:
            self.read_out.place()

    def _crowding(self) -> Crowding:
        """How much of the curves lies in a rectangle, as of now; their ends count most."""
        drawn = [curves for curves in (self.losses, self.regret.curves) if curves.visible]
        ends = [y for curves in drawn for y in curves.ends().tolist()]
        x = float(self.plot.step_scale.x(len(self.losses)))
        note = QRectF()
        if self.above.isVisible():
            pixels = self.above.mapRectToParent(self.above.boundingRect())
            note = self.plot.getPlotItem().vb.mapToView(pixels).boundingRect()

        def crowding(place: QRectF) -> float:
            crowd = float(sum(curves.crossings(place) for curves in drawn))
            crowd += CIRCLE * self.tests.within(place) + 1e6 * note.intersects(place)
            return crowd + 1e3 * sum(place.contains(x, y) for y in ends)

        return crowding

    # cursor ---------------------------------------------------------------------

    @Slot(object)
    def _show_cursor(self, step: int | None) -> None:
        if step is None or self._recording is None:
            self.read_out.hide()
            self.plot.setAccessibleDescription(self.help)
            return
        regret = self.regret.value(step) if self._shows != "losses" else None
        floor = self._truth.test_floor if self._truth is not None else None
        title, known = read_values(self._recording, step, regret, floor)
        rows = [(role, told(name, self.exact), value) for role, name, value in known]
        self.read_out.show(float(self.plot.step_scale.x(step)), table(self.theme, title, rows))
        words = ", ".join(f"{name} {value}" for _, name, value in rows)
        self.plot.setAccessibleDescription(f"{title}: {words} nats")

    def set_theme(self, theme: Theme) -> None:
        """Recolour everything."""
        super().set_theme(theme)
        self.plot.set_theme(theme)
        for curves in (self.losses, self.regret.curves):
            curves.set_theme(theme)
        self.tests.set_colors(theme.color("total"), theme.color("plot"))
        self.levels.set_theme(theme)
        self.read_out.set_theme(theme)
        if self.plot.cursor is not None:
            self._show_cursor(self.plot.cursor)
