"""The written-out gradient against autograd, finite differences, and itself in parts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from engine_cases import DEEP, Case, autograd, cases, near
from hypothesis import given
from strategies import FEW, MANY

from vae_gui.core import engine as engine_module
from vae_gui.core import network
from vae_gui.core.activations import ACTIVATIONS, DIFFERENTIATED
from vae_gui.core.analytic import LossGradient
from vae_gui.core.model import ACTIVATIONS as MODULES

# Against the reference


@MANY
@given(case=cases())
def test_gradient_in_float64_is_that_of_torch(case: Case) -> None:
    weights = case.weights(np.float64)
    ((x, noise),) = case.batches(1, np.float64)
    loss = LossGradient(case.plan, weights)
    losses = loss(x, noise, case.beta)
    expected = network.loss(case.plan, weights, x, noise, case.beta)
    np.testing.assert_allclose(losses, expected, rtol=1e-12, atol=1e-14)
    near(loss.gradient, autograd(case, weights, x, noise), 1e-12)


@FEW
@given(case=cases(widest=6, largest=8))
def test_both_gradients_are_finite_differences(case: Case) -> None:
    weights = case.weights(np.float64)
    ((x, noise),) = case.batches(1, np.float64)
    h, differences = 1e-6, np.empty_like(weights)
    for i in range(len(weights)):
        ends = []
        for value in (weights[i] + h, weights[i] - h):
            moved = weights.copy()
            moved[i] = value
            ends.append(network.loss(case.plan, moved, x, noise, case.beta).total)
        differences[i] = (ends[0] - ends[1]) / (2 * h)
    loss = LossGradient(case.plan, weights)
    loss(x, noise, case.beta)
    near(loss.gradient, differences, 1e-6)
    near(autograd(case, weights, x, noise), differences, 1e-6)


# Activations


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_activations_and_their_slopes(name: str) -> None:
    a = np.concatenate([np.linspace(-8, 8, 401), [-1e4, -100.0, 0.0, 100.0, 1e4]])[None]
    tensor = torch.tensor(a, requires_grad=True)
    h = MODULES[name]()(tensor)
    h.sum().backward()
    for dtype, error in ((np.float64, 1e-14), (np.float32, 2e-6)):
        found, slope, scratch = a.astype(dtype), np.empty_like(a, dtype), np.empty_like(a, dtype)
        plain = found.copy()
        with np.errstate(over="ignore"):
            ACTIVATIONS[name](plain)
            DIFFERENTIATED[name](found, slope, scratch)
        np.testing.assert_allclose(found, plain, rtol=10 * error, atol=error)
        np.testing.assert_allclose(found, h.detach().numpy(), rtol=10 * error, atol=error)
        np.testing.assert_allclose(slope, tensor.grad.numpy(), rtol=10 * error, atol=error)


def test_every_activation_is_there() -> None:
    assert list(ACTIVATIONS) == list(DIFFERENTIATED) == list(MODULES)


# Parts


def test_large_batches_in_parts_are_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(DEEP, 50, 3, 0.7)
    ((x, noise),) = case.batches(1, np.float64)
    whole = LossGradient(case.plan, case.weights(np.float64))
    losses = whole(x, noise, 0.7)
    monkeypatch.setattr(engine_module, "ACTIVATIONS_AT_ONCE", 3 * 20 * 7)  # 50 = 7 * 7 + 1
    parts = LossGradient(case.plan, case.weights(np.float64))
    np.testing.assert_allclose(parts(x, noise, 0.7), losses, rtol=1e-12)
    near(parts.gradient, whole.gradient, 1e-13)
