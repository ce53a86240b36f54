"""A centred moving average of a growing series, computed where it is asked for.

Centred, because a trailing or exponential average lags behind a falling loss and
would show it too high. Pure NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_gui.ui.plotting.pyramid import CHUNK, Rows, Series


@dataclass(frozen=True, slots=True, eq=False)
class MovingAverage:
    """Means of the finite values within `half_width` rows to either side: a series itself.

    Row t of n is the mean over rows t - r to min(t + r, n - 1) with r = min(half_width, t):
    the window shrinks evenly at the start, so that the curve begins at the first value,
    and is cut off at the end, where later rows settle it. NaN where no value is finite.

    Nothing is stored: a slice of rows costs some nanoseconds for each of them and its
    2 * half_width neighbours, and has the same bits however it is cut.

    Attributes:
        values: The series (n, columns), by reference.
        half_width: At least 1.
    """

    values: Series
    half_width: int

    def __len__(self) -> int:
        return len(self.values)

    @property
    def settled(self) -> int:
        """So many rows at the start stay as they are, whatever is appended to the values."""
        n = len(self)
        return max(n - self.half_width, (n + 1) // 2)

    def __getitem__(self, rows: slice) -> Rows:
        """Consecutive rows of the smoothed series, (k, columns) of float32."""
        first, last, _ = rows.indices(len(self))
        columns = self.values[:0].shape[1]
        means = np.empty((max(last - first, 0), columns), np.float32)
        opened = min(max(first, self.half_width), last)
        if first < opened:
            means[: opened - first] = _opening_means(self.values[: 2 * opened - 1], first, opened)
        for start in range(opened, last, CHUNK):
            stop = min(start + CHUNK, last)
            means[start - first : stop - first] = self._window_means(start, stop)
        return means

    def _window_means(self, first: int, last: int) -> Rows:
        """Means over rows t - h to t + h (or the end) for t = first .. last - 1, first >= h."""
        h = self.half_width
        rows = self.values[first - h : last + h].astype(np.float64)
        finite = np.isfinite(rows)
        counts: npt.NDArray[np.floating | np.integer]
        if finite.all():
            ends = np.minimum(np.arange(first, last) + h + 1, len(self))
            counts = (ends - np.arange(first - h, last - h))[:, None]
        else:
            counts = _window_sums(finite.astype(np.float64), last - first, h)
            rows[~finite] = 0
        with np.errstate(invalid="ignore"):
            return _window_sums(rows, last - first, h) / counts


def _opening_means(values: Rows, first: int, last: int) -> Rows:
    """Means over rows 0 to 2t (or the end) for t = first .. last - 1."""
    rows = values.astype(np.float64)
    finite = np.isfinite(rows)
    ends = np.minimum(2 * np.arange(first, last), len(rows) - 1)
    rows[~finite] = 0
    with np.errstate(invalid="ignore"):
        return rows.cumsum(axis=0)[ends] / finite.cumsum(axis=0)[ends]


def _window_sums(numbers: Rows, windows: int, h: int) -> Rows:
    """Sums over 2 h + 1 consecutive numbers, or up to the end: (n, c) -> (windows, c).

    By doubling: sums over 1, 2, 4, ... numbers, of which those that make up a window are
    laid end to end. Nothing is ever subtracted, so that a spike of 1e30 is felt in the
    windows it lies in and nowhere else.
    """
    width = 2 * h + 1
    missing = windows + width - 1 - len(numbers)
    if missing:
        numbers = np.vstack([numbers, np.zeros((missing, numbers.shape[1]))])
    total = numbers[:windows].copy()
    part, size, offset = numbers, 1, 1
    while 2 * size <= width:
        part = part[:-size] + part[size:]
        size *= 2
        if width & size:
            total += part[offset : offset + windows]
            offset += size
    return total
