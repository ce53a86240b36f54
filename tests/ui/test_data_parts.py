"""The data card beyond one family: the gallery, transforms, mixing, and the line of facts."""

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from vae_gui.core.config import Mix, RunConfig, assigned, values, waiting_for_reset
from vae_gui.core.distributions import (
    DISTRIBUTIONS,
    Moons,
    OwnFile,
    Ring,
    StudentT,
    Transform,
    told,
)
from vae_gui.core.views import view_truth
from vae_gui.ui.document import RunDocument
from vae_gui.ui.form.side_controls import MINIMUM_WIDTH, SideControls
from vae_gui.ui.theme import DARK, LIGHT

LEFT = Qt.MouseButton.LeftButton
ENTER = Qt.Key.Key_Return


@pytest.fixture
def form(qtbot):
    made = SideControls(DARK)
    qtbot.addWidget(made)
    made.resize(310, 700)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.fixture
def document(form):
    made = RunDocument()
    form.edited.connect(made.edit)
    made.config_changed.connect(form.show_config)
    return made


def choose(form, name):
    """Choose a family to mix with, as by the keyboard."""
    index = form.mix.choice.findData(name)
    form.mix.choice.setCurrentIndex(index)
    form.mix.choice.activated.emit(index)


def truth_of(config):
    x = config.data.source.sample(50, np.random.default_rng(0)).astype(np.float32)
    return view_truth(config.data.source, x, x, grid=40)


# --- the gallery --------------------------------------------------------------------------


def test_every_name_is_whole_at_the_smallest_width(form, qtbot):
    form.resize(MINIMUM_WIDTH, 500)
    QApplication.processEvents()
    for thumbnail in form.gallery.thumbnails.values():
        shown = QFontMetrics(thumbnail.name_font())
        assert shown.horizontalAdvance(thumbnail.text()) <= thumbnail.width() + 1
        assert thumbnail.name_font().stretch() in (0, *range(70, 101))


def test_pictures_are_drawn_as_they_are_seen_and_once_for_each_theme(form, qtbot):
    thumbnails = list(form.gallery.thumbnails.values())
    qtbot.waitUntil(lambda: all(t._pictures for t in thumbnails))
    dark = [t.picture().cacheKey() for t in thumbnails]
    form.set_theme(LIGHT)
    qtbot.waitUntil(lambda: all(len(t._pictures) == 2 for t in thumbnails))
    form.set_theme(DARK)
    assert [t.picture().cacheKey() for t in thumbnails] == dark


def test_a_form_that_nobody_has_seen_has_drawn_no_picture(qtbot):
    unseen = SideControls(DARK)
    qtbot.addWidget(unseen)
    assert not any(t._pictures for t in unseen.gallery.thumbnails.values())


# --- moved and mixed ----------------------------------------------------------------------


def test_the_parts_are_folded_and_quiet_until_they_are_used(form):
    for part in (form.transform, form.mix):
        assert not part.header.isChecked()
        assert part.header._note.text() == ""
    assert not form.controls["data.transform.rotate"].isVisible()
    assert not any(path.startswith("data.mix") for path in form.controls)


def test_a_transform_is_typed_told_and_undone(form, document, qtbot):
    qtbot.mouseClick(form.transform.header, LEFT)
    field = form.controls["data.transform.rotate"].field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "30")
    qtbot.keyClick(field, ENTER)
    assert document.config.data.transform == Transform(rotate=30)
    assert form.transform.header._note.text() == "· rotated"
    assert document.stack.undoText() == "Change rotation"
    form.controls["data.transform.scale_x1"].propose(2.0)
    form.controls["data.transform.scale_x2"].propose(2.0)
    assert form.transform.header._note.text() == "· scaled, rotated"
    for _ in range(3):
        document.stack.undo()
    assert document.config == RunConfig()
    assert form.transform.header._note.text() == ""


@pytest.mark.parametrize("width", ["0", "-1", "11", "wide"])
def test_a_degenerate_scale_is_refused_at_the_control(form, document, qtbot, width):
    form.transform.header.setChecked(True)
    control = form.controls["data.transform.scale_x1"]
    control.field.setFocus()
    control.field.selectAll()
    qtbot.keyClicks(control.field, width)
    qtbot.keyClick(control.field, ENTER)
    assert "is not valid" in control.error.text()
    assert "1.000 stays in force" in control.error.text()
    assert document.config == RunConfig()


def test_a_distribution_is_mixed_in_edited_and_taken_out_again(form, document, qtbot):
    form.mix.header.setChecked(True)
    choose(form, "ring")
    assert document.config.data.mix == Mix(distribution=Ring())
    assert document.stack.undoText() == "Mix with Ring"
    assert form.mix.header._note.text() == "· Ring, 50%"
    form.controls["data.mix.distribution.modes"].propose(3)
    form.controls["data.mix.weight"].propose(0.2)
    assert document.config.data.mix == Mix(distribution=Ring(modes=3), weight=0.2)
    choose(form, "moons")
    assert document.config.data.mix == Mix(distribution=Moons(), weight=0.2)
    choose(form, "ring")  # its values come back
    assert document.config.data.mix == Mix(distribution=Ring(modes=3), weight=0.2)
    choose(form, "none")
    assert document.config.data.mix is None
    assert document.stack.undoText() == "Mix with nothing"
    assert not any(path.startswith("data.mix") for path in form.controls)
    document.stack.undo()
    assert form.controls["data.mix.distribution.modes"].value == 3
    while document.stack.canUndo():
        document.stack.undo()
    assert document.config == RunConfig()


def test_the_matrix_of_what_is_mixed_in_is_its_own(form, document):
    choose(form, "gaussian")
    matrix = form.mix.family.matrix
    matrix.fields[0, 0].lineEdit().setText("4")
    matrix.fields[0, 0].lineEdit().setModified(True)
    matrix._matrix[0, 0] = 4.0
    matrix._propose(None)
    assert document.config.data.mix.distribution.std_x1 == 2
    assert document.config.data.distribution.std_x1 == 1
    assert document.stack.undoText() == "Change covariance Σ"


def test_every_exact_family_can_be_mixed_in_and_a_file_cannot(form):
    names = [form.mix.choice.itemData(i) for i in range(form.mix.choice.count())]
    assert names == ["none", *(d.family() for d in DISTRIBUTIONS if d is not OwnFile)]
    assert [d for d in DISTRIBUTIONS if not d().exact] == [OwnFile]


def test_what_waits_in_a_folded_part_is_told_in_its_heading(form):
    wanted = assigned(RunConfig(), "data.mix.distribution.family=ring", "data.transform.shear=1")
    form.show_config(wanted)
    form.show_waiting(waiting_for_reset(RunConfig(), wanted))
    for part in (form.transform, form.mix):
        assert part.header.waiting.isVisible()
    assert form.controls["data.mix.distribution.radius"].property("waiting") is True
    form.show_waiting(())
    assert not form.mix.header.waiting.isVisible()


def test_nothing_of_the_parts_is_cut_at_the_smallest_width(form):
    config = assigned(RunConfig(), "data.mix.distribution.family=student_t")
    form.show_config(config)
    form.transform.header.setChecked(True)
    form.mix.header.setChecked(True)
    form.show_waiting(tuple(values(config)))
    form.resize(MINIMUM_WIDTH, 400)
    body = form.scroll_area.widget()
    assert body.minimumSizeHint().width() <= form.scroll_area.viewport().width()


def test_open_parts_are_remembered(form):
    form.mix.header.setChecked(True)
    state = form.state()
    assert state["data.mix"] is True
    assert state["data.transform"] is False
    form.mix.header.setChecked(False)
    form.restore_state(state)
    assert form.mix.header.isChecked()


# --- facts --------------------------------------------------------------------------------


def test_the_facts_of_the_default_run(form):
    form.facts.show_truth(truth_of(RunConfig()))
    assert form.facts.text().replace("\u00a0", " ") == (
        "H(p) = 2.6940 nats · 1 mode\nmean (1.00, 0.50)\ncovariance [1.00  0.50; 0.50  1.00]"
    )


def test_facts_are_of_what_is_moved_and_mixed_with_their_error(form):
    config = assigned(
        RunConfig(),
        "data.distribution.family=ring",
        "data.transform.shift_x1=10",
        "data.mix.distribution.family=ring",
    )
    truth = truth_of(config)
    # twice the same, far apart: one more choice
    assert truth.entropy == pytest.approx(Ring().entropy() + math.log(2), abs=1e-6)
    form.facts.show_truth(truth)
    words = form.facts.text().replace("\u00a0", " ")
    assert f"H(p) = {truth.entropy:.4f} nats ± " in words
    assert "16 modes" in words
    assert "mean (5.00, 0)" in words
    variance = 2.4**2 / 2 + 0.15**2
    assert f"covariance [{variance + 25:.2f}  0; 0  {variance:.2f}]" in words


def test_facts_leave_out_a_number_of_modes_that_nobody_can_tell(form):
    truth = truth_of(assigned(RunConfig(), "data.distribution.family=file"))
    form.facts.show_truth(replace(truth, modes=None))
    assert " · – modes\n" in form.facts.text()
    assert "too fine to be counted" in form.facts.toolTip()


def test_facts_say_where_no_variance_is_finite_and_what_is_an_estimate(form):
    config = assigned(RunConfig(), "data.distribution.family=student_t")
    heavy = assigned(config, "data.distribution.degrees=2")
    assert heavy.data.source == StudentT(degrees=2)
    form.facts.show_truth(truth_of(heavy))
    assert "no finite variance" in form.facts.text()
    assert "nan" not in form.facts.text()
    own = assigned(RunConfig(), "data.distribution.family=file", "data.transform.rotate=90")
    form.facts.show_truth(truth_of(own))
    assert told("H(p)", exact=False) + " = " in form.facts.text()
    assert "H(p) = " not in form.facts.text()


def test_facts_say_whose_they_are_while_other_data_wait(form):
    form.facts.show_truth(truth_of(RunConfig()))
    form.show_waiting(("data.distribution.mean_x1",))
    assert form.facts.text().startswith("Of the run under way: H(p) = 2.6940")
    form.show_waiting(("model.latent",))
    assert form.facts.text().startswith("H(p)")
