"""Many points at once: our kernel's copies of a disc and Qt's are the same picture."""

import numpy as np
import pytest
from pictures import pixels, shown, square_plot

from vae_gui.core import kernel
from vae_gui.ui.plotting import stamps
from vae_gui.ui.plotting.points import PointsItem
from vae_gui.ui.theme import DARK, THEMES

needs_kernel = pytest.mark.skipif(kernel.load() is None, reason=kernel.missing())
N = 4_000


@pytest.fixture
def plot(qtbot):
    return square_plot(qtbot)


def cloud(n=N, seed=0):
    """Some of it out of view, some of it at the edge."""
    return np.random.default_rng(seed).normal(0, 2.5, (n, 2))


def both_ways(plot, monkeypatch):
    """The picture with our kernel, and as it is where there is none."""
    calls = []
    lay = stamps.Stamper.lay

    def counted(*arguments):
        calls.append(arguments)
        return lay(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(stamps.Stamper, "lay", counted)
        ours = pixels(shown(plot)).astype(int)
    assert calls, "there are enough points for a canvas"
    with monkeypatch.context() as patch:
        patch.setattr(kernel, "load", lambda: None)
        plot.viewport().update()
        theirs = pixels(shown(plot)).astype(int)
    return ours, theirs


@needs_kernel
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("alpha", "size"), [(0.15, 3.0), (0.6, 4.0), (1.0, 7.5)])
def test_points_look_the_same_whoever_copies_them(plot, monkeypatch, theme, alpha, size):
    plot.set_theme(THEMES[theme])
    item = PointsItem(THEMES[theme].color("learned", alpha), size)
    plot.addItem(item, ignoreBounds=True)
    empty = pixels(shown(plot)).astype(int)
    item.set_points(cloud())
    ours, theirs = both_ways(plot, monkeypatch)
    # each copy is rounded, here before and there after what lies below is known
    assert np.abs(ours - theirs).max() <= 4
    assert (np.abs(ours - empty).max(axis=2) > 20).mean() > 0.1


@needs_kernel
def test_points_that_cannot_be_drawn_are_no_trouble_among_many(plot, monkeypatch):
    item = PointsItem(DARK.color("learned"), 4.0)
    plot.addItem(item, ignoreBounds=True)
    strange = np.array([[np.nan, 0], [0, np.inf], [1e308, -1e308], [3e38, 0], [-4e9, 1.0]])
    item.set_points(np.concatenate([strange, cloud()])[::-1])
    ours, theirs = both_ways(plot, monkeypatch)
    assert np.abs(ours - theirs).max() <= 4
    item.set_points(np.full((N, 2), 1e9))
    ours, theirs = both_ways(plot, monkeypatch)
    np.testing.assert_array_equal(ours, theirs)


def test_a_few_points_in_a_large_view_need_no_canvas(plot, monkeypatch):
    item = PointsItem(DARK.color("learned"), 4.0)
    plot.addItem(item, ignoreBounds=True)
    item.set_points(cloud(50))
    monkeypatch.setattr(stamps, "_canvas", None)  # would fail
    shown(plot)
