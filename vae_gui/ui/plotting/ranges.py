"""Which values a live plot of losses shows: calm, and not ruled by spikes.

Pure functions of what is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions import Array
from vae_gui.ui.plotting.pyramid import MinMaxPyramid, Rows

Range = tuple[float, float]

RECENT = 16  # one part in so many of the run tells what is typical of it now
FEWEST = 64  # steps that tell it, while there are so many
COLUMNS = 64  # stretches of steps whose extremes are looked at
OUTLIERS = 0.03  # of the columns on either side may be cut off
ABOVE, BELOW = 3.0, 1.0  # typical spans beyond what is typical: farther out lie spikes
ROOM = 0.06  # of the span, above and below
ROOMY = 0.55  # a range is given up when less than this part of it is needed
GROWTH = 17 / 16  # of a run, after which its range is looked at again in any case


def loss_range(losses: MinMaxPyramid, marks: Sequence[float], extras: npt.ArrayLike) -> Range:
    """Values to show of a run.

    The marks and the medians of the latest steps are always shown, and of those steps' noise
    as much as keeps the medians apart. The later half of the run is shown but for its rare
    outliers, the start and the extras where they at most double the span upwards and add a
    quarter of it below. What is farther out than that runs off the view: thousands of steps
    of a diverging run too, once the latest steps are back from there.

    Args:
        losses: All curves.
        marks: Values that are always shown.
        extras: Values shown as far as that rule allows.

    Returns:
        Lowest and highest value, at least a little apart.
    """
    n = len(losses)
    first = max(0, min(n - n // RECENT, n - FEWEST))
    medians = _medians(losses.values[first:])
    low, high = min([*medians, *marks]), max([*medians, *marks])
    typical = max(high - low, 1e-3)
    bottom, ceiling = low - BELOW * typical, high + ABOVE * typical
    least, most = _usual(*_columns(losses, first))
    low, high = min(low, max(least, bottom)), max(high, min(most, ceiling))
    low, high = _stretched((low, high), _usual(*_columns(losses, n // 2)), bottom, ceiling)
    span = high - low
    others = np.concatenate([*_columns(losses, 0), np.ravel(extras)], axis=None)
    low, high = _stretched(
        (low, high), others, max(bottom, low - span / 4), min(ceiling, high + span)
    )
    return low, max(high, low + 1e-3)


def _medians(recent: Rows) -> list[float]:
    """The median of each curve's finite values."""
    some = recent[:: max(1, len(recent) // 1024)].astype(np.float64)  # two of them are added
    finite = (column[np.isfinite(column)] for column in some.T)
    return [float(np.median(column)) for column in finite if len(column)]


def _columns(losses: MinMaxPyramid, first: int) -> tuple[Rows, Rows]:
    """Extremes of some 64 to 128 stretches of steps, from about row `first` on."""
    n = len(losses)
    return losses.stretches(first, 1 << ((n - first) // COLUMNS).bit_length())


def _usual(lows: Rows, highs: Rows) -> Range:
    """The extremes of all curves, but for the outliers among their columns."""
    lows, highs = np.sort(lows, axis=0), np.sort(highs, axis=0)
    low, high = np.inf, -np.inf
    for least, most in zip(lows.T.tolist(), highs.T.tolist(), strict=True):
        finite = sum(v == v for v in least)  # NaNs are sorted to the end
        if finite:
            cut = math.ceil(OUTLIERS * (finite - 1))
            low, high = min(low, least[cut]), max(high, most[finite - 1 - cut])
    return low, high


def _stretched(shown: Range, values: Sequence[float] | Array, bottom: float, top: float) -> Range:
    """A range grown to hold those of the values that lie between two limits."""
    values = np.asarray(values, np.float64)
    values = values[(values >= bottom) & (values <= top)]  # NaN is neither
    if not len(values):
        return shown
    return min(shown[0], float(values.min())), max(shown[1], float(values.max()))


def settled(current: Range | None, wanted: Range) -> Range:
    """The current range while it serves, else the wanted one with some room."""
    low, high = wanted
    if (
        current is not None
        and current[0] <= low < high <= current[1]
        and high - low >= ROOMY * (current[1] - current[0])
    ):
        return current
    room = ROOM * (high - low)
    return low - room, high + room


class RunRange:
    """The settled range of a growing run, looked at again only when it may have to change.

    That is when something new lies outside, or the run has grown by a sixteenth.

    Attributes:
        shown: The range, None while there is none.
        highest: The highest finite loss so far, minus infinity while there is none.
    """

    def __init__(self) -> None:
        self.shown: Range | None = None
        self.highest = -np.inf
        self._within = (np.inf, -np.inf)  # what the latest rows span
        self._looked = (0, 0)  # rows and extras when it was last looked at
        self._marks: tuple[float, ...] = ()

    def see(self, rows: Rows) -> None:
        """Take notice of new rows (n, columns)."""
        finite = rows[np.isfinite(rows)]
        if len(finite):
            low, high = float(finite.min()), float(finite.max())
            self.highest = max(self.highest, high)
            self._within = min(low, self._within[0]), max(high, self._within[1])

    def follow(self, losses: MinMaxPyramid, marks: Sequence[float], extras: Rows) -> Range:
        """The range to show; the arguments are those of `loss_range`, extras only grow."""
        if self.shown is None or self._may_change(len(losses), tuple(marks), extras):
            self.shown = settled(self.shown, loss_range(losses, marks, extras))
            self._within = (np.inf, -np.inf)
            self._looked = len(losses), len(extras)
            self._marks = tuple(marks)
        return self.shown

    def _may_change(self, rows: int, marks: tuple[float, ...], extras: Rows) -> bool:
        assert self.shown is not None
        (low, high), new = self.shown, extras[self._looked[1] :]
        inside = low <= self._within[0] and self._within[1] <= high
        return (
            marks != self._marks
            or rows > GROWTH * self._looked[0]
            or not inside
            or bool(((new < low) | (new > high)).any())
        )
