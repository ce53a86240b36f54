"""Each family against what is known of it: closed forms, scipy, brute-force integration."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import pytest
import scipy.integrate
import scipy.stats
from grids import axes, cell
from hypothesis import example, given
from strategies import FEW, MANY, valid

from vae_gui.core.distributions import Gaussian, Moons, Ring
from vae_gui.core.distributions.curve import NoisyCurve
from vae_gui.core.distributions.gaussian import with_covariance
from vae_gui.core.parameters import InvalidValue

# --- the Gaussian -------------------------------------------------------------------------


def test_values_of_the_default_gaussian():
    gaussian = Gaussian()
    assert gaussian.entropy() == pytest.approx(2.694036, abs=5e-7)
    # best independent decoder: the entropies of both marginals
    assert math.log(2 * math.pi * math.e) == pytest.approx(2.837877, abs=5e-7)
    np.testing.assert_array_equal(gaussian.mean, [1, 0.5])
    np.testing.assert_array_equal(gaussian.covariance, [[1, 0.5], [0.5, 1]])
    information = -gaussian.log_prob(gaussian.sample(200_000, np.random.default_rng(0)))
    assert information.std() == pytest.approx(1, abs=0.02)  # 1 nat for any Gaussian


@MANY
@given(gaussian=valid(Gaussian))
def test_gaussian_is_that_of_scipy(gaussian):
    theirs = scipy.stats.multivariate_normal(gaussian.mean, gaussian.covariance)
    x = gaussian.sample(50, np.random.default_rng(0))
    np.testing.assert_allclose(gaussian.log_prob(x), theirs.logpdf(x), rtol=1e-6, atol=1e-6)
    assert gaussian.entropy() == pytest.approx(theirs.entropy(), abs=1e-6)


def test_gaussian_samples_have_its_moments():
    gaussian = Gaussian(mean_x1=-2, std_x1=0.5, std_x2=3, correlation=-0.8)
    x = gaussian.sample(400_000, np.random.default_rng(0))
    np.testing.assert_allclose(x.mean(axis=0), gaussian.mean, atol=0.02)
    np.testing.assert_allclose(np.cov(x.T), gaussian.covariance, atol=0.05)


@MANY
@given(gaussian=valid(Gaussian))
@example(gaussian=Gaussian(std_x1=0.05, std_x2=10, correlation=0.999))
@example(gaussian=Gaussian(std_x1=0.07, std_x2=0.3, correlation=-0.999))
def test_covariance_matrix_round_trip(gaussian):
    edited = with_covariance(Gaussian(mean_x1=3), gaussian.covariance)
    np.testing.assert_allclose(edited.covariance, gaussian.covariance, rtol=1e-9, atol=1e-12)
    assert edited.mean_x1 == 3


def test_matrix_view_edits_the_covariance():
    view = Gaussian.matrix
    edited = view.write(Gaussian(), np.array([[4, -1], [-1, 1]]))
    assert (edited.std_x1, edited.std_x2, edited.correlation) == (2, 1, -0.5)
    np.testing.assert_array_equal(view.read(edited), [[4, -1], [-1, 1]])


@pytest.mark.parametrize(
    ("covariance", "words"),
    [
        ([[1, 1.2], [1.2, 1]], "not positive definite"),
        ([[1, 1], [1, 1]], "not positive definite"),
        ([[-1, 0], [0, 1]], "both variances must be above 0"),
        ([[0, 0], [0, 1]], "both variances must be above 0"),
        ([[1, 0.5], [0.4, 1]], "symmetric"),
        ([[math.nan, 0], [0, 1]], "finite"),
        ([[math.inf, 0], [0, 1]], "finite"),
        ([[1e6, 0], [0, 1]], "std_x1 = 1000, but it must be a number from 0.05 to 10"),
        ([[1e200, 1e199], [1e199, 1e200]], "std_x1"),
        ([[1, 0.9999], [0.9999, 1]], "correlation = 0.9999, but it must be"),
    ],
)
def test_unusable_covariance_is_refused_in_words(covariance, words):
    with pytest.raises(InvalidValue, match="covariance = ") as caught:
        with_covariance(Gaussian(), np.array(covariance))
    assert words in str(caught.value)
    assert caught.value.key == "covariance"


# --- the ring -----------------------------------------------------------------------------


@FEW
@given(ring=valid(Ring))
def test_ring_is_a_mixture_of_scipy_gaussians(ring):
    x = ring.sample(40, np.random.default_rng(0))
    centres = [
        (ring.radius * math.cos(2 * math.pi * k / ring.modes),
         ring.radius * math.sin(2 * math.pi * k / ring.modes))
        for k in range(ring.modes)
    ]  # fmt: skip
    densities = [scipy.stats.multivariate_normal(c, ring.width**2).pdf(x) for c in centres]
    np.testing.assert_allclose(ring.log_prob(x), np.log(np.mean(densities, axis=0)), atol=1e-9)


@pytest.mark.parametrize("width", [0.05, 0.1, 2.0])
def test_ring_entropy_in_its_two_closed_cases(width):
    gaussian = math.log(2 * math.pi * math.e * width**2)
    assert Ring(radius=0, width=width).entropy() == pytest.approx(gaussian, abs=1e-8)
    if width <= 0.1:  # far apart: one more choice among the modes
        apart = Ring(modes=8, radius=2.4, width=width)
        assert apart.entropy() == pytest.approx(gaussian + math.log(8), abs=1e-8)


# --- noisy curves -------------------------------------------------------------------------


def by_brute_force(curve: np.ndarray, noise: float, x: np.ndarray) -> np.ndarray:
    """The density around a curve at equal steps of t: Simpson's rule, one point at a time."""
    squares = (((p - curve) ** 2).sum(axis=1) for p in x)
    along = [scipy.integrate.simpson(np.exp(-0.5 * s / noise**2)) for s in squares]
    return np.array(along) / (len(curve) - 1) / (2 * math.pi * noise**2)


def half_circles(scale: float, n: int = 10_001) -> tuple[np.ndarray, np.ndarray]:
    """The two moons as in scikit-learn's `make_moons`, then centred and scaled."""
    theta = np.linspace(0, math.pi, n)
    upper = np.stack([np.cos(theta), np.sin(theta)], axis=-1)
    lower = np.stack([1 - np.cos(theta), 0.5 - np.sin(theta)], axis=-1)
    return tuple((half - [0.5, 0.25]) * scale / 1.5 for half in (upper, lower))


@FEW
@given(moons=valid(Moons))
@example(moons=Moons())
@example(moons=Moons(scale=4.5, noise=0.05))
@example(moons=Moons(scale=0.5, noise=2))
def test_moons_density_is_the_integral_along_the_curve(moons):
    rng = np.random.default_rng(0)
    x = moons.sample(40, rng)
    x[10:] += 2 * moons.noise * rng.standard_normal((30, 2))  # off the curve, too
    halves = [by_brute_force(half, moons.noise, x) for half in half_circles(moons.scale)]
    np.testing.assert_allclose(np.exp(moons.log_prob(x)), np.mean(halves, axis=0), rtol=1e-6)


def test_moons_are_centred_and_symmetric_about_the_origin():
    moons = Moons()
    x = moons.sample(200_000, np.random.default_rng(0))
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=0.02)
    np.testing.assert_allclose(moons.log_prob(x[:1000]), moons.log_prob(-x[:1000]), atol=1e-9)
    assert moons.bounds == pytest.approx((-3, 3, -1.8, 1.8), abs=1e-3)


class Spiral(NoisyCurve, frozen=True, kw_only=True, tag="test-spiral"):
    """A curve whose speed varies: what adding one takes."""

    label: ClassVar[str] = "Spiral"

    def curve(self, t):
        return (t * np.stack([np.cos(9 * t), np.sin(9 * t)])).T


def test_a_new_curve_is_one_function():
    spiral = Spiral(noise=0.05)
    x = spiral.sample(200, np.random.default_rng(0))
    t = np.linspace(0, 1, 40_001)
    along = 2.4 * t[:, None] * np.stack([np.cos(9 * t), np.sin(9 * t)], axis=-1)
    expected = by_brute_force(along, spiral.noise, x)
    np.testing.assert_allclose(np.exp(spiral.log_prob(x)), expected, rtol=1e-6)
    x1, x2 = axes(spiral, 601)
    assert spiral.density(x1, x2).sum() * cell(x1, x2) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    "distribution",
    [Ring(), Ring(width=0.4), Ring(modes=24, radius=1, width=0.1), Moons(), Moons(noise=0.6)],
    ids=str,
)
def test_stated_entropy_error_holds(distribution):
    x1, x2 = axes(distribution, 1201, margin=0.8)
    p = distribution.density(x1, x2)
    finer = -(p * np.log(np.maximum(p, 1e-300))).sum() * cell(x1, x2)
    assert abs(distribution.entropy() - finer) <= distribution.entropy_error() + 1e-8
