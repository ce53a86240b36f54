"""Curves over training steps that stay fast for millions of steps.

What is drawn follows the zoom: the extremes of each pixel column, or every value
where columns hold but one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from vae_gui.core.distributions import Array
from vae_gui.ui.plotting.columns import Columns
from vae_gui.ui.plotting.pyramid import Edges, MinMaxPyramid
from vae_gui.ui.plotting.surface import has_pixels, polygon
from vae_gui.ui.plotting.view_item import ViewItem

BOLD = 0.5  # pixels that a bold line is wider
AT_ONCE = 200  # columns that a frame paints to be kept
FEW = 16  # columns that are painted with each frame rather than to be kept
NOTHING: tuple[Array, Array] = (np.empty(0), np.empty((0, 1)))
FAR = 20.0  # heights of the view; values beyond are drawn there, which nobody sees


class CurvesItem(ViewItem):
    """The series of a `MinMaxPyramid` as one curve each.

    Args:
        pyramid: The series.
        pens: A pen of one pixel for each.
        bold: Draw stronger lines. Qt takes 50 ms for a zigzag with a pen wider than
            a pixel, so that on pixels a thin line is drawn twice, a little apart.
    """

    def __init__(self, pyramid: MinMaxPyramid, pens: Sequence[QPen], *, bold: bool = False) -> None:
        super().__init__()
        self._pens = list(pens)
        self._vertices: tuple[Array, Array] | None = None
        self._last: tuple[object, tuple[Array, Array]] = (None, NOTHING)  # in which view, and they
        self._changed = 0  # row from which on these do not hold any more
        self._edges: Edges = np.empty(0, np.int64)  # of the columns drawn
        self._ends: Edges = np.empty(0, np.int64)  # corners up to the end of each column
        self._dense = False  # whether it is a band, of several steps a pixel
        self._bold = bold
        self._kept: _Kept | None = None
        self.set_pyramid(pyramid)

    @property
    def pyramid(self) -> MinMaxPyramid:
        """What is drawn."""
        return self._pyramid

    def set_pyramid(self, pyramid: MinMaxPyramid) -> None:
        """Draw another series."""
        self._pyramid = pyramid
        self._known = Columns(pyramid)
        self._settled = 0  # rows that will not change any more
        self.refresh()

    def set_pens(self, pens: Sequence[QPen]) -> None:
        """Take one pen a series."""
        self._pens = list(pens)
        self._kept = None
        self.update()

    def refresh(self) -> None:
        """The series is to be drawn otherwise."""
        self._vertices = self._kept = None
        self._changed = 0
        self.update()

    def grow_from(self, row: int) -> None:
        """The series has grown, and changed from this row on."""
        self._known.grow_from(row)
        if self._kept is not None and row < self._kept.rows:
            self._kept = None
        self._settled = row
        self._changed = min(self._changed, row)
        self._vertices = None
        self.update()

    def vertices(self) -> tuple[Array, Array]:
        """The drawn corners: x (k,) and y (k, columns), NaN at gaps.

        A column of one step has one corner, another its lowest and its highest value.
        """
        if self._vertices is None:
            self._vertices = self._corners()
        return self._vertices

    def _corners(self) -> tuple[Array, Array]:
        (x_min, x_max), (y_min, y_max) = self.getViewBox().viewRange()
        pixels = self._columns()
        rows, block = len(self._pyramid), self._pyramid.block
        edges = self.scale_of_steps.columns(x_min, x_max, pixels, rows, block)
        if not len(edges):
            self._edges = edges
            return np.empty(0), np.empty((0, self._pyramid.columns))
        # a far spike would leave the numbers that Qt can draw
        reach = FAR * (y_max - y_min)
        view = (x_min, x_max, y_min, y_max, pixels, self._pyramid, self.scale_of_steps)
        same = self._unchanged(edges) if view == self._last[0] else 0
        several = edges[1:] - edges[:-1] > 1
        ends_before, self._ends = self._ends, np.cumsum(1 + several)
        self._edges = edges
        self._dense = bool(np.count_nonzero(several) > 0.1 * len(several))
        x, y = self._corners_of(edges[same:], several[same:], remember=not same)
        y = y.clip(y_min - reach, y_max + reach)
        if same:
            (old_x, old_y), corners = self._last[1], int(ends_before[same - 1])
            x, y = np.append(old_x[:corners], x), np.concatenate([old_y[:corners], y])
        self._last, self._changed = (view, (x, y)), len(self._pyramid)
        return x, y

    def _unchanged(self, edges: Edges) -> int:
        """How many of these columns, from the first on, are among the last and as they were."""
        same = int(self._edges.searchsorted(self._changed, "right")) - 1
        same = min(same, len(edges) - 1)
        if same < 1:
            return 0
        equal = edges[: same + 1] == self._edges[: same + 1]
        return same if equal.all() else max(int(equal.argmin()) - 1, 0)

    def _corners_of(
        self, edges: Edges, several: npt.NDArray[np.bool_], remember: bool
    ) -> tuple[Array, Array]:
        """The corners of columns between edges, those with several rows being marked as such."""
        if len(edges) < 2:
            return np.empty(0), np.empty((0, self._pyramid.columns))
        x = self.scale_of_steps.centres(edges)
        if several.any():
            low, high = (self._known if remember else self._pyramid).extremes(edges)
            drawn = np.stack([np.ones_like(several), several], axis=1).ravel()
            x = np.repeat(x, 2)[drawn]
            y = np.stack([low, high], axis=1).reshape(2 * len(low), -1)[drawn]
        else:
            y = self._pyramid.values[edges[0] : edges[-1]]
        return x, np.where(np.isfinite(y), y, np.nan).astype(np.float64)

    def crossings(self, place: QRectF) -> int:
        """How many drawn corners lie in a rectangle of the plot."""
        x, y = self.vertices()
        first, last = np.searchsorted(x, [place.left(), place.right()])
        inside = y[first:last]
        return int(np.count_nonzero((inside >= place.top()) & (inside <= place.bottom())))

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the curves, the first series on top."""
        x, y = self.vertices()
        if len(x):
            on_pixels = has_pixels(painter)
            first = self._copy_kept(painter) if on_pixels else 0
            self._draw(painter, x[first:], y[first:], on_pixels)

    def _copy_kept(self, painter: QPainter) -> int:
        """Copy the pixels of the columns that will not change, each painted but once.

        Returns:
            The last corner that was drawn so.
        """
        columns = int(np.searchsorted(self._edges, self._settled, side="right")) - 1
        if columns < 1:
            return 0
        (x, y), to_pixels = self.vertices(), painter.deviceTransform()
        place = to_pixels.mapRect(self.boundingRect()).toAlignedRect()
        surface, kept = (to_pixels, place, self._dense), self._kept
        if kept is None or kept.surface != surface or kept.columns > columns:
            self._kept = _Kept(surface)
            return 0  # a view that has just changed costs enough, and may go on changing
        since, until = kept.columns, min(columns, kept.columns + AT_ONCE)
        if since and until - since < FEW:
            until = since
        first = max(int(self._ends[since - 1]) - 1, 0) if since else 0
        corners = int(self._ends[until - 1])
        if kept.pixmap is None:
            kept.pixmap = QPixmap(place.size())
            kept.pixmap.fill(Qt.GlobalColor.transparent)
        if since < until:
            inner = QPainter(kept.pixmap)
            inner.setTransform(to_pixels * QTransform.fromTranslate(-place.x(), -place.y()))
            self._draw(inner, x[first:corners], y[first:corners], on_pixels=True)
            inner.end()
            kept.columns, kept.rows = until, int(self._edges[until])
        back, _ = to_pixels.inverted()
        here = painter.worldTransform()
        painter.setWorldTransform(back * here)  # a unit is a pixel
        painter.drawPixmap(place.topLeft(), kept.pixmap)
        painter.setWorldTransform(here)
        return corners - 1

    def _draw(self, painter: QPainter, x: Array, y: Array, on_pixels: bool) -> None:
        bold = self._bold and not self._dense
        wider = BOLD if bold and not on_pixels else 0.0
        # the edge of a band need not be smooth, and without that it takes a third of the time
        painter.setRenderHint(
            QPainter.RenderHint.Antialiasing, self._bold or not (self._dense and on_pixels)
        )
        whole = on_pixels and bool(np.isfinite(y).all())
        for column, pen in reversed(list(zip(y.T, self._pens, strict=True))):
            draw: Callable[[], None]
            if whole:
                draw = partial(painter.drawPolyline, polygon(x, column))
            else:  # a path may have gaps, and takes longer
                draw = partial(painter.drawPath, pg.arrayToQPath(x, column, connect="finite"))
            line = pen
            if wider:
                line = QPen(pen)
                line.setWidthF(pen.widthF() + wider)
            painter.setPen(line)
            draw()
            if bold and on_pixels:
                here = painter.worldTransform()
                painter.setWorldTransform(here * QTransform.fromTranslate(BOLD, BOLD))
                draw()
                painter.setWorldTransform(here)


@dataclass
class _Kept:
    """Columns as they were painted on a surface: so many, of the first `rows` rows."""

    surface: tuple[QTransform, QRect, bool]
    pixmap: QPixmap | None = None
    columns: int = 0
    rows: int = 0
