"""The Loss panel: its curves, floor, cursor, axes and ranges."""

import gc
import tracemalloc
import weakref
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from pictures import pixel_of, pixels, rgb, shown
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QPainter, QPdfWriter
from PySide6.QtWidgets import QApplication
from short_run import EPOCH, ShortRun, short_truth

from vae_gui.core.network import Losses
from vae_gui.core.recording import TestPoint
from vae_gui.ui.panels.loss import LossPanel
from vae_gui.ui.panels.loss_words import nats, read_values, rounded
from vae_gui.ui.theme import DARK, LIGHT


@pytest.fixture
def panel(qtbot):
    made = LossPanel(DARK)
    qtbot.addWidget(made)
    made.resize(700, 350)
    made.show()
    made.show_truth(short_truth())
    return shown(made)


@pytest.fixture
def run():
    return ShortRun()


def box_text(panel):
    return panel.read_out.box.toPlainText()


def hover(qtbot, panel, x, y):
    shown(panel)  # the axes make room for their labels
    at = QPoint(*(round(p) for p in pixel_of(panel.plot, x, y)))
    qtbot.mouseMove(panel.plot.viewport(), QPoint(5, 5))
    qtbot.mouseMove(panel.plot.viewport(), at)
    QApplication.processEvents()


def view_of(panel):
    x_min, x_max, y_min, y_max = panel.plot.in_view()
    return (x_min, x_max), (y_min, y_max)


def choose(panel, option, value):
    panel.restore_options({option: value})


# curves and floor -------------------------------------------------------------


def test_untrained_it_says_what_to_do_and_shows_the_untrained_test_loss(panel, run):
    panel.show_frame(run.frame())
    assert panel.hint.isVisible()
    assert panel.hint.text().startswith("No step yet")
    steps, totals = panel.tests.points
    assert steps.tolist() == [0]
    assert totals == [pytest.approx(run.trainer.untrained.losses.total)]
    panel.show_frame(run.train(1).frame())
    assert not panel.hint.isVisible()


def test_curves_are_the_recorded_losses_and_circles_the_test_losses(panel, run):
    for steps in (1, 30, 75):
        panel.show_frame(run.train(steps).frame())
    np.testing.assert_array_equal(panel.losses.raw.pyramid.values[:], run.recording.losses)
    steps, totals = panel.tests.points
    assert steps.tolist() == [0, *range(EPOCH, 106, EPOCH)]
    np.testing.assert_allclose(totals, [t.losses.total for t in run.recording.tests])


def test_the_floor_is_at_the_entropy_and_says_so(panel, run):
    panel.show_frame(run.train(20).frame())
    assert panel.levels.floor.line.value() == pytest.approx(2.694036, abs=1e-6)
    assert panel.levels.floor.box.toPlainText() == "entropy floor H(p) = 2.694 nats"
    (_, _), (low, high) = view_of(panel)
    assert low < 2.694 < high
    x, y = pixel_of(panel.plot, 300.0, 2.694036)
    near = pixels(panel.plot)[round(y) - 1 : round(y) + 2, round(x) - 10 : round(x) + 10]
    assert np.abs(near - rgb(DARK.color("true"))).sum(axis=-1).min() < 60


@pytest.mark.parametrize("size", [(700, 350), (320, 180), (1500, 300), (160, 120)])
def test_the_floor_label_is_never_cut_off(panel, run, size):
    panel.resize(*size)
    shown(panel)
    for steps in (0, 5, 150, 200):
        panel.show_frame(run.train(steps).frame())
        view = panel.plot.getPlotItem().vb
        box = panel.levels.floor.box.mapRectToParent(panel.levels.floor.box.boundingRect())
        assert view.rect().contains(box), (steps, box)


def test_the_floor_label_keeps_clear_of_the_end_of_the_curves(panel, run):
    for steps in (5, 80, 120, 180):
        panel.show_frame(run.train(steps).frame())
        panel.plot.resize(panel.plot.width() + 1, panel.plot.height())  # places words anew
        shown(panel)
        view = panel.plot.getPlotItem().vb
        box = panel.levels.floor.box.mapRectToParent(panel.levels.floor.box.boundingRect())
        place = view.mapToView(box).boundingRect()
        end = len(panel.losses.smooth.pyramid)
        assert not any(place.contains(end, y) for y in panel.losses.smooth.pyramid.values[-1:][0])


def test_a_kl_weight_below_one_is_said_beside_the_floor(panel, run):
    frame = run.train(3).frame()
    panel.show_frame(frame)
    assert "β" not in panel.levels.floor.box.toPlainText()
    panel.show_frame(with_beta(frame, 0.5))
    assert "at β = 1" in panel.levels.floor.box.toPlainText()
    panel.show_frame(with_beta(frame, 4.0))
    assert "β" not in panel.levels.floor.box.toPlainText()


def with_beta(frame, beta):
    training = msgspec.structs.replace(frame.config.training, beta=beta)
    return replace(frame, config=msgspec.structs.replace(frame.config, training=training))


@pytest.mark.parametrize("window", [5, 20, 50, 200])
def test_smoothing_is_the_mean_of_the_steps_around(panel, run, window):
    choose(panel, "smoothing", str(window))
    for steps in (3, 60, 1, 140):
        panel.show_frame(run.train(steps).frame())
    losses = run.recording.losses.astype(float)
    for t in (0, 1, 7, 100, 150, 203):
        r = min(window // 2, t)
        wanted = losses[t - r : t + r + 1].mean(axis=0)
        (mean,) = panel.losses.smooth.pyramid.values[t : t + 1]
        np.testing.assert_allclose(mean, wanted, rtol=1e-5)


def test_without_smoothing_only_the_losses_are_drawn(panel, run):
    panel.show_frame(run.train(50).frame())
    choose(panel, "smoothing", "0")
    assert len(panel.losses.smooth.pyramid) == 0
    assert len(panel.losses.raw.pyramid) == 50
    choose(panel, "smoothing", "5")
    assert len(panel.losses.smooth.pyramid) == 50
    assert panel.option_values()["smoothing"] == "5"


def test_losses_that_are_not_finite_raise_nothing(panel, run):
    panel.show_frame(run.train(5).frame())
    for rows in ([[np.nan] * 3], [[np.inf, 1, 2]], [[3e38, -3e38, 1]], [[2.8, 2.5, 0.3]] * 30):
        run.recording.add_losses(rows)
        run.recording.tests.append(
            TestPoint(9, run.recording.steps, Losses(float("nan"), float("inf"), 1.0))
        )
        panel.show_frame(run.frame())
        panel.plot.move_cursor(run.recording.steps)
        shown(panel).grab()
    assert np.isfinite(panel.plot.in_view()).all()
    assert nats(float("nan")) == "not a number"
    assert nats(float("-inf")) == "−∞"
    assert nats(-1.25) == "−1.2500"


def test_what_runs_off_the_top_is_said_in_the_corner(panel, run):
    panel.show_frame(run.train(300).frame())
    assert not panel.above.isVisible()
    run.recording.add_losses(np.full((3, 3), 4.1e9, np.float32))
    run.recording.add_losses(np.tile(run.recording.losses[200:300], (3, 1)))
    panel.show_frame(run.frame())
    assert view_of(panel)[1][1] < 10
    assert panel.above.text() == "up to 4.1e9 above the view"
    view = panel.plot.getPlotItem().vb
    shown(panel)
    note, floor = (
        i.mapRectToParent(i.boundingRect()) for i in (panel.above, panel.levels.floor.box)
    )
    assert view.rect().contains(note)
    assert not note.intersects(floor)
    panel.plot.zoom(0.5)  # where someone looks on purpose, everything else is off the view
    assert not panel.above.isVisible()
    panel.reset_view()
    assert panel.above.isVisible()
    panel.show_frame(ShortRun(run=2).train(5).frame())
    assert not panel.above.isVisible()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (6.26, "6.26"),
        (999.7, "1\u202f000"),
        (12_345.0, "12\u202f345"),
        (4.12e9, "4.1e9"),
        (3e38, "3.0e38"),
    ],
)
def test_large_losses_are_said_in_few_characters(value, words):
    assert rounded(value) == words


def test_a_long_run_comes_in_turns_and_whole(panel, run, monkeypatch):
    from vae_gui.ui.panels import loss, loss_curves

    monkeypatch.setattr(loss_curves, "TAKING_IN", 0.0)
    rng = np.random.default_rng(0)
    losses = rng.normal(3, 0.2, (3 * loss.PIECE + 10, 3)).astype(np.float32)
    losses[100] = 5.0
    run.recording.add_losses(losses)
    asked = []
    panel.redraw_wanted.connect(lambda: asked.append(True))
    frame = run.frame()
    panel.show_frame(frame)
    assert len(panel.losses.raw.pyramid) == loss.PIECE
    view = view_of(panel)
    while asked:
        asked.clear()
        panel.show_frame(frame)
    np.testing.assert_array_equal(panel.losses.raw.pyramid.values[:], losses)
    assert len(panel.losses.smooth.pyramid) == len(losses)
    assert view_of(panel)[0] == view[0], "the axis is that of the whole run from the first turn"
    panel.plot.move_cursor(len(losses))
    assert " ".join(box_text(panel).split()).startswith("step 24 586 ")


def test_a_long_run_takes_next_to_no_memory_but_for_its_losses(panel, run):
    steps = 200_000
    rng = np.random.default_rng(0)
    losses = rng.normal(3, 0.2, (steps, 3)).astype(np.float32)
    run.recording.add_losses(losses[:50_000])
    asked = [True]
    panel.redraw_wanted.connect(lambda: asked.append(True))
    panel.show_frame(run.frame())
    shown(panel)
    run.recording.add_losses(losses[50_000:])
    frame = run.frame()
    tracemalloc.start()
    while asked:
        asked.clear()
        panel.show_frame(frame)
        shown(panel)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(panel.losses.raw.pyramid) == steps
    assert held < 5 * steps


def test_memory_that_the_recording_gave_up_is_free_though_the_panel_is_out_of_sight(panel, run):
    old = weakref.ref(run.train(20).recording.losses.base)
    panel.losses.set_smoothing(10, panel.theme)
    panel.show_frame(run.frame())
    shown(panel)
    run.recording.add_losses(np.ones((2_000, 3), np.float32))
    assert old() is None
    assert len(panel.losses.raw.pyramid) == 20, "what it knows of, it can still read"
    np.testing.assert_array_equal(panel.losses.raw.pyramid.values[:], run.recording.losses[:20])


def test_another_run_starts_over(panel, run):
    panel.show_frame(run.train(60).frame())
    panel.plot.zoom(0.5)
    panel.plot.move_cursor(40)
    other = ShortRun(run=2).train(7)
    panel.show_frame(other.frame())
    np.testing.assert_array_equal(panel.losses.raw.pyramid.values[:], other.recording.losses)
    assert len(panel.losses.smooth.pyramid) == 7
    assert panel.tests.points[0].tolist() == [0]
    assert panel.plot.cursor is None
    assert not panel.plot.held


def test_cleared_it_is_empty(panel, run):
    panel.show_frame(run.train(60).frame())
    panel.plot.move_cursor(40)
    panel.clear()
    assert len(panel.losses.raw.pyramid) == 0
    assert not panel.levels.floor.line.isVisible()
    assert not panel.read_out.visible
    assert panel.hint.isVisible()
    shown(panel).grab()


# cursor -----------------------------------------------------------------------


def test_the_cursor_reads_the_recorded_values(qtbot, panel, run):
    panel.show_frame(run.train(100).frame())
    for step in (1, 37, 64, 100):
        hover(qtbot, panel, step, 1.5)
        assert panel.plot.cursor == step
        epoch = 1 + (step - 1) // EPOCH
        lines = [line for line in box_text(panel).split("\n") if line]
        assert lines[0] == f"step {step} · epoch {epoch}"
        shown_values = [float(v.replace("\xa0", "")) for v in lines[2:8:2]]
        np.testing.assert_allclose(shown_values, run.recording.losses[step - 1], atol=5.1e-5)
        nearest = min(run.recording.tests, key=lambda t: abs(t.step - step))
        tested, floor = (float(v.replace("\xa0", "")) for v in lines[-3::2])
        assert tested == pytest.approx(nearest.losses.total, abs=5.1e-5)
        assert lines[-2] == "floor of the test set"
        assert floor == pytest.approx(short_truth().test_floor, abs=5.1e-5)
        assert panel.read_out.line.value() == step


def test_left_of_the_first_step_stands_the_untrained_model(panel, run):
    title, rows = read_values(run.train(30).recording, 0)
    assert title == "step 0 · untrained"
    assert [name for _, name, _ in rows] == ["test"]
    assert rows[0][2] == nats(run.trainer.untrained.losses.total)


def test_the_cursor_hides_when_the_pointer_leaves(qtbot, panel, run):
    panel.show_frame(run.train(50).frame())
    hover(qtbot, panel, 20, 1.5)
    assert panel.read_out.visible
    assert "step 20 " in panel.plot.accessibleDescription()
    QApplication.sendEvent(panel.plot, QEvent(QEvent.Type.Leave))
    assert panel.plot.cursor is None
    assert not panel.read_out.visible


def test_the_keyboard_moves_the_cursor(qtbot, panel, run):
    panel.show_frame(run.train(50).frame())
    key = Qt.Key
    wanted = [
        (key.Key_Left, 50), (key.Key_Left, 49), (key.Key_Left, 48), (key.Key_Right, 49),
        (key.Key_Home, 0), (key.Key_Left, 0), (key.Key_Right, 1), (key.Key_End, 50),
        (key.Key_Right, 50), (key.Key_Escape, None),
    ]  # fmt: skip
    for pressed, step in wanted:
        qtbot.keyClick(panel.plot, pressed)
        assert panel.plot.cursor == step
        assert panel.read_out.visible == (step is not None)
    qtbot.keyClick(panel.plot, key.Key_Right)
    qtbot.keyClick(panel.plot, key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert panel.plot.cursor < 49
    assert "epoch" in box_text(panel)


@pytest.mark.parametrize("size", [(700, 350), (400, 200)])
def test_the_read_out_stays_inside_the_plot(panel, run, size):
    panel.resize(*size)
    panel.show_frame(run.train(400).frame())
    shown(panel)
    for step in (0, 1, 120, 200, 399, 400):
        panel.plot.move_cursor(step)
        box = panel.read_out.box.mapRectToParent(panel.read_out.box.boundingRect())
        assert panel.plot.getPlotItem().vb.rect().contains(box), step


# axes -------------------------------------------------------------------------


def test_logarithmic_axis(qtbot, panel, run):
    panel.show_frame(run.train(100).frame())
    choose(panel, "step_axis", "log")
    panel.show_frame(run.frame())
    (x_min, x_max), _ = view_of(panel)
    assert x_min < np.log10(0.5)
    assert np.log10(100) < x_max < 3.1
    assert panel.tests.drawn()[0, 0] == pytest.approx(np.log10(0.5))
    x, _ = panel.losses.smooth.vertices()
    np.testing.assert_allclose(x[:3], np.log10([1, 2, 3]))
    hover(qtbot, panel, np.log10(20), 1.5)
    assert abs(panel.plot.cursor - 20) <= 1
    assert panel.read_out.line.value() == pytest.approx(np.log10(panel.plot.cursor))
    choose(panel, "step_axis", "linear")
    assert view_of(panel)[0][1] > 100


def test_the_view_holds_while_someone_zooms_and_follows_after_a_reset(qtbot, panel, run):
    panel.show_frame(run.train(40).frame())
    panel.plot.zoom(0.3)
    held = panel.plot.in_view()
    run.recording.add_losses(np.full((5_000, 3), 9.0, np.float32))
    panel.show_frame(run.frame())
    assert panel.plot.in_view() == held
    qtbot.mouseDClick(panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 150))
    (_, x_max), (_, y_max) = view_of(panel)
    assert x_max > 5_040
    assert y_max > 9
    assert not panel.plot.held
    panel.plot.pan(0.1, 0.0)
    assert panel.plot.held
    panel.reset_view()
    assert not panel.plot.held


def test_the_range_does_not_jitter(panel, run):
    panel.show_frame(run.train(100).frame())
    ranges = set()
    for _ in range(60):
        panel.show_frame(run.train(5).frame())
        ranges.add(panel.plot.in_view())
    assert len(ranges) <= 3


# appearance and life ----------------------------------------------------------


def test_themes_recolour_everything(panel, run):
    panel.show_frame(run.train(100).frame())
    panel.plot.move_cursor(50)
    for theme in (LIGHT, DARK):
        panel.set_theme(theme)
        picture = pixels(shown(panel).plot)
        for role in ("latent", "reconstruction", "plot"):
            distance = np.abs(picture - rgb(theme.color(role))).sum(axis=-1)
            assert distance.min() < 40, (theme.name, role)


def test_it_can_be_painted_anywhere(panel, run, tmp_path):
    panel.show_frame(run.train(100).frame())
    writer = QPdfWriter(str(tmp_path / "loss.pdf"))
    painter = QPainter(writer)
    panel.plot.getPlotItem().scene().render(painter)
    painter.end()
    assert (tmp_path / "loss.pdf").stat().st_size > 5_000


def test_it_dies_when_closed(qapp):
    panel = LossPanel(DARK)
    panel.show_truth(short_truth())
    panel.show_frame(ShortRun().train(5).frame())
    alive = weakref.ref(panel)
    panel.close()
    del panel
    gc.collect()
    assert alive() is None
