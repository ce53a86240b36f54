"""Runs small enough to make hundreds of, and ways to look at them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import numpy as np

from vae_gui.core.config import DataConfig, ModelConfig, RunConfig, TrainingConfig
from vae_gui.core.engine import Engine
from vae_gui.core.interrupting import never
from vae_gui.core.network import Layout, Losses
from vae_gui.core.state import AdamState
from vae_gui.core.training import Trainer, TrainerState

SMALL = RunConfig(
    data=DataConfig(train_size=50, test_size=20),
    model=ModelConfig(hidden_units=8),
    training=TrainingConfig(epochs=3, batch_size=16, learning_rate=1e-2),
)
STEPS = 12  # 3 epochs of 16 + 16 + 16 + 2 examples


def training(**changes: Any) -> TrainingConfig:
    return msgspec.structs.replace(SMALL.training, **changes)


def small(**changes: Any) -> RunConfig:
    return msgspec.structs.replace(SMALL, training=training(**changes))


class StillEngine(Engine):
    """Leaves the weights alone and remembers what it was given."""

    name = "still"

    def __init__(self, plan: Layout, state: AdamState, learning_rate: float, beta: float) -> None:
        self.learning_rate, self.beta = learning_rate, beta
        self.batches: list[np.ndarray] = []
        self.noises: list[np.ndarray] = []

    def step(
        self, batch: np.ndarray, noise: np.ndarray, wants_stop: Callable[[], bool] = never
    ) -> Losses:
        self.batches.append(batch.copy())
        self.noises.append(noise)
        return Losses(1.0, 1.0, 0.0)


def still(config: RunConfig = SMALL) -> tuple[Trainer, StillEngine]:
    trainer = Trainer(config, engine=StillEngine)
    engine = trainer.warm_up()
    assert isinstance(engine, StillEngine)
    return trainer, engine


def rows(points: Iterable[np.ndarray]) -> list[tuple[float, float]]:
    return sorted(map(tuple, np.concatenate(list(points)).tolist()))


def same(a: TrainerState, b: TrainerState) -> bool:
    return a.values.tobytes() == b.values.tobytes() and a.to_arrays()[1] == b.to_arrays()[1]


def through_a_file(state: TrainerState) -> TrainerState:
    arrays, meta = state.to_arrays()
    return TrainerState.from_arrays(arrays, json.loads(json.dumps(meta)))
