"""Items that fill the view: what they show may lie anywhere, and is drawn where it is in view."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QRectF

from vae_gui.ui.plotting.steps import StepScale


class InView(pg.GraphicsObject):
    """An item that fills the view, and that another view is no reason to build anew."""

    def __init__(self) -> None:
        super().__init__()
        self._view = QRectF()

    def boundingRect(self) -> QRectF:
        """All that is in view."""
        if self._view.isNull():
            self._view = self._visible()
        return self._view

    def viewTransformChanged(self) -> None:
        """Another part of the plot is in view."""
        self.prepareGeometryChange()
        self._view = self._visible()
        super().viewTransformChanged()

    def _visible(self) -> QRectF:
        return QRectF(self.viewRect() or QRectF())


class ViewItem(pg.GraphicsObject):
    """An item that fills the view and is built anew for each range of it."""

    def __init__(self) -> None:
        super().__init__()
        self.scale_of_steps = StepScale()

    def boundingRect(self) -> QRectF:
        """The visible part of the plot."""
        return QRectF(self.viewRect())

    def viewTransformChanged(self) -> None:
        """Another part of the plot is visible."""
        self.prepareGeometryChange()
        self.refresh()
        super().viewTransformChanged()

    def set_step_scale(self, scale: StepScale) -> None:
        """Draw on a linear or logarithmic axis."""
        self.scale_of_steps = scale
        self.refresh()

    def refresh(self) -> None:
        """The series has grown, or is to be drawn otherwise."""
        self.update()

    def _columns(self) -> int:
        view = self.getViewBox()
        return max(1, round(view.width())) if view is not None else 1
