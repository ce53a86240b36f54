"""Computing elsewhere than in the state's own memory, and devices that are not there.

`pytest -m device` runs these alone. What only a GPU can show is skipped without one; a copy
on the CPU goes the same way.
"""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from small_runs import same, small, through_a_file
from torch import Tensor

from vae_gui.core import engine as engine_module
from vae_gui.core import network
from vae_gui.core.config import DataConfig, ModelConfig, RunConfig, TrainingConfig
from vae_gui.core.engine import EngineFactory, NonFiniteLoss
from vae_gui.core.engines import engine_factory
from vae_gui.core.interrupting import Interrupted
from vae_gui.core.network import Losses
from vae_gui.core.state import AdamState
from vae_gui.core.torch_engine import LARGER_PARTS, DeviceMissing, TorchEngine, expect_device
from vae_gui.core.training import Diverged, Trainer

pytestmark = pytest.mark.device

THERE = {
    "cpu": True,
    "cuda": torch.cuda.is_available(),
    "mps": torch.backends.mps.is_available(),
}
Batch = tuple[np.ndarray, np.ndarray]


class CopyEngine(TorchEngine):
    """Computes on a copy of the state, as on a GPU, but on the CPU."""

    def __init__(self, *args: Any, device: str = "cpu") -> None:
        super().__init__(*args, device=device)

    def _placed(self, host: Tensor) -> Tensor:
        return host.clone()


def where_there_is(device: str) -> Any:
    missing = pytest.mark.skipif(not THERE[device], reason=f"there is no {device} here")
    return pytest.param(
        engine_factory(small(device=device).training), id=f"on {device}", marks=missing
    )


EVERY = pytest.mark.parametrize(
    "make",
    [pytest.param(CopyEngine, id="on a copy"), where_there_is("cuda"), where_there_is("mps")],
)


def setup(model: ModelConfig, seed: int = 1) -> tuple[network.Layout, AdamState]:
    plan = network.layout(model)
    return plan, AdamState(network.initialise(plan, np.random.default_rng(seed)))


def batches(count: int, b: int = 9, n: int = 2, latent: int = 2) -> list[Batch]:
    rng = np.random.default_rng(2)
    return [
        (rng.normal(1, 1, (b, 2)).astype("f4"), rng.standard_normal((n, b, latent), np.float32))
        for _ in range(count)
    ]


@EVERY
@pytest.mark.parametrize("activation", ["tanh", "relu", "silu", "gelu", "identity"])
def test_every_step_leaves_in_the_state_what_the_cpu_would(
    make: EngineFactory, activation: str
) -> None:
    model = ModelConfig(hidden_units=12, hidden_layers=2, latent=3, activation=activation)
    plan, found = setup(model)
    _, wanted = setup(model)
    engine, reference = make(plan, found, 1e-3, 1.3), TorchEngine(plan, wanted, 1e-3, 1.3)
    for x, noise in batches(100, latent=3):
        np.testing.assert_allclose(
            engine.step(x, noise), reference.step(x, noise), rtol=1e-4, atol=1e-5
        )
        np.testing.assert_allclose(found.values, wanted.values, rtol=1e-3, atol=1e-4)
        assert found.counts == wanted.counts


@EVERY
def test_what_changes_the_state_between_two_steps_is_computed_with(make: EngineFactory) -> None:
    plan, adam = setup(ModelConfig(hidden_units=6))
    engine = make(plan, adam, 1e-2, 1.0)
    first, second = batches(2)
    engine.step(*first)
    kept = adam.values.copy()
    one = engine.step(*second)
    after = adam.values.copy()
    adam.undo()
    np.testing.assert_array_equal(adam.values[0], kept[0])
    assert engine.step(*second) == one
    np.testing.assert_array_equal(adam.values, after)
    adam.parameters[...] = 0  # sigma = 1 and mu = 0 everywhere: the losses are known
    losses = engine.step(*first)
    x = first[0].astype(np.float64)
    expected = np.mean(np.sum(x**2, axis=1)) / 2 + np.log(2 * np.pi)
    assert losses == pytest.approx(Losses(expected, expected, 0.0), rel=1e-5)


@EVERY
def test_loss_that_is_not_finite_updates_nothing(make: EngineFactory) -> None:
    plan, adam = setup(ModelConfig(hidden_units=6))
    engine = make(plan, adam, 1e-2, 1.0)
    first, second = batches(2)
    engine.step(*first)
    adam.parameters[...] = np.nan
    before, counts = adam.values.copy(), list(adam.counts)
    with pytest.raises(NonFiniteLoss, match="training loss is not finite"):
        engine.step(*second)
    np.testing.assert_array_equal(adam.values, before)
    assert adam.counts == counts
    adam.undo()
    assert np.isfinite(engine.step(*second).total)


@EVERY
def test_large_batches_are_computed_in_larger_parts_and_can_be_dropped(
    make: EngineFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, whole = setup(ModelConfig(hidden_units=6))
    _, parts = setup(ModelConfig(hidden_units=6))
    ((x, noise),) = batches(1, b=3 * LARGER_PARTS + 1, n=1)
    losses = make(plan, whole, 1e-2, 1.0).step(x, noise)
    monkeypatch.setattr(engine_module, "ACTIVATIONS_AT_ONCE", 6)  # one example on the CPU
    engine, before, asked = make(plan, parts, 1e-2, 1.0), parts.values.copy(), []

    def wants_stop() -> bool:
        asked.append(True)
        return len(asked) == 3

    with pytest.raises(Interrupted):
        engine.step(x, noise, wants_stop)
    assert len(asked) == 3  # between four parts, the last of one example
    np.testing.assert_array_equal(parts.values, before)
    np.testing.assert_allclose(engine.step(x, noise), losses, rtol=1e-5)
    np.testing.assert_allclose(parts.values, whole.values, rtol=1e-3, atol=1e-6)


@EVERY
def test_equal_runs_are_equal_and_a_resumed_one_too(make: EngineFactory) -> None:
    config = small()
    one, other, resumed = (Trainer(config, engine=make) for _ in range(3))
    steps = [next(one) for _ in range(5)]
    assert [next(other) for _ in range(5)] == steps
    assert same(one.state(), other.state())
    resumed.restore(through_a_file(one.state()))
    assert list(one) == list(resumed)
    assert same(one.state(), resumed.state())


@EVERY
def test_a_run_goes_on_from_a_device_on_the_cpu_and_back(make: EngineFactory) -> None:
    config = small()
    straight, there = Trainer(config), Trainer(config, engine=make)
    losses = [step.losses for step in straight]
    found = [next(there).losses for _ in range(4)]
    for engine in (engine_factory(config.training), make):
        further = Trainer(config, engine=engine)
        further.restore(there.state())
        found += [next(further).losses for _ in range(4)]
        there = further
    np.testing.assert_allclose(found, losses, rtol=1e-3, atol=1e-4)


@EVERY
def test_a_run_that_diverges_keeps_the_last_finite_weights(make: EngineFactory) -> None:
    data = DataConfig(train_size=1000, test_size=100)
    wild = RunConfig(data=data, training=TrainingConfig(learning_rate=10.0))
    trainer = Trainer(wild, engine=make)
    with pytest.raises(Diverged, match="training loss is not finite"):
        list(trainer)
    assert np.isfinite(trainer.state().values).all()
    assert np.isfinite(trainer.test().losses).all()
    at = trainer.step
    trainer.configure(TrainingConfig(learning_rate=1e-3))
    assert next(trainer).index == at + 1


@pytest.mark.parametrize(
    ("device", "words"), [("cpu", "CPU"), ("cuda", r"CUDA \(.+\)"), ("mps", r"Apple GPU \(MPS\)")]
)
def test_the_name_tells_where(device: str, words: str) -> None:
    if not THERE[device]:
        pytest.skip(f"there is no {device} here")
    config = small(engine="torch", device=device)
    assert re.fullmatch(f"torch, {words}, float32", Trainer(config).warm_up().name)


@pytest.mark.parametrize("device", [d for d, there in THERE.items() if not there])
def test_a_device_that_is_not_there_is_told_when_the_engine_is_made(device: str) -> None:
    trainer = Trainer(small(device=device))
    before = trainer.state()
    for _ in range(2):  # and told again as long as it is not there
        with pytest.raises(DeviceMissing) as caught:
            next(trainer)
        words = {"cuda": "this machine has no CUDA device", "mps": "no Apple GPU"}
        assert words[device] in str(caught.value)
        assert str(caught.value).startswith(f"training.device = '{device}' is not valid: ")
        assert str(caught.value).endswith("; cpu is available")
    assert same(trainer.state(), before)


def test_a_device_that_cannot_be_used_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate much.")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "ones", full)
    with pytest.raises(DeviceMissing, match=r"cannot compute there \(CUDA out of memory\); cpu is"):
        expect_device("cuda")


def test_the_cpu_is_expected_without_torch() -> None:
    script = (
        "import sys; from vae_gui.core.torch_engine import expect_device; expect_device('cpu'); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
