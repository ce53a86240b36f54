"""Reading a file of any known format: its beginning at once, all of it in steps."""

from __future__ import annotations

from collections.abc import Generator

from vae_gui.core.reading import expect_readable, size_words
from vae_gui.core.tables import arrays, text
from vae_gui.core.tables.source import LARGEST_FILE, Preview, Rows, Source


def preview(source: Source) -> Preview:
    """The first rows of a file, without reading all of it.

    Raises:
        FileProblem: It cannot be read, or is no table.
    """
    _size(source)
    return arrays.preview(source) if arrays.is_array(source.path) else text.preview(source)


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
    steps = reading(source)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Rows = end.value
            return found


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
