"""Live changes of settings: the words that a recording keeps, and what was in force at a step.

A change that stands at step k was made after that step: it is in force from step k + 1 on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from vae_gui.core.config import TrainingConfig

CHANGED = re.compile(r"\b(\w+) = ([^\s,]+)(?: \(was ([^\s,)]+)\))?")  # older ones lack `was`


def change_words(before: TrainingConfig, after: TrainingConfig) -> str:
    """A live change of settings as a recording keeps it, such as `beta = 2 (was 1)`."""
    changed = (
        (name, getattr(after, name), getattr(before, name)) for name in after.__struct_fields__
    )
    return ", ".join(
        f"{name} = {_number(new)} (was {_number(old)})" for name, new, old in changed if new != old
    )


def _number(value: float) -> str:
    """As short as it can be told without another number being read from it."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def in_force(
    training: TrainingConfig,
    changes: Sequence[tuple[int, str]],
    step: int,
    names: Sequence[str],
) -> TrainingConfig:
    """Settings with some of them as they were in force when a step was made, and tested.

    Args:
        training: What tells of a setting that no change says anything about.
        changes: A recording's live changes, (step they were made after, words).
        step: Which; 0 is before the first.
        names: Of those settings that are to be as they were: numbers.
    """
    found = {}
    for name in names:
        kind = type(getattr(training, name))
        for made_after, words in changes:
            for new, old in ((m[2], m[3]) for m in CHANGED.finditer(words) if m[1] == name):
                if made_after < step:
                    found[name] = kind(float(new))
                elif name not in found and old is not None:
                    found[name] = kind(float(old))
    return msgspec.structs.replace(training, **found)
