"""The window's menus: every action with its words, keys and tooltip, in one place."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMenu, QMenuBar

from vae_gui.core.storage import presets
from vae_gui.ui.dialogs import ShortcutSheet, show_about
from vae_gui.ui.docks import PanelDock
from vae_gui.ui.menus import SEPARATOR, Command, add_choices, add_commands, describe
from vae_gui.ui.panel_menus import PanelMenus
from vae_gui.ui.session import RunController, State

if TYPE_CHECKING:
    from vae_gui.ui.exports import ExportDesk
    from vae_gui.ui.window import MainWindow

THEME_CHOICES = [
    ("system", "&System", "Ctrl+Alt+0", "Follow the desktop's light or dark scheme."),
    ("dark", "&Dark", "Ctrl+Alt+1", "Always dark."),
    ("light", "&Light", "Ctrl+Alt+2", "Always light."),
]


class WindowActions:
    """Menus and actions of one window.

    Attributes:
        run: Run or pause.
        step: One step.
        reset: A new run.
        shortcuts: The sheet of keys.
    """

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.menu_bar = QMenuBar()
        self.groups: dict[str, list[QAction]] = {}
        self.export_menu = QMenu("&Export", window)
        self._file_menu()
        self._edit_menu()
        self._run_menu()
        self._view_menu()
        self._help_menu()

    def _menu(self, title: str) -> QMenu:
        menu = self.menu_bar.addMenu(f"&{title}")
        menu.setToolTipsVisible(True)
        self.groups[title] = []
        return menu

    def _add(self, group: str, menu: QMenu, commands: list[Command]) -> list[QAction]:
        made = add_commands(self._window, menu, commands)
        self.groups[group] += made
        return made

    def _file_menu(self) -> None:
        files, menu = self._window.files, self._menu("File")
        self._add(
            "File",
            menu,
            [
                Command(
                    "open", "&Open…", "Ctrl+O", "Open a configuration or a saved run.", files.open
                ),
                Command(
                    "openData",
                    "&Data from a file…",
                    "Ctrl+D",
                    "Learn from two columns of a CSV, TSV, NPY or NPZ file.",
                    files.data.choose_file,
                ),
            ],
        )
        self._files_to_open(menu)
        self._files_to_keep(menu)
        menu.addMenu(self.export_menu)
        self.export_menu.setToolTipsVisible(True)
        self.groups["Export"] = []
        quit_ = Command("quit", "&Quit", "Ctrl+Q", "Close the window.", self._window.close)
        self._add("File", menu, [SEPARATOR, quit_])

    def _files_to_open(self, menu: QMenu) -> None:
        files = self._window.files
        self.recent_menu = menu.addMenu("Open &recent")
        self.recent_menu.setToolTipsVisible(True)
        self.recent_menu.aboutToShow.connect(lambda: files.fill_recent(self.recent_menu))
        self.preset_menu = menu.addMenu("&Presets")
        self.preset_menu.setToolTipsVisible(True)
        self.groups["Presets"] = []

    def add_presets(self) -> None:
        """Fill the menu of presets, which have to be read."""
        self._add(
            "Presets",
            self.preset_menu,
            [
                Command(
                    f"preset{i}",
                    config.title or name,
                    f"Ctrl+Shift+{i}" if i < 10 else f"Ctrl+Alt+Shift+{i - 9}",
                    config.notes or config.title,
                    partial(self._window.files.open_preset, config),
                )
                for i, (name, config) in enumerate(presets(), 1)
            ],
        )

    def _files_to_keep(self, menu: QMenu) -> None:
        files = self._window.files
        self._add(
            "File",
            menu,
            [
                Command(
                    "openLast",
                    "Open the &last run",
                    "Ctrl+Shift+O",
                    "Go on with the run that was there when the window was last closed.",
                    files.reopen_last,
                ),
                SEPARATOR,
                Command("save", "&Save configuration", "Ctrl+S", "Save to its file.", files.save),
                Command(
                    "saveAs",
                    "Save configuration &as…",
                    "Ctrl+Shift+S",
                    "Save the configuration to another file.",
                    files.save_as,
                ),
                Command(
                    "saveRun",
                    "Save r&un…",
                    "Ctrl+R",
                    "Save losses, snapshots and the exact state, to be opened and continued.",
                    files.save_run,
                ),
                SEPARATOR,
            ],
        )

    def _edit_menu(self) -> None:
        window, menu = self._window, self._menu("Edit")
        for action, keys, tip in (
            (window.document.stack.createUndoAction(window, "Undo"), "Ctrl+Z", "Take back."),
            (window.document.stack.createRedoAction(window, "Redo"), "Ctrl+Shift+Z", "Do again."),
        ):
            describe(action, keys, tip)
            menu.addAction(action)
            window.addAction(action)
            self.groups["Edit"].append(action)
        self._add(
            "Edit",
            menu,
            [
                SEPARATOR,
                Command(
                    "revert",
                    "&Discard pending changes",
                    "Ctrl+Backspace",
                    "Give back the values in force to everything that waits for a reset.",
                    window.follower.revert,
                ),
                Command(
                    "defaults",
                    "Back to &defaults",
                    "Ctrl+Shift+Backspace",
                    "Set every control to its default; undo brings the values back.",
                    window.files.open_defaults,
                ),
            ],
        )

    def _run_menu(self) -> None:
        window, menu = self._window, self._menu("Run")
        self.run, self.step, self.reset, self.previous, *_ = self._add(
            "Run",
            menu,
            [
                Command("run", "&Run", "Space", "Train, or pause.", window.toggle_run),
                Command("step", "&Step", "S", "Pause, and make one step.", window.step_once),
                Command("reset", "R&eset", "R", "Start over, untrained.", window.reset_run),
                SEPARATOR,
                Command(
                    "previous",
                    "&Back to the previous run",
                    "Ctrl+Shift+R",
                    "Bring back the run that was dropped last, where it stood.",
                    window.files.reopen_previous,
                ),
                SEPARATOR,
                Command("faster", "&Faster", "]", "Raise the speed.", window.speed_up),
                Command("slower", "S&lower", "[", "Lower the speed.", window.slow_down),
            ],
        )

    def _view_menu(self) -> None:
        """What needs no panel, and is there before they are."""
        window = self._window
        self.view_menu = menu = self._menu("View")
        self._add(
            "View",
            menu,
            [
                Command(
                    "resetLayout",
                    "&Reset layout",
                    "Ctrl+L",
                    "Put every panel back in its place.",
                    window.reset_layout,
                ),
                Command(
                    "fullScreen", "&Full screen", "F11", "Use the whole screen.", window.toggle_full
                ),
            ],
        )
        themes = menu.addMenu("&Theme")
        themes.setToolTipsVisible(True)
        group = add_choices(window, themes, THEME_CHOICES, window.theme_choice, window.use_theme)
        self.groups["View"] += group.actions()
        self._lasting = menu.actions()

    def add_panels(
        self, controls: QDockWidget, docks: list[PanelDock], exports: ExportDesk
    ) -> None:
        """Fill the View and Export menus."""
        window, menu = self._window, self.view_menu
        of_panels = len(self.groups["View"])
        self._panel_menus = PanelMenus(window, docks, exports)
        self.groups["Export"] = exports.fill_export_menu(self.export_menu)
        for i, dock in enumerate([controls, *docks]):
            action = dock.toggleViewAction()
            tip = dock.panel.help if isinstance(dock, PanelDock) else "The side controls."
            describe(action, f"Ctrl+{i}", tip)
            menu.addAction(action)
            window.addAction(action)
            self.groups["View"].append(action)
        menu.addSeparator()
        self.groups |= self._panel_menus.add_to(menu)
        menu.addSeparator()
        for action in self._lasting:  # below what came now
            menu.removeAction(action)
            menu.addAction(action)
        self.groups["View"] = [*self.groups["View"][of_panels:], *self.groups["View"][:of_panels]]

    def _help_menu(self) -> None:
        window, menu = self._window, self._menu("Help")
        self.shortcuts, *_ = self._add(
            "Help",
            menu,
            [
                Command(
                    "shortcuts",
                    "&Keyboard shortcuts",
                    "? F1",
                    "All keys, in a sheet.",
                    self.show_shortcuts,
                ),
                Command(
                    "about", "&About VAE GUI", "Ctrl+F1", "Version.", lambda: show_about(window)
                ),
            ],
        )

        self.shortcuts.setIconText("?")  # all that its button in the tool bar has room for

    def show_panel_menu(self, dock: PanelDock, position: QPoint) -> None:
        """Open the menu of one panel: its view options, its pictures, its dock."""
        self._panel_menus.show(dock, position)

    def show_shortcuts(self) -> None:
        """Open the sheet of keys."""
        ShortcutSheet(self.groups, self._window).open()

    def refresh(self, controller: RunController) -> None:
        """Enable what can be done now, and say why not."""
        running = controller.state is State.RUNNING
        can_train = controller.ready and not controller.finished
        being_made = controller.state is State.STOPPING
        self._set(self.run, "&Pause" if running else "&Run", can_train or running or being_made)
        if not controller.ready:
            why = "The run is being made; press now, and it trains as soon as it can. (Space)"
        elif controller.finished:
            why = "All epochs are done: raise Epochs to go on, or Reset."
        else:
            why = "Pause after this step. (Space)" if running else "Train until paused. (Space)"
        self.run.setToolTip(why)
        self._set(self.step, "&Step", can_train)
        self._set(
            self.previous, "&Back to the previous run", self._window.files.previous is not None
        )
        self._set(self.reset, "R&eset", controller.state is not State.STOPPING)

    @staticmethod
    def _set(action: QAction, text: str, enabled: bool) -> None:
        if action.text() != text:
            action.setText(text)
        if action.isEnabled() != enabled:
            action.setEnabled(enabled)
