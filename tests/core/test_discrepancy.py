"""Divergences and distances against closed forms, plain sums and Monte Carlo."""

from __future__ import annotations

import math

import numpy as np
import pytest
from linear_models import Linear, kl_gaussians, log_gaussian
from scipy.stats import norm, wasserstein_distance
from trained_models import DATA, trained

from vae_gui.core.density import resolved
from vae_gui.core.discrepancy import (
    POINTS,
    compare,
    kernel_width,
    mmd,
    reference,
    sliced_wasserstein,
)
from vae_gui.core.distributions import Gaussian, Moons, Ring, Uniform
from vae_gui.core.network import layout

DATUM = Gaussian(mean_x1=0.3, std_x1=0.8, correlation=0.4)


def model_of(mean, covariance):
    """A model whose learned density is this Gaussian, by two latents."""
    psi = np.full(2, 0.3 * np.linalg.eigvalsh(covariance).min())
    w = np.linalg.cholesky(covariance - np.diag(psi))
    return Linear(w, np.asarray(mean), psi, np.zeros((2, 2)), np.zeros(2), np.ones(2))


def compared(data, model):
    x = data.sample(100, np.random.default_rng(0))
    return compare(data, resolved(model.plan, model.flat, x))


def test_kl_both_ways_between_two_gaussians():
    mean, covariance = np.array([0.5, -0.2]), np.array([[1.0, -0.2], [-0.2, 0.7]])
    found = compared(DATUM, model_of(mean, covariance))
    forward = kl_gaussians(DATUM.mean, DATUM.covariance, mean, covariance)
    reverse = kl_gaussians(mean, covariance, DATUM.mean, DATUM.covariance)
    assert found.divergences.forward == pytest.approx(forward, abs=1e-6)
    assert found.divergences.reverse == pytest.approx(reverse, abs=1e-6)
    assert not found.doubt
    assert max(found.errors) < 1e-3


def test_the_divergence_to_a_density_with_edges_is_infinite_and_the_others_are_known():
    disc = Uniform(shape="disc", size=2, hole=0)
    found = compared(disc, model_of(np.zeros(2), np.eye(2)))
    # E log p - E log q over the disc, where the mean of r^2 is 2
    forward = -disc.entropy() + math.log(2 * math.pi) + 1
    outside = math.exp(-2)  # of the Gaussian, beyond r = 2; q exceeds p within r0
    r0 = math.sqrt(2 * (disc.entropy() - math.log(2 * math.pi)))
    within = (1 - math.exp(-(r0**2) / 2)) - r0**2 / 4
    assert found.divergences.forward == pytest.approx(forward, abs=2e-3)
    assert found.divergences.total_variation == pytest.approx(outside + within, abs=2e-3)
    assert found.divergences.reverse == math.inf
    assert np.isfinite(found.errors).all()
    assert not found.doubt


def test_total_variation_of_two_gaussians_that_are_shifted():
    """For equal covariances it is 2 Phi(d / 2) - 1, d the Mahalanobis distance."""
    shift = np.array([0.9, 0.2])
    found = compared(DATUM, model_of(DATUM.mean + shift, DATUM.covariance))
    d = math.sqrt(shift @ np.linalg.inv(DATUM.covariance) @ shift)
    expected = 2 * norm.cdf(d / 2) - 1
    assert found.divergences.total_variation == pytest.approx(expected, abs=1e-3)
    forward = kl_gaussians(DATUM.mean, DATUM.covariance, DATUM.mean + shift, DATUM.covariance)
    assert found.divergences.forward == pytest.approx(forward, abs=1e-6)


def test_jensen_shannon_by_monte_carlo():
    mean, covariance = np.array([1.5, 0.5]), np.array([[0.5, 0.1], [0.1, 0.9]])
    found = compared(DATUM, model_of(mean, covariance))
    rng, n = np.random.default_rng(0), 200_000
    terms = []
    for x in (DATUM.sample(n, rng), rng.multivariate_normal(mean, covariance, n)):
        logs = DATUM.log_prob(x), log_gaussian(x, mean, covariance)
        mine = logs[len(terms)]
        terms.append(mine - np.logaddexp(*logs) + math.log(2))
    expected = 0.5 * (terms[0].mean() + terms[1].mean())
    error = 0.5 * math.hypot(terms[0].std(), terms[1].std()) / math.sqrt(n)
    assert found.divergences.jensen_shannon == pytest.approx(expected, abs=4 * error)


def test_the_same_density_is_at_no_distance():
    found = compared(DATUM, model_of(DATUM.mean, DATUM.covariance))
    assert max(map(abs, found.divergences)) < 1e-6


def test_densities_that_never_meet():
    there = Linear(  # N((18, 0), 0.2 I), most of it the decoder's noise
        *(np.array([[0.1], [0.0]]), np.array([18.0, 0.0]), np.array([0.19, 0.2])),
        *(np.zeros((1, 2)), np.zeros(1), np.ones(1)),
    )
    far = compared(Ring(width=0.3), there)
    assert far.divergences.jensen_shannon == pytest.approx(math.log(2), abs=1e-3)
    assert far.divergences.total_variation == pytest.approx(1, abs=1e-3)
    # in closed form, though nearly every value of p_theta is 0 as a number there
    x = Ring(width=0.3).sample(100_000, np.random.default_rng(0))
    logs = log_gaussian(x, np.array([18.0, 0.0]), 0.2 * np.eye(2))
    each = Ring(width=0.3).log_prob(x) - logs
    expected = pytest.approx(each.mean(), rel=4 * each.std() / each.mean() / math.sqrt(len(x)))
    assert far.divergences.forward == expected


@pytest.mark.parametrize(("data", "latent"), [*((d, 2) for d in DATA), (Moons(), 1), (Ring(), 3)])
def test_divergences_of_trained_models_by_monte_carlo(data, latent):
    config, truth, flat = trained(data, latent)
    at = resolved(layout(config.model), flat, truth.test)
    found = compare(data, at)
    assert not found.doubt
    n, rng = 2000, np.random.default_rng(2)
    x = data.sample(n, rng)
    each = data.log_prob(x) - at.learned.log_prob(x).log_p
    error = each.std() / math.sqrt(n)
    assert found.divergences.forward == pytest.approx(each.mean(), abs=4 * error)
    # reverse: points from the mixture that the nodes are
    mixture, rule = at.learned.mixture, at.learned.nodes
    k = rng.choice(len(rule.weights), n, p=rule.weights)
    y = (mixture.mu[:, k] + mixture.sigma[:, k] * rng.standard_normal((2, n))).T
    each = at.learned.log_prob(y).log_p - data.log_prob(y)
    error = each.std() / math.sqrt(n)
    assert found.divergences.reverse == pytest.approx(each.mean(), abs=4 * error + 1e-3)
    js, tv = found.divergences.jensen_shannon, found.divergences.total_variation
    assert 0 <= js <= math.log(2)
    assert 0.5 * tv**2 <= js + 1e-6  # Pinsker's inequality for either half
    assert tv <= math.sqrt(found.divergences.forward / 2) + 1e-3


def test_a_collapsed_decoder_is_told():
    model = Linear(
        *(np.eye(2), np.zeros(2), np.full(2, 1e-8)),
        *(np.eye(2), np.zeros(2), np.ones(2)),
    )
    assert compared(Gaussian(), model).doubt


def test_weights_that_are_no_numbers_are_told():
    model = model_of(np.zeros(2), np.eye(2))
    flat = model.flat
    flat[:] = np.nan
    found = compare(Gaussian(), resolved(model.plan, flat, np.zeros((5, 2))))
    assert found.doubt
    assert not math.isfinite(found.divergences.forward)


# distances of points --------------------------------------------------------------------


def test_a_shift_in_closed_form():
    """Projections are shifted by u.d, whose mean square over directions is |d|^2 / 2."""
    x = Ring().sample(500, np.random.default_rng(0))
    d = np.array([0.6, -1.1])
    expected = np.linalg.norm(d) / math.sqrt(2)
    assert sliced_wasserstein(x, x + d) == pytest.approx(expected, rel=1e-9)
    assert sliced_wasserstein(x, x[::-1]) == 0


def test_sliced_wasserstein_of_two_gaussians():
    """W2^2 of each projection is (m1 - m2)^2 + (s1 - s2)^2 (Peyre & Cuturi 2019, remark 2.31)."""
    a, b = Gaussian(), Gaussian(std_x1=0.4, correlation=-0.5, mean_x2=-1.0)
    rng, n = np.random.default_rng(1), 40_000
    t = np.linspace(0, np.pi, 1000, endpoint=False)
    u = np.stack([np.cos(t), np.sin(t)])
    means = (a.mean - b.mean) @ u
    stds = [np.sqrt(np.einsum("it,ij,jt->t", u, d.covariance, u)) for d in (a, b)]
    expected = math.sqrt(np.mean(means**2 + (stds[0] - stds[1]) ** 2))
    found = sliced_wasserstein(a.sample(n, rng), b.sample(n, rng))
    assert found == pytest.approx(expected, abs=0.02)


def test_sliced_wasserstein_bounds_scipys_along_each_axis():
    rng = np.random.default_rng(2)
    a, b = Moons().sample(300, rng), Ring().sample(300, rng)
    angles = np.pi * (np.arange(32) + 0.5) / 32
    ones = [
        wasserstein_distance(a @ [math.cos(t), math.sin(t)], b @ [math.cos(t), math.sin(t)])
        for t in angles
    ]
    assert sliced_wasserstein(a, b) >= math.sqrt(np.mean(np.square(ones)))  # W2 >= W1


def test_mmd_written_out():
    rng = np.random.default_rng(3)
    a, b, width = Moons().sample(40, rng), Ring().sample(50, rng), 1.3

    def k(x, y):
        return math.exp(-((x - y) ** 2).sum() / (2 * width**2))

    aa = np.mean([k(x, y) for i, x in enumerate(a) for j, y in enumerate(a) if i != j])
    bb = np.mean([k(x, y) for i, x in enumerate(b) for j, y in enumerate(b) if i != j])
    ab = np.mean([k(x, y) for x in a for y in b])
    assert mmd(a, b, width) == pytest.approx(aa + bb - 2 * ab, abs=1e-6)


def test_mmd_of_two_gaussians_in_closed_form():
    """E k of two Gaussians whose difference is N(d, C) is that Gaussian's bell at width^2 I + C."""
    a, b, width = Gaussian(), Gaussian(mean_x1=0.0, correlation=-0.3), 1.5

    def mean_kernel(p, q):
        covariance = p.covariance + q.covariance + width**2 * np.eye(2)
        bell = np.exp(log_gaussian((p.mean - q.mean)[None], np.zeros(2), covariance))[0]
        return 2 * np.pi * width**2 * bell

    expected = mean_kernel(a, a) + mean_kernel(b, b) - 2 * mean_kernel(a, b)
    rng = np.random.default_rng(4)
    found = [mmd(a.sample(400, rng), b.sample(400, rng), width) for _ in range(20)]
    error = np.std(found) / math.sqrt(20)
    assert np.mean(found) == pytest.approx(expected, abs=4 * error)  # unbiased


def test_width_is_the_median_distance():
    x = np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])
    assert kernel_width(x) == pytest.approx(math.sqrt(18))


@pytest.mark.parametrize("data", [Gaussian(), Moons()], ids=lambda d: d.family())
def test_true_points_lie_in_their_band_and_others_beyond(data):
    known, rng = reference(data), np.random.default_rng(8)
    assert len(known.points) == POINTS
    for distance, band in (
        (known.sliced_wasserstein, known.wasserstein_band),
        (known.mmd, known.mmd_band),
    ):
        true = [distance(data.sample(POINTS, rng)) for _ in range(20)]
        assert band.low < np.median(true) < band.high
        assert distance(data.sample(POINTS, rng) + 0.6) > band.high
        assert band.low < band.high
