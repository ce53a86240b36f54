"""What a section is asked to do: how thoroughly, and on which runs."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vae_gui.core.config import RunConfig

EFFORTS = ("smoke", "quick", "full")
UNLIMITED = "training.epochs=100000"
TOGETHER = 32  # steps asked for in one call where nobody looks at each


@dataclass(frozen=True)
class Settings:
    """Of one run of the benchmarks.

    Attributes:
        effort: One of `EFFORTS`; each section has its sizes for each.
        rounds: Instead of the rounds that the effort has, if not None.
        assignments: Changes (`key=value`) of the runs in the sections window and memory.
        screen: Draw on the real screen rather than offscreen.
    """

    effort: str = "full"
    rounds: int | None = None
    assignments: list[str] = field(default_factory=list)
    screen: bool = False


def configured(assignments: list[str]) -> RunConfig:
    """The default configuration without an end, changed by `key=value` texts."""
    from vae_gui.core.config import RunConfig, assigned

    config = RunConfig()
    for text in [UNLIMITED, *assignments]:
        config = assigned(config, text)
    return config


def progress(text: str) -> None:
    """Tell whoever waits where it stands."""
    print(text, file=sys.stderr, flush=True)
