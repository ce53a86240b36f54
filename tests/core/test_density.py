"""The learned density against closed forms, sums written out, and itself on finer nodes."""

from __future__ import annotations

import numpy as np
import pytest
from linear_models import Linear, log_gaussian, some_linear
from scipy.special import logsumexp
from trained_models import DATA, trained

from vae_gui.core.config import ModelConfig
from vae_gui.core.density import UNRELIABLE, decoded, nodes, resolved
from vae_gui.core.distributions import Gaussian, Moons, Ring
from vae_gui.core.interrupting import Interrupted
from vae_gui.core.network import decode, initialise, layout


def points(n=200, spread=1.5, seed=1):
    return spread * np.random.default_rng(seed).standard_normal((n, 2))


@pytest.mark.parametrize("latent", [1, 2])
def test_a_linear_decoder_in_closed_form(latent):
    model = some_linear(latent, scale=1.5)
    x = model.sample(500)
    found = decoded(model.plan, model.flat, nodes(latent)).log_prob(x)
    np.testing.assert_allclose(found.log_p, model.log_prob(x), atol=1e-8, rtol=0)
    assert found.error.max() < 1e-6


@pytest.mark.parametrize("latent", [3, 5, 8])
def test_a_linear_decoder_of_many_latents_within_its_stated_error(latent):
    model = some_linear(latent, scale=0.4)
    x = model.sample(200)
    found = decoded(model.plan, model.flat, nodes(latent, 2**14)).log_prob(x)
    off = np.abs(found.log_p - model.log_prob(x))
    assert off.mean() < 4 * found.error.mean()
    assert off.mean() < 0.01


@pytest.mark.parametrize("latent", [1, 2])
def test_posteriors_of_a_linear_decoder(latent):
    model = some_linear(latent, scale=1.5)
    x = model.sample(20)
    rule = nodes(latent)
    weights = decoded(model.plan, model.flat, rule).posterior(x)  # (n, K)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-12)
    mean = weights @ rule.z
    np.testing.assert_allclose(mean, model.posterior_mean(x), atol=1e-6)
    d = rule.z - mean[:, None]  # (n, K, Z)
    covariance = np.einsum("nk,nki,nkj->nij", weights, d, d)
    np.testing.assert_allclose(covariance, [np.linalg.inv(model.precision)] * 20, atol=1e-6)
    # and the density at each node, not the moments alone
    logs = log_gaussian(rule.z, mean[0], np.linalg.inv(model.precision))
    expected = np.exp(logs) * rule.spacing**latent
    np.testing.assert_allclose(weights[0], expected, atol=1e-6 * expected.max())


def test_the_mode_is_the_node_nearest_to_the_posterior_mean():
    model, x = some_linear(2), points(50)
    learned = decoded(model.plan, model.flat, nodes(2))
    off = learned.modes(x) - model.posterior_mean(x)
    assert np.abs(off).max() < learned.nodes.spacing


@pytest.mark.parametrize("latent", [1, 2, 3])
@pytest.mark.parametrize("data", [Ring(), Moons()], ids=lambda d: d.family())
def test_points_and_grid_are_the_sum_written_out(data, latent):
    config, _, flat = trained(data, latent)
    learned = decoded(layout(config.model), flat, nodes(latent, 1000))
    x1, x2 = np.linspace(-3, 3, 11), np.linspace(-2, 2, 7)
    grid = np.stack(np.meshgrid(x1, x2), axis=-1)
    mu, log_var = decode(layout(config.model), flat.astype(float), learned.nodes.z)
    d = grid[..., None, :] - mu
    logs = -0.5 * (d**2 / np.exp(log_var) + log_var + np.log(2 * np.pi)).sum(axis=-1)
    expected = logsumexp(logs, b=learned.nodes.weights, axis=-1)
    found = learned.log_prob(grid)
    np.testing.assert_allclose(found.log_p, expected.ravel(), atol=1e-9)
    np.testing.assert_allclose(learned.density(x1, x2).values, np.exp(expected), rtol=1e-9)


@pytest.mark.parametrize("data", DATA, ids=lambda d: d.family())
@pytest.mark.parametrize("latent", [1, 2, 3])
def test_the_density_integrates_to_one(data, latent):
    config, truth, flat = trained(data, latent)
    at = resolved(layout(config.model), flat, truth.test)
    found = at.learned.density(np.linspace(-12, 12, 601), np.linspace(-12, 12, 601))
    assert found.mass == pytest.approx(1, abs=1e-4)
    assert at.reliable


@pytest.mark.parametrize("latent", [1, 2, 3, 8])
def test_the_density_of_an_untrained_model_integrates_to_one(latent):
    plan = layout(ModelConfig(latent=latent, hidden_layers=2, activation="gelu"))
    flat = initialise(plan, np.random.default_rng(3))
    found = decoded(plan, flat, nodes(latent)).density(*[np.linspace(-9, 9, 301)] * 2)
    assert found.mass == pytest.approx(1, abs=1e-4)
    assert found.error < 0.01


@pytest.mark.parametrize("data", DATA, ids=lambda d: d.family())
def test_the_stated_error_is_no_less_than_the_true_one(data):
    config, truth, flat = trained(data, 2)
    plan = layout(config.model)
    dense = decoded(plan, flat, nodes(2, 300**2)).log_prob(truth.test[:100]).log_p
    for count in (16**2, 32**2, 64**2):
        found = decoded(plan, flat, nodes(2, count)).log_prob(truth.test[:100])
        assert np.abs(found.log_p - dense).mean() <= found.error.mean() + 1e-9


def narrow(sigma):
    """A line of latents, seen through a decoder of this standard deviation."""
    w = np.array([[1.0, 0.0], [0.0, 1.0]])
    return Linear(w, np.zeros(2), np.full(2, sigma**2), np.eye(2), np.zeros(2), np.full(2, sigma))


def test_nodes_refine_where_the_decoder_is_narrow():
    model, x = narrow(0.08), points(100, 1)
    coarse = decoded(model.plan, model.flat, nodes(2))
    assert coarse.log_prob(x).error.mean() > UNRELIABLE
    at = resolved(model.plan, model.flat, x)
    assert len(at.learned.nodes.weights) > len(coarse.nodes.weights)
    assert at.reliable
    np.testing.assert_allclose(at.learned.log_prob(x).log_p, model.log_prob(x), atol=1e-5)


@pytest.mark.parametrize("sigma", [0.02, 1e-3, 1e-8, 1e-100])
def test_what_no_nodes_can_resolve_is_marked(sigma):
    model, x = narrow(sigma), points(100, 1)
    at = resolved(model.plan, model.flat, x)
    assert not at.reliable
    assert "narrow" in at.doubt
    assert not at.error <= UNRELIABLE
    picture = at.learned.density(*[np.linspace(-3, 3, 60)] * 2)
    assert picture.error > 0.1 or sigma == 0.02  # 0.02 is narrow beside the cells alone


def test_one_latent_has_nodes_enough_for_nearly_everything():
    sigma = 0.002
    model = Linear(
        *(np.array([[1.0], [0.5]]), np.zeros(2), np.full(2, sigma**2)),
        *(np.array([[0.8, 0.4]]), np.zeros(1), np.array([sigma])),
    )
    x = np.random.default_rng(0).standard_normal((50, 1)) @ model.w.T
    at = resolved(model.plan, model.flat, x)
    assert at.reliable
    np.testing.assert_allclose(at.learned.log_prob(x).log_p, model.log_prob(x), atol=1e-6)


def test_nodes_reach_as_far_as_the_posteriors_do():
    model = some_linear(1)
    far = model.b + model.w.T * np.linspace(550, 600, 5)[:, None]
    assert model.posterior_mean(far).min() > 8
    at = resolved(model.plan, model.flat, far)
    assert at.learned.nodes.reach > 8
    assert at.reliable
    np.testing.assert_allclose(at.learned.log_prob(far).log_p, model.log_prob(far), atol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_weights_that_are_no_numbers_are_marked_and_no_error(value):
    model = some_linear(2)
    flat = model.flat
    flat[-1] = value
    at = resolved(model.plan, flat, points(10))
    assert not at.reliable
    assert at.learned.density(*[np.linspace(-1, 1, 9)] * 2).values.shape == (9, 9)
    assert np.isfinite(at.learned.log_prob(points(10)).error).sum() == 0 or value == 1e30


def test_wide_data_far_from_the_origin():
    data = Gaussian(mean_x1=10, mean_x2=-10, std_x1=10, std_x2=0.05)
    model = Linear(
        *(np.array([[8.0], [0.01]]), data.mean, np.array([36.0, 0.0024])),
        *(np.zeros((1, 2)), np.zeros(1), np.ones(1)),
    )
    x = data.sample(200, np.random.default_rng(0))
    found = decoded(model.plan, model.flat, nodes(1)).log_prob(x)
    np.testing.assert_allclose(found.log_p, model.log_prob(x), atol=1e-8)


def test_asked_to_stop_it_stops():
    config, truth, flat = trained(Ring(), 2)
    learned = decoded(layout(config.model), flat, nodes(2))
    with pytest.raises(Interrupted):
        learned.log_prob(truth.test, wants_stop=lambda: True)
    with pytest.raises(Interrupted):
        resolved(layout(config.model), flat, truth.test, wants_stop=lambda: True)


def test_large_networks_get_no_more_nodes_than_can_be_decoded():
    plan = layout(ModelConfig(latent=3, hidden_units=512, hidden_layers=4))
    flat = 8 * initialise(plan, np.random.default_rng(0))
    at = resolved(plan, flat, points(20))
    assert len(at.learned.nodes.weights) == 4096
