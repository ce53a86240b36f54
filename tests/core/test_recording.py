"""A recording keeps every loss, and a bounded choice of weights that depends on steps alone."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import MANY

from vae_gui.core.config import ModelConfig
from vae_gui.core.network import Losses, layout
from vae_gui.core.recording import (
    MOST_SNAPSHOTS,
    SNAPSHOT_BYTES,
    Recording,
    Snapshots,
    TestPoint,
    TestPoints,
)

SIZE = 10  # parameters of a small model: all of MOST_SNAPSHOTS fit


def weights(step: int) -> np.ndarray:
    return np.full(SIZE, step, np.float32)


def recorded(steps: int) -> Recording:
    """A recording of so many steps, offered the weights of each."""
    recording = Recording(SIZE)
    for step in range(steps + 1):
        recording.add_snapshot(step, weights(step))
    return recording


# --- losses -------------------------------------------------------------------------------


@MANY
@given(pieces=st.lists(st.integers(0, 700), max_size=12))
def test_losses_grow_in_pieces_of_any_size(pieces):
    recording = Recording(SIZE)
    rows = np.arange(3 * sum(pieces), dtype=np.float32).reshape(-1, 3)
    start = 0
    for n in pieces:
        recording.add_losses(rows[start : start + n])
        start += n
        assert recording.steps == start
    np.testing.assert_array_equal(recording.losses, rows)
    assert recording.losses.dtype == np.float32


def test_losses_take_one_named_row_and_are_read_only():
    recording = Recording(SIZE)
    recording.add_losses(Losses(3.0, 2.0, 1.0))
    np.testing.assert_array_equal(recording.losses, [[3, 2, 1]])
    with pytest.raises(ValueError, match="read-only"):
        recording.losses[0] = 0


def test_an_older_view_of_the_losses_stays_as_it_was():
    recording = Recording(SIZE)
    recording.add_losses(np.ones((1000, 3)))
    before = recording.losses
    recording.add_losses(np.zeros((5000, 3)))
    assert before.shape == (1000, 3)
    assert (before == 1).all()


def test_epoch_of_each_step():
    recording = Recording(SIZE)
    losses = Losses(0.0, 0.0, 0.0)
    recording.tests += [TestPoint(0, 0, losses), TestPoint(1, 3, losses), TestPoint(2, 5, losses)]
    recording.add_losses(np.zeros((7, 3)))  # the third epoch is under way
    np.testing.assert_array_equal(recording.epochs(), [1, 1, 1, 2, 2, 3, 3])
    assert Recording(SIZE).epochs().shape == (0,)


# --- test points --------------------------------------------------------------------------


numbers = st.floats(allow_nan=False)
points = st.builds(
    TestPoint,
    st.integers(0, 2**62),
    st.integers(0, 2**62),
    st.builds(Losses, numbers, numbers, numbers),
)


@MANY
@given(first=st.lists(points), more=st.lists(points), data=st.data())
def test_test_points_are_read_like_a_list_of_them(first, more, data):
    kept, wanted = TestPoints(first), first + more
    for point in more[:2]:
        kept.append(point)
    kept += more[2:]
    assert kept == wanted
    assert list(kept) == wanted
    assert len(kept) == len(wanted)
    assert bool(kept) == bool(wanted)
    ends = st.none() | st.integers(-8, 8)
    part = slice(data.draw(ends), data.draw(ends), data.draw(st.sampled_from([None, 1, 2, -1])))
    assert kept[part] == wanted[part]
    for i in range(-len(wanted), len(wanted)):
        assert kept[i] == wanted[i]
    assert kept.at.tolist() == [[t.epoch, t.step] for t in wanted]
    assert kept.losses.tolist() == [list(t.losses) for t in wanted]
    for i in (len(wanted), -len(wanted) - 1):
        with pytest.raises(IndexError):
            kept[i]
    if wanted:
        assert kept != wanted[:-1]
        changed = TestPoint(wanted[-1].epoch, wanted[-1].step, Losses(-0.5, 7.0, 1e300))
        assert (kept == [*wanted[:-1], changed]) == (wanted[-1] == changed)


def test_a_test_point_takes_a_few_dozen_bytes():
    kept, losses = TestPoints(), Losses(2.7, 2.1, 0.6)
    tracemalloc.start()
    for epoch in range(10_000):
        kept.append(TestPoint(epoch, 79 * epoch, losses))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 52 * len(kept)


# --- which steps keep their weights -------------------------------------------------------


@MANY
@given(capacity=st.integers(16, MOST_SNAPSHOTS), latest=st.integers(0, 10**12))
def test_stride_is_the_smallest_power_of_two_that_fits(capacity, latest):
    stride = Snapshots(capacity).stride(latest)
    assert stride & (stride - 1) == 0
    assert latest // stride <= capacity // 2
    assert stride == 1 or latest // (stride // 2) > capacity // 2


@MANY
@given(
    capacity=st.integers(16, MOST_SNAPSHOTS),
    step=st.integers(0, 10**7),
    latest=st.integers(0, 10**9),
    later=st.integers(0, 10**9),
)
def test_what_is_kept_late_was_kept_early(capacity, step, latest, later):
    rule = Snapshots(capacity)
    early, late = sorted((latest, later))
    assert rule.keeps(step, early) or not rule.keeps(step, late)


def test_short_runs_keep_every_step():
    assert recorded(MOST_SNAPSHOTS // 2).snapshot_steps == list(range(MOST_SNAPSHOTS // 2 + 1))


@pytest.mark.parametrize("steps", [0, 1, 300, 5_000, 40_000])
def test_held_are_exactly_the_steps_of_the_rule(steps):
    recording = recorded(steps)
    rule = Snapshots.for_size(SIZE)
    held = recording.snapshot_steps
    last = held[-1]
    assert held == [s for s in range(last + 1) if rule.keeps(s, last)]
    assert len(held) <= MOST_SNAPSHOTS
    for step in held:
        assert (recording.snapshot(step) == step).all()


def test_a_million_steps_stay_bounded_and_cover_the_run():
    rule = Snapshots.for_size(SIZE)
    million = 1_000_000
    recording = Recording(SIZE)
    most = 0
    for step in range(million + 1):
        if rule.keeps(step, step):
            recording.add_snapshot(step, weights(step))
            most = max(most, len(recording.snapshot_steps))
    held = np.array(recording.snapshot_steps)
    assert most <= MOST_SNAPSHOTS
    assert held[0] == 0
    assert np.diff(held).max() <= rule.stride(million) <= million / 50
    # early steps, where most happens, stay on a logarithmic grid
    early = held[(held >= 8) & (held < 8_000)]
    assert (early[1:] / early[:-1]).max() <= 1.3
    # a second recording that was offered fewer steps, but all of the rule's, agrees
    again = Recording(SIZE)
    for step in held:
        again.add_snapshot(int(step), weights(int(step)))
    assert again.snapshot_steps == recording.snapshot_steps


def test_the_largest_model_stays_within_some_hundred_megabytes():
    size = layout(ModelConfig(latent=8, hidden_units=512, hidden_layers=4)).size
    rule = Snapshots.for_size(size)
    million = 1_000_000
    stride = rule.stride(million)
    octaves = {s for k in range(200) for s in (round(2 ** (k / 8)),) if s <= million}
    held = {*range(0, million + 1, stride), *(s for s in octaves if rule.keeps(s, million))}
    assert 4 * size * len(held) <= 1.5 * SNAPSHOT_BYTES


@pytest.mark.parametrize("last", [0, 3, 4_096])
def test_a_step_offered_twice_keeps_its_newer_weights(last):
    recording = recorded(last)
    held = list(recording.snapshot_steps)
    recording.add_snapshot(last, weights(-1))
    assert recording.snapshot_steps == held
    assert held[-1] == last
    assert (recording.snapshot(last) == -1).all()


def test_nearest_snapshot():
    recording = recorded(5_000)
    held = np.array(recording.snapshot_steps)
    for step in (0, 1, 17, 1_001, 3_333, 4_999, 5_000, 10**9):
        nearest = recording.nearest_snapshot(step)
        assert abs(nearest - step) == np.abs(held - step).min()
        assert nearest in held
    with pytest.raises(KeyError):
        recording.snapshot(4_999)
    with pytest.raises(IndexError, match="no snapshot is held yet"):
        Recording(SIZE).nearest_snapshot(3)
