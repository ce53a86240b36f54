"""Moved and mixed distributions: exact by the Jacobian and by adding densities."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from grids import Leaves, energy_test
from hypothesis import example, given, settings
from strategies import FEW, distributions, sources, valid

from vae_gui.core.config import DataConfig, Mix
from vae_gui.core.data import make_dataset, rounded
from vae_gui.core.distributions import (
    Checkerboard,
    Gaussian,
    Mixed,
    Moons,
    Ring,
    StudentT,
    Transform,
    Transformed,
    Uniform,
)

ASKEW = Transform(scale_x1=1.5, scale_x2=0.6, shear=0.8, rotate=35, shift_x1=2, shift_x2=-1)
EXAMPLES = [
    DataConfig(transform=ASKEW).source,
    DataConfig(distribution=Moons(), transform=ASKEW).source,
    DataConfig(distribution=Uniform(), transform=ASKEW).source,
    DataConfig(distribution=Ring(), mix=Mix(distribution=Moons(), weight=0.2)).source,
    DataConfig(transform=ASKEW, mix=Mix(distribution=Uniform(), weight=0.6)).source,
    DataConfig(distribution=StudentT(degrees=2), mix=Mix(distribution=Ring())).source,
]
EACH = pytest.mark.parametrize("source", EXAMPLES, ids=lambda d: type(d).__name__.lower())


@FEW
@given(gaussian=valid(Gaussian), transform=valid(Transform))
def test_a_moved_gaussian_is_the_gaussian_with_moved_moments(gaussian, transform):
    moved = Transformed(base=gaussian, transform=transform)
    theirs = scipy.stats.multivariate_normal(moved.mean, moved.covariance, allow_singular=True)
    x = moved.sample(40, np.random.default_rng(0))
    np.testing.assert_allclose(moved.log_prob(x), theirs.logpdf(x), rtol=1e-6, atol=1e-5)
    assert moved.entropy() == pytest.approx(theirs.entropy(), abs=1e-6)
    drawn = moved.sample(100_000, np.random.default_rng(1))
    spread = np.sqrt(np.diag(moved.covariance))
    np.testing.assert_allclose(drawn.mean(axis=0), moved.mean, atol=0.02 * spread.max())
    np.testing.assert_allclose(np.cov(drawn.T), moved.covariance, atol=0.03 * spread.max() ** 2)


def test_the_parts_of_a_transform_do_what_they_are_called():
    x = np.array([[1.0, 0.0], [0.0, 2.0]])

    def moved(**how):
        return Transformed(base=Gaussian(), transform=Transform(**how))._moved(x)

    np.testing.assert_allclose(moved(scale_x1=3), [[3, 0], [0, 2]])
    np.testing.assert_allclose(moved(rotate=90), [[0, 1], [-2, 0]], atol=1e-15)
    np.testing.assert_allclose(moved(shear=0.5), [[1, 0], [1, 2]])
    np.testing.assert_allclose(moved(shift_x2=-4), [[1, -4], [0, -2]])
    # scaled first, sheared, rotated, and shifted last
    both = moved(scale_x2=2, shear=1, rotate=90, shift_x1=10)
    np.testing.assert_allclose(both, [[10, 1], [6, 4]], atol=1e-14)


@EACH
def test_mass_moments_and_samples_are_those_of_log_prob(source):
    leaves = Leaves(source)
    assert leaves.p.sum() == pytest.approx(1, abs=2e-3 if source.hard_edges else 1e-6)
    if np.isfinite(source.covariance).all():
        mean = leaves.p @ leaves.x / leaves.p.sum()
        apart = leaves.x - source.mean
        np.testing.assert_allclose(mean, source.mean, atol=4e-3)
        np.testing.assert_allclose((apart.T * leaves.p) @ apart, source.covariance, atol=0.02)
    else:
        assert (source.covariance == math.inf).all()
    rng = np.random.default_rng(6)
    drawn = leaves.rejection_sample(1000, rng)
    assert energy_test(source.sample(1000, rng), drawn, rng) > 0.004


@settings(FEW, max_examples=8)  # an entropy of what is mixed may take seconds
@given(source=sources())
@example(source=EXAMPLES[3])
@example(source=EXAMPLES[4])
@example(source=EXAMPLES[5])
def test_entropy_bounds_and_far_places_hold_for_any(source):
    n = 50_000
    x = source.sample(n, np.random.default_rng(1))
    information = -source.log_prob(x)
    allowed = 4 * information.std() / math.sqrt(n) + source.entropy_error() + 1e-9
    assert source.entropy() == pytest.approx(information.mean(), abs=allowed)
    assert source.entropy_error() < 0.02
    a, b, c, d = source.bounds
    inside = (a <= x[:, 0]) & (x[:, 0] <= b) & (c <= x[:, 1]) & (x[:, 1] <= d)
    assert inside.mean() >= 0.999
    far = np.array([0.0, -50.0, 1e3, -1e6])
    log_p = source.log_prob(np.stack(np.meshgrid(far, far), axis=-1))
    assert not np.isnan(log_p).any()
    assert (log_p < 15).all()


@FEW
@given(one=distributions(), other=distributions())
def test_a_mixture_is_the_sum_of_both(one, other):
    mixed = Mixed(first=one, second=other, weight=0.3)
    x = np.concatenate([one.sample(20, np.random.default_rng(0)),
                        other.sample(20, np.random.default_rng(1))])  # fmt: skip
    expected = 0.7 * np.exp(one.log_prob(x)) + 0.3 * np.exp(other.log_prob(x))
    np.testing.assert_allclose(np.exp(mixed.log_prob(x)), expected, rtol=1e-12)


def test_a_distribution_mixed_with_itself_has_its_own_entropy():
    for one in (Gaussian(), Ring(), Checkerboard()):
        mixed = Mixed(first=one, second=one, weight=0.4)
        allowed = mixed.entropy_error() + one.entropy_error() + 1e-9
        assert mixed.entropy() == pytest.approx(one.entropy(), abs=allowed)


def test_far_parts_add_the_entropy_of_the_choice():
    shifted = Transformed(base=Gaussian(), transform=Transform(shift_x1=10, scale_x1=0.1))
    mixed = Mixed(
        first=shifted, second=StudentT(scale_x1=0.05, scale_x2=0.05, degrees=9), weight=0.2
    )
    parts = [(0.8, shifted.entropy()), (0.2, mixed.second.entropy())]
    expected = sum(w * (entropy - math.log(w)) for w, entropy in parts)
    assert mixed.entropy() == pytest.approx(expected, abs=1e-5 + mixed.entropy_error())
    assert mixed.number_of_modes() == 2


@pytest.mark.parametrize("source", EXAMPLES[2:5:2], ids=["moved", "mixed"])
def test_points_rounded_at_a_hard_edge_stay_inside(source):
    x = source.sample(20_000, np.random.default_rng(0))
    assert np.isfinite(source.log_prob(rounded(source, x))).all()
    assert np.abs(rounded(source, x) - x).max() < 1e-6


def test_points_on_the_very_edge_are_rounded_to_the_inside():
    disc = Uniform(shape="disc", size=1 / 3 + 1, hole=0)
    angle = np.linspace(0, 2 * np.pi, 5000)
    edge = disc.size * (1 - 1e-15) * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    assert np.isneginf(disc.log_prob(edge.astype(np.float32))).any()
    assert np.isfinite(disc.log_prob(rounded(disc, edge))).all()


def test_a_run_draws_from_what_is_moved_and_mixed():
    config = DataConfig(transform=Transform(shift_x1=8), mix=Mix(distribution=Ring(), weight=0.25))
    data = make_dataset(config)
    assert np.mean(data.train[:, 0] > 4.2) == pytest.approx(0.75, abs=0.03)
    plain = make_dataset(DataConfig())
    moved = make_dataset(DataConfig(transform=Transform(shift_x1=8)))
    np.testing.assert_allclose(moved.train - [8, 0], plain.train, atol=1e-6)


# --- taken hold of ------------------------------------------------------------------------


def test_the_ellipse_of_what_is_moved_is_moved_and_pulled_where_it_is_seen():
    moved = DataConfig(transform=ASKEW).source
    (ellipse,) = moved.handles.read(moved)
    np.testing.assert_allclose(ellipse.centre, moved.mean)
    np.testing.assert_allclose(ellipse.covariance, moved.covariance, atol=1e-12)
    away = replace(ellipse, centre=np.add(ellipse.centre, [0.5, -0.25]))
    pulled = moved.handles.write(moved, 0, away)
    np.testing.assert_allclose(pulled.mean, np.add(moved.mean, [0.5, -0.25]), atol=1e-3)
    np.testing.assert_allclose(pulled.covariance, moved.covariance, atol=1e-3)
    assert pulled.transform == ASKEW


def test_the_ellipses_of_a_mixture_are_those_of_both_and_each_changes_its_own():
    data = DataConfig(transform=Transform(shift_x1=1), mix=Mix(distribution=StudentT()))
    mixed = data.source
    first, second = mixed.handles.read(mixed)
    np.testing.assert_allclose(first.centre, [2, 0.5])
    np.testing.assert_allclose(second.centre, [0, 0])
    pulled = mixed.handles.write(mixed, 1, replace(second, centre=np.array([1.0, -1.0])))
    assert (pulled.second.mean_x1, pulled.second.mean_x2) == (1, -1)
    assert pulled.first == mixed.first
    pulled = mixed.handles.write(mixed, 0, replace(first, centre=np.array([4.0, 0.0])))
    changed = data.with_source(pulled)
    assert (changed.distribution.mean_x1, changed.distribution.mean_x2) == (3, 0)
    assert changed.mix == data.mix
    assert changed.transform == data.transform
    assert changed.source == pulled
