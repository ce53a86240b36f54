"""What a run has become: the arrays that training changes, and a frozen copy of all of it.

Needs no torch, so that a run can be kept, read and continued by any engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_gui.core.parameters import InvalidValue

Float32 = npt.NDArray[np.float32]
ARRAYS = ("parameters", "m", "v", "previous_parameters", "previous_m", "previous_v")
COUNTERS = ("step", "epoch", "position", "count", "previous_count")
GENERATORS = ("shuffling", "noise")


class AdamState:
    """Weights and Adam's moments now, and as they were before the last update.

    Attributes:
        values: (2, 3, P): [now, before the last update] x [weights, m, v].
        counts: Adam's number of updates, [now, before the last one].
        parameters: The weights now, (P,), a view of `values`.
        m: First moments now, (P,), a view of `values`.
        v: Second moments now, (P,), a view of `values`.
    """

    def __init__(self, parameters: Float32) -> None:
        self.values = np.zeros((2, 3, len(parameters)), np.float32)
        self.values[:, 0] = parameters
        self.counts = [0, 0]
        rows: list[Float32] = list(self.values[0])
        self.parameters, self.m, self.v = rows

    def keep(self) -> None:
        """Remember the values now; an engine calls this before it updates them."""
        self.values[1] = self.values[0]
        self.counts[1] = self.counts[0]

    def undo(self) -> None:
        """Go back to the values before the last update: the last that gave a finite loss."""
        self.values[0] = self.values[1]
        self.counts[0] = self.counts[1]


@dataclass(frozen=True, slots=True, eq=False)
class TrainerState:
    """A run after some step, without its configuration: enough to continue it to the bit.

    Attributes:
        values: `AdamState.values`, (2, 3, P), read-only.
        step: Steps made.
        epoch: Epoch under way or just ended, 0 before the first step.
        position: Examples of that epoch already used; all of them when it has ended.
        count: Adam's number of updates.
        previous_count: The same before the last update.
        shuffling: State of the shuffling generator before that epoch's order was drawn.
        noise: State of the noise generator.
    """

    values: Float32
    step: int
    epoch: int
    position: int
    count: int
    previous_count: int
    shuffling: dict[str, Any]
    noise: dict[str, Any]

    @property
    def parameters(self) -> Float32:
        """The weights, (P,), read-only."""
        return np.asarray(self.values[0, 0])

    def to_arrays(self) -> tuple[dict[str, Float32], dict[str, Any]]:
        """Arrays (P,) by name, and the rest as values that `json` writes and reads."""
        arrays = dict(zip(ARRAYS, self.values.reshape(len(ARRAYS), -1), strict=True))
        return arrays, {name: getattr(self, name) for name in (*COUNTERS, *GENERATORS)}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, npt.NDArray[Any]], meta: Mapping[str, Any]
    ) -> TrainerState:
        """The reverse of `to_arrays`, for what was read from a file.

        Raises:
            InvalidValue: Something is missing or cannot be what it should be.
        """
        _check_arrays(arrays)
        _check_meta(meta)
        values = np.stack([arrays[name] for name in ARRAYS]).reshape(2, 3, -1)
        values.flags.writeable = False
        return cls(values, **{name: meta[name] for name in (*COUNTERS, *GENERATORS)})


def _check_arrays(arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    for name in ARRAYS:
        key, array = f"state.{name}", arrays.get(name)
        if array is None or array.dtype != np.float32 or array.ndim != 1 or len(array) == 0:
            raise InvalidValue(key, array, "it must be a row of float32 numbers")
        if len(array) != len(arrays[ARRAYS[0]]):
            raise InvalidValue(key, len(array), "all rows must have the same length")
        # those of now may be on their way to diverge, but there must be a way back
        if name.startswith("previous") and not np.isfinite(array).all():
            raise InvalidValue(key, array, "every number must be finite")


def _check_meta(meta: Mapping[str, Any]) -> None:
    for name in COUNTERS:
        value = meta.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
            raise InvalidValue(f"state.{name}", value, "it must be a whole number from 0")
    for name in GENERATORS:
        probe: Any = np.random.PCG64(0)
        try:
            probe.state = meta.get(name)
        except (TypeError, ValueError, KeyError, OverflowError):
            reason = "it must be the state of a PCG64 generator"
            raise InvalidValue(f"state.{name}", meta.get(name), reason) from None
