"""How many peaks a density has: on grids, of Gaussians without one, and where nobody can tell."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vae_gui.core.distributions import (
    Checkerboard,
    Component,
    Gaussian,
    GaussianMixture,
    Mixed,
    OwnFile,
    Pinwheel,
)
from vae_gui.core.distributions.peaks import count_peaks


def test_peaks_are_counted_plateaus_once_and_ripple_not_at_all():
    x = np.linspace(-4, 4, 161)

    def bump(a, b, height=1.0, width=0.5):
        return height * np.exp(-((x - a) ** 2 + (x[:, None] - b) ** 2) / (2 * width**2))

    assert count_peaks(bump(0, 0)) == 1
    assert count_peaks(bump(-2, 0) + bump(2, 1, 0.02)) == 2
    assert count_peaks(bump(-0.4, 0) + bump(0.4, 0)) == 1  # closer than two widths
    assert count_peaks(np.minimum(bump(-2, 0), 0.5) + np.minimum(bump(2, 0), 0.3)) == 2
    ridge = np.exp(-(x[:, None] ** 2) / 0.1) * (1 + 0.03 * np.cos(9 * x)) * np.ones((161, 1))
    assert count_peaks(ridge) == 1
    ring = np.exp(-((np.hypot(x, x[:, None]) - 2) ** 2) / 0.02)
    assert count_peaks(ring) == 1


def test_squares_that_touch_at_a_corner_are_apart():
    board = np.add.outer(np.arange(60) // 15, np.arange(60) // 15) % 2 == 0
    assert count_peaks(board.astype(float)) == 8
    assert Mixed(first=Checkerboard(), second=Gaussian(), weight=0.01).number_of_modes() == 8


def thin(*places, **how):
    return GaussianMixture(
        components=tuple(Component(mean_x1=a, mean_x2=b, **how) for a, b in places)
    )


CROSSED = GaussianMixture(
    components=(
        Component(std_x1=2, std_x2=0.1, mean_x1=2, mean_x2=0),
        Component(std_x1=0.1, std_x2=2, mean_x1=0, mean_x2=2),
    )
)


def test_peaks_narrower_than_any_grid_are_counted():
    slim = {"std_x1": 0.05, "std_x2": 0.05, "correlation": 0.999}
    assert thin((-2, -1), (0, 0), (2, 1), **slim).number_of_modes() == 3
    assert thin((-2, -1), (0, 0), (0, 0), **slim).number_of_modes() == 2
    # along their longer axis two equal ones join below two standard deviations of it
    axis = np.array([1, 1]) / math.sqrt(2)
    long = 0.05 * math.sqrt(1.999)
    for apart, count in ((1.9, 1), (3.5, 2)):
        ends = [tuple(sign * apart / 2 * long * axis) for sign in (-1, 1)]
        assert thin(*ends, **slim).number_of_modes() == count


def crowd(seed, std):
    rng = np.random.default_rng(seed)
    stds = std * rng.uniform(0.5, 1.5, (32, 2))
    parts = [
        Component(
            weight=rng.uniform(0.2, 1),
            mean_x1=2 * rng.normal(),
            mean_x2=2 * rng.normal(),
            std_x1=one,
            std_x2=other,
            correlation=rng.uniform(-0.9, 0.9),
        )
        for one, other in stds.tolist()
    ]
    return GaussianMixture(components=tuple(parts)).ellipses


@pytest.mark.parametrize(
    ("mixture", "count"),
    [
        (Pinwheel(width=0.05, length=1.5, radius=3, twist=1.5).untwisted, 6),  # 5 meet in one more
        (Pinwheel(arms=3, radius=0.3, length=1.0, width=0.3).untwisted, None),
        (Pinwheel(arms=12, radius=2, length=0.4, width=0.4).untwisted, None),
        (CROSSED.ellipses, 3),  # more than components
        (GaussianMixture().ellipses, 3),
        (crowd(0, 1.2), None),
        (crowd(1, 0.4), None),
    ],
    ids=["pinwheel", "joined", "wide", "crossed", "default", "crowd", "crowd apart"],
)
def test_peaks_of_gaussians_are_those_of_a_fine_grid(mixture, count):
    a, b, c, d = mixture.box(4)
    grid = np.stack(np.meshgrid(np.linspace(a, b, 900), np.linspace(c, d, 900)), axis=-1)
    expected = count_peaks(np.exp(mixture.log_prob(grid)))
    assert mixture.number_of_modes() == expected
    assert count in (None, expected)


def test_a_twist_leaves_the_number_of_peaks_as_it_is():
    fine = Pinwheel(arms=4, radius=2.5, length=0.5, width=0.2, twist=1.0)
    x = np.linspace(*fine.bounds[:2], 700)
    assert fine.number_of_modes() == count_peaks(fine.density(x, x)) == 4
    assert Pinwheel(width=0.05, length=1.5, radius=3, twist=1.5).number_of_modes() == 6


def test_what_no_grid_resolves_has_no_number():
    slim = Component(std_x1=0.05, std_x2=0.05, correlation=0.999)
    far = thin((-9, -9), (9, 9), std_x1=0.05, std_x2=0.05, correlation=0.999)
    mixed = Mixed(first=far, second=GaussianMixture(components=(slim,)), weight=0.3)
    assert mixed.number_of_modes() in (None, 3)
    assert OwnFile(bandwidth=0.1).number_of_modes() is None
