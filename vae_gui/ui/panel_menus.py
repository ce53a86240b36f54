"""What can be done with a panel from the menu bar and by keys: its options, picture and dock."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu

from vae_gui.ui.docks import PanelDock, popup
from vae_gui.ui.menus import SEPARATOR, Command, add_commands, empty

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QPoint

    from vae_gui.ui.exports import ExportDesk
    from vae_gui.ui.panels.base import Panel
    from vae_gui.ui.window import MainWindow

NO_PANEL = "Click a panel first: this acts on the panel with the focus."
# panel, option, places on (a toggle flips), whether the last is followed by the first; words,
# key, tip
CHOICES = (
    ("data_space", "view", 1, True, "Data space: &view", "H", "Samples, histogram, both or none."),
    (
        *("data_space", "learned", 1, True, "Data space: l&earned density", "C"),
        "The learned density as contours, as shades, less the true one, or not at all.",
    ),
    (
        *("data_space", "decoder_ellipses", 1, True, "Data space: decoder ellip&ses", "E"),
        "The decoder's mean and deviation for z on a line or grid.",
    ),
    (
        *("data_space", "warped_grid", 1, True, "Data space: &warped grid", "W"),
        "Where the decoder takes a grid of z.",
    ),
    (
        *("data_space", "lens_follows", 1, True, "Data space: lens &follows", "J"),
        "Let the Posterior lens look at the point under the pointer.",
    ),
    ("nats", "range", 1, True, "&Nats: range", "N", "Close to the floor, or the whole run."),
    ("metrics", "view", 1, True, "Metrics: sho&w", "K", "The table, the plot, or both."),
    ("loss", "shows", 1, True, "Loss: re&gret", "G", "The losses, both, or the regret alone."),
    (
        *("loss", "collapsed", 1, True, "Loss: latent ign&ored", "O"),
        "A line at the best loss without a latent.",
    ),
    ("loss", "smoothing", -1, False, "&Less smoothing", ",", "Smooth the loss over fewer steps."),
    ("loss", "smoothing", 1, False, "&More smoothing", ".", "Smooth the loss over more steps."),
    ("loss", "step_axis", 1, True, "Loss: step &axis", "L", "A linear or logarithmic step axis."),
    ("histograms", "bins", 1, True, "Histograms: &bins", "B", "The next number of bins."),
    ("latent", "across", 1, True, "Latent: &horizontal", "X", "The next dimension across."),
    ("latent", "up", 1, True, "Latent: ver&tical", "Y", "The next dimension upwards."),
    (
        *("latent", "contours", 1, True, "Latent: &aggregate posterior", "A"),
        "q(z) of all test points as contours.",
    ),
    ("latent", "holes", 1, True, "Latent: holes of the prior", "U", "Where q(z) hardly reaches."),
    ("latent", "surgery", 1, True, "Latent: &information", "I", "What z tells of x, in nats."),
    ("film_strip", "spacing", 1, True, "Film: &spacing", "F", "Other steps in the film strip."),
    ("network", "variant", 1, True, "Network: t&rick", "T", "With the trick, or without it."),
)


class PanelMenus:
    """The menus of the panels of one window."""

    def __init__(self, window: MainWindow, docks: list[PanelDock], exports: ExportDesk) -> None:
        self._window = window
        self._docks = docks
        self._exports = exports

    def add_to(self, view: QMenu) -> dict[str, list[QAction]]:
        """Put everything into the View menu and return the actions that have keys, in groups."""
        options = self._submenu(view, "&Options by key", "The view options used most.")
        drawing = self._submenu(view, "Draw a dis&tribution", "Draw the data in Data space.")
        shaping = self._window.shaping
        assert shaping is not None, "it comes before the menus of the panels"
        focused = self._submenu(view, "&Panel with the focus", "Its menu, picture and dock.")
        made = {
            "Options": add_commands(self._window, options, self._option_commands()),
            "Drawing": add_commands(self._window, drawing, shaping.commands()),
            "Panel": add_commands(self._window, focused, self._focus_commands()),
        }
        shaping.adopt(made["Drawing"])
        view.addSeparator()
        for dock in self._docks:
            menu = self._submenu(view, f"{dock.panel.title} panel", dock.panel.help)
            menu.aboutToShow.connect(partial(self._fill_anew, menu, dock))
        return made

    @staticmethod
    def _submenu(parent: QMenu, title: str, tip: str) -> QMenu:
        menu = parent.addMenu(title)
        menu.setToolTipsVisible(True)
        menu.menuAction().setToolTip(tip)
        return menu

    def _fill_anew(self, menu: QMenu, dock: PanelDock) -> None:
        empty(menu)
        self.fill(menu, dock)

    def fill(self, menu: QMenu, dock: PanelDock) -> None:
        """The menu of one panel: its view options, its pictures, its dock."""
        menu.setToolTipsVisible(True)
        dock.panel.fill_menu(menu)
        menu.addSeparator()
        self._exports.fill_picture_menu(menu, dock.panel)
        menu.addSeparator()
        floats = dock.isFloating()
        for text, tip, slot in (
            (
                "Dock" if floats else "Float",
                "Put it back into the window." if floats else "Make it a window of its own.",
                dock.toggle_floating,
            ),
            ("Close", "Close the panel; the View menu brings it back.", dock.close),
        ):
            action = menu.addAction(text)
            action.setToolTip(tip)
            action.triggered.connect(slot)

    def show(self, dock: PanelDock, position: QPoint) -> None:
        """Open the menu of one panel at a place on the screen."""
        menu = QMenu(self._window)
        self.fill(menu, dock)
        popup(menu, position)

    # options by key -----------------------------------------------------------

    def _option_commands(self) -> list[Command]:
        panels = {dock.panel.key: dock.panel for dock in self._docks}
        return [
            Command(
                "decoderNoise",
                "&Decoder noise",
                "D",
                "Draw generated points with or without the decoder's noise, in every panel.",
                self._toggle_noise,
            ),
            Command(
                "handles",
                "Data space: &handles",
                "Q",
                "Always show the ellipses that the distribution is pulled by, or not.",
                partial(self._toggle, panels["data_space"], "handles"),
            ),
            Command(
                "resetViews",
                "Reset all &views",
                "V",
                "Show everything again in every panel, after zooming and panning.",
                self._reset_views,
            ),
            SEPARATOR,
            *(
                Command(
                    f"{key}_{name}_{by}",
                    words,
                    keys,
                    tip,
                    partial(self._move, panels[key], name, by, wrap),
                )
                for key, name, by, wrap, words, keys, tip in CHOICES
                if key in panels
            ),
        ]

    @staticmethod
    def _move(panel: Panel, name: str, by: int, wrap: bool, _: bool = False) -> None:
        panel.move_choice(name, by, wrap)

    @staticmethod
    def _toggle(panel: Panel, name: str, _: bool = False) -> None:
        next(o for o in panel.options if o.objectName() == name).toggle()  # type: ignore[union-attr]

    def _toggle_noise(self) -> None:
        options = [o for d in self._docks for o in d.panel.options if isinstance(o, QAction)]
        noises = [o for o in options if o.objectName() == "decoder_noise"]
        wanted = not all(o.isChecked() for o in noises)
        for option in noises:
            option.setChecked(wanted)

    def _reset_views(self) -> None:
        for dock in self._docks:
            dock.panel.reset_view()

    # the panel with the focus -------------------------------------------------

    def _focus_commands(self) -> list[Command]:
        exports = self._exports
        rows: list[tuple[str, str, str, str, Callable[[PanelDock], object]]] = [
            ("Menu", "&Menu", "M", "Open the menu of the panel with the focus.", self._show_over),
            (
                "Export",
                "&Export as a picture…",
                "Ctrl+Shift+E",
                "Save the panel with the focus as PNG, SVG or PDF.",
                lambda dock: exports.export_picture(dock.panel),
            ),
            (
                "Copy",
                "&Copy as a picture",
                "Ctrl+Alt+C",
                "Put a picture of the panel with the focus on the clipboard.",
                lambda dock: exports.copy_picture(dock.panel),
            ),
            (
                "Float",
                "&Float or dock",
                "Ctrl+Shift+F",
                "Make the panel with the focus a window of its own, or put it back.",
                PanelDock.toggle_floating,
            ),
            ("Close", "C&lose", "Ctrl+W", "Close the panel with the focus.", PanelDock.close),
        ]
        return [
            Command(f"focused{name}", words, keys, tip, partial(self._on_focused, act))
            for name, words, keys, tip, act in rows
        ]

    def _on_focused(self, act: Callable[[PanelDock], object], _: bool = False) -> None:
        focus = QApplication.focusWidget()
        for dock in self._docks:
            if focus is not None and dock.isAncestorOf(focus):
                act(dock)
                return
        self._window.statusBar().showMessage(NO_PANEL, 6000)

    def _show_over(self, dock: PanelDock) -> None:
        self.show(dock, dock.mapToGlobal(dock.rect().topLeft()))
