"""Tables as text: CSV, TSV and their relatives, read line by line.

UTF-8 with or without a byte-order mark, any line ends, quoted fields, `#` comments.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections.abc import Generator, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_gui.core.parameters import shown, written_with_point
from vae_gui.core.reading import FileProblem, reason_of
from vae_gui.core.tables.dialect import Dialect, detect, fields, is_missing
from vae_gui.core.tables.source import (
    MOST_COLUMNS,
    PREVIEW_ROWS,
    ROWS_AT_ONCE,
    Collector,
    Preview,
    Rows,
    Source,
    chosen_columns,
)

LONGEST_LINE = 100_000  # characters
BUFFER = 2**18  # bytes read at once
WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class _Hashing(io.RawIOBase):
    """A file that is hashed as it is read."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self.hash = hashlib.sha256()
        self.done = 0

    def readable(self) -> bool:
        """It can be."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes."""
        count = self._file.readinto(buffer) or 0
        self.hash.update(memoryview(buffer)[:count])
        self.done += count
        return count

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


class _Lines:
    """The lines of a text that are neither blank nor comments; an iterator.

    Attributes:
        number: Of the line given last, in the file, from 1.
        raw: What they are read from.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.raw = _Hashing(source.path)
        buffered = io.BufferedReader(self.raw, BUFFER)
        start = buffered.peek(4)
        if start[:2] in WIDE_MARKS:
            raise source.refuse("it is a text in UTF-16; save it as UTF-8")
        if b"\0" in start + buffered.peek(BUFFER)[:BUFFER]:
            raise source.refuse("it is a binary file, not a table of text")
        self._text = io.TextIOWrapper(buffered, "utf-8-sig")
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while True:
            try:
                line = self._text.readline(LONGEST_LINE)
            except UnicodeDecodeError:
                raise self._source.refuse("it is not a text in UTF-8; save it as that") from None
            if not line:
                raise StopIteration
            self.number += 1
            if len(line) == LONGEST_LINE:
                reason = f"line {self.number:,} is longer than {LONGEST_LINE:,} characters"
                raise self._source.refuse(f"{reason}: it is no table")
            if not line.isspace() and not line.lstrip().startswith("#"):
                return line

    def close(self) -> None:
        """Close the file."""
        self._text.close()


def preview(source: Source) -> Preview:
    """The first rows of a text.

    Raises:
        FileProblem: It cannot be read, or is no table.
    """
    lines = _opened(source)
    try:
        head = list(islice(lines, PREVIEW_ROWS + 1))
    finally:
        lines.close()
    dialect = _dialect(source, head)
    width = len(dialect.names)
    table = list(fields(head, dialect.separator))[dialect.header :]
    rows = tuple(tuple((*row, *[""] * width)[:width]) for row in table)
    return Preview(dialect.names, rows, dialect.numeric, dialect.separator, dialect.header)


def reading(source: Source, size: int) -> Generator[float, None, Rows]:
    """Read two columns of a text of so many bytes; yields the share done, returns the rows.

    Raises:
        FileProblem: It cannot be read, or a line is no row of numbers.
    """
    first = _opened(source)
    try:
        dialect = _dialect(source, list(islice(first, PREVIEW_ROWS + 1)))
    finally:
        first.close()
    places = chosen_columns(source, dialect.names, dialect.numeric)
    lines = _opened(source)
    try:
        table = fields(lines, dialect.separator)
        if dialect.header:
            next(table)
        found = Collector(source)
        chunk = _Chunk(source, dialect, places)
        while chunk.take(table, lines):
            found.add(chunk.numbers())
            yield min(1.0, lines.raw.done / size)
        names = dialect.names[places[0]], dialect.names[places[1]]
        return found.rows(names, lines.raw.hash.hexdigest())
    except csv.Error:
        reason = f"a quotation that does not end, or ends twice, is in line {lines.number:,}"
        raise source.refuse(reason) from None
    except OSError as error:
        raise source.refuse(reason_of(error)) from None
    finally:
        lines.close()


def _opened(source: Source) -> _Lines:
    try:
        return _Lines(source)
    except OSError as error:
        raise source.refuse(reason_of(error)) from None


def _dialect(source: Source, head: list[str]) -> Dialect:
    if not head:
        raise source.refuse("it is empty: there is no line in it but blank ones and comments")
    try:
        dialect = detect(source, head)
    except csv.Error:
        raise source.refuse("a quotation in it does not end, or ends twice") from None
    if len(dialect.names) > MOST_COLUMNS:
        raise source.refuse(f"it has more than {MOST_COLUMNS:,} columns")
    return dialect


class _Chunk:
    """Some rows of a text, and the numbers in two of their fields."""

    def __init__(self, source: Source, dialect: Dialect, places: tuple[int, int]) -> None:
        self._source = source
        self._width = len(dialect.names)
        self._places = places
        self._names = dialect.names
        self._rows: list[list[str]] = []
        self._ends: list[int] = []  # number of the line that each row ends in

    def take(self, table: Iterator[list[str]], lines: _Lines) -> bool:
        """Take the next rows; False where there are none."""
        self._rows, self._ends = [], []
        for row in islice(table, ROWS_AT_ONCE):
            self._rows.append(row)
            self._ends.append(lines.number)
        return bool(self._rows)

    def numbers(self) -> npt.NDArray[np.float64]:
        """The numbers of the two columns, (k, 2), NaN where one is missing.

        Raises:
            FileProblem: A row has another number of fields, or a field is no number.
        """
        for row, end in zip(self._rows, self._ends, strict=True):
            if len(row) != self._width:
                fields_ = "1 field" if len(row) == 1 else f"{len(row):,} fields"
                raise self._source.refuse(f"line {end:,} has {fields_}, not {self._width:,}")
        columns = [self._column(place) for place in self._places]
        return np.stack(columns, axis=-1)

    def _column(self, place: int) -> npt.NDArray[np.float64]:
        texts = [row[place] for row in self._rows]
        try:
            return np.array(list(map(float, texts)))
        except ValueError:  # some are missing, or are words
            return np.array([self._number(i, place, text) for i, text in enumerate(texts)])

    def _number(self, i: int, place: int, text: str) -> float:
        try:
            return float(text)
        except ValueError:
            if is_missing(text):
                return np.nan
        raise self._no_number(i, place, text)

    def _no_number(self, i: int, place: int, text: str) -> FileProblem:
        point = written_with_point(text)
        hint = f"; decimals are written with a point: {point}" if point else ""
        where = f"line {self._ends[i]:,}, column {self._names[place]!r}"
        return self._source.refuse(f"{shown(text)} in {where} is not a number{hint}")


def preview_texts(values: Sequence[Sequence[Any]]) -> tuple[tuple[str, ...], ...]:
    """Rows of numbers as texts."""
    return tuple(tuple(f"{v:.10g}" for v in row) for row in values)
