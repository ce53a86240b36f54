"""Every metric of a model against a closed form or another way to the same number."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from linear_models import Linear, kl_gaussians, some_linear
from trained_models import trained

from vae_gui.core.analysis import TESTED, Analysis
from vae_gui.core.config import DataConfig, RunConfig
from vae_gui.core.diagnostics import METRICS, Evidence, Measurement, Metric, measure, measure_all
from vae_gui.core.discrepancy import POINTS, mmd, sliced_wasserstein
from vae_gui.core.distributions import Gaussian, Moons, Ring
from vae_gui.core.interrupting import Interrupted
from vae_gui.core.network import Losses, loss
from vae_gui.core.recording import Recording, TestPoint
from vae_gui.core.views import Truth, view_truth

DATA = Gaussian(mean_x1=0.2, mean_x2=0.1, correlation=0.6)
BY_KEY = {m.key: m for m in METRICS}
TAGS = re.compile(r"</?(?:sub|sup|i|b)>")


def truth_of(data, n=400, train=1000) -> Truth:
    rng = np.random.default_rng(0)
    sets = (data.sample(k, rng).astype(np.float32) for k in (train, n))
    return view_truth(data, *sets, grid=40)


def evidence_of(model: Linear, data=DATA, n=400, noise=None) -> Evidence:
    truth = truth_of(data, n)
    config = RunConfig(data=DataConfig(distribution=data), model=model.plan.model)
    if noise is None:
        noise = np.random.default_rng(1).standard_normal((1, n, model.w.shape[1]))
    losses = loss(model.plan, model.flat, truth.test.astype(float), noise, beta=1.0)
    analysis = Analysis(config, truth, model.flat)
    return Evidence(config, truth, Recording(model.plan.size), TestPoint(1, 9, losses), analysis)


@pytest.fixture(scope="module")
def linear():
    """A linear model, what is known of it, and everything that is measured of it."""
    model = some_linear(2)
    evidence = evidence_of(model)
    return model, evidence, measure_all(evidence)


def test_every_metric_is_measured_and_nothing_else(linear):
    _, evidence, found = linear
    assert list(found) == list(BY_KEY)
    for key, measured in found.items():
        if key not in ("steps", "tested_at"):
            assert math.isfinite(measured.value), key
        assert measured.error >= 0
        assert measured.reliable, key
    assert measure(evidence) == {k: found[k].value for k in BY_KEY if BY_KEY[k].cost == "frame"}


def test_formulas_are_rich_text_that_closes_its_tags():
    for metric in METRICS:
        opened = re.findall(r"<(sub|sup|i|b)>", metric.formula)
        assert len(opened) == len(re.findall(r"</(?:sub|sup|i|b)>", metric.formula)), metric.key
        plain = TAGS.sub("", metric.formula)
        assert not re.search("</?[a-z]", plain), metric.key
        assert metric.formula or metric.cost == "frame", metric.key
        assert metric.help.endswith(".")
        assert ". " not in metric.help


def test_without_the_model_only_what_is_recorded_is_told(linear):
    _, evidence, _ = linear
    without = Evidence(evidence.config, evidence.truth, evidence.recording, evidence.tested)
    for key, measured in measure_all(without).items():
        assert math.isnan(measured.value) == (BY_KEY[key].cost != "frame"), key


def test_likelihood_and_divergence_on_the_test_set(linear):
    model, evidence, found = linear
    x = evidence.truth.test.astype(float)
    exact = model.log_prob(x)
    assert found["log_likelihood"].value == pytest.approx(exact.mean(), abs=1e-7)
    true = DATA.log_prob(x).mean()
    assert found["divergence_on_test"].value == pytest.approx(true - exact.mean(), abs=1e-7)


def test_gaps_and_the_closing_error(linear):
    model, evidence, found = linear
    x = evidence.truth.test.astype(float)
    log_det = np.linalg.slogdet(model.precision)[1]
    least = 0.5 * (np.log(np.diag(model.precision)).sum() - log_det)
    assert found["approximation_gap"].value == pytest.approx(least, abs=1e-5)
    covariance = np.linalg.inv(model.precision)
    gaps = [
        kl_gaussians(mu, np.diag(model.s**2), m, covariance)
        for mu, m in zip(x @ model.a.T + model.c, model.posterior_mean(x), strict=True)
    ]
    assert found["amortisation_gap"].value == pytest.approx(np.mean(gaps) - least, abs=1e-5)
    parts = -model.log_prob(x).mean() + np.mean(gaps)
    tested = evidence.tested.losses.reconstruction + evidence.tested.losses.kl
    assert found["closing_error"].value == pytest.approx(tested - parts, abs=1e-5)
    low, high = found["closing_error"].band
    assert low < found["closing_error"].value < high
    # measured with very many draws of z, hardly anything is left
    noise = np.random.default_rng(0).standard_normal((2000, len(x), 2))
    precise = BY_KEY["closing_error"].measure(evidence_of(model, noise=noise))
    assert precise.value == pytest.approx(0, abs=2e-3)


def test_divergences(linear):
    model, _, found = linear
    ends = (DATA.mean, DATA.covariance), (model.b, model.covariance)
    assert found["kl_forward"].value == pytest.approx(kl_gaussians(*ends[0], *ends[1]), abs=1e-6)
    assert found["kl_reverse"].value == pytest.approx(kl_gaussians(*ends[1], *ends[0]), abs=1e-6)
    x1 = np.linspace(-6, 6, 500)
    grid = np.stack(np.meshgrid(x1, x1), axis=-1).reshape(-1, 2)
    p, q = np.exp(DATA.log_prob(grid)), np.exp(model.log_prob(grid))
    cell = (x1[1] - x1[0]) ** 2
    assert found["total_variation"].value == pytest.approx(
        1 - np.minimum(p, q).sum() * cell, abs=1e-3
    )
    m = 0.5 * (p + q)
    js = 0.5 * np.sum(p * np.log(p / m) + q * np.log(q / m)) * cell
    assert found["jensen_shannon"].value == pytest.approx(js, abs=1e-5)


def test_the_ladder(linear):
    model, evidence, found = linear
    x = evidence.truth.test.astype(float)
    noise = np.random.default_rng(5).standard_normal((1000, len(x), 2))
    elbo = -loss(model.plan, model.flat, x, noise, beta=1.0).total
    assert found["elbo"].value == pytest.approx(elbo, abs=4 * found["elbo"].error + 2e-3)
    # importance weights in closed form, with other draws
    q = evidence.analysis.encoded
    e = np.random.default_rng(6).standard_normal((len(x), 5 * 200, 2))
    z = q.mu[:, None] + q.sigma[:, None] * e
    mean, covariance = model.posterior_mean(x), np.linalg.inv(model.precision)
    d = z - mean[:, None]
    logs = model.log_prob(x)[:, None] - 0.5 * np.einsum("nki,ij,nkj->nk", d, model.precision, d)
    logs += 0.5 * np.sum(e**2, axis=2) + np.log(q.sigma).sum(axis=1)[:, None]
    logs -= 0.5 * np.linalg.slogdet(covariance)[1]
    fives = np.log(np.exp(logs.reshape(len(x), 200, 5)).mean(axis=2))
    error = fives.std() / math.sqrt(fives.size)
    allowed = 4 * (error + found["iwae_5"].error)
    assert found["iwae_5"].value == pytest.approx(fives.mean(), abs=allowed)
    fifties = np.log(np.exp(logs.reshape(len(x), 20, 50)).mean(axis=2))
    assert found["iwae_50"].value == pytest.approx(fifties.mean(), abs=allowed)
    ladder = [found[k].value for k in ("elbo", "iwae_5", "iwae_50", "log_likelihood")]
    assert ladder == sorted(ladder)


def test_units_and_information(linear):
    model, evidence, found = linear
    x = evidence.truth.test.astype(float)
    mu = x @ model.a.T + model.c
    assert found["active_units"].value == (mu.var(axis=0) > 0.01).sum() == 2
    # q(z) is nearly the Gaussian that endlessly many points would give
    mean = model.a @ x.mean(axis=0) + model.c
    covariance = model.a @ np.cov(x.T) @ model.a.T + np.diag(model.s**2)
    marginal = kl_gaussians(mean, covariance, np.zeros(2), np.eye(2))
    assert found["marginal_kl"].value == pytest.approx(marginal, abs=0.01)
    rate = np.mean([kl_gaussians(m, np.diag(model.s**2), 0 * m, np.eye(2)) for m in mu])
    assert found["mutual_information"].value == pytest.approx(rate - marginal, abs=0.01)
    both = found["mutual_information"].value + found["marginal_kl"].value
    assert both == pytest.approx(rate, abs=1e-9)
    # of jointly Gaussian x and z: 1/2 log det of z's covariance over that of its noise
    told = 0.5 * (np.linalg.slogdet(covariance)[1] - 2 * np.log(model.s).sum())
    assert found["mutual_information"].value == pytest.approx(told, abs=0.01)


def test_distances_of_generated_points(linear):
    _, evidence, found = linear
    generated, known = evidence.analysis.generated, evidence.analysis.reference
    assert generated.shape == (POINTS, 2)
    expected = sliced_wasserstein(generated, known.points)
    assert found["sliced_wasserstein"].value == expected
    assert found["mmd"].value == mmd(generated[:500], known.points[:500], known.width)
    assert expected > found["sliced_wasserstein"].band[1]  # the model is not the truth


def test_generated_points_are_the_models(linear):
    model, evidence, _ = linear
    points = evidence.analysis.generated
    error = 4 / math.sqrt(POINTS)
    np.testing.assert_allclose(points.mean(axis=0), model.b, atol=error)
    np.testing.assert_allclose(np.cov(points.T), model.covariance, atol=2 * error)


def test_a_model_that_is_the_truth_is_in_every_band():
    psi = np.array([0.3, 0.3])
    w = np.linalg.cholesky(DATA.covariance - np.diag(psi))
    model = Linear(w, DATA.mean, psi, np.zeros((2, 2)), np.zeros(2), np.ones(2))
    found = measure_all(evidence_of(model))
    for key in ("sliced_wasserstein", "mmd"):
        low, high = found[key].band
        assert found[key].value < low + 1.6 * (high - low)  # the 5 % beyond included
    for key in ("kl_forward", "kl_reverse", "jensen_shannon", "divergence_on_test"):
        assert found[key].value == pytest.approx(0, abs=1e-6)
    # and its encoder says nothing at all
    assert found["posterior_collapse"].value == 1
    assert found["active_units"].value == 0
    assert found["mutual_information"].value == pytest.approx(0, abs=1e-6)


def test_alarms():
    quiet = some_linear(2)
    found = measure_all(
        evidence_of(quiet), [BY_KEY["posterior_collapse"], BY_KEY["variance_collapse"]]
    )
    assert [m.value for m in found.values()] == [0, 0]
    thin = Linear(quiet.w, quiet.b, np.array([0.5, 1e-6]), quiet.a, quiet.c, quiet.s)
    assert BY_KEY["variance_collapse"].measure(evidence_of(thin)).value == 1
    assert BY_KEY["posterior_collapse"].measure(evidence_of(thin)).value == 0


def test_what_quadrature_cannot_resolve_is_marked_in_every_metric_of_it():
    narrow = np.full(2, 1e-8)
    model = Linear(np.eye(2), np.zeros(2), narrow, np.eye(2), np.zeros(2), np.sqrt(narrow))
    found = measure_all(evidence_of(model, n=50))
    for key in ("log_likelihood", "divergence_on_test", "approximation_gap", "kl_forward"):
        assert not found[key].reliable, key
        assert found[key].doubt.endswith("."), key


def test_weights_that_are_no_numbers_give_no_numbers_and_no_error():
    evidence = evidence_of(some_linear(2), n=50)
    evidence.analysis.parameters[:] = np.nan
    for key, measured in measure_all(evidence).items():
        if BY_KEY[key].cost != "frame" and key not in ("active_units", "mmd"):
            doubtful = not measured.reliable or not math.isfinite(measured.value)
            assert doubtful or key.endswith("collapse"), key


def test_more_test_points_than_are_looked_at():
    truth = truth_of(Gaussian(), n=TESTED + 1, train=50)
    model = some_linear(1)
    config = RunConfig(model=model.plan.model)
    analysis = Analysis(config, truth, model.flat)
    assert len(analysis.x) == TESTED
    test = TestPoint(0, 0, Losses(3.0, 2.0, 1.0))
    found = BY_KEY["closing_error"].measure(
        Evidence(config, truth, Recording(model.plan.size), test, analysis)
    )
    assert math.isnan(found.value)
    assert "10,000" in found.doubt


def test_asked_to_stop():
    config, truth, flat = trained(Ring(), 2)
    analysis = Analysis(config, truth, flat, wants_stop=lambda: True)
    for ask in ("resolved", "bound", "comparison", "gaps"):
        with pytest.raises(Interrupted):
            getattr(analysis, ask)


def test_an_analysis_changes_nothing_and_computes_once():
    config, truth, flat = trained(Moons(), 2)
    before = flat.copy()
    analysis = Analysis(config, truth, flat)
    assert analysis.decomposition is analysis.decomposition
    np.testing.assert_array_equal(flat, before)
    lens = analysis.lens(truth.test[0])
    assert lens.kl >= lens.kl_best - 1e-6 > -1e-3
    assert lens.log_p == pytest.approx(analysis.density.log_p[0], abs=1e-9)


def test_a_function_may_give_a_mere_number():
    metric = Metric("answer", "Answer", "", "It is.", lambda e: 42)
    _, truth, _ = trained(Ring(), 2)
    evidence = Evidence(RunConfig(), truth, Recording(10))
    assert metric.measure(evidence) == Measurement(42)
