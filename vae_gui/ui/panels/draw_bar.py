"""The small tool bar of the draw mode: tools, width, symmetry, undo, and the way out."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSlider,
    QToolButton,
    QWidget,
)

from vae_gui.core.distributions.brushes import NARROWEST, TOOLS, WIDEST
from vae_gui.core.distributions.strokes import symmetries
from vae_gui.ui.icons import icon
from vae_gui.ui.panels.data_space_drawing import DrawTool
from vae_gui.ui.plotting.surface import keep_on_screen
from vae_gui.ui.theme import Theme, font

STOPS = 60  # of the slider, from the narrowest to the widest brush
TIPS = {
    "brush": "Brush: draw with the left button (1)",
    "eraser": "Eraser: take dots away (2)",
    "spray": "Spray: scatter fine dots (3)",
    "move": "Move: drag a stroke, or beside all strokes the whole drawing (4)",
    "symmetry": "Symmetry: also draw and erase the mirrored or turned copies (5)",
    "undo": "Undo (Ctrl+Z)",
    "redo": "Redo (Ctrl+Shift+Z)",
    "clear": "Clear: take all strokes away (Ctrl+Del)",
    "done": "Leave drawing (P, or Esc)",
}


class DrawBar(QFrame):
    """Buttons over the plot, there while something is drawn.

    Signals:
        undo_wanted: Take the last stroke back.
        redo_wanted: Make it again.
    """

    undo_wanted = Signal()
    redo_wanted = Signal()

    def __init__(self, tool: DrawTool, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName("drawBar")
        self.setAccessibleName("Drawing tools")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        keep_on_screen(self)
        self._tool = tool
        self.buttons: dict[str, QToolButton] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(4, 2, 4, 2)
        self._row.setSpacing(1)
        self._add_tools()
        self._add_width()
        self._add_symmetry()
        for sign, slot in (
            ("undo", self.undo_wanted),
            ("redo", self.redo_wanted),
            ("clear", tool.clear),
            ("done", self._leave),
        ):
            self._button(sign).clicked.connect(slot)
        tool.changed.connect(self._refresh)
        self._refresh()

    def _button(self, sign: str, checkable: bool = False) -> QToolButton:
        button = QToolButton(self, autoRaise=True)
        button.setCheckable(checkable)
        button.setObjectName(sign)
        button.setToolTip(TIPS[sign])
        button.setAccessibleName(TIPS[sign].partition(":")[0].partition(" (")[0])
        button.setIconSize(QSize(16, 16))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._row.addWidget(button)
        self.buttons[sign] = button
        return button

    def _add_tools(self) -> None:
        self._tools = QButtonGroup(self)
        for tool in TOOLS:
            self._tools.addButton(self._button(tool.name, checkable=True))
        self._tools.buttonClicked.connect(self._on_tool)

    def _add_width(self) -> None:
        self.width_slider = QSlider(Qt.Orientation.Horizontal, self)
        self.width_slider.setRange(0, STOPS)
        self.width_slider.setMinimumWidth(36)
        self.width_slider.setMaximumWidth(80)
        self.width_slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        tip = "Brush width: standard deviation of what it leaves (6 narrower, 7 wider, Ctrl+wheel)"
        self.width_slider.setToolTip(tip)
        self.width_slider.setAccessibleName("Brush width")
        self.width_slider.valueChanged.connect(self._on_width)
        self.width_value = QLabel(self)
        self.width_value.setFont(font(8))
        self.width_value.setToolTip(tip)
        self._row.addSpacing(6)
        self._row.addWidget(self.width_slider, 1)
        self._row.addSpacing(2)
        self._row.addWidget(self.width_value)
        self._row.addSpacing(4)
        room = self.width_value.fontMetrics().horizontalAdvance("σ 0.000")
        self.width_value.setMinimumWidth(room)

    def _add_symmetry(self) -> None:
        button = self._button("symmetry")
        menu = QMenu(button)
        self.symmetries = QActionGroup(menu)
        for name, words in symmetries().items():
            action = QAction(words, self.symmetries, checkable=True)
            action.setData(name)
            menu.addAction(action)
        self.symmetries.triggered.connect(self._on_symmetry)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def set_theme(self, theme: Theme) -> None:
        """Colour the signs."""
        self.theme = theme
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        tool = self._tool
        self.setVisible(tool.active)
        self.buttons[tool.tool.name].setChecked(True)
        along = math.log(tool.width / NARROWEST) / math.log(WIDEST / NARROWEST)
        blocked = self.width_slider.blockSignals(True)
        self.width_slider.setValue(round(STOPS * along))
        self.width_slider.blockSignals(blocked)
        self.width_value.setText(f"σ {tool.width:.3g}")
        for action in self.symmetries.actions():
            action.setChecked(action.data() == tool.symmetry)
        self.buttons["symmetry"].setToolTip(
            f"{TIPS['symmetry']}\nNow: {symmetries()[tool.symmetry].lower()}"
        )
        self._colour()

    def _colour(self) -> None:
        theme = self.theme
        disabled = theme.color("muted", 0.4)
        for sign, button in self.buttons.items():
            role = "on_accent" if button.isChecked() else "text"
            if sign == "symmetry" and self._tool.symmetry != "none":
                role = "accent"
            button.setIcon(icon(sign, theme.color(role), disabled))

    @Slot(object)
    def _on_tool(self, button: QToolButton) -> None:
        self._tool.choose(button.objectName())

    @Slot(int)
    def _on_width(self, position: int) -> None:
        self._tool.set_width(NARROWEST * (WIDEST / NARROWEST) ** (position / STOPS))

    @Slot(object)
    def _on_symmetry(self, action: QAction) -> None:
        self._tool.set_symmetry(action.data())

    @Slot()
    def _leave(self) -> None:
        self._tool.set_active(False)
