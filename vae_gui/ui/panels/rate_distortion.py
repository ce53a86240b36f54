"""Rate against distortion: the path of a run beside what no model can go below.

R >= H - D (Alemi et al. 2018): at beta = 1 the distance from the line is the loss above the
entropy.
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QResizeEvent

from vae_gui.core.distributions import Array
from vae_gui.ui.plotting.crowding import NOBODY, Crowd
from vae_gui.ui.plotting.plot import Plot
from vae_gui.ui.plotting.points import PointsItem
from vae_gui.ui.plotting.ranges import Range, settled
from vae_gui.ui.theme import Theme

EMPTY_VIEW = (0.0, 2.0, 0.0, 4.0)
HIGHEST = 12.0  # nats beyond the least; an untrained model farther off is not worth the view
LEAST = 0.05  # nats that are always shown
KEY_WIDTH, KEY_HEIGHT = 200, 160  # pixels from which on there is room for words
KEY = "dashed: R = H − D\ndotted: of this test set"
LITTLE = 0.1
CLOSE = 0.5  # of the moments, the later ones, are shown close up


class RateDistortionPlot(Plot):
    """Rate across, distortion upwards, both in nats."""

    def __init__(self, theme: Theme) -> None:
        self._items_made = False  # Plot colours itself before the items here exist
        super().__init__(
            theme,
            "Rate and distortion of the run",
            x_label="rate R (nats)",
            y_label="distortion D (nats)",
        )
        self.line, self.path = pg.InfiniteLine(angle=-45), pg.PlotCurveItem(antialias=True)
        self.empirical = pg.InfiniteLine(angle=-45)
        self.moments = PointsItem(theme.color("latent"), 4.0)
        self.now = PointsItem(theme.color("accent"), 9.0)
        for item in (self.line, self.empirical, self.path, self.moments, self.now):
            self.addItem(item, ignoreBounds=True)
        # the path falls from the top left to the bottom right, above the line, from anywhere
        self.key = self.add_note(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        self.readout = self.add_note(Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft)
        self.key.avoid(self._crowding, optional=True)
        self.pointed.connect(self._on_pointed)
        self._held = False  # by a person who zoomed or panned
        self.moved.connect(self._on_moved)
        self._entropy, self._known = 0.0, False
        self._line, self._corners = NOBODY, NOBODY  # of the path
        self._ranges: tuple[Range | None, Range | None] = (None, None)
        self._items_made = True
        self.set_theme(theme)
        self.clear_run()

    def set_theme(self, theme: Theme) -> None:
        """Colour everything."""
        super().set_theme(theme)
        if self._items_made:
            self.line.setPen(theme.pen("true", 1.0, 1.0, Qt.PenStyle.DashLine))
            self.empirical.setPen(theme.pen("true", 1.0, 0.5, Qt.PenStyle.DotLine))
            self.path.setPen(theme.pen("total"))
            self.moments.set_style(theme.color("latent"), 4.0)
            self.now.set_style(theme.color("accent"), 9.0)

    def show_entropy(self, entropy: float, test_floor: float) -> None:
        """Draw R = H - D, for the entropy and for the floor of this very test set."""
        self._entropy = entropy
        self.line.setPos((0.0, entropy))
        self.empirical.setPos((0.0, test_floor))
        for line in (self.line, self.empirical):
            line.show()
        self._known = True
        self._show_key()

    @Slot()
    def _show_key(self) -> None:
        """Tell the lines apart, where there is room."""
        roomy = self.width() >= KEY_WIDTH and self.height() >= KEY_HEIGHT
        self.key.set_text(KEY if roomy and self._known else "")
        self.setToolTip(KEY if self._known else "")  # also where no corner is free

    def _crowding(self, place: QRectF) -> float:
        """How much is drawn in a rectangle: the path, its moments, the lines, the read-out."""
        crowd = self._line.within(place) + 10.0 * self._corners.within(place)
        for line in (self.line, self.empirical):
            total = line.y() + line.x()  # rate and distortion along it
            met = place.left() + place.top() <= total <= place.right() + place.bottom()
            crowd += LITTLE * met  # they are long enough to be seen elsewhere
        if self.readout.isVisible():
            box = self.readout.mapRectToParent(self.readout.boundingRect())
            crowd += 1e6 * self._view.mapToView(box).boundingRect().intersects(place)
        return crowd

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words only where there is room."""
        super().resizeEvent(event)
        if self._items_made:
            self._show_key()

    def show_path(self, path: Array, now: int | None, close: bool) -> None:
        """Draw the run.

        Args:
            path: Rate and distortion, (n, 2), in order of steps.
            now: The row of the moment shown.
            close: Show the later moments only.
        """
        finite = path[np.isfinite(path).all(axis=1)]
        self.path.setData(finite[:, 0], finite[:, 1])
        self.moments.set_points(finite)
        self._line, self._corners = Crowd.of_lines(*finite.T), Crowd.of_points(*finite.T)
        self.place_notes()
        self.now.set_points(path[now : now + 1] if now is not None else np.empty((0, 2)))
        if len(finite):
            self._fit(finite[int(CLOSE * len(finite)) :] if close else finite)

    def _fit(self, path: Array) -> None:
        # the point of the line nearest to each moment is in view, so that one sees how far it is
        above = (path.sum(axis=1) - self._entropy)[:, None] / 2
        seen = np.concatenate([path, path - above])
        low = seen.min(axis=0)
        high = np.minimum(seen.max(axis=0), low + HIGHEST)
        middle, half = (low + high) / 2, np.maximum((high - low) / 2, LEAST / 2)
        a, b = (
            settled(shown, (float(m - h), float(m + h)))
            for shown, m, h in zip(self._ranges, middle, half, strict=True)
        )
        if (a, b) != self._ranges:
            self._ranges = a, b
            self.set_home((*a, *b), show=not self._held)

    def refit(self) -> None:
        """Choose the range anew when the path is drawn next."""
        self._ranges = (None, None)
        self._held = False

    def _on_moved(self) -> None:
        self._held = True

    def reset_view(self) -> None:
        """Follow the run again."""
        super().reset_view()
        self._held = False

    def clear_run(self) -> None:
        """Show no run."""
        self.refit()
        self.show_path(np.empty((0, 2)), None, close=False)
        for line in (self.line, self.empirical):
            line.hide()
        self._known = False
        self._show_key()
        self.readout.set_text("")
        self.set_home(EMPTY_VIEW)

    @Slot(object)
    def _on_pointed(self, at: tuple[float, float] | None) -> None:
        if at is None or not self.line.isVisible():
            self.readout.set_text("")
            self.key.place()
            return
        rate, distortion = at
        above = rate + distortion - self._entropy
        words = f"R {rate:.3f}   D {distortion:.3f}\nR + D − H {above:+.3f} nats"
        self.readout.set_text(words.replace("-", "−"))
        self.key.place()
