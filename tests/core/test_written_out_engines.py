"""The engines that have the gradient written out, each against torch and against itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from engine_cases import DEEP, Case, cases, near, steps
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW, MANY, valid

from vae_gui.core import engine as engine_module
from vae_gui.core.analytic import AnalyticEngine
from vae_gui.core.compiled import CompiledEngine
from vae_gui.core.config import ModelConfig
from vae_gui.core.engine import EngineFactory, NonFiniteLoss
from vae_gui.core.interrupting import Interrupted
from vae_gui.core.state import AdamState
from vae_gui.core.torch_engine import TorchEngine

both = pytest.mark.parametrize("kind", [AnalyticEngine, CompiledEngine])


@both
@MANY
@given(case=cases())
def test_losses_and_gradients_are_those_of_torch(kind: EngineFactory, case: Case) -> None:
    """In float32; Adam's first moments after one step are a tenth of the gradient."""
    found, wanted = AdamState(case.weights()), AdamState(case.weights())
    ((x, noise),) = case.batches(1)
    losses = kind(case.plan, found, 1e-3, case.beta).step(x, noise)
    reference = TorchEngine(case.plan, wanted, 1e-3, case.beta).step(x, noise)
    np.testing.assert_allclose(losses, reference, rtol=2e-6, atol=2e-6)
    near(found.m, wanted.m, 4e-6)


@both
@FEW
@given(case=cases())
def test_weights_after_100_steps_are_those_of_torch(kind: EngineFactory, case: Case) -> None:
    found, wanted = AdamState(case.weights()), AdamState(case.weights())
    analytic = kind(case.plan, found, 1e-3, case.beta)
    reference = TorchEngine(case.plan, wanted, 1e-3, case.beta)
    for x, noise in case.batches(100):
        analytic.step(x, noise)
        reference.step(x, noise)
    np.testing.assert_allclose(found.parameters, wanted.parameters, rtol=0, atol=1e-4)
    assert found.counts == wanted.counts == [100, 99]


@both
@FEW
@given(model=valid(ModelConfig, hidden_units=12), data=st.data())
def test_settings_and_shapes_change_between_two_steps(
    kind: EngineFactory, model: ModelConfig, data: Any
) -> None:
    case = Case(model, 1, 1, 1.0)
    found, wanted = AdamState(case.weights()), AdamState(case.weights())
    engines = [
        kind(case.plan, found, 1e-3, 1.0),
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


@both
def test_equal_steps_are_equal_to_the_bit_whatever_went_before(kind: EngineFactory) -> None:
    case = Case(DEEP, 33, 2, 0.5)
    fresh, used = AdamState(case.weights()), AdamState(case.weights())
    engine = kind(case.plan, used, 1e-2, 0.5)
    for b in range(1, 40, 4):  # other shapes, more of them than are kept
        steps(Case(DEEP, b, 3, 0.5), engine, 1)
    used.values[...] = AdamState(case.weights()).values
    used.counts[:] = 0, 0
    assert steps(case, engine) == steps(case, kind(case.plan, fresh, 1e-2, 0.5))
    assert used.values.tobytes() == fresh.values.tobytes()


@both
def test_what_is_given_is_not_changed(kind: EngineFactory) -> None:
    case = Case(DEEP, 9, 2, 1.0)
    ((x, noise),) = case.batches(1)
    before = x.tobytes(), noise.tobytes()
    x.flags.writeable = noise.flags.writeable = False
    kind(case.plan, AdamState(case.weights()), 1e-2, 1.0).step(x, noise)
    assert (x.tobytes(), noise.tobytes()) == before


@both
def test_a_long_step_is_interrupted_before_anything_is_changed(
    kind: EngineFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = Case(DEEP, 50, 3, 0.7)
    adam = AdamState(case.weights())
    engine = kind(case.plan, adam, 1e-2, 0.7)
    ((x, noise),) = case.batches(1)
    engine.step(x, noise, wants_stop=lambda: True)  # short ones are made to their end
    before = adam.values.copy()
    monkeypatch.setattr(engine_module, "ACTIVATIONS_AT_ONCE", 3 * 20 * 7)
    with pytest.raises(Interrupted):
        engine.step(x, noise, wants_stop=lambda: True)
    np.testing.assert_array_equal(adam.values, before)
    assert adam.counts == [1, 0]


OVERFLOWS: dict[str, Callable[[np.ndarray], None]] = {
    "encoder": lambda weights: weights.__setitem__(slice(None), 1e30),
    "everywhere": lambda weights: weights.fill(np.nan),
}


@both
@pytest.mark.parametrize("name", OVERFLOWS)
def test_overflow_is_an_error_of_ours_and_no_warning(kind: EngineFactory, name: str) -> None:
    case = Case(DEEP, 9, 2, 1.0)
    adam = AdamState(case.weights())
    OVERFLOWS[name](adam.parameters)
    with pytest.raises(NonFiniteLoss):
        kind(case.plan, adam, 1e-2, 1.0).step(*case.batches(1)[0])
