"""Series that grow: extremes of any of their stretches, and their moving average."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from series import Steps, Watched, pyramid_of

from vae_gui.ui.plotting import pyramid as pyramids
from vae_gui.ui.plotting.columns import Columns
from vae_gui.ui.plotting.pyramid import BLOCK, CHUNK, LARGEST, MANY, MinMaxPyramid
from vae_gui.ui.plotting.smoothing import MovingAverage
from vae_gui.ui.plotting.steps import StepScale

losses = st.floats(width=32, allow_nan=True, allow_infinity=True)


def brute_extremes(values, edges):
    low, high = [], []
    for first, last in pairwise(edges):
        part = values[first:last]
        columns = [c[np.isfinite(c)] for c in part.T]
        low.append([c.min() if len(c) else np.nan for c in columns])
        high.append([c.max() if len(c) else np.nan for c in columns])
    return np.array(low), np.array(high)


def assert_extremes(pyramid, values, edges):
    for found, wanted in zip(pyramid.extremes(edges), brute_extremes(values, edges), strict=True):
        np.testing.assert_array_equal(found, wanted)


# extremes ---------------------------------------------------------------------


def strewn(n, columns, seed):
    """Noise in which a few values, and some stretches of them, are not finite."""
    rng = np.random.default_rng(seed)
    values = rng.normal(3, 1, size=(n, columns)).astype(np.float32)
    strange = np.array([np.nan, np.inf, -np.inf, 1e30], np.float32)
    few = rng.random(values.shape) < 0.01
    values[few] = rng.choice(strange, few.sum())
    for start in rng.integers(0, max(n, 1), 3):
        values[start : start + rng.integers(0, 150), rng.integers(columns)] = np.nan
    return values


some_values = st.one_of(
    st.integers(1, 200).flatmap(lambda n: arrays(np.float32, (n, 2), elements=losses)),
    st.builds(strewn, st.integers(1, 40 * BLOCK), st.just(2), st.integers(0, 1_000)),
)


@given(values=some_values, data=st.data())
def test_extremes_of_any_stretches_however_the_series_grew(values, data):
    n = len(values)
    cuts = sorted(data.draw(st.lists(st.integers(0, n), max_size=6)))
    edges = sorted(data.draw(st.lists(st.integers(0, n), min_size=2, max_size=12)))
    pyramid = MinMaxPyramid(2)
    for cut in [*cuts, n]:
        pyramid.update(values[:cut])
    assert_extremes(pyramid, values, np.array(edges))


@given(values=some_values, data=st.data())
def test_extremes_of_even_columns_wherever_they_begin(values, data):
    n = len(values)
    size = data.draw(st.sampled_from([1, 2, 6, 32, 48, BLOCK, 96, 2 * BLOCK, 3 * BLOCK, 8 * BLOCK]))
    first = data.draw(st.integers(0, (n - 1) // size))
    edges = np.append(np.arange(first * size, n, size), n)
    assert_extremes(pyramid_of(values), values, edges)


@given(values=some_values, data=st.data())
def test_stretches_up_to_the_end_are_the_columns_between_multiples_of_their_size(values, data):
    n = len(values)
    size = 2 ** data.draw(st.integers(0, 13))
    first = data.draw(st.integers(0, n))
    edges = np.append(np.arange(first // size * size, n, size), n)
    found = pyramid_of(values).stretches(first, size)
    for side, wanted in zip(found, brute_extremes(values, edges), strict=True):
        np.testing.assert_array_equal(side, wanted.reshape(-1, 2))


@given(data=st.data())
def test_extremes_after_rows_were_rewritten(data):
    n = data.draw(st.one_of(st.integers(2, 150), st.integers(2, 20 * BLOCK)))
    old = strewn(n, 1, data.draw(st.integers(0, 1_000)))
    changed = data.draw(st.integers(0, n))
    new = old.copy()
    new[changed:] = data.draw(arrays(np.float32, (n - changed, 1), elements=losses))
    kept = new[: data.draw(st.integers(1, n))]
    pyramid = pyramid_of(old)
    for values in (kept, new):  # shorter, and longer again
        pyramid.update(values, changed)
        assert len(pyramid) == len(values)
        assert_extremes(pyramid, values, np.linspace(0, len(values), 7).astype(int))


def test_extremes_of_more_rows_than_are_built_at_once():
    values = np.random.default_rng(0).normal(size=(2 * CHUNK + 777, 3)).astype(np.float32)
    pyramid = pyramid_of(values)
    edges = np.sort(np.random.default_rng(1).integers(0, len(values) + 1, 300))
    assert_extremes(pyramid, values, edges)
    assert_extremes(pyramid, values, np.append(np.arange(0, len(values), 192), len(values)))


def test_an_empty_series_has_no_extremes():
    pyramid = MinMaxPyramid(3)
    assert pyramid.extremes(np.array([], int))[0].shape == (0, 3)
    assert np.isnan(pyramid.extremes(np.array([0, 0]))[0]).all()


@pytest.mark.parametrize("log", [False, True])
def test_of_a_long_series_only_what_lies_between_blocks_is_read(log):
    series = Watched(strewn(1_000_000, 1, seed=6))
    pyramid = MinMaxPyramid(1)
    pyramid.update(series)
    rng, pixels = np.random.default_rng(7), 400
    for _ in range(60):
        x_min, x_max = np.sort(rng.uniform(0, 6 if log else 1e6, 2))
        edges = StepScale(log).columns(x_min, x_max, pixels, len(series), pyramid.block)
        series.read = 0
        found = pyramid.extremes(edges)
        if len(edges) and log:  # a column of two blocks ends with whole ones
            assert series.read <= 2.5 * pyramid.block * pixels
        elif len(edges):
            assert series.read <= 2 * pyramid.block * (pixels + 4)
        for row in rng.integers(0, max(len(edges) - 1, 0), 20 if len(edges) else 0):
            wanted = brute_extremes(series.values, edges[row : row + 2])
            np.testing.assert_array_equal([found[0][row], found[1][row]], np.array(wanted)[:, 0])


@given(data=st.data(), seed=st.integers(0, 1_000))
def test_remembered_columns_are_those_found_anew(data, seed):
    values, n = strewn(12 * BLOCK, 2, seed), 2 * BLOCK
    pyramid = pyramid_of(values[:n])
    columns = Columns(pyramid)
    for _ in range(data.draw(st.integers(2, 8))):
        if data.draw(st.booleans()):
            grown = data.draw(st.integers(n, len(values)))
            changed = data.draw(st.integers(max(0, n - BLOCK), n))
            values[changed:n] += 1
            n = grown
            pyramid.update(values[:n], changed)
            columns.grow_from(changed)
        size = data.draw(st.sampled_from([8, 24, BLOCK]))
        first = data.draw(st.integers(0, (n - 1) // size))
        last = data.draw(st.integers(first + 1, -(-n // size)))
        edges = np.append(np.arange(first, last) * size, min(last * size, n))
        found = columns.extremes(edges)
        for kept, wanted in zip(found, brute_extremes(values, edges), strict=True):
            np.testing.assert_array_equal(kept, wanted)


@given(
    cuts=st.lists(st.integers(1, 40 * BLOCK), min_size=1, max_size=8),
    size=st.sampled_from([1, 6, BLOCK, 2 * BLOCK, 3 * BLOCK, 8 * BLOCK]),
    seed=st.integers(0, 1_000),
)
def test_extremes_are_those_of_the_series_when_small_blocks_were_given_up(cuts, size, seed):
    # cut short now and then, too
    values, pyramid = strewn(max(cuts), 2, seed), MinMaxPyramid(2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyramids, "MANY", 4)
        for n in cuts:
            pyramid.update(values[:n], n // 2)
            assert pyramid.block == LARGEST or n // pyramid.block <= 4
            for edges in (np.append(np.arange(0, n, size), n), [0, n // 3, n // 2, n]):
                assert_extremes(pyramid, values[:n], np.array(edges))
            edges = np.append(np.arange(n // 3 // BLOCK * BLOCK, n, BLOCK), n)
            found = pyramid.stretches(n // 3, BLOCK)
            for side, wanted in zip(found, brute_extremes(values[:n], edges), strict=True):
                np.testing.assert_array_equal(side, wanted.reshape(-1, 2))


def test_a_pyramid_takes_no_more_memory_for_a_longer_series():
    pyramid, held = MinMaxPyramid(3), []
    tracemalloc.start()
    for n in (1 << 19, 1 << 20, 1 << 21):
        pyramid.update(Steps(n))
        held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert max(held) < 3 * 4 * 2 * 2 * MANY * 5 / 4 + 100_000  # columns, floats, sides, levels
    assert max(held) < 1.1 * min(held)
    low, high = pyramid.extremes(np.array([1_000, 2_000_000]))
    assert low.tolist() == [[1_000] * 3]
    assert high.tolist() == [[1_999_999] * 3]


# moving average ---------------------------------------------------------------


def brute_average(values, h):
    out = np.empty(values.shape)
    for t in range(len(values)):
        r = min(h, t)
        for j, column in enumerate(values[t - r : t + r + 1].T.astype(float)):
            finite = column[np.isfinite(column)]
            out[t, j] = finite.mean() if len(finite) else np.nan
    return out


@pytest.mark.parametrize("h", [1, 2, 10, 25, 100])
def test_average_equals_the_mean_of_each_window_at_every_moment(h):
    rng = np.random.default_rng(h)
    values = rng.normal(3, 1, size=(600, 2)).astype(np.float32)
    values[50], values[300, 1], values[310:320, 0] = np.nan, np.inf, -np.inf
    n = 0
    while n < len(values):
        n = min(n + int(rng.integers(1, 60)), len(values))
        average = MovingAverage(values[:n], h)
        np.testing.assert_allclose(average[:], brute_average(values[:n], h), rtol=2e-6)
        assert n - h <= average.settled <= n, "more is redone than need be"


@given(
    values=st.one_of(
        st.integers(0, 80).flatmap(lambda n: arrays(np.float32, (n, 2), elements=losses)),
        st.builds(strewn, st.integers(0, 600), st.just(2), st.integers(0, 1_000)),
    ),
    h=st.integers(1, 120),
    data=st.data(),
)
def test_any_stretch_of_an_average_has_the_bits_of_the_whole_and_later_ones(values, h, data):
    row = st.integers(0, len(values))
    average = MovingAverage(values, h)
    whole = average[:]
    assert whole.dtype == np.float32
    first, last = data.draw(row), data.draw(row)
    np.testing.assert_array_equal(average[first:last], whole[first:last])
    np.testing.assert_array_equal(average[-1:], whole[-1:])
    before = MovingAverage(values[: data.draw(row)], h)
    settled = before.settled
    np.testing.assert_array_equal(before[:settled], whole[:settled])


@given(
    cuts=st.lists(st.integers(0, 12 * BLOCK), min_size=1, max_size=6).map(sorted),
    h=st.sampled_from([1, 2, 10, 25, 100]),
    seed=st.integers(0, 1_000),
)
def test_extremes_of_an_average_however_its_series_grew(cuts, h, seed):
    values = strewn(cuts[-1], 2, seed)
    pyramid, settled = MinMaxPyramid(2), 0
    for cut in cuts:
        average = MovingAverage(values[:cut], h)
        pyramid.update(average, settled)
        settled = average.settled
        edges = np.sort(np.random.default_rng(seed).integers(0, cut + 1, 10))
        assert_extremes(pyramid, average[:], edges)


def test_a_spike_is_felt_only_in_the_windows_it_lies_in():
    values = np.full((3_000, 1), 2.5, np.float32)
    values[1_000] = 1e30
    means = MovingAverage(values, 10)[:]
    far = np.abs(np.arange(3_000) - 1_000) > 10
    assert (means[far] == 2.5).all()
    assert (means[~far] > 1e27).all()


def test_average_of_more_rows_than_are_worked_on_at_once():
    values = np.random.default_rng(3).normal(size=(CHUNK + 500, 1)).astype(np.float32)
    means = MovingAverage(values, 25)[:]
    for at in (CHUNK - 1, CHUNK + 24, CHUNK + 25):  # windows across a seam
        wanted = values[at - 25 : at + 26].mean(dtype=float)
        assert means[at, 0] == pytest.approx(wanted, abs=1e-6)
