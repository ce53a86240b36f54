"""Where the nats go: closed forms, parts that close, and a run told from coarse to fine."""

import csv

import numpy as np
import pytest
from asking import told
from linear_frame import linear_frame
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPixmap
from PySide6.QtWidgets import QApplication
from short_run import ShortRun, short_truth

from vae_gui.core.analysis import Analysis
from vae_gui.core.distributions import Gaussian
from vae_gui.core.views import view_truth
from vae_gui.ui.panels.nats import NatsPanel
from vae_gui.ui.panels.nats_moments import BY_OCTAVES, EVENLY, wanted_steps
from vae_gui.ui.plotting.plot import Plot
from vae_gui.ui.questions import Answer
from vae_gui.ui.theme import DARK, LIGHT

DATA = Gaussian(mean_x1=0.2, mean_x2=0.1, correlation=0.6)
W = [[0.8, 0.1], [0.3, -0.5]]
PSI, S, A = [0.5, 0.75], [0.5, 0.75], [[0.5, 0.25], [-0.25, 0.125]]


def truth_of(n=400):
    rng = np.random.default_rng(0)
    return view_truth(DATA, *(DATA.sample(k, rng).astype(np.float32) for k in (500, n)), grid=40)


@pytest.fixture
def panel(qtbot):
    made = NatsPanel(DARK)
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    return made


def run_told(panel, steps=10):
    run = ShortRun().train(steps)
    panel.show_truth(short_truth())
    told(panel, run.frame(), short_truth())
    return run


def log_gaussian(x, mean, covariance):
    d = x - mean
    squares = np.einsum("ni,ij,nj->n", d, np.linalg.inv(covariance), d)
    return -0.5 * (squares + np.linalg.slogdet(2 * np.pi * covariance)[1])


def test_the_parts_of_a_linear_model_are_its_closed_forms(panel):
    truth = truth_of()
    frame = linear_frame(W, [0.4, -0.3], PSI, A, S, truth.test)
    panel.show_truth(truth)
    told(panel, frame, truth)
    steps, parts, path = panel.moments.arrays()
    assert steps.tolist() == [0]
    x, w, psi, s, a = (np.asarray(v, float) for v in (truth.test, W, PSI, S, A))
    learned = log_gaussian(x, [0.4, -0.3], w @ w.T + np.diag(psi))
    floor = -DATA.log_prob(x).mean()
    precision = np.eye(2) + w.T @ (w / psi[:, None])
    log_det = np.linalg.slogdet(precision)[1]
    least = 0.5 * (np.log(np.diag(precision)).sum() - log_det)
    off = x @ a.T - np.linalg.solve(precision, w.T @ ((x - [0.4, -0.3]) / psi).T).T
    kl = 0.5 * (
        np.sum(np.diag(precision) * s**2)
        + np.einsum("ni,ij,nj->n", off, precision, off).mean()
        - 2
        - log_det
        - np.log(s**2).sum()
    )
    expected = [floor, -floor - learned.mean(), least, kl - least]
    np.testing.assert_allclose(parts[0], expected, atol=2e-5)
    rate = 0.5 * np.mean(np.sum((x @ a.T) ** 2 + s**2 - 1 - np.log(s**2), axis=1))
    np.testing.assert_allclose(path[0], [rate, kl - learned.mean() - rate], atol=2e-5)
    # and these are the numbers that the panel says
    for value in expected:
        assert f"{value:.4f}" in panel.words.text() or f"{value + 1e-4:.4f}" in panel.words.text()
    error, parts_now = panel.moments.nearest(0)[1].closing_error, panel.moments.nearest(0)[1].parts
    assert abs(error) < 4 * parts_now.noise, "random z of the test alone"


def test_the_stack_ends_at_the_loss_and_circles_are_the_tests_at_beta_1(panel):
    run = run_told(panel)
    steps, parts, path = panel.moments.arrays()
    np.testing.assert_allclose(panel.stack.edges[:, -1], path.sum(axis=1), atol=2e-3)
    recorded, losses = run.recording.tests.at[:, 1], run.recording.tests.losses
    np.testing.assert_allclose(panel.tests.points[0], recorded)
    np.testing.assert_allclose(panel.tests.points[1], losses[:, 1] + losses[:, 2])
    # where a test was recorded, the loss of that moment is the same to the bit
    for at, (total, *_) in zip(recorded.tolist(), losses.tolist(), strict=True):
        if at in steps:
            _, found = panel.moments.nearest(at)
            assert found.tested.total == total
            assert abs(found.closing_error) < 5 * found.parts.noise + 1e-3
    assert np.all(np.diff(steps) > 0)
    assert (parts[:, 2:] > -1e-6).all(), "a gap is a KL, or a best one less"


def test_a_run_is_told_from_coarse_to_fine_and_no_more_than_bounded(panel):
    run = ShortRun().train(60)
    frame = run.frame()
    panel.show_truth(short_truth())
    asked = []
    panel.show_frame(frame)
    while (question := panel.question(frame)) is not None:
        asked.append(question.step)
        analysis = Analysis(frame.config, short_truth(), question.parameters)
        panel.show_answer(Answer(question, question.answer(analysis)))
        panel.show_frame(frame)
        missing, wanted = panel.moments.missing(frame)
        assert (f"of {wanted} moments" in panel.progress.text()) == bool(missing)
    assert asked[0] == 60, "the newest first"
    assert asked[1] == 0, "then the other end"
    assert len(set(asked)) == len(asked) <= BY_OCTAVES + EVENLY + 3
    assert set(wanted_steps(run.recording)) <= set(asked)


def test_while_a_run_goes_on_the_newest_comes_first_and_nothing_is_asked_twice(panel):
    run = run_told(panel)
    known = len(panel.moments)
    run.train(20)
    frame = run.frame()
    panel.show_frame(frame)
    assert len(panel.moments) == known, "of the same run all is kept"
    assert panel.question(frame).step == 30
    other = ShortRun(run=2)
    panel.show_frame(other.frame())
    assert len(panel.moments) == 0
    assert "Nothing" in panel.hint.text()


def test_an_answer_of_another_run_is_not_kept(panel):
    run = run_told(panel, 4)
    frame = run.frame()
    question = NatsPanel(DARK).moments.question(frame)
    panel.show_frame(ShortRun(run=2).frame())
    panel.show_answer(Answer(question, None))
    assert len(panel.moments) == 0


def test_the_path_lies_as_far_above_the_line_as_the_loss_above_the_entropy(panel):
    run_told(panel)
    plane, entropy = panel.plane, short_truth().entropy
    _, _, path = panel.moments.arrays()
    np.testing.assert_allclose(np.stack(plane.path.getData(), axis=1), path)
    np.testing.assert_allclose(plane.now.points, path[-1:])
    x, y = plane.line.getPos()
    assert plane.line.angle == -45
    assert x + y == pytest.approx(entropy)
    plane.pointed.emit((1.0, 2.0))
    assert f"{3.0 - entropy:+.3f}" in plane.readout.text()


def test_the_floor_of_the_test_set_is_explained_beside_the_entropy(panel):
    truth = truth_of()
    panel.show_truth(truth)
    said = panel.floor_words.text()
    assert f"{truth.entropy:.4f}" in said
    assert f"{truth.test_floor:.4f}" in said
    chance = DATA.log_prob(truth.test).std() / np.sqrt(len(truth.test))
    assert f"±{chance:.4f}" in said
    panel.resize(420, 200)
    assert panel.words.toolTip() == said, "where there is no room it is in the tooltip"
    assert panel.floor_words.isHidden()


def test_what_cannot_be_relied_on_is_marked(panel):
    truth = truth_of(60)
    frame = linear_frame(W, [0.4, -0.3], [1e-12, 1e-12], A, S, truth.test)
    panel.show_truth(truth)
    told(panel, frame, truth)
    (doubt,) = panel.moments.doubted().values()
    assert doubt.split(".")[0] in panel.words.text()
    assert LIGHT.warning not in panel.words.text()
    assert DARK.warning in panel.words.text()
    assert "1 in doubt" in panel.progress.text()
    panel.set_theme(LIGHT)
    assert LIGHT.warning in panel.words.text()


def test_the_cursor_tells_of_the_nearest_moment(panel, qtbot):
    run_told(panel)
    now = panel.words.text()
    qtbot.keyClick(panel.plot, Qt.Key.Key_Right)  # the first key shows it
    qtbot.keyClick(panel.plot, Qt.Key.Key_Home)
    assert panel.moment.text() == "Step 0 (10 earlier)"
    assert panel.words.text() != now
    assert panel.at_cursor.isVisible()
    qtbot.keyClick(panel.plot, Qt.Key.Key_Escape)
    assert panel.words.text() == now
    assert panel.moment.text() == ""
    assert not panel.at_cursor.isVisible()


def test_behind_a_tab_it_costs_nothing(qtbot):
    made = NatsPanel(DARK)
    qtbot.addWidget(made)
    assert not made.findChildren(Plot)
    made.set_theme(LIGHT)
    made.clear()
    made.restore_options({"range": "whole", "view": "parts"})
    assert not made.findChildren(Plot)
    made.show()
    assert not made.findChildren(Plot), "shown, but perhaps behind a tab"
    made.take_truth(short_truth())
    assert made.plane.isHidden()


def test_its_numbers_can_be_given_away(panel, tmp_path):
    run_told(panel)
    panel.write_data(tmp_path / "nats.csv")
    with open(tmp_path / "nats.csv") as file:
        rows = list(csv.DictReader(file))
    steps, parts, path = panel.moments.arrays()
    assert [int(r["step"]) for r in rows] == steps.tolist()
    names = ("test_floor", "divergence", "approximation_gap", "amortisation_gap")
    np.testing.assert_allclose([[float(r[n]) for n in names] for r in rows], parts)
    np.testing.assert_allclose([[float(r[n]) for n in ("rate", "distortion")] for r in rows], path)


@pytest.mark.parametrize(("option", "value"), [("range", "whole"), ("step_axis", "linear")])
def test_whatever_is_shown_holds_the_newest_moment(panel, option, value):
    run = run_told(panel)
    panel.restore_options({option: value})
    panel.show_frame(run.frame())
    low_x, high_x, low, high = panel.plot.in_view()
    top = panel.stack.edges[-1, -1]
    assert low < short_truth().test_floor < top < high
    assert low_x < float(panel.plot.step_scale.x(10)) < high_x


def plates(plot, notes):
    """Where notes in sight are, in plot coordinates."""
    view = plot.getPlotItem().vb
    return [
        view.mapToView(n.mapRectToParent(n.boundingRect())).boundingRect()
        for n in notes
        if n.isVisible()
    ]


@pytest.mark.parametrize("size", [(433, 190), (577, 315), (900, 500)])
@pytest.mark.parametrize("reach", ["whole", "close"])
def test_no_words_cover_the_path_or_a_test(panel, size, reach):
    panel.resize(*size)
    panel.restore_options({"range": reach})
    run = run_told(panel, 25)
    panel.show_frame(run.frame())
    _, _, path = panel.moments.arrays()
    for place in plates(panel.plane, [panel.plane.key]):
        assert not any(place.contains(r, d) for r, d in path.tolist())
    panel.moment.set_text("Step 12 (13 earlier)")
    (steps, losses), scale = panel.tests.points, panel.plot.step_scale
    for place in plates(panel.plot, [panel.moment]):
        for x, y in zip(scale.x(steps).tolist(), losses.tolist(), strict=True):
            assert not place.contains(x, y)
    assert panel.plane.toolTip().startswith("dashed"), "told also where there is no room"


@pytest.mark.parametrize("width", [120, 150, 200, 400])
@pytest.mark.parametrize("span", [(0.3, 0.65), (2.6944, 2.6949), (0.0, 12.0), (-123.4, 77.0)])
def test_words_of_ticks_never_touch(panel, width, span):
    run_told(panel, 3)
    plane = panel.plane
    plane.setFixedWidth(width)
    plane.set_home((*span, 0.0, 1.0))
    QApplication.processEvents()
    axis = plane.getPlotItem().getAxis("bottom")
    picture = QPixmap(10, 10)
    painter = QPainter(picture)
    *_, words = axis.generateDrawSpecs(painter)
    painter.end()
    metrics = QFontMetricsF(axis.style["tickFont"])
    ends = sorted(
        (rect.center().x() + side * metrics.horizontalAdvance(text) / 2, side)
        for rect, _, text in words
        if text
        for side in (-1, 1)
    )
    assert ends
    assert [side for _, side in ends] == [-1, 1] * (len(ends) // 2), "one ends, the next begins"


def test_moments_wanted_are_found_anew_as_the_run_goes_on(panel):
    run = ShortRun()
    panel.show_truth(short_truth())
    for steps in (1, 3, 30, 90, 5, 150, 100):
        frame = run.train(steps).frame()
        panel.show_frame(frame)
        wanted = {*wanted_steps(run.recording), frame.picture.step}
        assert panel.moments.missing(frame) == (len(wanted), len(wanted))


def test_a_new_test_alone_moves_neither_the_parts_nor_the_path(panel, monkeypatch):
    run = run_told(panel, 25)
    drawn = []
    monkeypatch.setattr(panel.plane, "show_path", lambda *_: drawn.append("path"))
    monkeypatch.setattr(panel.stack, "set_parts", lambda *_: drawn.append("parts"))
    circles = len(panel.tests.points[0])
    panel.show_frame(run.train(6).frame())  # over the end of an epoch
    assert len(panel.tests.points[0]) == circles + 1
    assert not drawn


@pytest.mark.parametrize("width", [430, 640, 900])
def test_the_plots_keep_their_place_when_the_first_words_come(panel, qtbot, width):
    panel.resize(width, 500)
    run = ShortRun().train(10)
    panel.show_truth(short_truth())
    panel.show_frame(run.frame())
    qtbot.wait(1)
    before = panel.plot.geometry()
    assert "<b>–" in panel.words.text()
    told(panel, run.frame(), short_truth())
    qtbot.wait(1)
    assert "<b>–" not in panel.words.text()
    assert panel.plot.geometry() == before


def test_zooming_in_the_plane_lasts_while_more_becomes_known(panel):
    run = run_told(panel)
    panel.plane.zoom(0.5)
    before = panel.plane.in_view()
    told(panel, run.train(40).frame(), short_truth())
    assert panel.plane.in_view() == pytest.approx(before)
    assert panel.plane.home != pytest.approx(before)
    panel.plane.reset_view()
    assert panel.plane.in_view() == pytest.approx(panel.plane.home)
