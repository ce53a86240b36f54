"""A parameter, declared once: its bounds, words and meaning.

Forms, files, the command line and messages about bad input all read the same
declaration. This module knows nothing of any particular parameter.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

Applies = Literal["live", "restart"]
Scalar = float | int | bool | str
Value = Scalar | tuple["Validated", ...]
DECIMAL_COMMA = re.compile(r"[-+−]?[0-9]{1,15},[0-9]{1,15}(?:[eE][-+]?[0-9]{1,3})?")
S = TypeVar("S", bound="Validated")


class InvalidValue(ValueError):
    """A value that a person gave and that cannot be used.

    Attributes:
        key: Dotted name of the value, such as `training.learning_rate`.
        reason: A sentence part that says what would be valid.
        value: What was given.
    """

    def __init__(self, key: str, value: object, reason: str) -> None:
        self.key = key
        self.value = value
        self.reason = reason
        super().__init__(f"{key} = {shown(value)} is not valid: {reason}")

    def under(self, prefix: str) -> InvalidValue:
        """Return the same complaint with `prefix` put before its key."""
        return InvalidValue(f"{prefix}.{self.key}" if prefix else self.key, self.value, self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What a person needs to know to set one value.

    Attributes:
        label: Name beside the control.
        help: One sentence that explains it.
        symbol: Its letter in the field's formulas.
        unit: Its unit, empty when it has none.
        minimum: Smallest valid value (inclusive); of a list of rows, the fewest rows.
        maximum: Largest valid value (inclusive); of a list of rows, the most rows.
        scale: How a slider moves: linearly, logarithmically, or as the square of its
            position (fine near a minimum of 0, which a logarithm cannot reach).
        decimals: Digits shown after the point on a linear scale.
        slider: Whether a slider makes sense (a seed only needs a box).
        applies: `live` between two steps, or `restart` with the next reset.
    """

    label: str
    help: str
    symbol: str = ""
    unit: str = ""
    minimum: float = -math.inf
    maximum: float = math.inf
    scale: Literal["linear", "log", "square"] = "linear"
    decimals: int = 2
    slider: bool = True
    applies: Applies = "restart"


@dataclass(frozen=True, slots=True)
class Declared:
    """One declared field of a `Validated` value: a scalar, or a list of rows of scalars."""

    name: str
    kind: type  # float, int, bool, str, or tuple for a list of rows
    parameter: Parameter
    default: Any
    choices: tuple[str, ...] = ()
    row: type[Validated] | None = None  # what a list is of

    @property
    def valid(self) -> str:
        """What would be valid, as the end of a sentence."""
        p = self.parameter
        if self.row is not None:
            columns = ", ".join(field.name for field in declared(self.row))
            return f"it must be a list of {p.minimum:g} to {p.maximum:g} tables of {columns}"
        if self.choices:
            return "it must be one of " + ", ".join(repr(c) for c in self.choices)
        if self.kind is bool:
            return "it must be true or false"
        if self.kind is str:
            return "it must be a text"
        noun = "a whole number" if self.kind is int else "a number"
        if math.isinf(p.minimum) and math.isinf(p.maximum):
            return f"it must be {noun}"
        unit = f" {p.unit}" if p.unit else ""
        return f"it must be {noun} from {p.minimum:.10g} to {p.maximum:.10g}{unit}"

    def accept(self, value: object) -> Value:
        """Return `value` in the declared type.

        Raises:
            InvalidValue: The value is of another type, not finite or out of bounds.
        """
        if self.row is not None:
            return self._accept_rows(value, self.row)
        if self.kind in (str, bool):
            right = isinstance(value, self.kind) and (not self.choices or value in self.choices)
            if not right:
                raise InvalidValue(self.name, value, self.valid)
            return value  # type: ignore[return-value]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidValue(self.name, value, self.valid + self._hint(value))
        if self.kind is int and isinstance(value, float):
            raise InvalidValue(self.name, value, self.valid)
        try:  # an integer of thousands of digits does not fit a float
            number = float(value)
        except OverflowError:
            raise InvalidValue(self.name, value, self.valid) from None
        within = self.parameter.minimum <= number <= self.parameter.maximum
        if not (within and math.isfinite(number)):  # infinity is within no bounds at all
            raise InvalidValue(self.name, value, self.valid)
        return value if self.kind is int else number

    def _accept_rows(self, value: object, row: type[Validated]) -> tuple[Validated, ...]:
        """Rows are given as they are or as tables; in messages they are counted from 1."""
        if not isinstance(value, list | tuple):
            raise InvalidValue(self.name, value, self.valid)
        if not self.parameter.minimum <= len(value) <= self.parameter.maximum:
            counted = "1 is given" if len(value) == 1 else f"{len(value):,} are given"
            raise InvalidValue(self.name, value, f"{self.valid}; {counted}")
        if isinstance(value, tuple) and all(type(given) is row for given in value):
            return value
        return tuple(
            given if type(given) is row else from_mapping(row, given, f"{self.name}[{i}]")
            for i, given in enumerate(value, 1)
        )

    def _hint(self, value: object) -> str:
        """How a number with a decimal comma is written here; nothing for what is no such number."""
        number = written_with_point(value) if self.kind is float else ""
        within = number and self.parameter.minimum <= float(number) <= self.parameter.maximum
        return f", written with a point: {number}" if within else ""


class Validated(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen value whose annotated fields are checked whenever one is made.

    Fields are declared as `name: Annotated[float, Parameter(...)] = default`, lists as
    `name: Annotated[tuple[Row, ...], Parameter(...)]` where `Row` is `Validated` too.

    Raises:
        InvalidValue: On construction, `msgspec.structs.replace` included.
    """

    def __post_init__(self) -> None:
        for field in declared(type(self)):
            value = getattr(self, field.name)
            accepted = field.accept(value)
            if accepted is not value:  # 1 given for 1.0, or tables for rows
                msgspec.structs.force_setattr(self, field.name, accepted)
        self.check()

    def check(self) -> None:
        """Refuse combinations of valid values that are invalid together.

        Raises:
            InvalidValue: Naming the field to change.
        """


@cache
def declared(cls: type) -> tuple[Declared, ...]:
    """The annotated parameters of a `Validated` class, in the order of declaration."""
    defaults = {f.name: f.default for f in msgspec.structs.fields(cls)}
    found = []
    for name, hint in get_type_hints(cls, include_extras=True).items():
        if get_origin(hint) is not Annotated:
            continue
        kind, *notes = get_args(hint)
        for note in notes:
            if isinstance(note, Parameter):
                choices = get_args(kind) if get_origin(kind) is Literal else ()
                row = get_args(kind)[0] if get_origin(kind) is tuple else None
                kind = str if choices else tuple if row is not None else kind
                found.append(Declared(name, kind, note, defaults[name], choices, row))
    return tuple(found)


def from_mapping(cls: type[S], mapping: object, path: str = "") -> S:
    """Make a `Validated` value from a table, missing keys taking their defaults.

    Raises:
        InvalidValue: Naming the first unknown key or unusable value below `path`.
    """
    table = expect_table(mapping, path)
    names = [field.name for field in declared(cls)]
    refuse_unknown(table, names, path)
    try:
        return cls(**table)
    except InvalidValue as error:
        raise error.under(path) from None


def expect_table(value: object, path: str) -> Mapping[str, Any]:
    """Return `value` if it is a table.

    Raises:
        InvalidValue: It is something else.
    """
    if not isinstance(value, Mapping):
        raise InvalidValue(path, value, "it must be a table of named values")
    return value


def refuse_unknown(table: Mapping[str, Any], names: list[str], path: str) -> None:
    """Refuse keys outside `names`, proposing the nearest one.

    Raises:
        InvalidValue: Naming the first unknown key.
    """
    for key in table:
        if key not in names:
            near = difflib.get_close_matches(key, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "known are " + ", ".join(names) + "."
            name = trimmed(key) if key.isprintable() else shown(key)
            full = f"{path}.{name}" if path else name
            raise InvalidValue(full, table[key], f"there is no such key; {hint}")


def written_with_point(value: object) -> str:
    """A text such as `0,7` with a decimal point; empty where that makes no number of it."""
    if not isinstance(value, str) or not DECIMAL_COMMA.fullmatch(value.strip()):
        return ""
    return value.strip().replace(",", ".").replace("−", "-")


def shown(value: object) -> str:
    """A short text of any value, for messages."""
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return trimmed(repr(value))
    except RecursionError:
        return "(a deeply nested value)"
    except ValueError:  # Python writes no integer of more than some thousand digits
        return "(a huge number)"


def trimmed(text: str) -> str:
    """The text, its end left out where it is long."""
    return text if len(text) <= 60 else text[:57] + "..."
