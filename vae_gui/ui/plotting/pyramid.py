"""Smallest and largest value of any stretch of a growing series, in logarithmic time.

Blocks of 64, 128, 256, ... rows keep their extremes; what lies between two blocks is read
from the series itself. New rows only touch the blocks that they complete. The smallest blocks
are given up when they have become many, so that what is kept stays as it is until a run has
millions of steps. Pure NumPy; it does not know what is drawn from it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from vae_gui.core.growing import Growing

Rows = npt.NDArray[np.floating]
Edges = npt.NDArray[np.integer]

BLOCK = 64  # rows of the smallest blocks of a short series,
LARGEST = 256  # and of a long one: what is read of a series grows with them
MANY = 1 << 13  # blocks of which more are not kept but in twice their size, up to that
CHUNK = 1 << 14  # rows worked on at once, so that they stay in the processor's cache
APART = 8 * BLOCK  # rows between two that are wanted, from which on they are read by two calls
FEW = 4  # stretches that are found one by one
SHORT = 1 << 11  # rows that are rather read than looked up
NOTHING = np.float32(np.nan)


class Series(Protocol):
    """Rows (n, columns) of float32 that are read a stretch at a time, such as an array."""

    def __len__(self) -> int:
        """How many rows there are."""
        ...

    def __getitem__(self, rows: slice, /) -> Rows:
        """Consecutive rows."""
        ...


class MinMaxPyramid:
    """Extremes of the finite values of a series (n, columns) that grows at its end."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._values: Series = np.empty((0, columns), np.float32)
        self._block = BLOCK
        # level k: the lows of every complete block of block * 2**k rows beside its negated
        # highs, so that one minimum serves both
        self._levels: list[Growing[np.float32]] = []

    def __len__(self) -> int:
        return len(self._values)

    @property
    def columns(self) -> int:
        """Number of series held side by side."""
        return self._columns

    @property
    def block(self) -> int:
        """Rows of the smallest blocks: of stretches so long, or of less, the series is read."""
        return self._block

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
        kept = min(kept, len(values)) // self._block
        self._values = values
        del self._levels[kept.bit_length() :]
        while len(values) // self._block > MANY and self._block < LARGEST:
            self._block, kept = 2 * self._block, kept // 2
            del self._levels[:1]
        end = len(values) // self._block * self._block
        for start in range(kept * self._block, end, CHUNK):
            self._build(start, min(start + CHUNK, end))

    def _build(self, first: int, last: int) -> None:
        """Complete the blocks of all levels between two rows, which end blocks."""
        new = _extremes(self._values[first:last], np.arange(0, last - first, self._block))
        first, last = first // self._block, last // self._block
        level = 0
        while first < last:  # a level that completes no block is followed by no other
            if level == len(self._levels):
                self._levels.append(Growing(2 * self._columns, np.float32))
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
        if len(edges) > 1 and edges[-1] - edges[0] <= SHORT and (edges[1:] > edges[:-1]).all():
            rows = self._values[int(edges[0]) : int(edges[-1])]
            found = _extremes(rows, edges[:-1] - edges[0])
            return found[:, : self._columns], -found[:, self._columns :]
        found = np.full((max(len(edges) - 1, 0), 2 * self._columns), NOTHING)
        # one by one where they are few, as while a series grows, and the last in any case:
        # with an end at no whole block of any size it would delay the others
        many = len(found) - 1 if len(found) > FEW else 0
        if many:
            found[:many] = self._find_many(edges[: many + 1])
        for i, (first, last) in enumerate(pairwise(edges[many:].tolist()), many):
            found[i] = self._find(first, last)
        return found[:, : self._columns], -found[:, self._columns :]

    def stretches(self, first: int, size: int) -> tuple[Rows, Rows]:
        """Extremes of the stretches of `size` rows from about row `first` on to the end.

        Args:
            first: A row; they begin at the multiple of `size` at or before it.
            size: A power of two. From `block` on, nothing but the last stretch is looked for.

        Returns:
            As `extremes`; the last stretch may be shorter.
        """
        n = len(self)
        if size < self._block:
            return self.extremes(np.append(np.arange(first // size * size, n, size), n))
        level = (size // self._block).bit_length() - 1
        whole = slice(first // size, n // size)
        found = self._levels[level].rows[whole] if level < len(self._levels) else None
        if n % size:
            rest = self._find(n - n % size, n)[None]
            found = rest if found is None else np.concatenate([found, rest])
        if found is None:
            found = np.empty((0, 2 * self._columns), np.float32)
        return found[:, : self._columns], -found[:, self._columns :]

    # A stretch of whole blocks is a walk up a segment tree: where it starts or ends inside
    # a pair of blocks it takes up the odd one; what is left of it lies one level higher.

    def _find(self, first: int, last: int) -> Rows:
        """Extremes of one stretch of rows, (2 columns,)."""
        size = self._block
        block, end = -(-first // size), last // size
        rest = ((first, size * block), (size * end, last)) if block < end else ((first, last),)
        found = [_extremes(self._values[i:j], np.zeros(1, np.int64)) for i, j in rest if i < j]
        level = 0
        while block < end:
            if block & 1:
                found.append(self._levels[level].rows[block : block + 1])
                block += 1
            if end & 1 and block < end:
                found.append(self._levels[level].rows[end - 1 : end])
            block, end, level = block >> 1, end >> 1, level + 1
        if not found:
            return np.full(2 * self._columns, NOTHING)
        return np.asarray(np.fmin.reduce(np.concatenate(found)))

    def _find_many(self, edges: Edges) -> Rows:
        """Extremes of the stretches of rows between edges, (m, 2 columns)."""
        # rows before whole blocks, those blocks, and rows after them
        parts = np.full((len(edges) - 1, 3, 2 * self._columns), NOTHING)
        first, last = -(-edges[:-1] // self._block), edges[1:] // self._block
        self._read(parts, edges, first, last)
        self._look_up(parts[:, 1], first, last)
        return np.asarray(np.fmin(np.fmin(parts[:, 0], parts[:, 1]), parts[:, 2]))

    def _read(self, parts: Rows, edges: Edges, first: Edges, last: Edges) -> None:
        """Read the rows of each stretch outside of its whole blocks first .. last - 1."""
        bounds = np.empty(3 * len(parts) + 1, np.int64)
        bounds[0::3], whole, ends = edges, first < last, edges[1:]
        bounds[1::3] = np.where(whole, self._block * first, ends)
        bounds[2::3] = np.where(whole, self._block * last, ends)
        wanted = bounds[1:] > bounds[:-1]
        wanted[1::3] = False
        (pieces,) = wanted.nonzero()
        starts, stops = bounds[pieces], bounds[pieces + 1]
        breaks = np.flatnonzero(starts[1:] - stops[:-1] > APART) + 1
        parts = parts.reshape(len(wanted), -1)
        for i, j in pairwise((0, *breaks.tolist(), len(pieces)) if len(pieces) else ()):
            # every second reduction is of the rows between two pieces
            seams = np.stack([starts[i:j], stops[i:j]], axis=1).ravel()[:-1] - starts[i]
            parts[pieces[i:j]] = _extremes(self._values[starts[i] : stops[j - 1]], seams)[0::2]

    def _look_up(self, found: Rows, first: Edges, last: Edges) -> None:
        """Take the extremes of blocks first .. last - 1 of the first level, where there are any."""
        common = int(np.bitwise_or.reduce((first | last)[first < last], initial=0))
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
