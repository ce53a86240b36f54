"""The model of the post in torch: what autograd differentiates.

Noise is an argument, never drawn here. Names follow the post, so that a
state_dict of its model loads. The one core module that imports torch at its top:
import it inside functions only.

Shapes: B examples, N noise samples, Z latent dimensions.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from vae_gui.core.config import ModelConfig
from vae_gui.core.network import DATA_DIM, LOG_2PI, Layout

Vector = npt.NDArray[np.float32] | Tensor

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "silu": nn.SiLU,
    "gelu": partial(nn.GELU, approximate="tanh"),  # the form that `network` computes
    "identity": nn.Identity,
}


def sample_latents(mu: Tensor, log_var: Tensor, noise: Tensor) -> Tensor:
    """Reparameterised latents z = mu + sigma * noise: [B, Z], [B, Z], [N, B, Z] -> [N, B, Z].

    Kingma & Welling 2014, section 2.4.
    """
    return mu + torch.exp(log_var / 2) * noise


def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """Log density of N(mu, exp(log_var)) at x in nats, element by element.

    Written out because importing torch.distributions takes 0.4 s.
    """
    return -0.5 * ((x - mu) ** 2 * torch.exp(-log_var) + log_var + LOG_2PI)


class GaussianMLP(nn.Module):
    """A perceptron whose output is the mean and log variance of a diagonal Gaussian.

    Args:
        input_dim: Numbers per example.
        hidden_dim: Units in each hidden layer.
        output_dim: Dimensions of the Gaussian.
        hidden_layers: How many hidden layers.
        activation: A key of `ACTIVATIONS`.
    """

    def __init__(
        self,
        input_dim: int,
        hidden_dim: int,
        output_dim: int,
        hidden_layers: int = 1,
        activation: str = "tanh",
    ) -> None:
        super().__init__()
        widths = [input_dim, *[hidden_dim] * hidden_layers]
        modules: list[nn.Module] = []
        for i in range(hidden_layers):
            modules += [nn.Linear(widths[i], widths[i + 1]), ACTIVATIONS[activation]()]
        self.shared = nn.Sequential(*modules)
        self.param_layer = nn.Linear(hidden_dim, 2 * output_dim)

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance, each [B, D_out], of inputs [B, D_in]."""
        params = self.param_layer(self.shared(inputs))  # [B, 2 * D_out] = [mu, log sigma^2]
        mu, log_var = params.chunk(2, dim=-1)
        return mu, log_var


class VAE(nn.Module):
    """Encoder q(z|x) and decoder p(x|z), both Gaussian, with the prior z ~ N(0, I)."""

    def __init__(self, encoder: GaussianMLP, decoder: GaussianMLP) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    @classmethod
    def of(cls, model: ModelConfig) -> VAE:
        """The model of a configuration, with torch's own initial weights."""
        rest = (model.hidden_layers, model.activation)
        return cls(
            GaussianMLP(DATA_DIM, model.hidden_units, model.latent, *rest),
            GaussianMLP(model.latent, model.hidden_units, DATA_DIM, *rest),
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """q(z|x): mu and log sigma^2, each [B, Z], of examples x [B, 2]."""
        mu, log_var = self.encoder(x)
        return mu, log_var

    def decode(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """p(x|z): mu and log sigma^2, each [B, 2], of latents z [B, Z]."""
        mu, log_var = self.decoder(z)
        return mu, log_var

    def forward(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Everything between x and the loss.

        Args:
            x: Examples [B, 2].
            noise: Standard normal noise [N, B, Z].

        Returns:
            z [N, B, Z], mu_z [B, Z], log sigma_z^2 [B, Z], mu_x [N, B, 2],
            log sigma_x^2 [N, B, 2].
        """
        mu_z, log_var_z = self.encode(x)
        z = sample_latents(mu_z, log_var_z, noise)  # [N, B, Z]
        mu_x, log_var_x = self.decode(z.flatten(0, 1))  # [N * B, 2]
        shape = (*noise.shape[:2], DATA_DIM)
        return z, mu_z, log_var_z, mu_x.reshape(shape), log_var_x.reshape(shape)

    def loss(self, x: Tensor, noise: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
        """Total, reconstruction and KL as scalars, in nats per example; arguments as `forward`.

        Kingma & Welling 2014, eq. 10 and appendix B; beta: Higgins et al. 2017.
        """
        _, mu_z, log_var_z, mu_x, log_var_x = self(x, noise)
        kl = 0.5 * (mu_z**2 + torch.exp(log_var_z) - 1 - log_var_z).sum(dim=-1).mean()
        reconstruction = -gaussian_log_prob(x, mu_x, log_var_x).sum(dim=-1).mean()
        return reconstruction + beta * kl, reconstruction, kl


def attached_vae(plan: Layout, flat: Vector, grad: Vector) -> VAE:
    """A VAE whose parameters are views of `flat` and whose gradients are views of `grad`.

    Both directions are immediate: backward() adds to `grad`, and what is written
    into `flat` is what the module computes with.

    Args:
        plan: Where each weight lies.
        flat: The weights (P,), writeable, on the device to compute on.
        grad: Their gradients (P,), writeable; clear it before each backward().
    """
    vae = VAE.of(plan.model)
    named = list(vae.named_parameters())
    found = [(name, tuple(p.shape)) for name, p in named]
    assert found == [(e.name, e.shape) for e in plan.entries], "layout and module disagree"
    values, gradients = torch.as_tensor(flat), torch.as_tensor(grad)  # shared, not copied
    for entry, (_, parameter) in zip(plan.entries, named, strict=True):
        parameter.data = values[entry.start : entry.stop].view(entry.shape)
        parameter.grad = gradients[entry.start : entry.stop].view(entry.shape)
    return vae
