"""The mixture against scipy's Gaussians, and its entropy where that is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import example, given
from strategies import FEW, valid

from vae_gui.core.distributions import Component, Gaussian, GaussianMixture
from vae_gui.core.parameters import InvalidValue

THIN = {"std_x1": 0.05, "std_x2": 10.0, "correlation": 0.999}  # 4,470 times as long as wide
SMALL = {"std_x1": 0.05, "std_x2": 0.05, "correlation": -0.999}


def mixture(*rows: dict) -> GaussianMixture:
    return GaussianMixture(components=[Component(**row) for row in rows])


@FEW
@given(mixture=valid(GaussianMixture))
@example(mixture=mixture({"weight": 0}, {"weight": 3}, THIN))
def test_mixture_is_that_of_scipy(mixture):
    x = mixture.sample(60, np.random.default_rng(0))
    weights = np.array([c.weight for c in mixture.components])
    logs = [
        scipy.stats.multivariate_normal([c.mean_x1, c.mean_x2], c.gaussian.covariance).logpdf(x)
        for c in mixture.components
    ]
    with np.errstate(divide="ignore"):
        expected = scipy.special.logsumexp(logs, axis=0, b=(weights / weights.sum())[:, None])
    np.testing.assert_allclose(mixture.log_prob(x), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("row", [{}, THIN, SMALL], ids=["round", "thin", "small"])
def test_equal_components_are_one_gaussian(row):
    (part,) = mixture(row).components
    twice = mixture(row, {**row, "weight": 2})
    for made in (twice, mixture(row), mixture(row, {"weight": 0})):
        allowed = made.entropy_error() + 1e-9
        assert made.entropy() == pytest.approx(part.gaussian.entropy(), abs=allowed)
        assert allowed < 1e-3


def test_components_far_apart_add_the_entropy_of_the_choice():
    apart = mixture({"weight": 3, "mean_x1": -9, **SMALL}, {"weight": 1, "mean_x1": 9})
    parts = [c.gaussian.entropy() for c in apart.components]
    expected = 0.75 * (parts[0] - math.log(0.75)) + 0.25 * (parts[1] - math.log(0.25))
    assert apart.entropy() == pytest.approx(expected, abs=1e-7)
    assert apart.entropy_error() < 1e-6


def test_the_weights_are_relative():
    small, large = mixture({"weight": 0.1}, {"weight": 0.3}), mixture({"weight": 5}, {"weight": 15})
    np.testing.assert_allclose(small.weights, [0.25, 0.75])
    np.testing.assert_allclose(small.weights, large.weights)


def test_a_row_is_a_gaussian_of_the_same_words():
    row = {"mean_x1": -2.0, "mean_x2": 1.0, "std_x1": 0.3, "std_x2": 2.0, "correlation": 0.7}
    assert Component(weight=7, **row).gaussian == Gaussian(**row)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"weight": 0}, {"weight": 0}], "at least one weight must be above 0"),
        ([{"weight": -1}], "it must be a number from 0 to 1000"),
        ([{"std_x2": 0}], "it must be a number from 0.05 to 10"),
        ([{"correlation": 1}], "it must be a number from -0.999 to 0.999"),
        ([], "it must be a list of 1 to 32 tables"),
    ],
)
def test_degenerate_mixtures_are_refused_in_words(rows, words):
    with pytest.raises(InvalidValue) as caught:
        GaussianMixture(components=rows)
    assert words in caught.value.reason
