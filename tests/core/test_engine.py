"""One step of every engine: losses, update, refusal to update on a loss that is not finite."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from vae_gui.core import engine as engine_module
from vae_gui.core import network
from vae_gui.core.analytic import AnalyticEngine
from vae_gui.core.config import ModelConfig
from vae_gui.core.engine import EngineFactory, NonFiniteLoss, examples_at_once
from vae_gui.core.model import VAE
from vae_gui.core.state import AdamState
from vae_gui.core.torch_engine import TorchEngine

MODEL = ModelConfig(latent=2, hidden_units=6)
PLAN = network.layout(MODEL)
EVERY = pytest.mark.parametrize("make", [TorchEngine, AnalyticEngine])


def state() -> AdamState:
    return AdamState(network.initialise(PLAN, np.random.default_rng(1)))


def batches(count: int, b: int = 9, n: int = 2) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(2)
    return [
        (
            rng.normal(1, 1, (b, 2)).astype(np.float32),
            rng.standard_normal((n, b, 2), np.float32),
        )
        for _ in range(count)
    ]


def gradient(parameters: np.ndarray, x: np.ndarray, noise: np.ndarray, beta: float) -> np.ndarray:
    """The gradient (P,) in float64."""
    vae = VAE.of(MODEL).double()
    with torch.no_grad():
        for entry, p in zip(PLAN.entries, vae.parameters(), strict=True):
            p.copy_(torch.from_numpy(parameters[entry.start : entry.stop].reshape(entry.shape)))
    loss = vae.loss(torch.from_numpy(x).double(), torch.from_numpy(noise).double(), beta)[0]
    loss.backward()
    return np.concatenate([p.grad.numpy().ravel() for p in vae.parameters()])


@EVERY
def test_losses_are_those_from_before_the_update(make: EngineFactory) -> None:
    adam = state()
    engine = make(PLAN, adam, 1e-2, 0.7)
    for x, noise in batches(3):
        expected = network.loss(PLAN, adam.parameters.copy(), x, noise, 0.7)
        before = adam.parameters.copy()
        np.testing.assert_allclose(engine.step(x, noise), expected, rtol=2e-6)
        assert not np.array_equal(adam.parameters, before)


@EVERY
def test_update_is_adam(make: EngineFactory) -> None:
    adam = state()
    engine = make(PLAN, adam, 1e-2, 1.3)
    weights = adam.parameters.astype(np.float64)
    m, v = np.zeros_like(weights), np.zeros_like(weights)
    for t, (x, noise) in enumerate(batches(6), start=1):
        g = gradient(weights, x, noise, 1.3)
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        weights -= 1e-2 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        engine.step(x, noise)
    np.testing.assert_allclose(adam.parameters, weights, atol=2e-5)
    np.testing.assert_allclose(adam.m, m, atol=1e-5)
    np.testing.assert_allclose(adam.v, v, atol=1e-5)
    assert adam.counts == [6, 5]


@EVERY
def test_learning_rate_changes_between_two_steps(make: EngineFactory) -> None:
    adam = state()
    engine = make(PLAN, adam, 1e-2, 1.0)
    (first, second) = batches(2)
    before = adam.parameters.copy()
    engine.step(*first)
    # the first step of Adam moves each weight by the learning rate
    assert np.abs(adam.parameters - before).max() == pytest.approx(1e-2, rel=1e-3)
    engine.learning_rate = 1e-5
    before = adam.parameters.copy()
    engine.step(*second)
    assert engine.learning_rate == 1e-5
    assert 0 < np.abs(adam.parameters - before).max() < 2e-5


@EVERY
def test_beta_changes_between_two_steps(make: EngineFactory) -> None:
    engine = make(PLAN, state(), 1e-2, 1.0)
    for beta, (x, noise) in zip((1.0, 0.0, 4.0), batches(3), strict=True):
        engine.beta = beta
        total, reconstruction, kl = engine.step(x, noise)
        assert kl > 0
        assert total == pytest.approx(reconstruction + beta * kl, rel=1e-6)


def test_large_batches_are_computed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    (x, noise) = batches(1, b=50, n=3)[0]
    whole, parts = state(), state()
    losses = TorchEngine(PLAN, whole, 1e-2, 1.0).step(x, noise)
    monkeypatch.setattr(engine_module, "ACTIVATIONS_AT_ONCE", 3 * 6 * 7)
    assert examples_at_once(PLAN, 3) == 7  # 50 = 7 * 7 + 1: a ragged last part
    np.testing.assert_allclose(
        TorchEngine(PLAN, parts, 1e-2, 1.0).step(x, noise), losses, rtol=1e-6
    )
    np.testing.assert_allclose(parts.m, whole.m, atol=1e-6)


def test_memory_of_the_largest_step_is_bounded() -> None:
    model = ModelConfig(hidden_units=512, hidden_layers=4, latent=8)
    examples = examples_at_once(network.layout(model), 64)
    assert 1 <= examples <= 32


@EVERY
@pytest.mark.parametrize("bad", [-400.0, np.nan])
def test_loss_that_is_not_finite_updates_nothing(make: EngineFactory, bad: float) -> None:
    adam = state()
    engine = make(PLAN, adam, 1e-2, 1.0)
    (first, second) = batches(2)
    good = adam.values.copy()
    engine.step(*first)
    PLAN.views(adam.parameters)["decoder.param_layer.bias"][2:] = bad  # log sigma^2 of x
    before, counts = adam.values.copy(), list(adam.counts)
    with pytest.raises(NonFiniteLoss, match="training loss is not finite"):
        engine.step(*second)
    np.testing.assert_array_equal(adam.values, before)
    assert adam.counts == counts
    adam.undo()
    np.testing.assert_array_equal(adam.values, good)
    assert np.isfinite(engine.step(*second).total)
    assert adam.counts == [1, 0]


@EVERY
def test_state_moves_to_another_engine(make: EngineFactory) -> None:
    one, other = state(), AdamState(np.zeros(PLAN.size, np.float32))
    engine = make(PLAN, one, 3e-3, 1.0)
    successor = make(PLAN, other, 3e-3, 1.0)
    work = batches(8)
    for x, noise in work[:5]:
        engine.step(x, noise)
    other.values[...], other.counts[:] = one.values, one.counts
    for x, noise in work[5:]:
        assert engine.step(x, noise) == successor.step(x, noise)
    assert other.values.tobytes() == one.values.tobytes()
    assert other.counts == one.counts


def test_thread_that_trains_is_the_only_one() -> None:
    engine = TorchEngine(PLAN, state(), 1e-2, 1.0)
    seen = []

    def train() -> None:
        torch.set_num_threads(2)
        engine.step(*batches(1)[0])
        seen.append(torch.get_num_threads())

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert seen == [1]
