"""The side controls as a whole, by clicks and keys, over every registered distribution."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QSlider

from vae_gui.core.config import RunConfig, values, waiting_for_reset, with_value
from vae_gui.core.distributions import DISTRIBUTIONS, Gaussian
from vae_gui.core.parameters import declared
from vae_gui.ui.document import RunDocument
from vae_gui.ui.form.side_controls import FAMILY, MATRIX, MINIMUM_WIDTH, SideControls
from vae_gui.ui.theme import DARK, LIGHT

LEFT = Qt.MouseButton.LeftButton
FAMILIES = [d.family() for d in DISTRIBUTIONS]


@pytest.fixture
def form(qtbot):
    made = SideControls(DARK)
    qtbot.addWidget(made)
    made.resize(310, 560)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    made.edits = []
    made.edited.connect(lambda *edit: made.edits.append(edit))
    return made


@pytest.fixture
def document(form):
    """A document joined to the form as a window joins them."""
    made = RunDocument()
    form.edited.connect(made.edit)
    made.config_changed.connect(form.show_config)
    return made


def type_into(qtbot, field, text):
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def shown_values(form):
    return {path: control.value for path, control in form.controls.items()}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_declared_value_has_a_control_with_a_name_and_an_explanation(form, family):
    config = with_value(RunConfig(), FAMILY, family)
    form.show_config(config)
    scalars = {
        path: known
        for path, known in values(config).items()
        if (known[0].row is None and known[0].kind is not str) or known[0].choices
    }  # lists have an editor of their own, and what tells a file has a dialog
    assert form.controls.keys() >= scalars.keys()
    for path, (field, value) in scalars.items():
        control, p = form.controls[path], field.parameter
        assert control.value == value
        assert control.field.accessibleName() == p.label
        assert control.name.text() == p.label
        assert control.name.buddy() is control.field
        for words in (p.help, p.symbol, "live" if p.applies == "live" else "on reset", "Valid: "):
            assert words in control.toolTip()
        assert (control.findChild(QSlider) is not None) == (p.slider and field.kind in (int, float))
        assert not control.isWindow()
        assert form.isAncestorOf(control)
    assert form.edits == []


@pytest.mark.parametrize("family", FAMILIES)
def test_a_thumbnail_chooses_its_family_and_has_a_name(form, qtbot, family):
    thumbnail = form.gallery.thumbnails[family]
    assert thumbnail.accessibleName() == thumbnail.family.label
    assert thumbnail.family.help in thumbnail.toolTip()
    wanted = []
    form.file_wanted.connect(lambda: wanted.append(True))
    qtbot.mouseClick(thumbnail, LEFT)
    if family == "file":  # nothing is chosen before it is known which one
        assert wanted == [True]
        assert form.gallery.thumbnails["gaussian"].isChecked()
        assert form.edits == []
        return
    assert thumbnail.isChecked()
    if family == RunConfig().data.distribution.family():
        assert form.edits == []
    else:
        config, path, gesture = form.edits[-1]
        assert config.data.distribution == thumbnail.family()
        assert (path, gesture) == (FAMILY, None)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_thumbnail_is_drawn_in_the_colour_of_the_truth(form, family, theme):
    thumbnail = form.gallery.thumbnails[family]
    thumbnail.picture()  # at once, not as soon as there is a turn for it
    dark_before = thumbnail.grab().toImage()
    form.set_theme(theme)
    image = thumbnail.picture().toImage()
    colors = [
        image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())
    ]
    assert max(set(colors), key=colors.count) == theme.plot
    true = theme.color("true")
    blueish = sum(abs(c.hue() - true.hue()) < 12 for c in map(type(true), set(colors)))
    assert blueish > 5
    assert (thumbnail.grab().toImage() == dark_before) == (theme is DARK)


def test_arrows_choose_the_next_family(form, qtbot):
    first = form.gallery.thumbnails[FAMILIES[0]]
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Right)
    second = form.gallery.thumbnails[FAMILIES[1]]
    assert second.isChecked()
    assert second.hasFocus()
    assert form.edits[-1][0].data.distribution.family() == FAMILIES[1]
    qtbot.keyClick(second, Qt.Key.Key_Left)
    qtbot.keyClick(first, Qt.Key.Key_Left)  # no further
    assert first.isChecked()
    assert len(form.edits) == 2


def test_only_the_rows_of_the_family_are_rebuilt_and_its_values_come_back(form, qtbot):
    kept = {path: c for path, c in form.controls.items() if "distribution" not in path}
    type_into(qtbot, form.controls["data.distribution.mean_x1"].field, "3.5")
    qtbot.mouseClick(form.gallery.thumbnails[FAMILIES[1]], LEFT)
    assert "data.distribution.mean_x1" not in form.controls
    assert all(form.controls[path] is control for path, control in kept.items())
    qtbot.mouseClick(form.gallery.thumbnails["gaussian"], LEFT)
    assert form.edits[-1][0].data.distribution == Gaussian(mean_x1=3.5)
    assert form.controls["data.distribution.mean_x1"].field.text() == "3.50"


def test_an_edit_carries_configuration_path_and_gesture(form, qtbot):
    type_into(qtbot, form.controls["training.learning_rate"].field, "0.01")
    assert form.edits == [
        (with_value(RunConfig(), "training.learning_rate", 0.01), "training.learning_rate", None)
    ]
    slider = form.controls["training.beta"].slider
    qtbot.mousePress(slider, LEFT, pos=QPoint(30, 8))
    qtbot.mouseMove(slider, QPoint(60, 8))
    qtbot.mouseRelease(slider, LEFT, pos=QPoint(60, 8))
    (_, path, first), (config, _, second) = form.edits[1:]
    assert path == "training.beta"
    assert first is second is not None
    assert config.training.learning_rate == 0.01  # the earlier edit is in it


def test_the_matrix_and_the_parameters_behind_it_follow_each_other(form, qtbot):
    matrix = form.family.matrix
    type_into(qtbot, matrix.fields[0, 0], "4")
    assert form.edits[-1][1] == MATRIX
    assert form.controls["data.distribution.std_x1"].value == pytest.approx(2.0)
    type_into(qtbot, form.controls["data.distribution.correlation"].field, "0")
    assert matrix.fields[0, 1].text() == "0.00"
    type_into(qtbot, matrix.fields[0, 0], "5")  # its root and the correlation are no round numbers
    type_into(qtbot, matrix.fields[0, 1], "0.5")
    texts = [
        form.controls[f"data.distribution.{n}"].field.text() for n in ("std_x1", "correlation")
    ]
    assert texts == ["2.236", "0.224"]
    assert [f.text() for f in matrix.fields.values()] == ["5.00", "0.50", "0.50", "1.00"]
    edits = len(form.edits)
    type_into(qtbot, matrix.fields[0, 1], "9")
    assert "not positive definite" in matrix.error.text()
    assert len(form.edits) == edits
    type_into(qtbot, form.controls["data.distribution.std_x1"].field, "1")
    assert not matrix.error.isVisible()


def test_a_refused_entry_outlives_other_edits_but_not_another_configuration(form, document, qtbot):
    rate = form.controls["training.learning_rate"]
    type_into(qtbot, rate.field, "fast")
    type_into(qtbot, form.controls["training.beta"].field, "2")
    assert rate.field.text() == "fast"
    assert document.config.training.learning_rate == 3e-3
    document.stack.undo()
    assert rate.field.text() == "3e-3"
    assert shown_values(form)["training.beta"] == 1.0


def test_a_batch_larger_than_the_data_is_remarked_on_beside_its_control(form, qtbot):
    batch = form.controls["training.batch_size"]
    assert not batch.remark.isVisible()
    type_into(qtbot, form.controls["data.train_size"].field, "100")
    assert batch.remark.isVisible()
    assert "larger than the 100 training examples" in batch.remark.text()
    assert batch.remark.text() in batch.field.accessibleDescription()
    assert form.edits[-1][0].training.batch_size == batch.value == 128  # and it stays valid
    assert batch.remark.width() <= form.scroll_area.viewport().width()
    type_into(qtbot, batch.field, "0")  # a refusal beside it
    assert batch.error.isVisible()
    assert batch.remark.isVisible()
    type_into(qtbot, batch.field, "100")
    assert not batch.remark.isVisible()
    assert batch.field.accessibleDescription() == batch.declared.parameter.help


def test_an_engine_that_cannot_compute_on_the_device_is_refused_beside_its_control(form):
    form.show_config(with_value(RunConfig(), "training.device", "cuda"))
    engine = form.controls["training.engine"]
    engine.propose("analytic")
    assert "analytic engine computes on the CPU alone" in engine.error.text()
    assert "automatic stays in force" in engine.error.text()
    assert engine.field.currentText() == "automatic"
    assert form.edits == []


def test_a_drag_keeps_the_focus_and_is_undone_at_once(form, document, qtbot):
    slider = form.controls["model.hidden_units"].slider
    slider.setFocus()
    y = slider.height() // 2
    qtbot.mousePress(slider, LEFT, pos=QPoint(40, y))
    for x in range(50, 200, 10):
        qtbot.mouseMove(slider, QPoint(x, y))
        assert slider.hasFocus()
    qtbot.mouseRelease(slider, LEFT, pos=QPoint(190, y))
    assert document.stack.count() == 1
    assert document.stack.undoText() == "Change hidden units"
    document.stack.undo()
    assert shown_values(form)["model.hidden_units"] == 64
    assert slider.value() == form.controls["model.hidden_units"].scale.position_of(64)


def test_undo_reaches_the_window_from_a_field_that_nothing_is_typed_in(form, document, qtbot):
    undo = document.stack.createUndoAction(form)
    undo.setShortcut("Ctrl+Z")
    form.addAction(undo)
    field = form.controls["training.beta"].field
    type_into(qtbot, field, "2")
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert document.config.training.beta == 1.0
    qtbot.keyClicks(field, "7")
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert field.text() == "1.000"  # the typing is undone, not an edit


@pytest.mark.parametrize("path", ["model.hidden_units", "model.hidden_layers", "training.epochs"])
def test_nothing_under_the_pointer_moves_when_a_setting_begins_to_wait(form, qtbot, path):
    started = RunConfig()
    form.edited.connect(lambda c, *_: form.show_waiting(tuple(values(c)) if c != started else ()))
    slider = form.controls[path].slider
    bar = form.scroll_area.verticalScrollBar()
    bottom = slider.mapTo(form.scroll_area.widget(), slider.rect().bottomLeft()).y()
    bar.setValue(bottom - form.scroll_area.viewport().height() + 1)  # the last row in sight
    scrolled = bar.value()
    places = {p: c.mapTo(form, QPoint()) for p, c in form.controls.items()}
    qtbot.mousePress(slider, LEFT, pos=QPoint(40, 7))
    for x in (60, 120, 240):
        qtbot.mouseMove(slider, QPoint(x, 7))
        QApplication.processEvents()
    assert form.banner.isVisible()
    assert {p: c.mapTo(form, QPoint()) for p, c in form.controls.items()} == places
    assert bar.value() == scrolled
    assert slider.visibleRegion().boundingRect() == slider.rect()
    qtbot.mouseRelease(slider, LEFT, pos=QPoint(240, 7))
    form.show_config(started)
    form.show_waiting(())
    QApplication.processEvents()
    assert {p: c.mapTo(form, QPoint()) for p, c in form.controls.items()} == places


def test_what_waits_is_marked_on_control_heading_and_banner(form, qtbot):
    assert not form.banner.isVisible()
    wanted = with_value(with_value(RunConfig(), "model.latent", 3), "training.beta", 2.0)
    form.show_config(wanted)
    form.show_waiting(waiting_for_reset(RunConfig(), wanted))
    latent = form.controls["model.latent"]
    assert latent.property("waiting") is True
    assert latent.waiting.isVisible()
    assert "Applies on reset" in latent.field.accessibleDescription()
    assert form.controls["training.beta"].property("waiting") is not True
    waiting_groups = [name for name, g in form.groups.items() if g.header.waiting.isVisible()]
    assert waiting_groups == ["model"]
    assert form.banner.isVisible()
    with qtbot.waitSignal(form.reset_requested):
        qtbot.mouseClick(form.banner.reset, LEFT)
    with qtbot.waitSignal(form.revert_requested):
        qtbot.mouseClick(form.banner.revert, LEFT)
    form.show_waiting(())
    assert not form.banner.isVisible()
    assert not latent.waiting.isVisible()


def test_a_family_that_waits_is_marked_with_all_its_parameters(form, qtbot):
    form.edited.connect(lambda c, *_: form.show_waiting(waiting_for_reset(RunConfig(), c)))
    qtbot.mouseClick(form.gallery.thumbnails["ring"], LEFT)
    new = form.edits[-1][0].data.distribution
    assert form.gallery.thumbnails["ring"].waiting
    for field in declared(type(new)):
        assert form.controls[f"data.distribution.{field.name}"].property("waiting") is True


def test_groups_fold_by_click_and_key_and_are_remembered(form, qtbot):
    group = form.groups["model"]
    qtbot.mouseClick(group.header, LEFT)
    assert not form.controls["model.latent"].isVisible()
    qtbot.keyClick(form.groups["data"].header, Qt.Key.Key_Left)
    remembered = form.state()
    assert {n: remembered[n] for n in form.groups} == {
        "data": False,
        "model": False,
        "training": True,
    }
    qtbot.keyClick(group.header, Qt.Key.Key_Space)
    assert form.controls["model.latent"].isVisible()
    form.restore_state(remembered)
    assert form.state() == remembered
    for nonsense in (None, 3, {"data": "perhaps", "model": []}, {"old": True}):
        form.restore_state(nonsense)
    assert form.state() == remembered


def test_the_heading_says_what_applies_live(form):
    notes = {
        name: [label.text() for label in group.header.findChildren(QLabel) if label.isVisible()]
        for name, group in form.groups.items()
    }
    assert "· live" in notes["training"]
    assert "· live" not in notes["data"] + notes["model"]


def test_the_wheel_scrolls_past_every_control_and_changes_none(form):
    bar = form.scroll_area.verticalScrollBar()
    assert bar.maximum() > 0
    widgets = [w for c in form.controls.values() for w in (c.field, c.findChild(QSlider)) if w]
    widgets += list(form.family.matrix.fields.values())
    widgets = [w for w in widgets if w.isVisible()]  # some are folded away
    QApplication.focusWidget().clearFocus()
    for widget in widgets:
        form.scroll_area.ensureWidgetVisible(widget)
        before = bar.value()
        at = QPointF(widget.mapTo(form, widget.rect().center()))
        QTest.wheelEvent(form.windowHandle(), at, QPoint(0, -120 if before == 0 else 120))
        assert bar.value() != before
    assert form.edits == []


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_is_cut_at_the_smallest_width(form, family):
    config = with_value(RunConfig(), FAMILY, family)
    form.show_config(config)
    form.show_waiting(tuple(values(config)))
    form.resize(MINIMUM_WIDTH, 400)
    assert form.minimumWidth() == MINIMUM_WIDTH
    body = form.scroll_area.widget()
    assert body.minimumSizeHint().width() <= form.scroll_area.viewport().width()


def test_tab_reaches_a_control_below_and_brings_it_into_view(form, qtbot):
    form.controls["data.seed"].field.setFocus()
    for _ in range(40):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        if QApplication.focusWidget() is form.controls["training.beta"].field:
            break
    field = form.controls["training.beta"].field
    assert field.hasFocus()
    assert not field.visibleRegion().isEmpty()
