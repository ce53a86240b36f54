"""The written-out gradient against autograd, finite differences, and itself in parts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_runs import SMALL, same, small
from strategies import FEW, MANY, valid

from vae_gui.core import engine as engine_module
from vae_gui.core import network
from vae_gui.core.activations import ACTIVATIONS, DIFFERENTIATED
from vae_gui.core.analytic import AnalyticEngine, LossGradient
from vae_gui.core.config import DataConfig, ModelConfig, RunConfig, TrainingConfig
from vae_gui.core.engine import Interrupted, NonFiniteLoss, TorchEngine
from vae_gui.core.model import ACTIVATIONS as MODULES
from vae_gui.core.model import VAE
from vae_gui.core.network import Losses
from vae_gui.core.state import AdamState
from vae_gui.core.training import Trainer


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


# Against the reference


@MANY
@given(case=cases())
def test_losses_and_gradients_are_those_of_torch(case: Case) -> None:
    """In float32; Adam's first moments after one step are a tenth of the gradient."""
    found, wanted = AdamState(case.weights()), AdamState(case.weights())
    ((x, noise),) = case.batches(1)
    losses = AnalyticEngine(case.plan, found, 1e-3, case.beta).step(x, noise)
    reference = TorchEngine(case.plan, wanted, 1e-3, case.beta).step(x, noise)
    np.testing.assert_allclose(losses, reference, rtol=2e-6, atol=2e-6)
    near(found.m, wanted.m, 4e-6)


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


@FEW
@given(case=cases())
def test_weights_after_100_steps_are_those_of_torch(case: Case) -> None:
    found, wanted = AdamState(case.weights()), AdamState(case.weights())
    analytic = AnalyticEngine(case.plan, found, 1e-3, case.beta)
    reference = TorchEngine(case.plan, wanted, 1e-3, case.beta)
    for x, noise in case.batches(100):
        analytic.step(x, noise)
        reference.step(x, noise)
    np.testing.assert_allclose(found.parameters, wanted.parameters, rtol=0, atol=1e-4)
    assert found.counts == wanted.counts == [100, 99]


@FEW
@given(model=valid(ModelConfig, hidden_units=12), data=st.data())
def test_settings_and_shapes_change_between_two_steps(model: ModelConfig, data: Any) -> None:
    case = Case(model, 1, 1, 1.0)
    found, wanted = AdamState(case.weights()), AdamState(case.weights())
    engines = [
        AnalyticEngine(case.plan, found, 1e-3, 1.0),
        TorchEngine(case.plan, wanted, 1e-3, 1.0),
    ]
    changes = st.tuples(
        st.integers(1, 30), st.integers(1, 5), st.floats(0, 3), st.sampled_from((1e-5, 1e-3))
    )
    for i, (b, n, beta, rate) in enumerate(data.draw(st.lists(changes, max_size=12))):
        losses = []
        for engine in engines:
            engine.beta, engine.learning_rate = beta, rate
            losses.append(engine.step(*Case(model, b, n, beta, seed=i).batches(1)[0]))
        np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.parameters, wanted.parameters, rtol=0, atol=1e-4)


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


# Memory that is reused

DEEP = ModelConfig(latent=3, hidden_units=20, hidden_layers=2, activation="gelu")


def steps(case: Case, engine: AnalyticEngine, count: int = 5) -> list[Losses]:
    return [engine.step(x, noise) for x, noise in case.batches(count)]


def test_equal_steps_are_equal_to_the_bit_whatever_went_before() -> None:
    case = Case(DEEP, 33, 2, 0.5)
    fresh, used = AdamState(case.weights()), AdamState(case.weights())
    engine = AnalyticEngine(case.plan, used, 1e-2, 0.5)
    for b in range(1, 40, 4):  # other shapes, more of them than are kept
        steps(Case(DEEP, b, 3, 0.5), engine, 1)
    used.values[...] = AdamState(case.weights()).values
    used.counts[:] = 0, 0
    assert steps(case, engine) == steps(case, AnalyticEngine(case.plan, fresh, 1e-2, 0.5))
    assert used.values.tobytes() == fresh.values.tobytes()


def test_what_is_given_is_not_changed() -> None:
    case = Case(DEEP, 9, 2, 1.0)
    ((x, noise),) = case.batches(1)
    before = x.tobytes(), noise.tobytes()
    x.flags.writeable = noise.flags.writeable = False
    AnalyticEngine(case.plan, AdamState(case.weights()), 1e-2, 1.0).step(x, noise)
    assert (x.tobytes(), noise.tobytes()) == before


def test_large_batches_in_parts_are_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(DEEP, 50, 3, 0.7)
    ((x, noise),) = case.batches(1, np.float64)
    whole = LossGradient(case.plan, case.weights(np.float64))
    losses = whole(x, noise, 0.7)
    monkeypatch.setattr(engine_module, "ACTIVATIONS_AT_ONCE", 3 * 20 * 7)  # 50 = 7 * 7 + 1
    parts = LossGradient(case.plan, case.weights(np.float64))
    np.testing.assert_allclose(parts(x, noise, 0.7), losses, rtol=1e-12)
    near(parts.gradient, whole.gradient, 1e-13)


def test_a_long_step_is_interrupted_before_anything_is_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = Case(DEEP, 50, 3, 0.7)
    adam = AdamState(case.weights())
    engine = AnalyticEngine(case.plan, adam, 1e-2, 0.7)
    ((x, noise),) = case.batches(1)
    engine.step(x, noise, wants_stop=lambda: True)  # short ones are made to their end
    before = adam.values.copy()
    monkeypatch.setattr(engine_module, "ACTIVATIONS_AT_ONCE", 3 * 20 * 7)
    with pytest.raises(Interrupted):
        engine.step(x, noise, wants_stop=lambda: True)
    np.testing.assert_array_equal(adam.values, before)
    assert adam.counts == [1, 0]


# Whole runs


def with_engine(config: RunConfig, engine: str) -> RunConfig:
    return msgspec.structs.replace(
        config, training=msgspec.structs.replace(config.training, engine=engine)
    )


def test_configuration_chooses_the_engine() -> None:
    names = {
        choice: Trainer(with_engine(SMALL, choice)).warm_up().name
        for choice in ("automatic", "analytic", "torch")
    }
    assert names["automatic"] == names["analytic"] == "NumPy, analytic gradients, float32"
    assert names["torch"] == "torch, CPU, float32"


def test_engine_of_a_run_stays() -> None:
    trainer = Trainer(SMALL)
    trainer.configure(with_engine(SMALL, "torch").training)
    assert trainer.config == SMALL


@pytest.mark.parametrize("change", [{}, {"beta": 0.2, "noise_samples": 3}])
def test_runs_of_both_engines_are_one_run(change: dict[str, Any]) -> None:
    config = small(**change, learning_rate=1e-3)
    runs = [list(Trainer(with_engine(config, name))) for name in ("analytic", "torch")]
    for one, other in zip(*runs, strict=True):
        assert (one.index, one.epoch) == (other.index, other.epoch)
        np.testing.assert_allclose(one.losses, other.losses, rtol=1e-5, atol=1e-6)


def test_either_engine_continues_what_the_other_began() -> None:
    config = small(learning_rate=1e-3)
    first, second = (Trainer(with_engine(config, name)) for name in ("analytic", "torch"))
    straight = Trainer(config)
    expected = list(straight)
    found = [next(first) for _ in range(5)]
    second.restore(first.state())
    found += [next(second) for _ in range(4)]
    first.restore(second.state())
    found += list(first)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.losses, other.losses, rtol=1e-5, atol=1e-6)
    assert not same(first.state(), second.state())
    np.testing.assert_allclose(first.parameters, straight.parameters, atol=1e-5)


def in_fresh_interpreter(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_training_imports_no_torch() -> None:
    code = (
        "import sys; from vae_gui.core.config import RunConfig\n"
        "from vae_gui.core.training import Trainer\n"
        "t = Trainer(RunConfig()); t.warm_up(); [next(t) for _ in range(5)]\n"
        "print(t.step, [m for m in ('torch', 'scipy.stats') if m in sys.modules])"
    )
    assert in_fresh_interpreter(code) == "5 []"


def test_one_thread_multiplies_once_a_trainer_is_made_and_not_at_import() -> None:
    code = (
        "from threadpoolctl import threadpool_info, threadpool_limits\n"
        "import numpy as np; from vae_gui.core.config import RunConfig\n"
        "from vae_gui.core.training import Trainer\n"
        "count = lambda: {p['num_threads'] for p in threadpool_info() if p['user_api'] == 'blas'}\n"
        "threadpool_limits(2, 'blas'); before = count(); Trainer(RunConfig()); after = count()\n"
        "print(before, after)"
    )
    assert in_fresh_interpreter(code) == "{2} {1}"


def test_linear_vae_reaches_the_floor_on_gaussian_data() -> None:
    """Probabilistic PCA in disguise: a line through a Gaussian needs no activation."""
    config = RunConfig(
        data=DataConfig(test_size=20_000),
        model=ModelConfig(activation="identity", latent=1, hidden_units=8),
        training=TrainingConfig(learning_rate=1e-2, epochs=8),
    )
    trainer = Trainer(config)
    reached = min(step.test.losses.total for step in trainer if step.test)
    floor = -config.data.distribution.log_prob(trainer.data.test).mean()
    assert floor - 0.01 < reached < floor + 0.02


OVERFLOWS: dict[str, Callable[[np.ndarray], None]] = {
    "encoder": lambda weights: weights.__setitem__(slice(None), 1e30),
    "everywhere": lambda weights: weights.fill(np.nan),
}


@pytest.mark.parametrize("name", OVERFLOWS)
def test_overflow_is_an_error_of_ours_and_no_warning(name: str) -> None:
    case = Case(DEEP, 9, 2, 1.0)
    adam = AdamState(case.weights())
    OVERFLOWS[name](adam.parameters)
    with pytest.raises(NonFiniteLoss):
        AnalyticEngine(case.plan, adam, 1e-2, 1.0).step(*case.batches(1)[0])
