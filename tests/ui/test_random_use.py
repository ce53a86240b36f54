"""The real window in the hands of someone who tries everything, in any order."""

import time

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from windows import Driver, small_config

from vae_gui.core.config import values, waiting_for_reset, with_live_values, with_value
from vae_gui.core.distributions import DISTRIBUTIONS, OwnFile
from vae_gui.core.storage import presets
from vae_gui.ui.dialogs import ErrorDialog
from vae_gui.ui.own_file.dialog import OwnFileDialog
from vae_gui.ui.session import State

EXAMPLES, STEPS = 6, 25
LEFT = Qt.MouseButton.LeftButton
KEYS = {"run": Qt.Key.Key_Space, "step": Qt.Key.Key_S, "reset": Qt.Key.Key_R}
QUICK = {  # the largest values are for the tests of extremes
    "data.train_size": 5_000,
    "data.test_size": 2_000,
    "model.hidden_units": 64,
    "model.hidden_layers": 2,
    "training.batch_size": 2_000,
    "training.noise_samples": 8,
    "training.learning_rate": 0.1,
}


def value_at(field, path, place):
    """A valid value of a parameter, from a place between 0 and 1."""
    if field.row is not None or field.kind is str:
        return field.default
    if field.choices:
        return field.choices[round(place * (len(field.choices) - 1))]
    if field.row is not None:
        return tuple(field.row() for _ in range(1 + round(4 * place)))
    if field.kind is str:
        return field.default
    low, high = field.parameter.minimum, QUICK.get(path, field.parameter.maximum)
    if field.parameter.scale == "log":
        return field.kind(round(low * (high / low) ** place, 9))
    return field.kind(round(low + place * (high - low), 6))


class Person(RuleBasedStateMachine):
    """What a person can do; `bot` and `folder` are set by the test."""

    bot = folder = None

    @initialize()
    def open_the_window(self):
        self.d = Driver(self.bot, self.folder / "state.ini", small_config(), size=(1000, 640))
        self.window, self.run = self.d.window, self.d.run
        self.troubles = []
        self.run.troubled.connect(self.troubles.append)
        self.saved = self.folder / "kept.vaerun"
        self.window.files._ask = lambda *_: self.saved  # the system's own dialog

    # the run ----------------------------------------------------------------------

    @rule(what=st.sampled_from(list(KEYS)))
    def press_a_key(self, what):
        self.d.key(KEYS[what])

    @rule(what=st.sampled_from(list(KEYS)))
    def click_a_button(self, what):
        button = self.window.bar.findChild(object, f"{what}Button")
        self.bot.mouseClick(button, LEFT)

    @rule(ms=st.integers(0, 40))
    def wait(self, ms):
        self.bot.wait(ms)

    @rule()
    def wait_until_ready(self):
        self.d.until(lambda: self.run.ready and not self.window.follower.about_to_reset)

    @rule(stop=st.integers(0, 31))
    def choose_a_speed(self, stop):
        self.window.bar.speed.setValue(stop)

    # the controls -----------------------------------------------------------------

    @rule(number=st.integers(0, 1000), place=st.floats(0, 1))
    def edit_a_value(self, number, place):
        paths = list(self.window.form.controls)
        control = self.window.form.controls[paths[number % len(paths)]]
        control.propose(value_at(control.declared, control.path, place))

    @rule(family=st.sampled_from(DISTRIBUTIONS))
    def choose_a_family(self, family):
        self.window.form.gallery.chosen.emit(family.family())
        dialog = self.window.findChild(OwnFileDialog)
        if dialog is not None:  # that family asks which file
            dialog.accept()

    @rule(text=st.sampled_from(["", "-1", "nan", "1e999", "x", "0x10"]))
    def type_nonsense(self, text):
        control = self.window.form.controls["training.epochs"]
        control.field.committed.emit(text)

    @rule()
    def undo(self):
        self.window.document.stack.undo()

    @rule()
    def redo(self):
        self.window.document.stack.redo()

    @rule()
    def revert(self):
        self.window.follower.revert()

    # files --------------------------------------------------------------------------

    @rule(number=st.integers(0, len(presets()) - 1))
    def choose_a_preset(self, number):
        config = presets()[number][1]
        for path, largest in QUICK.items():
            _, value = values(config)[path]
            if value > largest:
                config = with_value(config, path, largest)
        self.window.files.open_preset(config)

    @rule()
    def go_back_to_the_previous_run(self):
        self.window.files.reopen_previous()

    @rule()
    def save_the_run(self):
        self.window.files.save_run()
        self._dismiss("There is no run to save yet.")

    @rule()
    def open_the_saved_run(self):
        if self.saved.exists():
            self.window.files.open_path(self.saved)

    # the window -----------------------------------------------------------------------

    @rule(number=st.integers(0, 20))
    def toggle_a_panel(self, number):
        docks = [self.window.controls_dock, *self.window.docks.values()]
        docks[number % len(docks)].toggleViewAction().trigger()

    @rule(number=st.integers(0, 20))
    def bring_a_tab_to_the_front(self, number):
        list(self.window.docks.values())[number % len(self.window.docks)].raise_()

    @rule(choice=st.sampled_from(["dark", "light", "system"]))
    def change_the_theme(self, choice):
        self.window.use_theme(choice)

    @rule()
    def reset_the_layout(self):
        self.window.reset_layout()

    # what must hold ---------------------------------------------------------------------

    def _dismiss(self, words):
        for box in QApplication.topLevelWidgets():
            if isinstance(box, QMessageBox) and box.isVisible():
                assert box.informativeText() == words or box.text() == words
                box.close()

    @invariant()
    def nothing_is_wrong(self):
        if not hasattr(self, "window"):
            return
        wrong = [
            w
            for w in QApplication.topLevelWidgets()
            if isinstance(w, ErrorDialog | QMessageBox) and w.isVisible()
        ]
        assert not wrong, [w.text if isinstance(w, ErrorDialog) else w.text() for w in wrong]
        for trouble in self.troubles:
            assert "diverged" in trouble.title, trouble

    @invariant()
    def the_run_is_sound(self):
        if not hasattr(self, "window"):
            return
        run = self.run
        assert not (run.state is State.RUNNING and (run.finished or not run.ready))
        if run.recording is not None:
            assert np.isfinite(run.recording.losses).all()
            assert run.recording.snapshot_steps == sorted(run.recording.snapshot_steps)
        if run.frame is not None and run.has_run:
            assert run.frame.picture.step <= run.step
        kept = self.window.files.previous
        if kept is not None:  # what the trainer made is what was recorded of it
            assert kept.state.step == kept.recording.steps

    @invariant()
    def the_controls_show_the_document(self):
        if not hasattr(self, "window"):
            return
        config = self.window.document.config
        for path, (_, value) in values(config).items():
            control = self.window.form.controls.get(path)  # a name of a file has none
            assert control is None or control.value == value, path

    @invariant()
    def what_is_not_in_force_is_marked(self):
        if not hasattr(self, "window"):
            return
        wanted, in_force = self.window.document.config, self.run.config
        assert with_live_values(in_force, wanted).training == in_force.training
        if waiting_for_reset(in_force, wanted):
            marked = self.window.form.banner.isVisibleTo(self.window.form)
            assert marked or self.window.follower.about_to_reset

    def teardown(self):
        if not hasattr(self, "window"):
            return
        start = time.monotonic()
        self.d.close()
        assert time.monotonic() - start < 2
        assert self.run.joined


def test_no_order_of_use_breaks_the_window(qtbot, tmp_path):
    Person.bot, Person.folder = qtbot, tmp_path
    try:
        Person.TestCase.settings = settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        Person.TestCase("runTest").runTest()
    finally:
        Person.bot = Person.folder = None


def test_nothing_but_the_window_ever_opens_by_itself(qtbot, tmp_path, qapp):
    """A widget that is shown before it has a parent would flash, and take the keys away."""
    opened = []

    class Watch(QObject):
        def eventFilter(self, watched, event):
            is_show = event.type() == QEvent.Type.Show
            if is_show and isinstance(watched, QWidget) and watched.isWindow():
                opened.append(watched)
            return False

    watch = Watch()
    qapp.installEventFilter(watch)
    d = Driver(qtbot, tmp_path / "state.ini", small_config())
    for family in DISTRIBUTIONS:
        if family is not OwnFile:  # which opens a dialog, and is to
            d.window.form.gallery.chosen.emit(family.family())
    d.until_ready()
    qapp.removeEventFilter(watch)
    assert opened == [d.window]
    assert d.window.isActiveWindow()
    opened.clear()
    d.close()
