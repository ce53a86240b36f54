"""How a panel is drawn in several turns, between which the window answers and training goes on.

A long turn holds up whoever clicks or types, and training with them: what takes several
milliseconds, to draw or to paint, is cut into pieces.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from vae_gui.ui.frame import Frame
from vae_gui.ui.panels.base import PAINT_FIRST, Panel, Turns

__all__ = ["IF_LATE", "PAINT_FIRST", "PanelInTurns", "Turns", "unpainted"]

IF_LATE = not PAINT_FIRST  # a place to cut, if this turn has taken long enough


class PanelInTurns(Panel):
    """A panel that draws a frame piece by piece: subclasses override `turns`."""

    def turns(self, frame: Frame) -> Turns:
        """Draw a moment of the run; each yield is a place to cut, see `Panel.turns`."""
        raise NotImplementedError

    def show_frame(self, frame: Frame) -> None:
        """Draw all pieces at once."""
        for _ in self.turns(frame):
            pass


class _Shower(QObject):
    """Has a widget painted at once where what is on the screen of it will not do any more."""

    ANEW = (
        QEvent.Type.Resize,
        QEvent.Type.Show,
        QEvent.Type.StyleChange,
        QEvent.Type.PaletteChange,
    )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in self.ANEW:
            cast(QWidget, watched).setUpdatesEnabled(True)
        return False


@contextmanager
def unpainted(widget: QWidget) -> Iterator[None]:
    """Paint a widget at the end, however many turns that takes.

    It would be painted after the first of them otherwise, half drawn; and so the last piece
    can be followed by a cut, after which the widget is painted in a turn of its own. If its
    size or style changes meanwhile, it is painted as it is, rather than left blank.
    """
    shower = _Shower()
    widget.setUpdatesEnabled(False)
    widget.installEventFilter(shower)
    try:
        yield
    finally:
        if isValid(widget):  # turns that were never finished may outlive their panel
            widget.removeEventFilter(shower)
            widget.setUpdatesEnabled(True)
