"""What pulling at an ellipse does to the distribution that declares it."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW, MANY, distributions, valid

from vae_gui.core.config import DataConfig, Mix
from vae_gui.core.distributions import (
    DISTRIBUTIONS,
    Gaussian,
    GaussianMixture,
    Moons,
    Ring,
    Transform,
    Uniform,
)
from vae_gui.core.distributions.handles import Ellipse

HELD = tuple(d for d in DISTRIBUTIONS if d.handles is not None)
REACH = st.floats(-12, 12)
MODEST = st.floats(0.2, 3)
TILTED = Gaussian(std_x1=1.5, std_x2=0.6, correlation=0.7)


def ellipse_of(distribution, place=0):
    return distribution.handles.read(distribution)[place]


def pull(distribution, grip, end, start=None, place=0):
    """Pull a grip to a place, taken exactly where it is."""
    held = ellipse_of(distribution, place)
    at = {"centre": held.centre, "first": held.centre + held.axes[0]}
    at |= {"second": held.centre + held.axes[1], "turn": held.centre + held.axes[0]}
    start = at[grip] if start is None else np.asarray(start, float)
    return distribution.handles.pull(distribution, place, held, grip, start, np.asarray(end, float))


@MANY
@given(gaussian=valid(Gaussian))
def test_the_axes_are_those_of_the_covariance(gaussian):
    ellipse = ellipse_of(gaussian)
    np.testing.assert_allclose(ellipse.covariance, gaussian.covariance, rtol=1e-9, atol=1e-12)
    assert ellipse.axes[0] @ ellipse.axes[1] == pytest.approx(0, abs=1e-9)
    assert ellipse.radius >= np.linalg.norm(ellipse.axes[1]) - 1e-9
    assert ellipse.axes[0, 0] >= 0


def test_an_outline_is_one_standard_deviation_away():
    ellipse = ellipse_of(TILTED)
    off = ellipse.outline(np.linspace(0, 6, 25)) - TILTED.mean
    squares = np.einsum("ni,ij,nj->n", off, np.linalg.inv(TILTED.covariance), off)
    np.testing.assert_allclose(squares, 1, rtol=1e-9)


def test_the_mean_goes_where_it_is_pulled_and_nothing_else_changes():
    moved = pull(TILTED, "centre", (2.5, -1.25))
    assert moved == msgspec.structs.replace(TILTED, mean_x1=2.5, mean_x2=-1.25)
    aside = pull(TILTED, "centre", (1.5, 0.5), start=(1.2, 0.4))  # taken beside its middle
    np.testing.assert_allclose(aside.mean, np.add(TILTED.mean, [0.3, 0.1]))


def test_an_axis_grows_along_itself_alone():
    before = ellipse_of(TILTED)
    longer = ellipse_of(pull(TILTED, "first", before.centre + 1.5 * before.axes[0]))
    np.testing.assert_allclose(longer.axes[0], 1.5 * before.axes[0], rtol=1e-4)
    np.testing.assert_allclose(longer.axes[1], before.axes[1], rtol=1e-4)
    aside = before.centre + before.axes[0] + 3 * before.axes[1]  # across does not count
    np.testing.assert_allclose(
        pull(TILTED, "first", aside).covariance, TILTED.covariance, rtol=1e-4
    )


def test_a_turn_keeps_the_lengths():
    before = ellipse_of(TILTED)
    angle = math.radians(40)
    way = [[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]]
    turned = pull(TILTED, "turn", before.centre + 2 * before.axes[0] @ way)
    expected = np.array(way).T @ TILTED.covariance @ np.array(way)
    np.testing.assert_allclose(turned.covariance, expected, rtol=1e-4, atol=1e-5)


def test_axes_keep_their_names_when_the_shorter_becomes_the_longer():
    before = ellipse_of(TILTED)
    after = pull(TILTED, "second", before.centre + 9 * before.axes[1])
    named = ellipse_of(after).like(before)
    np.testing.assert_allclose(named.axes, before.axes * [[1], [9]], rtol=1e-3, atol=1e-3)


def test_a_circle_takes_the_axes_that_it_had():
    before = ellipse_of(TILTED)
    round_ = Ellipse.of_covariance(np.zeros(2), np.eye(2)).like(before)
    np.testing.assert_allclose(round_.axes[0] * before.radius, before.axes[0], rtol=1e-6)
    assert round_.axes[0] @ round_.axes[1] == pytest.approx(0, abs=1e-12)


def test_pulled_too_far_it_stops_at_the_bound():
    far = pull(Gaussian(), "centre", (25, 3))
    assert far.mean_x1 == pytest.approx(10, abs=1e-4)
    assert far.mean_x2 == pytest.approx(3)  # along the bound it slides
    thin = pull(TILTED, "second", ellipse_of(TILTED).centre)  # flattened altogether
    assert abs(thin.correlation) == pytest.approx(0.999, abs=1e-4)
    assert pull(Ring(), "first", (9, 0)).radius == pytest.approx(4, abs=1e-4)
    assert pull(Ring(), "first", (-9, 0)).radius == pytest.approx(0, abs=1e-4)
    assert pull(Moons(), "first", (0.01, 0)).scale == pytest.approx(0.5, abs=1e-4)


@MANY
@given(distribution=distributions(), data=st.data())
def test_whatever_is_pulled_stays_valid_and_unpulled_it_stays_the_same(distribution, data):
    if distribution.handles is None:
        return
    ellipses = distribution.handles.read(distribution)
    place = data.draw(st.integers(0, len(ellipses) - 1))
    grip = data.draw(st.sampled_from(ellipses[place].grips))
    start, end = (np.array(data.draw(st.tuples(REACH, REACH))) for _ in range(2))
    pulled = distribution.handles.pull(distribution, place, ellipses[place], grip, start, end)
    assert type(pulled) is type(distribution)
    after = distribution.handles.read(pulled)
    assert len(after) == len(ellipses)
    for other, (old, new) in enumerate(zip(ellipses, after, strict=True)):
        if other != place:
            np.testing.assert_array_equal(old.covariance, new.covariance)
            np.testing.assert_array_equal(old.centre, new.centre)


@FEW
@given(a=MODEST, b=MODEST, angle=st.floats(-3, 3))
def test_reading_what_was_written_gives_the_ellipse(a, b, angle):
    way = np.array([math.cos(angle), math.sin(angle)])
    axes = np.array([a * way, [-b * way[1], b * way[0]]])
    ellipse = Ellipse(np.array([0.5, -1.0]), axes)
    for family in HELD:
        if "turn" not in ellipse_of(family()).grips:
            continue
        written = family.handles.write(family(), 0, ellipse)
        read = ellipse_of(written).like(ellipse)
        np.testing.assert_allclose(read.covariance, ellipse.covariance, rtol=2e-4, atol=1e-4)
        np.testing.assert_allclose(read.centre, ellipse.centre, atol=1e-4)


MOVES = Transform(rotate=30.0, scale_x1=2.0, shear=0.5, shift_x1=1.0, shift_x2=-0.5)


def test_ellipses_of_moved_data_lie_on_the_moved_data_and_pull_the_base():
    data = DataConfig(distribution=TILTED, transform=MOVES)
    ellipse = ellipse_of(data.source)
    np.testing.assert_allclose(ellipse.centre, data.source.mean)
    np.testing.assert_allclose(ellipse.covariance, data.source.covariance, rtol=1e-9)
    pulled = data.with_source(pull(data.source, "centre", (2, 1)))
    np.testing.assert_allclose(pulled.source.mean, (2, 1), atol=1e-4)
    assert pulled.transform == MOVES
    assert pulled.distribution.std_x1 == TILTED.std_x1
    turned = data.with_source(pull(data.source, "turn", np.add(ellipse.centre, [0, 3])))
    lengths = (np.linalg.eigvalsh(d.source.covariance) for d in (data, turned))
    np.testing.assert_allclose(*lengths, rtol=1e-3)
    ring = DataConfig(distribution=Ring(), transform=MOVES)
    held = ellipse_of(ring.source)
    larger = ring.with_source(pull(ring.source, "first", held.centre + 1.25 * held.axes[0]))
    assert larger.distribution.radius == pytest.approx(3, abs=1e-3)


def test_both_parts_of_a_mix_are_pulled():
    mix = Mix(distribution=GaussianMixture(), weight=0.3)
    data = DataConfig(distribution=Gaussian(), transform=MOVES, mix=mix)
    assert len(data.source.handles.read(data.source)) == 4
    first = data.with_source(pull(data.source, "centre", (0, 0)))
    assert first.mix == mix
    np.testing.assert_allclose(first.source.first.mean, 0, atol=1e-4)
    last = data.with_source(pull(data.source, "centre", (-3, 2), place=3))
    assert last.distribution == Gaussian()
    assert last.mix.weight == 0.3
    part = last.mix.distribution.components[2]
    assert (part.mean_x1, part.mean_x2) == pytest.approx((-3, 2), abs=1e-4)
    edges = DataConfig(distribution=Uniform(shape="square"), mix=mix)
    assert len(edges.source.handles.read(edges.source)) == 4


def test_what_is_not_changed_by_hand_stays_as_it_is():
    for data in (
        DataConfig(),
        DataConfig(transform=MOVES),
        DataConfig(mix=Mix()),
        DataConfig(transform=MOVES, mix=Mix(distribution=Ring())),
    ):
        assert data.with_source(data.source) == data
