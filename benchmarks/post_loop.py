"""The way of working that the program is measured against: a VAE as one first writes it.

torch modules, torch.distributions for the likelihood, torch.optim.Adam over all
parameters, losses turned into NumPy arrays after every step, a test with fixed noise
after every epoch and, if asked for, fresh samples after every step. Nothing here is
tuned, and nothing is slowed down either: there are no progress bars.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from vae_gui.core.config import RunConfig
from vae_gui.core.training import Dataset


class GaussianMLP(nn.Module):
    def __init__(self, input_dim: int, hidden_dim: int, latent_dim: int) -> None:
        super().__init__()
        self.shared = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.Tanh())
        self.param_layer = nn.Linear(hidden_dim, 2 * latent_dim)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.param_layer(self.shared(inputs))


class VAE(nn.Module):
    def __init__(self, latent_dim: int, hidden_dim: int) -> None:
        super().__init__()
        self.encoder = GaussianMLP(2, hidden_dim, latent_dim)
        self.decoder = GaussianMLP(latent_dim, hidden_dim, 2)

    def encode(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        params = self.encoder(inputs)
        half = params.size(1) // 2
        return params[:, :half], params[:, half:]

    def decode(self, latents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        params = self.decoder(latents)
        half = params.size(1) // 2
        return params[:, :half], params[:, half:]

    def loss(self, x: torch.Tensor, noise: torch.Tensor) -> tuple[torch.Tensor, ...]:
        mu_z, log_var_z = self.encode(x)
        latents = mu_z + torch.exp(log_var_z / 2) * noise  # [N, B, Z]
        mu_x, log_var_x = self.decode(latents.reshape(-1, latents.size(-1)))
        mu_x, log_var_x = (p.reshape(-1, *x.size()) for p in (mu_x, log_var_x))  # [N, B, 2]
        kl = (-(1 + log_var_z - mu_z**2 - torch.exp(log_var_z)) / 2).sum(dim=-1).mean()
        likelihood = torch.distributions.Normal(mu_x, torch.exp(log_var_x / 2))
        reconstruction = -likelihood.log_prob(x).sum(dim=-1).mean()
        return kl + reconstruction, reconstruction, kl


def test_losses(vae: VAE, data: np.ndarray, batch_size: int, noise: torch.Tensor) -> np.ndarray:
    losses, counts = [], []
    for i in range(math.ceil(len(data) / batch_size)):
        batch = torch.from_numpy(data[i * batch_size : (i + 1) * batch_size])
        parts = vae.loss(batch, noise[i, :, : batch.size(0)])
        losses.append([part.detach().numpy() for part in parts])
        counts.append(len(batch))
    return np.sum(losses * np.stack(counts)[:, None], axis=0) / np.sum(counts)


def generate(vae: VAE, n: int, latent_dim: int) -> np.ndarray:
    with torch.no_grad():
        mu_x, log_var_x = vae.decode(torch.randn([n, latent_dim]))
        return torch.distributions.Normal(mu_x, torch.exp(log_var_x / 2)).sample().numpy()


def post_loop(config: RunConfig, data: Dataset, samples: int) -> Iterator[tuple[np.ndarray, ...]]:
    """Train for ever, one step at a time, yielding each step's losses.

    Args:
        config: Sizes and learning rate.
        data: Training and test set.
        samples: Points to generate after every step.
    """
    latent, noise_samples = config.model.latent, config.training.noise_samples
    batch_size = config.training.batch_size
    train, test = data.train.copy(), data.test.copy()
    vae = VAE(latent, config.model.hidden_units)
    optimiser = torch.optim.Adam(params=vae.parameters(), lr=config.training.learning_rate)
    test_batches = math.ceil(len(test) / batch_size)
    test_noise = torch.randn([test_batches, noise_samples, batch_size, latent])
    tests, train_losses, samples_per_step = [], [], []
    while True:
        train = train[np.random.permutation(len(train))]  # noqa: NPY002 - as one first writes it
        for i in range(math.ceil(len(train) / batch_size)):
            batch = torch.from_numpy(train[i * batch_size : (i + 1) * batch_size])
            noise = torch.randn([noise_samples, batch.size(0), latent])
            optimiser.zero_grad()
            losses = vae.loss(batch, noise)
            losses[0].backward()
            optimiser.step()
            train_losses.append([part.detach().numpy() for part in losses])
            if samples:
                samples_per_step.append(generate(vae, samples, latent))
                samples_per_step = samples_per_step[-1000:]  # measured for longer than memory lasts
            yield train_losses[-1]
        tests.append(test_losses(vae, test, batch_size, test_noise))
