"""Nodes and weights: even, in their order, and exact where they should be."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import qmc

from vae_gui.core.density.nodes import nodes, noise_nodes
from vae_gui.core.density.quantile import normal_quantile
from vae_gui.core.density.sobol import DIMENSIONS, sobol


def test_quantile_against_scipy_far_into_the_tails():
    u = np.concatenate([np.linspace(1e-9, 1 - 1e-9, 20_001), 10.0 ** -np.arange(1, 300)])
    np.testing.assert_allclose(normal_quantile(u), ndtri(u), rtol=1e-13, atol=1e-15)
    grid = u[:20_000].reshape(100, 200)
    np.testing.assert_array_equal(normal_quantile(grid).ravel(), normal_quantile(grid.ravel()))


def test_sobol_is_the_sequence_that_scipy_has():
    expected = qmc.Sobol(DIMENSIONS, scramble=False, bits=32).random(512)
    found = sobol(512, DIMENSIONS, scrambled=False)
    # the order differs by a Gray code; the sets are those of any power of two
    for count in (1, 64, 512):
        rows = [sorted(map(tuple, points[:count])) for points in (found, expected)]
        assert rows[0] == rows[1]


@pytest.mark.parametrize("dimension", range(DIMENSIONS))
def test_scrambling_keeps_every_stratum(dimension):
    points = sobol(1024, DIMENSIONS)
    assert ((points > 0) & (points < 1)).all()
    for count in (256, 1024):  # one point in each of as many intervals
        assert np.bincount((points[:count, dimension] * count).astype(int)).tolist() == [1] * count
    assert not np.array_equal(points, sobol(1024, DIMENSIONS, scrambled=False))


def test_scrambled_points_are_as_even_as_scipys():
    ours = qmc.discrepancy(sobol(1024, 3))
    theirs = np.mean([qmc.discrepancy(qmc.Sobol(3, seed=s).random(1024)) for s in range(8)])
    assert ours < 1.2 * theirs


@pytest.mark.parametrize("latent", range(1, 9))
def test_moments_of_the_prior(latent):
    rule = nodes(latent)
    accuracy = 2e-6 if latent <= 2 else 0.02
    for part in (slice(None), slice(rule.coarse)):
        w = rule.weights[part] / rule.weights[part].sum()
        z = rule.z[part]
        np.testing.assert_allclose(w @ z, 0, atol=accuracy)
        np.testing.assert_allclose((w[:, None] * z).T @ z, np.eye(latent), atol=3 * accuracy)
        np.testing.assert_allclose(w @ z**4, 3, atol=30 * accuracy)
    assert rule.weights.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("latent", range(1, 9))
@pytest.mark.parametrize("rough", [False, True])
def test_noise_nodes_are_exact_for_quadratics(latent, rough):
    rule = noise_nodes(latent, rough)
    np.testing.assert_allclose(rule.weights @ rule.z, 0, atol=1e-12)
    second = (rule.weights[:, None] * rule.z).T @ rule.z
    np.testing.assert_allclose(second, np.eye(latent), atol=1e-9)
    if latent <= 3:  # and nearly for what a decoder does within one posterior
        found = rule.weights @ np.cos(rule.z @ np.full(latent, 0.8))
        assert found == pytest.approx(np.exp(-0.32 * latent), abs=5e-4 if rough else 5e-5)


@pytest.mark.parametrize(("latent", "count"), [(1, 64), (2, 400), (2, 4096)])
def test_a_grid_comes_back_in_its_order(latent, count):
    rule = nodes(latent, count)
    assert 0.8 * count <= len(rule.z) <= count
    axis = rule.axis
    assert axis[0] == -rule.reach
    assert axis[1] - axis[0] == pytest.approx(rule.spacing)
    first = rule.on_grid(rule.z[:, 0])
    assert first.shape == rule.shape
    expected = axis if latent == 1 else np.outer(axis, np.ones(len(axis)))
    squares = axis**2 if latent == 1 else np.add.outer(axis**2, axis**2)
    inside = squares <= rule.reach**2 * (1 + 1e-9)
    np.testing.assert_array_equal(first, np.where(inside, expected, 0))


def test_half_of_the_nodes_are_half_along_each_axis():
    rule = nodes(2, 4096)
    some = rule.z[: rule.coarse]
    for along in some.T:
        assert np.isin(along, rule.axis[::2]).all()
    assert rule.coarse == pytest.approx(len(rule.z) / 4, rel=0.05)


def test_rules_cannot_be_changed_as_they_are_shared():
    with pytest.raises(ValueError, match="read-only"):
        nodes(1).z[0] = 0
    assert nodes(1) is nodes(1)
