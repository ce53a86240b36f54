"""Which engine a configuration takes, and whole runs of all of them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import msgspec
import numpy as np
import pytest
from small_runs import SMALL, same, small

from vae_gui.core import kernel
from vae_gui.core.config import DataConfig, ModelConfig, RunConfig, TrainingConfig
from vae_gui.core.parameters import InvalidValue
from vae_gui.core.training import Trainer

ENGINES = ("compiled", "analytic", "torch")


def with_engine(config: RunConfig, engine: str) -> RunConfig:
    return msgspec.structs.replace(
        config, training=msgspec.structs.replace(config.training, engine=engine)
    )


def test_configuration_chooses_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def name(choice: str) -> str:
        return Trainer(with_engine(SMALL, choice)).warm_up().name

    assert name("torch") == "torch, CPU, float32"
    assert name("analytic") == "NumPy, analytic gradients, float32"
    assert name("compiled").startswith("C, analytic gradients, ")
    assert name("automatic") == name("compiled")
    monkeypatch.setattr(kernel, "load", lambda: None)  # as where there was no compiler
    assert name("automatic") == name("analytic")
    with pytest.raises(InvalidValue, match=r"compiled' is not valid: the C kernel .* install"):
        name("compiled")


def test_engine_of_a_run_stays() -> None:
    trainer = Trainer(SMALL)
    trainer.configure(with_engine(SMALL, "torch").training)
    assert trainer.config == SMALL


@pytest.mark.parametrize("change", [{}, {"beta": 0.2, "noise_samples": 3}])
def test_runs_of_all_engines_are_one_run(change: dict[str, Any]) -> None:
    config = small(**change, learning_rate=1e-3)
    runs = [list(Trainer(with_engine(config, name))) for name in ENGINES]
    for steps in zip(*runs, strict=True):
        assert len({(step.index, step.epoch) for step in steps}) == 1
        for one in steps[:-1]:
            np.testing.assert_allclose(one.losses, steps[-1].losses, rtol=1e-5, atol=1e-6)


def test_either_engine_continues_what_the_other_began() -> None:
    config = small(learning_rate=1e-3)
    first, second = (Trainer(with_engine(config, name)) for name in ("compiled", "torch"))
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
