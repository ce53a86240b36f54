"""Data space: generated points, their histogram, and what is said about them."""

import gc
import weakref

import numpy as np
import pytest
from pictures import make_frame, make_truth, pixel_of, pixels, rgb, shown, with_samples
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QMenu

from vae_gui.core.distributions import DISTRIBUTIONS
from vae_gui.ui.panels.data_space import TRAINING_SHOWN, DataSpacePanel
from vae_gui.ui.plotting.plot import with_margin
from vae_gui.ui.plotting.steps import thousands
from vae_gui.ui.theme import DARK, LIGHT


@pytest.fixture
def panel(qtbot):
    made = DataSpacePanel(DARK)
    qtbot.addWidget(made)
    made.resize(640, 420)
    made.show()
    return shown(made)


@pytest.fixture
def running(panel):
    panel.show_truth(make_truth())
    panel.show_frame(make_frame())
    return shown(panel)


def choose(panel, words):
    """Trigger an entry of the panel's own menu."""
    menu = QMenu()
    panel.fill_menu(menu)
    entries = [a for a in menu.actions() if a.text()]
    for sub in menu.findChildren(QMenu):
        entries += sub.actions()
    next(a for a in entries if a.text() == words).trigger()


def hover(panel, x, y):
    plot, none = panel.plot, Qt.MouseButton.NoButton
    at = QPoint(*(round(p) for p in pixel_of(plot, x, y)))
    event = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(at), QPointF(plot.mapToGlobal(at)), none, none,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(plot.viewport(), event)
    return plot.data_position(QPointF(at))


def test_empty_it_says_what_to_do(panel):
    assert "Run" in panel.hint.text()
    assert panel.hint.isVisible()
    hover(panel, 1.0, 0.5)
    assert not panel.readout.isVisible()


def test_it_shows_the_generated_points_and_the_data_rectangle(running):
    frame, truth = make_frame(), make_truth()
    assert not running.hint.isVisible()
    assert (running.samples.points == frame.picture.samples).all()
    seen, home = running.plot.in_view(), with_margin(truth.bounds)
    assert seen[0] <= home[0] < home[1] <= seen[1]
    assert seen[2] <= home[2] < home[3] <= seen[3]


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda t: t.name)
def test_points_are_orange_where_they_were_generated(panel, theme):
    panel.set_theme(theme)
    panel.show_truth(make_truth())
    lonely = [[-2.5, 4.0], [-2.0, 3.8]]  # outside of all contours
    panel.show_frame(with_samples(make_frame(), lonely))
    seen = pixels(shown(panel.plot))
    learned, plot = rgb(theme.color("learned")), rgb(theme.color("plot"))
    for xy in lonely:
        x, y = pixel_of(panel.plot, *xy)
        assert seen[int(y), int(x)] == pytest.approx(plot + 0.6 * (learned - plot), abs=8)
    x, y = pixel_of(panel.plot, -2.5, 3.0)
    assert seen[int(y), int(x)] == pytest.approx(plot, abs=2)


def test_without_decoder_noise_the_means_are_shown(running, qtbot):
    with qtbot.waitSignal(running.redraw_wanted):
        choose(running, "Decoder noise")
    running.show_frame(make_frame())
    assert (running.samples.points == make_frame().picture.means).all()


def test_samples_histogram_or_both(running):
    frame = make_frame()
    for words, points, cells in (
        ("Histogram", False, True),
        ("Both", True, True),
        ("Samples", True, False),
    ):
        choose(running, words)
        running.show_frame(frame)
        assert running.samples.isVisible() == points
        assert running.heat.isVisible() == cells
    choose(running, "Histogram")
    running.show_frame(frame)
    xy, bounds = frame.picture.samples, with_margin(make_truth().bounds)
    expected, _, _ = np.histogram2d(xy[:, 0], xy[:, 1], 40, (bounds[:2], bounds[2:]))
    assert ((running.heat.levels > 0) == (expected.T > 0)).all()


def test_training_data_lie_underneath_when_asked_for(running):
    assert not running.training.isVisible()
    choose(running, "Training data")
    train = make_truth().train
    assert running.training.isVisible()
    assert (running.training.points == train[:TRAINING_SHOWN]).all()
    points = running.plot.getPlotItem().items
    assert points.index(running.training) < points.index(running.samples)
    choose(running, "Training data")
    assert not running.training.isVisible()


def test_options_are_remembered_by_name(running, qtbot):
    choose(running, "Both")
    choose(running, "Decoder noise")
    values = running.option_values()
    assert values["view"] == "both"
    assert values["decoder_noise"] is False
    other = DataSpacePanel(DARK)
    qtbot.addWidget(other)
    other.restore_options(values)
    assert other.option_values() == values
    assert other.heat.isVisible()


def test_what_is_not_seen_is_counted(running):
    nan, inf = np.nan, np.inf
    xy = [[1, 1], [1, 0], [500, 0], [0, -500], [1e30, 1], [nan, 0], [0, inf]]
    for words in ("Samples", "Histogram", "Both"):
        choose(running, words)
        running.show_frame(with_samples(make_frame(), xy))
        shown(running)
        assert running.outside.text() == "3 outside the view · 2 not finite"
        assert running.outside.isVisible()
    running.show_frame(with_samples(make_frame(), [[1, 1]]))
    assert not running.outside.isVisible()


def test_the_histogram_also_counts_what_lies_beside_its_cells(running):
    seen, home = running.plot.in_view(), with_margin(make_truth().bounds)
    assert seen[1] > home[1] + 0.5  # the panel is wide
    beside = [[home[1] + 0.2, 0.0], [1, 1]]
    running.show_frame(with_samples(make_frame(), beside))
    assert running.outside.text() == ""
    choose(running, "Histogram")
    running.show_frame(with_samples(make_frame(), beside))
    assert running.outside.text() == "1 outside the view"


def test_zooming_counts_again(running):
    running.show_frame(with_samples(make_frame(), [[1, 0.5], [3, 3], [-1, -2]]))
    assert running.outside.text() == ""
    for _ in range(8):
        running.plot.zoom(0.5)
    assert running.outside.text() == "2 outside the view"
    running.reset_view()
    assert running.outside.text() == ""


def test_all_points_lost_is_no_error(running):
    for bad in (np.nan, np.inf):
        for words in ("Samples", "Histogram", "Both"):
            choose(running, words)
            running.show_frame(with_samples(make_frame(), np.full((2000, 2), bad)))
            shown(running)
            assert running.outside.text() == f"{thousands(2000)} not finite"
    assert (running.heat.levels == 0).all()


def test_the_exact_density_under_the_pointer_is_read_out(running):
    x1, x2 = hover(running, 1.7, -0.4)
    assert running.readout.isVisible()
    words = running.readout.text().replace("−", "-").split()
    value = {name: float(words[words.index(name) + 1]) for name in ("x₁", "x₂")}
    assert value["x₁"] == pytest.approx(x1, abs=0.01)
    assert value["x₂"] == pytest.approx(x2, abs=0.01)
    log_p = float(make_truth().distribution.log_prob((x1, x2)))
    assert float(words[-1]) == pytest.approx(log_p, rel=1e-3)
    assert float(words[words.index("p(x)") + 1]) == pytest.approx(np.exp(log_p), rel=5e-3)
    QApplication.sendEvent(running.plot, QEvent(QEvent.Type.Leave))
    assert not running.readout.isVisible()


def test_clearing_goes_back_to_the_empty_state(panel, running):
    running.clear()
    assert "Run" in panel.hint.text()
    assert len(panel.samples.points) == len(panel.training.points) == 0
    fresh = pixels(shown(panel))
    running.show_truth(make_truth())
    running.show_frame(make_frame())
    running.clear()
    assert (pixels(shown(panel)) == fresh).all()


@pytest.mark.parametrize("cls", DISTRIBUTIONS, ids=lambda c: c.family())
def test_every_distribution_is_shown_whole(panel, cls):
    truth = make_truth(cls())
    panel.show_truth(truth)
    panel.show_frame(with_samples(make_frame(), truth.test[:500]))
    shown(panel)
    outer_x, outer_y = panel.contours.getData()
    seen = panel.plot.in_view()
    assert seen[0] < np.nanmin(outer_x) < np.nanmax(outer_x) < seen[1]
    assert seen[2] < np.nanmin(outer_y) < np.nanmax(outer_y) < seen[3]
    hover(panel, *truth.test[0].tolist())
    assert panel.readout.isVisible()


def test_training_brings_the_points_to_the_truth(panel):
    truth = make_truth()
    panel.show_truth(truth)

    def mean_log_p(steps):
        panel.show_frame(make_frame(steps))
        return truth.distribution.log_prob(panel.samples.points).mean()

    # -E log p(x) of points from p itself is the entropy
    assert mean_log_p(700) == pytest.approx(-truth.entropy, abs=0.15)
    assert mean_log_p(0) < -truth.entropy - 0.3


def test_a_closed_panel_is_freed():
    panel = DataSpacePanel(DARK)
    panel.show_truth(make_truth())
    panel.show_frame(make_frame())
    shown(panel)
    seen = weakref.ref(panel)
    panel.close()
    del panel
    gc.collect()
    assert seen() is None
