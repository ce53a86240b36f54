"""A configuration as TOML, and single values of it as text. Refuses what it does not know.

No file is opened here (see `storage`).
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

import msgspec
import tomli_w

from vae_gui.core.config.run import DataConfig, Mix, ModelConfig, RunConfig, TrainingConfig
from vae_gui.core.distributions import DISTRIBUTIONS, Distribution, Gaussian, Transform
from vae_gui.core.parameters import (
    InvalidValue,
    Validated,
    declared,
    expect_table,
    from_mapping,
    refuse_unknown,
)

SCHEMA = 1
ROW = re.compile(r"(\w+)\[([0-9]{1,9})\]")  # components[2]: the second row of a list
LOOSE_NUMBER = re.compile(r"[+-]?(\d+\.|\.\d+)([eE][+-]?\d+)?")  # .5 and 5. are no TOML

DISTRIBUTION = "data.distribution"
MIXED_IN = "data.mix.distribution"
NOTHING = "none"  # the family that is mixed in where none is

SECTIONS: dict[str, type[Validated]] = {
    "data": DataConfig,
    "model": ModelConfig,
    "training": TrainingConfig,
}


class NotToml(InvalidValue):
    """A text that is no TOML at all: its reason is the whole message, the text is no value."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__("the file", text[:40], reason)
        self.args = (reason,)


def from_table(table: object) -> RunConfig:
    """Make a configuration from the tables of a TOML file; missing keys take their defaults.

    Raises:
        InvalidValue: Naming the key, the value and what would be valid.
    """
    top = dict(expect_table(table, "the file"))
    schema = top.pop("schema", SCHEMA)
    if isinstance(schema, bool) or not isinstance(schema, int) or schema < 1:
        raise InvalidValue("schema", schema, f"it must be {SCHEMA}, this program's schema version")
    if schema > SCHEMA:
        raise InvalidValue(
            "schema",
            schema,
            f"the file was written by a newer version; this one reads schema {SCHEMA} and older",
        )
    refuse_unknown(top, ["schema", "title", "notes", *SECTIONS], "")
    for key in ("title", "notes"):
        _expect_text(top.get(key, ""), key)
    return RunConfig(
        title=top.get("title", ""),
        notes=top.get("notes", ""),
        data=_data_from_table(top.get("data", {})),
        model=from_mapping(ModelConfig, top.get("model", {}), "model"),
        training=from_mapping(TrainingConfig, top.get("training", {}), "training"),
    )


def _data_from_table(table: object) -> DataConfig:
    data = dict(expect_table(table, "data"))
    parts = ("distribution", "transform", "mix")
    refuse_unknown(data, [*parts, *(f.name for f in declared(DataConfig))], "data")
    distribution, transform, mix = (data.pop(name, {}) for name in parts)
    return msgspec.structs.replace(
        from_mapping(DataConfig, data, "data"),
        distribution=distribution_from_table(distribution),
        transform=from_mapping(Transform, transform, "data.transform"),
        mix=_mix_from_table(mix),
    )


def _mix_from_table(table: object) -> Mix | None:
    """What is mixed in; nothing where the table is empty or missing."""
    fields = dict(expect_table(table, "data.mix"))
    if not fields:
        return None
    refuse_unknown(fields, ["distribution", *(f.name for f in declared(Mix))], "data.mix")
    distribution = distribution_from_table(fields.pop("distribution", {}), MIXED_IN)
    mix = from_mapping(Mix, fields, "data.mix")
    try:
        return msgspec.structs.replace(mix, distribution=distribution)
    except InvalidValue as error:
        raise error.under("data.mix") from None


def _expect_text(value: object, key: str) -> None:
    if not isinstance(value, str):
        raise InvalidValue(key, value, "it must be a text")
    if any("\ud800" <= c <= "\udfff" for c in value):  # undecodable bytes of a command line
        raise InvalidValue(key, value, "it holds characters that cannot be written to a file")


def distribution_from_table(table: object, path: str = DISTRIBUTION) -> Distribution:
    """Make a distribution from its table, chosen by its key `family`.

    Raises:
        InvalidValue: The family or one of its parameters is not valid.
    """
    fields = dict(expect_table(table, path))
    family = fields.pop("family", Gaussian.family())
    known = {d.family(): d for d in DISTRIBUTIONS}
    if not isinstance(family, str) or family not in known:
        raise InvalidValue(f"{path}.family", family, "it must be one of " + ", ".join(known))
    return from_mapping(known[family], fields, path)


def to_table(config: RunConfig) -> dict[str, Any]:
    """The tables of a configuration, ready to be written as TOML."""
    table = {"schema": SCHEMA, **msgspec.to_builtins(config)}
    if config.data.mix is None:  # TOML has no word for nothing
        del table["data"]["mix"]
    return table


def from_toml(text: str) -> RunConfig:
    """Read a configuration from TOML text.

    Raises:
        InvalidValue: The text is not TOML, or a value in it is not valid.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NotToml(text, f"the file is not TOML: {error}") from None
    except (RecursionError, ValueError):
        reason = "a number in the file is too long, or its lists nest too deeply"
        raise NotToml(text, reason) from None
    return from_table(table)


def to_toml(config: RunConfig) -> str:
    """The TOML text of a configuration, every key written out."""
    return tomli_w.dumps(to_table(config))


def with_value(config: RunConfig, path: str, value: object) -> RunConfig:
    """A configuration with one dotted value changed, such as `training.beta`.

    A value in a row of a list is `data.distribution.components[2].weight`, counted from 1.

    Choosing another `data.distribution.family` starts from that family's defaults, and so
    does `data.mix.distribution.family`, which is "none" where nothing is to be mixed in.

    Raises:
        InvalidValue: There is no such value, or it cannot take this one.
    """
    table = to_table(config)
    _put(table, path, value)
    return from_table(table)


def assigned(config: RunConfig, *assignments: str) -> RunConfig:
    """A configuration changed by command-line texts `key=value`, judged when all are made.

    Raises:
        InvalidValue: A text has no `=`, or a value is not valid.
    """
    table = to_table(config)
    for assignment in assignments:
        _put(table, *_parsed(assignment))
    return from_table(table)


def _put(table: dict[str, Any], path: str, value: object) -> None:
    if path == f"{DISTRIBUTION}.family":
        path, value = DISTRIBUTION, {"family": value}  # none of the other's parameters
    if path == f"{MIXED_IN}.family":
        mix = table["data"].setdefault("mix", {}) if isinstance(table["data"], dict) else {}
        if value == NOTHING:
            mix.clear()
            return
        path, value = MIXED_IN, {"family": value}
    *parents, last = path.split(".")
    place: Any = table
    for i, name in enumerate(parents):
        place = _entry(place, name)
        if not isinstance(place, dict):
            missing = ".".join(parents[: i + 1])
            reason = f"there is no table {missing!r}"
            if missing in ("data.mix", MIXED_IN):
                reason = f"nothing is mixed in; choose {MIXED_IN}.family first"
            raise InvalidValue(path, value, reason)
    place[last] = value


def _entry(place: object, name: str) -> object:
    """What a table has under a name, or a list under a name and a number counted from 1."""
    row = ROW.fullmatch(name)
    found = place.get(row[1] if row else name) if isinstance(place, dict) else None
    if row is None:
        return found
    rows, i = (found, int(row[2])) if isinstance(found, list | tuple) else ((), 0)
    return rows[i - 1] if 1 <= i <= len(rows) else None


def _parsed(assignment: str) -> tuple[str, object]:
    path, equals, text = assignment.partition("=")
    if not equals or not path.strip():
        raise InvalidValue("--set", assignment, "it must look like training.learning_rate=0.003")
    try:
        parsed = tomllib.loads(f"value = {text.strip()}")
    except (ValueError, RecursionError):
        parsed = {}
    if parsed.keys() == {"value"}:
        value = parsed["value"]
    else:  # a bare word is meant as a text, and so is what would be several lines of TOML
        bare = text.strip()
        value = float(bare) if LOOSE_NUMBER.fullmatch(bare) else bare
    return path.strip(), value
