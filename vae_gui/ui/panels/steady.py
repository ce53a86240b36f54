"""A frame for words that change often: the layout around it hears only of another size.

A label asks for a new layout whenever its text changes, and the request climbs up to the window,
which then lays out every dock and paints most of itself.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget


class Steady(QWidget):
    """Holds one widget, shown and hidden with it.

    Args:
        held: With its text format, alignment and size policy set. It becomes this one's child.
    """

    def __init__(self, held: QWidget) -> None:
        super().__init__(held.parentWidget())
        self._held = held
        # one that was neither shown nor hidden yet is hidden, too, until its parent is shown
        shown = not (
            held.isHidden() and held.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide)
        )
        held.setParent(self)
        held.setVisible(shown)
        self.setSizePolicy(held.sizePolicy())
        self.setMinimumSize(held.minimumSize())
        self.setMaximumSize(held.maximumSize())
        self._needed = self._needs()
        held.installEventFilter(self)

    def sizeHint(self) -> QSize:
        """What is held says."""
        return self._held.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """What is held says."""
        return self._held.minimumSizeHint()

    def heightForWidth(self, width: int) -> int:
        """What is held says."""
        return self._held.heightForWidth(width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give all the room to what is held."""
        super().resizeEvent(event)
        self._held.setGeometry(self.rect())
        if event.oldSize().width() != event.size().width():  # at another width, other lines
            self._needed = self._needs()

    def event(self, event: QEvent) -> bool:
        """What is held has changed: pass it on if it needs other room."""
        # nobody is told of changes while it cannot be seen
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            if self.sizePolicy() != self._held.sizePolicy():  # a label's follows its text
                self.setSizePolicy(self._held.sizePolicy())
            needed = self._needs()
            if needed != self._needed:
                self._needed = needed
                self.updateGeometry()
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What is held is shown or hidden."""
        if event.type() == QEvent.Type.ShowToParent:
            self.show()
        elif event.type() == QEvent.Type.HideToParent:
            self.hide()
        return False

    def _needs(self) -> tuple[int, QSize]:
        held = self._held
        if held.hasHeightForWidth():  # how wide it would like to be does not matter, then
            return held.heightForWidth(max(self.width(), 1)), QSize()
        return -1, held.sizeHint()
