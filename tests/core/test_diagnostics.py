"""Every metric says what its words say, against closed forms and independent sums."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from vae_gui.core.config import DataConfig, RunConfig, TrainingConfig
from vae_gui.core.data import make_dataset
from vae_gui.core.diagnostics import METRICS, Evidence, measure
from vae_gui.core.distributions import DISTRIBUTIONS, Distribution, Gaussian
from vae_gui.core.network import Losses, layout
from vae_gui.core.recording import Recording, TestPoint
from vae_gui.core.views import view_truth

ENTROPY = 2.694036030183455  # log(2 pi e) + log(0.75) / 2


def evidence(config: RunConfig, *tests: TestPoint) -> Evidence:
    data = make_dataset(config.data)
    recording = Recording(layout(config.model).size)
    recording.tests.extend(tests)
    recording.add_losses(np.ones((tests[-1].step if tests else 0, 3)))
    truth = view_truth(config.data.distribution, data.train, data.test, grid=20)
    return Evidence(config, truth, recording)


def test_metrics_are_named_and_explained() -> None:
    assert len({m.key for m in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert re.fullmatch("[a-z][a-z0-9_]+", metric.key)
        assert metric.label
        assert metric.help.endswith(".")


def test_values_of_a_run() -> None:
    tests = TestPoint(0, 0, Losses(9, 8, 1)), TestPoint(3, 24, Losses(3.0, 2.2, 0.8))
    found = measure(evidence(RunConfig(), *tests))
    assert list(found) == [m.key for m in METRICS if m.cost == "frame"]
    assert found["test_loss"] == 3.0
    assert found["reconstruction"] == 2.2
    assert found["kl"] == 0.8
    assert found["entropy_floor"] == pytest.approx(ENTROPY, abs=1e-12)
    assert found["nats_above_floor"] == pytest.approx(3.0 - ENTROPY, abs=1e-12)
    own = -Gaussian().log_prob(make_dataset(DataConfig()).test).mean()
    assert found["nats_above_test_floor"] == pytest.approx(3.0 - own, abs=1e-12)
    assert (found["steps"], found["epochs"], found["tested_at"]) == (24, 3, 24)
    # two inputs, 64 hidden units, two latents: 2 x (2 -> 64 -> 4)
    assert found["parameters"] == 2 * (2 * 64 + 64 + 64 * 4 + 4)


def test_the_floor_is_that_of_beta_1_whatever_was_trained() -> None:
    config = RunConfig(training=TrainingConfig(beta=4.0))
    losses = Losses(2.2 + 4 * 0.8, 2.2, 0.8)
    found = measure(evidence(config, TestPoint(1, 8, losses)))
    assert found["nats_above_floor"] == pytest.approx(3.0 - ENTROPY)


def test_nothing_measured_is_not_a_number_and_no_error() -> None:
    found = measure(evidence(RunConfig()))
    assert math.isnan(found["test_loss"])
    assert math.isnan(found["nats_above_floor"])
    assert found["steps"] == found["epochs"] == 0


def test_floor_of_a_gaussian_test_set_by_hand() -> None:
    given = evidence(RunConfig())
    covariance = np.array([[1, 0.5], [0.5, 1]])
    d = given.truth.test.astype(float) - [1, 0.5]
    squares = np.einsum("ni,ij,nj->n", d, np.linalg.inv(covariance), d)
    by_hand = np.mean(squares) / 2 + math.log(2 * math.pi) + math.log(0.75) / 2
    assert measure(given)["test_floor"] == pytest.approx(by_hand, abs=1e-12)


@pytest.mark.parametrize("family", [d for d in DISTRIBUTIONS if d().exact])
def test_floor_of_a_test_set_scatters_around_the_entropy(family: type[Distribution]) -> None:
    given = evidence(RunConfig(data=DataConfig(distribution=family())))
    scatter = np.std(given.truth.distribution.log_prob(given.truth.test))
    found = measure(given)
    error = scatter / math.sqrt(len(given.truth.test))
    assert abs(found["test_floor"] - found["entropy_floor"]) < 5 * error + 1e-12
