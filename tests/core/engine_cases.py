"""Models, weights and batches to hold one engine against another with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st
from strategies import valid

from vae_gui.core import network
from vae_gui.core.config import ModelConfig
from vae_gui.core.engine import Engine
from vae_gui.core.model import VAE
from vae_gui.core.network import Losses

DEEP = ModelConfig(latent=3, hidden_units=20, hidden_layers=2, activation="gelu")


@dataclass(frozen=True)
class Case:
    """A model with weights, and batches for it."""

    model: ModelConfig
    b: int
    n: int
    beta: float
    seed: int = 0

    @property
    def plan(self) -> network.Layout:
        return network.layout(self.model)

    def weights(self, dtype: type = np.float32) -> np.ndarray:
        return network.initialise(self.plan, np.random.default_rng(self.seed)).astype(dtype)

    def batches(self, count: int, dtype: type = np.float32) -> list[tuple[np.ndarray, np.ndarray]]:
        rng = np.random.default_rng(self.seed + 1)
        shape = (self.n, self.b, self.model.latent)
        return [
            (rng.normal(1, 1, (self.b, 2)).astype(dtype), rng.standard_normal(shape).astype(dtype))
            for _ in range(count)
        ]


def cases(widest: int = 32, largest: int = 40) -> st.SearchStrategy[Case]:
    """Every activation and depth, few units and examples, any beta."""
    return st.builds(
        Case,
        model=st.integers(1, widest).flatmap(lambda h: valid(ModelConfig, hidden_units=h)),
        b=st.integers(1, largest),
        n=st.integers(1, 6),
        beta=st.sampled_from((0.0, 0.1, 1.0, 4.0, 100.0)) | st.floats(0, 5),
        seed=st.integers(0, 1000),
    )


def near(found: np.ndarray, wanted: np.ndarray, relative: float) -> None:
    """Equal within a fraction of the largest."""
    scale = max(1e-3, float(np.abs(wanted).max()))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=relative * scale)


def autograd(case: Case, weights: np.ndarray, x: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """The gradient (P,) by torch, in float64."""
    vae = VAE.of(case.model).double()
    with torch.no_grad():
        for entry, p in zip(case.plan.entries, vae.parameters(), strict=True):
            p.copy_(torch.from_numpy(weights[entry.start : entry.stop].reshape(entry.shape)))
    vae.loss(torch.from_numpy(x), torch.from_numpy(noise), case.beta)[0].backward()
    return np.concatenate([p.grad.numpy().ravel() for p in vae.parameters()])


def steps(case: Case, engine: Engine, count: int = 5) -> list[Losses]:
    return [engine.step(x, noise) for x, noise in case.batches(count)]
