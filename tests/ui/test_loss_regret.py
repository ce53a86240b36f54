"""The Loss panel's regret curve and reference lines: numbers that are those of the real batches."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from asking import told
from pictures import shown
from PySide6.QtWidgets import QMainWindow
from short_run import CONFIG, ShortRun, short_truth

from vae_gui.core.changes import change_words
from vae_gui.core.data import stream
from vae_gui.ui.docks import PanelDock
from vae_gui.ui.panels import loss_curves, loss_regret
from vae_gui.ui.panels.loss import LossPanel
from vae_gui.ui.panels.loss_regret import EXAMPLES, PIECE, UNKNOWN, piece_of
from vae_gui.ui.plotting.steps import thousands
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


def by_hand(run):
    """Reconstruction + KL of each step less the mean of -log p over its very batch."""
    truth, training = short_truth(), CONFIG.training
    information = -truth.distribution.log_prob(truth.train)
    rng, found = stream(training.seed, "shuffling"), []
    losses = run.recording.losses.astype(float)
    while len(found) < len(losses):
        order = rng.permutation(len(information))
        for first in range(0, len(order), training.batch_size):
            found.append(information[order[first : first + training.batch_size]].mean())
    return losses[:, 1] + losses[:, 2] - found[: len(losses)]


def choose(panel, **options):
    panel.restore_options(options)


def drawn(panel):
    return panel.regret.curves.raw.pyramid.values[: len(panel.regret.curves)][:, 0]


def test_the_curve_is_the_regret_of_the_real_batches_as_the_run_grows(panel, run):
    choose(panel, shows="both")
    for steps in (3, 8, 90):
        told(panel, run.train(steps).frame(), short_truth())
        np.testing.assert_allclose(drawn(panel), by_hand(run), atol=2e-6)
    assert panel.losses.raw.isVisible()
    smooth = panel.regret.curves.smooth.pyramid.values
    assert smooth[50:51][0, 0] == pytest.approx(by_hand(run)[40:61].mean(), abs=1e-5)


def test_it_is_asked_for_only_where_it_is_to_be_seen(panel, run):
    choose(panel, collapsed=False)
    frame = run.train(20).frame()
    panel.show_frame(frame)
    assert panel.question(frame) is None
    choose(panel, shows="regret")
    panel.show_frame(frame)
    assert len(panel.regret.curves) == 0
    assert "being evaluated" in panel.hint.text()
    told(panel, frame, short_truth())
    assert len(panel.regret.curves) == 20
    assert not panel.hint.text()
    choose(panel, shows="losses")
    panel.show_frame(run.train(5).frame())
    assert len(panel.regret.curves) == 20, "hidden, it costs nothing"


def test_a_line_alone_does_not_evaluate_the_density_at_every_point(panel, run):
    frame = run.train(5).frame()
    told(panel, frame, short_truth())
    assert panel.levels.collapsed.line.isVisible()
    assert not panel.regret.known
    choose(panel, shows="both")
    assert panel.question(frame).floors
    told(panel, frame, short_truth())
    assert panel.question(frame) is None


def test_most_of_the_noise_of_batches_is_gone(panel, run):
    choose(panel, shows="regret", smoothing="0")
    told(panel, run.train(400).frame(), short_truth())
    late = slice(200, None)
    totals = run.recording.losses[late, 1] + run.recording.losses[late, 2]
    assert drawn(panel)[late].std() < 0.75 * totals.std()


def test_a_change_of_the_batch_size_counts_from_the_step_that_is_recorded(panel, run):
    choose(panel, shows="regret")
    told(panel, run.train(5).frame(), short_truth())
    wanted = msgspec.structs.replace(CONFIG.training, batch_size=10)
    # the window knows of the change before the training thread has made it
    early = run.train(2).frame()
    early = replace(early, config=msgspec.structs.replace(CONFIG, training=wanted))
    panel.show_frame(early)
    np.testing.assert_allclose(drawn(panel), by_hand(run), atol=2e-6)
    run.trainer.configure(wanted)
    run.recording.changes.append((7, change_words(CONFIG.training, wanted)))
    panel.show_frame(run.train(150).frame())
    assert len(panel.regret.curves) == 157
    truth = short_truth()
    information = -truth.distribution.log_prob(truth.train)
    order = stream(CONFIG.training.seed, "shuffling").permutation(len(information))
    eighth = information[order[350:360]].mean()  # after seven batches of 50
    losses = run.recording.losses[7].astype(float)
    assert drawn(panel)[7] == pytest.approx(losses[1] + losses[2] - eighth, abs=2e-6)


def test_a_run_that_does_not_tell_its_batch_sizes_says_so(panel, run):
    run.recording.changes.append((3, "batch_size = 10"))
    choose(panel, shows="regret")
    told(panel, run.train(5).frame(), short_truth())
    assert panel.hint.text() == UNKNOWN
    assert len(panel.regret.curves) == 0


def test_another_run_has_a_curve_of_its_own(panel, run):
    choose(panel, shows="regret")
    told(panel, run.train(30).frame(), short_truth())
    old = panel.question(run.frame())
    assert old is None
    other = ShortRun(run=2).train(7)
    panel.show_frame(other.frame())
    assert len(panel.regret.curves) == 0
    told(panel, other.frame(), short_truth())
    np.testing.assert_allclose(drawn(panel), by_hand(other), atol=2e-6)


def test_circles_are_above_the_floor_of_the_test_set(panel, run):
    choose(panel, shows="regret")
    told(panel, run.train(60).frame(), short_truth())
    _, values = panel.tests.points
    truth, tests = short_truth(), run.recording.tests
    own = -truth.distribution.log_prob(truth.test).mean()
    expected = [t.losses.reconstruction + t.losses.kl - own for t in tests]
    np.testing.assert_allclose(values, expected, atol=1e-9)
    choose(panel, shows="both")
    np.testing.assert_allclose(panel.tests.points[1], [t.losses.total for t in tests])


def test_the_cursor_reads_the_regret_of_the_step(panel, run):
    choose(panel, shows="both")
    told(panel, run.train(60).frame(), short_truth())
    panel.plot.move_cursor(41)
    words = panel.read_out.box.toPlainText().replace("\xa0", "").replace("−", "-").split("\n")
    assert float(words[words.index("regret") + 1]) == pytest.approx(by_hand(run)[40], abs=5.1e-5)
    assert "regret" in panel.plot.accessibleDescription()
    choose(panel, shows="losses")
    panel.plot.move_cursor(42)
    assert "regret" not in panel.read_out.box.toPlainText()


def test_the_lines_are_where_they_are_said_to_be(panel, run):
    levels = panel.levels
    frame = run.train(60).frame()
    told(panel, frame, short_truth())
    assert levels.collapsed.line.value() == pytest.approx(2.837877, abs=1e-6)
    assert "2.838" in levels.collapsed.box.toPlainText()
    assert not levels.zero.line.isVisible()
    assert f"{short_truth().test_floor:.4f}" in levels.floor.box.toolTip()
    choose(panel, shows="regret")
    told(panel, frame, short_truth())
    assert levels.zero.line.value() == 0
    assert not levels.floor.line.isVisible()
    assert levels.collapsed.line.value() == pytest.approx(0.143841, abs=1e-6)
    choose(panel, collapsed=False)
    assert not levels.collapsed.line.isVisible()


@pytest.mark.parametrize("size", [(700, 350), (440, 190), (320, 180)])
@pytest.mark.parametrize("shows", ["losses", "both", "regret"])
def test_words_of_lines_lie_inside_and_beside_each_other(panel, run, shows, size):
    panel.resize(*size)
    choose(panel, shows=shows)
    told(panel, run.train(300).frame(), short_truth())
    shown(panel)
    view = panel.plot.getPlotItem().vb
    levels = (panel.levels.floor, panel.levels.zero, panel.levels.collapsed)
    boxes = [level.box for level in levels if level.box.isVisible()]
    assert len(boxes) == {"losses": 2, "both": 3, "regret": 2}[shows] or size[0] < 400
    rects = [b.mapRectToParent(b.boundingRect()).adjusted(1, 1, -1, -1) for b in boxes]
    for i, rect in enumerate(rects):
        assert view.rect().contains(rect)
        assert not any(rect.intersects(other) for other in rects[:i])


def test_the_title_bar_tells_what_is_shown(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    dock = PanelDock(LossPanel, window)
    dock.hold(LossPanel(DARK))
    dock.set_theme(LIGHT)
    words = dock.titleBarWidget().legend._label
    assert "regret" not in words.text()
    choose(dock.panel, shows="both")
    assert "regret" in words.text()
    assert "total" in words.text()
    assert LIGHT.regret in words.text()
    choose(dock.panel, shows="regret")
    assert "total" not in words.text()
    assert dock.panel.subtitle.startswith("regret =")
    choose(dock.panel, shows="losses")
    assert dock.panel.subtitle == LossPanel.subtitle
    assert dock.panel.legend == LossPanel.legend


def test_a_long_run_comes_in_turns_and_whole(panel, run, monkeypatch):
    choose(panel, shows="regret")
    told(panel, run.train(3).frame(), short_truth())
    monkeypatch.setattr(loss_curves, "TAKING_IN", 0.0)
    losses = np.random.default_rng(0).normal(3, 0.2, (3 * PIECE, 3)).astype(np.float32)
    run.recording.add_losses(losses)
    asked = [True]
    panel.redraw_wanted.connect(lambda: asked.append(True))
    frame, lengths, said = run.frame(), [], []
    while asked:
        asked.clear()
        panel.show_frame(frame)
        lengths.append(len(panel.regret.curves))
        said.append(panel.above.text().split("\n")[-1])
    behind = [f"regret up to step {thousands(n)}" for n in lengths[:-1]]
    assert said[:-1] == behind
    assert "regret" not in panel.above.text(), "it has caught up"
    assert lengths == [3 + PIECE, 3 + 2 * PIECE, 3 + 3 * PIECE]
    np.testing.assert_allclose(drawn(panel), by_hand(run), atol=2e-6)


def test_data_without_a_variance_have_no_line_for_it(panel, run):
    told(panel, run.train(3).frame(), short_truth())
    for nothing in (np.inf, None):
        panel._least = nothing
        panel._show_levels()
        assert not panel.levels.collapsed.line.isVisible()


@pytest.mark.parametrize(
    ("sizes", "examples", "piece"),
    [
        ([(1, 128)], 1_000_000, PIECE),
        ([(1, 128), (9, 10_000), (20, 1)], 1_000_000, EXAMPLES // 10_000),
        ([(1, 10_000)], 50, PIECE),
        ([(1, 10_000)], 4_000, EXAMPLES // 4_000),
    ],
)
def test_a_piece_has_so_many_examples_at_most(sizes, examples, piece):
    assert piece_of(sizes, examples) == piece
    largest = min(max(size for _, size in sizes), examples)
    assert piece * largest <= EXAMPLES or piece == 1


def test_the_curve_of_large_batches_comes_in_small_pieces(panel, run, monkeypatch):
    choose(panel, shows="regret", smoothing="0")
    monkeypatch.setattr(loss_regret, "EXAMPLES", 100)  # two batches
    monkeypatch.setattr(loss_curves, "TAKING_IN", 0.0)
    told(panel, run.train(1).frame(), short_truth())
    frame = run.train(9).frame()
    for steps in (3, 5, 7, 9, 10):
        panel.show_frame(frame)
        assert len(drawn(panel)) == steps
    np.testing.assert_allclose(drawn(panel), by_hand(run), atol=2e-6)
