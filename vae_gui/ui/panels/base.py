"""What a panel is: a widget that draws frames and remembers its view options.

A panel cannot tell a live run from a recording. Its items are created once and
updated in place; it is only asked to draw while it can be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Literal

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from vae_gui.core.distributions import told
from vae_gui.core.views import Truth
from vae_gui.ui.frame import Chosen, Frame
from vae_gui.ui.panels.turns import Turns
from vae_gui.ui.questions import Answer, Question
from vae_gui.ui.theme import Theme

Place = Literal["centre top", "centre bottom", "right top", "right bottom", "bottom"]


class Panel(QWidget):
    """A picture of the run. Subclasses fill `body` and override the `show` methods; one that has
    to compute for longer than a frame overrides `question` and `show_answer` too, one that takes
    milliseconds to draw is a `PanelInTurns`.

    Attributes:
        key: Short unique name: in settings, on the command line, of exported files.
        title: Its name in the window.
        subtitle: A few words after the title, the formula at best.
        help: One sentence on what is seen, for tooltips and screen readers.
        legend: (theme role, words) of each colour in it.
        place: Where it is docked at first; panels of one place share it as tabs.
        data_formats: (words, suffix) of each format that its numbers can be written in.
        parts: Names of the methods that make what it is drawn with, one after another, for
            panels whose parts take long to make. They are not called before it is drawn first.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    subtitle: ClassVar[str] = ""
    help: ClassVar[str] = ""
    legend: ClassVar[tuple[tuple[str, str], ...]] = ()
    place: ClassVar[Place] = "right bottom"
    data_formats: ClassVar[tuple[tuple[str, str], ...]] = ()
    parts: ClassVar[tuple[str, ...]] = ()

    redraw_wanted = Signal()  # an option changed: the panel wants show_frame again
    subtitle_changed = Signal(str)  # the words after the title follow the run
    chosen_changed = Signal(object)  # a person chose points here (`Chosen`): for all panels
    legend_changed = Signal()  # other colours are to be seen

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(self.key)
        self.setAccessibleName(self.title)
        self.setAccessibleDescription(self.help)
        self.theme = theme
        self.chosen = Chosen()
        self.exact = True  # whether what is shown as the truth is one; see `told`
        self.options: list[QAction | QActionGroup] = []
        self._chosen: dict[str, Callable[[str], None]] = {}  # by the name of the choice
        self._made = 0  # of its parts
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(6, 2, 6, 6)
        self.body.setSpacing(2)

    def make_part(self) -> bool:
        """Make one more of the parts that it is drawn with; whether one was missing.

        Each has a turn of its own, so that the window answers in between.
        """
        if self._built:
            return False
        part = self.parts[self._made]
        self._made += 1  # the last of them makes use of all
        try:
            getattr(self, part)()
        except BaseException:
            self._made -= 1
            raise
        return True

    @property
    def _built(self) -> bool:
        return self._made == len(self.parts)

    def _build(self) -> None:
        """Make all parts that are missing."""
        while self.make_part():
            pass

    def take_truth(self, truth: Truth) -> None:
        """Begin with another run: what its density is called, then `show_truth`."""
        self.exact = truth.distribution.exact
        self.setAccessibleDescription(told(self.help, self.exact))
        self.show_truth(truth)
        self.legend_changed.emit()

    @property
    def legend_words(self) -> tuple[tuple[str, str], ...]:
        """The legend in the words of the run that is shown."""
        return tuple((role, told(words, self.exact)) for role, words in self.legend)

    def show_truth(self, truth: Truth) -> None:
        """Draw what is known of the data. Called once a run, before its first frame."""

    def show_frame(self, frame: Frame) -> None:
        """Draw a moment of the run. Called often; only while the panel is visible."""

    def turns(self, frame: Frame) -> Turns:
        """Do what `show_frame` does, in pieces for a `PanelInTurns`; a yield says where to cut."""
        self.show_frame(frame)
        yield from ()  # it is no generator otherwise

    def clear(self) -> None:
        """Forget the run: back to the empty state."""

    def question(self, frame: Frame) -> Question | None:
        """What the panel wants to know, beyond what it was told, to show this frame completely.

        Asked often, so it has to be quick; its answer is computed on another thread. None once
        it asks for nothing more.
        """
        return None

    def show_answer(self, answer: Answer) -> None:
        """Take over an answer; `show_frame` follows, and draws it.

        It may be of an older step than the frame: then say how old it is.
        """

    def show_chosen(self, chosen: Chosen) -> None:
        """Take over the points that were chosen, here or in another panel."""
        self.chosen = chosen

    def choose(self, chosen: Chosen) -> None:
        """Choose points here, for all panels."""
        if chosen != self.chosen:
            self.show_chosen(chosen)
            self.chosen_changed.emit(chosen)

    @property
    def up_to_date(self) -> bool:
        """Whether all of it shows the frame drawn last; if not, it asks for its turn by itself."""
        return True

    @property
    def no_data(self) -> str:
        """Why there are no numbers to write, as a sentence; empty where there are some."""
        return ""

    def write_data(self, path: Path) -> None:
        """Write the numbers of the panel in one of `data_formats`; there are some.

        Raises:
            FileProblem: It cannot be written.
        """
        raise NotImplementedError

    @property
    def in_sight(self) -> bool:
        """Whether any of it can be seen."""
        # a panel behind another's tab is visible to Qt, but no part of it is
        return self.isVisible() and not self.visibleRegion().isEmpty()

    def set_subtitle(self, subtitle: str) -> None:
        """Say something else after the title, of this panel alone."""
        if subtitle != self.subtitle:
            self.subtitle = subtitle  # type: ignore[misc]  # this panel's own from here on
            self.subtitle_changed.emit(subtitle)

    def set_legend(self, legend: tuple[tuple[str, str], ...]) -> None:
        """Tell of other colours, of this panel alone."""
        if legend != self.legend:
            self.legend = legend  # type: ignore[misc]  # this panel's own from here on
            self.legend_changed.emit()

    def set_theme(self, theme: Theme) -> None:
        """Take over a theme's colours. Subclasses extend this and recolour their items."""
        self.theme = theme

    def reset_view(self) -> None:
        """Show everything again after zooming."""

    # view options -------------------------------------------------------------

    def add_toggle(
        self, name: str, text: str, tip: str, checked: bool, changed: Callable[[bool], None]
    ) -> QAction:
        """Add an on/off option to the panel's menu; `changed` is called when it flips."""
        action = QAction(text, self, checkable=True, checked=checked)
        action.setObjectName(name)
        action.setToolTip(tip)
        action.toggled.connect(changed)
        self.options.append(action)
        return action

    def add_decoder_noise(self, changed: Callable[[bool], None]) -> QAction:
        """Add the option of every panel that shows generated points."""
        tip = "Draw x from p(x|z) rather than show its mean."
        return self.add_toggle("decoder_noise", "Decoder noise", tip, True, changed)

    def add_choice(
        self,
        name: str,
        text: str,
        choices: tuple[tuple[str, str], ...],
        current: str,
        changed: Callable[[str], None],
    ) -> QActionGroup:
        """Add a one-of-several option; `choices` are (value, words), `changed` gets the value."""
        group = QActionGroup(self)
        group.setObjectName(name)
        group.setProperty("text", text)
        for value, words in choices:
            action = QAction(words, group, checkable=True, checked=value == current)
            action.setData(value)
            action.setToolTip(f"{text}: {words}.")
        self._chosen[name] = changed
        group.triggered.connect(self._on_chosen)  # a lambda would keep the panel alive for good
        self.options.append(group)
        return group

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        self._chosen[action.actionGroup().objectName()](action.data())

    @staticmethod
    def _chosen_value(group: QActionGroup) -> str:
        """The value of a one-of-several option."""
        return str(group.checkedAction().data())

    def move_choice(self, name: str, by: int, wrap: bool = True) -> None:
        """Choose another value of an option, `by` places on among those offered, or flip it."""
        group = next(o for o in self.options if o.objectName() == name)
        if isinstance(group, QAction):
            group.toggle()
            return
        offered = [a for a in group.actions() if a.isVisible()]
        current = group.checkedAction()
        place = (offered.index(current) if current in offered else 0) + by
        last = len(offered) - 1
        offered[place % len(offered) if wrap else min(max(place, 0), last)].trigger()

    def fill_menu(self, menu: QMenu) -> None:
        """Put the view options into a menu."""
        for option in self.options:
            if isinstance(option, QAction):
                menu.addAction(option)
            else:
                menu.addMenu(_submenu(option, menu))
        if self.options:
            menu.addSeparator()
        reset = menu.addAction("Reset view")
        reset.setToolTip("Show everything again after zooming or panning.")
        reset.triggered.connect(self.reset_view)

    def option_values(self) -> dict[str, object]:
        """Every view option by name, to be remembered."""
        return {
            o.objectName(): (o.isChecked() if isinstance(o, QAction) else o.checkedAction().data())
            for o in self.options
        }

    def restore_options(self, values: dict[str, object]) -> None:
        """Take over remembered options; unknown names and values are passed over."""
        for option in self.options:
            wanted = values.get(option.objectName())
            if isinstance(option, QAction):
                if isinstance(wanted, bool):
                    option.setChecked(wanted)
                continue
            for action in option.actions():
                if action.data() == wanted and not action.isChecked():
                    with QSignalBlocker(option):
                        action.setChecked(True)
                    option.triggered.emit(action)


class PanelInTurns(Panel):
    """A panel that is dear to draw: subclasses override `turns` instead of `show_frame`.

    Between two pieces the window answers, so that a person may have changed an option, the
    theme or the size, and a job may have been answered: a piece relies on nothing that an
    earlier one has looked up, unless that holds for good. A new run ends what was begun.
    """

    def turns(self, frame: Frame) -> Turns:
        """Draw a moment of the run piece by piece."""
        raise NotImplementedError

    def show_frame(self, frame: Frame) -> None:
        """Draw all pieces at once."""
        for _ in self.turns(frame):
            pass


def _submenu(group: QActionGroup, parent: QMenu) -> QMenu:
    text = str(group.property("text"))
    menu = QMenu(text, parent)
    menu.setToolTipsVisible(True)
    menu.menuAction().setToolTip(f"{text}: one of several.")
    menu.addActions(group.actions())
    return menu
