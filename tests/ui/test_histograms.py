"""Histograms: the same cells, the same colours, the same view on both sides."""

import time

import numpy as np
import pytest
from pictures import make_frame, make_truth, pixel_of, pixels, rgb, shown, with_samples
from PySide6.QtCore import QEventLoop, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QMenu

from vae_gui.core.distributions import DISTRIBUTIONS, Moons
from vae_gui.core.views import view_truth
from vae_gui.ui.panels.histograms import BIN_CHOICES, HistogramsPanel
from vae_gui.ui.plotting.plot import with_margin
from vae_gui.ui.plotting.steps import thousands
from vae_gui.ui.stylesheet import apply_theme
from vae_gui.ui.theme import DARK, LIGHT


@pytest.fixture
def panel(qtbot):
    made = HistogramsPanel(DARK)
    qtbot.addWidget(made)
    made.resize(700, 380)
    made.show()
    made.show_truth(make_truth())
    made.show_frame(make_frame())
    return shown(made)


def choose(panel, words):
    menu = QMenu()
    panel.fill_menu(menu)
    entries = menu.actions()
    for sub in menu.findChildren(QMenu):
        entries += sub.actions()
    next(a for a in entries if a.text() == words).trigger()


def counts(xy, bins):
    bounds = with_margin(make_truth().bounds)
    counted, _, _ = np.histogram2d(xy[:, 0], xy[:, 1], bins, (bounds[:2], bounds[2:]))
    return counted.T


@pytest.mark.parametrize("bins", BIN_CHOICES)
def test_both_sides_are_numpys_histograms_on_one_scale(panel, bins, qtbot):
    if bins != panel.bins:
        with qtbot.waitSignal(panel.redraw_wanted):
            choose(panel, str(bins))
    assert panel.bins == bins
    frame, truth = make_frame(), make_truth()
    panel.show_frame(frame)
    true, learned = counts(truth.test, bins), counts(frame.picture.samples, bins)
    top = true.max() / len(truth.test)  # the same cells: the area drops out
    for half, expected in (
        (panel.true, true / len(truth.test)),
        (panel.learned, learned / len(frame.picture.samples)),
    ):
        levels = np.minimum(255 * expected / top, 255)
        assert np.abs(half.heat.levels - levels).max() <= 1
        assert ((half.heat.levels > 0) == (expected > 0)).all()


def test_equal_densities_look_equal_whatever_their_number(panel):
    panel.show_frame(with_samples(make_frame(), make_truth().test))
    assert (panel.learned.heat.levels == panel.true.heat.levels).all()
    panel.show_frame(with_samples(make_frame(), np.repeat(make_truth().test, 3, axis=0)))
    assert (panel.learned.heat.levels == panel.true.heat.levels).all()


def test_without_decoder_noise_the_means_are_counted(panel, qtbot):
    with qtbot.waitSignal(panel.redraw_wanted):
        choose(panel, "Decoder noise")
    panel.show_frame(make_frame())
    expected = counts(make_frame().picture.means, 40)
    assert ((panel.learned.heat.levels > 0) == (expected > 0)).all()


def wheel(plot, clicks):
    at = QPoint(150, 150)
    event = QWheelEvent(
        QPointF(at),
        QPointF(plot.mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120 * clicks),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(plot.viewport(), event)


def test_moving_one_side_moves_the_other(panel, qtbot):
    left, right = panel.true.plot, panel.learned.plot
    home = left.in_view()
    assert right.in_view() == pytest.approx(home)
    for one in (left, right):
        for act in (
            lambda plot: wheel(plot, 2),
            lambda plot: qtbot.keyClick(plot, Qt.Key.Key_Left),
            lambda plot: qtbot.keyClick(plot, Qt.Key.Key_Plus),
            lambda plot: wheel(plot, -1),
        ):
            before = left.in_view()
            act(one)
            assert left.in_view() != pytest.approx(before)
            assert left.in_view() == pytest.approx(right.in_view())
        qtbot.mouseDClick(one.viewport(), Qt.MouseButton.LeftButton, pos=one.rect().center())
        assert left.in_view() == pytest.approx(home)
        assert right.in_view() == pytest.approx(home)
    wheel(right, 3)
    panel.reset_view()
    assert left.in_view() == right.in_view() == pytest.approx(home)


def test_resizing_moves_nothing_for_good(panel):
    home = with_margin(make_truth().bounds)
    for size in ((300, 600), (1200, 240), (401, 333), (700, 380)):
        panel.resize(*size)
        shown(panel)
        assert panel.true.plot.in_view() == pytest.approx(panel.learned.plot.in_view(), rel=0.02)
        seen = panel.true.plot.in_view()
        assert seen[0] < home[0] + 1e-9 < home[1] < seen[1] + 1e-9
        assert seen[2] < home[2] + 1e-9 < home[3] < seen[3] + 1e-9
        assert np.isclose([seen[1] - seen[0], seen[3] - seen[2]], home[1] - home[0]).any()


def test_each_side_has_its_colour_and_the_contours(panel):
    truth = make_truth()
    for half, role in ((panel.true, "true"), (panel.learned, "learned")):
        x, y = half.contours.getData()
        on = np.isfinite(x)
        p = np.exp(truth.distribution.log_prob(np.stack([x[on], y[on]], axis=-1)))
        assert np.abs(p[:, None] - truth.levels).min(axis=1).max() < 0.02 * truth.density.max()
        title = half.plot.getPlotItem().titleLabel
        assert title.text == f"{role} samples"
        hue = getattr(DARK, role)
        assert title.opts["color"] == hue


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda t: t.name)
def test_the_true_contours_are_blue_on_both_sides_and_stand_out(panel, theme):
    panel.set_theme(theme)
    panel.show_frame(make_frame(300))
    for half in (panel.true, panel.learned):
        picture = pixels(shown(panel) and half.plot)
        x, y = half.contours.getData()
        found = []
        for i in np.flatnonzero(np.isfinite(x))[::40]:
            column, row = (int(p) for p in pixel_of(half.plot, x[i], y[i]))
            around = picture[row - 2 : row + 4, column - 2 : column + 4]
            off = np.abs(around - rgb(theme.color("true"))).sum(axis=-1)
            found.append((off.min() < 150, off.max() > 200))
        assert np.mean(found, axis=0).min() > 0.9, half.role


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda t: t.name)
def test_the_fullest_cell_has_the_last_colour(panel, theme):
    panel.set_theme(theme)
    panel.true.contours.setVisible(False)
    row, column = np.argwhere(panel.true.heat.levels == 255)[0]
    x_min, x_max, y_min, y_max = with_margin(make_truth().bounds)
    at = (x_min + (column + 0.5) * (x_max - x_min) / 40, y_min + (row + 0.5) * (y_max - y_min) / 40)
    x, y = pixel_of(panel.true.plot, *at)
    seen = pixels(shown(panel.true.plot))[int(y), int(x)]
    assert seen == pytest.approx(theme.ramp("true")[-1, :3].astype(int), abs=3)
    corner = pixels(panel.true.plot)[-3, 3]
    assert corner == pytest.approx(rgb(theme.color("card")), abs=2)


def test_points_that_cannot_be_counted_are_said(panel):
    nan, inf = np.nan, np.inf
    xy = [[1, 1], [900, 0], [nan, 1], [1, inf], [-inf, nan]]
    panel.show_frame(with_samples(make_frame(), xy))
    assert panel.learned.outside.text() == "1 outside the cells · 3 not finite"
    panel.show_frame(with_samples(make_frame(), np.full((2000, 2), nan)))
    shown(panel)
    assert panel.learned.outside.text() == f"{thousands(2000)} not finite"
    assert (panel.learned.heat.levels == 0).all()


def test_clearing_leaves_nothing(panel):
    panel.clear()
    assert panel.learned.hint.isVisible()
    for half in (panel.true, panel.learned):
        assert (half.heat.levels == 0).all()
        assert half.contours.getData()[0].size == 0
    choose(panel, "20")  # an option of an empty panel is no error
    panel.show_truth(make_truth())
    assert panel.true.heat.levels.shape == (20, 20)
    assert panel.true.heat.levels.max() == 255


@pytest.mark.parametrize("cls", DISTRIBUTIONS, ids=lambda c: c.family())
def test_samples_of_the_truth_fill_the_cells_of_every_distribution(panel, cls):
    truth = make_truth(cls())
    panel.show_truth(truth)
    panel.show_frame(with_samples(make_frame(), truth.test))
    assert (panel.true.heat.levels == panel.learned.heat.levels).all()
    assert (panel.true.heat.levels > 0).any()


def test_the_layout_settles_whatever_the_size(qtbot, qapp):
    """Axes whose width follows their words must not chase an aspect that follows their width.

    At (488, 185) they once did, for ever: the window hung.
    """
    apply_theme(qapp, DARK)
    data = Moons().sample(500, np.random.default_rng(0)).astype(np.float32)
    panel = HistogramsPanel(DARK)
    qtbot.addWidget(panel)
    panel.show()
    panel.show_truth(view_truth(Moons(), data, data, 80))
    for width in range(480, 498, 2):
        panel.resize(width, 185)
        begin = time.monotonic()
        for _ in range(5):
            qapp.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 500)
        assert time.monotonic() - begin < 1, width
    qapp.setStyleSheet("")
