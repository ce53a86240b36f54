"""Which engine makes the steps: from the configuration to what makes the engine."""

from __future__ import annotations

from functools import partial

import numpy as np

from vae_gui.core import kernel
from vae_gui.core.analytic import AnalyticEngine
from vae_gui.core.compiled import CompiledEngine
from vae_gui.core.config import ModelConfig, TrainingConfig
from vae_gui.core.engine import Engine, EngineFactory
from vae_gui.core.network import Layout, layout
from vae_gui.core.state import AdamState
from vae_gui.core.torch_engine import TorchEngine


def fastest(plan: Layout, state: AdamState, learning_rate: float, beta: float) -> Engine:
    """The C engine, or the NumPy one where that was not built."""
    factory: EngineFactory = AnalyticEngine if kernel.load() is None else CompiledEngine
    return factory(plan, state, learning_rate, beta)


ENGINES: dict[str, EngineFactory] = {
    "automatic": fastest,
    "compiled": CompiledEngine,
    "analytic": AnalyticEngine,
    "torch": TorchEngine,
}


def engine_factory(training: TrainingConfig) -> EngineFactory:
    """What makes the engine of a configuration; torch alone computes beyond the CPU."""
    if training.device == "cpu":
        return ENGINES[training.engine]
    return partial(TorchEngine, device=training.device)


def expect_engine(training: TrainingConfig) -> None:
    """Make sure, by making a small one, that the engine of a configuration can be made here.

    Raises:
        InvalidValue: It cannot.
    """
    plan = layout(ModelConfig(hidden_units=1))
    engine_factory(training)(plan, AdamState(np.zeros(plan.size, np.float32)), 1e-3, 1.0)
