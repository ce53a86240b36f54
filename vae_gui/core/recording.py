"""What is kept of a run: every loss, test points, and some weights.

12 bytes a step for the losses, and a bounded number of snapshots. Which steps
keep their weights depends on the step alone, so that whoever trains and whoever
records agree without talking.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from vae_gui.core.growing import Growing
from vae_gui.core.network import Losses

SNAPSHOT_BYTES = 192 * 2**20  # all snapshots together
MOST_SNAPSHOTS = 256


@dataclass(frozen=True, slots=True)
class TestPoint:
    """A test loss, measured after `step` steps.

    In a `Recording`, always at the end of `epoch` (0: untrained); elsewhere maybe in
    the midst of the next one.
    """

    __test__ = False  # not a test case, whatever pytest thinks of its name

    epoch: int
    step: int
    losses: Losses


class TestPoints(Sequence[TestPoint]):
    """A list of test points that can only grow, at 40 to 50 bytes each instead of 340."""

    __test__ = False
    __hash__ = None  # type: ignore[assignment]  # as a list: it changes

    def __init__(self, points: Iterable[TestPoint] = ()) -> None:
        self._at = Growing(2, np.int64)  # epoch and step of each
        self._losses = Growing(3, np.float64)
        self.extend(points)

    @property
    def at(self) -> npt.NDArray[np.int64]:
        """Epoch and step of each, (n, 2): a read-only view, to which nothing is added."""
        return self._at.rows

    @property
    def losses(self) -> npt.NDArray[np.float64]:
        """Total, reconstruction, kl of each, (n, 3), likewise."""
        return self._losses.rows

    def append(self, point: TestPoint) -> None:
        """Add one at the end."""
        self.extend((point,))

    def extend(self, points: Iterable[TestPoint]) -> None:
        """Add some at the end, in their order."""
        new = tuple(points)
        self.extend_rows(
            np.array([(p.epoch, p.step) for p in new], np.int64).reshape(-1, 2),
            np.array([p.losses for p in new], np.float64).reshape(-1, 3),
        )

    def extend_rows(self, at: npt.NDArray[np.int64], losses: npt.NDArray[np.float64]) -> None:
        """Add some at the end, given as `at` (k, 2) and `losses` (k, 3)."""
        self._at.append(at)
        self._losses.append(losses)

    def __iadd__(self, points: Iterable[TestPoint]) -> TestPoints:
        self.extend(points)
        return self

    def __len__(self) -> int:
        return len(self._at)

    @overload
    def __getitem__(self, index: int) -> TestPoint: ...
    @overload
    def __getitem__(self, index: slice) -> list[TestPoint]: ...
    def __getitem__(self, index: int | slice) -> TestPoint | list[TestPoint]:
        if isinstance(index, slice):
            return list(map(_test_point, self.at[index].tolist(), self.losses[index].tolist()))
        return _test_point(self.at[index].tolist(), self.losses[index].tolist())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __repr__(self) -> str:
        return f"TestPoints({self[:]!r})"


def _test_point(at: list[int], losses: list[float]) -> TestPoint:
    epoch, step = at
    return TestPoint(epoch, step, Losses(*losses))


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Which steps keep their weights: a logarithmic grid and an even one.

    The even grid's stride doubles as the run grows, so that at most about
    `capacity` snapshots are ever held.
    """

    capacity: int

    @classmethod
    def for_size(cls, parameters: int) -> Snapshots:
        """The rule for models of so many parameters, within `SNAPSHOT_BYTES`."""
        return cls(int(np.clip(SNAPSHOT_BYTES // (4 * parameters), 16, MOST_SNAPSHOTS)))

    def stride(self, latest: int) -> int:
        """Distance of even snapshots in a run of `latest` steps: a power of two."""
        # the smallest that leaves at most capacity / 2 of them
        return 1 << (latest // (self.capacity // 2 + 1)).bit_length()

    def keeps(self, step: int, latest: int) -> bool:
        """Whether a run of `latest` steps holds the weights of `step`."""
        return step % self.stride(latest) == 0 or self._on_log_grid(step)

    def _on_log_grid(self, step: int) -> bool:
        per_octave = max(1, min(8, self.capacity // 48))
        if step < 1:
            return True
        k = round(per_octave * math.log2(step))
        return step == round(math.exp2(k / per_octave))


class Recording:
    """Losses, test points and snapshots of one run. Written by one thread, in order of steps.

    Attributes:
        tests: Test points, oldest first.
        changes: (step, description) of every live change of a setting.
    """

    def __init__(self, parameters: int) -> None:
        self.tests = TestPoints()
        self.changes: list[tuple[int, str]] = []
        self._rule = Snapshots.for_size(parameters)
        self._losses = Growing(3, np.float32)
        self._snapshot_steps: list[int] = []
        self._snapshots: dict[int, npt.NDArray[np.float32]] = {}
        self._stride = 1

    @property
    def steps(self) -> int:
        """Training steps recorded."""
        return len(self._losses)

    @property
    def losses(self) -> npt.NDArray[np.float32]:
        """Training losses (steps, 3): total, reconstruction, kl in nats. Row i is step i + 1."""
        return self._losses.rows

    @property
    def snapshot_steps(self) -> list[int]:
        """Steps whose weights are held, increasing; 0 is the untrained model."""
        return self._snapshot_steps

    def add_losses(self, losses: npt.ArrayLike) -> None:
        """Append rows (k, 3) of total, reconstruction, kl."""
        self._losses.append(np.asarray(losses, np.float32).reshape(-1, 3))

    def add_snapshot(self, step: int, parameters: npt.NDArray[np.float32]) -> None:
        """Keep these weights (not copied) if the rule keeps that step, and thin out older ones.

        Those of a step that is held already are replaced: a run that diverged goes back
        to weights that gave a finite loss, without a step.
        """
        if not self._rule.keeps(step, step):
            return
        held = step in self._snapshots
        self._snapshots[step] = parameters
        if held:
            return
        self._snapshot_steps.append(step)
        if self._rule.stride(step) != self._stride:
            self._stride = self._rule.stride(step)
            kept = [s for s in self._snapshot_steps if self._rule.keeps(s, step)]
            self._snapshots = {s: self._snapshots[s] for s in kept}
            self._snapshot_steps = kept

    def snapshot(self, step: int) -> npt.NDArray[np.float32]:
        """The weights held for exactly this step.

        Raises:
            KeyError: No weights are held for it.
        """
        return self._snapshots[step]

    def nearest_snapshot(self, step: int) -> int:
        """The step nearest to `step` whose weights are held.

        Raises:
            IndexError: Nothing is held yet.
        """
        at = bisect_left(self._snapshot_steps, step)
        around = self._snapshot_steps[max(0, at - 1) : at + 1]
        if not around:
            raise IndexError("no snapshot is held yet")
        return min(around, key=lambda s: abs(s - step))

    def epochs(self) -> npt.NDArray[np.int64]:
        """The epoch of each recorded step, from 1, shape (steps,)."""
        epochs, steps = self.tests.at.T
        ends = steps[epochs > 0]
        return 1 + np.searchsorted(ends, np.arange(1, self.steps + 1), side="left")

    def epoch_at(self, step: int) -> int:
        """The epoch of one step, 0 for the untrained model: as `epochs`, without the array."""
        if step < 1:
            return 0
        epochs, steps = self.tests.at.T
        untrained = bool(len(epochs)) and epochs[0] == 0
        return 1 - int(untrained) + int(np.searchsorted(steps, step))
