"""A centred moving average of a growing series; only its last few rows are ever redone.

Centred, because a trailing or exponential average lags behind a falling loss and
would show it too high. Pure NumPy.
"""

from __future__ import annotations

import numpy as np

from vae_gui.ui.plotting.pyramid import CHUNK, Growing, Rows


class MovingAverage:
    """Means of the finite values within `half_width` rows to either side.

    Row t of n is the mean over rows t - r to min(t + r, n - 1) with r = min(half_width, t):
    the window shrinks evenly at the start, so that the curve begins at the first value,
    and is cut off at the end, where later rows settle it. NaN where no value is finite.
    """

    def __init__(self, columns: int, half_width: int) -> None:
        self.half_width = half_width
        self._means = Growing(columns)
        self._columns = columns

    @property
    def means(self) -> Rows:
        """The smoothed series (n, columns)."""
        return self._means.rows

    def update(self, values: Rows) -> int:
        """Take in a longer series (n, columns) whose old rows are unchanged.

        Returns:
            The first row of `means` that may have changed.
        """
        h = self.half_width
        done = len(self._means)
        # windows that ended at the last row were cut off; while n < 2h + 1 all may be
        settled = done - h if done >= 2 * h + 1 else 0
        start, middle = settled, min(max(settled, h), len(values))
        if start < h:
            self._means.write(start, _opening_means(values[: 2 * h], start, middle))
        for first in range(middle, len(values), CHUNK):
            last = min(first + CHUNK, len(values))
            self._means.write(first, _window_means(values, first, last, h))
        return settled


def _opening_means(values: Rows, start: int, stop: int) -> Rows:
    """Means over rows 0 to 2t (or the end) for t = start .. stop - 1."""
    counts, sums = _counted(values)
    ends = np.minimum(2 * np.arange(start, stop), len(values) - 1)
    return _divided(sums.cumsum(axis=1)[:, ends], counts.cumsum(axis=1)[:, ends])


def _window_means(values: Rows, first: int, last: int, h: int) -> Rows:
    """Means over rows t - h to t + h (or the end) for t = first .. last - 1, first >= h."""
    rows = values[first - h : last + h]
    missing = np.full((last + 2 * h - first - len(rows), rows.shape[1]), np.nan, rows.dtype)
    counts, numbers = _counted(np.vstack([rows, missing]))
    width = 2 * h + 1
    return _divided(_window_sums(numbers, width), _window_sums(counts, width))


def _window_sums(numbers: Rows, width: int) -> Rows:
    """Sums over `width` consecutive numbers: (c, n) -> (c, n - width + 1).

    By doubling: sums over 1, 2, 4, ... numbers, of which those that make up `width` are
    laid end to end. Nothing is ever subtracted, so that a spike of 1e30 is felt in the
    windows it lies in and nowhere else.
    """
    windows = numbers.shape[1] - width + 1
    total = np.zeros((len(numbers), windows))
    part, size, offset = numbers, 1, 0
    while True:
        if width & size:
            total += part[:, offset : offset + windows]
            offset += size
        if 2 * size > width:
            return total
        part = part[:, :-size] + part[:, size:]
        size *= 2


def _counted(values: Rows) -> tuple[Rows, Rows]:
    """Which values are finite (1 or 0), and the values with 0 for the others: (n, c) -> (c, n)."""
    columns = np.ascontiguousarray(values.T, dtype=np.float64)
    finite = np.isfinite(columns)
    if finite.all():
        return np.ones((1, columns.shape[1])), columns  # one row of counts does for all
    return finite.astype(np.float64), np.where(finite, columns, 0.0)


def _divided(sums: Rows, counts: Rows) -> Rows:
    with np.errstate(invalid="ignore"):
        return (sums / counts).T
