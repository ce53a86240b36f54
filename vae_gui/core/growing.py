"""An array that grows at its end."""

from __future__ import annotations

import mmap
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

Number = TypeVar("Number", bound=np.generic)

FIRST = 64  # rows that there is room for at first
PRIVATE = hasattr(mmap, "MAP_PRIVATE")  # not on Windows, where nothing is shared
LARGE = 1 << 20  # bytes from which on memory is asked of the system, not of the allocator


class Growing(Generic[Number]):
    """Rows (n, columns) that can be appended to and cut short, at amortised constant cost."""

    def __init__(self, columns: int, dtype: type[Number]) -> None:
        self._buffer = _room(FIRST, columns, np.dtype(dtype))
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    @property
    def rows(self) -> npt.NDArray[Number]:
        """What is held, (n, columns): a read-only view, which appending leaves as it is."""
        view = self._buffer[: self._rows]
        view.flags.writeable = False
        return view

    def append(self, rows: npt.NDArray[np.generic]) -> None:
        """Add rows (k, columns) at the end."""
        self.write(self._rows, rows)

    def write(self, start: int, rows: npt.NDArray[np.generic]) -> None:
        """Replace everything from row `start` on by these rows (k, columns)."""
        stop = start + len(rows)
        if stop > len(self._buffer):
            rows_held, columns = self._buffer.shape
            grown = _room(max(stop, rows_held * 5 // 4), columns, self._buffer.dtype)
            grown[:start] = self._buffer[:start]
            self._buffer = grown
        self._buffer[start:stop] = rows
        self._rows = stop


def _room(rows: int, columns: int, kind: np.dtype[Number]) -> npt.NDArray[Number]:
    """An array (rows, columns) to be written to.

    An allocator keeps what an array that has become too small leaves behind, and so would hold
    about as much again as is in use. Pages of the system's go back to it, and those not yet
    written to take no memory.

    Raises:
        MemoryError: There is not so much.
    """
    size = rows * columns * kind.itemsize
    if size < LARGE:
        return np.empty((rows, columns), kind)
    # a child process is to have a copy, as of every other array
    private = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if PRIVATE else {}
    try:
        pages = mmap.mmap(-1, size, **private)
    except OSError as error:
        raise MemoryError(f"there is no room for {size:,} bytes") from error
    return np.frombuffer(pages, kind).reshape(rows, columns)
