"""The regret on the Loss panel: what each batch cost beyond what the true density scores on it.

Nothing is recorded for it; see `core/regret.py`. What it needs of a run is computed once, in a
job, since a true density may be slow to evaluate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg

from vae_gui.core.config import RunConfig
from vae_gui.core.decomposition import collapsed_optimum
from vae_gui.core.distributions import Array
from vae_gui.core.recording import Recording
from vae_gui.core.regret import BatchFloors, batch_sizes, regret
from vae_gui.ui.panels.loss_curves import StepCurves
from vae_gui.ui.plotting.pyramid import Rows, Series
from vae_gui.ui.questions import Question

if TYPE_CHECKING:
    from vae_gui.core.analysis import Analysis

ROLE = "regret"
PIECE = 1 << 9  # steps taken in at once, at most
EXAMPLES = 200_000  # in their batches, at most unless one step has more: some milliseconds
SUBTITLE = "regret = loss − mean of −log p(x) over the same batch"
NEAR_ZERO = (-0.05, 0.1)  # nats that are always shown: less than that cannot be told
WAITING = "The true density is being evaluated at every training point…"
UNKNOWN = "This run was recorded without its batch sizes: its regret cannot be told."


@dataclass(frozen=True, slots=True, eq=False)
class References:
    """What the losses of a run are compared with, and what takes a while to know.

    Attributes:
        floors: The floors of its batches; None if nobody wanted them.
        collapsed: The least loss of a model that ignores its latent, in nats, maybe infinite.
    """

    floors: BatchFloors | None
    collapsed: float


@dataclass(frozen=True, kw_only=True, eq=False)
class AskReferences(Question):
    """What are they? Takes milliseconds to seconds, as the true density is fast or slow.

    Attributes:
        floors: Whether the true density at every training point is wanted.
    """

    floors: bool

    def answer(self, analysis: Analysis) -> References:
        """Find what is wanted."""
        floors = analysis.batch_floors() if self.floors else None
        return References(floors, collapsed_optimum(analysis.truth.distribution))


@dataclass(frozen=True, slots=True, eq=False)
class FirstLosses:
    """The first losses of a recording, read where they are now: (n, 3).

    An array of them would keep the recording's old memory when that moves to larger one, for
    as long as a panel is out of sight.

    Attributes:
        recording: Of the run.
        steps: How many.
    """

    recording: Recording
    steps: int

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, rows: slice) -> Rows:
        """Consecutive rows, (k, 3)."""
        first, last, _ = rows.indices(self.steps)
        return self.recording.losses[first:last]


@dataclass(frozen=True, slots=True, eq=False)
class RegretSeries:
    """The regret of recorded steps, (n, 1), computed where it is asked for.

    Attributes:
        losses: Total, reconstruction, kl of each step, (n, 3).
        floors: The floor of each batch, (n,).
    """

    losses: Series
    floors: Array

    def __len__(self) -> int:
        return len(self.losses)

    def __getitem__(self, rows: slice) -> Rows:
        """Consecutive rows, (k, 1) of float32."""
        return regret(self.losses[rows], self.floors[rows]).astype(np.float32)[:, None]


def piece_of(sizes: Sequence[tuple[int, int]], examples: int) -> int:
    """How many steps are taken in at once.

    Args:
        sizes: The run's `batch_sizes`.
        examples: Size of the training set, which no batch exceeds.
    """
    largest = min(max(size for _, size in sizes), examples)
    return max(1, min(PIECE, EXAMPLES // largest))


class RegretCurve:
    """The curve of a run that grows.

    Attributes:
        curves: What is drawn.
    """

    def __init__(self, plot: pg.PlotItem) -> None:
        self.curves = StepCurves(plot, (ROLE,), PIECE)
        self.curves.set_visible(False)
        self.start_over(None)

    def start_over(self, config: RunConfig | None) -> None:
        """Another run, which begins with this configuration."""
        self._config = config
        self._floors: BatchFloors | None = None
        self.curves.start_over()

    @property
    def known(self) -> bool:
        """Whether the floors of the batches are there."""
        return self._floors is not None

    def set_floors(self, floors: BatchFloors) -> None:
        """Take over the floors of this run's batches."""
        self._floors = floors

    def take_in(self, recording: Recording) -> tuple[bool, str]:
        """Go on as far as a turn has time for: whether that is all, and what to say
        instead of a curve.
        """
        if self._floors is None or self._config is None:
            return True, WAITING
        floors = self._floors
        # the configuration that the run began with: a change of the batch size is in force only
        # from the step on that the recording tells
        sizes = batch_sizes(self._config, recording.changes)
        if sizes is None:
            return True, UNKNOWN
        self.curves.piece = piece_of(sizes, floors.examples)
        return self.curves.take_in(
            recording.steps,
            lambda n: RegretSeries(FirstLosses(recording, n), floors.upto(n, sizes)),
        ), ""

    def value(self, step: int) -> float | None:
        """The regret of a step, None where it is not known."""
        row = self.curves.row(step)
        return None if row is None else float(row[0])
