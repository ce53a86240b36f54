"""The hand in Data space: what a person does to the true distribution, and what is to come of it.

It emits distributions and never takes one over by itself: it shows what it is told is wanted.
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from vae_gui.core.distributions import Distribution
from vae_gui.core.views import mass_levels
from vae_gui.ui.panels.data_space_handles import HandleTool
from vae_gui.ui.plotting.contours import contour_lines
from vae_gui.ui.plotting.plot import Plot, with_margin
from vae_gui.ui.theme import Theme

OUTLINED = (0.5, 0.9)  # masses that the contours of what is to come enclose
GRID = 140  # nodes each way for them


class Shaping(QObject):
    """Handles and drawing over one plot, with the outline of what waits for a reset.

    Signals:
        edited: A distribution, what was done in words, and the gesture that it belongs to.
        chosen: Which ellipse of it was taken hold of.
    """

    edited = Signal(object, str, object)
    chosen = Signal(object)

    def __init__(self, plot: Plot, parent: QObject) -> None:
        super().__init__(parent)
        self._plot = plot
        self._truth: Distribution | None = None
        self._wanted: Distribution | None = None
        self.outline = pg.PlotCurveItem(connect="finite", antialias=True)
        self.outline.setZValue(40)
        plot.addItem(self.outline, ignoreBounds=True)
        left, bottom = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignBottom
        self.note = plot.add_note(left | bottom)
        self.handles = HandleTool(plot, self.note, self)
        self.handles.edited.connect(self.edited)
        self.handles.chosen.connect(self.chosen)
        self._later = QTimer(self, singleShot=True, interval=0)  # once for many changes
        self._later.timeout.connect(self._draw_outline)

    def show_truth(self, truth: Distribution | None) -> None:
        """The run's data come from this one; None for no run."""
        self._truth = truth
        if self._wanted is None:
            self.handles.show_distribution(truth)
        self._later.start()

    def show_wanted(self, wanted: Distribution) -> None:
        """The controls ask for this one, which the run may not have yet."""
        self._wanted = wanted
        self.handles.show_distribution(wanted)
        self._later.start()

    def set_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self.handles.set_theme(theme)
        self.outline.setPen(theme.pen("true", 1.0, style=Qt.PenStyle.DashLine))

    @Slot()
    def _draw_outline(self) -> None:
        wanted = self._wanted
        if wanted is None or self._truth is None or wanted == self._truth:
            self.outline.setVisible(False)
            return
        x1_min, x1_max, x2_min, x2_max = with_margin(wanted.bounds, 0.05)
        x1, x2 = np.linspace(x1_min, x1_max, GRID), np.linspace(x2_min, x2_max, GRID)
        density = wanted.density(x1, x2)
        cell = float((x1[1] - x1[0]) * (x2[1] - x2[0]))
        self.outline.setData(*contour_lines(x1, x2, density, mass_levels(density, cell, OUTLINED)))
        self.outline.setVisible(True)
