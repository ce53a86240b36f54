"""Drawings: exact densities of many dots, the tools that make them, and their files."""

from __future__ import annotations

import math
import time

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp
from strategies import FEW, MANY, valid

from vae_gui.core.config import DataConfig, RunConfig, from_toml, to_toml, with_value
from vae_gui.core.distributions import Drawn
from vae_gui.core.distributions.brushes import RADIUS, TOOLS, Brush, Eraser, Mover, Spray
from vae_gui.core.distributions.strokes import MOST_DOTS, Stroke, Trail, copies, symmetries
from vae_gui.core.parameters import InvalidValue

POINT = st.tuples(st.floats(-9, 9), st.floats(-9, 9)).map(np.array)
RNG = np.random.default_rng(0)


def direct(drawn, x):
    """The log density as one sum over all dots, by SciPy."""
    dots = np.concatenate([s.dots for s in drawn.strokes])
    stds = np.concatenate([np.full(len(s.dots), s.width) for s in drawn.strokes])
    squares = ((x[..., None, :] - dots) ** 2).sum(axis=-1)
    logs = -0.5 * squares / stds**2 - np.log(2 * np.pi * stds**2)
    return logsumexp(logs, b=stds**2 / (stds**2).sum(), axis=-1)


def spiral(count=MOST_DOTS):
    """As many dots as there can be, of two widths, over the whole sheet."""
    t = np.linspace(0, 40, count)
    dots = t[:, None] / 5 * np.stack([np.cos(t), np.sin(t)], axis=-1)
    half = count // 2
    return Drawn(strokes=(Stroke.of(dots[:half], 0.05), Stroke.of(dots[half:], 0.3)))


def drawn_by(tool, *points, canvas=(), width=0.2, symmetry="none"):
    gesture = tool(canvas, width, symmetry, np.array(points[0], float), np.random.default_rng(1))
    for point in points[1:]:
        gesture.to(np.array(point, float))
    return gesture


# density ---------------------------------------------------------------------------


@FEW
@given(drawn=valid(Drawn), data=st.data())
def test_the_density_is_the_sum_over_all_dots(drawn, data):
    near = drawn.sample(30, np.random.default_rng(0))
    x = np.concatenate([near, data.draw(st.lists(POINT, min_size=1, max_size=9))])
    np.testing.assert_allclose(drawn.log_prob(x), direct(drawn, x), rtol=1e-11, atol=1e-11)


def test_thousands_of_dots_are_exact_on_a_grid_and_beside_it():
    drawn = spiral()
    axis = np.linspace(-12, 12, 34)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1)
    expected = direct(drawn, grid)
    np.testing.assert_allclose(drawn.log_prob(grid), expected, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(
        drawn.log_prob(grid.reshape(-1, 2)).reshape(grid.shape[:2]),
        expected,
        rtol=1e-11,
        atol=1e-11,
    )
    np.testing.assert_allclose(drawn.density(axis, axis), np.exp(expected), rtol=1e-9, atol=1e-120)


def test_far_away_it_is_still_exact():
    drawn = Drawn(strokes=(Stroke(width=0.05, points="0,0 1,0"), Stroke(width=0.2, points="3,1")))
    x = np.array([[1e3, 0.0], [-1e5, 1e5], [1e6, -1e6], [0.0, 9.0]])
    np.testing.assert_allclose(drawn.log_prob(x), direct(drawn, x), rtol=1e-12)


def test_entropy_and_moments_are_those_of_a_single_dot():
    dot = Drawn(strokes=(Stroke(width=0.3, points="1.5,-2"),))
    assert dot.entropy() == pytest.approx(math.log(2 * math.pi * math.e * 0.09), abs=1e-9)
    np.testing.assert_allclose(dot.mean, [1.5, -2])
    np.testing.assert_allclose(dot.covariance, 0.09 * np.eye(2))


def test_moments_are_those_of_its_samples():
    drawn = Drawn()
    x = drawn.sample(200_000, np.random.default_rng(0))
    np.testing.assert_allclose(drawn.mean, x.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(drawn.covariance, np.cov(x.T), atol=0.03)


def test_the_ink_of_a_wide_and_a_narrow_brush_is_as_dark():
    """Each dot has the mass of its width squared: in mid-stroke the density is the same."""
    lines = [
        Stroke.of(np.array(drawn_by(Brush, (-8, y), (8, y), width=w).ink()[-1][1]), w)
        for y, w in ((-4, 0.1), (4, 0.4))
    ]
    p = Drawn(strokes=tuple(lines)).log_prob([[0, -4], [0, 4]])
    assert p[0] == pytest.approx(p[1], abs=1e-6)
    along = Drawn(strokes=tuple(lines)).log_prob([[x, 4] for x in np.linspace(-2, 2, 50)])
    assert np.ptp(along) < 1e-6  # the dots do not show


# files and refusals ------------------------------------------------------------------


@MANY
@given(drawn=valid(Drawn))
def test_a_drawing_comes_back_from_its_file(drawn):
    config = RunConfig(data=DataConfig(distribution=drawn))
    assert from_toml(to_toml(config)) == config
    for stroke in drawn.strokes:
        again = Stroke.of(stroke.dots, stroke.width)
        np.testing.assert_allclose(
            np.unique(again.dots, axis=0), np.unique(stroke.dots, axis=0), atol=1e-12
        )


def test_a_full_drawing_is_a_small_file():
    config = RunConfig(data=DataConfig(distribution=spiral()))
    assert len(to_toml(config)) < 80_000


@pytest.mark.parametrize(
    ("strokes", "words"),
    [
        ([], "1 to 500"),
        ([{"points": ""}], "at least one point"),
        ([{"points": "1,2 3"}], "pairs such as 0.5,-1.25"),
        ([{"points": "1,2 nan,3"}], "“nan,3” is none"),
        ([{"points": "11,0"}], "from -10 to 10"),
        ([{"points": "0,0", "width": 0}], "from 0.05 to 1"),
        ([{"points": " ".join(["0.5,1"] * 4001)}], "at most 4,000 points"),
        ([{"points": " ".join(["0.5,1"] * 2500)}] * 2, "at most 4,000 points"),
    ],
    ids=str,
)
def test_what_is_no_drawing_is_refused_in_words(strokes, words):
    with pytest.raises(InvalidValue, match=r"strokes") as refused:
        with_value(
            with_value(RunConfig(), "data.distribution.family", "drawn"),
            "data.distribution.strokes",
            strokes,
        )
    assert words in str(refused.value)


# tools ----------------------------------------------------------------------------


def test_a_trail_is_dots_at_equal_distances_however_the_pointer_jumps():
    trail = Trail(np.zeros(2), 0.25)
    for x in (0.1, 0.2, 0.9, 0.95, 3.0):
        trail.to(np.array([x, 0.0]))
    np.testing.assert_allclose(np.array(trail.taken())[:, 0], np.arange(13) * 0.25, atol=1e-12)
    assert trail.taken() == []


def test_a_click_is_one_dot_and_a_line_is_many():
    (dot,) = drawn_by(Brush, (1, 2)).canvas()
    assert dot == Stroke(width=0.2, points="1,2")
    (line,) = drawn_by(Brush, (-1, 0), (1, 0)).canvas()
    np.testing.assert_allclose(line.dots, [[x, 0] for x in np.linspace(-1, 1, 11)], atol=1e-9)


@pytest.mark.parametrize("symmetry", symmetries())
def test_copies_are_copied_onto_themselves(symmetry):
    dots = RNG.uniform(-3, 3, (5, 2))
    all_ = copies(dots, symmetry)
    count = {"none": 1, "both": 4}.get(symmetry) or int(symmetry[-1].replace("1", "2"))
    assert len(all_) == 5 * count
    again = copies(all_, symmetry)
    assert len(np.unique(again.round(9) + 0.0, axis=0)) == len(all_)
    np.testing.assert_array_equal(all_[:5], dots)


def test_mirrors_mirror():
    assert drawn_by(Brush, (1, 2), symmetry="x1").canvas()[0].points == "1,2 -1,2"
    assert drawn_by(Brush, (1, 2), symmetry="x2").canvas()[0].points == "1,2 1,-2"
    assert drawn_by(Brush, (0, 2), symmetry="x1").canvas()[0].points == "0,2"  # on the axis: once


def test_a_spray_scatters_finer_dots_about_its_way():
    (stroke,) = drawn_by(Spray, (-8, 0), (8, 0), width=0.3).canvas()
    assert stroke.width == pytest.approx(0.1)
    assert len(stroke.dots) > 100
    assert np.std(stroke.dots[:, 1]) == pytest.approx(1.5 * 0.3, rel=0.2)


def test_an_eraser_takes_what_it_touches_and_nothing_else():
    canvas = drawn_by(Brush, (-4, 0), (4, 0)).canvas()
    canvas = drawn_by(Brush, (-4, 3), (4, 3), canvas=canvas).canvas()
    left = drawn_by(Eraser, (0, -5), (0, 1), canvas=canvas).canvas()
    assert left[1] is canvas[1]
    gone = np.abs(canvas[0].dots[:, 0]) <= RADIUS * 0.2
    np.testing.assert_allclose(left[0].dots, canvas[0].dots[~gone])
    all_gone = drawn_by(Eraser, (-5, 0), (5, 0), (5, 3), (-5, 3), canvas=canvas).canvas()
    assert all_gone == ()
    assert drawn_by(Eraser, (0, 9), canvas=canvas).canvas() == canvas


def test_an_eraser_leaves_what_is_farther_than_its_radius_from_every_copy_of_its_way():
    dots = RNG.uniform(-5, 5, (600, 2)).round(3)
    canvas = (Stroke.of(dots, 0.2),)
    start, end = np.array([-7.0, 1.0]), np.array([2.0, -6.0])
    (left,) = drawn_by(Eraser, start, end, canvas=canvas, width=0.4, symmetry="turn3").canvas()
    way = start + np.linspace(0, 1, 2000)[:, None] * (end - start)
    off = np.linalg.norm(dots[:, None] - copies(way, "turn3"), axis=2).min(axis=1)
    clear = np.abs(off - RADIUS * 0.4) > 0.005
    kept = np.isin(dots.view("f8,f8").ravel(), left.dots.view("f8,f8").ravel())
    np.testing.assert_array_equal(kept[clear], (off > RADIUS * 0.4)[clear])


@pytest.mark.parametrize("end", [(1e4, 2e3), (1e4, 0.5), (-3.0, 1e4), (3.0, 0.0)])
def test_a_trail_that_goes_far_out_leaves_the_dots_that_lie_within_reach(end):
    start, steps = np.array([-40.0, 1.0]), (0.3, 1.0)
    near, all_ = Trail(start, 0.5, 10.0), Trail(start, 0.5)
    for step in steps:
        for trail in (near, all_):
            trail.to(start + step * (np.array(end) - start))
            trail.to(np.array([-12.0, 3.0]))
    dots = np.array(all_.taken())
    within = dots[(np.abs(dots) <= 10.0).all(axis=1)]
    found = np.array(near.taken())
    np.testing.assert_allclose(found[(np.abs(found) <= 10.0).all(axis=1)], within, atol=1e-7)
    assert len(found) <= len(within) + 2


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_far_way_is_as_much_work_as_a_near_one(tool):
    canvas = (spiral(MOST_DOTS - 1).strokes[0],)

    def seconds(far):
        gesture = tool(canvas, 0.05, "turn6", np.array([-far, 3.0]), np.random.default_rng(0))
        began = time.thread_time()
        gesture.to(np.array([far, 3.0]))
        return time.thread_time() - began

    assert min(seconds(1e7) for _ in range(3)) < 0.02 + 3 * min(seconds(20.0) for _ in range(3))


def test_a_stroke_is_moved_alone_and_beside_it_everything():
    canvas = drawn_by(Brush, (-1, 0), (1, 0)).canvas()
    canvas = drawn_by(Brush, (-1, 3), (1, 3), canvas=canvas).canvas()
    moved = drawn_by(Mover, (0.5, 3.1), (2.5, 4.1), canvas=canvas)
    assert moved.label == "move stroke"
    np.testing.assert_allclose(moved.canvas()[1].dots, np.add(canvas[1].dots, [2, 1]), atol=1e-9)
    assert moved.canvas()[0] is canvas[0]
    all_ = drawn_by(Mover, (0, -5), (0, -6), canvas=canvas)
    assert all_.label == "move drawing"
    np.testing.assert_allclose(all_.canvas()[1].dots, np.add(canvas[1].dots, [0, -1]), atol=1e-9)
    far = drawn_by(Mover, (0, -5), (99, 0), canvas=canvas).canvas()
    assert far[0].dots.max() == pytest.approx(10)
    np.testing.assert_allclose(np.ptp(far[0].dots, axis=0), [2, 0], atol=1e-9)


def test_a_full_drawing_takes_no_more_dots_and_says_so():
    gesture = drawn_by(Brush, (-9, 0), (9, 0), canvas=spiral().strokes, width=0.05)
    assert gesture.full
    assert gesture.canvas() == spiral().strokes
    room = drawn_by(Brush, (-9, 0), (9, 0), canvas=spiral(3990).strokes, width=0.1)
    assert room.full
    assert sum(len(s.dots) for s in room.canvas()) <= MOST_DOTS


def test_very_many_strokes_join_one_of_their_width():
    many = tuple(Stroke(width=0.2, points=f"{i / 100},0") for i in range(500))
    more = drawn_by(Brush, (1, 2), canvas=many).canvas()
    assert len(more) == 500
    assert more[-1].points == "4.99,0 1,2"
    assert Drawn(strokes=more)


@MANY
@given(data=st.data())
def test_whatever_is_done_a_drawing_stays_valid(data):
    canvas = ()
    for _ in range(data.draw(st.integers(1, 5))):
        tool = data.draw(st.sampled_from(TOOLS))
        points = data.draw(st.lists(POINT, min_size=1, max_size=4))
        canvas = drawn_by(
            tool, *points, canvas=canvas, width=data.draw(st.sampled_from([0.05, 0.3, 1.0])),
            symmetry=data.draw(st.sampled_from(list(symmetries()))),
        ).canvas()  # fmt: skip
        if canvas:
            drawn = Drawn(strokes=canvas)
            assert msgspec.structs.replace(drawn) == drawn
