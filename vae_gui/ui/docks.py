"""A panel's frame in the window: a card with a title bar that docks, floats and closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QContextMenuEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vae_gui.ui.icons import icon
from vae_gui.ui.proportions import Dock
from vae_gui.ui.theme import Theme

if TYPE_CHECKING:
    from vae_gui.ui.panels.base import Panel

FLOAT_BY = 28  # pixels
LEAST_WIDTH = 200  # pixels of a title bar
BESIDE_LEGEND = 160  # pixels of a title bar for its buttons and a bit of the subtitle


class ElidedLabel(QLabel):
    """A label that gives up its room first; its words stay in the tooltip."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._full = text
        self.setMinimumWidth(0)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setToolTip(text)

    @Slot(str)
    def show_text(self, text: str) -> None:
        """Show other words."""
        self._full = text
        self.setToolTip(text)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as there is room for."""
        self._elide()
        super().resizeEvent(event)

    def _elide(self) -> None:
        room = self.width()
        self.setText(self.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideRight, room))


class Legend(QWidget):
    """Coloured squares with words; hides itself where there is no room for it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = QLabel(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._label)

    def show_entries(self, entries: tuple[tuple[str, str], ...], theme: Theme) -> None:
        """Tell what (theme role, words) stand for."""
        self._label.setText(
            "&nbsp;&nbsp;".join(
                f'<span style="color:{getattr(theme, role)}">■</span> {words}'
                for role, words in entries
            )
        )


class TitleBar(QFrame):
    """Title, subtitle and legend of a panel, with buttons for its menu, floating and closing."""

    menu_wanted = Signal()

    def __init__(self, kind: type[Panel], dock: PanelDock) -> None:
        super().__init__(dock)
        self.setObjectName("panelTitleBar")
        self.setMinimumWidth(LEAST_WIDTH)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 5, 4, 3)
        layout.setSpacing(6)
        self._panel: Panel | None = None
        self._title = title = QLabel(kind.title, self)
        title.setObjectName("panelTitle")
        title.setToolTip(kind.help)
        layout.addWidget(title)
        self._subtitle = ElidedLabel(kind.subtitle, self)
        self._subtitle.setObjectName("panelSubtitle")
        layout.addWidget(self._subtitle, 1)
        self.legend = Legend(self)
        layout.addWidget(self.legend)
        self._buttons: dict[str, QToolButton] = {}
        for sign, tip, slot in (
            ("menu", f"View options and export of {kind.title}", self.menu_wanted.emit),
            ("float", f"Float or dock {kind.title}", dock.toggle_floating),
            ("close", f"Close {kind.title}; the View menu brings it back", dock.close),
        ):
            button = QToolButton(self, autoRaise=True)
            button.setObjectName("panelButton")
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(slot)
            layout.addWidget(button)
            self._buttons[sign] = button
        self.menu_button = self._buttons["menu"]

    def tell_of(self, panel: Panel) -> None:
        """Follow the words of a panel from now on."""
        self._panel = panel
        panel.subtitle_changed.connect(self._subtitle.show_text)
        panel.legend_changed.connect(self._show_legend)
        self._subtitle.show_text(panel.subtitle)
        self._show_legend()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The keys of a panel follow a click on its title too; the dock may still be dragged."""
        if self._panel is not None:
            self._panel.setFocus(Qt.FocusReason.MouseFocusReason)
        super().mousePressEvent(event)

    def minimumSizeHint(self) -> QSize:
        """As narrow as without a legend: one that will be left out must claim no room."""
        return QSize(LEAST_WIDTH, super().minimumSizeHint().height())

    def set_theme(self, theme: Theme) -> None:
        """Colour legend and signs."""
        if self._panel is not None:
            self._show_legend(theme)
        for sign, button in self._buttons.items():
            button.setIcon(icon(sign, theme.color("muted")))

    @Slot()
    def _show_legend(self, theme: Theme | None = None) -> None:
        assert self._panel is not None, "called for a panel alone"
        self.legend.show_entries(self._panel.legend_words, theme or self._panel.theme)
        self._title.setToolTip(self._panel.accessibleDescription())
        self._fit_legend()

    def _fit_legend(self) -> None:
        """Leave the legend out where it would crush the title."""
        others = self._title.sizeHint().width() + BESIDE_LEGEND
        self.legend.setVisible(self.width() > self.legend.sizeHint().width() + others)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the legend where there is room for it."""
        self._fit_legend()
        super().resizeEvent(event)


class PanelDock(Dock):
    """A dock for one panel, empty until it is given that panel to hold.

    So docks can be put in their places before panels, which take long to make, are laid out
    for the first time: then each is laid out and painted once.

    Signals:
        menu_wanted: Someone asks for this dock's menu at a global position.
    """

    menu_wanted = Signal(object, object)

    def __init__(self, kind: type[Panel], parent: QWidget) -> None:
        super().__init__(kind.title, parent)
        self.kind = kind
        self._panel: Panel | None = None
        self.setObjectName(f"dock_{kind.key}")
        self._bar = TitleBar(kind, self)
        self._bar.menu_wanted.connect(self._on_menu_button)
        self.setTitleBarWidget(self._bar)
        card = QFrame(self)
        card.setObjectName("panelCard")
        self._card = QVBoxLayout(card)
        self._card.setContentsMargins(1, 0, 1, 1)
        self.setWidget(card)
        action = self.toggleViewAction()
        action.setToolTip(kind.help)
        action.triggered.connect(self._on_action)
        self.visibilityChanged.connect(self._name_tabs)
        self.dockLocationChanged.connect(self._name_tabs)

    @property
    def panel(self) -> Panel:
        """The panel that it holds."""
        assert self._panel is not None, "panels come after their docks"
        return self._panel

    def hold(self, panel: Panel) -> None:
        """Take the panel in."""
        self._panel = panel
        self._bar.tell_of(panel)
        self._card.addWidget(panel)

    @Slot(bool)
    def _on_action(self, there: bool) -> None:
        if there:  # before the panels that it shares its place with
            self.raise_()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Come to the front first, where the key or the menu is used while another is there."""
        action = self.toggleViewAction()
        if not action.isChecked() and self._is_behind():
            event.ignore()
            action.setChecked(True)
            self.raise_()
        else:
            super().closeEvent(event)

    def _is_behind(self) -> bool:
        window = self.parent()
        shares = isinstance(window, QMainWindow) and window.tabifiedDockWidgets(self)
        return bool(shares) and self.isVisible() and self.visibleRegion().isEmpty()

    @Slot()
    def _name_tabs(self, *_: object) -> None:
        """Name the bars of tabs, which the window makes as panels are put over each other."""
        here = Qt.FindChildOption.FindDirectChildrenOnly
        for bar in self.window().findChildren(QTabBar, options=here):
            if shiboken6.isValid(bar):  # the window deletes bars, and PySide may not know it
                bar.setAccessibleName("Panels in one place")

    def set_theme(self, theme: Theme) -> None:
        """Colour the title bar, and the panel where it has other colours."""
        self._bar.set_theme(theme)
        if self._panel is not None and self._panel.theme is not theme:
            self._panel.set_theme(theme)

    @Slot()
    def toggle_floating(self) -> None:
        """Float, or dock again."""
        floats = not self.isFloating()
        self.setFloating(floats)
        if floats:  # exactly over its old place nothing would seem to happen
            self.move(self._beside(self.frameGeometry(), self.screen().availableGeometry()))
        else:
            self.raise_()  # before the panels that it shares its place with
        self.activateWindow()
        if self._panel is not None:
            self._panel.setFocus()  # the keys of the panel go on with it

    @staticmethod
    def _beside(frame: QRect, room: QRect) -> QPoint:
        """Where a frame lies a little to the right and below, or else to the other side."""
        right = FLOAT_BY if frame.right() + FLOAT_BY <= room.right() else -FLOAT_BY
        down = FLOAT_BY if frame.bottom() + FLOAT_BY <= room.bottom() else -FLOAT_BY
        last = room.bottomRight() - QPoint(frame.width(), frame.height()) + QPoint(1, 1)
        x, y = min(frame.x() + right, last.x()), min(frame.y() + down, last.y())
        return QPoint(max(x, room.x()), max(y, room.y()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the panel's menu."""
        self.menu_wanted.emit(self, event.globalPos())
        event.accept()

    @Slot()
    def _on_menu_button(self) -> None:
        button = self._bar.menu_button
        self.menu_wanted.emit(self, button.mapToGlobal(button.rect().bottomLeft()))


def popup(menu: QMenu, position: object) -> None:
    """Show a menu that deletes itself when closed."""
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(position)  # type: ignore[arg-type]
