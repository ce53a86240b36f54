"""The NumPy networks against torch: the post's module, its loss, torch's activations."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW, valid
from torch import nn
from torch.distributions import Independent, Normal, kl_divergence

from vae_gui.core.activations import ACTIVATIONS
from vae_gui.core.config import ModelConfig
from vae_gui.core.network import (
    Layout,
    decode,
    encode,
    initialise,
    layout,
    loss,
)

TORCH_ACTIVATIONS = {
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "silu": nn.SiLU,
    "gelu": lambda: nn.GELU(approximate="tanh"),
    "identity": nn.Identity,
}
MODELS = valid(ModelConfig, hidden_units=5)


class GaussianMLP(nn.Module):
    """The post's module, with more hidden layers where asked for."""

    def __init__(self, model: ModelConfig, inputs: int, outputs: int) -> None:
        super().__init__()
        widths = [inputs] + [model.hidden_units] * model.hidden_layers
        layers: list[nn.Module] = []
        for a, b in pairwise(widths):
            layers += [nn.Linear(a, b), TORCH_ACTIVATIONS[model.activation]()]
        self.shared = nn.Sequential(*layers)
        self.param_layer = nn.Linear(model.hidden_units, 2 * outputs)

    def forward(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.param_layer(self.shared(inputs)).chunk(2, dim=-1)


def torch_vae(plan: Layout, flat: np.ndarray) -> nn.ModuleDict:
    """The post's model with these weights, in float64."""
    model = plan.model
    vae = nn.ModuleDict(
        {
            "encoder": GaussianMLP(model, 2, model.latent),
            "decoder": GaussianMLP(model, model.latent, 2),
        }
    ).double()
    state = {name: torch.tensor(w) for name, w in plan.views(flat).items()}
    vae.load_state_dict(state, strict=True)
    return vae


def weights(plan: Layout, seed: int = 0) -> np.ndarray:
    """Random float64 weights, large enough to bend every activation."""
    return np.random.default_rng(seed).normal(0, 0.6, plan.size)


# --- the flat vector ----------------------------------------------------------------------


def test_names_and_shapes_of_the_post():
    plan = layout(ModelConfig())
    assert {e.name: e.shape for e in plan.entries} == {
        "encoder.shared.0.weight": (64, 2),
        "encoder.shared.0.bias": (64,),
        "encoder.param_layer.weight": (4, 64),
        "encoder.param_layer.bias": (4,),
        "decoder.shared.0.weight": (64, 2),
        "decoder.shared.0.bias": (64,),
        "decoder.param_layer.weight": (4, 64),
        "decoder.param_layer.bias": (4,),
    }
    assert plan.size == 904
    deep = layout(ModelConfig(hidden_layers=3, latent=1, hidden_units=4))
    names = [e.name for e in deep.entries if e.name.startswith("decoder.shared")]
    assert names[::2] == [f"decoder.shared.{i}.weight" for i in (0, 2, 4)]


@FEW
@given(model=valid(ModelConfig))
def test_entries_tile_the_vector(model):
    plan = layout(model)
    at = 0
    for entry in plan.entries:
        assert entry.start == at
        at = entry.stop
    assert plan.size == at


def test_views_share_the_vector_s_memory():
    plan = layout(ModelConfig(hidden_units=3))
    flat = np.zeros(plan.size, np.float32)
    plan.views(flat)["decoder.param_layer.bias"][...] = 1
    assert flat.sum() == 4
    assert (flat[-4:] == 1).all()


# --- initial weights ----------------------------------------------------------------------


def test_initial_weights_follow_the_law_of_torch():
    plan = layout(ModelConfig(hidden_units=512, hidden_layers=2))
    flat = initialise(plan, np.random.default_rng(0))
    assert flat.dtype == np.float32
    for part in ("encoder", "decoder"):
        for weight, bias in plan.layers(flat, part):
            bound = 1 / math.sqrt(weight.shape[1])
            assert np.abs(weight).max() <= bound
            assert np.abs(bias).max() <= bound
            theirs = nn.Linear(*weight.shape[::-1]).weight.detach().numpy()
            assert np.abs(theirs).max() <= bound * (1 + 1e-6)  # torch's law is the same
            spread = bound / math.sqrt(3)
            n = weight.size
            assert weight.std() == pytest.approx(spread, rel=4 / math.sqrt(n))
            assert abs(weight.mean()) < 4 * spread / math.sqrt(n)


def test_initial_weights_depend_on_the_seed_alone():
    plan = layout(ModelConfig())
    one, two, other = (initialise(plan, np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


# --- what the networks compute ------------------------------------------------------------


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_those_of_torch(name):
    a = np.concatenate([np.linspace(-8, 8, 401), [-1e4, -100.0, 0.0, 100.0, 1e4]])
    theirs = TORCH_ACTIVATIONS[name]()(torch.tensor(a)).numpy()
    for dtype, error in ((np.float64, 1e-12), (np.float32, 1e-6)):
        h = a.astype(dtype)
        with np.errstate(over="ignore"):
            ACTIVATIONS[name](h)
        np.testing.assert_allclose(h, theirs, rtol=error, atol=error)


def test_every_activation_of_the_configuration_exists():
    assert set(ACTIVATIONS) == set(TORCH_ACTIVATIONS)
    for name in ACTIVATIONS:
        ModelConfig(activation=name)


@FEW
@given(model=MODELS, examples=st.integers(1, 6))
def test_encoder_and_decoder_are_the_post_s(model, examples):
    plan = layout(model)
    flat = weights(plan)
    vae = torch_vae(plan, flat)
    rng = np.random.default_rng(1)
    x, z = rng.normal(size=(examples, 2)), rng.normal(size=(examples, model.latent))
    for part, function, inputs in (("encoder", encode, x), ("decoder", decode, z)):
        ours = function(plan, flat, inputs)
        theirs = [t.detach().numpy() for t in vae[part](torch.tensor(inputs))]
        assert ours[0].shape == theirs[0].shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


@FEW
@given(
    model=MODELS,
    examples=st.integers(1, 6),
    samples=st.integers(1, 4),
    beta=st.floats(0, 10),
)
def test_loss_is_that_of_torch_distributions(model, examples, samples, beta):
    plan = layout(model)
    flat = weights(plan)
    vae = torch_vae(plan, flat)
    rng = np.random.default_rng(2)
    x, noise = rng.normal(size=(examples, 2)), rng.normal(size=(samples, examples, model.latent))
    mu, log_var = vae["encoder"](torch.tensor(x))
    posterior = Independent(Normal(mu, (log_var / 2).exp()), 1)
    prior = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    kl = kl_divergence(posterior, prior).mean()
    each = []
    for eps in torch.tensor(noise):  # one noise sample after another
        mu_x, log_var_x = vae["decoder"](mu + (log_var / 2).exp() * eps)
        likelihood = Independent(Normal(mu_x, (log_var_x / 2).exp()), 1)
        each.append(-likelihood.log_prob(torch.tensor(x)).mean())
    reconstruction = torch.stack(each).mean()
    ours = loss(plan, flat, x, noise, beta)
    assert ours.kl == pytest.approx(kl.item(), rel=1e-10)
    assert ours.reconstruction == pytest.approx(reconstruction.item(), rel=1e-10)
    assert ours.total == pytest.approx((reconstruction + beta * kl).item(), rel=1e-10)


def test_float32_loss_is_the_float64_loss_but_for_rounding():
    plan = layout(ModelConfig())
    flat = initialise(plan, np.random.default_rng(0))
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2000, 2)).astype(np.float32)
    noise = rng.normal(size=(2, 2000, 2)).astype(np.float32)
    ours = loss(plan, flat, x, noise, 1.0)
    exact = loss(plan, flat.astype(float), x.astype(float), noise.astype(float), 1.0)
    np.testing.assert_allclose(ours, exact, rtol=1e-5)


def test_loss_of_a_model_that_ignores_its_latent():
    plan = layout(ModelConfig())
    flat = np.zeros(plan.size)  # q = prior, decoder = N(0, I)
    x = np.array([[3.0, 4.0]])
    total, reconstruction, kl = loss(plan, flat, x, np.zeros((1, 1, 2)), beta=7.0)
    assert kl == 0
    assert total == reconstruction == pytest.approx(math.log(2 * math.pi) + 12.5)
