"""The points of a run, the random streams behind it, and the order of its batches.

Every random purpose has a generator of its own: what is shown or measured never
changes what is trained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from vae_gui.core.config import DataConfig, RunConfig
from vae_gui.core.state import Float32
from vae_gui.core.views import SHOWN, DisplayNoise

# One stream each, also across data and training: their seeds are often equal.
STREAMS = (
    "train data",
    "test data",
    "initialisation",
    "shuffling",
    "noise",
    "test noise",
    "display",
    "metrics",
)


def stream(seed: int, purpose: str) -> np.random.Generator:
    """The generator of one purpose in `STREAMS`, independent of all others of any seed."""
    key = (STREAMS.index(purpose),)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """The points of a run, read-only.

    Attributes:
        train: Training set, (n, 2) float32.
        test: Test set, (m, 2) float32.
    """

    train: Float32
    test: Float32

    def __post_init__(self) -> None:
        self.train.flags.writeable = False
        self.test.flags.writeable = False


def make_dataset(config: DataConfig) -> Dataset:
    """Draw both sets; the size of one does not change the points of the other."""
    draw = config.distribution.sample
    train = draw(config.train_size, stream(config.seed, "train data"))
    test = draw(config.test_size, stream(config.seed, "test data"))
    return Dataset(train.astype(np.float32), test.astype(np.float32))


def display_noise(config: RunConfig) -> DisplayNoise:
    """The noise behind every picture of a run."""
    rng = stream(config.training.seed, "display")
    return DisplayNoise.draw(SHOWN, config.model.latent, rng)


class Order:
    """Goes through the training set again and again, each time in a new order.

    Attributes:
        epoch: The pass under way or just ended, 0 before the first.
        position: Examples of it already used.
        before: State of the generator before the order of this pass was drawn.
    """

    def __init__(self, train: Float32, rng: np.random.Generator) -> None:
        self._train = self._shuffled = train
        self._rng = rng
        self.epoch = 0
        self.position = len(train)
        self.before: dict[str, Any] = dict(rng.bit_generator.state)

    @property
    def left(self) -> int:
        """Examples of this pass not used yet."""
        return len(self._train) - self.position

    def batch(self, size: int) -> Float32:
        """The next examples (B, 2), fewer than `size` at the end of a pass; a new pass if ended.

        They count as used only after `advance`.
        """
        if not self.left:
            self.before = dict(self._rng.bit_generator.state)
            self._shuffle()
            self.epoch += 1
            self.position = 0
        return np.asarray(self._shuffled[self.position : self.position + size])

    def advance(self, size: int) -> None:
        """Count so many more examples as used."""
        self.position += size

    def restore(self, epoch: int, position: int, before: dict[str, Any]) -> None:
        """Go back to a place that the attributes described."""
        self._rng.bit_generator.state = self.before = before
        if epoch:
            self._shuffle()
        self.epoch, self.position = epoch, position

    def _shuffle(self) -> None:
        self._shuffled = self._train[self._rng.permutation(len(self._train))]
