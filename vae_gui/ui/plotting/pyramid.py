"""Smallest and largest value of any stretch of a growing series, in logarithmic time.

Blocks of 2, 4, 8, ... rows keep their extremes; new rows only touch the blocks
that they complete. Pure NumPy; it does not know what is drawn from it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.floating]
Edges = npt.NDArray[np.integer]

CHUNK = 1 << 14  # rows worked on at once, so that they stay in the processor's cache


class Growing:
    """Rows (n, columns) that can be appended to and cut short, at amortised constant cost."""

    def __init__(self, columns: int, dtype: npt.DTypeLike = np.float32) -> None:
        self._buffer = np.empty((64, columns), dtype)
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    @property
    def rows(self) -> Rows:
        """What is held, (n, columns): a view that the next `write` may leave behind."""
        return self._buffer[: self._rows]

    def write(self, start: int, rows: Rows) -> None:
        """Replace everything from row `start` on by these rows (k, columns)."""
        stop = start + len(rows)
        if stop > len(self._buffer):
            shape = (max(stop, 2 * len(self._buffer)), self._buffer.shape[1])
            grown = np.empty(shape, self._buffer.dtype)
            grown[:start] = self._buffer[:start]
            self._buffer = grown
        self._buffer[start:stop] = rows
        self._rows = stop


class MinMaxPyramid:
    """Extremes of the finite values of a series (n, columns) that grows at its end."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._values: Rows = np.empty((0, columns), np.float32)
        # level k - 1: the lows of every complete block of 2**k rows beside its negated
        # highs, so that one minimum serves both
        self._levels: list[Growing] = []

    def __len__(self) -> int:
        return len(self._values)

    @property
    def columns(self) -> int:
        """Number of series held side by side."""
        return self._columns

    @property
    def values(self) -> Rows:
        """The series itself, (n, columns)."""
        return self._values

    def update(self, values: Rows, changed_from: int | None = None) -> None:
        """Take over a longer series; it is kept by reference.

        Args:
            values: All rows (n, columns).
            changed_from: First row that differs from the last call; by default only the
                rows after the old end are new.
        """
        kept = len(self) if changed_from is None else min(changed_from, len(self))
        kept = min(kept, len(values))
        self._values = values
        del self._levels[max(kept.bit_length() - 1, 0) :]
        for start in range(kept, len(values), CHUNK):
            self._build(start, min(start + CHUNK, len(values)))

    def _build(self, kept: int, rows: int) -> None:
        """Complete the blocks of all levels that end after row `kept`, up to `rows`."""
        below = _two_sided(self._values[kept & ~1 : rows & ~1])
        level = 1
        while rows >> level:
            if level > len(self._levels):
                self._levels.append(Growing(2 * self._columns, self._values.dtype))
            blocks = self._levels[level - 1]
            blocks.write(kept >> level, np.fmin(below[0::2], below[1::2]))
            level += 1
            below = blocks.rows[(kept >> level) * 2 : len(blocks) & ~1]

    def extremes(self, edges: Edges) -> tuple[Rows, Rows]:
        """Exact extremes of the rows between consecutive edges.

        Args:
            edges: Non-decreasing row numbers in 0..n, shape (m + 1,). Multiples of a large
                power of two, the last edge aside, are answered fastest.

        Returns:
            Smallest and largest finite value of rows edges[i] to edges[i + 1] - 1, each
            (m, columns); NaN where there is none.
        """
        edges = np.asarray(edges, np.int64)
        found = np.full((max(len(edges) - 1, 0), 2 * self._columns), np.nan, self._values.dtype)
        if len(found):
            self._find_many(found[:-1], edges[:-1])
            found[-1] = self._find(int(edges[-2]), int(edges[-1]))
        return found[:, : self._columns], -found[:, self._columns :]

    # A stretch is a walk up a segment tree: where it starts or ends inside a pair of
    # blocks it takes up the odd one; what is left of it lies one level higher.

    def _find(self, first: int, last: int) -> Rows:
        level, parts = 0, [np.full((1, 2 * self._columns), np.nan, self._values.dtype)]
        while first < last:
            if first & 1:
                parts.append(self._blocks(level, slice(first, first + 1)))
                first += 1
            if last & 1 and first < last:
                parts.append(self._blocks(level, slice(last - 1, last)))
            first, last, level = first >> 1, last >> 1, level + 1
        return np.asarray(np.fmin.reduce(np.concatenate(parts)))

    def _find_many(self, found: Rows, edges: Edges) -> None:
        common = int(np.bitwise_or.reduce(edges))
        level = (common & -common).bit_length() - 1 if common else 0
        first, last = edges[:-1] >> level, edges[1:] >> level
        while (first < last).any():
            (at,) = ((first & 1) & (first < last)).nonzero()
            if at.size:
                found[at] = np.fmin(found[at], self._blocks(level, first[at]))
                first[at] += 1
            (at,) = ((last & 1) & (first < last)).nonzero()
            if at.size:
                found[at] = np.fmin(found[at], self._blocks(level, last[at] - 1))
            first, last, level = first >> 1, last >> 1, level + 1

    def _blocks(self, level: int, which: Edges | slice) -> Rows:
        if level == 0:
            return _two_sided(self._values[which])
        return self._levels[level - 1].rows[which]


def _two_sided(rows: Rows) -> Rows:
    """The finite values beside their negatives, NaN for the others: (n, c) -> (n, 2 c)."""
    finite = np.where(np.isfinite(rows), rows, np.asarray(np.nan, rows.dtype))
    return np.hstack([finite, -finite])
