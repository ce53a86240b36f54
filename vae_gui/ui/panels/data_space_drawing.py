"""Drawing a distribution in Data space: tools that turn movements of the mouse into strokes.

It watches the plot from outside, as the handles do, and only while drawing is on: the left
button draws, the middle one still pans and the wheel zooms. It emits drawings.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from vae_gui.core.distributions import Array
from vae_gui.core.distributions.brushes import (
    NARROWEST,
    RADIUS,
    TOOLS,
    WIDEST,
    Canvas,
    Gesture,
    ink_of,
)
from vae_gui.core.distributions.strokes import MOST_DOTS, symmetries
from vae_gui.ui.plotting.ink import BrushItem, InkItem
from vae_gui.ui.plotting.plot import Plot
from vae_gui.ui.theme import Theme

WIDER = 1.15  # times, of one key or one notch of the wheel
BLANK = (
    "Nothing is drawn yet: paint with the left button.\n"
    "Until there is a stroke, the last valid distribution stays."
)
FULL = f"The drawing is full: it has at most {MOST_DOTS:,} points.\nErase some, or draw wider."


class DrawTool(QObject):
    """A brush, an eraser, a spray and a hand over one plot.

    Signals:
        edited: What the drawing has become (strokes; none for a blank canvas), and in words
            what was done.
        changed: Drawing was switched on or off, or another tool, width or symmetry chosen.
        told: A sentence for the middle of the plot; empty for none.
    """

    active = False  # also when it is collected: events still come then, its attributes are gone
    edited = Signal(object, str)
    changed = Signal()
    told = Signal(str)

    def __init__(self, plot: Plot, parent: QObject) -> None:
        super().__init__(parent)
        self.active = False
        self.tool: type[Gesture] = TOOLS[0]
        self.width = 0.15
        self.symmetry = "none"
        self.canvas: Canvas = ()
        self.ink = InkItem(plot.theme)
        self.brush = BrushItem(plot.theme)
        for item in (self.ink, self.brush):
            item.setVisible(False)
            plot.addItem(item, ignoreBounds=True)
        self._plot = plot
        self._gesture: Gesture | None = None
        self._rng = np.random.default_rng()
        plot.installEventFilter(self)
        plot.viewport().installEventFilter(self)

    # settings -------------------------------------------------------------------------

    def set_active(self, active: bool) -> None:
        """Switch drawing on or off."""
        if active == self.active:
            return
        self.active = active
        self._gesture = None
        for item in (self.ink, self.brush):
            item.setVisible(active)
        if active:
            self._plot.viewport().setCursor(Qt.CursorShape.CrossCursor)
        else:
            self._plot.viewport().unsetCursor()
            self.brush.show_brush(None, 0.0)
        self._show()
        self.changed.emit()

    def choose(self, name: str) -> None:
        """Take another tool, by name."""
        self._gesture = None
        self.tool = next(tool for tool in TOOLS if tool.name == name)
        self._show()
        self.changed.emit()

    def set_width(self, width: float) -> None:
        """Take a narrower or wider brush; what is drawn stays as it is."""
        self.width = round(min(max(width, NARROWEST), WIDEST), 3)
        self._show_brush(self.brush.at)
        self.changed.emit()

    def widen(self, notches: float) -> None:
        """Make the brush so many notches wider."""
        self.set_width(self.width * WIDER**notches)

    def set_symmetry(self, name: str) -> None:
        """Draw and erase copies too."""
        self.symmetry = name
        self.brush.show_guides(_guides(name))
        self.changed.emit()

    def next_symmetry(self) -> None:
        """Take the next kind of symmetry, after the last the first."""
        names = list(symmetries())
        self.set_symmetry(names[(names.index(self.symmetry) + 1) % len(names)])

    def clear(self) -> None:
        """Take all strokes away."""
        if self.canvas:
            self.edited.emit((), "clear the drawing")

    def show_canvas(self, canvas: Canvas) -> None:
        """Show this drawing; a movement under way is given up."""
        if canvas != self.canvas:
            self._gesture = None
        self.canvas = canvas
        self._show()

    def set_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self.ink.set_theme(theme)
        self.brush.set_theme(theme)

    @property
    def drawing(self) -> bool:
        """Whether a movement is under way."""
        return self._gesture is not None

    # movements ------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """While drawing is on, take the left button, Escape, and the wheel with Ctrl."""
        if not self.active:
            return False
        kind = event.type()
        if watched is self._plot:
            if kind == QEvent.Type.Hide and not event.spontaneous():  # closed, not minimised
                self.set_active(False)
            is_key = kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
            return is_key and self._on_key(event)  # type: ignore[arg-type]
        if isinstance(event, QMouseEvent):
            return self._on_mouse(event, kind)
        if isinstance(event, QWheelEvent) and event.modifiers() & _CONTROL:
            self.widen(event.angleDelta().y() / 120)
            return True
        if kind == QEvent.Type.Leave:
            self._show_brush(None)
        return False

    def _on_mouse(self, event: QMouseEvent, kind: QEvent.Type) -> bool:
        at = np.array(self._plot.data_position(event.position()))
        if kind == QEvent.Type.MouseMove:
            self._show_brush(at)
            if self._gesture is None:
                return False
            self._gesture.to(at)
            self._show()
            return True
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        if kind == QEvent.Type.MouseButtonRelease:
            return self._finish()
        if event.modifiers() & _CONTROL:  # pans, where there is no middle button
            return False
        self._plot.setFocus(Qt.FocusReason.MouseFocusReason)
        self._gesture = self.tool(self.canvas, self.width, self.symmetry, at, self._rng)
        self._show()
        return True

    def _finish(self) -> bool:
        gesture, self._gesture = self._gesture, None
        if gesture is None:
            return False
        canvas = gesture.canvas()
        if canvas != self.canvas:
            self.canvas = canvas
            self.edited.emit(canvas, gesture.label)
        self._show()
        if gesture.full:
            self.told.emit(FULL)
        return True

    def _on_key(self, event: QKeyEvent) -> bool:
        if event.key() != Qt.Key.Key_Escape.value:
            return False
        if self._gesture is not None:  # the movement alone is given up
            self._gesture = None
            self._show()
        else:
            self.set_active(False)
        return True

    # showing --------------------------------------------------------------------------

    def _show(self) -> None:
        ink = self._gesture.ink() if self._gesture is not None else ink_of(self.canvas)
        by_width: dict[float, list[Array]] = {}
        for width, dots in ink if self.active else ():
            by_width.setdefault(width, []).append(dots)
        layers = ((RADIUS * width, np.concatenate(dots)) for width, dots in by_width.items())
        self.ink.show_dots(tuple(layers))
        self.told.emit(BLANK if self.active and not ink else "")

    def _show_brush(self, at: Array | None) -> None:
        self.brush.show_brush(at, RADIUS * self.width)


_CONTROL = Qt.KeyboardModifier.ControlModifier


def _guides(symmetry: str) -> tuple[float, ...]:
    """The angles of half lines from the origin that show a symmetry."""
    vertical, horizontal = (math.pi / 2, -math.pi / 2), (0.0, math.pi)
    known = {"none": (), "x1": vertical, "x2": horizontal, "both": vertical + horizontal}
    if symmetry in known:
        return known[symmetry]
    count = int(symmetry.removeprefix("turn"))
    return tuple(math.pi / 2 + 2 * math.pi * i / count for i in range(count))
