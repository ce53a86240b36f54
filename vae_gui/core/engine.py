"""One training step: the seam behind which the arithmetic may be exchanged.

An engine computes the loss and its gradient and lets Adam (Kingma & Ba 2015)
change the weights in place. What it changes lies outside of it, in an
`AdamState`, so engines are exchangeable and a state never needs torch. An engine
draws no random numbers and knows nothing of batches or epochs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np

from vae_gui.core.feed import Drawn
from vae_gui.core.interrupting import in_parts, never
from vae_gui.core.network import Layout, Losses, loss
from vae_gui.core.state import AdamState, Float32

LARGEST = float(np.finfo(np.float32).max)  # a larger loss is none
ACTIVATIONS_AT_ONCE = 2**20  # values of one hidden layer computed without asking for a stop


class NonFiniteLoss(ArithmeticError):
    """A loss is infinite or not a number.

    Args:
        of: Which loss: `training` or `test`.
        losses: What was computed.
    """

    def __init__(self, of: str, losses: Losses) -> None:
        total, reconstruction, kl = losses
        super().__init__(
            f"The {of} loss is not finite (total {total:.4g}, "
            f"reconstruction {reconstruction:.4g}, KL {kl:.4g})."
        )


def evaluate(
    plan: Layout,
    parameters: Float32,
    x: Float32,
    noise: Float32,
    beta: float,
    at_once: int,
    wants_stop: Callable[[], bool] = never,
) -> Losses:
    """Losses of examples x [M, 2] with noise [N, M, Z], in nats per example.

    Computed `at_once` examples at a time, each part weighted by its size.

    Raises:
        Interrupted: `wants_stop`, asked between two parts, said so.
    """
    sums = np.zeros(3)
    with np.errstate(over="ignore", invalid="ignore"):  # diverged weights give inf or NaN
        if len(x) <= at_once:  # to the bit what an engine measures within a stride
            return loss(plan, parameters, x, noise, beta)
        for rows in in_parts(len(x), at_once, wants_stop):
            part = loss(plan, parameters, x[rows], noise[:, rows], beta)
            sums += len(x[rows]) * np.array(part)
    return Losses(*(sums / len(x)).tolist())


class Engine(Protocol):
    """Trains an `AdamState` in place. The settings may be changed between two steps.

    Attributes:
        name: What computes, where, and in which numbers.
        learning_rate: Step size of Adam.
        beta: Weight of the KL term.
    """

    name: str
    learning_rate: float
    beta: float

    def step(
        self, batch: Float32, noise: Float32, wants_stop: Callable[[], bool] = never
    ) -> Losses:
        """Make one update and return the losses from before it.

        The values from before the update are kept in the state (`AdamState.keep`).

        Args:
            batch: Examples [B, 2], writeable memory.
            noise: Standard normal noise [N, B, Z].
            wants_stop: Asked now and then while a large batch is computed.

        Raises:
            NonFiniteLoss: Before anything is updated or kept.
            Interrupted: The same, as `wants_stop` said so.
        """
        ...


@runtime_checkable
class StridingEngine(Engine, Protocol):
    """An engine that makes several steps in one call, to the bit as `step` makes them."""

    def stride(
        self, drawn: Drawn, test: Float32, test_noise: Float32, trail: Float32 | None = None
    ) -> tuple[list[Losses], dict[int, Losses]]:
        """Make steps up to the first whose loss, or whose test loss after it, is not finite.

        Args:
            drawn: Batches and noise; each step is small enough for one part.
            test: Examples [m, 2] of the test after each epoch.
            test_noise: Its noise [N, m, Z].
            trail: (steps, P) for the weights after each.

        Returns:
            The losses of the steps made, and the test losses after some of them, by place.

        Raises:
            NonFiniteLoss: The first failed, and nothing is left of it.
        """
        ...


EngineFactory = Callable[[Layout, AdamState, float, float], Engine]


def examples_at_once(plan: Layout, noise_samples: int) -> int:
    """How many examples to compute together: memory stays bounded, and a wish to stop is heard."""
    return max(1, ACTIVATIONS_AT_ONCE // (noise_samples * plan.model.hidden_units))
