"""Two columns of numbers in a file of somebody's own: where they are, and what was found.

The values that the readers of each format share; no file is opened here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vae_gui.core.reading import FileProblem

LARGEST_FILE = 2**29  # bytes
MOST_ROWS = 4_000_000
MOST_COLUMNS = 1_000
ROWS_AT_ONCE = 4_000  # what holds the interpreter for a few milliseconds only
BYTES_AT_ONCE = 2**20
PREVIEW_ROWS = 200
TEXTS = (".csv", ".tsv", ".txt", ".dat")
ARRAYS = (".npy", ".npz")
SUFFIXES = (*TEXTS, *ARRAYS)

# name of each separator: the character, and words for it
SEPARATORS = {
    "comma": (",", "comma"),
    "semicolon": (";", "semicolon"),
    "tab": ("\t", "tab"),
    "bar": ("|", "vertical bar"),
    "space": (" ", "spaces or tabs"),
}
HEADERS = ("yes", "no")
AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class Source:
    """Which numbers of which file.

    Attributes:
        path: The file.
        array: Name of an array in an NPZ file; empty for the first that will do.
        columns: Names of two columns or their numbers from 1; empty for the first of numbers.
        separator: One of `SEPARATORS`, or `automatic`.
        header: Whether the first line holds names: `yes`, `no`, or `automatic`.
    """

    path: Path
    array: str = ""
    columns: tuple[str, str] = ("", "")
    separator: str = AUTOMATIC
    header: str = AUTOMATIC

    def refuse(self, reason: str) -> FileProblem:
        """The complaint that this file cannot be used."""
        return FileProblem.about("use", self.path, reason)


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """The beginning of a file, and what was detected in it.

    Attributes:
        names: Names of all columns.
        rows: The first rows as texts, each of as many fields as there are columns.
        numeric: Which columns are meant as numbers.
        separator: One of `SEPARATORS`; empty for a file of arrays.
        header: Whether the first line holds names.
        arrays: Names of all arrays in the file; empty for a text.
        array: The one that is shown.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    separator: str = ""
    header: bool = False
    arrays: tuple[str, ...] = ()
    array: str = ""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Rows:
    """The usable rows of two columns.

    Attributes:
        values: The numbers, (n, 2), finite, read-only.
        names: Names of the two columns.
        digest: SHA-256 of the file that they are from, in hexadecimal digits.
        missing: Rows left out as one of the two values was missing.
        infinite: Rows left out as one of them was infinite.
    """

    values: npt.NDArray[np.float64]
    names: tuple[str, str]
    digest: str
    missing: int = 0
    infinite: int = 0

    def __post_init__(self) -> None:
        self.values.flags.writeable = False


class Collector:
    """Gathers finite rows, and counts the others.

    Args:
        source: For messages.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._parts: list[npt.NDArray[np.float64]] = []
        self._low, self._high = np.full(2, np.inf), np.full(2, -np.inf)
        self._count = self._missing = self._infinite = 0

    def add(self, values: npt.NDArray[np.float64]) -> None:
        """Take rows (k, 2), NaN where a value is missing.

        Raises:
            FileProblem: They are more than can be used.
        """
        missing = np.isnan(values).any(axis=1)
        infinite = ~missing & np.isinf(values).any(axis=1)
        self._missing += int(missing.sum())
        self._infinite += int(infinite.sum())
        usable = values[~(missing | infinite)]
        self._parts.append(usable)
        self._low = np.minimum(self._low, usable.min(axis=0, initial=np.inf))
        self._high = np.maximum(self._high, usable.max(axis=0, initial=-np.inf))
        self._count += len(usable)
        if self._count > MOST_ROWS:
            raise self._source.refuse(
                f"it has more than {MOST_ROWS:,} rows, the most that can be used"
            )

    def rows(self, names: tuple[str, str], digest: str) -> Rows:
        """What was gathered.

        Raises:
            FileProblem: There is nothing to learn from it.
        """
        left_out = self._missing + self._infinite
        if not self._count:
            why = f"all {left_out:,} rows lack a number" if left_out else "it has no rows"
            raise self._source.refuse(why + " in the two columns")
        for name, low, high in zip(names, self._low, self._high, strict=True):
            if low == high:
                raise self._source.refuse(
                    f"column {name!r} is constant, {low:.6g} in every row; both columns "
                    "have to vary"
                )
        return Rows(np.concatenate(self._parts), names, digest, self._missing, self._infinite)


def chosen_columns(
    source: Source, names: Sequence[str], numeric: Sequence[bool]
) -> tuple[int, int]:
    """Places of the two columns, from 0.

    Raises:
        FileProblem: There is no such column, or there are not two of numbers.
    """
    if len(names) < 2:
        raise source.refuse("it has one column only; two columns of numbers are needed")
    found = [_place(source, wanted, names) if wanted else -1 for wanted in source.columns]
    for i in (0, 1):
        if found[i] < 0:
            free = [k for k, fits in enumerate(numeric) if fits and k not in found]
            if not free:
                raise source.refuse(
                    f"{_count_words(sum(numeric))} of its {len(names):,} columns hold"
                    f"{'s' if sum(numeric) == 1 else ''} numbers; two are needed"
                )
            found[i] = free[0]
    if found[0] == found[1]:
        raise source.refuse(f"both columns are {names[found[0]]!r}; choose two different ones")
    return found[0], found[1]


def _place(source: Source, wanted: str, names: Sequence[str]) -> int:
    if wanted in names:
        return names.index(wanted)
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return int(wanted) - 1
    known = ", ".join(map(repr, names[:8])) + (", ..." if len(names) > 8 else "")
    raise source.refuse(f"it has no column {wanted!r}; its columns are {known}")


def _count_words(n: int) -> str:
    return {0: "none", 1: "only one"}.get(n, str(n))


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names of columns, each made one of a kind, those without a name numbered."""
    found: list[str] = []
    for i, name in enumerate(names, 1):
        name = " ".join(name.split()) or f"column {i}"
        base, k = name, 1
        while name in found:
            k += 1
            name = f"{base} ({k})"
        found.append(name)
    return tuple(found)
