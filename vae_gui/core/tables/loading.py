"""Reading a file of any known format: its beginning at once, all of it in steps."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

from vae_gui.core.reading import expect_readable, size_words
from vae_gui.core.tables import arrays, text
from vae_gui.core.tables.source import BYTES_AT_ONCE, LARGEST_FILE, Preview, Rows, Source

T = TypeVar("T")


def previewing(source: Source) -> Generator[float, None, Preview]:
    """Find the first rows of a file in steps: yields the share done, returns them.

    Most files tell them at once, but of an archive much may have to be decompressed.

    Raises:
        FileProblem: It cannot be read, or is no table.
    """
    _size(source)
    if arrays.is_array(source.path):
        return (yield from arrays.previewing(source))
    return text.preview(source)


def preview(source: Source) -> Preview:
    """The first rows of a file, in one go.

    Raises:
        FileProblem: It cannot be read, or is no table.
    """
    return finished(previewing(source))


def reading(source: Source) -> Generator[float, None, Rows]:
    """Read two columns in steps of milliseconds: yields the share done, returns the rows.

    Whoever does not go on, or closes it, has cancelled it.

    Raises:
        FileProblem: It cannot be read, or is no table of numbers.
    """
    size = _size(source)
    if arrays.is_array(source.path):
        return (yield from arrays.reading(source, size))
    return (yield from text.reading(source, size))


def read(source: Source) -> Rows:
    """Read two columns in one go.

    Raises:
        FileProblem: It cannot be read, or is no table of numbers.
    """
    return finished(reading(source))


def finished(steps: Generator[float, None, T]) -> T:
    """What a reading returns in the end."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: T = end.value
            return found


def hashing(path: Path) -> Generator[float, None, str]:
    """Compute a file's SHA-256 in steps of milliseconds: yields the share done, returns the digits.

    They are hexadecimal; there are none where the file cannot be read.
    """
    found = hashlib.sha256()
    try:
        size = max(path.stat().st_size, 1)
        with path.open("rb") as file:
            while piece := file.read(BYTES_AT_ONCE):
                found.update(piece)
                yield min(1.0, file.tell() / size)
    except OSError:
        return ""
    return found.hexdigest()


def _size(source: Source) -> int:
    size = expect_readable(source.path)
    if size == 0:
        raise source.refuse("it is empty")
    if size > LARGEST_FILE:
        raise source.refuse(
            f"it is {size_words(size)}, larger than {size_words(LARGEST_FILE)}, the most that is "
            "read"
        )
    return size
