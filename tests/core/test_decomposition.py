"""Where the nats go: closed forms along the valley, and sums that close on trained models."""

from __future__ import annotations

import math

import numpy as np
import pytest
from linear_models import Linear, kl_gaussians, some_linear, valley, with_moments
from scipy.stats import norm, qmc
from trained_models import DATA, trained

from vae_gui.core.decomposition import collapsed_optimum, decompose, gaps
from vae_gui.core.density import resolved
from vae_gui.core.discrepancy import compare
from vae_gui.core.distributions import Gaussian, Moons, Ring, StudentT
from vae_gui.core.network import layout, loss
from vae_gui.core.posteriors import bound, encoded

FLOOR = 2.694036030183455  # log(2 pi e) + log(0.75) / 2
COVARIANCE = np.array([[1, 0.5], [0.5, 1]])


@pytest.mark.parametrize("w1", [0.55, 0.6, 0.7, math.sqrt(0.5), 0.8, 0.9, 0.97])
def test_the_valley_reaches_the_floor_everywhere_with_different_parts(w1):
    model = valley(w1)
    np.testing.assert_allclose(model.covariance, COVARIANCE, atol=1e-12)
    x = with_moments(np.array([1.0, 0.5]), COVARIANCE)  # loss and log p are quadratic in x
    parts = gaps(model.plan, model.flat, x)
    found = decompose(Gaussian(), x, parts)
    assert found.loss == pytest.approx(FLOOR, abs=1e-6)
    assert found.floor == pytest.approx(FLOOR, abs=1e-12)
    assert found.entropy == pytest.approx(FLOOR, abs=1e-12)
    for part in (found.divergence, found.approximation, found.amortisation):
        assert part == pytest.approx(0, abs=2e-6)
    psi = 1 - np.array([w1, 0.5 / w1]) ** 2
    rate = 0.5 * math.log(1 + w1**2 / psi[0] + (0.5 / w1) ** 2 / psi[1])
    assert found.rate == pytest.approx(rate, abs=1e-6)
    assert rate > 0.549306 - 1e-6
    assert found.distortion == pytest.approx(FLOOR - rate, abs=1e-6)


def test_the_lowest_rate_of_the_valley():
    x = with_moments(np.array([1.0, 0.5]), COVARIANCE)
    model = valley(math.sqrt(0.5))
    rate = bound(model.plan, model.flat, x, encoded(model.plan, model.flat, x)).rate.mean()
    assert rate == pytest.approx(0.549306144, abs=1e-6)
    assert rate == pytest.approx(0.5 * math.log(3), abs=1e-9)


def test_the_collapsed_optimum():
    assert collapsed_optimum(Gaussian()) == pytest.approx(2.837877, abs=1e-6)
    assert collapsed_optimum(Gaussian()) - FLOOR == pytest.approx(0.143841, abs=1e-6)
    # the model itself: W = 0, the data's mean and variances, q = prior
    model = Linear(
        *(np.zeros((2, 1)), np.array([1.0, 0.5]), np.ones(2)),
        *(np.zeros((1, 2)), np.zeros(1), np.ones(1)),
    )
    x = with_moments(np.array([1.0, 0.5]), COVARIANCE)
    found = decompose(Gaussian(), x, gaps(model.plan, model.flat, x))
    assert found.loss == pytest.approx(2.837877, abs=1e-6)
    assert found.divergence == pytest.approx(0.143841, abs=1e-6)
    assert found.rate == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    "data", [Gaussian(std_x1=0.3, std_x2=2.0, correlation=0.9), Ring(), Moons(noise=0.3)]
)
def test_the_collapsed_optimum_is_that_of_many_points(data):
    x = data.sample(200_000, np.random.default_rng(0))
    by_hand = 0.5 * np.log(2 * np.pi * np.e * x.var(axis=0)).sum()
    assert collapsed_optimum(data) == pytest.approx(by_hand, abs=0.01)


def test_data_without_a_variance_have_no_collapsed_optimum():
    assert collapsed_optimum(StudentT(degrees=2)) == math.inf
    assert collapsed_optimum(StudentT(degrees=4)) == pytest.approx(
        0.5 * math.log((2 * math.pi * math.e) ** 2 * np.prod(np.diag(StudentT().scale_matrix)) * 4)
    )


@pytest.mark.parametrize("latent", [1, 2, 3])
def test_parts_of_a_linear_model_in_closed_form(latent):
    model, data = some_linear(latent), Gaussian(mean_x1=0.2, mean_x2=0.1, correlation=0.6)
    x = with_moments(data.mean, data.covariance)
    found = decompose(data, x, gaps(model.plan, model.flat, x))
    accuracy = 1e-6 if latent < 3 else 1e-2
    expected = kl_gaussians(data.mean, data.covariance, model.b, model.covariance)
    assert found.divergence == pytest.approx(expected, abs=accuracy)
    least = 0.5 * (np.log(np.diag(model.precision)).sum() - np.linalg.slogdet(model.precision)[1])
    assert found.approximation == pytest.approx(least, abs=accuracy + 2e-6)
    covariance = np.linalg.inv(model.precision)
    total = np.mean([
        kl_gaussians(mu, np.diag(model.s**2), m, covariance)
        for mu, m in zip(x @ model.a.T + model.c, model.posterior_mean(x), strict=True)
    ])  # fmt: skip
    assert found.amortisation == pytest.approx(total - least, abs=accuracy + 2e-6)


@pytest.mark.parametrize("latent", [1, 2, 3])
@pytest.mark.parametrize("data", DATA, ids=lambda d: d.family())
def test_the_parts_add_up_to_the_loss_of_trained_models(data, latent):
    config, truth, flat = trained(data, latent)
    plan, x = layout(config.model), truth.test
    even = norm.ppf(qmc.Sobol(latent, seed=0).random(2**11)).astype(np.float32)
    noise = np.concatenate([even, -even])[:, None].repeat(len(x), axis=1)  # [N, n, Z]
    measured = loss(plan, flat, x, noise, beta=1.0).total
    found = decompose(data, x, gaps(plan, flat, x, fitted=60))
    assert found.closing_error(measured) == pytest.approx(0, abs=1e-3)
    assert sum(found.parts) == pytest.approx(found.loss, abs=1e-9)
    assert found.floor == pytest.approx(-np.mean(data.log_prob(x)))
    assert found.approximation > 0
    assert found.amortisation > 0
    assert found.error < 0.01
    assert not found.doubt


@pytest.mark.parametrize("latent", [1, 2])
@pytest.mark.parametrize("data", DATA, ids=lambda d: d.family())
def test_entropy_divergence_and_gap_add_up_over_the_whole_distribution(data, latent):
    """Every term by another route: a grid of x, and plain sums over a grid of z."""
    config, _, flat = trained(data, latent)
    plan = layout(config.model)
    a, b, c, d = data.bounds
    x1, x2 = np.linspace(a, b, 91), np.linspace(c, d, 91)
    p = data.density(x1, x2)
    places = np.stack(np.meshgrid(x1, x2), axis=-1)[p > 1e-5 * p.max()]
    weights = p[p > 1e-5 * p.max()] / p.sum()
    keep = np.random.default_rng(0).random(len(places)) < 1200 / len(places)
    places, weights = places[keep], weights[keep]  # some of them, weighted with the truth
    weights /= weights.sum()
    at = resolved(plan, flat, places, tolerance=1e-5)
    rule, q = at.learned.nodes, encoded(plan, flat, places)
    expected = np.empty(len(places))
    for rows in np.array_split(np.arange(len(places)), 40):
        logs = np.concatenate([q[i : i + 1].log_prob(rule.z) for i in rows])
        mass = np.exp(logs) * rule.spacing**latent
        log_posterior = np.log(at.learned.posterior(places[rows]) + 1e-300)
        log_posterior -= latent * math.log(rule.spacing)
        expected[rows] = np.where(mass > 1e-14, mass * (logs - log_posterior), 0).sum(axis=1)
    found = bound(plan, flat, places, q).loss
    information = -data.log_prob(places)
    divergence = -at.learned.log_prob(places).log_p - information
    assert weights @ found == pytest.approx(
        weights @ (information + divergence + expected), abs=1e-3
    )


@pytest.mark.parametrize("data", DATA, ids=lambda d: d.family())
def test_the_divergence_of_points_is_that_of_the_densities_but_for_chance(data):
    config, _, flat = trained(data, 2)
    plan = layout(config.model)
    x = data.sample(4000, np.random.default_rng(9))
    at = resolved(plan, flat, x)
    each = data.log_prob(x) - at.learned.log_prob(x).log_p
    expected = compare(data, at).divergences.forward
    assert each.mean() == pytest.approx(expected, abs=4 * each.std() / math.sqrt(4000))


def test_the_noise_of_a_measured_loss_is_as_told():
    config, truth, flat = trained(Moons(), 2)
    plan, x = layout(config.model), truth.test
    rng = np.random.default_rng(0)
    found = decompose(Moons(), x, gaps(plan, flat, x, fitted=10), noise_samples=2)
    measured = [
        loss(plan, flat, x, rng.standard_normal((2, len(x), 2), np.float32), 1.0).total
        for _ in range(200)
    ]
    assert found.noise == pytest.approx(np.std(measured), rel=0.2)
    assert np.mean(measured) == pytest.approx(found.loss, abs=4 * found.noise / math.sqrt(200))


def test_a_decoder_too_narrow_is_told_and_not_decomposed_wrongly():
    sigma = 1e-4
    model = Linear(
        *(np.eye(2), np.zeros(2), np.full(2, sigma**2)),
        *(np.eye(2), np.zeros(2), np.full(2, sigma)),
    )
    x = Gaussian().sample(20, np.random.default_rng(0))
    found = decompose(Gaussian(), x, gaps(model.plan, model.flat, x))
    assert "narrow" in found.doubt
    assert found.error > 0.01
