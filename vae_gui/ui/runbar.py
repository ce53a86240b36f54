"""The tool bar: run, step, reset, speed, and what the run has come to."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QIcon, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vae_gui.ui.icons import icon
from vae_gui.ui.theme import Theme

FASTEST = 1000.0  # steps per second at the last stop before "max"
STOPS = 31
SPARE = 24  # pixels that a read-out keeps when its number needs less room than before
TEST_NAME = "test loss (nats)"


def speed_at(position: int) -> float | None:
    """Steps per second of a slider position: 1 at 0, logarithmic, no limit at the end."""
    if position >= STOPS:
        return None
    speed = FASTEST ** (position / (STOPS - 1))
    digits = max(0, 1 - math.floor(math.log10(speed)))
    return round(speed, digits if speed < 10 else -1 if speed >= 100 else 0)


class Readout(QWidget):
    """A number with its name under it, in fewer words where there is little room.

    A label asks for a new layout whenever its text changes. Here that request ends, unless more
    room is needed, or much less: else it would have the whole window laid out and painted.
    """

    def __init__(
        self, name: str, tip: str, role: str = "", widest: str = "00000", longest: str = ""
    ) -> None:
        super().__init__()
        self._value = QLabel("–", self)
        self._value.setObjectName("readoutValue")
        self._value.setProperty("role", role)
        self._label = QLabel(name, self)
        self._label.setObjectName("readoutName")
        self._widest, self._longest = widest, longest
        self._values, self._names = ("–", "–"), (name, name)  # in full, and short
        self._kept = QSize(), QSize()  # hint and least, as the layout around knows them
        self.setToolTip(tip)
        self.show_value("–")

    def show_name(self, name: str, short: str = "") -> None:
        """Go by this name from now on, where there is little room by a short one."""
        self._names = name, short or name
        self._tell()

    def show_value(self, text: str, short: str = "") -> None:
        """Show this text, where there is little room a short one."""
        self._values = text, short or text
        self._tell()

    def _tell(self) -> None:
        self._fill()
        self._look()
        self.setAccessibleName(f"{self._names[0]}: {self._values[0]}")

    def _texts(self) -> tuple[tuple[QLabel, tuple[str, str]], ...]:
        return (self._value, self._values), (self._label, self._names)

    def _fill(self) -> None:
        for label, (full, short) in self._texts():
            text = full if _width(label, full) <= self.width() else short
            if text != label.text():
                label.setText(text)

    def sizeHint(self) -> QSize:
        """Room for the widest value and name, so that nothing moves while they change."""
        self._look()
        return self._kept[0]

    def minimumSizeHint(self) -> QSize:
        """Room for the short texts as they are, or somewhat more."""
        self._look()
        return self._kept[1]

    def _look(self) -> None:
        """Ask for another layout if the texts need other room."""
        full, short = (max(_width(label, t[i]) for label, t in self._texts()) for i in (0, 1))
        roomy = max(_width(self._value, self._widest) + 4, _width(self._label, self._longest), full)
        height = self._value.sizeHint().height() + self._label.sizeHint().height()
        # digits differ in width: a little too wide is better than to move at each of them
        widths = (
            kept.width() if need <= kept.width() <= need + SPARE else need
            for need, kept in zip((roomy, short), self._kept, strict=True)
        )
        wanted = tuple(QSize(width, height) for width in widths)
        if wanted != self._kept:
            self._kept = wanted[0], wanted[1]
            self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the name under the number."""
        super().resizeEvent(event)
        above = self._value.sizeHint().height()
        self._value.setGeometry(0, 0, self.width(), above)
        self._label.setGeometry(0, above, self.width(), self.height() - above)
        self._fill()

    def event(self, event: QEvent) -> bool:
        """A font has changed; nobody is told while it cannot be seen."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self._look()
        return super().event(event)


def _width(label: QLabel, text: str) -> int:
    return label.fontMetrics().horizontalAdvance(text) + 2


class RunBar(QFrame):
    """Run, step and reset buttons, the speed slider, read-outs and a progress bar.

    Signals:
        speed_changed: Steps per second, or None for as fast as possible.
    """

    speed_changed = Signal(object)

    def __init__(self, run: QAction, step: QAction, reset: QAction, help_action: QAction) -> None:
        super().__init__()
        self.setObjectName("runBar")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.epoch = Readout("epoch", "Epochs done or under way, of how many", widest="100 / 100")
        self.step = Readout("step", "Training steps done: one batch, one update", widest="000 000")
        self.rate = Readout("steps / s", "Training speed over the last second", widest="00 000")
        self.test = Readout(
            TEST_NAME,
            "Negative evidence lower bound on the test set, measured after each epoch",
            widest="00.0000",
            longest="test · step 000 000",
        )
        self.above = Readout(
            "above floor",
            "Test loss minus the entropy of the data, the lowest expected loss possible (nats)",
            role="learned",
            widest="00.0000",
        )
        rows = QVBoxLayout(self)
        rows.setContentsMargins(10, 6, 10, 4)
        rows.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(8)
        rows.addLayout(row)
        self.run_button = _button(run, "runButton")
        self.run_button.setMinimumWidth(92)
        step_button, reset_button = _button(step), _button(reset)
        for button in (self.run_button, step_button, reset_button):
            row.addWidget(button)
        self._add_speed(row)
        row.addStretch(1)
        for readout in (self.epoch, self.step, self.rate, self.test, self.above):
            row.addWidget(readout)
            row.addSpacing(6)
        self.export_button = QToolButton(self)
        self.export_button.setText("Export")
        self.export_button.setToolTip("Save pictures, losses, samples, weights, configuration")
        self.export_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.export_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        row.addWidget(self.export_button)
        self._running = False
        self._signs = {step_button: "step", reset_button: "reset", self.export_button: "export"}
        self._run_icons: dict[str, QIcon] = {}
        row.addWidget(_button(help_action))
        self.progress = QProgressBar(self, textVisible=False)
        self.progress.setObjectName("runProgress")
        self.progress.setAccessibleName("Progress of the run")
        self.progress.setFixedHeight(4)
        self.progress.setRange(0, 1000)
        rows.addWidget(self.progress)

    def show_nothing(self) -> None:
        """There is no run to tell of."""
        for readout in (self.epoch, self.step, self.rate, self.test, self.above):
            readout.show_value("–")
        self.test.show_name(TEST_NAME)
        self.progress.setValue(0)

    def set_theme(self, theme: Theme) -> None:
        """Colour the signs on the buttons."""
        for button, sign in self._signs.items():
            button.setIcon(icon(sign, theme.color("text")))
        lit, dim = theme.color("on_accent"), theme.color("muted")
        self._run_icons = {s: icon(s, lit, dim) for s in ("run", "pause")}
        self._set_run_icon()

    def show_running(self, running: bool) -> None:
        """Let the first button run or pause."""
        if running is not self._running:  # each new icon has the whole window laid out anew
            self._running = running
            self._set_run_icon()

    def _set_run_icon(self) -> None:
        self.run_button.setIcon(self._run_icons["pause" if self._running else "run"])

    def _add_speed(self, row: QHBoxLayout) -> None:
        label = QLabel("Speed", self)
        label.setObjectName("speedLabel")
        self.speed = QSlider(Qt.Orientation.Horizontal, self)
        self.speed.setRange(0, STOPS)
        self.speed.setPageStep(5)
        self.speed.setValue(STOPS)
        self.speed.setMinimumWidth(70)
        self.speed.setMaximumWidth(130)
        self.speed.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.speed.setAccessibleName("Speed")
        self.speed.setToolTip("From one step per second to as fast as possible (keys [ and ])")
        self._speed_value = QLabel("max", self)
        self._speed_value.setObjectName("speedValue")
        self._speed_value.setMinimumWidth(
            self._speed_value.fontMetrics().horizontalAdvance("000/s")
        )
        self.speed.valueChanged.connect(self._on_speed)
        label.setBuddy(self.speed)
        row.addSpacing(6)
        for widget in (label, self.speed, self._speed_value):
            row.addWidget(widget)

    def set_export_menu(self, menu: QMenu) -> None:
        """Give the Export button its menu."""
        self.export_button.setMenu(menu)

    @Slot(int)
    def _on_speed(self, position: int) -> None:
        speed = speed_at(position)
        self._speed_value.setText("max" if speed is None else f"{speed:g}/s")
        self.speed_changed.emit(speed)


def _button(action: QAction, name: str = "") -> QPushButton:
    """A push button that mirrors an action."""
    button = QPushButton()
    button.setObjectName(name or action.objectName() + "Button")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves Space to Run/Pause

    def mirror() -> None:
        button.setText(action.iconText())
        button.setEnabled(action.isEnabled())
        button.setToolTip(action.toolTip())
        button.setAccessibleName(action.text().replace("&", ""))

    action.changed.connect(mirror)
    button.clicked.connect(action.trigger)
    mirror()
    return button
