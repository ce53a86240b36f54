"""How many steps to make at once: enough for speed, few enough to hear a wish to stop."""

from __future__ import annotations

import time

import numpy as np

from vae_gui.core.state import Float32
from vae_gui.core.training import Step, Trainer

SECONDS = 0.016  # what the steps made at once should take
MOST = 1024
TRAIL_BYTES = 4 * 2**20


class Together:
    """Measures how long steps take, and holds the weights after each of those made at once.

    Args:
        size: P, weights of the model.

    Attributes:
        count: Steps to make at once next time.
        trail: (n, P) float32, for the weights after each of up to n steps.
    """

    def __init__(self, size: int) -> None:
        self.count = 1
        self.trail: Float32 = np.empty((max(1, min(MOST, TRAIL_BYTES // (4 * size))), size), "f")

    def advance(self, trainer: Trainer, most: int = MOST) -> list[Step]:
        """Let a trainer make as many steps as take about `SECONDS`; see `Trainer.advance`."""
        begin = time.perf_counter()
        made = trainer.advance(min(most, self.count), self.trail)
        self._took(len(made), time.perf_counter() - begin)
        return made

    def _took(self, steps: int, seconds: float) -> None:
        """Learn from so many steps that took so long."""
        wanted = steps * SECONDS / max(seconds, 1e-6)
        # not many times as many at once: one quick reading may be luck
        self.count = max(1, min(int(wanted), 4 * steps, len(self.trail)))
