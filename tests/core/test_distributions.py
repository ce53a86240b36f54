"""Every distribution of the registry keeps its promises, at defaults and at random parameters.

A new family is tested by its registry line alone.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from grids import Leaves, axes, cell, energy_test
from hypothesis import assume, example, given
from hypothesis import strategies as st
from strategies import FEW, MANY, distributions

from vae_gui.core.distributions import DISTRIBUTIONS, StudentT
from vae_gui.core.parameters import declared

FAMILIES = pytest.mark.parametrize("family", DISTRIBUTIONS, ids=lambda d: d.family())


def defaults_of_all(test):
    """Run a `@given(distribution=...)` test also on every family's defaults."""
    for family in DISTRIBUTIONS:
        test = example(distribution=family())(test)
    return test


@FAMILIES
def test_words_are_one_sentence_each(family):
    assert family.label
    for text in (family.help, *(f.parameter.help for f in declared(family))):
        assert text[0].isupper()
        assert text.endswith(".")
        assert ". " not in text
        assert len(text) < 100


def test_family_names_are_unique_and_start_with_the_gaussian():
    names = [d.family() for d in DISTRIBUTIONS]
    assert names[0] == "gaussian"
    assert len(set(names)) == len(names)


@FAMILIES
def test_default_data_fill_a_picture_of_about_three_to_each_side(family):
    a, b, c, d = family().bounds
    assert 5 < max(b - a, d - c) < 9.5
    assert min(b - a, d - c) > 3
    assert max(map(abs, (a, b, c, d))) <= 5


@MANY
@given(distribution=distributions(), n=st.integers(0, 40))
def test_shapes_and_types(distribution, n):
    x = distribution.sample(n, np.random.default_rng(0))
    assert x.shape == (n, 2)
    assert x.dtype == np.float64
    log_p = distribution.log_prob(x)
    assert log_p.shape == (n,)
    assert log_p.dtype == np.float64
    assert distribution.log_prob([0.5, 0.25]).shape == ()
    assert distribution.log_prob(np.zeros((3, 4, 2), np.float32)).shape == (3, 4)
    x1, x2 = np.linspace(-1, 1, 5), np.linspace(-2, 2, 3)
    assert distribution.density(x1, x2).shape == (3, 5)
    assert isinstance(distribution.entropy(), float)
    assert isinstance(distribution.entropy_error(), float)


@FEW
@defaults_of_all
@given(distribution=distributions())
def test_mass_moments_and_samples_are_those_of_log_prob(distribution):
    leaves = Leaves(distribution)
    assume(leaves.resolved)  # not a needle thousands of times as long as wide
    mass = leaves.p.sum()
    accuracy = 1e-6
    assert mass == pytest.approx(1, abs=1e-3 if distribution.hard_edges else accuracy)
    if not (isinstance(distribution, StudentT) and distribution.degrees < 5):
        # there what lies beyond any quadrature has a share of the variance
        spread = np.sqrt(np.diag(distribution.covariance))
        mean = leaves.p @ leaves.x / mass
        np.testing.assert_allclose(mean, distribution.mean, atol=2e-3 * spread.max())
        apart = (leaves.x - distribution.mean) / spread
        found = (apart.T * leaves.p) @ apart / mass
        expected = distribution.covariance / np.outer(spread, spread)
        np.testing.assert_allclose(found, expected, atol=2e-3)
    rng = np.random.default_rng(6)
    drawn = distribution.sample(1000, rng)
    assert energy_test(drawn, leaves.rejection_sample(1000, rng), rng) > 0.004


@MANY
@defaults_of_all
@given(distribution=distributions())
def test_density_is_the_exponential_of_log_prob(distribution):
    x1, x2 = axes(distribution, 23)[0], axes(distribution, 17)[1]
    grid = np.stack(np.meshgrid(x1, x2), axis=-1)
    expected = np.exp(distribution.log_prob(grid))
    np.testing.assert_allclose(
        distribution.density(x1, x2), expected, rtol=1e-9, atol=1e-15 * expected.max()
    )


@FEW
@defaults_of_all
@given(distribution=distributions())
def test_entropy_is_the_mean_information_of_samples(distribution):
    n = 100_000
    information = -distribution.log_prob(distribution.sample(n, np.random.default_rng(1)))
    standard_error = information.std() / math.sqrt(n)
    allowed = 4 * standard_error + distribution.entropy_error() + 1e-12
    assert distribution.entropy() == pytest.approx(information.mean(), abs=allowed)
    assert 0 <= distribution.entropy_error() < 1e-3


@FEW
@defaults_of_all
@given(distribution=distributions())
def test_samples_follow_the_density(distribution):
    n, bins, fine = 20_000, 8, 80
    a, b, c, d = distribution.bounds
    edges = np.linspace(a, b, bins + 1), np.linspace(c, d, bins + 1)
    x = distribution.sample(n, np.random.default_rng(2))
    counts = np.histogram2d(x[:, 1], x[:, 0], bins=edges[::-1])[0]
    # midpoints of a grid whose cells tile the bins
    x1, x2 = ((np.arange(bins * fine) + 0.5) / (bins * fine) * (hi - lo) + lo
              for lo, hi in ((a, b), (c, d)))  # fmt: skip
    p = distribution.density(x1, x2) * cell(x1, x2)
    expected = n * p.reshape(bins, fine, bins, fine).sum(axis=(1, 3))
    z = (counts - expected) / np.sqrt(np.maximum(expected, 4))
    assert np.abs(z).max() < 6


@MANY
@defaults_of_all
@given(distribution=distributions())
def test_bounds_hold_the_mass(distribution):
    a, b, c, d = distribution.bounds
    x1, x2 = distribution.sample(20_000, np.random.default_rng(3)).T
    inside = (a <= x1) & (x1 <= b) & (c <= x2) & (x2 <= d)
    assert inside.mean() >= 0.999


@MANY
@defaults_of_all
@given(distribution=distributions())
def test_log_prob_far_away_is_a_number_or_minus_infinity(distribution):
    far = np.array([0.0, 1.0, -50.0, 1e3, -1e5, 1e6])
    grid = np.stack(np.meshgrid(far, far), axis=-1)
    log_p = distribution.log_prob(grid)
    assert not np.isnan(log_p).any()
    assert (log_p < 10).all()
    # scattered points are not computed as a grid is
    np.testing.assert_allclose(distribution.log_prob(grid.reshape(-1, 2)), log_p.ravel(), rtol=1e-9)
    with np.errstate(over="raise", invalid="raise"):
        assert (distribution.density(far, far) >= 0).all()


@MANY
@given(distribution=distributions(), seed=st.integers(0, 2**31 - 1))
def test_one_seed_gives_one_sample(distribution, seed):
    first, again, other = (
        distribution.sample(7, np.random.default_rng(s)) for s in (seed, seed, seed + 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
