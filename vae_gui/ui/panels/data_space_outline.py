"""The outline of a distribution that waits for a reset, computed in short pieces between events.

It knows of no handle and no brush: it shows whichever distribution it is told.
"""

from __future__ import annotations

from collections.abc import Generator
from time import perf_counter

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject, QTimer, Slot

from vae_gui.core.distributions import Array, Distribution, Transformed
from vae_gui.core.views import mass_levels
from vae_gui.ui.plotting.contours import contour_lines
from vae_gui.ui.plotting.plot import with_margin

OUTLINED = (0.5, 0.9)  # masses that the contours enclose
GRID = 140  # nodes each way for them
PIECE = 0.008  # seconds that a piece of the work is to take
LONG = 0.3  # seconds after which an outline under way is given up for a newer one


def outlined(distribution: Distribution) -> Generator[None, None, tuple[Array, Array]]:
    """Contours that enclose `OUTLINED`, as x and y with NaN between two, in short pieces.

    A moved distribution has the contours of its base, moved: its masses are the same, and on
    a grid that is not turned a density is computed many times as fast.
    """
    if isinstance(distribution, Transformed):
        lines = yield from outlined(distribution.base)
        moved = np.stack(lines, axis=-1) @ distribution.transform.matrix.T
        moved += distribution.transform.shift
        return moved[:, 0], moved[:, 1]
    x1_min, x1_max, x2_min, x2_max = with_margin(distribution.bounds, 0.05)
    x1, x2 = np.linspace(x1_min, x1_max, GRID), np.linspace(x2_min, x2_max, GRID)
    density = np.empty((GRID, GRID))
    done, rows = 0, 1
    while done < GRID:
        yield
        began = perf_counter()
        density[done : done + rows] = distribution.density(x1, x2[done : done + rows])
        done += rows
        # rows may cost much more where the mass is than outside, where the first ones lie
        fitting = int(rows * PIECE / max(perf_counter() - began, 1e-6))
        rows = max(1, min(2 * rows, fitting))
    yield
    levels = mass_levels(density, float((x1[1] - x1[0]) * (x2[1] - x2[0])), OUTLINED)
    if distribution.hard_edges:  # where it is flat, only the edge has a line
        levels = np.minimum(levels, 0.5 * density.max())
    return contour_lines(x1, x2, density, levels)


class Outline(QObject):
    """Draws the outline of one distribution after another, the newest last.

    Args:
        item: What it is drawn with.
        parent: Its owner.
    """

    def __init__(self, item: pg.PlotCurveItem, parent: QObject) -> None:
        super().__init__(parent)
        self._item = item
        self._next: Distribution | None = None
        self._work: Generator[None, None, tuple[Array, Array]] | None = None
        self._began = 0.0
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._go_on)

    def show_distribution(self, distribution: Distribution | None) -> None:
        """Show the outline of this one as soon as it is known; at once nothing for None."""
        self._next = distribution
        if distribution is None:
            self._work = None
            self._timer.stop()
            self._item.setVisible(False)
            return
        if self._work is not None and perf_counter() - self._began > LONG:
            self._work = None
        self._timer.start()

    @Slot()
    def _go_on(self) -> None:
        if self._work is None:
            if self._next is None:
                self._timer.stop()
                return
            self._work, self._began = outlined(self._next), perf_counter()
            self._next = None
        try:
            next(self._work)
        except StopIteration as end:
            self._work = None
            self._item.setData(*end.value)
            self._item.setVisible(True)
