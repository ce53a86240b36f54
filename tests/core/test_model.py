"""The torch model against NumPy in float64, torch.distributions and finite differences."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from vae_gui.core import network
from vae_gui.core.config import ModelConfig
from vae_gui.core.model import VAE, attached_vae, gaussian_log_prob, sample_latents

ACTIVATIONS = ("tanh", "relu", "silu", "gelu", "identity")
MODELS = [
    ModelConfig(latent=2, hidden_units=5, hidden_layers=layers, activation=activation)
    for activation in ACTIVATIONS
    for layers in (1, 2)
]


def names(model: ModelConfig) -> str:
    return f"{model.activation}-{model.hidden_layers}"


def example(model: ModelConfig, b: int = 6, n: int = 3) -> tuple[np.ndarray, ...]:
    """Weights (P,), examples [B, 2] and noise [N, B, Z], all float32."""
    rng = np.random.default_rng(3)
    flat = network.initialise(network.layout(model), rng)
    x = rng.normal(1, 2, (b, 2)).astype(np.float32)
    return flat, x, rng.standard_normal((n, b, model.latent), np.float32)


def double_vae(model: ModelConfig, flat: np.ndarray) -> VAE:
    vae = VAE.of(model).double()
    with torch.no_grad():
        for entry, p in zip(network.layout(model).entries, vae.parameters(), strict=True):
            p.copy_(torch.from_numpy(flat[entry.start : entry.stop].reshape(entry.shape)))
    return vae


SCALAR_ACTIVATIONS: dict[str, Callable[[float], float]] = {
    "tanh": math.tanh,
    "relu": lambda a: max(a, 0.0),
    "silu": lambda a: a / (1 + math.exp(-a)),
    "gelu": lambda a: a / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (a + 0.044715 * a**3))),
    "identity": lambda a: a,
}


def plain_mlp(vae: VAE, part: str, activation: str, inputs: np.ndarray) -> tuple[np.ndarray, ...]:
    """One example at a time, straight from the state_dict."""
    weights = {k: v.numpy() for k, v in vae.state_dict().items() if k.startswith(part)}
    h = inputs
    for i in range(0, 2 * (len(weights) // 2 - 1), 2):
        a = weights[f"{part}.shared.{i}.weight"] @ h + weights[f"{part}.shared.{i}.bias"]
        h = np.array([SCALAR_ACTIVATIONS[activation](float(v)) for v in a])
    out = weights[f"{part}.param_layer.weight"] @ h + weights[f"{part}.param_layer.bias"]
    return out[: len(out) // 2], out[len(out) // 2 :]


def plain_loss(vae: VAE, activation: str, x: np.ndarray, noise: np.ndarray) -> tuple[float, float]:
    """Reconstruction and KL by loops over examples and noise, in float64."""
    reconstruction, kl = [], []
    for b, point in enumerate(x):
        mu, log_var = plain_mlp(vae, "encoder", activation, point)
        kl.append(sum((m * m + math.exp(v) - 1 - v) / 2 for m, v in zip(mu, log_var, strict=True)))
        for n in range(len(noise)):
            z = mu + np.sqrt(np.exp(log_var)) * noise[n, b]
            m, v = plain_mlp(vae, "decoder", activation, z)
            density = np.exp(-((point - m) ** 2) / (2 * np.exp(v))) / np.sqrt(2 * np.pi * np.exp(v))
            reconstruction.append(-np.log(density.prod()))
    return float(np.mean(reconstruction)), float(np.mean(kl))


@pytest.mark.parametrize("model", MODELS, ids=names)
@pytest.mark.parametrize("beta", [0.0, 1.0, 2.5])
def test_loss_is_that_of_loops_in_float64(model: ModelConfig, beta: float) -> None:
    flat, x, noise = (a.astype(np.float64) for a in example(model))
    vae = double_vae(model, flat)
    total, reconstruction, kl = vae.loss(torch.from_numpy(x), torch.from_numpy(noise), beta)
    expected = plain_loss(vae, model.activation, x, noise)
    np.testing.assert_allclose([reconstruction.item(), kl.item()], expected, rtol=1e-12)
    assert total.item() == pytest.approx(expected[0] + beta * expected[1], rel=1e-12)


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_loss_is_that_of_torch_distributions(model: ModelConfig) -> None:
    from torch.distributions import Normal, kl_divergence

    flat, x, noise = (a.astype(np.float64) for a in example(model))
    vae, x, noise = double_vae(model, flat), torch.from_numpy(x), torch.from_numpy(noise)
    z, mu_z, log_var_z, mu_x, log_var_x = vae(x, noise)
    assert z.shape == noise.shape
    assert mu_x.shape == (3, 6, 2)
    q, p = Normal(mu_z, (log_var_z / 2).exp()), Normal(mu_x, (log_var_x / 2).exp())
    prior = Normal(torch.zeros_like(mu_z), torch.ones_like(mu_z))
    _, reconstruction, kl = vae.loss(x, noise)
    torch.testing.assert_close(kl, kl_divergence(q, prior).sum(-1).mean())
    torch.testing.assert_close(reconstruction, -p.log_prob(x).sum(-1).mean())
    torch.testing.assert_close(gaussian_log_prob(x, mu_x, log_var_x), p.log_prob(x))


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_gradients_are_central_differences(model: ModelConfig) -> None:
    flat, x, noise = (a.astype(np.float64) for a in example(model))
    vae, x, noise = double_vae(model, flat), torch.from_numpy(x), torch.from_numpy(noise)
    vae.loss(x, noise, 1.7)[0].backward()
    h = 1e-6
    for name, p in vae.named_parameters():
        gradient, values = p.grad.view(-1), p.data.view(-1)
        for i in range(0, len(values), 3):
            value = values[i].item()
            around = []
            for moved in (value + h, value - h):
                values[i] = moved
                around.append(vae.loss(x, noise, 1.7)[0].item())
            values[i] = value
            difference = (around[0] - around[1]) / (2 * h)
            assert gradient[i].item() == pytest.approx(difference, rel=1e-5, abs=1e-7), name


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_numpy_and_torch_compute_the_same(model: ModelConfig) -> None:
    flat, x, noise = example(model)
    plan = network.layout(model)
    vae = attached_vae(plan, flat, np.zeros_like(flat))
    ours = network.loss(plan, flat, x, noise, 0.5)
    theirs = [v.item() for v in vae.loss(torch.from_numpy(x), torch.from_numpy(noise), 0.5)]
    np.testing.assert_allclose(ours, theirs, rtol=2e-6)
    for part in (network.encode(plan, flat, x), vae.encode(torch.from_numpy(x))):
        assert [tuple(p.shape) for p in part] == [(6, 2), (6, 2)]


class PostMLP(nn.Module):
    """GaussianMLP as the post has it."""

    def __init__(self, input_dim: int, hidden_dim: int, latent_dim: int) -> None:
        super().__init__()
        self.shared = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.Tanh())
        self.param_layer = nn.Linear(hidden_dim, latent_dim * 2)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.param_layer(self.shared(inputs))


def test_state_dict_of_the_post_loads() -> None:
    model = ModelConfig(latent=3, hidden_units=7)
    post = nn.ModuleDict({"encoder": PostMLP(2, 7, 3), "decoder": PostMLP(3, 7, 2)})
    plan = network.layout(model)
    flat = np.zeros(plan.size, np.float32)
    vae = attached_vae(plan, flat, np.zeros_like(flat))
    vae.load_state_dict(post.state_dict(), strict=True)
    x, z = torch.randn(4, 2), torch.randn(4, 3)
    torch.testing.assert_close(torch.cat(vae.encode(x), dim=-1), post["encoder"](x))
    torch.testing.assert_close(torch.cat(vae.decode(z), dim=-1), post["decoder"](z))
    mu, _ = network.encode(plan, flat, x.numpy())  # what was loaded lies in the flat buffer
    np.testing.assert_allclose(mu, post["encoder"](x)[:, :3].detach(), atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    latent=st.integers(1, 8),
    units=st.integers(1, 12),
    layers=st.integers(1, 4),
    activation=st.sampled_from(ACTIVATIONS),
)
def test_buffer_and_module_share_memory(
    latent: int, units: int, layers: int, activation: str
) -> None:
    model = ModelConfig(
        latent=latent, hidden_units=units, hidden_layers=layers, activation=activation
    )
    plan = network.layout(model)
    flat, grad = np.zeros(plan.size, np.float32), np.zeros(plan.size, np.float32)
    vae = attached_vae(plan, flat, grad)
    flat[:] = np.arange(plan.size)
    for name, view in plan.views(flat).items():
        np.testing.assert_array_equal(vae.get_parameter(name).detach().numpy(), view)
    with torch.no_grad():
        for parameter in vae.parameters():
            parameter.mul_(2)
    np.testing.assert_array_equal(flat, 2 * np.arange(plan.size))
    flat[:] = network.initialise(plan, np.random.default_rng(0))
    loss, _, _ = vae.loss(torch.ones(3, 2), torch.ones(2, 3, latent))
    loss.backward()
    for name, view in plan.views(grad).items():
        np.testing.assert_array_equal(vae.get_parameter(name).grad.numpy(), view)
    assert np.abs(plan.views(grad)["decoder.param_layer.bias"]).max() > 0


def test_latents_have_the_mean_and_the_deviation_of_q() -> None:
    noise = torch.randn(200_000, 1, 2, generator=torch.Generator().manual_seed(0))
    mu, log_var = torch.tensor([[1.0, -2.0]]), torch.tensor([[0.0, math.log(9)]])
    z = sample_latents(mu, log_var, noise)[:, 0]
    np.testing.assert_allclose(z.mean(0), [1, -2], atol=0.03)
    np.testing.assert_allclose(z.std(0), [1, 3], rtol=0.01)


def test_gradient_passes_through_the_noise() -> None:
    mu = torch.zeros(1, 1, requires_grad=True)
    log_var = torch.zeros(1, 1, requires_grad=True)
    noise = torch.tensor([[[0.7]]])
    sample_latents(mu, log_var, noise).sum().backward()
    assert mu.grad.item() == 1
    assert log_var.grad.item() == pytest.approx(0.35)  # d sigma / d log sigma^2 = sigma / 2
