"""The families of distributions with their parameters, as words and as data."""

from __future__ import annotations

import math
import textwrap
from typing import Any

import msgspec

from vae_gui.core.config import Mix
from vae_gui.core.distributions import DISTRIBUTIONS, Transform
from vae_gui.core.parameters import Declared, Validated, declared

INDENT = " " * 4


def listing() -> dict[str, Any]:
    """Every family and what can be done to any of them, ready to be written as JSON."""
    return {
        "families": [
            {
                "family": family.family(),
                "label": family.label,
                "help": family.help,
                "parameters": _parameters(family),
            }
            for family in DISTRIBUTIONS
        ],
        "transform": _parameters(Transform),
        "mix": _parameters(Mix),
    }


def listing_in_words(width: int = 100) -> str:
    """The same as text, its lines at most so long where words allow."""
    blocks = [
        _block(f"{family.family()}: {family.help}", family, width) for family in DISTRIBUTIONS
    ]
    moved = "data.transform, of any family: scaled, sheared, rotated and shifted in this order."
    blocks.append(_block(moved, Transform, width))
    mixed = "data.mix, for a second one in data.mix.distribution with parameters of its own."
    blocks.append(_block(mixed, Mix, width))
    return "\n\n".join(blocks)


def _parameters(cls: type[Validated]) -> list[dict[str, Any]]:
    return [_parameter(field) for field in declared(cls)]


def _parameter(field: Declared) -> dict[str, Any]:
    p = field.parameter
    found: dict[str, Any] = {
        "name": field.name,
        "kind": "list" if field.row is not None else field.kind.__name__,
        "default": msgspec.to_builtins(field.default),
        "minimum": _finite(p.minimum),
        "maximum": _finite(p.maximum),
        "unit": p.unit,
        "label": p.label,
        "symbol": p.symbol,
        "help": p.help,
    }
    if field.choices:
        found["choices"] = field.choices
    if field.row is not None:
        found["columns"] = _parameters(field.row)
    return found


def _finite(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None


def _block(title: str, cls: type[Validated], width: int) -> str:
    lines = [title]
    for field in declared(cls):
        lines += _lines(field, width, INDENT)
        for column in declared(field.row) if field.row is not None else ():
            lines += _lines(column, width, 2 * INDENT)
    return "\n".join(lines)


def _lines(field: Declared, width: int, indent: str) -> list[str]:
    p = field.parameter
    default = "" if field.row is not None else f" = {_shown(field.default)}"
    words = [f"{field.name}{default}", _valid(field), p.help]
    text = "  ".join(filter(None, words))
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent + "  ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _shown(value: object) -> str:
    """A value as TOML has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else f"{value:.10g}"


def _valid(field: Declared) -> str:
    p = field.parameter
    if field.row is not None:
        return f"({p.minimum:g} to {p.maximum:g} tables of:)"
    if field.choices:
        return f"({', '.join(field.choices)})"
    if not math.isfinite(p.minimum) or not math.isfinite(p.maximum):
        return ""
    return f"({p.minimum:.10g} to {p.maximum:.10g}{f' {p.unit}' if p.unit else ''})"
