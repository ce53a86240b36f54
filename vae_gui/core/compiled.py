"""The fastest engine: `vae_gui.core.analytic` in C, several steps in one call.

While C computes, the interpreter is free: a window draws meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vae_gui.core import kernel
from vae_gui.core.engine import LARGEST, NonFiniteLoss, examples_at_once
from vae_gui.core.feed import Drawn
from vae_gui.core.interrupting import in_parts, never
from vae_gui.core.network import Layout, Losses, losses_of_each, mean_losses
from vae_gui.core.parameters import InvalidValue
from vae_gui.core.state import AdamState, Float32


class CompiledEngine:
    """Trains an `AdamState` in place; see `Engine`.

    Args:
        plan: Layout of the weights.
        state: What to train; its arrays are shared, not copied.
        learning_rate: Step size of Adam.
        beta: Weight of the KL term.

    Raises:
        InvalidValue: The C kernel is missing.
    """

    def __init__(self, plan: Layout, state: AdamState, learning_rate: float, beta: float) -> None:
        library = kernel.load()
        if library is None:
            raise InvalidValue("training.engine", "compiled", kernel.missing())
        level = f"{library.level}, " if library.level else ""
        self.name = f"C, analytic gradients, {level}float32"
        self.learning_rate = learning_rate
        self.beta = beta
        self._plan = plan
        self._state = state
        self._kernel = library.of(plan.model, np.float32)
        self._counts = np.zeros(2, np.int64)
        self._stepper = self._kernel.stepper(state.values, self._counts)

    def step(
        self, batch: Float32, noise: Float32, wants_stop: Callable[[], bool] = never
    ) -> Losses:
        """Make one update and return the losses from before it; see `Engine.step`."""
        sums, gradient = np.zeros(2), self._stepper.gradient
        gradient.fill(0)
        parameters, size = self._state.parameters, len(batch)
        for rows in in_parts(size, examples_at_once(self._plan, len(noise)), wants_stop):
            self._kernel.part(
                *(parameters, batch[rows], noise[:, rows], size, self.beta),
                *(gradient, sums),
            )
        losses = mean_losses(sums, len(noise), size, self.beta)
        if not abs(losses.total) <= LARGEST:  # nor NaN
            raise NonFiniteLoss("training", losses)
        self._state.keep()
        self._state.counts[0] += 1
        t = self._state.counts[0]
        self._kernel.adam(self._state.values[0], gradient, t, self.learning_rate)
        return losses

    def stride(
        self, drawn: Drawn, test: Float32, test_noise: Float32, trail: Float32 | None = None
    ) -> tuple[list[Losses], dict[int, Losses]]:
        """Make several updates; see `StridingEngine.stride`."""
        self._counts[:] = self._state.counts
        made, sums, tested = self._stepper(
            *(drawn.x, drawn.noise, drawn.sizes, drawn.ends, test, test_noise),
            *(self.beta, self.learning_rate, trail),
        )
        samples = len(test_noise)
        batches = slice(made + 1)
        losses = losses_of_each(sums[batches], samples, drawn.sizes[batches], self.beta)
        tests = {
            i: mean_losses(tested[i], samples, len(test), self.beta)
            for i in np.flatnonzero(drawn.ends[: made + 1]).tolist()
        }
        if not made:
            of_training = not abs(losses[0].total) <= LARGEST  # nor NaN
            raise NonFiniteLoss(*("training", losses[0]) if of_training else ("test", tests[0]))
        self._state.counts[:] = self._counts.tolist()
        tests.pop(made, None)
        return losses[:made], tests
