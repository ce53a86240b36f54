"""How a panel is drawn in several turns, between which the window answers and training goes on.

A long turn holds up whoever clicks or types, and training with them: what takes several
milliseconds, to draw or to paint, is cut into pieces.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from enum import Enum

from PySide6.QtWidgets import QGraphicsView
from shiboken6 import isValid


class Cut(Enum):
    """Where one piece of a panel ends and the next begins."""

    IF_LATE = "if late"  # the turn ends here if it has taken long enough
    PAINT_FIRST = "paint first"  # it ends in any case: what was drawn is painted before more is


Turns = Generator[Cut, None, None]


@contextmanager
def unpainted(view: QGraphicsView) -> Iterator[None]:
    """Leave on the screen what a view shows until all of it is drawn, in however many turns.

    It would be painted after the first of them otherwise, half drawn; and so the last piece
    can be followed by a cut, after which the view is painted in a turn of its own. When the
    window asks for it meanwhile, since its size or style has changed, it is painted as it is.
    Not to be nested for one view.
    """
    mode = view.viewportUpdateMode()
    view.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.NoViewportUpdate)
    try:
        yield
    finally:
        if isValid(view):  # turns that were never finished may outlive their panel
            view.setViewportUpdateMode(mode)
            view.viewport().update()
