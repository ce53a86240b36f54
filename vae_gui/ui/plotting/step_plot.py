"""A plot over training steps: follows the run until moved by hand, and has a cursor.

It knows steps, not what was measured at them.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from vae_gui.core.distributions import Bounds
from vae_gui.ui.plotting.plot import COMMANDS, Plot
from vae_gui.ui.plotting.steps import StepAxis, StepScale
from vae_gui.ui.theme import Theme

JUMP = 20  # pixels that Shift with an arrow key moves the cursor


class StepPlot(Plot):
    """A `Plot` whose horizontal axis counts training steps.

    Attributes:
        step_scale: Where steps lie along the axis.
        cursor: The step under the cursor, None while it is hidden.

    Signals:
        cursor_moved: The cursor went to another step (int), or away (None).
    """

    cursor_moved = Signal(object)

    def __init__(
        self, theme: Theme, name: str, *, y_label: str = "", parent: QWidget | None = None
    ) -> None:
        self._axis = StepAxis()
        super().__init__(
            theme,
            name,
            x_label="training step",
            y_label=y_label,
            x_axis=self._axis,
            parent=parent,
        )
        self.step_scale = StepScale()
        self.cursor: int | None = None
        self._last_step = 0
        self._held = False
        self.moved.connect(self._hold)
        self.pointed.connect(self._on_pointed)

    @Slot()
    def _hold(self) -> None:
        self._held = True

    @property
    def held(self) -> bool:
        """Whether someone has zoomed or panned since the last reset."""
        return self._held

    def reset_view(self) -> None:
        """Follow the run again."""
        super().reset_view()
        self._held = False

    def set_step_scale(self, scale: StepScale) -> None:
        """Count linearly or logarithmically; the range is to be set anew."""
        self.step_scale = scale
        self._axis.set_step_scale(scale)
        self._held = False

    def set_run_bounds(self, bounds: Bounds) -> None:
        """Show these bounds, now or, while someone holds the view, after its reset."""
        if self._held:
            self._home = self._view.home = bounds
        elif bounds != self._home:
            self.set_home(bounds)

    # cursor ---------------------------------------------------------------------

    def set_last_step(self, step: int) -> None:
        """How far the cursor may go; to the left it stops at step 0."""
        self._last_step = step
        if self.cursor is not None and self.cursor > step:
            self.move_cursor(None)

    def move_cursor(self, step: int | None) -> None:
        """Put the cursor on a step, or hide it."""
        if step is not None:
            step = min(max(step, 0), self._last_step)
        if step != self.cursor:
            self.cursor = step
            self.cursor_moved.emit(step)

    @Slot(object)
    def _on_pointed(self, at: tuple[float, float] | None) -> None:
        self.move_cursor(None if at is None else round(self.step_scale.step(at[0])))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the cursor."""
        super().focusOutEvent(event)
        self.move_cursor(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move the cursor by a step, with Shift by more; Home, End, Escape."""
        far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        targets: dict[int, Callable[[], int | None]] = {
            Qt.Key.Key_Left.value: lambda: self._beside(-1, far),
            Qt.Key.Key_Right.value: lambda: self._beside(1, far),
            Qt.Key.Key_Home.value: lambda: 0,
            Qt.Key.Key_End.value: lambda: self._last_step,
            Qt.Key.Key_Escape.value: lambda: None,
        }
        target = targets.get(event.key())
        if target is None or event.modifiers() & COMMANDS:
            super().keyPressEvent(event)
        else:
            self.move_cursor(target())

    def _beside(self, direction: int, far: bool) -> int:
        if self.cursor is None:
            return self._last_step  # the first key only shows it
        if not far:
            return self.cursor + direction
        pixel = self._view.viewPixelSize()[0]
        x = float(self.step_scale.x(self.cursor)) + direction * JUMP * pixel
        there = round(self.step_scale.step(x))
        return max(there, self.cursor + 1) if direction > 0 else min(there, self.cursor - 1)
