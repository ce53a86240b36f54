"""Contours enclose the mass they claim, and a picture shows exactly the weights it was given."""

from __future__ import annotations

import math

import numpy as np
import pytest
from contourpy import contour_generator

from vae_gui.core.activations import ACTIVATIONS
from vae_gui.core.config import ModelConfig
from vae_gui.core.distributions import (
    DISTRIBUTIONS,
    Component,
    Gaussian,
    GaussianMixture,
    Uniform,
)
from vae_gui.core.network import decode, encode, initialise, layout
from vae_gui.core.views import (
    GRID,
    MASSES,
    SHOWN,
    DisplayNoise,
    draw_picture,
    generate,
    mass_levels,
    shown_density,
    view_truth,
)

PLAN = layout(ModelConfig(latent=3, hidden_units=8, hidden_layers=2))
FAMILIES = pytest.mark.parametrize("family", DISTRIBUTIONS, ids=lambda d: d.family())


def points(n: int, seed: int = 0) -> np.ndarray:
    return Gaussian().sample(n, np.random.default_rng(seed)).astype(np.float32)


def noise(seed: int = 0) -> DisplayNoise:
    return DisplayNoise.draw(50, 3, np.random.default_rng(seed))


@FAMILIES
def test_contours_enclose_their_mass(family):
    distribution = family()
    truth = view_truth(distribution, points(10), points(10))
    n = 100_000
    log_p = distribution.log_prob(distribution.sample(n, np.random.default_rng(0)))
    if distribution.hard_edges:  # one height: there is but the edge, half way down
        np.testing.assert_allclose(truth.levels, math.exp(-distribution.entropy()) / 2)
        return
    assert (np.diff(truth.levels) < 0).all()
    for mass, level in zip(MASSES, truth.levels, strict=True):
        enclosed = np.mean(log_p >= np.log(level))
        standard_error = np.sqrt(mass * (1 - mass) / n)
        assert enclosed == pytest.approx(mass, abs=4 * standard_error + 0.01)


def test_contours_of_what_a_grid_cannot_resolve_enclose_their_mass():
    thin = {"std_x1": 0.05, "std_x2": 0.05, "correlation": 0.999}
    far = GaussianMixture(components=[Component(mean_x1=-9, **thin), Component(mean_x1=9, **thin)])
    truth = view_truth(far, points(10), points(10), grid=60)
    log_p = far.log_prob(far.sample(100_000, np.random.default_rng(1)))
    enclosed = [np.mean(log_p >= np.log(level)) for level in truth.levels]
    np.testing.assert_allclose(enclosed, MASSES, atol=0.01)


def test_an_edge_is_followed_between_the_places_of_the_grid():
    disc = Uniform(shape="disc", size=2, hole=0)
    x = np.linspace(-2.5, 2.5, 101)
    p = shown_density(disc, x, x)
    lines = contour_generator(x, x, p).lines(p.max() / 2)
    (line,) = lines
    np.testing.assert_allclose(np.hypot(*line.T), 2, atol=0.012)  # a quarter of a place


def test_levels_of_a_gaussian_in_closed_form():
    gaussian = Gaussian(mean_x1=0, mean_x2=0, correlation=0)
    x = np.linspace(-6, 6, 1201)
    levels = mass_levels(gaussian.density(x, x), (x[1] - x[0]) ** 2, (0.25, 0.5, 0.75))
    # P(p(x) >= level) = 1 - level / peak for a 2-D Gaussian
    np.testing.assert_allclose(levels * 2 * np.pi, [0.75, 0.5, 0.25], rtol=1e-3)


def test_levels_of_more_mass_than_the_grid_holds_are_its_lowest_height():
    np.testing.assert_array_equal(mass_levels(np.array([[0.1, 0.3]]), 1.0, (0.3, 0.99)), [0.3, 0.1])


@FAMILIES
def test_truth_is_the_distribution_on_a_grid_beyond_its_bounds(family):
    distribution = family()
    train, test = points(20), points(5)
    truth = view_truth(distribution, train, test)
    assert truth.density.shape == (GRID, GRID)
    assert truth.entropy == distribution.entropy()
    assert truth.bounds == distribution.bounds
    assert truth.train is train
    assert truth.test is test
    i, j = 40, 90
    p = np.exp(distribution.log_prob([truth.x1[j], truth.x2[i]]))
    assert truth.density[i, j] == pytest.approx(p, abs=1e-12)
    cell = (truth.x1[1] - truth.x1[0]) * (truth.x2[1] - truth.x2[0])
    error = 0.02 if distribution.hard_edges else 1e-3  # of cells that an edge cuts
    assert truth.density.sum() * cell == pytest.approx(1, abs=error)
    edge = np.concatenate([truth.density[[0, -1]].ravel(), truth.density[:, [0, -1]].ravel()])
    assert edge.max() < truth.levels[-1]  # so that contours close


def test_generated_points_are_the_decoder_of_the_noise():
    flat = initialise(PLAN, np.random.default_rng(0))
    fixed = noise()
    samples, means = generate(PLAN, flat, fixed)
    mu, log_var = decode(PLAN, flat, fixed.latents)
    np.testing.assert_array_equal(means, mu)
    np.testing.assert_allclose(samples, mu + np.sqrt(np.exp(log_var)) * fixed.decoder, rtol=1e-5)
    assert samples.dtype == means.dtype == np.float32


def test_a_picture_is_of_a_copy_of_the_weights():
    flat = initialise(PLAN, np.random.default_rng(0))
    test = points(SHOWN + 100)
    picture = draw_picture(PLAN, flat, noise(), test, step=7, epoch=2)
    before = flat.copy()
    flat += 1
    np.testing.assert_array_equal(picture.parameters, before)
    assert not picture.parameters.flags.writeable
    assert (picture.step, picture.epoch) == (7, 2)
    mu, log_var = encode(PLAN, before, test[:SHOWN])
    np.testing.assert_array_equal(picture.posterior_mu, mu)
    np.testing.assert_allclose(picture.posterior_sigma**2, np.exp(log_var), rtol=1e-5)


def test_equal_weights_and_noise_make_equal_pictures():
    flat = initialise(PLAN, np.random.default_rng(0))
    one, two = (draw_picture(PLAN, flat, noise(3), points(9), 0, 0) for _ in range(2))
    np.testing.assert_array_equal(one.samples, two.samples)
    other = draw_picture(PLAN, flat, noise(4), points(9), 0, 0)
    assert not np.array_equal(one.samples, other.samples)


@pytest.mark.parametrize("value", [1e30, -1e30, np.inf, np.nan])
def test_diverged_weights_are_shown_without_a_complaint(value):
    flat = np.full(PLAN.size, value, np.float32)
    picture = draw_picture(PLAN, flat, noise(), points(9), 1, 1)
    assert picture.samples.shape == (50, 2)
    assert picture.posterior_sigma.shape == (9, 3)


@pytest.mark.parametrize("hidden_layers", [1, 3])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_points_of_many_steps_are_those_of_each_step_to_the_bit(activation, hidden_layers):
    plan = layout(
        ModelConfig(latent=3, hidden_units=40, hidden_layers=hidden_layers, activation=activation)
    )
    steps = np.stack([initialise(plan, np.random.default_rng(i)) for i in range(6)])
    together = generate(plan, steps, noise())
    for i, weights in enumerate(steps):
        for found, alone in zip(together, generate(plan, weights, noise()), strict=True):
            assert found[i].tobytes() == alone.tobytes()
    shaped = generate(plan, steps.reshape(2, 3, -1), noise())[0]
    assert shaped.tobytes() == together[0].tobytes()
    assert shaped.shape == (2, 3, 50, 2)
