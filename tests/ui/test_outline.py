"""The outline of what waits for a reset: where it lies, and that it never takes long at once."""

import time

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QObject

from vae_gui.core.distributions import (
    Drawn,
    Gaussian,
    Mixed,
    Ring,
    Spirals,
    Transform,
    Transformed,
    Uniform,
)
from vae_gui.core.distributions.strokes import Stroke
from vae_gui.ui.panels.data_space_outline import OUTLINED, Outline, outlined

MOVE = Transform(scale_x1=1.5, scale_x2=0.6, shear=0.4, rotate=30.0, shift_x1=2.0)


def drawing(width, count=4000):
    rng = np.random.default_rng(0)
    return Drawn(strokes=(Stroke.of(rng.uniform(-3, 3, (count, 2)), width),))


def finished(pieces):
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return np.stack(end.value, axis=-1)


def lines_of(distribution):
    xy = finished(outlined(distribution))
    parts = np.split(xy, np.flatnonzero(np.isnan(xy[:, 0])))
    return [part[np.isfinite(part[:, 0])] for part in parts if np.isfinite(part).any()]


@pytest.mark.parametrize("transform", [Transform(), MOVE], ids=["unmoved", "moved"])
def test_a_gaussian_is_outlined_by_the_ellipses_that_hold_half_and_nine_tenths(transform):
    base = Gaussian(mean_x1=0.5, std_x1=0.8, std_x2=0.3, correlation=0.6)
    moved = Transformed(base=base, transform=transform)
    inverse = np.linalg.inv(moved.covariance)
    lines = lines_of(moved)
    assert len(lines) == len(OUTLINED)
    for mass, line in zip(OUTLINED, lines, strict=True):
        off = line - moved.mean
        squares = np.einsum("ni,ij,nj->n", off, inverse, off)
        np.testing.assert_allclose(1 - np.exp(-squares / 2), mass, atol=0.01)


@pytest.mark.parametrize(
    "base", [Ring(), Spirals(noise=0.2), drawing(0.6, 200)], ids=lambda d: d.label
)
def test_a_moved_outline_lies_where_the_moved_density_has_two_heights(base):
    moved = Transformed(base=base, transform=MOVE)
    xy = finished(outlined(moved))
    heights = moved.log_prob(xy[np.isfinite(xy[:, 0])])
    low, high = np.quantile(heights, [0.05, 0.95])
    x = moved.sample(10_000, np.random.default_rng(1))
    levels = np.quantile(moved.log_prob(x), [1 - OUTLINED[1], 1 - OUTLINED[0]])
    np.testing.assert_allclose([low, high], levels, atol=0.12)


def test_the_edge_of_a_moved_square_is_a_parallelogram():
    moved = Transformed(base=Uniform(shape="square", size=2.0, hole=0.0), transform=MOVE)
    line = np.concatenate(lines_of(moved))
    back = (line - MOVE.shift) @ np.linalg.inv(MOVE.matrix).T
    np.testing.assert_allclose(np.abs(back).max(axis=1), 2.0, atol=0.05)


@pytest.mark.parametrize(
    "heavy",
    [
        drawing(1.0),
        Transformed(base=drawing(1.0), transform=MOVE),
        Mixed(first=Transformed(base=Spirals(), transform=MOVE), second=Ring(), weight=0.5),
    ],
    ids=["drawing", "moved drawing", "moved spirals and a ring"],
)
def test_no_piece_of_the_work_keeps_the_pointer_waiting(heavy):
    heavy.density(*np.zeros((2, 2)))  # what is remembered of it for good
    pieces, took = outlined(heavy), []
    try:
        while True:
            began = time.thread_time()
            next(pieces)
            took.append(time.thread_time() - began)
    except StopIteration:
        took.append(time.thread_time() - began)
    assert max(took) < 0.03 + 0.15 * sum(took)


def test_the_newest_is_shown_in_the_end_and_none_hides_it(qtbot):
    owner, item = QObject(), pg.PlotCurveItem()
    item.setVisible(False)
    outline = Outline(item, owner)
    for x1 in (-2.0, 0.0, 2.0):
        outline.show_distribution(Gaussian(mean_x1=x1))
    qtbot.waitUntil(lambda: item.isVisible() and abs(np.nanmean(item.getData()[0]) - 2) < 0.1)
    outline.show_distribution(Gaussian(mean_x1=-2.0))
    outline.show_distribution(None)
    qtbot.wait(50)
    assert not item.isVisible()
