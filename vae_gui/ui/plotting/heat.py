"""Counts of points on a grid, as an image whose memory is used again and again."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from vae_gui.core.distributions import Array, Bounds
from vae_gui.core.network import Floats
from vae_gui.ui.plotting.surface import has_pixels
from vae_gui.ui.theme import Theme

Counts = npt.NDArray[np.int64]
COLORS = 256
FAINTEST = 0.12  # where on the ramp a nearly empty cell begins: one point must be seen


def bin_counts(xy: Floats, bounds: Bounds, bins: int) -> Counts:
    """How many points (n, 2) lie in each of `bins` x `bins` equal cells: rows along x2.

    As np.histogram2d counts, which takes 15 times longer; non-finite points count nowhere.
    """
    x1_min, x1_max, x2_min, x2_max = bounds
    points = np.asarray(xy, np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        column = (points[:, 0] - x1_min) * (bins / (x1_max - x1_min))
        row = (points[:, 1] - x2_min) * (bins / (x2_max - x2_min))
    inside = (column >= 0) & (column <= bins) & (row >= 0) & (row <= bins)  # not so for NaN
    last = bins - 1  # the outermost edge belongs to the last cell
    columns = np.minimum(column[inside].astype(np.int64), last)
    rows = np.minimum(row[inside].astype(np.int64), last)
    return np.bincount(rows * bins + columns, minlength=bins * bins).reshape(bins, bins)


def cell_area(bounds: Bounds, bins: int) -> float:
    """Area of one cell: counts / (points * area) is a density."""
    x1_min, x1_max, x2_min, x2_max = bounds
    return (x1_max - x1_min) * (x2_max - x2_min) / bins**2


class CellsItem(pg.GraphicsObject):
    """A grid of cells, each of one of `COLORS` colours; subclasses say which.

    Args:
        smooth: Whether what is between the middles of cells is interpolated: for values of a
            function, not for counts.
    """

    def __init__(self, smooth: bool = False) -> None:
        super().__init__()
        self._smooth = smooth
        self._rect = QRectF()
        self._levels: npt.NDArray[np.uint8] = np.zeros((0, 0), np.uint8)
        self._pixels: npt.NDArray[np.uint32] = np.zeros((0, 0), np.uint32)
        self._image = QImage()

    def _set_table(self, rgba: npt.NDArray[np.ubyte], empty: int = 0) -> None:
        """Take the colours (COLORS, 4); cells of level `empty` are not drawn."""
        wide = rgba.astype(np.uint32)
        self._table = (255 << 24) | (wide[:, 0] << 16) | (wide[:, 1] << 8) | wide[:, 2]
        self._table[empty] = 0  # transparent
        self._empty = empty
        self._colour()

    def _set_levels(self, levels: Array, bounds: Bounds) -> None:
        """Show cells of these levels, (B1, B2), rows along x2, over `bounds`."""
        x1_min, x1_max, x2_min, x2_max = bounds
        rect = QRectF(x1_min, x2_min, x1_max - x1_min, x2_max - x2_min)
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect
        if levels.shape != self._levels.shape:
            self._levels = np.zeros(levels.shape, np.uint8)
            self._pixels = np.zeros(levels.shape, np.uint32)
            rows, columns = levels.shape
            self._image = QImage(
                self._pixels.data,
                columns,
                rows,
                4 * columns,
                QImage.Format.Format_ARGB32_Premultiplied,
            )
        self._levels[...] = levels
        self._colour()

    def clear(self) -> None:
        """Show nothing."""
        self._levels[...] = self._empty
        self._colour()

    @property
    def levels(self) -> npt.NDArray[np.uint8]:
        """Index of each cell's colour, (B1, B2)."""
        return self._levels

    def _colour(self) -> None:
        np.take(self._table, self._levels, out=self._pixels)
        self.update()

    def boundingRect(self) -> QRectF:
        """The grid's rectangle in data coordinates."""
        return self._rect

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the cells: one image on pixels, else rectangles, which no viewer blurs."""
        if has_pixels(painter) or self._smooth:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._smooth)
            painter.drawImage(self._rect, self._image)
        else:
            self._draw_cells(painter)

    def _draw_cells(self, painter: QPainter) -> None:
        rows, columns = self._levels.shape
        width, height = self._rect.width() / max(columns, 1), self._rect.height() / max(rows, 1)
        left, top = self._rect.left(), self._rect.top()
        wider, higher = reach_of_cells(self._levels != self._empty)
        for row, column in np.argwhere(self._levels != self._empty).tolist():
            color = QColor.fromRgba(int(self._pixels[row, column]))
            w, h = width * wider[row, column], height * higher[row, column]
            painter.fillRect(QRectF(left + column * width, top + row * height, w, h), color)


def reach_of_cells(full: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
    """How wide and high to draw each cell (B1, B2) that is not empty, in cells.

    A viewer that smooths edges shows the background between two cells that only touch. So each
    goes on for half a cell under the next to the right and above, which are drawn later; where
    it would come out at an empty corner, only to the right.
    """
    beyond = np.pad(full, ((0, 1), (0, 1)))
    right, above, corner = beyond[:-1, 1:], beyond[1:, :-1], beyond[1:, 1:]
    higher = above & (corner | ~right)
    return np.where(right, 1.5, 1.0), np.where(higher, 1.5, 1.0)


class HeatItem(CellsItem):
    """A grid of cells coloured by their density; empty cells are not drawn."""

    def __init__(self, theme: Theme, role: str) -> None:
        super().__init__()
        self.set_theme(theme, role)

    def set_theme(self, theme: Theme, role: str) -> None:
        """Take the ramp of a role's colour."""
        skipped = round(FAINTEST * COLORS)
        self._set_table(theme.ramp(role, COLORS + skipped)[skipped:])

    def set_density(self, density: Array, top: float, bounds: Bounds) -> None:
        """Show cells (B, B), rows along x2, over `bounds`; `top` and more get the last colour.

        Level 0 is for empty cells alone.
        """
        level = np.minimum(np.ceil(density * ((COLORS - 1) / top)), COLORS - 1)
        self._set_levels(level, bounds)
