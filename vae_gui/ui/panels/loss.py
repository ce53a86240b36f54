"""The loss per training step beside the lowest one possible, with test points and a cursor."""

from __future__ import annotations

import time
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtWidgets import QWidget

from vae_gui.core.distributions import told
from vae_gui.core.recording import Recording, TestPoints
from vae_gui.core.views import Truth
from vae_gui.ui.frame import Frame
from vae_gui.ui.panels.base import Panel
from vae_gui.ui.panels.loss_words import ROLES, TERMS, read_values, rounded, table
from vae_gui.ui.plotting.curves import CirclesItem, CurvesItem
from vae_gui.ui.plotting.marks import LabelledLevel, ReadOut
from vae_gui.ui.plotting.pyramid import Growing, MinMaxPyramid, Rows
from vae_gui.ui.plotting.ranges import RunRange
from vae_gui.ui.plotting.smoothing import MovingAverage
from vae_gui.ui.plotting.step_plot import StepPlot
from vae_gui.ui.plotting.steps import StepScale, last_step_shown
from vae_gui.ui.theme import Theme

FAINT = 0.3
PIECE = 1 << 13  # steps taken in at once,
TAKING_IN = 0.004  # and no further piece after so many seconds: a long run comes in turns
HUGE = 1e6  # nats; an untrained model that far off is not worth the view
EMPTY = "No step yet. Space runs, S makes one step."
SMOOTHING = (("0", "Off"), *((str(n), f"{n} steps") for n in (5, 20, 50, 200)))
AXES = (("linear", "Linear"), ("log", "Logarithmic"))


class LossPanel(Panel):
    """Total, reconstruction and KL per step; smoothed by a centred moving average."""

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
        self.raw = CurvesItem(MinMaxPyramid(3), [])
        self.smooth = CurvesItem(MinMaxPyramid(3), [], bold=True)
        self.tests = CirclesItem(theme.color("total"), theme.color("plot"))
        for z, curves in enumerate((self.raw, self.smooth, self.tests)):
            curves.setZValue(z + 1)
            item.addItem(curves, ignoreBounds=True)
        self.floor = LabelledLevel(item)
        self.hint = self.plot.add_note(Qt.AlignmentFlag.AlignCenter)
        self.above = self.plot.add_note(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        self.read_out = ReadOut(item)
        self._smoothing = 20
        self._add_options()
        self.plot.cursor_moved.connect(self._show_cursor)
        item.vb.sigRangeChanged.connect(self._note_above)
        item.vb.sigRangeChanged.connect(self._place_words)
        item.vb.sigResized.connect(self._place_words)
        self.clear()
        self.set_theme(theme)

    def _add_options(self) -> None:
        self.add_choice(
            "smoothing", "Smoothing", SMOOTHING, str(self._smoothing), self._set_smoothing
        )
        self.add_choice("step_axis", "Step axis", AXES, "linear", self._set_axis)

    # the run --------------------------------------------------------------------

    def clear(self) -> None:
        """Forget the run: back to the empty axes."""
        self._truth: Truth | None = None
        self.floor.set_visible(False)
        self._start_over(None, 0)
        self._follow(planned=0)

    def _start_over(self, recording: Recording | None, run: int) -> None:
        self._recording = recording
        self._run = run
        self._planned = 0
        self._beta = 1.0
        self._range = RunRange()
        self._words_due = 0.0  # step at which the floor's words may have to move
        self._test_points = Growing(2, np.float64)  # step, total
        self.raw.set_pyramid(MinMaxPyramid(3))
        self._smooth_anew()
        self.tests.set_points([], [])
        self.plot.move_cursor(None)
        self.plot.set_last_step(0)
        self.plot.reset_view()
        self.hint.set_text(EMPTY)

    def show_truth(self, truth: Truth) -> None:
        """Draw the entropy floor."""
        self._truth = truth
        self._range.shown = None
        self._label_floor()

    def _label_floor(self) -> None:
        if self._truth is None:
            return
        # a smaller KL weight lets the loss go below the entropy
        at = " at β = 1" if self._beta < 1 else ""
        equals = "≈" if self._truth.entropy_error >= 5e-4 else "="
        short = told(f"H(p) {equals} {self._truth.entropy:.3f}", self.exact)
        name = told("entropy floor", self.exact)
        self.floor.set_level(
            self._truth.entropy, f"{name}{at} {short} nats", f"{short} nats", short
        )
        self._words_due = 0.0

    def show_frame(self, frame: Frame) -> None:
        """Draw the steps that have come since the last call."""
        recording = frame.recording
        other = (frame.run, recording) != (self._run, self._recording)
        if other or recording.steps < len(self.raw.pyramid):
            self._start_over(recording, frame.run)
        if (frame.config.training.beta < 1) != (self._beta < 1):
            self._beta = frame.config.training.beta
            self._label_floor()
        whole = self._take_in(recording.losses)
        self._add_tests(recording.tests)
        self.hint.set_text("" if recording.steps else EMPTY)
        self.plot.set_last_step(recording.steps)
        data, training = frame.config.data, frame.config.training
        self._follow(training.epochs * -(-data.examples // training.batch_size))
        if len(self.raw.pyramid) >= self._words_due:
            self._place_words()
        if self.plot.cursor is not None:
            self._show_cursor(self.plot.cursor)
        if not whole:
            self.redraw_wanted.emit()

    def _take_in(self, losses: Rows) -> bool:
        """Add what is new of all losses (n, 3), as much as a turn has time for; whether all."""
        pyramid, late = self.raw.pyramid, time.perf_counter() + TAKING_IN
        known = len(pyramid)
        while len(pyramid) < len(losses) and (len(pyramid) == known or time.perf_counter() < late):
            pyramid.update(losses[: len(pyramid) + PIECE])
            self._smooth_on()
        if len(pyramid) > known:
            self.raw.grow_from(known)
            self._range.see(pyramid.values[known:])
        return len(pyramid) == len(losses)

    def _add_tests(self, tests: TestPoints) -> None:
        known = len(self._test_points)
        if len(tests) == known:
            return
        steps, totals = tests.at(known)[:, 1], tests.losses(known)[:, 0]
        self._test_points.write(known, np.stack([steps, totals], axis=1))
        self.tests.set_points(*self._test_points.rows.T)

    # smoothing ------------------------------------------------------------------

    def _set_smoothing(self, steps: str) -> None:
        self._smoothing = int(steps)
        self._smooth_anew()
        self._set_pens()
        self.redraw_wanted.emit()

    def _smooth_anew(self) -> None:
        self._settled = 0  # rows of the average that later steps do not change
        self.smooth.set_pyramid(MinMaxPyramid(3))
        self._smooth_on()

    def _smooth_on(self) -> None:
        if self._smoothing:
            average = MovingAverage(self.raw.pyramid.values, self._smoothing // 2)
            self.smooth.pyramid.update(average, self._settled)
            self.smooth.grow_from(self._settled)
            self._settled = average.settled

    def _set_pens(self) -> None:
        faint = FAINT if self._smoothing else 1.0
        # an opaque mixture: Qt takes eight times as long for a translucent zigzag
        self.raw.set_pens([self.theme.mixed_pen(role, faint) for role in ROLES])
        self.smooth.set_pens([self.theme.pen(role) for role in ROLES])

    # axes -----------------------------------------------------------------------

    def _set_axis(self, name: str) -> None:
        scale = StepScale(log=name == "log")
        self.plot.set_step_scale(scale)
        for item in (self.raw, self.smooth, self.tests):
            item.set_step_scale(scale)
        self.plot.move_cursor(None)
        self._follow(self._planned)
        self.redraw_wanted.emit()

    def reset_view(self) -> None:
        """Follow the run again after zooming."""
        self.plot.reset_view()

    def _follow(self, planned: int) -> None:
        self._planned = planned
        scale = self.plot.step_scale
        steps = self._recording.steps if self._recording is not None else 0
        start, end = scale.x([0, last_step_shown(steps, planned)])
        margin = 0.015 * (end - start)
        marks = [0.0, self._truth.entropy] if self._truth is not None else [0.0, 4.0]
        tests = self._test_points.rows[:, 1]
        if not len(self.raw.pyramid):  # the untrained model's loss is all that there is to see
            marks += [float(t) for t in tests if abs(t) < HUGE]
        shown = self._range.follow(self.raw.pyramid, marks, tests)
        self.plot.set_run_bounds((float(start - margin), float(end + margin), *shown))
        self._note_above()

    @Slot()
    def _note_above(self, *_: object) -> None:
        """Own up to what runs off the top of the range that was chosen for the run."""
        top, text, shown = self.plot.in_view()[3], "", self._range.shown
        as_chosen = shown is not None and np.isclose(top, shown[1])
        if as_chosen and self._range.highest > top:
            text = f"up to {rounded(self._range.highest)} above the view"
        if text != self.above.text():
            self.above.set_text(text)
            self._words_due = 0.0

    @Slot()
    def _place_words(self, *_: object) -> None:
        self.floor.place(self._crowding)
        steps = len(self.raw.pyramid)
        ahead = float(self.plot.step_scale.step(self.floor.words_place().left()))
        # they need not move before the curves come to them
        self._words_due = ahead if ahead > steps else 1.25 * steps
        if self.read_out.visible:
            self.read_out.place()

    def _crowding(self, place: QRectF) -> float:
        """How much of the curves lies in a rectangle; their ends count most."""
        curves = self.smooth if self._smoothing else self.raw
        values = curves.pyramid.values
        crowd = float(curves.crossings(place))
        if self.above.isVisible():
            view = self.plot.getPlotItem().vb
            note = view.mapToView(self.above.mapRectToParent(self.above.boundingRect()))
            crowd += 1e6 * note.boundingRect().intersects(place)
        if len(values):
            x = float(self.plot.step_scale.x(len(values)))
            crowd += 1e3 * sum(place.contains(x, y) for y in values[-1:][0].tolist())
        return crowd

    # cursor ---------------------------------------------------------------------

    @Slot(object)
    def _show_cursor(self, step: int | None) -> None:
        if step is None or self._recording is None:
            self.read_out.hide()
            self.plot.setAccessibleDescription(self.help)
            return
        title, rows = read_values(self._recording, step)
        self.read_out.show(float(self.plot.step_scale.x(step)), table(self.theme, title, rows))
        words = ", ".join(f"{name} {value}" for _, name, value in rows)
        self.plot.setAccessibleDescription(f"{title}: {words} nats")

    def set_theme(self, theme: Theme) -> None:
        """Recolour everything."""
        super().set_theme(theme)
        self.plot.set_theme(theme)
        self._set_pens()
        self.tests.set_colors(theme.color("total"), theme.color("plot"))
        self.floor.set_theme(theme, "true")
        self.read_out.set_theme(theme)
        if self.plot.cursor is not None:
            self._show_cursor(self.plot.cursor)
