"""The C kernel against NumPy and finite differences, and what happens where it is missing."""

from __future__ import annotations

import ctypes
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from engine_cases import DEEP, Case, autograd, cases, near
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW, MANY

from vae_gui.core import kernel, network
from vae_gui.core.compiled import CompiledEngine
from vae_gui.core.config import ModelConfig
from vae_gui.core.engine import NonFiniteLoss
from vae_gui.core.feed import Drawn
from vae_gui.core.state import AdamState

COMPILERS = ("cc", "gcc", "clang")
needs_kernel = pytest.mark.skipif(kernel.load() is None, reason=kernel.missing())


@pytest.mark.skipif(not any(map(shutil.which, COMPILERS)), reason="no C compiler")
def test_it_is_there_where_it_can_be_built() -> None:
    assert kernel.load() is not None, kernel.missing()


def in_numpy(case: Case, flat: np.ndarray, part: str, inputs: np.ndarray) -> np.ndarray:
    return network._mlp(case.plan, flat, part, inputs)


@needs_kernel
@MANY
@given(case=cases(widest=70, largest=300), part=st.sampled_from(("encoder", "decoder")))
def test_outputs_are_those_of_numpy(case: Case, part: str) -> None:
    width = 2 if part == "encoder" else case.model.latent
    inputs = np.random.default_rng(1).normal(0, 2, (width, case.b))
    for dtype, error in ((np.float32, 3e-6), (np.float64, 1e-13)):
        flat, x = case.weights(dtype), inputs.astype(dtype)
        found = kernel.load().of(case.model, dtype).forward(part, flat, x)
        near(found, in_numpy(case, flat, part, x), error)


@needs_kernel
@MANY
@given(case=cases(widest=70, largest=300), steps=st.integers(1, 3))
def test_generated_points_are_those_of_numpy(case: Case, steps: int) -> None:
    rng = np.random.default_rng(2)
    latents, noise = rng.normal(size=(case.b, case.model.latent)), rng.normal(size=(case.b, 2))
    for dtype, error in ((np.float32, 3e-6), (np.float64, 1e-13)):
        flat = case.weights(dtype) * np.linspace(0.5, 1.5, steps, dtype=dtype)[:, None]
        z, e = latents.astype(dtype), noise.astype(dtype)
        samples, means = kernel.load().of(case.model, dtype).generate(flat, z, e)
        for row, sample, mean in zip(flat, samples, means, strict=True):
            mu, log_var = np.split(in_numpy(case, row, "decoder", z.T), 2)
            near(mean, mu.T, error)
            near(sample, (mu + np.exp(log_var / 2) * e.T).T, 3 * error)


@needs_kernel
@pytest.mark.parametrize("level", kernel.LEVELS)
def test_processors_of_every_kind_compute_the_same(level: int) -> None:
    """As far as this one can tell: levels above its own fall back to its own."""
    case = Case(DEEP, 150, 2, 0.3)
    ((x, noise),) = case.batches(1)
    library = kernel.Kernel(ctypes.CDLL(str(kernel.LIBRARY)), level)
    assert level != 1 or library.level == ""
    found, sums = np.zeros(case.plan.size, np.float32), np.zeros(2)
    library.of(DEEP, np.float32).part(case.weights(), x, noise, len(x), 0.3, found, sums)
    near(found, autograd(case, *(a.astype(float) for a in (case.weights(), x, noise))), 3e-6)


@needs_kernel
@FEW
@given(case=cases(widest=70, largest=300))
def test_many_weights_give_what_each_gives_alone(case: Case) -> None:
    rng = np.random.default_rng(2)
    flat = rng.normal(0, 0.5, (2, 3, case.plan.size)).astype(np.float32)
    z = rng.normal(size=(case.b, case.model.latent)).astype(np.float32)
    mu, log_var = network.decode(case.plan, flat, z)
    assert mu.shape == log_var.shape == (2, 3, case.b, 2)
    for i in np.ndindex(2, 3):
        alone = network.decode(case.plan, flat[i], z)
        assert mu[i].tobytes() == alone[0].tobytes()
        assert log_var[i].tobytes() == alone[1].tobytes()


@needs_kernel
@MANY
@given(case=cases(widest=70, largest=300))
def test_loss_is_that_of_numpy(case: Case) -> None:
    for dtype, error in ((np.float32, 2e-6), (np.float64, 1e-13)):
        flat = case.weights(dtype)
        ((x, noise),) = case.batches(1, dtype)
        found = network.loss(case.plan, flat, x, noise, case.beta)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kernel, "load", lambda: None)
            expected = network.loss(case.plan, flat, x, noise, case.beta)
        np.testing.assert_allclose(found, expected, rtol=error, atol=error)


def gradient(case: Case, weights: np.ndarray, x: np.ndarray, noise: np.ndarray) -> np.ndarray:
    found = np.zeros_like(weights)
    model = kernel.load().of(case.model, weights.dtype)
    model.part(weights, x, noise, len(x), case.beta, found, np.zeros(2))
    return found


@needs_kernel
@FEW
@given(case=cases(widest=6, largest=8))
def test_gradient_is_a_finite_difference(case: Case) -> None:
    """Of the loss that NumPy computes in float64."""
    weights = case.weights(np.float64)
    ((x, noise),) = case.batches(1, np.float64)
    h, differences = 1e-6, np.empty_like(weights)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "load", lambda: None)
        for i in range(len(weights)):
            ends = []
            for value in (weights[i] + h, weights[i] - h):
                moved = weights.copy()
                moved[i] = value
                ends.append(network.loss(case.plan, moved, x, noise, case.beta).total)
            differences[i] = (ends[0] - ends[1]) / (2 * h)
    near(gradient(case, weights, x, noise), differences, 1e-6)


@needs_kernel
@MANY
@given(case=cases(widest=70, largest=200))
def test_gradient_in_float64_is_that_of_torch(case: Case) -> None:
    weights = case.weights(np.float64)
    ((x, noise),) = case.batches(1, np.float64)
    near(gradient(case, weights, x, noise), autograd(case, weights, x, noise), 1e-12)


@needs_kernel
@pytest.mark.parametrize("examples", [1, 16, 130])
def test_what_overflows_at_the_origin_alone_leaves_the_gradient_finite(examples: int) -> None:
    """Tiles are wider than the batch, and nothing else may stand in them than its examples."""
    model = ModelConfig(latent=1, hidden_units=1, activation="identity")
    plan = network.layout(model)
    flat = np.zeros(plan.size, np.float32)
    views = plan.views(flat)
    views["encoder.shared.0.weight"][...] = [[1, 0]]
    views["encoder.param_layer.weight"][1] = -90  # log sigma^2 = 180 - 90 x1
    views["encoder.param_layer.bias"][1] = 180
    x, noise = np.full((examples, 2), 2, np.float32), np.ones((1, examples, 1), np.float32)
    found, sums = np.zeros_like(flat), np.zeros(2)
    kernel.load().of(model, np.float32).part(flat, x, noise, examples, 1.0, found, sums)
    assert np.isfinite(sums).all()
    assert np.isfinite(found).all()


# Several steps in one call


def drawn(case: Case, sizes: list[int], ends: list[bool], seed: int = 5) -> Drawn:
    rng = np.random.default_rng(seed)
    x = rng.normal(1, 1, (sum(sizes), 2)).astype(np.float32)
    noise = rng.standard_normal(case.n * sum(sizes) * case.model.latent, np.float32)
    return Drawn(x, noise, np.array(sizes), np.array(ends))


def one_by_one(case: Case, work: Drawn) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The batches and the noise of each step."""
    x, noise = work.x, work.noise
    for size in work.sizes.tolist():
        shape = (case.n, size, case.model.latent)
        yield x[:size], noise[: np.prod(shape)].reshape(shape)
        x, noise = x[size:], noise[np.prod(shape) :]


@needs_kernel
@MANY
@given(
    case=cases(),
    plan=st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=1, max_size=9),
    kept=st.booleans(),
)
def test_a_stride_is_its_single_steps(case: Case, plan: list[tuple[int, bool]], kept: bool) -> None:
    sizes, ends = map(list, zip(*plan, strict=True))
    work = drawn(case, sizes, ends)
    ((test, noise),) = case.batches(1)
    together, single = AdamState(case.weights()), AdamState(case.weights())
    trail = np.zeros((len(plan), case.plan.size), np.float32) if kept else None
    stride = CompiledEngine(case.plan, together, 1e-2, case.beta).stride
    losses, tests = stride(work, test, noise, trail)
    assert list(tests) == [i for i, end in enumerate(ends) if end]
    engine = CompiledEngine(case.plan, single, 1e-2, case.beta)
    for i, batch in enumerate(one_by_one(case, work)):
        assert engine.step(*batch) == losses[i]
        if i in tests:
            expected = network.loss(case.plan, single.parameters, test, noise, case.beta)
            assert tests[i] == expected
        if trail is not None:
            assert trail[i].tobytes() == single.parameters.tobytes()
    assert together.values.tobytes() == single.values.tobytes()
    assert together.counts == single.counts


@needs_kernel
@pytest.mark.parametrize("of", ["training", "test"])
def test_a_stride_ends_before_the_first_step_that_fails(of: str) -> None:
    case = Case(DEEP, 8, 2, 1.0)
    work = drawn(case, [8] * 5, [i == 3 for i in range(5)])
    ((test, noise),) = case.batches(1)
    if of == "training":
        work.x[24:32] = np.inf
    else:
        test = np.full_like(test, np.nan)
    three = Drawn(work.x[:24], work.noise[: 24 * 2 * 3], work.sizes[:3], work.ends[:3])
    expected, found = AdamState(case.weights()), AdamState(case.weights())
    CompiledEngine(case.plan, expected, 1e-2, 1.0).stride(three, test, noise)
    engine = CompiledEngine(case.plan, found, 1e-2, 1.0)
    losses, tests = engine.stride(work, test, noise)
    assert len(losses) == 3
    assert not tests
    assert found.values[0].tobytes() == expected.values[0].tobytes()
    assert found.counts[0] == expected.counts[0] == 3
    rest = Drawn(work.x[24:], work.noise[24 * 2 * 3 :], work.sizes[3:], work.ends[3:])
    with pytest.raises(NonFiniteLoss, match=f"The {of} loss is not finite"):
        engine.stride(rest, test, noise)
    assert found.values[0].tobytes() == expected.values[0].tobytes()


# exp and tanh, seen through networks of one unit whose weights are all 1 or 0


def through_one_unit(activation: str, a: np.ndarray) -> np.ndarray:
    """f(a), computed by the kernel in float32."""
    model = ModelConfig(latent=1, hidden_units=1, activation=activation)
    plan = network.layout(model)
    flat = np.zeros(plan.size, np.float32)
    views = plan.views(flat)
    views["decoder.shared.0.weight"][...] = 1
    views["decoder.param_layer.weight"][0] = 1
    return kernel.load().of(model, np.float32).forward("decoder", flat, a[None])[0]


@needs_kernel
def test_tanh_is_right_everywhere() -> None:
    a = np.concatenate([np.linspace(-12, 12, 100_001), [-np.inf, -1e30, 0, 1e-6, 1e30, np.inf]])
    a = a.astype(np.float32)
    found = through_one_unit("tanh", a)
    near_0 = np.abs(a) < 0.1
    np.testing.assert_allclose(found[near_0], np.tanh(a[near_0].astype(float)), rtol=5e-7)
    np.testing.assert_allclose(found, np.tanh(a.astype(np.float64)), rtol=0, atol=4e-7)
    assert np.abs(found).max() <= 1


@needs_kernel
@pytest.mark.parametrize("activation", kernel.ACTIVATIONS)
def test_what_is_no_number_stays_none(activation: str) -> None:
    assert np.isnan(through_one_unit(activation, np.array([np.nan, 1], np.float32)))[0]


@needs_kernel
def test_exp_is_right_where_float32_is_and_infinite_beyond() -> None:
    """Sigma = e^(l / 2), read off the KL term mu^2 + sigma^2 - 1 - l with mu = 0."""
    model = ModelConfig(latent=1, hidden_units=1, activation="identity")
    plan = network.layout(model)
    flat = np.zeros(plan.size, np.float32)
    views = plan.views(flat)
    views["encoder.shared.0.weight"][...] = [[1, 0]]
    views["encoder.param_layer.weight"][1] = 1
    run = kernel.load().of(model, np.float32)
    for log_var in (*np.linspace(-100, 88, 77), 89.5, 200.0):
        x = np.array([[log_var, 0]], np.float32)
        sums = np.zeros(2)
        run.part(flat, x, np.zeros((1, 1, 1), np.float32), 1, 1.0, None, sums)
        with np.errstate(over="ignore"):
            variance = np.float64(np.exp(x[0, 0]))
        expected = variance - 1 - np.float64(x[0, 0])
        np.testing.assert_allclose(sums[1], expected, rtol=1e-6, atol=1e-5)


# Many callers, and none


@needs_kernel
def test_threads_do_not_disturb_each_other() -> None:
    case = Case(DEEP, 200, 1, 1.0)
    z = np.random.default_rng(3).normal(size=(3, 200)).astype(np.float32)
    weights = [np.roll(case.weights(), i) for i in range(4)]
    run = kernel.load().of(DEEP, np.float32)
    expected = [run.forward("decoder", flat, z).tobytes() for flat in weights]
    wrong: list[int] = []

    def work(i: int) -> None:
        for _ in range(300):
            if run.forward("decoder", weights[i], z).tobytes() != expected[i]:
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@needs_kernel
def test_inputs_may_lie_in_memory_in_any_way() -> None:
    """Every other column, upside down: as NumPy sees it."""
    case = Case(DEEP, 1, 1, 1.0)
    wide = np.random.default_rng(4).normal(size=(6, 90)).astype(np.float32)
    for z in (wide[:3, ::2], wide[::-2], np.asfortranarray(wide[:3])):
        expected = network._mlp(case.plan, case.weights(), "decoder", z)
        mu, log_var = network.decode(case.plan, case.weights(), z.T)
        near(np.concatenate([mu.T, log_var.T]), expected, 3e-6)


def test_a_library_of_other_sources_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kernel.load() is None:
        pytest.skip(kernel.missing())
    for path in kernel.FOLDER.glob("*.[ch]"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(kernel, "FOLDER", tmp_path)
    assert kernel.load.__wrapped__() is not None
    with (tmp_path / "vae.c").open("a") as file:
        file.write("/* changed */\n")
    assert kernel.load.__wrapped__() is None
    assert "out of date" in kernel.missing()


def test_what_is_no_library_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "LIBRARY", tmp_path / "vae.kernel")
    assert kernel.load.__wrapped__() is None
    assert "not built" in kernel.missing()
    (tmp_path / "vae.kernel").write_bytes(b"not a library")
    assert kernel.load.__wrapped__() is None
