"""Models that were trained, of every latent size and several kinds of data; a few tenths of a
second each, made once.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from vae_gui.core.config import DataConfig, ModelConfig, RunConfig, TrainingConfig
from vae_gui.core.distributions import Distribution, Gaussian, GaussianMixture, Moons, Ring
from vae_gui.core.training import Trainer
from vae_gui.core.views import Truth, view_truth

DATA: tuple[Distribution, ...] = (
    Gaussian(),
    Gaussian(mean_x1=-1.0, std_x1=0.4, correlation=-0.9),
    Ring(),
    GaussianMixture(),
    Moons(),
)


@lru_cache(maxsize=32)
def trained(data: Distribution, latent: int) -> tuple[RunConfig, Truth, np.ndarray]:
    """Configuration, data and weights (P,) after 400 steps."""
    config = RunConfig(
        data=DataConfig(distribution=data, test_size=500),
        model=ModelConfig(latent=latent, hidden_units=32),
        training=TrainingConfig(epochs=100),
    )
    trainer = Trainer(config)
    while trainer.step < 400:
        trainer.advance(400 - trainer.step)
    truth = view_truth(data, trainer.data.train, trainer.data.test, grid=50)
    return config, truth, trainer.parameters.copy()
