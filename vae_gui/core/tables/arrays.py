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
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from vae_gui.core.reading import FileProblem, reason_of, size_words
from vae_gui.core.tables.source import (
    HASHED_AT_ONCE,
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
AT_ONCE = 2**16  # rows
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


def preview(source: Source) -> Preview:
    """The first rows of an array.

    Raises:
        FileProblem: The file cannot be read, or holds no table of numbers.
    """
    with _array(source) as (names, name, file, size):
        header = _header(source, file, size)
        count = min(PREVIEW_ROWS, header.rows)
        if header.by_columns:
            part = _columns_apart(header, file, range(len(header.names)), count)
        else:
            part = _as_columns(header, file.read(count * header.row_bytes))
        rows = preview_texts(part.tolist())
    return Preview(header.names, rows, header.numeric, arrays=names, array=name)


def reading(source: Source, size: int) -> Generator[float, None, Rows]:
    """Read two columns of an array; yields the share done, returns the rows.

    Raises:
        FileProblem: The file cannot be read, or holds no table of numbers.
    """
    digest = hashlib.sha256()
    try:
        with source.path.open("rb") as whole:
            while piece := whole.read(HASHED_AT_ONCE):
                digest.update(piece)
                yield min(0.5, 0.5 * whole.tell() / max(size, 1))
    except OSError as error:
        raise source.refuse(reason_of(error)) from None
    found = Collector(source)
    with _array(source) as (_, _, file, available):
        header = _header(source, file, available)
        places = chosen_columns(source, header.names, header.numeric)
        for values, done in _parts(header, file, places):
            found.add(values)
            yield 0.5 + 0.5 * done / max(header.rows, 1)
    names = header.names[places[0]], header.names[places[1]]
    return found.rows(names, digest.hexdigest())


def _parts(
    header: _Header, file: IO[bytes], places: tuple[int, int]
) -> Iterator[tuple[npt.NDArray[np.float64], int]]:
    """Two columns (k, 2) piece by piece, and the rows read so far."""
    if header.by_columns:
        values = _columns_apart(header, file, places, header.rows)
        for start in range(0, header.rows, AT_ONCE):
            part = values[start : start + AT_ONCE]
            yield part, start + len(part)
        return
    for start in range(0, header.rows, AT_ONCE):
        count = min(AT_ONCE, header.rows - start)
        columns = _as_columns(header, _exactly(file, count * header.row_bytes))
        yield columns[:, list(places)], start + count


def _columns_apart(
    header: _Header, file: IO[bytes], places: range | tuple[int, int], count: int
) -> npt.NDArray[np.float64]:
    """The first rows of some columns (count, len(places)), of whole columns in a row."""
    start, size = file.tell(), header.dtype.itemsize
    found = np.empty((count, len(places)))
    for i, place in enumerate(places):
        file.seek(start + place * header.rows * size)
        found[:, i] = np.frombuffer(_exactly(file, count * size), header.dtype)
    return found


def _as_columns(header: _Header, data: bytes) -> npt.NDArray[np.float64]:
    """Rows (k, columns) as float64; what is no number is NaN."""
    if header.dtype.names is None:
        return np.frombuffer(data, header.dtype).reshape(-1, len(header.names)).astype(np.float64)
    table = np.frombuffer(data, header.dtype)
    columns = [
        table[name].astype(np.float64) if fits else np.full(len(table), np.nan)
        for name, fits in zip(header.dtype.names, header.numeric, strict=True)
    ]
    return np.stack(columns, axis=-1)


def _exactly(file: IO[bytes], count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise EOFError
    return data


@contextmanager
def _array(source: Source) -> Iterator[tuple[tuple[str, ...], str, IO[bytes], int]]:
    """Names of all arrays, of the chosen one, that one open for reading, and its bytes.

    Raises:
        FileProblem: There is none, or anything in it is damaged.
    """
    try:
        if source.path.suffix.lower() == ".npz":
            with zipfile.ZipFile(source.path) as archive:
                names, info = _member(source, archive)
                with archive.open(info) as file:
                    yield names, info.filename.removesuffix(".npy"), file, info.file_size
        else:
            with source.path.open("rb") as file:
                yield (), "", file, source.path.stat().st_size
    except FileProblem:
        raise
    except DAMAGED:
        kind = source.path.suffix.lower()[1:].upper()
        raise source.refuse(f"it is not a {kind} file of numbers, or is damaged") from None
    except OSError as error:
        raise source.refuse(reason_of(error)) from None


def _member(source: Source, archive: zipfile.ZipFile) -> tuple[tuple[str, ...], zipfile.ZipInfo]:
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
