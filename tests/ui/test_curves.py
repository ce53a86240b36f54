"""Curves over steps: step axis, range rules, and what is drawn."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pictures import pixels, shown
from series import Watched, pyramid_of

from vae_gui.ui.plotting.circles import CirclesItem
from vae_gui.ui.plotting.curves import CurvesItem
from vae_gui.ui.plotting.plot import Plot
from vae_gui.ui.plotting.pyramid import MinMaxPyramid
from vae_gui.ui.plotting.ranges import RunRange, loss_range, settled
from vae_gui.ui.plotting.smoothing import MovingAverage
from vae_gui.ui.plotting.steps import (
    UNTRAINED,
    StepAxis,
    StepScale,
    last_step_shown,
    stage_shown,
    thousands,
)
from vae_gui.ui.theme import DARK

losses = st.floats(width=32, allow_nan=True, allow_infinity=True)


# the axis of steps ------------------------------------------------------------


@example(True, 0.0, 13.0, 2, 1)
@given(
    st.booleans(),
    st.floats(-5, 5e6),
    st.floats(1e-3, 1e6),
    st.integers(1, 3_000),
    st.integers(0, 2_000_000),
)
def test_columns_cover_every_visible_row_once(log, start, length, pixels, rows):
    scale = StepScale(log)
    x_min, x_max = start, start + length
    if log:
        x_min, x_max = np.log10(max(start, 0.1)), np.log10(max(start, 0.1) + length)
    edges = scale.columns(x_min, x_max, pixels, rows)
    assert (np.diff(edges) > 0).all()
    # row i is step i + 1
    first, last = np.ceil(scale.step(x_min)) - 1, np.floor(scale.step(x_max)) - 1
    first, last = max(first, 0), min(last, rows - 1)
    if first <= last:
        assert edges[0] <= first
        assert edges[-1] >= last + 1
    assert len(edges) <= 2 * pixels + 6


def test_a_column_is_narrower_than_two_pixels():
    edges = StepScale().columns(0, 1e6, 800, 1_000_000)
    assert np.diff(edges).max() < 2 * 1e6 / 800
    x = StepScale(log=True).x(1 + StepScale(log=True).columns(0, 6, 800, 1_000_000))
    wide = x[1:] > 3  # where a pixel holds several steps
    assert np.diff(x)[wide].max() < 2 * 6 / 800


def test_step_zero_has_a_place_of_its_own_on_a_logarithmic_axis():
    scale = StepScale(log=True)
    assert scale.x(0) == pytest.approx(np.log10(UNTRAINED))
    assert round(scale.step(float(scale.x(0)))) == 0
    for step in (1, 2, 790, 10**6):
        assert round(scale.step(float(scale.x(step)))) == step


def test_axis_labels_are_whole_steps():
    axis = StepAxis()
    assert [s for s, _ in axis.tickSpacing(0.0, 3.0, 800.0)] == [1.0]
    assert axis.tickStrings([0.0, 1e6], 1.0, 1.0) == ["0", thousands(1_000_000)]
    assert thousands(1_234_567).split("\N{NARROW NO-BREAK SPACE}") == ["1", "234", "567"]
    axis.set_step_scale(StepScale(log=True))
    axis.setRange(-0.4, 3.1)
    levels = axis.tickValues(-0.4, 3.1, 800.0)
    assert axis.tickStrings(levels[0][1], 1.0, 1.0) == ["0", "1", "10", "100", thousands(1_000)]
    assert set(axis.tickStrings(levels[1][1], 1.0, None)) == {""}


@pytest.mark.parametrize(
    ("steps", "planned", "shown"),
    [
        (0, 790, 790),
        (790, 790, 790),
        (900, 790, 1_000),  # the plan was shortened while it ran
        (10, 7_900, 1_000),
        (1_001, 7_900, 2_000),
        (4_001, 7_900, 7_900),
        (0, 10**9, 1_000),
        (10**6, 10**9, 1_024_000),
    ],
)
def test_the_axis_doubles_up_to_the_plan(steps, planned, shown):
    assert last_step_shown(steps, planned) == shown


# ranges -----------------------------------------------------------------------


def made_losses(n, seed=0):
    rng = np.random.default_rng(seed)
    kl = 0.5 + 0.02 * rng.normal(size=n)
    reconstruction = 2.2 + 0.05 * rng.normal(size=n)
    return np.stack([reconstruction + kl, reconstruction, kl], axis=1).astype(np.float32)


def test_one_spike_does_not_flatten_everything():
    values = made_losses(1_000)
    calm = loss_range(pyramid_of(values), [0.0, 2.694], [])
    values[700] = 1e6
    low, high = loss_range(pyramid_of(values), [0.0, 2.694], [])
    assert low <= 0
    assert calm[1] <= high < 2 * calm[1] + 0.5


def diverged(n=25_000, start=20_000, stop=25_000):
    """A calm run with thousands of steps of losses around 1e9, some of them 5e11."""
    rng = np.random.default_rng(3)
    values = made_losses(n)
    values[start:stop, :2] = 10 ** rng.uniform(8, 10, size=(stop - start, 1))
    values[start + 100 : stop : 400, :2] = 5e11
    return values


def test_while_it_lasts_a_divergence_is_shown_but_not_its_spikes():
    low, high = loss_range(pyramid_of(diverged()), [0.0, 2.694], [])
    assert -3e9 < low <= 0
    assert 5e8 < high < 1e10


@pytest.mark.parametrize("after", [1_000, 2_000, 20_000, 40_000])
def test_the_range_is_back_soon_after_a_long_divergence(after):
    values = np.concatenate([diverged(), made_losses(after, seed=1)])
    low, high = loss_range(pyramid_of(values), [0.0, 2.694], [3.4, 1e9])
    assert -3 <= low <= 0
    assert 2.9 < high < (12 if after == 1_000 else 6)


def test_the_noise_of_single_examples_stays_in_the_range():
    rng = np.random.default_rng(5)
    values = made_losses(100_000)
    values[:, :2] += rng.exponential(1.0, size=(100_000, 1)) - 1  # as with batches of one
    low, high = loss_range(pyramid_of(values), [0.0, 2.694], [])
    assert low <= np.quantile(values, 0.001)
    assert np.quantile(values, 0.999) < high < 12


def test_a_high_start_runs_off_the_range_once_it_is_far_from_the_loss():
    falling = 2.7 + 50 * np.exp(-np.arange(3_000) / 30)
    values = made_losses(3_000)
    values[:, 0] = values[:, 1] = falling
    assert loss_range(pyramid_of(values[:20]), [0.0, 2.694], [])[1] > 50
    assert loss_range(pyramid_of(values), [0.0, 2.694], [])[1] < 6


def test_floor_start_and_recent_losses_are_in_the_range():
    values = made_losses(500)
    values[:5, 0] = 4.5
    low, high = loss_range(pyramid_of(values), [0.0, -1.3], [4.9])
    assert low <= -1.3
    assert high >= 4.9


@given(
    st.integers(0, 40).flatmap(lambda n: arrays(np.float32, (n, 3), elements=losses)),
    st.floats(-10, 10),
)
def test_any_losses_give_a_finite_range_with_the_floor_in_it(values, floor):
    low, high = loss_range(pyramid_of(values), [0.0, floor], [np.inf, 3.0])
    assert np.isfinite([low, high]).all()
    assert low <= min(0, floor) <= max(0, floor) <= high
    assert high > low


def test_a_range_stays_while_it_serves():
    shown = settled(None, (0.0, 4.0))
    assert shown[0] < 0 < 4 < shown[1]
    assert settled(shown, (0.0, 3.9)) == shown
    assert settled(shown, (0.1, 4.1)) == shown
    assert settled(shown, (0.0, 5.0))[1] > 5
    assert settled(shown, (0.0, 1.0))[1] < 2


@pytest.mark.parametrize("burst", [1, 7, 300])
def test_the_range_of_a_growing_run_always_holds_its_medians_and_serves_as_at_once(burst):
    values = np.concatenate([made_losses(2_000), diverged(6_000, 2_000, 4_000)])
    run, seen, looks = RunRange(), 0, 0
    marks = [0.0, 2.694]
    while seen < len(values):
        new = values[seen : seen + burst]
        seen += len(new)
        run.see(new)
        before = run.shown
        low, high = run.follow(pyramid_of(values[:seen]), marks, np.array([3.0]))
        looks += run.shown is not before
        if seen % 50 == 0:
            recent = np.median(values[max(0, seen - max(seen // 16, 64)) : seen], axis=0)
            assert low <= min(0, recent.min())
            # between two looks the medians of a part of the run may move a little
            assert high >= 0.9 * recent.max()
    assert run.highest == values[np.isfinite(values)].max()
    wanted = loss_range(pyramid_of(values), marks, [3.0])
    assert settled((low, high), wanted) == (low, high), "nothing was missed"


def test_a_calm_run_is_seldom_looked_at(monkeypatch):
    from vae_gui.ui.plotting import ranges

    looks = []

    def counted(*args):
        looks.append(len(args[0]))
        return loss_range(*args)

    monkeypatch.setattr(ranges, "loss_range", counted)
    values, run = made_losses(20_000), RunRange()
    for seen in range(10_000, 20_001, 20):
        run.see(values[seen - 20 : seen])
        run.follow(pyramid_of(values[:seen]), [0.0, 2.694], np.array([3.0]))
    assert len(looks) < 40
    run.follow(pyramid_of(values), [0.0, 2.0], np.array([3.0]))
    run.follow(pyramid_of(values), [0.0, 2.0], np.array([3.0, 9.0]))
    spike = np.full((1, 3), 8.0, np.float32)
    run.see(spike)
    run.follow(pyramid_of(np.concatenate([values, spike])), [0.0, 2.0], np.array([3.0, 9.0]))
    assert looks[-3:] == [20_000, 20_000, 20_001], "marks, extras and losses outside"


# what is drawn ----------------------------------------------------------------


@pytest.fixture
def plot(qtbot):
    made = Plot(DARK, "curves")
    qtbot.addWidget(made)
    made.resize(600, 300)
    made.show()
    made.set_home((0, 1_000, 0, 4))
    return made


def curves_on(plot, values):
    pyramid = pyramid_of(values)
    item = CurvesItem(pyramid, [DARK.pen("total")] * pyramid.columns)
    plot.addItem(item, ignoreBounds=True)
    return item


def test_zoomed_in_every_value_is_a_corner(plot):
    values = made_losses(5_000)
    item = curves_on(plot, values)
    plot.set_home((1_200, 1_300, 0, 4))
    plot.grab()
    x, y = item.vertices()
    inside = (x >= 1_200) & (x <= 1_300)
    np.testing.assert_array_equal(x[inside], np.arange(1_200, 1_301))
    np.testing.assert_array_equal(y[inside], values[1_199:1_300])


def test_zoomed_out_no_extreme_is_lost_and_corners_stay_few(plot):
    values = made_losses(200_000)
    values[123_456] = 3.7
    item = curves_on(plot, values)
    plot.set_home((0, 200_000, 0, 4))
    plot.grab()
    x, y = item.vertices()
    assert len(x) < 4 * 600
    np.testing.assert_array_equal(y.max(axis=0), values.max(axis=0))
    np.testing.assert_array_equal(y.min(axis=0), values.min(axis=0))
    assert abs(x[y[:, 0].argmax()] - 123_457) < 2 * 200_000 / 500


def test_gaps_and_spikes_are_drawn_without_a_warning(plot):
    values = made_losses(1_000)
    values[100:200], values[300], values[400] = np.nan, np.inf, 3e38
    item = curves_on(plot, values)
    plot.grab()
    _, y = item.vertices()
    assert np.isnan(y).any()
    assert np.nanmax(y) < 1e3


def test_crowding_circles_give_way_to_the_latest(plot):
    item = CirclesItem(DARK.color("total"), DARK.color("plot"))
    plot.addItem(item, ignoreBounds=True)
    item.set_points(np.arange(1_001), np.where(np.arange(1_001) == 500, np.nan, 2.0))
    plot.grab()
    assert len(item.points[0]) == 1_000
    drawn = item.drawn()
    assert len(drawn) < 600 / 15
    assert drawn[-1, 0] == 1_000
    item.set_points([0, 400, 800], [3.0, 2.8, 2.7])
    np.testing.assert_array_equal(item.drawn(), [[0, 3.0], [400, 2.8], [800, 2.7]])


@pytest.mark.parametrize("log", [False, True])
def test_corners_kept_while_a_series_grows_are_those_of_a_series_drawn_whole(plot, log):
    values, settled = made_losses(9_000), 0
    scale = StepScale(log)
    growing = CurvesItem(MinMaxPyramid(3), [DARK.pen("total")] * 3)
    whole = CurvesItem(MinMaxPyramid(3), [DARK.pen("total")] * 3)
    for curves in (growing, whole):
        curves.set_step_scale(scale)
        plot.addItem(curves)
    rng = np.random.default_rng(4)
    seen = 0
    while seen < len(values):
        if rng.random() < 0.2:  # someone zooms, or the axis doubles
            start, end = np.sort(rng.uniform(0, 10_000, 2))
            x = scale.x([start, end + 5])
            plot.set_home((float(x[0]), float(x[1]), 0.0, 4.0))
        elif rng.random() < 0.3:
            plot.pan(rng.uniform(-0.3, 0.3), 0.0)
        seen += int(rng.integers(1, 400))
        average = MovingAverage(values[:seen], 10)
        growing.pyramid.update(average, settled)
        growing.grow_from(settled)  # the last rows of an average are settled by later ones
        settled = average.settled
        whole.set_pyramid(pyramid_of(average[:]))
        for found, wanted in zip(growing.vertices(), whole.vertices(), strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_dragged_along_a_curve_reads_only_what_comes_into_sight(plot):
    series = Watched(made_losses(200_000))
    item = curves_on(plot, series)
    plot.set_home((100_000, 120_000, 0, 4))  # some steps a pixel: none is in a block
    plot.grab()
    whole, series.read = series.read, 0
    for shift in (0.1, -0.2):
        plot.pan(shift, 0.0)
        plot.grab()
    assert 0.25 * 20_000 < series.read < 0.5 * 20_000 < whole
    x, y = item.vertices()
    item.set_pyramid(pyramid_of(series.values))
    for found, wanted in zip((x, y), item.vertices(), strict=True):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("bold", [False, True])
def test_curves_kept_as_pixels_look_like_curves_drawn_anew(plot, bold):
    values, settled = made_losses(3_000), 0
    pens = [DARK.pen(role) for role in ("total", "reconstruction", "latent")]
    curves = CurvesItem(MinMaxPyramid(3), pens, bold=bold)
    plot.addItem(curves)
    plot.show()
    plot.set_home((0.0, 2_000.0, 0.0, 4.0))
    for seen in range(150, len(values), 150):
        if seen == 1_950:  # the axis doubles
            plot.set_home((0.0, 4_000.0, 0.0, 4.0))
        average = MovingAverage(values[:seen], 10)
        curves.pyramid.update(average, settled)
        curves.grow_from(settled)
        settled = average.settled
        kept = pixels(shown(plot)).astype(int)
        curves.refresh()  # forgets them
        anew = pixels(plot).astype(int)
        off = np.abs(kept - anew).max(axis=-1)
        drawn = np.abs(anew - anew[10, -10]).max(axis=-1) > 8
        assert drawn.sum() > 500
        # where two pieces meet, the end of a line is drawn twice
        assert (off > 8).sum() < 0.01 * drawn.sum()


@pytest.mark.parametrize(("log", "stages", "ahead"), [(True, 2, 1.5), (False, 8, 1.125)])
def test_an_axis_that_keeps_close_to_the_run_goes_on_in_few_stages(log, stages, ahead):
    reached = [stage_shown(steps, 10**9, log) for steps in range(1, 5_000)]
    assert reached == sorted(reached)
    assert all(s <= r <= max(ahead * s, s + 1) for s, r in enumerate(reached, 1))
    assert len(set(reached[1_023:4_095])) <= 2 * stages + 1
    assert stage_shown(1_030, 1_100, log) == 1_100, "no farther than planned"
    assert stage_shown(1_200, 1_100, log) >= 1_200, "unless it goes on"
