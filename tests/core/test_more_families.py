"""The other families against scipy, closed forms and what is known of their shapes."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import example, given
from strategies import FEW, valid
from test_families import by_brute_force

from vae_gui.core.distributions import (
    Banana,
    Checkerboard,
    Circles,
    FigureEight,
    Funnel,
    Grid,
    Heart,
    Pinwheel,
    SCurve,
    Spirals,
    StudentT,
    Uniform,
)
from vae_gui.core.distributions.gaussian import with_matrix
from vae_gui.core.parameters import InvalidValue

# --- curves and grids ---------------------------------------------------------------------


@FEW
@given(circles=valid(Circles))
@example(circles=Circles(noise=0.05, scale=4.5))
def test_noisy_circles_in_closed_form(circles):
    """Around a circle of radius R the density is exp(-(r^2 + R^2) / 2 s^2) I0(r R / s^2)."""
    x = circles.sample(100, np.random.default_rng(0))
    x[50:] *= 1.3
    r, s2 = np.hypot(*x.T), circles.noise**2
    radii = circles.scale * np.arange(1, circles.count + 1) / circles.count
    bessel = np.log(scipy.special.i0e(np.outer(radii, r) / s2)) - (r - radii[:, None]) ** 2 / 2 / s2
    expected = scipy.special.logsumexp(bessel, axis=0) - math.log(circles.count * 2 * math.pi * s2)
    np.testing.assert_allclose(circles.log_prob(x), expected, rtol=1e-6, atol=1e-6)


T = np.linspace(0, 1, 40_001)


def arm(k, turns):
    radius = np.sqrt(0.15**2 + (1 - 0.15**2) * T)
    angle = 2 * np.pi * (turns * (radius - 0.15) / 0.85 + k / 2)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)


def letter_s():
    t = 3 * np.pi * (T - 0.5)  # make_s_curve of scikit-learn
    return np.stack([0.75 * np.sin(t), np.sign(t) * (1 - np.cos(t)) / 2], axis=-1)


def heart():
    s, c = np.sin(2 * np.pi * T), np.cos(2 * np.pi * T)
    # 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t as polynomials of cos t
    x2 = 13 * c - 5 * (2 * c**2 - 1) - 2 * (4 * c**3 - 3 * c) - (8 * c**4 - 8 * c**2 + 1)
    return np.stack([s**3, (x2 + 2.5) / 16], axis=-1)


def eight():
    s, c = np.sin(2 * np.pi * T), np.cos(2 * np.pi * T)
    return np.stack([s, 2 * s * c / 1.6], axis=-1)


@pytest.mark.parametrize("noise", [0.05, 0.4])
@pytest.mark.parametrize(
    ("family", "pieces"),
    [
        (Spirals(turns=2), [arm(0, 2), arm(1, 2)]),
        (SCurve(), [letter_s()]),
        (Heart(), [heart()]),
        (FigureEight(), [eight()]),
    ],
    ids=["spirals", "s_curve", "heart", "figure_eight"],
)
def test_curves_are_integrals_along_them(family, pieces, noise):
    made = msgspec.structs.replace(family, noise=noise)
    x = made.sample(30, np.random.default_rng(0))
    x += noise * np.random.default_rng(1).standard_normal(x.shape)
    expected = np.mean([by_brute_force(made.scale * piece, noise, x) for piece in pieces], axis=0)
    np.testing.assert_allclose(np.exp(made.log_prob(x)), expected, rtol=2e-6)


@FEW
@given(grid=valid(Grid))
def test_a_grid_is_the_product_of_two_rows(grid):
    x = grid.sample(50, np.random.default_rng(0))
    places = grid.spacing * (np.arange(grid.side) - (grid.side - 1) / 2)
    rows = [np.mean(scipy.stats.norm.pdf(c[:, None], places, grid.width), axis=1) for c in x.T]
    np.testing.assert_allclose(np.exp(grid.log_prob(x)), rows[0] * rows[1], rtol=1e-9)


# --- twisted, bent, flared ----------------------------------------------------------------


@FEW
@given(pinwheel=valid(Pinwheel))
def test_a_twist_keeps_areas_and_is_undone_by_its_opposite(pinwheel):
    x = pinwheel.sample(40, np.random.default_rng(0)) + 0.1
    h = 1e-6
    moved = [
        (pinwheel.twisted(x + h * e) - pinwheel.twisted(x - h * e)) / (2 * h) for e in np.eye(2)
    ]
    jacobian = np.linalg.det(np.stack(moved, axis=-1))
    np.testing.assert_allclose(jacobian, 1, atol=1e-6)
    np.testing.assert_allclose(pinwheel.twisted(pinwheel.twisted(x), -1), x, atol=1e-9)


def test_a_pinwheel_of_one_long_arm_is_a_twisted_gaussian():
    one = Pinwheel(arms=1, radius=1, length=0.7, width=0.2, twist=1.1)
    x = one.sample(60, np.random.default_rng(0))
    r, angle = np.hypot(*x.T), np.arctan2(x[:, 1], x[:, 0])
    back = angle - 1.1 * r
    u = np.stack([r * np.cos(back), r * np.sin(back)], axis=-1)
    theirs = scipy.stats.multivariate_normal([1, 0], [[0.49, 0], [0, 0.04]])
    np.testing.assert_allclose(one.log_prob(x), theirs.logpdf(u), atol=1e-9)
    assert one.entropy() == pytest.approx(theirs.entropy(), abs=1e-9)


@FEW
@given(banana=valid(Banana))
def test_a_banana_is_two_gaussians_one_after_the_other(banana):
    x = banana.sample(50, np.random.default_rng(0))
    ridge = banana.bend * (x[:, 0] ** 2 - banana.width**2)
    first = scipy.stats.norm(0, banana.width)
    second = scipy.stats.norm(ridge, banana.thickness)
    expected = first.logpdf(x[:, 0]) + second.logpdf(x[:, 1])
    np.testing.assert_allclose(banana.log_prob(x), expected, rtol=1e-9, atol=1e-9)
    assert banana.entropy() == pytest.approx(
        first.entropy() + scipy.stats.norm(0, banana.thickness).entropy(), abs=1e-12
    )


@FEW
@given(funnel=valid(Funnel))
@example(funnel=Funnel(height=1.6, width=2, flare=0.6))
def test_a_funnel_is_two_gaussians_one_after_the_other(funnel):
    x = funnel.sample(50, np.random.default_rng(0))
    stds = funnel.width * np.exp(funnel.flare * x[:, 1])
    expected = scipy.stats.norm.logpdf(x[:, 0], 0, stds)
    expected += scipy.stats.norm.logpdf(x[:, 1], 0, funnel.height)
    np.testing.assert_allclose(funnel.log_prob(x), expected, rtol=1e-9, atol=1e-9)
    v = np.linspace(-9, 9, 2001) * funnel.height
    of_v = scipy.stats.norm.pdf(v, 0, funnel.height) * (v[1] - v[0])
    beyond = 2 * scipy.stats.norm.sf(funnel.bounds[1] / (funnel.width * np.exp(funnel.flare * v)))
    assert of_v @ beyond == pytest.approx(3e-4, rel=1e-3)


# --- heavy tails --------------------------------------------------------------------------


@FEW
@given(t=valid(StudentT))
@example(t=StudentT(degrees=2))
def test_student_t_is_that_of_scipy(t):
    theirs = scipy.stats.multivariate_t(t.mean, t.scale_matrix, t.degrees, allow_singular=True)
    x = t.sample(50, np.random.default_rng(0))
    np.testing.assert_allclose(t.log_prob(x), theirs.logpdf(x), rtol=1e-6, atol=1e-5)
    assert t.entropy() == pytest.approx(theirs.entropy(), abs=1e-5)


def test_bounds_of_a_t_hold_what_they_are_said_to_along_one_axis():
    for degrees in (2.0, 3.0, 30.0):
        t = StudentT(degrees=degrees, mean_x1=1, scale_x1=0.7)
        beyond = 2 * scipy.stats.t.sf((t.bounds[1] - 1) / 0.7, degrees)
        assert 0 < beyond < 1e-3


def test_variance_of_a_t_is_infinite_at_two_degrees_and_said_so():
    assert (StudentT(degrees=2).covariance == math.inf).all()
    t = StudentT(degrees=4, scale_x1=2, correlation=0.25)
    np.testing.assert_allclose(t.covariance, [[8, 0.5], [0.5, 0.5]])


def test_the_scale_matrix_is_edited_like_a_covariance():
    view = StudentT.matrix
    edited = view.write(StudentT(), np.array([[4, -1], [-1, 1]]))
    assert (edited.scale_x1, edited.scale_x2, edited.correlation) == (2, 1, -0.5)
    np.testing.assert_array_equal(view.read(edited), [[4, -1], [-1, 1]])
    with pytest.raises(InvalidValue, match=r"scale matrix = .* not positive definite"):
        with_matrix(StudentT(), np.ones((2, 2)), "scale matrix", ("scale_x1", "scale_x2"))


# --- hard edges ---------------------------------------------------------------------------

AREAS = {  # at size 1
    "disc": math.pi,
    "square": 4,
    "triangle": 3 * math.sqrt(3) / 4,
    "hexagon": 3 * math.sqrt(3) / 2,
    "star": 5
    * math.sin(math.radians(36))
    * math.sin(math.radians(18))
    / math.cos(math.radians(36)),
    "cross": 20 / 9,
}


@pytest.mark.parametrize("shape", sorted(AREAS))
@pytest.mark.parametrize("hole", [0.0, 0.6])
def test_the_entropy_of_a_shape_is_the_log_of_its_area(shape, hole):
    area = AREAS[shape] * 1.5**2 * (1 - hole**2)
    assert Uniform(shape=shape, size=1.5, hole=hole).entropy() == pytest.approx(math.log(area))


@pytest.mark.parametrize("shape", sorted(AREAS))
def test_the_area_of_a_shape_is_what_random_points_find(shape):
    made = Uniform(shape=shape, size=1.5, hole=0.4)
    a, b, c, d = made.support
    x = np.random.default_rng(0).uniform([a, c], [b, d], (400_000, 2))
    share = np.isfinite(made.log_prob(x)).mean()
    found = share * (b - a) * (d - c)
    assert math.log(found) == pytest.approx(made.entropy(), abs=0.01)
    drawn = made.sample(1000, np.random.default_rng(1))
    np.testing.assert_array_equal(made.log_prob(drawn), -made.entropy())
    assert np.isneginf(made.log_prob([[0, 0], [10, 0]])).all()


@pytest.mark.parametrize("squares", [2, 3, 4, 9])
def test_every_second_square_of_a_board_is_dark(squares):
    board = Checkerboard(squares=squares, size=squares / 2)  # squares of side 1
    middles = np.arange(squares) + 0.5 - squares / 2
    log_p = board.log_prob(np.stack(np.meshgrid(middles, middles), axis=-1))
    dark = np.add.outer(np.arange(squares), np.arange(squares)) % 2 == 0
    np.testing.assert_array_equal(np.isfinite(log_p), dark)
    assert board.entropy() == pytest.approx(math.log(dark.sum()))
    assert board.number_of_modes() == dark.sum()
