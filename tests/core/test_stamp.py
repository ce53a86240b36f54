"""Spots laid by the C kernel against the same, pixel by pixel, in Python."""

from __future__ import annotations

import ctypes
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import MANY

from vae_gui.core import kernel
from vae_gui.core.kernel.stamp import LANE, VERSIONS, Stamper

pytestmark = pytest.mark.skipif(kernel.load() is None, reason=kernel.missing())

SHIFTS = 4  # fractions of a pixel
COLOR = np.array([10, 200, 30, 255], np.uint8)
FAR = st.sampled_from([np.nan, np.inf, -np.inf, 1e308, -1e300, 3e9])
places = st.one_of(st.floats(-5, 60), FAR)


def stamper(level: int, opacity: np.ndarray, middle: int) -> Stamper:
    library = kernel.Kernel(ctypes.CDLL(str(kernel.LIBRARY)), level)
    return Stamper(library, opacity, COLOR, middle)


def part(x: np.ndarray) -> np.ndarray:
    return np.floor(x / 255 + 0.5).astype(int)


@pytest.mark.parametrize("level", VERSIONS)
@MANY
@given(
    points=st.lists(st.tuples(places, places), max_size=12),
    size=st.integers(1, 19),
    seed=st.integers(0, 1_000),
    zoom=st.sampled_from([1.0, -0.75, 2.25]),
)
def test_pixels_are_those_of_one_spot_after_the_other(level, points, size, seed, zoom):
    opacity = np.random.default_rng(seed).integers(0, 256, (SHIFTS, SHIFTS, size, size), np.uint8)
    middle, high, wide = size // 2, 47, 64
    laid = stamper(level, opacity, middle)
    # of products without rounding errors, for a kernel that may not round before it adds
    t = np.array([[zoom, 0.25], [-0.125, zoom], [3.0, 20.5]])
    through = np.full((high, wide), 3, np.uint16)  # nothing of what was there stays
    picture = np.full((high, wide, 4), 77, np.uint8)
    box = laid.lay(np.array(points, float).reshape(-1, 2), t, through, picture)

    wanted = np.full((high, wide), 255)
    corners = []
    for x, y in points:
        with np.errstate(over="ignore", invalid="ignore"):
            at = [x * t[0, i] + y * t[1, i] + t[2, i] for i in (0, 1)]
        if not all(abs(a) < 1e6 for a in at):
            continue
        u, v = (math.floor(SHIFTS * a + 0.5) for a in at)
        left, top = u // SHIFTS - middle, v // SHIFTS - middle
        if not (0 <= left <= wide - laid.width and 0 <= top <= high - size):
            continue
        corners.append((left, top))
        under = wanted[top : top + size, left : left + size]
        under[:] = part(under * (255.0 - opacity[v % SHIFTS, u % SHIFTS]))
    np.testing.assert_array_equal(through, wanted)
    if corners:
        assert box[:2] == tuple(np.min(corners, axis=0))
        assert box[2:] == tuple(np.add(np.max(corners, axis=0), (laid.width, size)))
    else:
        assert box == (0, 0, 0, 0)
    rows = slice(box[1], box[3])
    colored = part((255.0 - wanted[rows, :, None]) * COLOR)
    np.testing.assert_array_equal(picture[rows], colored)


def test_a_spot_takes_no_more_room_than_its_lanes():
    for size in range(1, 30):
        made = stamper(1, np.zeros((SHIFTS, SHIFTS, size, size), np.uint8), 0)
        assert made.height == size
        assert made.width % LANE == 0
        assert size <= made.width < size + LANE
