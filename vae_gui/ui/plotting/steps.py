"""The axis of training steps: linear or logarithmic, whole numbers, growing with the run.

Row i of a recorded series is step i + 1; step 0 is the untrained model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QFontMetricsF

from vae_gui.core.distributions import Array
from vae_gui.ui.plotting.axis import CLEAR, Axis
from vae_gui.ui.plotting.pyramid import BLOCK, Edges

UNTRAINED = 0.5  # where step 0 lies on a logarithmic axis, which has no 0
SHORT_RUN = 1_000  # a run of so many steps has its whole axis from the start


@dataclass(frozen=True, slots=True)
class StepScale:
    """Where a step lies along the axis."""

    log: bool = False

    def x(self, steps: npt.ArrayLike) -> Array:
        """Axis positions of steps, any shape."""
        steps = np.asarray(steps, np.float64)
        return np.log10(np.maximum(steps, UNTRAINED)) if self.log else steps

    def step(self, x: float) -> float:
        """The step, not rounded, at an axis position; 0 left of everything trained."""
        if not self.log:
            return x
        return 10 ** min(x, 18.0) if x > math.log10((1 + UNTRAINED) / 2) else 0.0

    def columns(
        self, x_min: float, x_max: float, pixels: int, rows: int, block: int = BLOCK
    ) -> Edges:
        """Edges that divide the visible rows into about one stretch a pixel.

        One more row or stretch to each side lets a curve run on to the edge of the view.

        Args:
            x_min: Left end of the visible axis.
            x_max: Right end.
            pixels: Its length in pixels.
            rows: Number of recorded rows.
            block: Of the pyramid that is asked for them, the rows of its smallest blocks.

        Returns:
            Increasing row numbers in 0..rows, empty when nothing is visible.
        """
        pixels = max(pixels, 1)
        if self.log:
            ends = 10 ** np.linspace(x_min, x_max, pixels + 1).clip(-1, 18)
            inner: npt.NDArray[np.integer] = np.append(ends[0] - 1, ends).astype(np.int64)
            inner = _rounder(inner, (x_max - x_min) / pixels, block)
            edges = np.append(inner, int(ends[-1]) + 1)
        else:
            # multiples of a round number of steps: they do not shimmer while the axis
            # is dragged, and a pyramid answers them at once
            size = _round_down((x_max - x_min) / pixels)
            first, last = math.floor((x_min - 2) / size), math.ceil((x_max + 1) / size)
            edges = np.arange(max(first, 0), min(last, -(-rows // size)) + 1) * size
        edges = np.maximum.accumulate(edges.clip(0, rows))  # rounding may turn the first two
        new = np.ones(len(edges), bool)
        np.greater(edges[1:], edges[:-1], out=new[1:])
        edges = edges[new]
        return edges if len(edges) > 1 else edges[:0]

    def centres(self, edges: Edges) -> Array:
        """Axis positions of the middle step between consecutive edges."""
        return self.x((edges[:-1] + 1 + edges[1:]) / 2)


def _round_down(number: float) -> int:
    """The largest 2**k or 3 * 2**k up to a number, at least 1."""
    if number < 2:
        return 1
    power = 2 ** math.floor(math.log2(number))
    return power + power // 2 if power * 1.5 <= number else power


def _rounder(edges: Edges, decades: float, block: int) -> Edges:
    """Edges rounded down to powers of two of at most an eighth of a column of `decades`.

    Of half a column where that makes them end whole blocks of a pyramid, which have `block` rows.
    """
    widths = edges * (10**decades - 1)
    eighths = 1 << np.log2((widths / 8).clip(1)).astype(np.int64)
    return edges & -np.where(widths >= 2 * block, eighths.clip(block), eighths)


def last_step_shown(steps: int, planned: int) -> int:
    """How far the axis reaches: the whole of a short run, else doubling up to the plan."""
    reach = SHORT_RUN
    while reach < steps:
        reach *= 2
    return planned if steps <= planned < reach else reach


def stage_shown(steps: int, planned: int, log: bool) -> int:
    """How far an axis reaches that keeps close to the run: in stages, up to the plan.

    An axis that changed with every frame would be the dearest part of one. There are 8 stages
    an octave, on a logarithmic axis, where they are as far apart at its end, 2.
    """
    steps = max(steps, 1)
    stage = max((1 << steps.bit_length()) >> (2 if log else 4), 1)
    reach = -(-steps // stage) * stage
    return planned if steps <= planned < reach else reach


class StepAxis(Axis):
    """Labels whole steps, with thin spaces between thousands; never in scientific notation."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.scale_of_steps = StepScale()

    def set_step_scale(self, scale: StepScale) -> None:
        """Label this scale from now on."""
        self.scale_of_steps = scale
        self.picture = None
        self.update()

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        """Spacings of ticks on a linear axis, none below one step."""
        spacings = super().tickSpacing(minVal, maxVal, size)
        return [s for s in spacings if s[0] >= 1] or [(1.0, 0.0)]

    def tickValues(
        self, minVal: float, maxVal: float, size: float
    ) -> list[tuple[float | None, list[float]]]:
        """Ticks by level: on a logarithmic axis the powers of ten, then 2 to 9 times these."""
        if not self.scale_of_steps.log:
            return super().tickValues(minVal, maxVal, size)
        decades = range(max(0, math.floor(minVal)), min(18, math.ceil(maxVal)) + 1)
        marks = [math.log10(UNTRAINED), *map(float, decades)]
        between = [d + math.log10(m) for d in decades for m in range(2, 10)]
        return [
            (1.0, [v for v in marks if minVal <= v <= maxVal]),
            (None, [v for v in between if minVal <= v <= maxVal]),
        ]

    def tickStrings(self, values: list[float], scale: float, spacing: float | None) -> list[str]:
        """Steps in full; between powers of ten only where few of them are in sight."""
        if not self.scale_of_steps.log:
            words = [thousands(round(v)) for v in values]
            return words if spacing is None else self.thinned(values, words, spacing)
        if spacing is None and self.range[1] - self.range[0] > 1.5:
            return [""] * len(values)
        words = [thousands(round(self.scale_of_steps.step(v))) for v in values]
        return words if spacing is None else self._apart(values, words)

    def _apart(self, values: list[float], words: list[str]) -> list[str]:
        """The words of every power of ten, of every second, third and so on, until none touch."""
        low, high = self.range
        length = self.geometry().width()
        if high <= low or length <= 0:
            return words
        font, pixels = QFontMetricsF(self.style["tickFont"] or self.font()), length / (high - low)
        half = [font.horizontalAdvance(w) / 2 for w in words]

        def touch(a: int, b: int) -> bool:
            return pixels * (values[b] - values[a]) < half[a] + half[b] + CLEAR

        # the untrained model's place, left of the first power, stays: there is no other like it
        first = [i for i, v in enumerate(values) if v < 0]
        kept = first
        for every in range(1, len(values) + 1):
            powers = [i for i, v in enumerate(values) if v >= 0 and round(v) % every == 0]
            if first and powers and touch(first[-1], powers[0]):
                del powers[0]
            kept = first + powers
            if not any(touch(a, b) for a, b in pairwise(kept)):
                break
        return [w if i in kept else "" for i, w in enumerate(words)]


def thousands(number: int) -> str:
    """A whole number with narrow spaces between thousands."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
