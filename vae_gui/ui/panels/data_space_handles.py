"""Ellipses of the true distribution pulled in Data space, with the mouse or with keys.

It watches the plot from outside: what hits no grip goes on to the plot as ever. It emits
distributions; who takes them over is not known here.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent

from vae_gui.core.distributions import Array, Distribution
from vae_gui.core.distributions.handles import Ellipse, Grip
from vae_gui.ui.gestures import StepGesture
from vae_gui.ui.plotting.handles import HandlesItem, Place
from vae_gui.ui.plotting.notes import Note
from vae_gui.ui.plotting.plot import COMMANDS, Plot
from vae_gui.ui.theme import Theme

STEPS = 200  # of a key, across the view; with Shift ten times as far
DEGREES = 1.0  # of a key that turns; with Shift ten times as far
ARROWS = {
    Qt.Key.Key_Left.value: (-1, 0),
    Qt.Key.Key_Right.value: (1, 0),
    Qt.Key.Key_Down.value: (0, -1),
    Qt.Key.Key_Up.value: (0, 1),
}
TABS = {Qt.Key.Key_Tab.value: 1, Qt.Key.Key_Backtab.value: -1}
BY_KEYS = "Tab goes to the handles of the distribution, which arrow keys then move."
ENTER = (Qt.Key.Key_Return.value, Qt.Key.Key_Enter.value)
CURSORS: dict[Grip, Qt.CursorShape] = {
    "centre": Qt.CursorShape.SizeAllCursor,
    "first": Qt.CursorShape.PointingHandCursor,
    "second": Qt.CursorShape.PointingHandCursor,
    "turn": Qt.CursorShape.CrossCursor,
}


class HandleTool(QObject):
    """Shows the ellipses of a distribution and lets them be pulled.

    Attributes:
        enabled: Whether it is there at all: not while something is drawn.

    Signals:
        edited: A distribution, what was done in words, and the gesture that it belongs to.
        chosen: Which ellipse was taken hold of.
    """

    enabled = False  # also when it is collected: events still come then, its attributes are gone
    edited = Signal(object, str, object)
    chosen = Signal(int)

    def __init__(self, plot: Plot, note: Note, parent: QObject) -> None:
        super().__init__(parent)
        self.item = HandlesItem(plot.theme)
        self.item.setVisible(False)
        plot.addItem(self.item, ignoreBounds=True)
        self._plot, self._note = plot, note
        self._distribution: Distribution | None = None
        self._always = False
        self.enabled = True
        self._inside = False  # the pointer is over the plot
        self._keys = StepGesture()
        self._drag: tuple[Distribution, Place, Ellipse, Array, object] | None = None
        plot.setAccessibleDescription(f"{plot.accessibleDescription()} {BY_KEYS}")
        plot.installEventFilter(self)
        plot.viewport().installEventFilter(self)

    # what is shown --------------------------------------------------------------------

    def show_distribution(self, distribution: Distribution | None) -> None:
        """Show the ellipses of this one; None for nothing at all."""
        anew = type(distribution) is not type(self._distribution)
        if anew:
            self.let_go()
            self.item.set_active(None)
        self._distribution = distribution
        handles = distribution.handles if distribution is not None else None
        ellipses = handles.read(distribution) if handles else ()
        self.item.show_ellipses(ellipses, () if anew else self.item.ellipses)
        if self.item.active is None and len(self.item.ellipses) == 1:
            self.item.set_active(0)
        self._refresh()

    def show_always(self, always: bool) -> None:
        """Show them all the time, not only while the pointer is over the plot."""
        self._always = always
        self._refresh()

    def set_enabled(self, enabled: bool) -> None:
        """Leave the plot to another tool, or come back."""
        self.enabled = enabled
        if not enabled:
            self.let_go()
        self._refresh()

    def set_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self.item.theme = theme
        self.item.update()

    @property
    def pulling(self) -> bool:
        """Whether a grip is held."""
        return self._drag is not None

    @Slot(int)
    def choose(self, index: int) -> None:
        """Make one ellipse the active one, without emitting."""
        if index != self.item.active and 0 <= index < len(self.item.ellipses):
            self.let_go()
            self.item.set_active(index)
            self._refresh()

    def let_go(self) -> None:
        """End a drag, and take the keyboard from the grip that had it."""
        self._drag = None
        if self.item.focus is not None:
            self.item.set_active(self.item.active)
            self._note.set_text("")

    def _refresh(self) -> None:
        wanted = self._always or self._inside or self.item.focus is not None
        self.item.setVisible(wanted and self.enabled and bool(self.item.ellipses))
        if not self.item.isVisible():
            self._plot.viewport().unsetCursor()

    # the mouse ------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what is meant for a grip, and nothing else."""
        if not self.enabled:
            return False
        kind = event.type()
        if watched is self._plot:
            if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
                return self._on_key(event)
            if kind == QEvent.Type.FocusOut and self.item.focus is not None:
                self.let_go()
                self._refresh()
            return False
        if isinstance(event, QMouseEvent):
            if kind == QEvent.Type.MouseButtonPress:
                return self._on_press(event)
            if kind == QEvent.Type.MouseMove:
                return self._on_move(event)
            if kind == QEvent.Type.MouseButtonRelease:
                return self._on_release(event)
            if kind == QEvent.Type.MouseButtonDblClick:
                return self.item.isVisible() and self.item.at(self._scene(event)) is not None
        elif kind in (QEvent.Type.Enter, QEvent.Type.Leave):
            self._inside = kind == QEvent.Type.Enter
            self._refresh()
        return False

    def _on_press(self, event: QMouseEvent) -> bool:
        place = self.item.at(self._scene(event)) if self.item.isVisible() else None
        if event.button() != Qt.MouseButton.LeftButton or place is None:
            self.let_go()
            return False
        assert self._distribution is not None, "an ellipse is of a distribution"
        self._plot.setFocus(Qt.FocusReason.MouseFocusReason)
        held = self.item.ellipses[place[0]]
        start = np.array(self._plot.data_position(event.position()))
        self._drag = self._distribution, place, held, start, object()
        self._focus(*place)
        return True

    def _on_move(self, event: QMouseEvent) -> bool:
        if self._drag is None:
            if event.buttons() == Qt.MouseButton.NoButton:
                self._point_at(self._scene(event))
            return False
        before, (index, grip), held, start, gesture = self._drag
        end = np.array(self._plot.data_position(event.position()))
        self._pull(before, (index, grip), held, start, end, gesture)
        return True

    def _on_release(self, event: QMouseEvent) -> bool:
        if self._drag is None or event.button() != Qt.MouseButton.LeftButton:
            return False
        self._drag = None
        return True

    def _point_at(self, at: QPointF) -> None:
        """Make active what is under the pointer, and tell by the cursor what can be pulled."""
        if not self._inside:  # entered while a button was down
            self._inside = True
            self._refresh()
        place = self.item.at(at)
        if place is not None and self.item.focus is None:
            self.item.set_active(place[0])
        elif self.item.focus is None and len(self.item.ellipses) > 1:
            near = self.item.nearest(at)
            if near is not None:
                self.item.set_active(near)
        if place is None:
            self._plot.viewport().unsetCursor()
        else:
            self._plot.viewport().setCursor(CURSORS[place[1]])

    def _scene(self, event: QMouseEvent) -> QPointF:
        return self._plot.mapToScene(event.position().toPoint())

    # keys -----------------------------------------------------------------------------

    def _on_key(self, event: QKeyEvent) -> bool:
        key, modifiers = event.key(), event.modifiers()
        if modifiers & COMMANDS or self._distribution is None:
            return False
        if key in TABS:
            return self._on_tab(TABS[key])
        if self.item.active is None or self.item.focus is None:
            return False
        if key == Qt.Key.Key_Escape.value:
            self.let_go()
            self._refresh()
        elif key in ENTER:
            grips = self.item.ellipses[self.item.active].grips
            self._focus(self.item.active, grips[(grips.index(self.item.focus) + 1) % len(grips)])
        elif key in ARROWS:
            self._nudge(*ARROWS[key], bool(modifiers & Qt.KeyboardModifier.ShiftModifier))
        else:
            return False
        return True

    def _on_tab(self, by: int) -> bool:
        """Go from ellipse to ellipse; before the first and after the last the focus moves on."""
        count = len(self.item.ellipses)
        if self.item.focus is None:
            wanted = 0 if by > 0 else -1
        else:
            assert self.item.active is not None, "a grip with the focus is of an ellipse"
            wanted = self.item.active + by
        if not 0 <= wanted < count:
            self.let_go()
            self._refresh()
            return False
        self._focus(wanted, self.item.ellipses[wanted].grips[0])
        return True

    def _nudge(self, right: int, up: int, far: bool) -> None:
        index, grip = self.item.active, self.item.focus
        assert index is not None, "a grip with the focus is of an ellipse"
        assert grip is not None, "only the grip with the focus is nudged"
        held = self.item.ellipses[index]
        x_min, x_max, _, _ = self._plot.in_view()
        step = (10 if far else 1) * (x_max - x_min) / STEPS
        end = start = held.centre
        if grip == "centre":
            end = start + step * np.array([right, up])
        elif grip == "turn":
            start = held.centre + held.axes[0]
            angle = math.radians((10 if far else 1) * DEGREES * (up - right))
            way = np.array([-held.axes[0][1], held.axes[0][0]])
            end = held.centre + math.cos(angle) * held.axes[0] + math.sin(angle) * way
        else:
            axis = held.axes[0 if grip == "first" else 1]
            start = held.centre + axis
            end = start + (right + up) * step * axis / max(float(np.linalg.norm(axis)), 1e-9)
        self._pull(self._distribution, (index, grip), held, start, end, self._keys.next())

    # what comes of it -----------------------------------------------------------------

    def _focus(self, index: int, grip: Grip) -> None:
        before = self.item.active if self.item.focus is not None else None
        self.item.set_active(index, grip)
        self._note.set_text(self._words(index, grip))
        self._refresh()
        if index != before:
            self.chosen.emit(index)

    def _pull(
        self,
        before: Distribution | None,
        place: Place,
        held: Ellipse,
        start: Array,
        end: Array,
        gesture: object,
    ) -> None:
        assert before is not None, "what is pulled is there"
        assert before.handles is not None, "what is pulled has handles"
        index, grip = place
        pulled = before.handles.pull(before, index, held, grip, start, end)
        if pulled != self._distribution:
            self._distribution = pulled
            like = list(self.item.ellipses)
            like[index] = held.pulled(grip, start, end)  # a quick hand may turn it far
            self.item.show_ellipses(before.handles.read(pulled), tuple(like))
            self._note.set_text(self._words(index, grip))
            self.edited.emit(pulled, self._deed(index, grip), gesture)

    def _noun(self, index: int) -> str:
        assert self._distribution is not None, "what is named is there"
        assert self._distribution.handles is not None, "what is named has handles"
        return f"{self._distribution.handles.label} {index + 1}"

    def _deed(self, index: int, grip: Grip) -> str:
        several = len(self.item.ellipses) > 1
        verb = {"centre": "move", "turn": "turn"}.get(grip, "stretch")
        if "second" not in self.item.ellipses[index].grips and grip == "first":
            verb = "resize"
        rest = self._noun(index) if several else "the mean" if grip == "centre" else "the ellipse"
        return f"{verb} {'the circle' if verb == 'resize' else rest}"

    def _words(self, index: int, grip: Grip) -> str:
        ellipse = self.item.ellipses[index]
        decimals = self._plot.decimals()
        if grip == "centre":
            numbers = "mean " + ", ".join(f"{x:.{decimals}f}" for x in ellipse.centre)
        elif grip == "turn":
            degrees = math.degrees(math.atan2(ellipse.axes[0][1], ellipse.axes[0][0]))
            numbers = f"axis at {degrees:.0f}°"
        else:
            length = np.linalg.norm(ellipse.axes[0 if grip == "first" else 1])
            numbers = f"{ellipse.measure} {length:.{decimals}f}"
        several = len(self.item.ellipses) > 1
        which = f"{self._noun(index)} of {len(self.item.ellipses)}: " if several else ""
        words = (which + numbers).replace("-", "−")
        keys = "arrows move it" if grip == "centre" else "arrows change it"
        more = ", Enter: next handle" if len(ellipse.grips) > 1 else ""
        return f"{words[:1].upper()}{words[1:]}\n{keys[:1].upper()}{keys[1:]}{more}, Esc: done"
