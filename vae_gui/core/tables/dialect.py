"""What a text of numbers is written in: its separator, and whether its first line holds names.

Detected from the first lines; no file is opened here.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vae_gui.core.parameters import DECIMAL_COMMA
from vae_gui.core.tables.source import AUTOMATIC, SEPARATORS, Source, unique_names

MISSING = frozenset(("", "-", ".", "?", "#n/a", "n/a", "na", "nan", "none", "null"))


@dataclass(frozen=True, slots=True)
class Dialect:
    """How to read a text.

    Attributes:
        separator: One of `SEPARATORS`.
        header: Whether the first line holds names.
        names: Names of the columns.
        numeric: Which columns are meant as numbers, by the first lines.
    """

    separator: str
    header: bool
    names: tuple[str, ...]
    numeric: tuple[bool, ...]


def fields(lines: Iterable[str], separator: str) -> Iterator[list[str]]:
    """The fields of each line; raises `csv.Error` where a quotation does not end."""
    if separator == "space":
        lines = (line.strip().replace("\t", " ") for line in lines)
    mark = SEPARATORS[separator][0]
    return csv.reader(lines, delimiter=mark, skipinitialspace=True, strict=True)


def detect(source: Source, lines: Sequence[str]) -> Dialect:
    """The dialect of a text that begins with these lines, as far as it is not given.

    Raises:
        csv.Error: With the separator that was given, a quotation does not end.
    """
    separator = source.separator
    if separator == AUTOMATIC:
        separator = max(SEPARATORS, key=lambda name: _merit(lines, name))
    table = list(fields(lines, separator))
    width = _usual_width(table)
    regular = [row for row in table if len(row) == width]
    header = source.header == "yes"
    if source.header == AUTOMATIC:
        header = table[0] in regular and _has_names(regular)
    body = regular[1:] if header else regular
    # the first line tells the names, even if what follows is of another width
    names = unique_names(table[0] if header else [""] * width)
    numeric = tuple(
        _is_numeric([row[i] for row in body if i < len(row)]) for i in range(len(names))
    )
    return Dialect(separator, header, names, numeric)


def is_number(text: str) -> bool:
    """Whether a text is a number, not finite ones included."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_missing(text: str) -> bool:
    """Whether a text stands for a number that is not there."""
    return text.strip().lower() in MISSING


def _is_numeric(column: Sequence[str]) -> bool:
    """Whether most of a column are numbers: what is none among them is told when it is read."""
    there = [text for text in column if not is_missing(text)]
    return bool(there) and 2 * sum(map(_is_meant_as_number, there)) > len(there)


def _is_meant_as_number(text: str) -> bool:
    # a decimal comma is refused later, in words
    return is_number(text) or bool(DECIMAL_COMMA.fullmatch(text.strip()))


def _usual_width(table: Sequence[Sequence[str]]) -> int:
    return Counter(map(len, table)).most_common(1)[0][0]


def _has_names(table: Sequence[Sequence[str]]) -> bool:
    """Whether the first row holds a word above a column of numbers, or nothing but words."""
    first, *rest = table
    words = [not is_missing(text) and not is_number(text) for text in first]
    if all(words):
        return True
    below = zip(*rest, strict=True) if rest else [()] * len(first)
    return any(w and _is_numeric(column) for w, column in zip(words, below, strict=True))


def _merit(lines: Sequence[str], separator: str) -> tuple[float, float, float]:
    """How well a separator explains some lines: greater is better."""
    try:
        table = list(fields(lines, separator))
    except csv.Error:
        return (0.0, 0.0, 0.0)
    width = _usual_width(table)
    if width < 2:
        return (0.0, 0.0, 0.0)
    regular = [row for row in table if len(row) == width]
    texts = [text for row in regular[1:] or regular for text in row]
    numbers = sum(map(_is_meant_as_number, texts))
    return (len(regular) / len(table), numbers / len(texts), 1 / width)
