"""Smallest and largest value of any stretch of a growing series, in logarithmic time.

Blocks of 64, 128, 256, ... rows keep their extremes, which takes less than a byte for
each value; what lies between two blocks is read from the series itself. New rows only
touch the blocks that they complete. Pure NumPy; it does not know what is drawn from it.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.floating]
Edges = npt.NDArray[np.integer]

BLOCK = 64  # rows of the smallest blocks
CHUNK = 1 << 14  # rows worked on at once, so that they stay in the processor's cache
APART = 8 * BLOCK  # rows between two that are wanted, from which on they are read by two calls
NOTHING = np.float32(np.nan)


class Series(Protocol):
    """Rows (n, columns) of float32 that are read a stretch at a time, such as an array."""

    def __len__(self) -> int:
        """How many rows there are."""
        ...

    def __getitem__(self, rows: slice, /) -> Rows:
        """Consecutive rows."""
        ...


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
        self._values: Series = np.empty((0, columns), np.float32)
        # level k: the lows of every complete block of BLOCK * 2**k rows beside its negated
        # highs, so that one minimum serves both
        self._levels: list[Growing] = []

    def __len__(self) -> int:
        return len(self._values)

    @property
    def columns(self) -> int:
        """Number of series held side by side."""
        return self._columns

    @property
    def values(self) -> Series:
        """The series itself, (n, columns)."""
        return self._values

    def update(self, values: Series, changed_from: int | None = None) -> None:
        """Take over a longer series; it is kept by reference.

        Args:
            values: All rows (n, columns); these do not change behind its back.
            changed_from: First row that differs from the last call; by default only the
                rows after the old end are new.
        """
        kept = len(self) if changed_from is None else min(changed_from, len(self))
        kept = min(kept, len(values)) // BLOCK
        self._values = values
        del self._levels[kept.bit_length() :]
        end = len(values) // BLOCK * BLOCK
        for start in range(kept * BLOCK, end, CHUNK):
            self._build(start, min(start + CHUNK, end))

    def _build(self, first: int, last: int) -> None:
        """Complete the blocks of all levels between two rows, which are multiples of BLOCK."""
        new = _extremes(self._values[first:last], np.arange(0, last - first, BLOCK))
        first, last = first // BLOCK, last // BLOCK
        level = 0
        while last:
            if level == len(self._levels):
                self._levels.append(Growing(2 * self._columns))
            blocks = self._levels[level]
            blocks.write(first, new)
            first, last, level = first >> 1, last >> 1, level + 1
            pairs = blocks.rows[2 * first : 2 * last]
            new = np.fmin(pairs[0::2], pairs[1::2])

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
        stretches = max(len(edges) - 1, 0)
        # rows before whole blocks, those blocks, and rows after them
        parts = np.full((stretches, 3, 2 * self._columns), NOTHING)
        if stretches:
            first, last = -(-edges[:-1] // BLOCK), edges[1:] // BLOCK
            self._read(parts, edges, first, last)
            self._find_many(parts[:-1, 1], first[:-1], last[:-1])
            parts[-1, 1] = self._find(int(first[-1]), int(last[-1]))
        found = np.fmin(np.fmin(parts[:, 0], parts[:, 1]), parts[:, 2])
        return found[:, : self._columns], -found[:, self._columns :]

    def _read(self, parts: Rows, edges: Edges, first: Edges, last: Edges) -> None:
        """Read the rows of each stretch outside of its whole blocks first .. last - 1."""
        whole, ends = first < last, edges[1:]
        inner = [np.where(whole, BLOCK * block, ends) for block in (first, last)]
        bounds = np.append(np.stack([edges[:-1], *inner], axis=1), edges[-1])
        wanted = np.diff(bounds) > 0
        wanted[1::3] = False
        (pieces,) = wanted.nonzero()
        starts, stops = bounds[pieces], bounds[pieces + 1]
        breaks = np.flatnonzero(starts[1:] - stops[:-1] > APART) + 1
        parts = parts.reshape(len(wanted), -1)
        for some in np.split(np.arange(len(pieces)), breaks) if len(pieces) else ():
            begin, end = starts[some[0]], stops[some[-1]]
            # every second reduction is of the rows between two pieces
            seams = np.stack([starts[some], stops[some]], axis=1).ravel()[:-1] - begin
            parts[pieces[some]] = _extremes(self._values[begin:end], seams)[0::2]

    # A stretch of blocks is a walk up a segment tree: where it starts or ends inside a
    # pair of blocks it takes up the odd one; what is left of it lies one level higher.

    def _find(self, first: int, last: int) -> Rows:
        level, found = 0, [np.full((1, 2 * self._columns), NOTHING)]
        while first < last:
            if first & 1:
                found.append(self._levels[level].rows[first : first + 1])
                first += 1
            if last & 1 and first < last:
                found.append(self._levels[level].rows[last - 1 : last])
            first, last, level = first >> 1, last >> 1, level + 1
        return np.asarray(np.fmin.reduce(np.concatenate(found)))

    def _find_many(self, found: Rows, first: Edges, last: Edges) -> None:
        whole = first < last
        common = int(np.bitwise_or.reduce((first | last)[whole], initial=0))
        level = (common & -common).bit_length() - 1 if common else 0
        first, last = first >> level, last >> level
        while (first < last).any():
            (at,) = ((first & 1) & (first < last)).nonzero()
            if at.size:
                found[at] = np.fmin(found[at], self._levels[level].rows[first[at]])
                first[at] += 1
            (at,) = ((last & 1) & (first < last)).nonzero()
            if at.size:
                found[at] = np.fmin(found[at], self._levels[level].rows[last[at] - 1])
            first, last, level = first >> 1, last >> 1, level + 1


def _extremes(rows: Rows, starts: Edges) -> Rows:
    """Lows and negated highs of the finite values (n, c) from each start to the next: (m, 2 c)."""
    columns = np.ascontiguousarray(rows.T)  # along these a reduction takes a tenth of the time
    finite = np.isfinite(columns)
    if not finite.all():
        columns = np.where(finite, columns, NOTHING)
    lows = np.fmin.reduceat(columns, starts, axis=1)
    return np.vstack([lows, -np.fmax.reduceat(columns, starts, axis=1)]).T
