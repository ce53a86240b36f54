"""Posteriors, bounds and the aggregate posterior against closed forms and brute force."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from linear_models import kl_gaussians, log_gaussian, some_linear
from scipy.stats import norm, qmc
from trained_models import DATA, trained

from vae_gui.core.density import resolved
from vae_gui.core.distributions import Gaussian, Moons, Ring
from vae_gui.core.interrupting import Interrupted
from vae_gui.core.network import decode, layout, loss
from vae_gui.core.posteriors import (
    RUNGS,
    Gaussians,
    aggregate,
    best_gaussians,
    bound,
    bound_error,
    ellipses,
    encoded,
    ladder,
    look,
    posterior_on_grid,
    surgery,
    warped_grid,
)

LATENTS = pytest.mark.parametrize("latent", [1, 2, 3, 5])


def far_from_exact(model, x):
    """The encoder's Gaussians and KL(q || posterior) in closed form, (n,)."""
    q = Gaussians(x @ model.a.T + model.c, np.tile(model.s, (len(x), 1)))
    mean, covariance = model.posterior_mean(x), np.linalg.inv(model.precision)
    kls = [
        kl_gaussians(mu, np.diag(s**2), m, covariance)
        for mu, s, m in zip(q.mu, q.sigma, mean, strict=True)
    ]
    return q, np.array(kls)


@LATENTS
def test_the_encoder_of_a_linear_model(latent):
    model = some_linear(latent)
    x = model.sample(50)
    found, (expected, _) = encoded(model.plan, model.flat, x), far_from_exact(model, x)
    np.testing.assert_allclose(found.mu, expected.mu, atol=1e-12)
    np.testing.assert_allclose(found.sigma, expected.sigma, atol=1e-12)


@LATENTS
def test_bounds_and_gaps_of_a_linear_model_in_closed_form(latent):
    model = some_linear(latent)
    x = model.sample(50)
    q, gap = far_from_exact(model, x)
    found = bound(model.plan, model.flat, x, q)
    # log p - KL(q || posterior) is the bound, by definition
    np.testing.assert_allclose(found.loss + model.log_prob(x), gap, atol=1e-6)
    pairs = zip(q.mu, q.sigma, strict=True)
    rate = [kl_gaussians(m, np.diag(s**2), 0 * m, np.eye(latent)) for m, s in pairs]
    np.testing.assert_allclose(found.rate, rate, atol=1e-9)
    np.testing.assert_allclose(found.rate, q.kl_to_prior().sum(axis=1), atol=1e-12)
    # Var of a quadratic: log p(x|z) is one, with gradient g and Hessian -W^T W / psi
    scaled = model.w / model.psi[:, None]
    hessian = model.w.T @ scaled * np.outer(model.s, model.s)
    gradient = ((x - model.b - q.mu @ model.w.T) @ scaled) * model.s
    variance = (gradient**2).sum(axis=1) + 0.5 * np.sum(hessian**2)
    np.testing.assert_allclose(found.variance, variance, rtol=1e-3 if latent < 4 else 0.1)


def test_float32_is_nearly_as_exact():
    config, truth, flat = trained(Moons(), 2)
    plan = layout(config.model)
    q = encoded(plan, flat, truth.test)
    single, double = (bound(plan, f, truth.test, q).loss for f in (flat, flat.astype(float)))
    np.testing.assert_allclose(single, double, atol=2e-5)


@pytest.mark.parametrize("latent", [1, 2, 3, 4])
@pytest.mark.parametrize("data", [Ring(), Moons()], ids=lambda d: d.family())
def test_bounds_agree_with_the_loss_that_training_uses(data, latent):
    config, truth, flat = trained(data, latent)
    plan, x = layout(config.model), truth.test[:200]
    even = norm.ppf(qmc.Sobol(latent, seed=0).random(2**12)).astype(np.float32)
    noise = np.concatenate([even, -even])[:, None].repeat(len(x), axis=1)  # [N, n, Z]
    measured = loss(plan, flat, x, noise, beta=1.0)
    q = encoded(plan, flat, x)
    found = bound(plan, flat, x, q)
    assert found.distortion.mean() == pytest.approx(measured.reconstruction, abs=2e-3)
    assert found.rate.mean() == pytest.approx(measured.kl, abs=1e-4)
    assert bound_error(plan, flat, x, q) < 0.02


@LATENTS
def test_the_best_gaussian_of_a_linear_model_in_closed_form(latent):
    """KL(q || N(m, P^-1)) is least at mu = m, sigma_j^2 = 1 / P_jj (Bishop 2006, 10.1.2)."""
    model = some_linear(latent)
    x = model.sample(40)
    at = resolved(model.plan, model.flat, x)
    q, gap = far_from_exact(model, x)
    found = best_gaussians(model.plan, model.flat, x, at.learned, q)
    np.testing.assert_allclose(found.mu, model.posterior_mean(x), atol=5e-3)
    expected = np.tile(np.diag(model.precision) ** -0.5, (40, 1))
    np.testing.assert_allclose(found.sigma, expected, atol=5e-3)
    least = 0.5 * (np.log(np.diag(model.precision)).sum() - np.linalg.slogdet(model.precision)[1])
    left = bound(model.plan, model.flat, x, found).loss + model.log_prob(x)
    np.testing.assert_allclose(left, least, atol=1e-6 if latent < 4 else 2e-5)
    assert (gap > least).all()


@pytest.mark.parametrize("latent", [1, 2, 3])
@pytest.mark.parametrize("data", DATA, ids=lambda d: d.family())
def test_no_gaussian_nearby_is_better_than_the_best(data, latent):
    config, truth, flat = trained(data, latent)
    plan, x = layout(config.model), truth.test[:40]
    at, q = resolved(plan, flat, x), encoded(plan, flat, x)
    before = q.mu.copy(), q.sigma.copy()
    best = best_gaussians(plan, flat, x, at.learned, q)
    np.testing.assert_array_equal(q.mu, before[0])
    np.testing.assert_array_equal(q.sigma, before[1])
    least = bound(plan, flat, x, best).loss
    assert (least <= bound(plan, flat, x, q).loss + 1e-3).all()
    assert (least + at.learned.log_prob(x).log_p > -5e-3).all()  # never below the posterior
    rng = np.random.default_rng(0)
    for _ in range(10):
        mu = best.mu + 0.1 * best.sigma * rng.standard_normal(best.mu.shape)
        other = Gaussians(mu, best.sigma * np.exp(0.1 * rng.standard_normal(best.mu.shape)))
        # half the sampled points would do by chance if it were no minimum
        assert (bound(plan, flat, x, other).loss > least - 1e-3).mean() > 0.97


def test_the_gap_by_summing_over_the_nodes_of_z():
    """KL(q || posterior) as a plain sum over a grid of z: another route to the same number."""
    config, truth, flat = trained(Moons(), 2)
    plan, x = layout(config.model), truth.test[:30]
    at = resolved(plan, flat, x, tolerance=1e-7)
    rule, q = at.learned.nodes, encoded(plan, flat, x)
    logs = q.log_prob(rule.z)  # (n, K)
    mass = np.exp(logs) * rule.spacing**2
    np.testing.assert_allclose(mass.sum(axis=1), 1, atol=1e-5)
    log_posterior = np.log(at.learned.posterior(x) + 1e-300) - 2 * np.log(rule.spacing)
    terms = np.where(mass > 1e-14, mass * (logs - log_posterior), 0)
    expected = terms.sum(axis=1)
    found = bound(plan, flat, x, q).loss + at.learned.log_prob(x).log_p
    np.testing.assert_allclose(found, expected, atol=2e-4)


# the ladder of bounds ---------------------------------------------------------------


@LATENTS
def test_with_the_exact_posterior_every_rung_is_log_p(latent):
    model = some_linear(latent)
    x = model.sample(30)
    if latent > 1:  # a diagonal Gaussian is exact only where W has orthogonal columns
        w = np.zeros((2, latent))
        w[0, 0], w[1, 1] = 0.9, -0.6
        model = type(model)(w, model.b, model.psi, model.a, model.c, model.s)
    deviations = np.tile(np.diag(model.precision) ** -0.5, (30, 1))
    q = Gaussians(model.posterior_mean(x), deviations)
    found = ladder(model.plan, model.flat, x, q, np.random.default_rng(0))
    np.testing.assert_allclose(found.bounds, model.log_prob(x).mean(), atol=1e-9)
    np.testing.assert_allclose(found.errors, 0, atol=1e-9)


@pytest.mark.parametrize("latent", [1, 2, 3])
@pytest.mark.parametrize("data", [Gaussian(), Ring(), Moons()], ids=lambda d: d.family())
def test_the_rungs_ascend_from_the_bound_to_log_p(data, latent):
    config, truth, flat = trained(data, latent)
    plan, x = layout(config.model), truth.test
    q = encoded(plan, flat, x)
    found = ladder(plan, flat, x, q, np.random.default_rng(0))
    assert RUNGS == (1, 5, 50)
    assert found.bounds[0] <= found.bounds[1] <= found.bounds[2]
    exact = bound(plan, flat, x, q).loss
    assert found.bounds[0] == pytest.approx(-exact.mean(), abs=5 * found.errors[0] + 1e-4)
    at = resolved(plan, flat, x)
    log_p = at.learned.log_prob(x).log_p.mean()
    assert found.bounds[2] <= log_p + 4 * found.errors[2] + at.error


def test_importance_weights_written_out():
    config, truth, flat = trained(Moons(), 2)
    plan, x = layout(config.model), truth.test[:3]
    flat, q = flat.astype(float), encoded(plan, flat, x)
    found = ladder(plan, flat, x, q, np.random.default_rng(7))
    e = np.random.default_rng(7).standard_normal((3, 50, 2))
    logs = np.empty((3, 50))
    for i in range(3):
        z = q.mu[i] + q.sigma[i] * e[i]
        mu, log_var = decode(plan, flat, z)
        logs[i] = norm.logpdf(x[i], mu, np.exp(log_var / 2)).sum(axis=1)
        logs[i] += norm.logpdf(z).sum(axis=1)
        logs[i] -= norm.logpdf(z, q.mu[i], q.sigma[i]).sum(axis=1)
    fives = np.log(np.exp(logs.reshape(3, 10, 5)).mean(axis=2))
    expected = logs.mean(), fives.mean(), np.log(np.exp(logs).mean(axis=1)).mean()
    np.testing.assert_allclose(found.bounds, expected, atol=1e-9)


# the aggregate posterior ------------------------------------------------------------


@LATENTS
def test_one_point_tells_nothing(latent):
    q = Gaussians(np.full((1, latent), 0.7), np.full((1, latent), 0.4))
    found = surgery(Gaussians(np.repeat(q.mu, 60, axis=0), np.repeat(q.sigma, 60, axis=0)))
    assert found.mutual_information == pytest.approx(0, abs=2e-3 if latent < 3 else 0.05)
    assert found.marginal_kl == pytest.approx(q.kl_to_prior().sum(), abs=0.05)
    assert found.active == (False,) * latent


@LATENTS
def test_far_apart_the_latent_tells_which_point_it_was(latent):
    mu = np.zeros((6, latent))
    mu[:, 0] = 2.0 * np.arange(6)
    found = surgery(Gaussians(mu, np.full((6, latent), 0.1)))
    assert found.mutual_information == pytest.approx(math.log(6), abs=4 * found.error + 1e-3)
    assert found.active == (True,) + (False,) * (latent - 1)
    assert found.rate == pytest.approx(found.rates.sum())


@pytest.mark.parametrize("latent", [1, 2, 3])
def test_posteriors_that_add_up_to_the_prior(latent):
    """Of mu ~ N(0, 1 - s^2) and s, z is N(0, I) and I(x; z) = -sum log s, the marginal KL 0."""
    s = np.full(latent, 0.6)
    even = norm.ppf(qmc.Sobol(latent, seed=0).random(2**11))
    q = Gaussians(even * np.sqrt(1 - s**2), np.tile(s, (len(even), 1)))
    found = surgery(q)
    assert found.marginal_kl == pytest.approx(0, abs=max(0.01, 4 * found.error))
    assert found.mutual_information == pytest.approx(-np.log(s).sum(), abs=0.02 * latent)


@pytest.mark.parametrize("latent", [1, 2, 3])
def test_marginal_kl_by_brute_force(latent):
    config, truth, flat = trained(Moons(), latent)
    q = encoded(layout(config.model), flat, truth.test)
    rng = np.random.default_rng(3)
    pick = rng.integers(len(q.mu), size=20_000)
    z = q.mu[pick] + q.sigma[pick] * rng.standard_normal((len(pick), latent))
    logs = np.concatenate([
        np.logaddexp.reduce(q.log_prob(part), axis=0) for part in np.array_split(z, 20)
    ]) - math.log(len(q.mu))  # fmt: skip
    ratios = logs - norm.logpdf(z).sum(axis=1)
    error = ratios.std() / math.sqrt(len(z))
    found = surgery(q)
    assert found.marginal_kl == pytest.approx(ratios.mean(), abs=4 * error + 4 * found.error)


@pytest.mark.parametrize("latent", [1, 2])
def test_posteriors_too_narrow_for_any_grid(latent):
    mu = np.linspace(-3, 3, 9)[:, None].repeat(latent, axis=1)
    found = surgery(Gaussians(mu, np.full_like(mu, 1e-5)))
    assert found.mutual_information == pytest.approx(math.log(9), abs=4 * found.error)


def test_asked_to_stop_the_surgery_stops():
    rng = np.random.default_rng(0)
    q = Gaussians(rng.standard_normal((600, 3)), np.full((600, 3), 0.5))
    with pytest.raises(Interrupted):
        surgery(q, wants_stop=lambda: True)


def test_of_many_points_some_are_drawn_from_with_the_error_told(monkeypatch):
    rng = np.random.default_rng(0)
    q = Gaussians(0.6 * rng.standard_normal((1500, 3)), np.full((1500, 3), 0.8))
    whole = surgery(q)
    # the package names its function like the module
    module = sys.modules["vae_gui.core.posteriors.surgery"]
    monkeypatch.setattr(module, "MOST_PAIRS", 1500 * 4 * 300)
    found = surgery(q)
    assert found.error == pytest.approx(whole.error * math.sqrt(5), rel=0.3)
    # q(z) is nearly N(0, I), as its variance is 0.36 + 0.64
    assert found.marginal_kl == pytest.approx(whole.marginal_kl, abs=4 * found.error)
    assert whole.marginal_kl == pytest.approx(0, abs=4 * whole.error + 0.005)


def test_posteriors_that_are_no_numbers():
    found = surgery(Gaussians(np.full((5, 2), np.nan), np.ones((5, 2))))
    assert math.isnan(found.mutual_information)
    assert found.active == (False, False)


def test_the_picture_of_the_aggregate_is_the_mean_of_the_posteriors():
    config, truth, flat = trained(Ring(), 3)
    q = encoded(layout(config.model), flat, truth.test)
    for dims in ((0,), (2,), (0, 1), (2, 0)):
        found = aggregate(q, dims, reach=3.0, places=21)
        places = np.stack(np.meshgrid(*[found.axis] * len(dims)), axis=-1).reshape(-1, len(dims))
        some = Gaussians(q.mu[:, list(dims)], q.sigma[:, list(dims)])
        expected = np.exp(some.log_prob(places)).mean(axis=0)
        np.testing.assert_allclose(found.values.ravel(), expected, rtol=1e-9, atol=1e-12)
        prior = np.exp(norm.logpdf(places).sum(axis=1))
        np.testing.assert_allclose(found.prior.ravel(), prior, rtol=1e-12)


def test_holes_are_where_the_prior_is_and_no_posterior():
    whole = aggregate(Gaussians(np.zeros((5, 2)), np.ones((5, 2))))
    assert whole.hole_mass == 0
    # posteriors on the left half plane alone: the right half of the prior is a hole
    mu = np.stack(np.meshgrid(np.linspace(-3, 0, 30), np.linspace(-3, 3, 60)), -1).reshape(-1, 2)
    half = aggregate(Gaussians(mu, np.full_like(mu, 0.1)), places=241)
    beyond = norm.sf(0.15)  # where it has fallen off, about
    assert half.hole_mass == pytest.approx(beyond * 0.99, abs=0.05)


# the lens ---------------------------------------------------------------------------


@LATENTS
def test_the_lens_on_a_linear_model(latent):
    model = some_linear(latent)
    x = model.sample(1, seed=5)
    q, gap = far_from_exact(model, x)
    found = look(model.plan, model.flat, x[0], resolved(model.plan, model.flat, x))
    near = {1: 1e-6, 2: 1e-6}.get(latent, 0.05)
    assert found.log_p == pytest.approx(model.log_prob(x)[0], abs=near)
    assert found.kl == pytest.approx(gap[0], abs=near)
    np.testing.assert_allclose(found.mean, model.posterior_mean(x)[0], atol=near)
    np.testing.assert_allclose(
        found.std, np.sqrt(np.diag(np.linalg.inv(model.precision))), atol=near
    )
    least = 0.5 * (np.log(np.diag(model.precision)).sum() - np.linalg.slogdet(model.precision)[1])
    assert found.kl_best == pytest.approx(least, abs=near + 2e-5)
    np.testing.assert_allclose(found.reconstruction, model.b + q.mu[0] @ model.w.T, atol=1e-9)
    np.testing.assert_allclose(found.reconstruction_std, np.sqrt(model.psi), atol=1e-9)


@pytest.mark.parametrize("latent", [1, 2])
def test_the_picture_of_a_posterior_is_exact_anywhere(latent):
    model = some_linear(latent)
    x = model.sample(1)[0]
    axes = (np.linspace(-0.5, 1.5, 17), np.linspace(-1, 1, 13))[:latent]
    found = posterior_on_grid(model.plan, model.flat, x, float(model.log_prob(x[None])[0]), axes)
    z = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, latent)
    mean = model.posterior_mean(x[None])[0]
    expected = np.exp(log_gaussian(z, mean, np.linalg.inv(model.precision)))
    np.testing.assert_allclose(found.ravel(), expected, rtol=1e-6)
    assert found.shape == ((17,) if latent == 1 else (13, 17))


def test_the_picture_of_two_dimensions_of_more():
    model = some_linear(4)
    x = model.sample(1)[0]
    axes = (np.linspace(-5, 5, 101),) * 2
    found = posterior_on_grid(model.plan, model.flat, x, 0.0, axes, dims=(3, 1))
    assert found.sum() * 0.01 == pytest.approx(1, abs=0.01)
    some = [3, 1]
    mean = model.posterior_mean(x[None])[0][some]
    covariance = np.linalg.inv(model.precision)[np.ix_(some, some)]
    z = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    expected = np.exp(log_gaussian(z, mean, covariance)).reshape(101, 101)
    assert 0.5 * np.abs(found - expected).sum() * 0.01 < 0.1  # total variation


def test_ellipses_and_the_warped_grid_are_the_decoder():
    model = some_linear(3)
    z = np.random.default_rng(0).standard_normal((7, 3))
    mu, sigma = ellipses(model.plan, model.flat, z)
    np.testing.assert_allclose(mu, model.b + z @ model.w.T, atol=1e-12)
    np.testing.assert_allclose(sigma, np.tile(np.sqrt(model.psi), (7, 1)), atol=1e-12)
    lines = warped_grid(model.plan, model.flat, dims=(2, 0), lines=5, reach=2.0, places=9)
    assert lines.shape == (10, 9, 2)
    np.testing.assert_allclose(lines[0, 0], model.b - 2 * model.w[:, 2] - 2 * model.w[:, 0])
    np.testing.assert_allclose(lines[2, 8], model.b + 2 * model.w[:, 2], atol=1e-12)
    np.testing.assert_allclose(lines[9, 4], model.b + 2 * model.w[:, 2], atol=1e-12)
    (line,) = warped_grid(model.plan, model.flat, dims=(1,), places=3)
    np.testing.assert_allclose(line[1], model.b, atol=1e-12)
