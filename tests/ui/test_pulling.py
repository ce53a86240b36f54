"""Ellipses pulled in Data space: the controls follow, and undo brings everything back."""

import numpy as np
import pytest
from hands import MIDDLE, Hand
from pictures import make_frame, make_truth, shown
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication
from windows import Driver, small_config

from vae_gui.core.distributions import (
    Gaussian,
    GaussianMixture,
    Moons,
    Ring,
    StudentT,
    Transform,
    Transformed,
)
from vae_gui.ui.export.render import png_bytes, render_svg
from vae_gui.ui.panels.data_space import DataSpacePanel
from vae_gui.ui.theme import DARK, LIGHT

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def driver(qtbot, tmp_path):
    made = []

    def make(*assignments):
        made.append(Driver(qtbot, tmp_path / "state.ini", small_config(*assignments)))
        return made[-1]

    yield make
    for d in made:
        d.close()


def plot_of(d):
    return d.window.docks["data_space"].panel.plot


def hand_of(d):
    d.until_rest()
    return Hand(plot_of(d))


def handles_of(d):
    return d.window.docks["data_space"].panel.shaping.handles


def wanted(d):
    return d.window.document.config.data.distribution


@pytest.fixture
def panel(qtbot):
    made = DataSpacePanel(DARK)
    qtbot.addWidget(made)
    made.resize(640, 420)
    made.show()
    shown(made)
    made.edits = []
    made.shaping.edited.connect(lambda d, words, _: made.edits.append((d, words)))
    return made


def show(panel, distribution):
    panel.show_truth(make_truth(distribution))
    panel.show_frame(make_frame())
    panel.shaping.show_wanted(distribution)
    return Hand(shown(panel).plot)


def grip_at(panel, grip, index=0):
    scene = panel.shaping.handles.item.grips(index)[grip]
    point = panel.plot.getPlotItem().vb.mapSceneToView(scene)
    return point.x(), point.y()


# in the window ------------------------------------------------------------------------


def test_the_mean_is_dragged_the_controls_follow_and_one_undo_brings_it_back(driver):
    d = driver()
    hand, before = hand_of(d), wanted(d)
    hand.drag((1.0, 0.5), (1.2, 0.6), (1.6, 0.8), (2.0, 1.0))
    assert wanted(d).mean_x1 == pytest.approx(2.0, abs=0.02)
    assert wanted(d).mean_x2 == pytest.approx(1.0, abs=0.02)
    control = d.window.form.controls["data.distribution.mean_x1"]
    assert control.value == wanted(d).mean_x1
    assert d.window.document.stack.undoText() == "Move the mean"
    d.window.document.stack.undo()
    assert wanted(d) == before
    assert control.value == before.mean_x1
    assert not d.window.document.stack.canUndo()
    d.window.document.stack.redo()
    assert wanted(d).mean_x1 == pytest.approx(2.0, abs=0.02)
    d.until_rest()  # untrained, the run follows by itself
    d.until(lambda: d.run.config.data.distribution == wanted(d))


def test_a_trained_run_keeps_its_data_and_the_new_ones_are_outlined(driver):
    d = driver()
    hand = hand_of(d)
    d.key(Key.Key_S)
    d.until_rest()
    shaping = d.window.docks["data_space"].panel.shaping
    assert not shaping.outline.isVisible()
    hand.drag((1.0, 0.5), (1.5, 0.5), (2.5, 0.5))

    def middle():
        x, _ = shaping.outline.getData()
        return (np.nanmin(x) + np.nanmax(x)) / 2 if shaping.outline.isVisible() else np.nan

    d.until(lambda: abs(middle() - wanted(d).mean_x1) < 0.05)
    assert d.run.config.data.distribution == Gaussian()
    assert d.window.form.banner.isVisibleTo(d.window.form)
    d.window.follower.revert()
    d.until(lambda: not shaping.outline.isVisible())
    assert wanted(d) == Gaussian()


def test_where_no_grip_is_the_plot_pans_and_nothing_is_edited(driver):
    d = driver()
    hand = hand_of(d)
    seen = plot_of(d).in_view()
    hand.drag((-1.5, -1.5), (-1.0, -1.5), (-0.5, -1.5), pause_ms=25)
    assert plot_of(d).in_view()[0] < seen[0] - 0.9
    assert not d.window.document.stack.canUndo()
    seen = plot_of(d).in_view()
    hand.drag((1.0, 0.5), (1.5, 0.5), (2.0, 0.5), button=MIDDLE, pause_ms=25)
    assert plot_of(d).in_view()[0] < seen[0] - 0.9
    assert not d.window.document.stack.canUndo()


def test_keys_go_through_the_components_and_nudge_them(driver, qtbot):
    d = driver("data.distribution.family=mixture")
    d.until_rest()
    plot, table = plot_of(d), d.window.form.controls["data.distribution.components"]
    plot.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(plot, Key.Key_Tab)
    qtbot.keyClick(plot, Key.Key_Tab)
    item = handles_of(d).item
    assert (item.active, item.focus) == (1, "centre")
    assert table.field.currentIndex().row() == 1  # the table shows which it is
    before = wanted(d).components[1]
    for _ in range(3):
        qtbot.keyClick(plot, Key.Key_Right)
    step = (wanted(d).components[1].mean_x1 - before.mean_x1) / 3
    assert step > 0
    assert wanted(d).components[1].mean_x2 == before.mean_x2
    qtbot.keyClick(plot, Key.Key_Up, SHIFT)
    assert wanted(d).components[1].mean_x2 - before.mean_x2 == pytest.approx(10 * step, rel=0.01)
    assert d.window.document.stack.undoText() == "Move component 2"
    d.window.document.stack.undo()  # quick steps are undone together
    assert wanted(d) == GaussianMixture()
    qtbot.keyClick(plot, Key.Key_Return)
    assert item.focus == "first"
    qtbot.keyClick(plot, Key.Key_Right)
    assert d.window.document.stack.undoText() == "Stretch component 2"
    qtbot.keyClick(plot, Key.Key_Backtab)
    assert (item.active, item.focus) == (0, "centre")
    qtbot.keyClick(plot, Key.Key_Escape)
    assert item.focus is None
    seen = plot.in_view()
    qtbot.keyClick(plot, Key.Key_Right)  # arrows belong to the plot again
    assert plot.in_view()[0] > seen[0]


def test_tab_leaves_the_plot_after_the_last_component(driver, qtbot):
    d = driver()
    d.until_rest()
    plot = plot_of(d)
    plot.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(plot, Key.Key_Tab)
    assert handles_of(d).item.focus == "centre"
    qtbot.keyClick(plot, Key.Key_Tab)
    assert not plot.hasFocus()
    assert handles_of(d).item.focus is None


def test_a_row_chosen_in_the_table_is_the_active_ellipse(driver):
    d = driver("data.distribution.family=mixture")
    hand = hand_of(d)
    table = d.window.form.controls["data.distribution.components"]
    table.field.setCurrentIndex(table.model.index(2, 1))
    assert handles_of(d).item.active == 2
    part = wanted(d).components[0]
    hand.drag((part.mean_x1, part.mean_x2), (-1.0, 1.0), (-0.9, 1.2))
    assert table.field.currentIndex().row() == 0
    assert table.model.value(0, 1) == wanted(d).components[0].mean_x1


def test_the_key_q_shows_handles_without_the_pointer(driver):
    d = driver()
    d.until_rest()
    # wherever a test before left the pointer
    QApplication.sendEvent(plot_of(d).viewport(), QEvent(QEvent.Type.Leave))
    assert not handles_of(d).item.isVisible()
    d.key(Key.Key_Q)
    assert handles_of(d).item.isVisible()
    d.key(Key.Key_Q)
    assert not handles_of(d).item.isVisible()


# the panel alone ----------------------------------------------------------------------


def test_axes_and_turning_change_the_covariance(panel):
    tilted = Gaussian(std_x1=1.5, std_x2=0.6, correlation=0.7)
    hand = show(panel, tilted)
    x, y = grip_at(panel, "turn")
    hand.drag((x, y), (x - 0.3, y + 0.4), (1.0, 2.5))
    turned, words = panel.edits[-1]
    assert words == "turn the ellipse"
    assert np.linalg.eigvalsh(turned.covariance) == pytest.approx(
        np.linalg.eigvalsh(tilted.covariance), rel=1e-3
    )
    axis = np.linalg.eigh(turned.covariance)[1][:, 1]
    assert abs(axis[1]) == pytest.approx(1, abs=1e-2)  # upright now
    x, y = grip_at(panel, "first")
    hand.drag((x, y), (x, y + 0.2), (x + 1, y + 0.5))
    longer, words = panel.edits[-1]
    assert words == "stretch the ellipse"
    assert longer.std_x2 == pytest.approx(turned.std_x2 + 0.5, abs=0.05)
    assert longer.std_x1 == pytest.approx(turned.std_x1, abs=0.05)


def test_circles_are_resized(panel):
    hand = show(panel, Ring())
    hand.drag(grip_at(panel, "first"), (2.8, 0), (3.2, 0.5))
    ring, words = panel.edits[-1]
    assert ring.radius == pytest.approx(3.2, abs=0.03)
    assert words == "resize the circle"
    hand.drag(grip_at(panel, "first"), (5, 0), (9, 0))
    assert panel.edits[-1][0].radius == pytest.approx(4, abs=1e-3)  # and no farther
    hand = show(panel, Moons())
    hand.drag(grip_at(panel, "first"), (2, 0), (1.5, 0))
    assert panel.edits[-1][0].scale == pytest.approx(1.5, abs=0.03)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda t: t.name)
def test_no_exported_picture_has_handles(panel, theme):
    panel.set_theme(theme)
    show(panel, GaussianMixture())
    item = panel.shaping.handles.item
    without = [png_bytes(panel, scale) for scale in (1, 2)] + [render_svg(panel)]
    panel.shaping.handles.show_always(True)
    panel.shaping.drawing.set_active(False)
    assert item.isVisible()
    assert [png_bytes(panel, scale) for scale in (1, 2)] + [render_svg(panel)] == without
    assert item.isVisible()
    assert shown(panel).grab().toImage() != panel.plot.grab().toImage()


def test_the_view_stays_under_a_pull(panel):
    hand = show(panel, Gaussian())
    seen = panel.plot.in_view()
    hand.press(1.0, 0.5)
    hand.move(1.5, 0.6, down=Qt.MouseButton.LeftButton)
    panel.show_truth(make_truth(panel.edits[-1][0]))  # the run has followed meanwhile
    assert panel.plot.in_view() == seen
    hand.release(1.5, 0.6)
    other = Gaussian(mean_x1=5.0)
    panel.shaping.show_wanted(other)
    panel.show_truth(make_truth(other))
    assert panel.plot.in_view() != seen


def test_a_click_beside_every_grip_still_chooses_a_point_for_the_lens(driver):
    d = driver()
    hand = hand_of(d)
    panel = d.window.docks["data_space"].panel
    hand.drag((1.0, 0.5), (1.0, 0.5))  # on the mean: taken hold of and let go
    assert panel.chosen.x is None
    hand.drag((-1.0, -1.0), (-1.0, -1.0))
    assert panel.chosen.x == pytest.approx((-1.0, -1.0), abs=0.05)
    panel.shaping.drawing.set_active(True)
    hand.drag((0.0, 1.0), (0.0, 1.0))  # a dot of ink, and no choice
    assert panel.chosen.x == pytest.approx((-1.0, -1.0), abs=0.05)
    assert len(panel.shaping.drawing.canvas) == 1


@pytest.mark.parametrize(
    ("distribution", "words"),
    [
        (Gaussian(std_x1=0.5, std_x2=0.5, correlation=0.0), "Std 0.50"),
        (StudentT(scale_x1=0.5, scale_x2=0.5, correlation=0.0), "Scale 0.50"),
        (
            Transformed(
                base=StudentT(scale_x1=0.5, scale_x2=0.5, correlation=0.0),
                transform=Transform(rotate=30.0, scale_x1=2.0, scale_x2=2.0),
            ),
            "Scale 1.00",
        ),
        (Ring(radius=2.0), "Radius 2.00"),
    ],
    ids=["gaussian", "student_t", "moved student_t", "ring"],
)
def test_what_is_pulled_is_called_by_its_name(panel, distribution, words):
    hand = show(panel, distribution)
    panel.shaping.handles.show_always(True)
    hand.press(*grip_at(panel, "first"))
    assert panel.shaping.note.text().startswith(words)
