"""A hand on a plot: presses, moves and releases at data positions, by the events of Qt."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

NONE, LEFT = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
MIDDLE = Qt.MouseButton.MiddleButton
PLAIN = Qt.KeyboardModifier.NoModifier


class Hand:
    """Moves over one `Plot`."""

    def __init__(self, plot):
        self.plot = plot
        self._send(QEvent(QEvent.Type.Enter))

    def pixel(self, x, y):
        scene = self.plot.getPlotItem().vb.mapViewToScene(QPointF(x, y))
        return self.plot.mapFromScene(scene)

    def _send(self, event):
        QApplication.sendEvent(self.plot.viewport(), event)

    def _mouse(self, kind, at, button, buttons, modifiers=PLAIN):
        where = self.pixel(*at)
        screen = QPointF(self.plot.viewport().mapToGlobal(where))
        self._send(QMouseEvent(kind, QPointF(where), screen, button, buttons, modifiers))

    def move(self, *at, down=NONE):
        self._mouse(QEvent.Type.MouseMove, at, NONE, down)

    def press(self, *at, button=LEFT, modifiers=PLAIN):
        self._mouse(QEvent.Type.MouseButtonPress, at, button, button, modifiers)

    def release(self, *at, button=LEFT):
        self._mouse(QEvent.Type.MouseButtonRelease, at, button, NONE)

    def drag(self, *points, button=LEFT, modifiers=PLAIN, pause_ms=0):
        """One movement; pyqtgraph passes over moves that follow each other within 17 ms."""
        self.press(*points[0], button=button, modifiers=modifiers)
        for point in points[1:]:
            QTest.qWait(pause_ms)
            self.move(*point, down=button)
        self.release(*points[-1], button=button)

    def wheel(self, x, y, notches, modifiers=PLAIN):
        at = QPointF(self.pixel(x, y))
        self._send(
            QWheelEvent(
                at, QPointF(self.plot.viewport().mapToGlobal(at.toPoint())), QPoint(),
                QPoint(0, 120 * notches), NONE, modifiers, Qt.ScrollPhase.NoScrollPhase, False,
            )
        )  # fmt: skip
