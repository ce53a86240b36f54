"""Tables as arrays: NPY and NPZ, read without running anything from them.

A header is not believed: shape and type are held against the bytes that there are before
anything is allocated, and what is compressed is read in pieces.
"""

from __future__ import annotations

import hashlib
import math
import tokenize
import zipfile
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from vae_gui.core.reading import FileProblem, reason_of, size_words
from vae_gui.core.tables.source import (
    BYTES_AT_ONCE,
    LARGEST_FILE,
    MOST_COLUMNS,
    MOST_ROWS,
    PREVIEW_ROWS,
    Collector,
    Preview,
    Rows,
    Source,
    chosen_columns,
    unique_names,
)
from vae_gui.core.tables.text import preview_texts

NUMBERS = "fiub"  # kinds of NumPy's that are real numbers
ROWS_AT_ONCE = 2**15
PREVIEW_FIELDS = 5_000  # of wide tables fewer rows are shown
MOST_MEMBERS = 10_000
DAMAGED = (
    *(ValueError, EOFError, KeyError, SyntaxError, OverflowError, RecursionError),
    *(tokenize.TokenError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError),
)


@dataclass(frozen=True, slots=True)
class _Header:
    """What an array is: rows of columns.

    Attributes:
        rows: How many.
        dtype: Of one number, or of one row of named fields.
        names: Names of the columns.
        by_columns: Whether whole columns follow one another.
    """

    rows: int
    dtype: np.dtype[Any]
    names: tuple[str, ...]
    by_columns: bool

    @property
    def structured(self) -> bool:
        """Whether each row has named fields."""
        return self.dtype.names is not None

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return self.dtype.itemsize * (1 if self.structured else len(self.names))

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Which columns are of numbers."""
        if self.dtype.names is None:
            return (True,) * len(self.names)
        return tuple(self.dtype[name].kind in NUMBERS for name in self.dtype.names)


def previewing(source: Source) -> Generator[float, None, Preview]:
    """Find the first rows of an array in steps: yields the share done, returns them.

    Raises:
        FileProblem: The file cannot be read, or holds no table of numbers.
    """
    with _told(source), ExitStack() as opened:
        names, name, file, size = yield from _array(source, opened)
        header = _header(source, file, size)
        count = min(PREVIEW_ROWS, max(1, PREVIEW_FIELDS // len(header.names)), header.rows)
        every = range(len(header.names))
        if header.by_columns:
            part = yield from _columns_apart(header, file, every, count)
        else:
            part = _as_columns(header, file.read(count * header.row_bytes), every)
        rows = preview_texts(part.tolist())
    return Preview(header.names, rows, header.numeric, arrays=names, array=name)


def reading(source: Source, size: int) -> Generator[float, None, Rows]:
    """Read two columns of an array; yields the share done, returns the rows.

    Raises:
        FileProblem: The file cannot be read, or holds no table of numbers.
    """
    digest, found = hashlib.sha256(), Collector(source)
    with _told(source), ExitStack() as opened:
        _, _, file, available = yield from _array(source, opened)
        header = _header(source, file, available)
        places = chosen_columns(source, header.names, header.numeric)
        with source.path.open("rb") as whole:
            while piece := whole.read(BYTES_AT_ONCE):
                digest.update(piece)
                yield min(0.5, 0.5 * whole.tell() / max(size, 1))
        parts = _columns if header.by_columns else _rows
        for share in parts(header, file, places, found):
            yield 0.5 + 0.5 * share
    names = header.names[places[0]], header.names[places[1]]
    return found.rows(names, digest.hexdigest())


def _rows(
    header: _Header, file: IO[bytes], places: Sequence[int], found: Collector
) -> Iterator[float]:
    """Collect two columns of rows one after another; the share done."""
    at_once = max(1, min(ROWS_AT_ONCE, BYTES_AT_ONCE // max(header.row_bytes, 1)))
    for start in range(0, header.rows, at_once):
        count = min(at_once, header.rows - start)
        found.add(_as_columns(header, _exactly(file, count * header.row_bytes), places))
        yield (start + count) / header.rows


def _columns(
    header: _Header, file: IO[bytes], places: Sequence[int], found: Collector
) -> Iterator[float]:
    """Collect two of whole columns that follow one another; the share done."""
    values = yield from _columns_apart(header, file, places, header.rows)
    for start in range(0, header.rows, ROWS_AT_ONCE):
        found.add(values[start : start + ROWS_AT_ONCE])
        yield 1.0


def _columns_apart(
    header: _Header, file: IO[bytes], places: Sequence[int], count: int
) -> Generator[float, None, npt.NDArray[np.float64]]:
    """The first rows of some columns (count, len(places)), of whole columns in a row."""
    begin, size = file.tell(), header.dtype.itemsize
    column = header.rows * size
    found, whole = np.empty((count, len(places))), max(places) * column + count * size
    for i, place in sorted(enumerate(places), key=itemgetter(1)):  # to go back is to start over
        for position in _skipping(file, begin + place * column):
            yield (position - begin) / whole
        for start in range(0, count, ROWS_AT_ONCE):
            stop = min(start + ROWS_AT_ONCE, count)
            found[start:stop, i] = np.frombuffer(
                _exactly(file, (stop - start) * size), header.dtype
            )
            yield (file.tell() - begin) / whole
    return found


def _skipping(file: IO[bytes], position: int) -> Iterator[int]:
    """Go forward in a file in steps; where it is."""
    if not isinstance(file, zipfile.ZipExtFile):
        file.seek(position)
        return
    while (left := position - file.tell()) > 0:  # all of that has to be decompressed
        _exactly(file, min(left, BYTES_AT_ONCE))
        yield file.tell()


def _as_columns(header: _Header, data: bytes, places: Sequence[int]) -> npt.NDArray[np.float64]:
    """Some columns of rows, (k, len(places)), as float64; what is no number is NaN."""
    table = np.frombuffer(data, header.dtype)
    if header.dtype.names is None:
        chosen = table.reshape(-1, len(header.names))[:, list(places)]
        return np.asarray(chosen, np.float64)
    columns = [
        table[header.dtype.names[place]].astype(np.float64)
        if header.numeric[place]
        else np.full(len(table), np.nan)
        for place in places
    ]
    return np.stack(columns, axis=-1)


def _exactly(file: IO[bytes], count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise EOFError
    return data


@contextmanager
def _told(source: Source) -> Iterator[None]:
    """Tell in a sentence what cannot be read, or is damaged."""
    try:
        yield
    except FileProblem:
        raise
    except DAMAGED:
        kind = source.path.suffix.lower()[1:].upper()
        raise source.refuse(f"it is not a {kind} file of numbers, or is damaged") from None
    except OSError as error:
        raise source.refuse(reason_of(error)) from None


def _array(
    source: Source, opened: ExitStack
) -> Generator[float, None, tuple[tuple[str, ...], str, IO[bytes], int]]:
    """Names of all arrays, of the chosen one, that one open for reading, and its bytes."""
    if source.path.suffix.lower() != ".npz":
        file = opened.enter_context(source.path.open("rb"))
        return (), "", file, source.path.stat().st_size
    archive = opened.enter_context(zipfile.ZipFile(source.path))
    names, info = yield from _member(source, archive)
    member = opened.enter_context(archive.open(info))
    return names, info.filename.removesuffix(".npy"), member, info.file_size


def _member(
    source: Source, archive: zipfile.ZipFile
) -> Generator[float, None, tuple[tuple[str, ...], zipfile.ZipInfo]]:
    """Names of all arrays in an archive, and the one that is wanted or the first that will do."""
    infos = {i.filename.removesuffix(".npy"): i for i in archive.infolist()[:MOST_MEMBERS]
             if i.filename.endswith(".npy")}  # fmt: skip
    if not infos:
        raise source.refuse("there is no array in it")
    names = tuple(infos)
    if source.array:
        if source.array not in infos:
            known = ", ".join(map(repr, names[:8])) + (", ..." if len(names) > 8 else "")
            raise source.refuse(f"it has no array {source.array!r}; its arrays are {known}")
        return names, infos[source.array]
    for info in infos.values():
        yield 0.0
        try:
            with archive.open(info) as file:
                _header(source, file, info.file_size)
        except (FileProblem, *DAMAGED):
            continue
        return names, info
    known = ", ".join(map(repr, names[:8]))
    raise source.refuse(f"none of its arrays ({known}) is a table of two columns or more")


def _header(source: Source, file: IO[bytes], available: int) -> _Header:
    """Read the header of an array, and hold it against the bytes that there are."""
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        raise source.refuse("it holds Python objects, which could run code: only numbers are read")
    fields = dtype.names
    if fields is None and dtype.kind not in NUMBERS:
        raise source.refuse(f"its array is of type {dtype}, not of numbers")
    if len(shape) != (2 if fields is None else 1):
        words = " × ".join(map(str, shape)) or "a single number"
        raise source.refuse(f"its array is {words}, not a table of rows and columns")
    width = shape[1] if fields is None else len(fields)
    _expect_columns(source, width, shape[0])
    if fields and not all(dtype[name].shape == () for name in fields):
        raise source.refuse("a field of its rows is an array, not a number")
    _expect_bytes(source, math.prod(shape) * dtype.itemsize, available - file.tell(), shape[0])
    names = unique_names(fields or [""] * width)
    return _Header(shape[0], dtype, names, fields is None and bool(fortran))


def _expect_columns(source: Source, width: int, rows: int) -> None:
    if width < 2:
        raise source.refuse("its array has one column only; two columns of numbers are needed")
    if width > MOST_COLUMNS:
        turned = "; turn it round if its rows are columns" if rows == 2 else ""
        raise source.refuse(f"its array has {width:,} columns, more than {MOST_COLUMNS:,}{turned}")


def _expect_bytes(source: Source, wanted: int, available: int, rows: int) -> None:
    if rows < 0 or wanted > available:
        raise source.refuse("its header promises more numbers than there are in it")
    if wanted > LARGEST_FILE:
        raise source.refuse(f"its array is larger than {size_words(LARGEST_FILE)}")
    if rows > MOST_ROWS:
        raise source.refuse(f"it has more than {MOST_ROWS:,} rows, the most that can be used")


def is_array(path: Path) -> bool:
    """Whether a file is read here, by its name."""
    return path.suffix.lower() in (".npy", ".npz")
