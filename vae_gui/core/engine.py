"""One training step: the seam behind which the arithmetic may be exchanged.

An engine computes the loss and its gradient and lets Adam (Kingma & Ba 2015)
change the weights in place. What it changes lies outside of it, in an
`AdamState`, so engines are exchangeable and a state never needs torch. An engine
draws no random numbers and knows nothing of batches or epochs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from vae_gui.core.network import Layout, Losses, loss
from vae_gui.core.preload import preload_torch
from vae_gui.core.state import AdamState, Float32

ACTIVATIONS_AT_ONCE = 2**18  # values of one hidden layer computed together: 1 MB in float32


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


class Interrupted(Exception):
    """A long computation was no longer wanted; nothing of it is kept."""


def never() -> bool:
    """Go on to the end."""
    return False


def in_parts(size: int, at_once: int, wants_stop: Callable[[], bool]) -> Iterator[slice]:
    """Slices of at most `at_once` rows that cover `size` rows.

    Raises:
        Interrupted: `wants_stop` said so, asked between two of them.
    """
    for start in range(0, size, at_once):
        if start and wants_stop():
            raise Interrupted
        yield slice(start, min(start + at_once, size))


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


EngineFactory = Callable[[Layout, AdamState, float, float], Engine]


def examples_at_once(plan: Layout, noise_samples: int) -> int:
    """How many examples to compute together so that memory stays bounded."""
    return max(1, ACTIVATIONS_AT_ONCE // (noise_samples * plan.model.hidden_units))


class TorchEngine:
    """The reference: torch's autograd and torch's Adam, fused, on one flat parameter.

    Constructing the first one imports torch, which takes seconds.

    Args:
        plan: Layout of the weights.
        state: What to train; its arrays are shared, not copied.
        learning_rate: Step size of Adam.
        beta: Weight of the KL term.
    """

    name = "torch, CPU, float32"

    def __init__(self, plan: Layout, state: AdamState, learning_rate: float, beta: float) -> None:
        preload_torch()
        import torch

        from vae_gui.core.model import attached_vae

        self.beta = beta
        self._torch = torch
        self._plan = plan
        self._state = state
        self._grad = np.zeros(plan.size, np.float32)
        self._vae = attached_vae(plan, state.parameters, self._grad)
        flat = torch.nn.Parameter(torch.from_numpy(state.parameters))
        flat.grad = torch.from_numpy(self._grad)
        self._optimiser = torch.optim.Adam([flat], lr=learning_rate, fused=True)
        self._count = torch.zeros((), dtype=torch.float32)
        # Adam finds its moments made already, in memory that NumPy shares
        self._optimiser.state[flat] = {
            "step": self._count,
            "exp_avg": torch.from_numpy(state.m),
            "exp_avg_sq": torch.from_numpy(state.v),
        }

    @property
    def learning_rate(self) -> float:
        """Step size of Adam."""
        return float(self._optimiser.param_groups[0]["lr"])

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._optimiser.param_groups[0]["lr"] = value

    def step(
        self, batch: Float32, noise: Float32, wants_stop: Callable[[], bool] = never
    ) -> Losses:
        """Make one update and return the losses from before it; see `Engine.step`."""
        self._use_one_thread()
        losses = self._differentiate(batch, noise, wants_stop)
        if not math.isfinite(losses.total):
            raise NonFiniteLoss("training", losses)
        self._state.keep()
        self._count.fill_(self._state.counts[0])  # Adam adds one before it uses it
        self._optimiser.step()
        self._state.counts[0] += 1
        return losses

    def _differentiate(
        self, batch: Float32, noise: Float32, wants_stop: Callable[[], bool]
    ) -> Losses:
        """Leave the gradient of the total loss in the gradient buffer; return the losses."""
        self._grad.fill(0)
        x, e = self._torch.from_numpy(batch), self._torch.from_numpy(noise)  # [B, 2], [N, B, Z]
        size, at_once = len(batch), examples_at_once(self._plan, len(noise))
        sums = [0.0, 0.0, 0.0]
        for rows in in_parts(size, at_once, wants_stop):
            parts = self._vae.loss(x[rows], e[:, rows], self.beta)
            weight: float = (rows.stop - rows.start) / size
            (parts[0] if weight == 1 else parts[0] * weight).backward()  # type: ignore[no-untyped-call]
            sums = [s + weight * p.item() for s, p in zip(sums, parts, strict=True)]
        return Losses(*sums)

    def _use_one_thread(self) -> None:
        # A second thread costs more than it brings at these sizes and starves a window.
        # The number belongs to the calling thread, hence asked for in every step.
        if self._torch.get_num_threads() != 1:
            self._torch.set_num_threads(1)
