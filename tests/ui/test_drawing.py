"""Drawing in Data space, with real mouse and keys: every stroke is an edit that can be undone."""

import numpy as np
import pytest
from hands import MIDDLE, Hand
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace
from pictures import make_frame, make_truth, pixel_of, pixels, rgb, shown
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from windows import Driver, small_config

from vae_gui.core.config import from_toml, to_toml
from vae_gui.core.distributions import Drawn, Gaussian, Ring
from vae_gui.core.distributions.brushes import TOOLS
from vae_gui.core.distributions.strokes import Stroke, symmetries
from vae_gui.ui.export.render import png_bytes, render_svg
from vae_gui.ui.panels.data_space import DataSpacePanel
from vae_gui.ui.panels.data_space_shaping import SMALLEST_SHARE
from vae_gui.ui.plotting.ink import INK
from vae_gui.ui.theme import DARK, LIGHT

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def driver(qtbot, tmp_path):
    made = Driver(qtbot, tmp_path / "state.ini", small_config())
    made.until_rest()
    yield made
    made.close()


@pytest.fixture
def drawing(driver):
    """The window in the draw mode, its canvas blank."""
    driver.key(Key.Key_P)
    assert tool_of(driver).active
    return driver


def shaping_of(d):
    return d.window.docks["data_space"].panel.shaping


def tool_of(d):
    return shaping_of(d).drawing


def hand_of(d):
    return Hand(d.window.docks["data_space"].panel.plot)


def wanted(d):
    return d.window.document.config.data.distribution


# strokes and undo -------------------------------------------------------------------------


def test_a_stroke_becomes_the_distribution_and_is_undone_and_redone(drawing):
    d, stack = drawing, drawing.window.document.stack
    assert wanted(d) == Gaussian()
    assert "Nothing is drawn yet" in shaping_of(d).told.text()
    hand_of(d).drag((-2, 0), (0, 0.5), (2, 0))
    (stroke,) = wanted(d).strokes
    assert stroke.width == tool_of(d).width
    assert np.abs(stroke.dots[0] - (-2, 0)).max() < 0.05
    assert len(stroke.dots) == pytest.approx(1 + 2 * np.hypot(2, 0.5) / 0.15, abs=2)
    assert shaping_of(d).told.text() == ""
    assert stack.undoText() == "Brush stroke"
    hand_of(d).drag((0, -2), (0, 2))
    assert len(wanted(d).strokes) == 2
    drawn = wanted(d)
    stack.undo()
    assert wanted(d) == Drawn(strokes=(stroke,))
    stack.undo()
    assert wanted(d) == Gaussian()
    assert tool_of(d).canvas == ()
    stack.redo()
    stack.redo()
    assert wanted(d) == drawn
    assert tool_of(d).canvas == drawn.strokes
    d.until(lambda: d.run.config.data.distribution == drawn)  # untrained, the run follows
    assert from_toml(to_toml(d.window.document.config)).data.distribution == drawn


def test_a_drawing_trains_like_any_other(drawing):
    hand_of(drawing).drag((-2, -1), (2, -1), (0, 2))
    drawn = wanted(drawing)
    drawing.until(lambda: drawing.run.config.data.distribution == drawn)
    drawing.until_ready()
    before = drawing.run.last_test.losses.total
    drawing.key(Key.Key_Space)
    drawing.until(lambda: drawing.run.step > 60)
    drawing.key(Key.Key_Space)
    drawing.until_rest()
    assert drawing.run.last_test.losses.total < before
    assert drawing.run.current.truth.entropy == drawn.entropy()


def test_clearing_keeps_the_last_distribution_until_there_is_a_stroke(drawing):
    d, stack = drawing, drawing.window.document.stack
    hand_of(d).drag((-2, 0), (2, 0))
    first = wanted(d)
    d.key(Key.Key_Delete, CONTROL)
    assert wanted(d) == first
    assert tool_of(d).canvas == ()
    assert "last valid distribution stays" in shaping_of(d).told.text()
    assert stack.undoText() == "Clear the drawing"
    stack.undo()
    assert tool_of(d).canvas == first.strokes
    stack.redo()
    hand_of(d).drag((0, -2), (0, 2))
    assert len(wanted(d).strokes) == 1  # the new one alone
    assert wanted(d) != first
    stack.undo()
    assert wanted(d) == first
    assert tool_of(d).canvas == ()
    stack.undo()
    assert tool_of(d).canvas == first.strokes


def test_a_cleared_canvas_is_still_blank_when_another_family_is_undone(drawing):
    d, stack = drawing, drawing.window.document.stack
    hand_of(d).drag((-2, 0), (2, 0))
    first = wanted(d)
    d.key(Key.Key_Delete, CONTROL)
    d.window.form.gallery.thumbnails["ring"].click()
    assert wanted(d) == Ring()
    assert not d.window.shaping.blank
    stack.undo()
    assert (wanted(d), tool_of(d).canvas) == (first, ())
    assert stack.undoText() == "Clear the drawing"
    stack.undo()
    assert (wanted(d), tool_of(d).canvas) == (first, first.strokes)
    stack.redo()
    stack.redo()
    assert wanted(d) == Ring()
    d.key(Key.Key_P)
    hand_of(d).drag((0, -2), (0, 2))
    assert tool_of(d).canvas == wanted(d).strokes
    assert len(wanted(d).strokes) == 1
    stack.undo()
    stack.undo()
    assert (wanted(d), tool_of(d).canvas) == (first, ())


def test_choosing_draw_again_brings_a_cleared_drawing_back_and_can_be_undone(drawing):
    d, stack = drawing, drawing.window.document.stack
    hand_of(d).drag((-2, 0), (2, 0))
    first = wanted(d)
    d.key(Key.Key_Delete, CONTROL)
    d.window.form.gallery.thumbnails["ring"].click()
    d.window.form.gallery.thumbnails["drawn"].click()
    assert (wanted(d), tool_of(d).canvas) == (first, first.strokes)
    while stack.canUndo() and stack.undoText() != "Clear the drawing":
        stack.undo()
    assert (wanted(d), tool_of(d).canvas) == (first, ())
    stack.setIndex(stack.count())
    assert (wanted(d), tool_of(d).canvas) == (first, first.strokes)


def test_erasing_everything_is_clearing(drawing):
    d = drawing
    hand_of(d).drag((-1, 0), (1, 0))
    first = wanted(d)
    d.key(Key.Key_2)
    hand_of(d).drag((0, -2), (0, 2))
    assert len(wanted(d).strokes[0].dots) < len(first.strokes[0].dots)
    assert d.window.document.stack.undoText() == "Eraser"
    half = wanted(d)
    hand_of(d).drag((-2, 0), (2, 0))
    assert wanted(d) == half
    assert tool_of(d).canvas == ()
    assert d.window.document.stack.undoText() == "Eraser"
    d.window.document.stack.undo()
    d.window.document.stack.undo()
    assert tool_of(d).canvas == first.strokes


def test_keys_choose_tools_width_and_symmetry(drawing):
    d, tool = drawing, tool_of(drawing)
    for key, kind in zip((Key.Key_1, Key.Key_2, Key.Key_3, Key.Key_4), TOOLS, strict=True):
        d.key(key)
        assert tool.tool is kind
        assert shaping_of(d).bar.buttons[kind.name].isChecked()
    width = tool.width
    d.key(Key.Key_7)
    d.key(Key.Key_7)
    d.key(Key.Key_6)
    assert tool.width == pytest.approx(1.15 * width, rel=0.01)
    hand_of(d).wheel(0, 0, 2, CONTROL)
    assert tool.width == pytest.approx(1.15**3 * width, rel=0.01)
    seen = d.window.docks["data_space"].panel.plot.in_view()
    hand_of(d).wheel(0, 0, 2)  # without Ctrl it zooms, as ever
    assert d.window.docks["data_space"].panel.plot.in_view()[0] > seen[0]
    d.key(Key.Key_1)
    d.key(Key.Key_5)
    assert tool.symmetry == "x1"
    hand_of(d).drag((1, 0), (2, 1))
    dots = wanted(d).strokes[0].dots
    mirrored = {(-x, y) for x, y in dots.round(3).tolist()}
    assert mirrored == set(map(tuple, dots.round(3).tolist()))


def test_moving_a_stroke(drawing):
    d = drawing
    hand_of(d).drag((-2, 0), (2, 0))
    (before,) = wanted(d).strokes
    d.key(Key.Key_4)
    hand_of(d).drag((0, 0), (0, 1), (1, 2))
    (after,) = wanted(d).strokes
    off = after.dots - before.dots
    assert off == pytest.approx(np.broadcast_to([1, 2], off.shape), abs=0.06)
    assert d.window.document.stack.undoText() == "Move stroke"


def test_a_drawing_that_the_controls_move_says_so(driver):
    d = driver
    d.window.form.gallery.thumbnails["drawn"].click()
    assert shaping_of(d).note.text() == ""
    d.window.form.controls["data.transform.rotate"].propose(90.0)
    assert "move or mix what is drawn" in shaping_of(d).note.text()
    hand_of(d).drag((2, -2), (2.5, -2))
    assert len(wanted(d).strokes) == 4
    np.testing.assert_allclose(wanted(d).strokes[-1].dots[0], (2, -2), atol=0.06)
    assert d.window.document.config.data.transform.rotate == 90


# in and out ----------------------------------------------------------------------------


def test_choosing_draw_in_the_gallery_draws_and_another_family_ends_it(driver):
    d = driver
    d.window.docks["data_space"].close()
    d.window.form.gallery.thumbnails["drawn"].click()
    assert tool_of(d).active
    assert d.window.docks["data_space"].isVisible()
    assert shaping_of(d).bar.isVisible()
    assert wanted(d) == Drawn()
    assert tool_of(d).canvas == Drawn().strokes
    d.window.form.gallery.thumbnails["ring"].click()
    assert not tool_of(d).active
    assert not shaping_of(d).bar.isVisible()
    assert wanted(d) == Ring()


def test_escape_gives_up_a_stroke_and_then_leaves(drawing, qtbot):
    d, plot = drawing, drawing.window.docks["data_space"].panel.plot
    hand = hand_of(d)
    hand.press(0, 0)
    hand.move(1, 1, down=Qt.MouseButton.LeftButton)
    qtbot.keyClick(plot, Key.Key_Escape)
    hand.release(1, 1)
    assert tool_of(d).active
    assert wanted(d) == Gaussian()
    qtbot.keyClick(plot, Key.Key_Escape)
    assert not tool_of(d).active
    hand.drag((0.2, 2.5), (1, 2.5))
    assert wanted(d) == Gaussian()


def test_closing_the_panel_ends_drawing(drawing):
    drawing.window.docks["data_space"].close()
    assert not tool_of(drawing).active
    drawing.key(Key.Key_P)
    assert tool_of(drawing).active
    assert drawing.window.docks["data_space"].isVisible()


def test_opening_another_configuration_ends_drawing(drawing):
    hand_of(drawing).drag((-1, 0), (1, 0))
    tool_of(drawing).clear()
    assert drawing.window.shaping.blank
    drawing.window.document.open(small_config("data.distribution.family=drawn"), None)
    assert not tool_of(drawing).active
    assert not drawing.window.shaping.blank
    assert tool_of(drawing).canvas == Drawn().strokes


def test_out_of_the_mode_its_keys_do_nothing(driver):
    d = driver
    tool, width = tool_of(d).tool, tool_of(d).width
    for key in (Key.Key_3, Key.Key_7):
        d.key(key)
    assert (tool_of(d).tool, tool_of(d).width) == (tool, width)


def test_the_middle_button_pans_and_draws_nothing(drawing):
    plot = drawing.window.docks["data_space"].panel.plot
    seen = plot.in_view()
    hand_of(drawing).drag((0, 0), (0.5, 0), (1, 0), button=MIDDLE, pause_ms=25)
    assert plot.in_view()[0] < seen[0] - 0.5
    assert wanted(drawing) == Gaussian()


def test_the_view_stays_while_strokes_change_the_data(drawing):
    d, plot = drawing, drawing.window.docks["data_space"].panel.plot
    seen = plot.in_view()
    hand_of(d).drag((-1, 0), (1, 0))
    d.until(lambda: d.run.ready and d.run.current.truth.distribution == wanted(d))
    d.until_rest()
    assert plot.in_view() == seen
    d.key(Key.Key_P)
    x1_min, x1_max, x2_min, x2_max = wanted(d).bounds
    left, right, bottom, top = plot.in_view()
    assert left < x1_min < x1_max < right
    assert top - bottom < 1.5 * (x2_max - x2_min)  # close up again


@pytest.mark.parametrize("key", [False, True], ids=["gallery", "key"])
@pytest.mark.parametrize("trained", [False, True], ids=["untrained", "trained"])
def test_there_is_room_to_draw_in_after_a_distribution_that_reaches_far(driver, key, trained):
    d, plot = driver, driver.window.docks["data_space"].panel.plot
    d.window.form.gallery.thumbnails["student_t"].click()
    d.window.form.controls["data.distribution.degrees"].propose(2.0)
    d.until_rest()
    d.until(lambda: d.run.ready and d.run.current.truth.distribution == wanted(d))
    left, right, _, _ = plot.in_view()
    assert right - left > 30
    if trained:
        d.key(Key.Key_S)
        d.until_rest()
    if key:
        d.key(Key.Key_P)
    else:
        d.window.form.gallery.thumbnails["drawn"].click()
    hand_of(d).drag((-2, -1), (2, -1))
    d.until_rest()
    left, right, bottom, top = plot.in_view()
    assert left <= -3 < 3 <= right
    assert bottom <= -3 < 3 <= top
    assert min(right - left, top - bottom) < 6 / SMALLEST_SHARE
    d.key(Key.Key_P)
    assert plot.in_view() != (left, right, bottom, top)


def test_a_drawing_that_reaches_far_is_shown_whole(driver):
    d, plot = driver, driver.window.docks["data_space"].panel.plot
    far = Drawn(strokes=(Stroke.of(np.array([[-9.0, 0.0], [9.0, 4.0]]), 0.5),))
    d.window.document.open(small_config(), None)
    data = replace(small_config().data, distribution=far)
    d.window.document.edit(replace(small_config(), data=data), "draw")
    d.key(Key.Key_P)
    left, right, bottom, top = plot.in_view()
    assert left < -11
    assert right > 11
    assert bottom <= -3
    assert top > 6


def test_the_buttons_of_the_bar_undo_and_redo(drawing, qtbot):
    d, buttons = drawing, shaping_of(drawing).bar.buttons
    assert not buttons["undo"].isEnabled()
    hand_of(d).drag((-1, 0), (1, 0))
    drawn = wanted(d)
    qtbot.mouseClick(buttons["undo"], Qt.MouseButton.LeftButton)
    assert wanted(d) == Gaussian()
    qtbot.mouseClick(buttons["redo"], Qt.MouseButton.LeftButton)
    assert wanted(d) == drawn
    qtbot.mouseClick(buttons["clear"], Qt.MouseButton.LeftButton)
    assert tool_of(d).canvas == ()
    qtbot.mouseClick(buttons["done"], Qt.MouseButton.LeftButton)
    assert not tool_of(d).active


@pytest.mark.parametrize("size", [(1280, 720), (1600, 1000)])
def test_the_bar_fits_into_its_panel(qtbot, tmp_path, size):
    d = Driver(qtbot, tmp_path / "state.ini", small_config(), size)
    d.key(Key.Key_P)
    bar, plot = shaping_of(d).bar, d.window.docks["data_space"].panel.plot
    QApplication.processEvents()
    assert bar.width() >= bar.sizeHint().width()
    assert plot.rect().contains(bar.geometry())
    for button in bar.buttons.values():
        assert bar.rect().contains(button.geometry())
    d.close()


# the panel alone -----------------------------------------------------------------------


@pytest.fixture
def panel(qtbot):
    made = DataSpacePanel(DARK)
    qtbot.addWidget(made)
    made.resize(640, 420)
    made.show()
    made.show_truth(make_truth())
    made.show_frame(make_frame())
    return shown(made)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda t: t.name)
def test_ink_is_there_at_once_and_in_no_exported_picture(panel, theme):
    panel.set_theme(theme)
    without = png_bytes(panel, 2), render_svg(panel)
    panel.shaping.drawing.set_active(True)
    hand = Hand(shown(panel).plot)
    hand.press(-3.5, -2)
    hand.move(-3.0, -2, down=Qt.MouseButton.LeftButton)
    seen = pixels(shown(panel.plot))
    x, y = pixel_of(panel.plot, -3.45, -2)
    true, plot = rgb(theme.color("true")), rgb(theme.color("plot"))
    assert seen[int(y), int(x)] == pytest.approx(plot + INK * (true - plot), abs=3)
    hand.release(-3.0, -2)
    canvas = panel.shaping.drawing.canvas
    panel.shaping.show_wanted(Drawn(strokes=canvas), canvas)
    panel.shaping.drawing.set_active(False)
    panel.shaping.show_wanted(Gaussian())
    shown(panel)
    panel.shaping.drawing.set_active(True)
    panel.plot.reset_view()
    assert (png_bytes(panel, 2), render_svg(panel)) == without


def test_a_full_drawing_says_so(panel):
    dots = np.stack(np.meshgrid(np.linspace(-9, 9, 80), np.linspace(-9, 9, 50)), -1).reshape(-1, 2)
    full = (Stroke.of(dots, 0.05),)
    panel.shaping.show_wanted(Drawn(strokes=full), full)
    panel.shaping.drawing.set_active(True)
    Hand(panel.plot).drag((-1, 0.2), (1, 0.2))
    assert "at most 4,000 points" in panel.shaping.told.text()


# any order -----------------------------------------------------------------------------


class Painter(RuleBasedStateMachine):
    """Somebody who tries everything; `bot` and `folder` are set by the test."""

    bot = folder = None
    place = st.tuples(st.floats(-3.5, 3.5), st.floats(-2.5, 2.5))

    @initialize()
    def open_the_window(self):
        self.d = Driver(self.bot, self.folder / "state.ini", small_config(), size=(1000, 640))
        self.d.key(Key.Key_P)
        self.stack = self.d.window.document.stack

    @rule(points=st.lists(place, min_size=1, max_size=4))
    def drag(self, points):
        hand_of(self.d).drag(*points)

    @rule(tool=st.sampled_from([t.name for t in TOOLS]))
    def choose_a_tool(self, tool):
        shaping_of(self.d).bar.buttons[tool].click()

    @rule(symmetry=st.sampled_from(list(symmetries())), width=st.sampled_from([0.05, 0.2, 1.0]))
    def choose_settings(self, symmetry, width):
        tool_of(self.d).set_symmetry(symmetry)
        tool_of(self.d).set_width(width)

    @rule()
    def undo(self):
        self.stack.undo()

    @rule()
    def redo(self):
        self.stack.redo()

    @rule()
    def clear(self):
        tool_of(self.d).clear()

    @rule()
    def leave_or_come_back(self):
        self.d.key(Key.Key_P)

    @rule(family=st.sampled_from(["gaussian", "drawn", "mixture"]))
    def choose_a_family(self, family):
        self.d.window.form.gallery.chosen.emit(family)

    @rule()
    def step(self):
        self.d.key(Key.Key_S)

    @rule()
    def back_and_forth(self):
        """Everything undone, and done again, is what it was."""
        before, canvas = wanted(self.d), tool_of(self.d).canvas
        index = self.stack.index()
        self.stack.setIndex(0)
        assert wanted(self.d) == small_config().data.distribution
        self.stack.setIndex(index)
        assert wanted(self.d) == before
        if isinstance(before, Drawn) and canvas:
            assert tool_of(self.d).canvas in (canvas, ())

    @invariant()
    def the_canvas_is_the_drawing_or_blank(self):
        if hasattr(self, "d"):
            drawn, canvas = wanted(self.d), tool_of(self.d).canvas
            if canvas:
                assert drawn == Drawn(strokes=canvas)
            elif isinstance(drawn, Drawn):
                assert self.d.window.shaping.blank
            assert self.d.window.shaping.blank <= isinstance(drawn, Drawn)

    def teardown(self):
        if hasattr(self, "d"):
            self.d.close()


def test_no_order_of_tools_breaks_a_drawing(qtbot, tmp_path):
    Painter.bot, Painter.folder = qtbot, tmp_path
    try:
        Painter.TestCase.settings = settings(
            max_examples=3,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        Painter.TestCase("runTest").runTest()
    finally:
        Painter.bot = Painter.folder = None
