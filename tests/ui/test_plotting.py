"""The drawing items: what is where, in which colour, and that a plot can be moved by hand."""

import numpy as np
import pyqtgraph as pg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pictures import HOME, make_truth, pixel_of, pixels, rgb, shown, square_plot
from PySide6.QtCore import QPoint, QRectF, QSize
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPicture
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget
from scipy.interpolate import RegularGridInterpolator

from vae_gui.core.distributions import DISTRIBUTIONS
from vae_gui.ui.icons import icon
from vae_gui.ui.plotting.contours import ContourItem, contour_lines
from vae_gui.ui.plotting.heat import HeatItem, bin_counts, cell_area
from vae_gui.ui.plotting.marks import LabelledLevel
from vae_gui.ui.plotting.points import PointsItem
from vae_gui.ui.plotting.steps import thousands
from vae_gui.ui.plotting.tally import density_top, outside
from vae_gui.ui.theme import DARK


@pytest.fixture
def plot(qtbot):
    return square_plot(qtbot)


# points -----------------------------------------------------------------------


@pytest.mark.parametrize("xy", [(0.0, 0.0), (1.234, -2.345), (4.4, 4.1), (-2.77, 0.613)])
def test_a_point_is_drawn_where_its_data_say(plot, xy):
    before = pixels(plot)
    item = PointsItem(DARK.color("learned"), 6.0)
    plot.addItem(item)
    item.set_points(np.array([xy]))
    shown(plot)
    change = np.abs(pixels(plot) - before).sum(axis=2).astype(float)
    rows, columns = np.indices(change.shape)
    # the weighted centre of what changed; pixel i spans i to i + 1
    x = (change * (columns + 0.5)).sum() / change.sum()
    y = (change * (rows + 0.5)).sum() / change.sum()
    assert (x, y) == pytest.approx(pixel_of(plot, *xy), abs=0.2)
    assert 0.5 * np.sqrt((change > 0).sum()) < 6 < 2 * np.sqrt((change > 0).sum())


def test_an_opaque_point_has_its_colour(plot):
    item = PointsItem(DARK.color("learned"), 8.0)
    plot.addItem(item)
    item.set_points(np.array([[1.0, 1.0]], np.float32))
    shown(plot)
    x, y = pixel_of(plot, 1.0, 1.0)
    assert pixels(plot)[int(y), int(x)] == pytest.approx(rgb(DARK.color("learned")), abs=2)


def test_points_that_cannot_be_drawn_are_left_out_and_the_rest_is_drawn(plot):
    item = PointsItem(DARK.color("learned"), 8.0)
    plot.addItem(item)
    nan, inf = np.nan, np.inf
    item.set_points(
        np.array([[nan, 0], [0, inf], [-inf, nan], [1e308, -1e308], [3e38, 0], [1.0, 1.0]])
    )
    assert len(item.points) == 3
    shown(plot)
    x, y = pixel_of(plot, 1.0, 1.0)
    assert pixels(plot)[int(y), int(x)] == pytest.approx(rgb(DARK.color("learned")), abs=2)
    item.clear()
    shown(plot)
    assert not np.allclose(pixels(plot)[int(y), int(x)], rgb(DARK.color("learned")), atol=20)


def test_points_keep_their_size_while_zooming_and_grow_with_an_enlarging_painter(plot):
    item = PointsItem(DARK.color("learned"), 8.0)
    plot.addItem(item)
    item.set_points(np.array([[1.0, 0.5]]))

    def width(scale):
        image = QImage(420 * scale, 360 * scale, QImage.Format.Format_RGB32)
        with QPainter(image) as painter:
            painter.scale(scale, scale)
            QWidget.render(plot, painter, QPoint())
        data = np.frombuffer(image.constBits(), np.uint8).reshape(360 * scale, 420 * scale, 4)
        reddish = data[:, :, 2].astype(int) - data[:, :, 0] > 100
        return reddish.any(axis=0).sum()

    shown(plot)
    assert width(1) == pytest.approx(8, abs=1)
    assert width(3) == pytest.approx(24, abs=1)
    plot.zoom(0.25)
    shown(plot)
    assert width(1) == pytest.approx(8, abs=1)


def test_points_are_circles_and_cells_rectangles_in_a_vector_picture(plot, tmp_path):
    points = PointsItem(DARK.color("learned"), 5.0)
    heat = HeatItem(DARK, "true")
    plot.addItem(points)
    plot.addItem(heat)
    points.set_points(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 3.0], [99.0, 0.0]]))
    heat.set_density(np.eye(3), 1.0, HOME)
    file = tmp_path / "plot.svg"
    generator = QSvgGenerator()
    generator.setFileName(str(file))
    generator.setSize(plot.size())
    with QPainter(generator) as painter:
        plot.scene().render(painter, QRectF(plot.rect()), plot.scene().sceneRect())
    text = file.read_text()
    assert text.count("<circle") == 3  # the fourth is out of view
    assert text.count("<image") == 0
    brightest = "#{:02x}{:02x}{:02x}".format(*DARK.ramp("true")[-1, :3])
    assert text.count(f'<g fill="{brightest}"') == 3  # the diagonal's cells
    x, y = pixel_of(plot, 2.0, 3.0)
    centres = [
        (float(c.split('cx="')[1].split('"')[0]), float(c.split('cy="')[1].split('"')[0]))
        for c in text.split("<circle")[1:]
    ]
    assert any((cx, cy) == pytest.approx((x, y), abs=0.01) for cx, cy in centres)


def antialiased(item, pixels, scale):
    """A vector painting of an item as a viewer that smooths edges shows it, (pixels, pixels, 3)."""
    picture = QPicture()  # has no pixels: shapes are drawn
    with QPainter(picture) as painter:
        item.paint(painter, QStyleOptionGraphicsItem())
    image = QImage(pixels, pixels, QImage.Format.Format_RGB888)
    image.fill(0)
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(scale, scale)
        painter.drawPicture(0, 0, picture)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(pixels, -1)
    return rows[:, : 3 * pixels].reshape(pixels, pixels, 3).copy()


def test_no_background_shows_between_cells_of_a_vector_picture():
    item = HeatItem(DARK, "true")
    item.set_density(np.ones((10, 10)), 1.0, (0.0, 10.0, 0.0, 10.0))
    seen = antialiased(item, 36, 3.37)[:33, :33]  # edges lie between pixels
    np.testing.assert_allclose(seen, np.broadcast_to(DARK.ramp("true")[-1, :3], seen.shape), atol=2)


@given(arrays(bool, (5, 4)))
def test_cells_of_a_vector_picture_cover_no_empty_one(full):
    item = HeatItem(DARK, "true")
    item.set_density(full.astype(float), 1.0, (0.0, 4.0, 0.0, 5.0))
    seen = antialiased(item, 50, 10.0)[:50, :40]
    for row, column in np.ndindex(full.shape):
        cell = seen[10 * row : 10 * row + 10, 10 * column : 10 * column + 10]
        assert cell.any(axis=2).all() if full[row, column] else not cell.any()


# contours ---------------------------------------------------------------------


@pytest.mark.parametrize("cls", DISTRIBUTIONS, ids=lambda c: c.family())
def test_contours_run_along_their_levels_and_close(cls):
    truth = make_truth(cls())
    x, y = contour_lines(truth.x1, truth.x2, truth.density, truth.levels)
    ends = np.flatnonzero(np.isnan(x))
    assert len(ends) >= len(truth.levels)
    assert x[ends[:-1] + 1] == pytest.approx(x[ends[1:] - 1])  # first and last of each line
    on = np.isfinite(x)
    at = np.stack([x[on], y[on]], axis=-1)
    if truth.distribution.hard_edges:  # where p jumps, its mean around each place is drawn
        between = RegularGridInterpolator((truth.x1, truth.x2), truth.density.T)
        p = between(at)
    else:
        p = np.exp(truth.distribution.log_prob(at))
    distance = np.abs(p[:, None] - truth.levels).min(axis=1)
    assert distance.max() < 0.02 * truth.density.max()


def test_contours_of_a_truth_can_be_taken_away(plot):
    item = ContourItem(DARK.pen("true"))
    plot.addItem(item)
    empty = pixels(shown(plot))
    item.show_truth(make_truth())
    assert (pixels(shown(plot)) != empty).any()
    item.show_nothing()
    assert (pixels(shown(plot)) == empty).all()


# histograms -------------------------------------------------------------------


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(0, 300),
    bins=st.integers(1, 100),
    size=st.tuples(st.floats(0.1, 50), st.floats(0.1, 50)),
)
def test_counts_are_those_of_numpy(seed, n, bins, size):
    rng = np.random.default_rng(seed)
    xy = rng.normal(0.3, 2.0, (n, 2))
    bounds = (-size[0], 1.3 * size[0], -0.7 * size[1], size[1])
    expected, _, _ = np.histogram2d(xy[:, 0], xy[:, 1], bins, (bounds[:2], bounds[2:]))
    counted = bin_counts(xy, bounds, bins)
    assert counted.shape == (bins, bins)
    assert (counted == expected.T).all()


def test_counts_pass_over_what_is_not_finite_and_hold_the_edges():
    inf, nan = np.inf, np.nan
    xy = np.array([[0, 0], [2, 1], [nan, 0.5], [inf, 0.5], [0.5, -inf], [2.001, 0], [1e308, 0]])
    counted = bin_counts(xy, (0, 2, 0, 1), 4)
    assert counted[0, 0] == 1  # the lower corner
    assert counted[3, 3] == 1  # and the upper one
    assert counted.sum() == 2


def test_cells_lie_where_their_points_do(plot):
    item = HeatItem(DARK, "learned")
    plot.addItem(item)
    low_right = np.array([[3.9, -2.0]])
    item.set_density(bin_counts(low_right, HOME, 8).astype(float), 1.0, HOME)
    shown(plot)
    seen = pixels(plot)
    peak = DARK.ramp("learned")[-1, :3].astype(int)
    background = rgb(DARK.color("plot"))
    # the cell spans x1 from 3 to 4 and x2 from -2.5 to -1.5
    for at, expected in (
        ((3.1, -1.6), peak),
        ((3.9, -2.4), peak),
        ((2.9, -2.0), background),
        ((3.5, -1.3), background),
        ((3.5, 3.0), background),
    ):
        x, y = pixel_of(plot, *at)
        assert seen[int(y), int(x)] == pytest.approx(expected, abs=3), at


def test_one_point_can_be_seen_and_more_is_brighter():
    item = HeatItem(DARK, "learned")
    item.set_density(np.array([[0.0, 1e-6], [0.5, 7.0]]), 1.0, HOME)
    (none, faint), (half, full) = item.levels.tolist()
    assert none == 0 < faint < half < full == 255


def test_a_density_does_not_depend_on_how_many_points_it_was_counted_from():
    xy = np.random.default_rng(1).normal(1, 1, (400, 2))
    top = density_top(xy, HOME, 10)
    first, second = HeatItem(DARK, "true"), HeatItem(DARK, "true")
    for item, points in ((first, xy), (second, np.concatenate([xy] * 3))):
        density = bin_counts(points, HOME, 10) / (len(points) * cell_area(HOME, 10))
        item.set_density(density, top, HOME)
    assert (first.levels == second.levels).all()
    assert first.levels.max() == 255


# what a picture leaves out ----------------------------------------------------


def test_what_is_left_out_is_said():
    inside, beyond, bad = [1, 1], [9, 1], [np.nan, 1]
    assert outside(np.array([inside, inside]), HOME) == ""
    assert outside(np.array([inside, beyond, beyond]), HOME) == "2 outside the view"
    assert outside(np.array([bad, beyond]), HOME) == "1 outside the view · 1 not finite"
    assert outside(np.array([[np.inf, 1.0]]), HOME) == "1 not finite"
    assert outside(np.full((1500, 2), 9.0), HOME) == f"{thousands(1500)} outside the view"


# a level and its words ----------------------------------------------------------


def test_the_words_of_a_level_leave_the_picture_with_it(qtbot):
    plot = pg.PlotWidget()
    qtbot.addWidget(plot)
    plot.resize(400, 300)
    with qtbot.waitExposed(plot):
        plot.show()
    level = LabelledLevel(plot.getPlotItem())
    level.set_level(2.7, "entropy floor")
    for y_range, in_sight in (((0, 4), True), ((1.0, 2.0), False), ((2, 3), True)):
        plot.setYRange(*y_range, padding=0)
        level.place(lambda area: 0.0)
        assert level.box.isVisible() == in_sight, y_range


def test_a_level_says_less_where_more_would_cover_a_curve(plot):
    level = LabelledLevel(plot.getPlotItem())
    level.set_theme(DARK, "true")
    level.set_level(0.0, "the entropy floor H(p) is 2.694", "2.694")
    view = plot.getPlotItem().vb
    for end, words in ((-3.0, "the entropy floor H(p) is 2.694"), (4.0, "2.694"), (9.0, None)):
        level.place(lambda place, end=end: 5.0 * (place.left() < end))  # a curve up to there
        assert level.box.toPlainText() == (words or "the entropy floor H(p) is 2.694")
        if words:
            assert level.words_place().left() >= end - 1e-6
    assert view.width() > level.box.boundingRect().width()


def test_a_sign_that_cannot_be_used_has_its_own_colour(qtbot):
    sign = icon("run", QColor("white"), QColor("red"))
    pixel = sign.pixmap(QSize(16, 16), QIcon.Mode.Disabled).toImage().pixelColor(8, 8)
    assert pixel == QColor("red")
