"""The main window: puts the parts together and joins their signals.

It trains nothing, draws nothing and reads no file itself; see `session`,
`panels` and `files`.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QEvent, QPoint, QSettings, Qt, QTimer, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
    QPaintEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QMainWindow,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from vae_gui.core.config import RunConfig
from vae_gui.core.storage import SavedRun
from vae_gui.ui.actions import WindowActions
from vae_gui.ui.assembly import Assembly
from vae_gui.ui.dialogs import Banner, ErrorDialog
from vae_gui.ui.docks import PanelDock
from vae_gui.ui.document import RunDocument
from vae_gui.ui.files import FileDesk
from vae_gui.ui.following import Follower
from vae_gui.ui.form import SideControls, controls_stylesheet
from vae_gui.ui.layout import CONTROLS_WIDTH, lay_out
from vae_gui.ui.memory import WindowMemory
from vae_gui.ui.proportions import Dock, Proportions
from vae_gui.ui.runbar import RunBar
from vae_gui.ui.scheduler import FrameScheduler
from vae_gui.ui.session import JobDesk, Prepared, RunController, State, Trouble
from vae_gui.ui.status import show_readouts, status_words
from vae_gui.ui.stylesheet import apply_theme
from vae_gui.ui.theme import THEMES, Theme

if TYPE_CHECKING:
    from vae_gui.ui.exports import ExportDesk
    from vae_gui.ui.panels.base import Panel
    from vae_gui.ui.shaping import ShapingDesk

LATEST_START_MS = 250  # a window that no one sees may never be painted
LATEST_PANELS_MS = 150  # both at once would take turns: the run comes first, unless it takes long
READOUTS_MS = 100  # numbers that change faster cannot be read
SMALLEST = (1080, 640)  # what the tool bar and two rows of panels need


class MainWindow(QMainWindow):
    """The window.

    Args:
        config: What to begin with.
        settings: Where the state of the window is remembered.
        last_run: File that keeps the run when the window closes; None for no such file.
    """

    def __init__(
        self, config: RunConfig, settings: QSettings, last_run: Path | None = None
    ) -> None:
        super().__init__()
        self.last_run = last_run
        self.first_file: Path | None = None  # to be opened as soon as the window is there
        self.setWindowTitle("VAE GUI")
        self.setMinimumSize(*SMALLEST)
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.settings = settings
        self.theme_choice = str(settings.value("theme", "system"))
        self.theme = self._theme()
        self.document = RunDocument(config, parent=self)
        self.controller = RunController(self)
        self.jobs = JobDesk(self._trains, self)
        self.scheduler = FrameScheduler(
            self.controller.poll, self._trains, lambda: self.jobs.settled, self
        )
        self.form = SideControls(self.theme)
        self.panels: list[Panel] = []
        self.docks: dict[str, PanelDock] = {}
        self.exports: ExportDesk | None = None  # with the panels
        self.shaping: ShapingDesk | None = None  # with the panels
        self.follower = Follower(self.document, self.form, self.controller, self)
        self.banner = Banner()
        self.files = FileDesk(self)
        self.memory = WindowMemory(self)
        self.actions_ = WindowActions(self)
        self.bar = RunBar(
            self.actions_.run, self.actions_.step, self.actions_.reset, self.actions_.shortcuts
        )
        self._start = QTimer(self, singleShot=True)
        self._started = False
        self._panels_due = QTimer(self, singleShot=True, interval=LATEST_PANELS_MS)
        self.assembly = Assembly(self)
        self._numbers = QTimer(self, singleShot=True, interval=READOUTS_MS)
        self._build()
        self._connect()
        self.use_theme(self.theme_choice)
        self.memory.restore_frame()
        self.form.show_config(self.document.config)
        self._show_title()
        self.refresh()

    # composition --------------------------------------------------------------

    def _build(self) -> None:
        top = QWidget(self)
        column = QVBoxLayout(top)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(6)
        column.addWidget(self.actions_.menu_bar)
        padded = QVBoxLayout()
        padded.setContentsMargins(8, 0, 8, 0)
        padded.addWidget(self.bar)
        padded.addWidget(self.banner)
        column.addLayout(padded)
        self.setMenuWidget(top)
        self.bar.set_export_menu(self.actions_.export_menu)
        self.setContentsMargins(8, 2, 8, 0)
        self.said, self.hint = QLabel(self), QLabel(self)
        self.statusBar().addWidget(self.said)
        self.statusBar().addPermanentWidget(self.hint)
        self.statusBar().setSizeGripEnabled(False)
        self.controls_dock = Dock("Controls", self)
        self.controls_dock.setObjectName("dock_controls")
        self.controls_dock.setTitleBarWidget(QWidget(self.controls_dock))
        self.controls_dock.setWidget(self.form)
        self.proportions = Proportions(self, self.controls_dock)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.controls_dock)
        self.setCentralWidget(QWidget(self))  # keeps the room of the panels to come
        self.resizeDocks([self.controls_dock], [CONTROLS_WIDTH], Qt.Orientation.Horizontal)
        self.bar.setFocus()  # no button is pressed by the first key

    def _connect(self) -> None:
        self.form.edited.connect(self.document.edit)
        self.form.reset_requested.connect(self.reset_run)
        self.form.revert_requested.connect(self.follower.revert)
        self.form.file_wanted.connect(self.files.data.choose)
        self.banner.reset_requested.connect(self.reset_run)
        self.document.config_changed.connect(self._show_title)
        self.follower.reset_due.connect(self.reset_run)
        self.follower.changed.connect(self.refresh)
        self.document.path_changed.connect(self._show_title)
        self.controller.state_changed.connect(self.refresh)
        self.controller.prepared.connect(self._on_prepared)
        self.controller.engine_ready.connect(self._on_engine_ready)
        self.controller.troubled.connect(self._on_trouble)
        self.controller.mail.connect(self.scheduler.wake)
        self.controller.state_taken.connect(self.files.on_state_taken)
        self.scheduler.ticked.connect(self._on_tick)
        self.scheduler.ticked.connect(self.jobs.look)
        self.scheduler.drawn.connect(self.jobs.on_drawn)
        self.scheduler.drawing.connect(self.jobs.hold)
        self.jobs.troubled.connect(self._on_job_trouble)
        self._numbers.timeout.connect(self.refresh)
        self.bar.speed_changed.connect(self.controller.set_speed)
        self._start.timeout.connect(self._begin)
        self._panels_due.timeout.connect(self._make_panels)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.styleHints().colorSchemeChanged.connect(self._on_color_scheme)

    @Slot()
    def reset_layout(self) -> None:
        """Put every panel where it is on the first start."""
        if self.docks:
            lay_out(self, self.controls_dock, list(self.docks.values()))
            self.proportions.forget()

    # the run ------------------------------------------------------------------

    @Slot()
    def reset_run(self) -> None:
        """Drop the run and make a new one ready from the controls' values.

        While their data are read the run stays, and for good if reading is cancelled.
        """
        asked = self.document.config
        self.files.data.with_data(asked, partial(self._make_run, asked))

    def _make_run(self, asked: RunConfig, read: RunConfig) -> None:
        if self.document.config.data != asked.data:  # edited while they were read
            self.reset_run()
            return
        self.files.keep_run()
        self.document.settle(msgspec.structs.replace(self.document.config, data=read.data))
        self.follower.stop()
        self.banner.hide()
        self.jobs.forget()
        self.controller.reset(self.document.config)

    def open_run(self, saved: SavedRun) -> None:
        """Show a recorded run, to be continued where it stood."""
        self.follower.stop()
        self.banner.hide()
        self.jobs.forget()
        self.controller.reset(saved.config, saved.state, saved.recording)

    @Slot()
    def toggle_run(self) -> None:
        """Run, or pause if running."""
        if self.controller.state is State.RUNNING:
            self.controller.pause()
        else:
            self.banner.hide()
            self.follower.run()

    @Slot()
    def step_once(self) -> None:
        """Pause, and make one step."""
        self.banner.hide()
        self.controller.step_once()

    @Slot()
    def speed_up(self) -> None:
        """Move the speed slider one stop up."""
        self.bar.speed.setValue(self.bar.speed.value() + 1)

    @Slot()
    def slow_down(self) -> None:
        """Move the speed slider one stop down."""
        self.bar.speed.setValue(self.bar.speed.value() - 1)

    @Slot()
    def toggle_full(self) -> None:
        """Use the whole screen, or no longer."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    @Slot(object)
    def _on_prepared(self, prepared: Prepared) -> None:
        self.scheduler.show_truth(prepared.truth)
        self.form.facts.show_truth(prepared.truth)
        self.jobs.show_truth(prepared.truth)

    @Slot()
    def _on_engine_ready(self) -> None:
        if self._panels_due.isActive():
            self._panels_due.start(0)

    @Slot(object)
    def _on_trouble(self, trouble: Trouble) -> None:
        if self.controller.current is None:
            self.scheduler.clear()
            self.jobs.forget()
        if trouble.details:
            ErrorDialog(trouble.title, trouble.message, trouble.details, self).open()
        self.banner.show_message(trouble.title, trouble.message)

    @Slot(object)
    def _on_job_trouble(self, trouble: Trouble) -> None:
        ErrorDialog(trouble.title, trouble.message, trouble.details, self).open()

    def _trains(self) -> bool:
        return self.controller.state is State.RUNNING

    @Slot()
    def _on_tick(self) -> None:
        if self.controller.state is not State.RUNNING:
            self.refresh()
        elif not self._numbers.isActive():
            self._numbers.start()

    @Slot()
    def refresh(self) -> None:
        """Bring read-outs, actions and status up to date."""
        controller = self.controller
        show_readouts(self.bar, controller)
        self.actions_.refresh(controller)
        left, right = status_words(controller, self.follower.about_to_reset)
        self.hint.setText(right)
        if self.docks and all(dock.isHidden() for dock in self.docks.values()):
            left = "All panels are closed. View opens them one by one, Ctrl+L all of them."
        self.said.setText(left)

    # theme --------------------------------------------------------------------

    def _theme(self) -> Theme:
        if self.theme_choice in THEMES:
            return THEMES[self.theme_choice]
        scheme = QApplication.styleHints().colorScheme()
        return THEMES["light" if scheme == Qt.ColorScheme.Light else "dark"]

    def use_theme(self, choice: str) -> None:
        """Follow the `system`, or force `dark` or `light`."""
        self.theme_choice = choice
        self.settings.setValue("theme", choice)
        self.theme = self._theme()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        apply_theme(app, self.theme, controls_stylesheet(self.theme), self)
        self.form.set_theme(self.theme)
        self.bar.set_theme(self.theme)
        for dock in self.docks.values():
            dock.set_theme(self.theme)

    @Slot()
    def _on_color_scheme(self) -> None:
        if self.theme_choice == "system":
            self.use_theme("system")

    # state of the window ------------------------------------------------------

    @Slot(object, object)
    def show_panel_menu(self, dock: PanelDock, position: QPoint) -> None:
        """Open the menu of one panel."""
        self.actions_.show_panel_menu(dock, position)

    @Slot()
    def _show_title(self) -> None:
        name = self.document.path.name if self.document.path else self.document.config.title
        star = "*" if self.document.modified and self.document.path else ""
        self.setWindowTitle(f"{name}{star} - VAE GUI" if name else "VAE GUI")

    def showEvent(self, event: QShowEvent) -> None:
        """The window first, then the work: data, weights and the engine's import."""
        super().showEvent(event)
        if not self._started:
            self._start.start(LATEST_START_MS)

    def paintEvent(self, event: QPaintEvent) -> None:
        """What follows the first picture of the window begins when it is complete."""
        super().paintEvent(event)
        if not self._started:
            self._start.start(0)

    @Slot()
    def _begin(self) -> None:
        if self._started:
            return
        self._started = True
        self._start.stop()
        if self.first_file is not None:
            self.files.open_path(self.first_file)
        if self.controller.config is None:
            self.reset_run()
        self._panels_due.start()

    @Slot()
    def _make_panels(self) -> None:
        self.assembly.start(self.theme)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember, stop, join."""
        self.memory.stop()
        self._start.stop()
        self._panels_due.stop()
        self.assembly.stop()
        self.files.data.stop()
        self._numbers.stop()
        self.follower.stop()
        self.scheduler.stop()
        self.hide()  # at once, however long the thread needs
        self.jobs.close()
        self.controller.close()
        self.files.keep_last()
        super().closeEvent(event)

    # files dropped, keys ------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A single file may be dropped."""
        if self.files.dropped_path(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the file dropped."""
        path = self.files.dropped_path(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.files.open_path(path)

    def event(self, event: QEvent) -> bool:
        """Space belongs to a focused button or list, elsewhere to Run/Pause."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Space
            and isinstance(QApplication.focusWidget(), QAbstractButton | QComboBox)
        ):
            event.accept()
            return True
        return super().event(event)
