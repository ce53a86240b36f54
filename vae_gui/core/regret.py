"""The regret curve: the loss of every batch less what the true density scores on that batch.

Most of what makes a training loss scatter from step to step is which points are in the
batch. The true density scatters with them, so

    regret = batch loss - mean of -log p(x) over the batch

(where p is an estimate, made from the other points alone: else each would count itself)
is the same signal without that noise: without most of it once the model is near the truth,
and with more than before while it is far from it. Nothing has to be recorded for it: the
batches follow from the seed, as every pass through the data is one permutation drawn from
the stream `shuffling`, and from the batch sizes, which only live changes alter and which the
recording tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from vae_gui.core.config import RunConfig
from vae_gui.core.data import stream
from vae_gui.core.distributions import Array, Distribution
from vae_gui.core.interrupting import in_parts, never

AT_ONCE = 2**15  # training points evaluated between two looks at whether it is wanted
BATCH_SIZE = re.compile(r"\bbatch_size = (\d+) \(was (\d+)\)")


def batch_sizes(
    config: RunConfig, changes: Sequence[tuple[int, str]]
) -> list[tuple[int, int]] | None:
    """(first step it applies to, batch size), by step; None for a run that does not tell.

    Args:
        config: That of any moment of the run: its batch size counts where none was changed.
        changes: A recording's live changes, (step they were made after, words).
    """
    found, size = [], config.training.batch_size
    for step, words in reversed(changes):
        match = BATCH_SIZE.search(words)
        if match is None and "batch_size" in words:  # written by an older version
            return None
        if match:
            found.append((step + 1, int(match[1])))
            size = int(match[2])
    return [(1, size), *reversed(found)]


class BatchFloors:
    """Mean of -log p over the batch of every step of a run, in order, as far as is wanted.

    It remembers where it stands: a curve that grows costs only what is new, about 10 ns an
    example beside one evaluation of log p over the training set, which the constructor does.

    Args:
        distribution: Where the data are from.
        train: Training set, (n, 2).
        seed: The training seed.
        wants_stop: Asked now and then by the constructor, which may take seconds.

    Raises:
        Interrupted: `wants_stop` said so.
    """

    def __init__(
        self,
        distribution: Distribution,
        train: npt.NDArray[np.float32],
        seed: int,
        wants_stop: Callable[[], bool] = never,
    ) -> None:
        self._information = np.empty(len(train))
        for rows in in_parts(len(train), AT_ONCE, wants_stop):
            self._information[rows] = -distribution.leave_one_out_log_prob(train[rows])
        self._rng = stream(seed, "shuffling")
        self._order = np.empty(0, np.int64)  # of the examples in the pass under way
        self._position = len(train)
        self._floors = np.empty(1024)  # grows by doubling
        self._steps = 0

    @property
    def examples(self) -> int:
        """Size of the training set."""
        return len(self._information)

    def upto(self, steps: int, sizes: Sequence[tuple[int, int]]) -> Array:
        """The floors of steps 1 to `steps`, (steps,), in nats; not to be written to.

        Args:
            steps: Those told before are told again for nothing.
            sizes: `batch_sizes`; what it says of steps told before may not change.
        """
        ends = [first for first, _ in sizes[1:]] + [steps + 1]
        for (_, size), end in zip(sizes, ends, strict=True):
            while self._steps < min(end - 1, steps):
                self._go(min(end - 1, steps) - self._steps, size)
        return self._floors[:steps]

    def _go(self, most: int, size: int) -> None:
        """Go through at most so many batches of this size, within one pass."""
        n = len(self._information)
        if self._position == n:
            self._order = self._rng.permutation(n)
            self._position = 0
        edges = np.arange(self._position, n + size, size)[: most + 1].clip(max=n)
        batches = self._information[self._order[self._position : edges[-1]]]
        self._add(np.add.reduceat(batches, edges[:-1] - self._position) / np.diff(edges))
        self._position = int(edges[-1])

    def _add(self, floors: Array) -> None:
        steps = self._steps + len(floors)
        if steps > len(self._floors):
            grown = np.empty(max(steps, 2 * len(self._floors)))
            grown[: self._steps] = self._floors[: self._steps]
            self._floors = grown
        self._floors[self._steps : steps] = floors
        self._steps = steps


def regret(losses: npt.NDArray[np.floating], floors: Array) -> Array:
    """Reconstruction + KL of every step less the floor of its batch, (steps,), in nats.

    Args:
        losses: A recording's (steps, 3): total, reconstruction, kl.
        floors: Its `BatchFloors`, (steps,).
    """
    return np.asarray(losses[:, 1].astype(np.float64) + losses[:, 2] - floors)
