"""Joins the hand in Data space to the document: what is pulled or drawn there is an edit.

The panel knows no document, and the document no panel.
"""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QUndoCommand
from PySide6.QtWidgets import QApplication

from vae_gui.core.config import DataConfig, RunConfig
from vae_gui.core.distributions import Distribution, Drawn
from vae_gui.core.distributions.brushes import TOOLS, Canvas
from vae_gui.ui.docks import PanelDock
from vae_gui.ui.document import RunDocument
from vae_gui.ui.form import SideControls
from vae_gui.ui.menus import SEPARATOR, Command

if TYPE_CHECKING:
    from vae_gui.ui.panels.data_space import DataSpacePanel

MODE = "drawMode"  # the one command that is there when nothing is drawn
KEYS = {"brush": "1", "eraser": "2", "spray": "3", "move": "4"}
WHAT = {
    "brush": "Draw with the left button.",
    "eraser": "Take dots away.",
    "spray": "Scatter fine dots.",
    "move": "Drag a stroke, or beside all strokes the whole drawing.",
}


class ShapingDesk(QObject):
    """Edits of the true distribution that are made in Data space.

    Attributes:
        cleared: The drawing whose strokes were all taken away, if none was drawn since. No
            distribution is without a stroke, so it stays in the document meanwhile, and while
            another family is tried out its canvas is remembered to be blank.
    """

    def __init__(
        self, document: RunDocument, form: SideControls, dock: PanelDock, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.cleared: Distribution | None = None
        self._came_back = False  # to drawing, from another family
        self._document, self._form, self._dock = document, form, dock
        self._actions: list[QAction] = []
        panel: DataSpacePanel = dock.panel  # type: ignore[assignment]
        self._shaping = panel.shaping
        self._shaping.edited.connect(self._on_edited)
        self._shaping.drawn.connect(self._on_drawn)
        self._shaping.chosen.connect(form.choose_row)
        form.row_chosen.connect(self._shaping.handles.choose)
        self._shaping.drawing.changed.connect(self._enable)
        self._shaping.undo_wanted.connect(document.stack.undo)
        self._shaping.redo_wanted.connect(document.stack.redo)
        document.stack.canUndoChanged.connect(self._shaping.set_can_undo)
        document.stack.canRedoChanged.connect(self._shaping.set_can_redo)
        self._shaping.set_can_undo(document.stack.canUndo())
        self._shaping.set_can_redo(document.stack.canRedo())
        document.config_changed.connect(self._on_config)
        document.path_changed.connect(self._on_path)
        form.gallery.chosen.connect(self._on_family)
        self._shown = document.config.data.distribution
        self._on_config(document.config)

    @property
    def blank(self) -> bool:
        """Whether the canvas is blank, though the document holds a drawing."""
        distribution = self._document.config.data.distribution
        return isinstance(distribution, Drawn) and distribution == self.cleared

    # drawing on and off ---------------------------------------------------------------

    @Slot()
    def draw(self) -> None:
        """Switch drawing on, where it can be seen."""
        self._dock.show()
        self._dock.raise_()
        self._shaping.drawing.set_active(True)
        if not self._form.isAncestorOf(QApplication.focusWidget() or self._dock):
            self._dock.panel.plot.setFocus()  # type: ignore[attr-defined]

    @Slot()
    def toggle(self) -> None:
        """Switch drawing on or off."""
        if self._shaping.drawing.active:
            self._shaping.drawing.set_active(False)
        else:
            self.draw()

    @Slot(str)
    def _on_family(self, family: str) -> None:
        if family == Drawn.family():
            if self.blank and self._came_back:  # asked for, and so it is to be seen
                self._document.stack.push(_Cleared(self, None, "bring the drawing back"))
            self._came_back = False
            self.draw()
        else:
            self._shaping.drawing.set_active(False)

    @Slot()
    def _on_path(self) -> None:
        if not self._document.stack.count():  # another file was opened
            self._shaping.drawing.set_active(False)

    # edits ----------------------------------------------------------------------------

    @Slot(object, str, object)
    def _on_edited(self, source: Distribution, words: str, gesture: object) -> None:
        self._edit(self._document.config.data.with_source(source), words, gesture)

    def _edit(self, data: DataConfig, words: str, gesture: object | None = None) -> None:
        config = msgspec.structs.replace(self._document.config, data=data)
        self._document.edit(config, words, gesture)

    @Slot(object, str)
    def _on_drawn(self, canvas: Canvas, words: str) -> None:
        stack = self._document.stack
        if not canvas:
            stack.push(_Cleared(self, self._document.config.data.distribution, words))
            return
        drawn = Drawn(strokes=canvas)
        data = msgspec.structs.replace(self._document.config.data, distribution=drawn)
        if self.cleared is None:
            self._edit(data, words)
        else:
            stack.beginMacro(words[:1].upper() + words[1:])
            stack.push(_Cleared(self, None, words))
            self._edit(data, words)
            stack.endMacro()

    def set_cleared(self, cleared: Distribution | None) -> None:
        """Show a blank canvas for this drawing, or what the document holds."""
        self.cleared = cleared
        self._show(self._document.config)

    @Slot(object)
    def _on_config(self, config: RunConfig) -> None:
        distribution = config.data.distribution
        if not self._document.stack.count():  # another file
            self.cleared = None
        if isinstance(distribution, Drawn):
            self._came_back = not isinstance(self._shown, Drawn)
        self._shown = distribution
        self._show(config)

    def _show(self, config: RunConfig) -> None:
        distribution = config.data.distribution
        drawn = isinstance(distribution, Drawn) and not self.blank
        canvas = distribution.strokes if drawn else ()  # type: ignore[attr-defined]
        self._shaping.show_wanted(config.data.source, canvas)

    # commands -------------------------------------------------------------------------

    def commands(self) -> list[Command]:
        """Everything that can be done by keys; all but the first only while drawing is on."""
        tool = self._shaping.drawing
        tools = [
            Command(t.name, f"&{t.name.capitalize()}", KEYS[t.name], WHAT[t.name],
                    partial(self._choose, t.name))
            for t in TOOLS
        ]  # fmt: skip
        return [
            Command(MODE, "&Draw in Data space", "P", "Draw the data, or leave.", self.toggle),
            SEPARATOR,
            *tools,
            Command(
                "symmetry", "Next s&ymmetry", "5", "Mirror or turn what is drawn.",
                tool.next_symmetry,
            ),
            Command("wider", "&Wider brush", "7", "Draw wider.", partial(self._widen, 1)),
            Command("narrower", "&Narrower brush", "6", "Draw narrower.", partial(self._widen, -1)),
            SEPARATOR,
            Command("clear", "&Clear", "Ctrl+Del", "Take all strokes away.", tool.clear),
        ]  # fmt: skip

    def adopt(self, actions: list[QAction]) -> None:
        """Take over the actions made of the commands: they are there while drawing is on."""
        self._actions = [action for action in actions if action.objectName() != MODE]
        self._enable()

    def _choose(self, name: str, _: bool = False) -> None:
        self._shaping.drawing.choose(name)

    def _widen(self, notches: int, _: bool = False) -> None:
        self._shaping.drawing.widen(notches)

    @Slot()
    def _enable(self) -> None:
        for action in self._actions:
            action.setEnabled(self._shaping.drawing.active)


class _Cleared(QUndoCommand):
    """Which drawing's canvas is blank; the document's configuration is another command's."""

    def __init__(self, desk: ShapingDesk, cleared: Distribution | None, words: str) -> None:
        super().__init__(words[:1].upper() + words[1:])
        # the stack owns its commands: a strong reference would keep the desk alive for good
        self._desk = weakref.ref(desk)
        self._before, self._after = desk.cleared, cleared

    def redo(self) -> None:
        """Make the change."""
        self._set(self._after)

    def undo(self) -> None:
        """Take it back."""
        self._set(self._before)

    def _set(self, cleared: Distribution | None) -> None:
        desk = self._desk()
        if desk is not None:
            desk.set_cleared(cleared)
