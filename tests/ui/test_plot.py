"""The plot widget: its range, how it is moved by hand, its words and its colours."""

import numpy as np
import pyqtgraph as pg
import pytest
from pictures import HOME, pixel_of, pixels, rgb, shown, square_plot
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QSlider, QVBoxLayout, QWidget

from vae_gui.ui.plotting.plain import PlainPlotItem
from vae_gui.ui.plotting.plot import Plot, with_margin
from vae_gui.ui.theme import DARK, LIGHT


@pytest.fixture
def plot(qtbot):
    return square_plot(qtbot)


def covers(outer, inner):
    e = 1e-9
    return (
        outer[0] <= inner[0] + e
        and outer[1] >= inner[1] - e
        and outer[2] <= inner[2] + e
        and outer[3] >= inner[3] - e
    )


def test_home_is_whole_and_square_at_any_size(plot):
    for size in ((80, 60), (900, 200), (200, 900), (1600, 900), (420, 360)):
        plot.resize(*size)
        shown(plot)
        seen = plot.in_view()
        assert covers(seen, HOME)
        # nothing beyond what the other axis needs, however often it was resized
        assert min((seen[1] - seen[0]) / 8.0, (seen[3] - seen[2]) / 8.0) == pytest.approx(1)
        width, height = plot.getPlotItem().vb.viewPixelSize()
        assert width == pytest.approx(height)


def test_keys_zoom_pan_and_reset(plot, qtbot):
    home = plot.in_view()
    qtbot.keyClick(plot, Qt.Key.Key_Plus)
    assert covers(home, plot.in_view())
    assert plot.in_view()[1] - plot.in_view()[0] == pytest.approx((home[1] - home[0]) / 1.25)
    qtbot.keyClick(plot, Qt.Key.Key_Minus)
    assert plot.in_view() == pytest.approx(home)
    for key, axis, sign in (
        (Qt.Key.Key_Right, 0, 1),
        (Qt.Key.Key_Left, 0, -1),
        (Qt.Key.Key_Up, 2, 1),
        (Qt.Key.Key_Down, 2, -1),
    ):
        before = plot.in_view()
        qtbot.keyClick(plot, key)
        moved = np.subtract(plot.in_view(), before)
        assert np.sign(moved[axis]) == sign
        assert moved[2 - axis] == pytest.approx(0)
    with qtbot.waitSignal(plot.moved):
        qtbot.keyClick(plot, Qt.Key.Key_0)
    assert plot.in_view() == pytest.approx(home)


def test_other_keys_are_left_to_the_window(plot):
    for key, text in ((Qt.Key.Key_Space.value, " "), (0x416, "Ж"), (Qt.Key.Key_S.value, "s")):
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, text)
        QApplication.sendEvent(plot, event)
        assert not event.isAccepted()
    control = QKeyEvent(
        QEvent.Type.KeyPress, Qt.Key.Key_0.value, Qt.KeyboardModifier.ControlModifier
    )
    QApplication.sendEvent(plot, control)
    assert not control.isAccepted()


def turn_wheel(plot, at, clicks):
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


def test_the_wheel_zooms_within_reason_and_a_double_click_resets(plot, qtbot):
    home = plot.in_view()
    middle = plot.rect().center()
    turn_wheel(plot, middle, 1)
    assert covers(home, plot.in_view())
    for clicks in (5, -5):
        for _ in range(150):
            turn_wheel(plot, middle, clicks)
        width = plot.in_view()[1] - plot.in_view()[0]
        assert 1e-4 < width / (home[1] - home[0]) < 1e4
    qtbot.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert plot.in_view() == pytest.approx(home)


def drag(qtbot, plot, button, start, stop):
    def send(kind, at, pressed, held):
        event = QMouseEvent(
            kind, QPointF(at), QPointF(plot.mapToGlobal(at)), pressed, held,
            Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(plot.viewport(), event)

    none = Qt.MouseButton.NoButton
    send(QEvent.Type.MouseButtonPress, start, button, button)
    for part in (0.3, 0.6, 1.0):
        qtbot.wait(15)  # faster moves than 100 a second are passed over
        send(QEvent.Type.MouseMove, start + (stop - start) * part, none, button)
    send(QEvent.Type.MouseButtonRelease, stop, button, none)


def test_dragging_pans_with_the_left_button_alone(plot, qtbot):
    home = plot.in_view()
    start, stop = QPoint(200, 150), QPoint(260, 150)
    at = plot.data_position(QPointF(start))
    drag(qtbot, plot, Qt.MouseButton.RightButton, start, stop)
    assert plot.in_view() == pytest.approx(home)
    drag(qtbot, plot, Qt.MouseButton.LeftButton, start, stop)
    assert plot.data_position(QPointF(stop)) == pytest.approx(at, abs=0.05)


def test_the_context_menu_is_left_to_the_panel(qtbot):
    class Outer(QWidget):
        asked = 0

        def contextMenuEvent(self, event):
            self.asked += 1

    outer = Outer()
    qtbot.addWidget(outer)
    plot = Plot(DARK, "A plot")
    QVBoxLayout(outer).addWidget(plot)
    outer.show()
    shown(outer)
    at = plot.rect().center()
    QApplication.sendEvent(
        plot.viewport(),
        QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, plot.mapToGlobal(at)),
    )
    assert outer.asked == 1


def test_a_home_without_width_can_be_zoomed(plot):
    plot.set_home((0.0, 0.0, -1.0, 1.0))  # the steps of no run
    before = plot.in_view()
    plot.zoom(0.5)
    assert plot.in_view()[3] - plot.in_view()[2] == pytest.approx((before[3] - before[2]) / 2)


def test_the_right_button_opens_no_menu_of_the_library(plot, qtbot):
    for at in (plot.rect().center(), QPoint(5, plot.height() // 2)):  # the data and an axis
        qtbot.mouseClick(plot.viewport(), Qt.MouseButton.RightButton, pos=at)
        assert QApplication.activePopupWidget() is None
    assert not [a for a in plot.scene().findChildren(QAction) if a.text()]
    assert plot.scene().contextMenu == []


def test_what_is_pointed_at_is_told_and_withdrawn(plot):
    told = []
    plot.pointed.connect(told.append)
    x, y = pixel_of(plot, 1.0, 2.0)
    at = QPoint(round(x), round(y))
    none = Qt.MouseButton.NoButton
    move = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(at), QPointF(plot.mapToGlobal(at)), none, none,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(plot.viewport(), move)
    assert told[-1] == pytest.approx((1.0, 2.0), abs=0.03)
    seen = plot.in_view()
    plot.pan(0.5, 0.0)  # another place comes under the resting pointer
    assert told[-1][0] == pytest.approx(1.0 + 0.5 * (seen[1] - seen[0]), abs=0.03)
    QApplication.sendEvent(plot, QEvent(QEvent.Type.Leave))
    assert told[-1] is None


def test_the_focus_frame_shows_only_for_the_keyboard(plot):
    plain = pixels(plot)
    plot.setFocus(Qt.FocusReason.MouseFocusReason)
    assert (pixels(shown(plot)) == plain).all()
    plot.clearFocus()
    plot.setFocus(Qt.FocusReason.TabFocusReason)
    framed = pixels(shown(plot))
    assert plot.hasFocus()
    assert (framed != plain).any()
    assert (framed[30:-30, 60:-30] == plain[30:-30, 60:-30]).all()
    plot.clearFocus()
    assert (pixels(shown(plot)) == plain).all()


def test_a_theme_is_taken_over_live(plot):
    plot.set_title("a title", "learned")
    note = plot.add_note(Qt.AlignmentFlag.AlignCenter)
    note.set_text("a note")
    plot.set_theme(LIGHT)
    seen = pixels(shown(plot))
    x, y = pixel_of(plot, 4.0, 4.0)
    assert seen[int(y), int(x)] == pytest.approx(rgb(LIGHT.color("plot")), abs=2)
    assert seen[-3, 3] == pytest.approx(rgb(LIGHT.color("card")), abs=2)
    # nothing of the dark theme is left: no pixel darker than the light theme's own text
    assert seen.sum(axis=2).min() >= rgb(LIGHT.color("muted")).sum() - 40


@pytest.mark.parametrize("corner", [
    Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft,
    Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight,
    Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignRight,
    Qt.AlignmentFlag.AlignCenter,
])  # fmt: skip
def test_notes_stay_inside_the_plot(plot, corner):
    note = plot.add_note(corner)
    assert not note.isVisible()
    note.set_text("two lines\nof some length")
    for size in ((300, 200), (900, 700), (240, 160)):
        plot.resize(*size)
        shown(plot)
        room = plot.getPlotItem().vb.sceneBoundingRect()
        assert room.contains(note.sceneBoundingRect())
    note.set_text("")
    assert not note.isVisible()


def test_a_margin_grows_every_side():
    assert with_margin((0.0, 10.0, -1.0, 1.0), 0.1) == pytest.approx((-1.0, 11.0, -1.2, 1.2))


# axes -------------------------------------------------------------------------


def test_kept_axes_look_like_axes_drawn_anew(plot):
    rng = np.random.default_rng(0)
    axes = [plot.getPlotItem().getAxis(side) for side in ("left", "bottom")]
    for size in ((420, 360), (300, 200), (640, 300)):
        plot.resize(*size)
        for theme in (DARK, LIGHT):
            plot.set_theme(theme)
            x, y = rng.uniform(-3, 3, 2)
            plot.set_home((x, x + 4, y, y + 300))
            shown(plot)
            kept = pixels(shown(plot))
            for axis in axes:
                axis._pixels = None
            np.testing.assert_array_equal(pixels(plot), kept)


def test_an_axis_says_its_label_anew_when_the_label_changes(plot):
    axis = plot.getPlotItem().getAxis("bottom")
    assert "x₁" in axis.label.toPlainText()
    plot.set_home((-1e-6, 1e-6, -1.0, 1.0))
    plot._labels["bottom"] = "z₂"
    plot.set_theme(LIGHT)
    assert "z₂" in axis.label.toPlainText()
    assert LIGHT.muted in axis.label.toHtml()
    plot.set_home(HOME)
    assert "z₂" in axis.label.toPlainText()


def test_a_plot_item_without_controls_does_what_another_does(qapp):
    item, usual = PlainPlotItem(), pg.PlotItem()
    for one in (item, usual):
        one.start = (one.alphaState(), one.pointMode(), one.downsampleMode())
        one.showGrid(x=True, y=False, alpha=0.5)
        one.setLogMode(x=True, y=False)
        one.setDownsampling(ds=5, auto=False, mode="mean")
        one.setClipToView(True)
        one.curve = one.plot([1, 2, 3], [1, 10, 100])
    assert item.start == usual.start
    assert item.downsampleMode() == usual.downsampleMode() == (5, False, "mean")
    assert item.clipToViewMode()
    assert item.curve.opts["logMode"] == usual.curve.opts["logMode"] == [True, False]
    for side in ("left", "right", "top", "bottom"):
        assert item.getAxis(side).grid == usual.getAxis(side).grid
        assert item.getAxis(side).logMode == usual.getAxis(side).logMode
    for one in (item, usual):
        one.ctrlMenu.deleteLater()


def test_a_plot_makes_no_controls(plot):
    assert not plot.findChildren(QAbstractButton)
    assert not plot.findChildren(QSlider)


def test_notes_are_placed_once_for_all_that_changes_in_a_frame(plot):
    looked = []
    note = plot.add_note(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
    note.avoid(lambda place: looked.append(place) or 0.0)
    with plot.placing_once():
        note.set_text("one")
        plot.set_home((0.0, 3.0, 0.0, 5.0))
        note.set_text("some words")
        assert not looked
    assert len(looked) == 1
    before = note.pos()
    with plot.placing_once():
        note.set_text("many more words than before")
    assert note.pos().x() < before.x()
    plot.set_home((0.0, 4.0, 0.0, 5.0))
    assert len(looked) == 3, "afterwards at once again"
