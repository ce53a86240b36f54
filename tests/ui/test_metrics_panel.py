"""The table of metrics: what it says was measured, of which step, and how far to trust it."""

import csv
import json
import math
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from asking import told
from linear_frame import linear_frame
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu
from short_run import ShortRun, short_truth

from vae_gui.core.analysis import Analysis
from vae_gui.core.changes import change_words
from vae_gui.core.diagnostics import METRICS, Evidence, Measurement, Metric, grouped, measure_all
from vae_gui.core.distributions import Gaussian
from vae_gui.core.recording import TestPoint
from vae_gui.core.views import view_truth
from vae_gui.measuring import OF_THE_RUN
from vae_gui.ui.panels.metrics import MetricsPanel
from vae_gui.ui.panels.metrics_detail import alone
from vae_gui.ui.panels.metrics_history import completed_epochs, latest_test
from vae_gui.ui.panels.metrics_pens import MEANINGS, MOST, meaning, pens
from vae_gui.ui.panels.metrics_table import AGE, VALUE, MetricsTable
from vae_gui.ui.panels.metrics_words import (
    chance_words,
    detail_words,
    label_words,
    value_words,
)
from vae_gui.ui.plotting.steps import StepScale
from vae_gui.ui.questions import Answer
from vae_gui.ui.theme import DARK, LIGHT

BY_KEY = {m.key: m for m in METRICS}
STEPS = 3
MEASURED = [m for m in METRICS if m.key not in OF_THE_RUN]


@pytest.fixture
def panel(qtbot):
    made = MetricsPanel(DARK)
    qtbot.addWidget(made)
    made.resize(900, 420)
    made.show()
    made.show_truth(short_truth())
    return made


@pytest.fixture
def run_told(panel):
    run = ShortRun().train(STEPS)
    told(panel, run.frame(), short_truth())
    return run


def menu_action(panel, words):
    menu = QMenu()
    panel.fill_menu(menu)
    action = next(a for a in menu.actions() if a.text() == words)
    action.trigger()
    menu.deleteLater()


def test_every_cell_is_what_is_measured_of_the_model_shown(panel):
    frame = ShortRun().train(12).frame()
    panel.show_frame(frame)
    for _ in range(2):  # what is quick and what is slow, of now
        question = panel.question(frame)
        analysis = Analysis(frame.config, short_truth(), question.parameters)
        panel.show_answer(Answer(question, question.answer(analysis)))
    panel.show_frame(frame)
    analysis = Analysis(frame.config, short_truth(), frame.picture.parameters)
    test = TestPoint(1, 12, analysis.tested)
    evidence = Evidence(frame.config, short_truth(), frame.recording, test, analysis)
    for key, found in measure_all(evidence).items():
        assert panel.table.words_of(key, VALUE) == value_words(BY_KEY[key], found), key
        assert panel.table.words_of(key, AGE) == "now"
    assert panel.table.words_of("tested_at", VALUE) == "12"
    assert panel.table.words_of("epochs", VALUE) == "1"


def test_a_test_says_of_which_step_it_is(panel):
    run = ShortRun().train(12)
    panel.show_frame(run.frame())  # nothing was measured yet: the recorded test is told
    recorded = run.recording.tests[-1]
    assert recorded.step == 10
    assert panel.table.words_of("tested_at", VALUE) == "10"
    assert panel.table.words_of("test_loss", VALUE) == f"{recorded.losses.total:.4f}"
    assert panel.table.words_of("test_loss", AGE) == "2 earlier"
    assert panel.table.words_of("entropy_floor", AGE) == "now", "it is of no model"
    told(panel, run.frame(), short_truth())
    assert panel.table.words_of("tested_at", VALUE) == "12"
    assert panel.table.words_of("test_loss", AGE) == "now"
    panel.table.switch("test_loss", False)
    panel.show_frame(run.frame())
    assert panel.table.words_of("tested_at", VALUE) == "12", "the other numbers are of that test"


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_values_of_an_older_model_are_muted_and_name_their_step(panel, theme, qtbot):
    panel.set_theme(theme)
    run = ShortRun().train(3)
    told(panel, run.frame(), short_truth())
    row = panel.table._rows["kl_forward"]
    assert row.foreground(VALUE).color() == theme.color("text")
    assert "Step" not in row.toolTip(VALUE)
    with qtbot.waitSignal(panel.redraw_wanted):
        panel.show_frame(run.train(7).frame())
    panel.show_frame(run.frame())
    assert row.foreground(VALUE).color() == theme.color("muted")
    assert "Step 3 (7 earlier)." in row.toolTip(VALUE)
    assert panel.table._rows["steps"].foreground(VALUE).color() == theme.color("text")


@pytest.mark.parametrize("width", [300, 560, 640, 900, 1200])
def test_no_column_is_cut_off(panel, run_told, width):
    panel.resize(width, 420)
    panel.show_frame(run_told.frame())
    QApplication.processEvents()
    table = panel.table
    shown = [c for c in range(table.columnCount()) if not table.isColumnHidden(c)]
    assert VALUE in shown
    assert sum(table.columnWidth(c) for c in shown) <= table.viewport().width()
    assert width < 1200 or len(shown) == table.columnCount()


def test_every_metric_has_its_place_in_one_group():
    groups = grouped()
    assert [m.key for _, group in groups for m in group] == [m.key for m in METRICS]
    extra = Metric("extra", "Extra", "nats", "One more.", lambda e: 1.0)
    assert grouped((*METRICS, extra))[-1] == ("More", [extra])


def test_a_run_is_measured_newest_first_and_then_at_moments_of_it(panel):
    run = ShortRun().train(30)
    frame = run.frame()
    panel.show_frame(frame)
    question = panel.question(frame)
    assert question.step == 30
    assert {m.cost for m in question.metrics} == {"frame", "job"}, "what is quick comes first"
    told(panel, frame, short_truth())
    for metric in MEASURED:
        steps, found = panel.history.series(metric.key)
        assert {0, 30} <= set(steps.tolist()), metric.key
        assert len(steps) == len(found)
    # at the end of an epoch the test is the recorded one, to the bit
    recorded = {t.step: t for t in frame.recording.tests}
    shared = [m for m in panel.history.moments() if m.test.step in recorded]
    assert len(shared) >= 2
    for moment in shared:
        assert moment.test == recorded[moment.test.step]
        assert moment.found["test_loss"].value == moment.test.losses.total


def test_earlier_models_are_measured_with_the_settings_of_their_time(panel):
    run = ShortRun()
    panel.show_frame(run.frame())
    run.train(15)
    before = run.trainer.config.training
    wanted = msgspec.structs.replace(before, beta=7.25, noise_samples=3)
    run.trainer.configure(wanted)
    run.recording.changes.append((15, change_words(before, wanted)))
    frame = run.train(10).frame()
    frame = replace(frame, config=msgspec.structs.replace(frame.config, training=wanted))
    told(panel, frame, short_truth())
    recorded = {t.step: t for t in frame.recording.tests}
    seen = set()
    for moment in panel.history.moments():
        step = moment.test.step
        beta, draws = (1, 1) if step <= 15 else (7.25, 3)
        seen.add(beta)
        losses = moment.test.losses
        assert losses.total == pytest.approx(losses.reconstruction + beta * losses.kl, rel=1e-5)
        config = msgspec.structs.replace(
            frame.config,
            training=msgspec.structs.replace(before, beta=beta, noise_samples=draws),
        )
        weights = frame.recording.snapshot(step)
        again = Analysis(config, short_truth(), weights).tested
        assert losses.reconstruction == pytest.approx(again.reconstruction, rel=1e-6)
        if step in recorded:
            assert moment.test == recorded[step]
    assert seen == {1, 7.25}


def test_a_moment_of_another_run_is_forgotten(panel, run_told):
    panel.show_frame(ShortRun(run=2).frame())
    assert not panel.history.moments()
    assert panel.table.words_of("kl_forward", VALUE) == "–"
    assert panel.table.words_of("kl_forward", AGE) == "waits"
    assert panel.table.words_of("test_loss", VALUE) != "–", "what is recorded is there at once"


def test_what_is_old_says_so(panel, run_told, qtbot):
    frame = run_told.train(7).frame()
    with qtbot.waitSignal(panel.redraw_wanted):  # not more often than can be read
        panel.show_frame(frame)
        assert not panel.up_to_date
    panel.show_frame(frame)
    assert panel.up_to_date
    assert panel.table.words_of("kl_forward", AGE) == "7 earlier"
    assert panel.table.words_of("steps", VALUE) == str(STEPS + 7)


def test_a_metric_that_is_switched_off_is_not_measured(panel):
    frame = ShortRun().train(3).frame()
    menu_action(panel, "Switch off what takes long")
    told(panel, frame, short_truth())
    slow = [m.key for m in METRICS if m.cost == "slow"]
    for key in slow:
        assert panel.table.words_of(key, AGE) == "off"
        assert not len(panel.history.series(key)[0])
    assert len(panel.history.series("kl_forward")[0])
    menu_action(panel, "Switch all on")
    question = panel.question(frame)
    assert [m.key for m in question.metrics] == slow, "and only what is missing"
    for metric in METRICS:
        panel.table.switch(metric.key, False)
    assert panel.question(frame) is None


def test_space_switches_the_row_with_the_focus(panel, run_told, qtbot):
    panel.table.select(["mmd"])
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Space)
    panel.show_frame(run_told.frame())
    assert panel.table.words_of("mmd", AGE) == "off"
    assert panel.option_values()["off"] == ["mmd"]


def test_collapse_is_told_where_no_one_can_miss_it(panel):
    rng = np.random.default_rng(0)
    data = Gaussian()
    sets = (data.sample(n, rng).astype(np.float32) for n in (500, 100))
    truth = view_truth(data, *sets, grid=40)
    panel.show_truth(truth)
    menu_action(panel, "Switch off what takes long")
    nothing = np.zeros((2, 2))
    told(panel, linear_frame(nothing, [1, 0.5], [1, 1], nothing, [1, 1], truth.test), truth)
    assert panel.alarm.isVisible()
    assert BY_KEY["posterior_collapse"].label in panel.alarm.text()
    assert "Variance" not in panel.alarm.text()
    assert panel.table.words_of("posterior_collapse", VALUE) == "yes"
    w, a = np.eye(2), 0.5 * np.eye(2)
    told(panel, linear_frame(w, [1, 0.5], [1, 1], a, [0.7, 0.7], truth.test, run=2), truth)
    assert not panel.alarm.isVisible()
    assert panel.table.words_of("posterior_collapse", VALUE) == "no"
    thin = linear_frame(w, [1, 0.5], [1e-6, 1e-6], a, [0.7, 0.7], truth.test, run=3)
    told(panel, thin, truth)
    assert BY_KEY["variance_collapse"].label in panel.alarm.text()
    panel.clear()
    assert not panel.alarm.isVisible()


def test_doubts_errors_and_chance_stand_beside_the_numbers(panel):
    metric = BY_KEY["kl_forward"]
    assert value_words(metric, Measurement(0.25)) == "0.2500"
    assert value_words(metric, Measurement(0.25, 2e-5)) == "0.2500"
    assert value_words(metric, Measurement(0.25, 0.004)) == "0.2500 ± 0.004"
    assert value_words(metric, Measurement(-0.25, 0.004, "No.")) == "⚠ −0.2500 ± 0.004"
    assert value_words(metric, Measurement(math.nan)) == "–"
    assert value_words(BY_KEY["active_units"], Measurement(2)) == "2"
    assert "nothing" in chance_words(Measurement(0.1, band=(0.05, 0.2)))
    assert "nothing" not in chance_words(Measurement(0.3, band=(0.05, 0.2)))
    assert chance_words(Measurement(0.3)) == ""
    rng = np.random.default_rng(0)
    truth = view_truth(
        Gaussian(), *(Gaussian().sample(n, rng).astype(np.float32) for n in (500, 60)), grid=40
    )
    panel.show_truth(truth)
    frame = linear_frame(np.eye(2), [1, 0.5], [1e-12] * 2, 0.5 * np.eye(2), [0.7] * 2, truth.test)
    told(panel, frame, truth)
    _, found = panel.history.nearest("log_likelihood", 0)
    assert found.doubt
    assert panel.table.words_of("log_likelihood", VALUE).startswith("⚠")
    panel.table.clearSelection()
    panel.table.select(["log_likelihood"])
    assert found.doubt in panel.detail.words.text()


def test_a_line_beside_each_number_is_its_course(panel, run_told):
    scale = StepScale(log=True)
    first, last = scale.x([0, STEPS])
    for metric in MEASURED:
        steps, found = panel.history.series(metric.key)
        along, values = panel.table.spark.series[metric.key]
        np.testing.assert_allclose(values, [f.value for f in found])
        np.testing.assert_allclose(along, (scale.x(steps) - first) / (last - first))


def test_selected_metrics_are_plotted_and_the_first_is_explained(panel, run_told):
    keys = ["kl_forward", "kl_reverse"]
    panel.table.clearSelection()
    panel.table.select(keys)
    for curve, key in zip(panel.detail.curves, keys, strict=False):
        steps, found = panel.history.series(key)
        np.testing.assert_allclose(curve.getData()[0], panel.detail.plot.step_scale.x(steps))
        np.testing.assert_allclose(curve.getData()[1], [f.value for f in found])
    assert not len(panel.detail.curves[2].getData()[0])
    names = [label_words(BY_KEY[k], exact=True) for k in keys]
    assert [name for name, _ in panel.detail.key.entries] == names
    for theme in (DARK, LIGHT):
        panel.set_theme(theme)
        panel.show_frame(run_told.frame())
        said = panel.detail.words.text()
        assert BY_KEY["kl_forward"].formula in said
        assert BY_KEY["kl_forward"].help.replace("p_θ", "p<sub>θ</sub>") in said
        assert theme.accent in said
    panel.table.clearSelection()
    panel.table.select(["mmd"])
    steps, found = panel.history.series("mmd")
    low, high = np.array([f.band for f in found]).T
    np.testing.assert_allclose(panel.detail.low.getData()[1], low)
    np.testing.assert_allclose(panel.detail.high.getData()[1], high)


def test_values_can_be_copied(panel, run_told, qtbot):
    panel.table.clearSelection()
    panel.table.select(["kl_forward", "mmd"])
    qtbot.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QApplication.clipboard().text().splitlines()
    assert len(lines) == 2
    name, value, unit, error, step, _ = lines[0].split("\t")
    _, found = panel.history.nearest("kl_forward", STEPS)
    assert (name, unit, step) == ("KL(p ‖ pθ)", "nats", str(STEPS))
    assert (float(value), float(error)) == (found.value, found.error)
    panel.table.clearSelection()
    menu_action(panel, "Copy values")
    assert len(QApplication.clipboard().text().splitlines()) == len(METRICS)


def test_values_can_be_exported(panel, run_told, tmp_path):
    panel.write_data(tmp_path / "metrics.csv")
    with open(tmp_path / "metrics.csv") as file:
        rows = list(csv.DictReader(file))
    steps, found = panel.history.series("iwae_5")
    assert [int(r["step"]) for r in rows] == steps.tolist()
    np.testing.assert_allclose([float(r["iwae_5"]) for r in rows], [f.value for f in found])
    panel.write_data(tmp_path / "metrics.json")
    told_of = json.loads((tmp_path / "metrics.json").read_text())
    _, now = panel.history.nearest("mmd", STEPS)
    assert told_of["mmd"] == now.value
    assert told_of["bands"]["mmd"] == list(now.band)


def test_a_table_has_a_column_for_whatever_was_measured_at_any_moment(panel, tmp_path):
    run = ShortRun()
    menu_action(panel, "Switch off what takes long")
    told(panel, run.frame(), short_truth())
    menu_action(panel, "Switch all on")
    told(panel, run.train(STEPS).frame(), short_truth())
    first, *_ = moments = panel.history.moments()
    panel.history._moments[0] = replace(first, found={"kl": first.found["kl"]})
    panel.write_data(tmp_path / "metrics.csv")
    with open(tmp_path / "metrics.csv") as file:
        header, *rows = csv.reader(file)
    assert header == ["step", "epoch", *(m.key for m in MEASURED), "in_doubt"]
    assert len(rows) == len(moments)
    values = dict(zip(header, rows[0], strict=True))
    assert {key for key in values if values[key]} == {"step", "epoch", "kl"}


def test_where_nothing_was_measured_there_is_nothing_to_export(panel):
    for metric in METRICS:
        panel.table.switch(metric.key, False)
    told(panel, ShortRun().frame(), short_truth())
    assert "switch on" in panel.no_data
    menu_action(panel, "Switch all on")
    told(panel, ShortRun().frame(), short_truth())
    assert panel.no_data == ""


def test_the_choice_is_remembered(panel, qtbot):
    panel.table.switch("mmd", False)
    panel.table.clearSelection()
    panel.table.select(["kl", "elbo"])
    again = MetricsPanel(DARK)
    qtbot.addWidget(again)
    values = {**panel.option_values(), "view": "table"}
    again.restore_options(values | {"off": ["mmd", "no such metric"]})
    assert not again.findChildren(MetricsTable), "behind a tab it costs nothing"
    again.resize(900, 420)
    again.show()
    told(again, ShortRun().frame(), short_truth())
    assert again.option_values() == values
    assert again.table.selected == ["kl", "elbo"]
    assert again.detail.isHidden()
    again.restore_options({"off": 7, "selected": None})  # written by who knows what
    assert again.option_values() == values


def test_epochs_and_tests_of_a_step():
    recording = ShortRun().train(25).recording
    assert [completed_epochs(recording, s) for s in (0, 9, 10, 19, 20, 25)] == [0, 0, 1, 1, 2, 2]
    assert [latest_test(recording, s).step for s in (0, 9, 10, 25)] == [0, 0, 10, 20]


@pytest.mark.parametrize("size", [(430, 170), (500, 420), (900, 420)])
def test_whatever_the_room_no_name_is_crushed(panel, run_told, size):
    panel.resize(*size)
    panel.show_frame(run_told.frame())
    QApplication.processEvents()
    assert panel.table.columnWidth(0) >= 120
    assert panel.table.isVisible()
    assert panel.detail.isVisible() == (size != (430, 170))


def test_where_the_density_is_an_estimate_the_names_say_so(panel, run_told):
    panel.table.show_labels(METRICS, exact=False)
    assert panel.table.words_of("kl_forward", 0) == "KL(p̃ ‖ pθ)"
    assert "stimate" in panel.table.words_of("entropy_floor", 0)
    assert panel.table.words_of("elbo", 0) == "ELBO"
    said = detail_words(DARK, BY_KEY["kl_forward"], None, exact=False)
    assert "KL(p̃ ‖" in said
    assert "KL(p ‖" not in said


def test_curves_have_the_colours_of_what_they_mean_and_no_two_are_alike():
    meanings = {m.key: meaning(m) for m in METRICS}
    assert set(MEANINGS) <= set(meanings), "every key there is one of a metric"
    expected = {
        "test_loss": "total",
        "reconstruction": "reconstruction",
        "kl": "latent",
        "entropy_floor": "true",
        "kl_forward": "learned",
        "nats_above_test_floor": "regret",
    }
    assert expected.items() <= meanings.items()
    for theme in (DARK, LIGHT):
        for first in range(len(MEASURED) - MOST + 1):
            chosen = MEASURED[first : first + MOST]
            made = pens(theme, chosen)
            assert [p.color() for p in made] == [theme.color(meaning(m)) for m in chosen]
            looks = {(p.color().name(), tuple(p.dashPattern())) for p in made}
            assert len(looks) == MOST
        of_one_colour = [m for m in MEASURED if meaning(m) == "learned"][:MOST]
        looks = {tuple(p.dashPattern()) for p in pens(theme, of_one_colour)}
        assert len(looks) == MOST


def test_the_legend_is_beside_the_curves_in_their_pens(panel, run_told):
    keys = ["reconstruction", "kl", "entropy_floor", "kl_forward", "kl_reverse", "mmd"]
    panel.table.clearSelection()
    panel.table.select(keys)
    detail = panel.detail
    for width in (1200, 700, 320):
        panel.resize(width, 700)
        QApplication.processEvents()
        key = detail.key
        assert not key.geometry().intersects(detail.plot.geometry())
        assert len(key.places) == len(keys)
        for i, place in enumerate(key.places):
            assert key.rect().toRectF().contains(place)
            assert not any(place.intersects(other) for other in key.places[i + 1 :])
    for curve, (_, pen) in zip(detail.curves, key.entries, strict=True):
        assert curve.opts["pen"] == pen


def test_a_single_value_is_a_dot_between_ticks(panel):
    frame = ShortRun().frame()
    told(panel, frame, short_truth())
    panel.table.clearSelection()
    panel.table.select(["kl"])
    steps, found = panel.history.series("kl")
    assert len(steps) == 1
    dots = panel.detail.dots[0]
    np.testing.assert_allclose(dots.points[:, 1], found[0].value)
    _, _, low, high = panel.detail.plot.in_view()
    assert low < found[0].value < high
    assert high - low == pytest.approx(0.2 * abs(found[0].value), rel=0.5)
    told(panel, ShortRun().train(3).frame(), short_truth())
    assert not len(dots.points), "a line leads to each of several"
    values = np.array([1, np.nan, 2, 3, np.nan, 4])
    assert alone(values).tolist() == [True, False, False, False, False, True]
