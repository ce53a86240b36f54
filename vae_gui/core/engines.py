"""Which engine makes the steps: the table from configuration to engine."""

from __future__ import annotations

from vae_gui.core.analytic import AnalyticEngine
from vae_gui.core.engine import EngineFactory, TorchEngine

# `automatic` is the fastest that computes everything a configuration can ask for.
ENGINES: dict[str, EngineFactory] = {
    "automatic": AnalyticEngine,
    "analytic": AnalyticEngine,
    "torch": TorchEngine,
}
