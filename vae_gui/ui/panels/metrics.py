"""Metrics: every number there is about the run, live, with its course, meaning and doubts."""

from __future__ import annotations

import math
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from vae_gui.core.diagnostics import METRICS, Evidence, Measurement, Metric
from vae_gui.core.storage import save_metrics, save_rows
from vae_gui.core.views import Truth
from vae_gui.measuring import OF_THE_RUN, as_json, as_table
from vae_gui.ui.frame import Frame
from vae_gui.ui.panels.base import PanelInTurns
from vae_gui.ui.panels.loss import AXES
from vae_gui.ui.panels.metrics_detail import MetricsDetail
from vae_gui.ui.panels.metrics_history import History, latest_test
from vae_gui.ui.panels.metrics_parts import Alarm, TableAndPlot
from vae_gui.ui.panels.metrics_table import MetricsTable
from vae_gui.ui.panels.metrics_words import (
    UNKNOWN,
    age_words,
    copied,
    role_of,
    tip_words,
    value_words,
)
from vae_gui.ui.panels.nats_words import when
from vae_gui.ui.panels.turns import Cut, Turns, unpainted
from vae_gui.ui.plotting.step_plot import StepPlot
from vae_gui.ui.plotting.steps import StepScale
from vae_gui.ui.questions import Answer, Question
from vae_gui.ui.theme import Theme

BY_KEY = {metric.key: metric for metric in METRICS}
VIEWS = (("both", "Table and plot"), ("table", "Table"), ("plot", "Plot and meaning"))
OF_THE_DATA = ("entropy_floor", "test_floor")  # the same whatever the model
FIRST = ("nats_above_floor",)  # plotted at first
Row = tuple[str, str, str, str, str]  # of the table: see `MetricsTable.show_value`
PAUSE_MS = 250  # between two changes of the table, unless something was measured


class MetricsPanel(PanelInTurns):
    """A table of all metrics, and a plot of those selected."""

    key: ClassVar[str] = "metrics"
    title: ClassVar[str] = "Metrics"
    place = "centre bottom"
    subtitle: ClassVar[str] = "every number of the run, with its meaning"
    help: ClassVar[str] = (
        "All metrics with their course over the run, error, doubts and age; those switched on are "
        "measured, those selected are plotted and explained."
    )
    data_formats: ClassVar[tuple[tuple[str, str], ...]] = (("Table", ".csv"), ("JSON", ".json"))
    parts: ClassVar[tuple[str, ...]] = (
        "_make_table",
        "_make_plot",
        "_make_detail",
        "_put_together",
    )

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.history = History()
        self._off: set[str] = set()
        self._selected: tuple[str, ...] = FIRST
        self._truth: Truth | None = None
        self._frame: Frame | None = None
        self._rows_of: Frame | None = None  # what the table tells of
        # numbers that change faster cannot be read, and a table is dear to paint
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._catch_up)
        self._new = True  # something was measured that the table does not tell yet,
        self._curves_new = True  # nor the curves
        self._view = self.add_choice("view", "Show", VIEWS, "both", self._on_view)
        self._axis = self.add_choice("step_axis", "Step axis", AXES, "log", self._on_axis)

    def _make_table(self) -> None:
        self.table = MetricsTable(METRICS, self.theme, self)

    def _make_plot(self) -> None:
        self._plot = StepPlot(self.theme, "Selected metrics over the run", parent=self)

    def _make_detail(self) -> None:
        self.detail = MetricsDetail(self._plot, self)

    def _put_together(self) -> None:
        self.alarm = Alarm(self)
        self.splitter = TableAndPlot(self.table, self.detail, self)
        self.body.addWidget(self.alarm)
        self.body.addWidget(self.splitter, 1)
        self.setFocusProxy(self.table)
        for key in self._off:
            self.table.switch(key, False)
        self.table.select(self._selected)
        self.table.switched.connect(self._on_switched)
        self.table.itemSelectionChanged.connect(self._on_selected)
        self.table.copy_wanted.connect(self.copy_values)
        self._on_axis(self._chosen_value(self._axis))
        self._on_view(self._chosen_value(self._view))
        self.set_theme(self.theme)

    # the run ------------------------------------------------------------------

    def clear(self) -> None:
        """Forget the run."""
        self.history.clear()
        self._truth = self._frame = self._rows_of = None
        self._pause.stop()
        self._new = self._curves_new = True
        if self._built:
            self.detail.clear()
            self.alarm.hide()
            self.table.show_series({})
            for metric in METRICS:
                self.table.show_value(metric.key, UNKNOWN, "", "muted", metric.help)

    def show_truth(self, truth: Truth) -> None:
        """Remember the data, which some metrics are about; they may be those of an estimate."""
        self._truth = truth
        self._build()
        self.table.show_labels(METRICS, self.exact)
        self.detail.exact = self.exact

    def question(self, frame: Frame) -> Question | None:
        """Those metrics that are switched on, of one model after the other."""
        return self.history.question(frame, [m for m in METRICS if m.key not in self._off])

    def show_answer(self, answer: Answer) -> None:
        """Keep what was measured."""
        self.history.add(answer)
        self._new = self._curves_new = True

    def turns(self, frame: Frame) -> Turns:
        """Bring the table up to date, and the plot where there is something new."""
        self._build()
        if self.history.start(frame):
            self._new = self._curves_new = True
        self._frame = frame
        told = courses = None
        if self._new or not self._pause.isActive():
            self._new = False
            self._pause.start()
            told = self._rows(frame)
            yield Cut.IF_LATE  # the table is painted with them: that is enough for a turn
        if self._curves_new:
            self._curves_new = False
            last = max(frame.recording.steps, 1)
            courses = {m.key: self.history.course(m.key, last) for m in METRICS}
            yield Cut.IF_LATE
        if told is not None:
            self._show_rows(frame, *told)
        if courses is None:
            self.detail.now.setValue(float(self.detail.plot.step_scale.x(frame.picture.step)))
            return
        self.table.show_series(courses)
        yield Cut.PAINT_FIRST
        with unpainted(self.detail.plot):
            self._draw_selected(frame)
            yield Cut.IF_LATE

    def _rows(self, frame: Frame) -> tuple[list[Row], list[str]]:
        """What the table is to tell of a frame, and the alarms."""
        rows, alarms = [], []
        for metric in METRICS:
            step, found = self._known(frame, metric)
            rows.append(self._row(frame, metric, step, found))
            if metric.alarm and found.value == 1:
                alarms.append(f"<b>⚠ {metric.label}</b>: {metric.help.removeprefix('1 if ')}")
        return rows, alarms

    def _show_rows(self, frame: Frame, rows: list[Row], alarms: list[str]) -> None:
        self._rows_of = frame
        for row in rows:
            self.table.show_value(*row)
        self.alarm.show_alarms(alarms)

    @property
    def up_to_date(self) -> bool:
        """Whether the table tells of the frame drawn last."""
        return self._frame is self._rows_of

    @Slot()
    def _catch_up(self) -> None:
        """Show the numbers of the latest frame, if they had to wait."""
        if not self.up_to_date:
            self.redraw_wanted.emit()

    def _known(self, frame: Frame, metric: Metric) -> tuple[int | None, Measurement]:
        """What is known of a metric at the step shown, and of which step that is."""
        shown = frame.picture.step
        if metric.key in self._off or self._truth is None:
            return None, Measurement(math.nan)
        near = self.history.nearest(metric.key, shown)
        if metric.cost != "frame" or (near is not None and near[0] == shown):
            return near or (None, Measurement(math.nan))
        # the other measurements of the model shown are of a test of its own, if there was one
        tested = self.history.test_at(shown) or latest_test(frame.recording, shown)
        evidence = Evidence(frame.config, self._truth, frame.recording, tested)
        of_a_test = tested is not None and metric.key not in (*OF_THE_RUN, *OF_THE_DATA)
        step = tested.step if tested is not None and of_a_test else shown
        return step, metric.measure(evidence)

    def _row(self, frame: Frame, metric: Metric, step: int | None, found: Measurement) -> Row:
        off = metric.key in self._off
        shown = frame.picture.step
        old = step is not None and step != shown
        age = "off" if off else age_words(step, shown)
        model = f"{when(step, shown)}." if step is not None and old else ""
        role, tip = role_of(metric, found, off, old), tip_words(metric, found, self.exact, model)
        return metric.key, value_words(metric, found), age, role, tip

    # curves -------------------------------------------------------------------

    def _draw_selected(self, frame: Frame) -> None:
        chosen = [BY_KEY[key] for key in self._selected if key in BY_KEY]
        series = [(m, *self.history.series(m.key)) for m in chosen if m.key not in OF_THE_RUN]
        self.detail.show_series(series, frame.picture.step, frame.recording.steps)
        first = chosen[0] if chosen else None
        self.detail.explain(first, self._known(frame, first)[1] if first else None)

    # options ------------------------------------------------------------------

    @Slot(str, bool)
    def _on_switched(self, key: str, on: bool) -> None:
        (self._off.discard if on else self._off.add)(key)
        self._new = self._curves_new = True
        self.redraw_wanted.emit()

    @Slot()
    def _on_selected(self) -> None:
        self._selected = tuple(self.table.selected)
        if self._frame is not None:
            self._draw_selected(self._frame)

    def _on_view(self, _: str) -> None:
        if self._built:
            self._fit()

    def _on_axis(self, name: str) -> None:
        if self._built:
            self.detail.set_step_scale(StepScale(log=name == "log"))
            self._new = self._curves_new = True
            self.redraw_wanted.emit()

    def option_values(self) -> dict[str, object]:
        """View options, what is switched off and what is plotted."""
        chosen = {"off": sorted(self._off), "selected": list(self._selected)}
        return {**super().option_values(), **chosen}

    def restore_options(self, values: dict[str, object]) -> None:
        """Take over remembered options; unknown names and values are passed over."""
        super().restore_options(values)
        off, selected = values.get("off"), values.get("selected")
        if isinstance(off, list):
            self._off = {key for key in off if key in BY_KEY}
        if isinstance(selected, list):
            self._selected = tuple(key for key in selected if key in BY_KEY)
        if self._built:
            off, selected = self._off.copy(), self._selected  # the table's signals change both
            for key in BY_KEY:
                self.table.switch(key, key not in off)
            self.table.clearSelection()
            self.table.select(selected)

    def fill_menu(self, menu: QMenu) -> None:
        """View options, then what can be done with the numbers."""
        for text, tip, slot in (
            ("Switch all on", "Measure every metric.", self.switch_all_on),
            ("Switch off what takes long", "Measure only what is quick.", self.switch_slow_off),
            ("Copy values", "Copy the rows selected, or all, for a spreadsheet.", self.copy_values),
        ):
            action = menu.addAction(text)
            action.setToolTip(tip)
            action.triggered.connect(slot)
        menu.addSeparator()
        super().fill_menu(menu)

    @Slot()
    def switch_all_on(self) -> None:
        """Measure every metric."""
        self._switch(set())

    @Slot()
    def switch_slow_off(self) -> None:
        """Measure only what is quick."""
        self._switch({m.key for m in METRICS if m.cost == "slow"})

    def _switch(self, off: set[str]) -> None:
        self._build()
        for key in BY_KEY:
            self.table.switch(key, key not in off)

    # numbers given away -------------------------------------------------------

    @Slot()
    def copy_values(self) -> None:
        """Copy the rows selected, or all, as lines of a spreadsheet."""
        frame = self._frame
        if frame is None:
            return
        lines = []
        for key in self._selected if len(self._selected) > 1 else BY_KEY:
            step, found = self._known(frame, BY_KEY[key])
            if step is not None:
                lines.append(copied(BY_KEY[key], found, step, self.exact))
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")

    @property
    def no_data(self) -> str:
        """Why there is nothing to write: what is off is not measured."""
        if self.history.moments():
            return ""
        return "Nothing was measured of this run yet: switch on the metrics that are wanted."

    def write_data(self, path: Path) -> None:
        """Write what was measured: CSV of all moments, or JSON of the one shown.

        Raises:
            FileProblem: It cannot be written.
        """
        moments = self.history.moments()
        if path.suffix.lower() == ".json":
            shown = self._frame.picture.step if self._frame else 0
            near = min(moments, key=lambda m: abs(m.test.step - shown))
            save_metrics(path, as_json(near, self.exact))
        else:
            save_rows(path, *as_table(moments))

    # appearance ---------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Table and plot beside or below each other; the table alone where there is little room."""
        super().resizeEvent(event)
        if self._built:
            self._fit()

    def _fit(self) -> None:
        self.splitter.fit(self._chosen_value(self._view), self.width(), self.height())

    def reset_view(self) -> None:
        """Show everything again after zooming."""
        if self._built:
            self.detail.plot.reset_view()

    def set_theme(self, theme: Theme) -> None:
        """Recolour."""
        super().set_theme(theme)
        if not self._built:
            return
        for part in (self.table, self.detail, self.alarm):
            part.set_theme(theme)
        self._new = self._curves_new = True
        self.redraw_wanted.emit()
