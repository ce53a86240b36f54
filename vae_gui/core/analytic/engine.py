"""The engine that trains by the written-out gradient: Adam on one flat vector.

Kingma & Ba 2015, algorithm 1, with torch's defaults. Imports no torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from vae_gui.core.analytic.gradient import LossGradient
from vae_gui.core.engine import LARGEST, NonFiniteLoss
from vae_gui.core.interrupting import never
from vae_gui.core.network import Layout, Losses
from vae_gui.core.state import AdamState, Float32

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


class AnalyticEngine:
    """Trains an `AdamState` in place; see `Engine`.

    Args:
        plan: Layout of the weights.
        state: What to train; its arrays are shared, not copied.
        learning_rate: Step size of Adam.
        beta: Weight of the KL term.
    """

    name = "NumPy, analytic gradients, float32"

    def __init__(self, plan: Layout, state: AdamState, learning_rate: float, beta: float) -> None:
        self.learning_rate = learning_rate
        self.beta = beta
        self._state = state
        self._loss = LossGradient(plan, state.parameters)
        self._update = np.empty_like(state.parameters)

    def step(
        self, batch: Float32, noise: Float32, wants_stop: Callable[[], bool] = never
    ) -> Losses:
        """Make one update and return the losses from before it; see `Engine.step`."""
        losses = self._loss(batch, noise, self.beta, wants_stop)
        if not abs(losses.total) <= LARGEST:  # nor NaN
            raise NonFiniteLoss("training", losses)
        self._state.keep()
        self._state.counts[0] += 1
        self._adam(self._state.counts[0])
        return losses

    def _adam(self, t: int) -> None:
        """Update number t, counted from 1."""
        g, update, state = self._loss.gradient, self._update, self._state
        with np.errstate(over="ignore", invalid="ignore"):
            np.multiply(g, 1 - BETA1, out=update)
            state.m *= BETA1
            state.m += update
            np.multiply(g, g, out=update)
            update *= 1 - BETA2
            state.v *= BETA2
            state.v += update
            np.sqrt(state.v, out=update)
            # both bias corrections at once, as at the end of their section 2
            correction = math.sqrt(1 - BETA2**t)
            update += EPSILON * correction
            np.divide(state.m, update, out=update)
            update *= self.learning_rate * correction / (1 - BETA1**t)
            state.parameters -= update
