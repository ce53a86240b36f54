"""Curves of a series that grows: faint as recorded, strong as smoothed over steps.

It knows rows and pixels, not what was measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF

from vae_gui.core.distributions import Array
from vae_gui.ui.plotting.curves import CurvesItem
from vae_gui.ui.plotting.pyramid import MinMaxPyramid, Rows, Series
from vae_gui.ui.plotting.ranges import Range, RunRange
from vae_gui.ui.plotting.smoothing import MovingAverage
from vae_gui.ui.plotting.steps import StepScale
from vae_gui.ui.theme import Theme

FAINT = 0.3
TAKING_IN = 0.004  # seconds, after which no further piece is taken in: a long run comes in turns


class StepCurves:
    """One curve a column, each drawn twice: as recorded, and as a centred moving average.

    Args:
        plot: Where they are drawn.
        roles: The theme's role of each column.
        piece: Rows taken in at once.

    Attributes:
        piece: The same; it may be changed.
        raw: The curves as recorded.
        smooth: The same smoothed.
        range: The values to show of them.
    """

    def __init__(self, plot: pg.PlotItem, roles: Sequence[str], piece: int) -> None:
        self._roles = tuple(roles)
        self.piece = piece
        self._half_width = 0
        self.raw = CurvesItem(MinMaxPyramid(len(roles)), [])
        self.smooth = CurvesItem(MinMaxPyramid(len(roles)), [], bold=True)
        for z, curves in enumerate((self.raw, self.smooth)):
            curves.setZValue(z + 1)
            plot.addItem(curves, ignoreBounds=True)
        self.start_over()

    def __len__(self) -> int:
        return len(self.raw.pyramid)

    def start_over(self) -> None:
        """Forget all rows."""
        self.range = RunRange()
        self.raw.set_pyramid(MinMaxPyramid(len(self._roles)))
        self._smooth_anew()

    def take_in(self, rows: int, first: Callable[[int], Series]) -> bool:
        """Go on up to so many rows, as far as a turn has time for; whether it came so far.

        Args:
            rows: How many there are.
            first: Gives that many of them, from the first on.
        """
        pyramid, late = self.raw.pyramid, time.perf_counter() + TAKING_IN
        known = len(pyramid)
        while len(pyramid) < rows and (len(pyramid) == known or time.perf_counter() < late):
            pyramid.update(first(min(len(pyramid) + self.piece, rows)))
            self._smooth_on()
        if len(pyramid) > known:
            self.raw.grow_from(known)
            self.range.see(pyramid.values[known : len(pyramid)])
        return len(pyramid) == rows

    def follow(self, marks: Sequence[float], extras: Rows) -> Range:
        """The values to show; see `RunRange.follow`."""
        return self.range.follow(self.raw.pyramid, marks, extras)

    @property
    def visible(self) -> bool:
        """Whether they are shown."""
        return self.raw.isVisible()

    @property
    def highest(self) -> float:
        """The highest finite value so far; minus infinity if there is none or it is hidden."""
        return self.range.highest if self.raw.isVisible() else -np.inf

    # smoothing ------------------------------------------------------------------

    def set_smoothing(self, steps: int, theme: Theme) -> None:
        """Average over so many steps, 0 for not at all."""
        self._half_width = steps // 2
        self._smooth_anew()
        self.set_theme(theme)

    def _smooth_anew(self) -> None:
        self._settled = 0  # rows of the average that later rows do not change
        self.smooth.set_pyramid(MinMaxPyramid(len(self._roles)))
        self._smooth_on()

    def _smooth_on(self) -> None:
        if self._half_width:
            average = MovingAverage(self.raw.pyramid.values, self._half_width)
            self.smooth.pyramid.update(average, self._settled)
            self.smooth.grow_from(self._settled)
            self._settled = average.settled

    # appearance -----------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Colour the curves."""
        faint = FAINT if self._half_width else 1.0
        # an opaque mixture: Qt takes eight times as long for a translucent zigzag
        self.raw.set_pens([theme.mixed_pen(role, faint) for role in self._roles])
        self.smooth.set_pens([theme.pen(role) for role in self._roles])

    def set_visible(self, visible: bool) -> None:
        """Show or hide them."""
        self.raw.setVisible(visible)
        self.smooth.setVisible(visible)

    def set_step_scale(self, scale: StepScale) -> None:
        """Draw on a linear or logarithmic axis."""
        self.raw.set_step_scale(scale)
        self.smooth.set_step_scale(scale)

    def crossings(self, place: QRectF) -> int:
        """How many corners of what stands out lie in a rectangle of the plot; 0 if hidden."""
        if not self.raw.isVisible():
            return 0
        return (self.smooth if self._half_width else self.raw).crossings(place)

    def ends(self) -> Array:
        """The last value of each curve that stands out, (columns,); empty if hidden."""
        values = (self.smooth if self._half_width else self.raw).pyramid.values
        if not (self.raw.isVisible() and len(values)):
            return np.empty(0)
        return np.asarray(values[len(values) - 1 : len(values)][0], np.float64)

    def row(self, step: int) -> Array | None:
        """The values recorded of a step, from 1, (columns,); None where there are none."""
        if not 0 < step <= len(self):
            return None
        return np.asarray(self.raw.pyramid.values[step - 1 : step][0], np.float64)
