"""Axes draw what pyqtgraph's own would: that is the independent implementation."""

from itertools import pairwise

import pyqtgraph as pg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPicture

from vae_gui.ui.plotting.plot import Plot
from vae_gui.ui.plotting.step_plot import StepPlot
from vae_gui.ui.plotting.steps import StepScale
from vae_gui.ui.theme import DARK

TEXT = Qt.TextFlag.TextDontClip


def specs(axis, of):
    """The line, ticks and words that a class would draw of an axis."""
    picture = QPicture()
    painter = QPainter(picture)
    found = of.generateDrawSpecs(axis, painter)
    painter.end()
    return found


def near(*numbers):
    return tuple(round(v, 6) for v in numbers)


def assert_as_pyqtgraph(axis):
    (_, [line]), ticks, words = specs(axis, type(axis))
    (_, start, end), own_ticks, own_words = specs(axis, pg.AxisItem)
    assert (line.p1(), line.p2()) == (start, end)
    assert [
        near(at.x1(), at.y1(), at.x2(), at.y2(), pen.color().alpha())
        for pen, lines in ticks
        for at in lines
    ] == [near(a.x(), a.y(), b.x(), b.y(), pen.color().alpha()) for pen, a, b in own_ticks]
    assert [(near(*rect.getRect()), int(flags | TEXT), text) for rect, flags, text in words] == [
        (near(*rect.getRect()), int(flags), text) for rect, flags, text in own_words if text
    ]
    assert own_ticks


@pytest.mark.parametrize("size", [(120, 90), (250, 250), (690, 240)])
@pytest.mark.parametrize("y", [(1.31, 1.39), (-3.0, 1e4), (2.6944, 2.6949)])
@pytest.mark.parametrize("steps", [None, StepScale(), StepScale(log=True)])
def test_an_axis_draws_what_pyqtgraph_would(qtbot, size, y, steps):
    plot = Plot(DARK, "p", x_label="rate", y_label="nats") if steps is None else StepPlot(DARK, "p")
    qtbot.addWidget(plot)
    plot.resize(*size)
    plot.show()
    x = (0.35, 1.4)
    if isinstance(plot, StepPlot):
        plot.set_step_scale(steps)
        x = (-0.3, 5.3) if steps.log else (-300.0, 130_000.0)
    plot.set_home((*x, *y))
    plot.grab()
    for side in ("left", "bottom"):
        assert_as_pyqtgraph(plot.getPlotItem().getAxis(side))


@pytest.mark.parametrize("width", [150, 260, 420, 900])
@pytest.mark.parametrize("last", [4.0, 5.6, 7.0, 18.0])
def test_words_at_powers_of_ten_never_touch(qtbot, width, last):
    plot = StepPlot(DARK, "steps")
    qtbot.addWidget(plot)
    plot.resize(width, 200)
    plot.set_step_scale(StepScale(log=True))
    plot.set_home((-0.3, last, 0.0, 1.0))
    plot.show()
    qtbot.waitExposed(plot)
    plot.grab()
    axis = plot.getPlotItem().getAxis("bottom")
    places = sorted(
        (rect.left(), rect.right()) for rect, _, text in specs(axis, type(axis))[2] if text
    )
    assert all(a[1] <= b[0] for a, b in pairwise(places))
    if last == 18.0 and width == 150:
        return  # a quintillion alone is as wide
    assert len(places) >= 2
    axis_width = plot.getPlotItem().vb.width()
    assert places[-1][1] - places[0][0] > 0.4 * axis_width, "not all of them at one end"


def test_negative_numbers_have_a_minus_sign(qtbot):
    plot = Plot(DARK, "p", x_label="rate", y_label="nats")
    qtbot.addWidget(plot)
    plot.resize(400, 300)
    plot.set_home((-4.0, 4.0, -3e-7, 3e-7))
    plot.show()
    plot.grab()
    for side in ("left", "bottom"):
        axis = plot.getPlotItem().getAxis(side)
        words = [text for *_, text in specs(axis, type(axis))[2]]
        assert any(text.startswith("−") for text in words)
        assert not any("-" in text for text in words)
