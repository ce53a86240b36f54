"""Ellipses of Gaussians, held to the pixels of a picture and to those of true ellipses."""

import numpy as np
import pyqtgraph as pg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QBuffer, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtSvg import QSvgGenerator

from vae_gui.ui.plotting.ellipses import EllipsesItem
from vae_gui.ui.plotting.plot import Plot
from vae_gui.ui.theme import THEMES

SIZE = 400, 300
PEN = QPen(QColor(255, 0, 255))
PEN.setCosmetic(True)


@pytest.fixture
def plot(qtbot):
    plot = Plot(THEMES["dark"], "ellipses", square=True)
    qtbot.addWidget(plot)
    plot.resize(*SIZE)
    plot.set_home((-4.0, 4.0, -3.0, 3.0))
    return plot


def drawn(plot):
    """Data coordinates (n, 2) of the pixels that something magenta has touched."""
    image = plot.grab().toImage()
    ratio = plot.devicePixelRatioF()
    found = []
    for row in range(image.height()):
        for column in range(image.width()):
            color = image.pixelColor(column, row)
            if color.red() - color.green() > 100 and color.blue() - color.green() > 100:
                at = plot.mapToScene(round(column / ratio), round(row / ratio))
                point = plot.getPlotItem().vb.mapSceneToView(at)
                found.append((point.x(), point.y()))
    return np.array(found)


@settings(max_examples=8, deadline=None)
@given(
    st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    st.tuples(st.floats(0.4, 1.5), st.floats(0.4, 1.5)),
)
def test_every_pixel_lies_on_the_ellipse_one_sigma_around_the_mean(qapp, mu, sigma):
    plot = Plot(THEMES["dark"], "ellipses", square=True)
    plot.resize(*SIZE)
    plot.set_home((-4.0, 4.0, -3.0, 3.0))
    item = EllipsesItem(PEN)
    plot.addItem(item, ignoreBounds=True)
    item.set_ellipses([mu], [sigma])
    at = drawn(plot)
    pixel = plot.getPlotItem().vb.viewPixelSize()[0]
    angle = np.arctan2((at[:, 1] - mu[1]) / sigma[1], (at[:, 0] - mu[0]) / sigma[0])
    on = np.array(mu) + np.array(sigma) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    assert np.hypot(*(at - on).T).max() < 2.5 * pixel
    assert len(np.unique(np.round(angle / (np.pi / 8)))) >= 16, "all the way around"
    plot.close()
    plot.deleteLater()


def test_what_cannot_be_drawn_is_left_out(qapp):
    item = EllipsesItem(PEN)
    mu = [[0, 0], [np.nan, 0], [0, np.inf], [1e30, 0], [0, 0], [1, 2]]
    sigma = [[1, 1], [1, 1], [1, 1], [1, 1], [1, np.inf], [3, 4]]
    item.set_ellipses(mu, sigma)
    np.testing.assert_array_equal(item.mu, [[0, 0], [1, 2]])
    np.testing.assert_array_equal(item.sigma, [[1, 1], [3, 4]])
    item.clear()
    assert not len(item.mu)


def test_it_is_drawn_wherever_the_view_goes(plot):
    item = EllipsesItem(PEN)
    plot.addItem(item, ignoreBounds=True)
    item.set_ellipses([[50.0, 50.0]], [[1.0, 1.0]])
    assert not len(drawn(plot))
    plot.set_home((48.0, 52.0, 48.5, 51.5))
    assert len(drawn(plot))


def test_it_fills_nothing_whatever_was_drawn_before(plot):
    filled = pg.QtWidgets.QGraphicsEllipseItem(-3, -2, 1, 1)
    filled.setBrush(Qt.GlobalColor.green)
    item = EllipsesItem(PEN)
    plot.addItem(filled)
    plot.addItem(item, ignoreBounds=True)
    item.set_ellipses([[1.0, 1.0]], [[1.0, 1.0]])
    at = drawn(plot)
    assert np.hypot(*(at - 1.0).T).min() > 0.9


@pytest.mark.parametrize("sigma", [(0.0, 1.0), (1.0, 1e-12), (0.5, 0.5), (9e5, 9e5)])
def test_in_a_file_it_is_a_path_which_readers_draw_however_narrow_or_large(plot, sigma):
    item = EllipsesItem(PEN)
    plot.addItem(item, ignoreBounds=True)
    item.set_ellipses([[-sigma[0], 0.0]], [sigma])
    buffer = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(plot.size())
    with QPainter(generator) as painter:
        plot.scene().render(painter, QRectF(plot.rect()), plot.scene().sceneRect())
    text = bytes(buffer.data()).decode()
    assert "<ellipse" not in text
    (group,) = [g for g in text.split("<g ") if 'stroke="#ff00ff"' in g and "<path" in g]
    assert " C" in group or "C" in group.split(' d="')[1]
