"""The metrics selected over the run, and what the first of them means."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from vae_gui.core.diagnostics import Measurement, Metric
from vae_gui.core.distributions import Array
from vae_gui.ui.panels.metrics_pens import MOST, pens
from vae_gui.ui.panels.metrics_words import detail_words, label_words
from vae_gui.ui.panels.steady import Steady
from vae_gui.ui.plotting.curve_key import CurveKey
from vae_gui.ui.plotting.points import PointsItem
from vae_gui.ui.plotting.ranges import Range, settled
from vae_gui.ui.plotting.step_plot import StepPlot
from vae_gui.ui.plotting.steps import StepScale
from vae_gui.ui.theme import Theme

EMPTY = "Select metrics in the table."
USUAL = 0.9  # of the values are in the range; an untrained model may be far off
DOT = 6.0  # pixels, of a value without neighbours
FLAT = 0.1  # of a value, to either side, is in the range where there is no other
TOP_ROOM = 1.5  # spans of the usual values above them that may be shown too

Series = tuple[Metric, Array, list[Measurement]]


class MetricsDetail(QWidget):
    """Curves of some metrics with their errors, and words on the first.

    Args:
        plot: For the curves, to become a part of this widget.
        parent: Of this widget.
    """

    def __init__(self, plot: StepPlot, parent: QWidget) -> None:
        super().__init__(parent)
        theme = plot.theme
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.plot = plot
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.key = CurveKey(theme, self)
        column.addWidget(self.key)
        column.addWidget(self.plot, 1)
        column.addWidget(Steady(self.words))
        item = self.plot.getPlotItem()
        self.low, self.high = (pg.PlotCurveItem() for _ in range(2))
        self.chance = pg.FillBetweenItem(self.low, self.high)
        self.bars = pg.ErrorBarItem(x=np.empty(0), y=np.empty(0))
        self.curves = [pg.PlotCurveItem(antialias=True, connect="finite") for _ in range(MOST)]
        self.dots = [PointsItem(theme.color("text"), DOT) for _ in range(MOST)]
        self.now = pg.InfiniteLine(angle=90)
        for part in (
            self.low,
            self.high,
            self.chance,
            self.bars,
            *self.curves,
            *self.dots,
            self.now,
        ):
            item.addItem(part, ignoreBounds=True)
        self.hint = self.plot.add_note(Qt.AlignmentFlag.AlignCenter)
        self.exact = True  # whether the density of the data is known
        self._range: Range | None = None
        self._shown: tuple[Metric, ...] = ()
        self.set_theme(theme)
        self.clear()

    def set_step_scale(self, scale: StepScale) -> None:
        """Count steps linearly or logarithmically."""
        self.plot.set_step_scale(scale)

    def show_series(self, series: list[Series], now: int, last: int) -> None:
        """Draw metrics, at most `MOST`.

        Args:
            series: Each metric with the steps (n,) at which it was measured and what was found.
            now: The step shown.
            last: The latest step of the run.
        """
        series = series[:MOST]
        shown = tuple(metric for metric, *_ in series)
        if shown != self._shown:
            self._shown, self._range = shown, None
            self.plot.reset_view()
        self._show_pens()
        drawn: list[Array] = []
        for i, (curve, dots) in enumerate(zip(self.curves, self.dots, strict=True)):
            x, y = self._drawn(series[i]) if i < len(series) else (np.empty(0), np.empty(0))
            curve.setData(x, y)
            dots.set_points(np.stack([x, y], axis=1)[alone(y)])
            drawn.append(y)
        self._draw_errors(series[:1])
        some = bool(series) and any(len(y) for y in drawn)
        self.hint.set_text("" if some else EMPTY if not series else "Not measured yet.")
        scale = self.plot.step_scale
        self.now.setValue(float(scale.x(now)))
        self.now.setVisible(some)
        self.plot.set_last_step(last)
        self._fit(np.concatenate(drawn), last)

    def _show_pens(self) -> None:
        """Colours and dashes of the curves, and the legend that tells them."""
        theme = self.plot.theme
        made = pens(theme, self._shown)
        for curve, dots, pen in zip(self.curves, self.dots, made, strict=False):
            curve.setPen(pen)
            dots.set_style(pen.color(), DOT)
        labels = [label_words(metric, self.exact) for metric in self._shown]
        self.key.show_curves(tuple(zip(labels, made, strict=True)))

    def _drawn(self, one: Series) -> tuple[Array, Array]:
        _, steps, found = one
        return self.plot.step_scale.x(steps), np.array([f.value for f in found], np.float64)

    def _draw_errors(self, first: list[Series]) -> None:
        """The error of each value of a metric, and what chance alone makes of it."""
        none = np.empty(0)
        x, low, high = none, none, none
        at, value, error = none, none, none
        for one in first:
            at, value = self._drawn(one)
            error = np.nan_to_num(np.array([f.error for f in one[2]], np.float64), posinf=0.0)
            banded = [i for i, f in enumerate(one[2]) if f.band is not None]
            x = at[banded]
            low, high = np.array([one[2][i].band for i in banded]).reshape(-1, 2).T
        whole = np.isfinite(value) & (error > 0)
        self.bars.setData(x=at[whole], y=value[whole], height=2 * error[whole])
        self.low.setData(x, low)
        self.high.setData(x, high)
        self.chance.setCurves(self.low, self.high)

    def _fit(self, values: Array, last: int) -> None:
        values = values[np.isfinite(values)]
        if not len(values):
            return
        low, high = np.quantile(values, [(1 - USUAL) / 2, (1 + USUAL) / 2]).tolist()
        span = max(high - low, 1e-3 * max(abs(high), abs(low), 1e-3))
        if values.min() == values.max():
            span = 2 * FLAT * (abs(high) or 1.0)
        low = max(float(values.min()), low - TOP_ROOM * span)
        high = min(float(values.max()), high + TOP_ROOM * span)
        middle, half = (low + high) / 2, max((high - low) / 2, span / 2)
        self._range = settled(self._range, (middle - half, middle + half))
        start, end = self.plot.step_scale.x([0, max(last, 1)])
        margin = 0.02 * (end - start)
        self.plot.set_run_bounds((float(start - margin), float(end + margin), *self._range))

    def explain(self, metric: Metric | None, found: Measurement | None) -> None:
        """Say what a metric means and what to think of its value."""
        words = detail_words(self.plot.theme, metric, found, self.exact) if metric else ""
        if words != self.words.text():
            self.words.setText(words)

    def clear(self) -> None:
        """Forget the run."""
        self._range = None
        self.show_series([], 0, 0)
        self.words.clear()

    def set_theme(self, theme: Theme) -> None:
        """Recolour."""
        self.plot.set_theme(theme)
        self.key.set_theme(theme)
        self._show_pens()
        clear = theme.pen("muted", alpha=0.0)
        for edge in (self.low, self.high):
            edge.setPen(clear)
        self.chance.setBrush(theme.color("muted", 0.25))
        self.bars.setData(pen=theme.pen("muted"))
        self.now.setPen(theme.pen("accent"))
        self.words.setStyleSheet(f"color: {theme.text}")


def alone(values: Array) -> npt.NDArray[np.bool_]:
    """Which of values (n,) have no finite neighbour, so that no line leads to them."""
    finite = np.pad(np.isfinite(values), 1)
    return finite[1:-1] & ~finite[:-2] & ~finite[2:]
