"""What training is fed: the batches of each epoch in their order, and the noise for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from vae_gui.core.state import Float32

NOISE_AT_ONCE = 2**20  # numbers drawn together at most, but for a single step


class Place(NamedTuple):
    """Where a feed stands.

    Attributes:
        epoch: The pass through the data under way or just ended, 0 before the first.
        position: Examples of it already used.
        shuffling: State of the shuffling generator before its order was drawn.
        noise: State of the noise generator.
    """

    epoch: int
    position: int
    shuffling: dict[str, Any]
    noise: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """The batches of one step or several, which follow one another.

    Attributes:
        x: Examples, batch after batch, [sum of B, 2].
        noise: Standard normal noise: each step's [N, B, Z] after the other, flat.
        sizes: B of each step, int64.
        ends: Whether each step is the last of its epoch.
    """

    x: Float32
    noise: Float32
    sizes: npt.NDArray[np.int64]
    ends: npt.NDArray[np.bool_]


class Feed:
    """Goes through the training set again and again, each time in a new order.

    Args:
        train: Training set, (n, 2).
        latent: Z, numbers of noise for each example.
        shuffling: Draws the orders.
        noise: Draws the noise.

    Attributes:
        epoch: As in `Place`.
        position: As in `Place`.
    """

    def __init__(
        self,
        train: Float32,
        latent: int,
        shuffling: np.random.Generator,
        noise: np.random.Generator,
    ) -> None:
        self._train = self._shuffled = train
        self._latent = latent
        self._shuffling = shuffling
        self._noise = noise
        self._before: dict[str, Any] = dict(shuffling.bit_generator.state)
        self.epoch = 0
        self.position = len(train)

    @property
    def left(self) -> int:
        """Examples of this pass not used yet."""
        return len(self._train) - self.position

    def draw(self, size: int, samples: int, steps: int, epochs: int, across: bool = True) -> Drawn:
        """The next batches, of `size` examples each but fewer at the end of an epoch.

        The same for many steps as for one after the other.

        Args:
            size: B.
            samples: N, draws of noise for each example.
            steps: Batches wanted; fewer are drawn rather than very much noise.
            epochs: None are drawn beyond this epoch.
            across: Whether to go on from one epoch to the next; otherwise the batch that ends
                an epoch comes alone.
        """
        room = max(1, NOISE_AT_ONCE // (samples * self._latent * size))
        wanted = min(steps, room)
        parts: list[Float32] = []
        sizes: list[int] = []
        ends: list[bool] = []
        while len(sizes) < wanted and (self.left or self.epoch < epochs):
            if not self.left:
                self._begin_epoch()
            most = size * (wanted - len(sizes))
            if not across and self.left > size:
                most = min(most, (self.left - 1) // size * size)
            rest = self._shuffled[self.position : self.position + most]
            self.position += len(rest)
            whole, short = divmod(len(rest), size)
            sizes += [size] * whole + [short] * (short > 0)
            ends += [False] * (len(sizes) - len(ends))
            ends[-1] = not self.left
            parts.append(rest)
            if not across:
                break
        noise = self._noise.standard_normal(samples * self._latent * sum(sizes), np.float32)
        x = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return Drawn(x, noise, np.array(sizes, np.int64), np.array(ends))

    @property
    def place(self) -> Place:
        """Where it stands, to `go_to` later."""
        noise = dict(self._noise.bit_generator.state)
        return Place(self.epoch, self.position, self._before, noise)

    def go_to(self, place: Place) -> None:
        """Go on from there."""
        self.epoch, self.position, self._before, self._noise.bit_generator.state = place
        self._shuffling.bit_generator.state = self._before
        if self.epoch:
            self._shuffle()

    def _begin_epoch(self) -> None:
        self._before = dict(self._shuffling.bit_generator.state)
        self._shuffle()
        self.epoch += 1
        self.position = 0

    def _shuffle(self) -> None:
        self._shuffled = self._train[self._shuffling.permutation(len(self._train))]
