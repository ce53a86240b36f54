"""Round points as stamps: one disc is painted once and copied to every point.

QPainter strokes a round, antialiased point as a path of its own, which takes 10 ms
for 2,000 of them; its copy of a picture takes 0.15 microseconds, and one by our C kernel,
where there is one, a fifth of that.
"""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import shiboken6
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap, QTransform

from vae_gui.core import kernel
from vae_gui.core.distributions import Array
from vae_gui.core.kernel.stamp import LANE, Bytes, Stamper, Words
from vae_gui.core.network import Floats

SUBPIXELS = 4  # a stamp for each quarter of a pixel, so that slow points glide
FRAGMENT = 10  # doubles in a QPainter.PixmapFragment: x, y, source rectangle, scale, ...
SPARSE = 80  # pixels a point; where there are more, a canvas to clear and show costs too much


class Stamps:
    """Discs of one colour and size, for a painter whose unit is a pixel.

    Args:
        color: With opacity.
        diameter: In pixels.
    """

    def __init__(self, color: QColor, diameter: float) -> None:
        self._discs = _discs(color, diameter)
        self._color = QColor(color.rgb()).rgba()  # without its opacity, which the discs have
        self._cell = self._discs.height() // SUBPIXELS
        self._pixmap: QPixmap | None = None
        self._stamper: Stamper | None = None
        self._fragments: Array = np.zeros((0, FRAGMENT))

    def draw_in_view(
        self, painter: QPainter, points: Array, to_pixels: QTransform, view: QRectF
    ) -> None:
        """Draw a disc at each of the points (n, 2) in view, by the way that takes less time.

        Args:
            painter: Its unit is a pixel.
            points: Contiguous.
            to_pixels: Where they lie.
            view: Pixels in view.
        """
        # a disc of whose cell nothing is in view may be left out
        reach = math.ceil(0.5 * self._cell + 1)
        around = view.toAlignedRect().adjusted(-reach, -reach, reach, reach)
        library = kernel.load()
        if library is not None and around.width() * around.height() <= SPARSE * len(points):
            self._draw_on_canvas(library, painter, points, to_pixels, around)
        else:
            at = mapped(points, to_pixels)
            x, y = at.T
            inside = (x >= around.left()) & (x <= around.right())
            inside &= (y >= around.top()) & (y <= around.bottom())
            self.draw(painter, at if inside.all() else at[inside])

    def _draw_on_canvas(
        self,
        library: kernel.Kernel,
        painter: QPainter,
        points: Array,
        to_pixels: QTransform,
        around: QRect,
    ) -> None:
        """Copy them to an image of the view, and that to the painter."""
        if self._stamper is None:
            cells = _alpha(self._discs).reshape(SUBPIXELS, self._cell, SUBPIXELS, self._cell)
            color = np.array([self._color], np.uint32).view(np.uint8)
            self._stamper = Stamper(library, cells.swapaxes(1, 2), color, self._cell // 2)
        high, wide = around.height() + self._cell, around.width() + self._stamper.width
        wide = -(-wide // LANE) * LANE
        through, picture = _canvas(high, wide)
        origin = around.topLeft() - QPoint(self._cell // 2, self._cell // 2)
        matrix = _matrix(to_pixels) - [[0, 0], [0, 0], [origin.x(), origin.y()]]
        left, top, right, bottom = self._stamper.lay(points, matrix, through, picture)
        drawn = QRect(left, top, right - left, bottom - top)
        if not drawn.isEmpty():
            kind = QImage.Format.Format_ARGB32_Premultiplied
            image = QImage(picture.data, wide, high, 4 * wide, kind)
            painter.drawImage(origin + drawn.topLeft(), image, drawn)

    def draw(self, painter: QPainter, at: Floats) -> None:
        """Draw a disc at each of these pixel positions (n, 2)."""
        if not len(at):
            return
        if self._pixmap is None:
            self._pixmap = QPixmap.fromImage(self._discs)
        if len(self._fragments) < len(at):
            self._fragments = np.zeros((len(at), FRAGMENT))
            self._fragments[:, 4:6] = self._cell  # size
            self._fragments[:, 6:8] = 1.0  # scale
            self._fragments[:, 9] = 1.0  # opacity
        rows = self._fragments[: len(at)]
        steps = np.floor(SUBPIXELS * at + 0.5)  # whole numbers; dividing integers takes longer
        centre = np.floor(steps * (1 / SUBPIXELS))
        rows[:, 0:2] = centre
        rows[:, 2:4] = (steps - SUBPIXELS * centre) * self._cell  # source
        # PySide takes the first fragment of a C array; this is one, without 10,000 objects
        first = shiboken6.wrapInstance(rows.ctypes.data, QPainter.PixmapFragment)
        painter.drawPixmapFragments(cast(QPainter.PixmapFragment, first), len(rows), self._pixmap)


def mapped(points: Array, transform: QTransform) -> Array:
    """The points (n, 2), mapped; those far away may be infinite or NaN."""
    matrix = _matrix(transform)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(points @ matrix[:2] + matrix[2])


def draw_circles(painter: QPainter, at: Floats, color: QColor, diameter: float) -> None:
    """The same as shapes, for SVG and PDF: a true circle for each point (n, 2)."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)  # a picture may end in pixels
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    for x, y in at.tolist():
        painter.drawEllipse(QPointF(x, y), 0.5 * diameter, 0.5 * diameter)


def _discs(color: QColor, diameter: float) -> QImage:
    """Discs in square cells, each shifted by quarters of a pixel: column along x, row along y."""
    cell = 2 * math.ceil(0.5 * diameter + 1)  # even, so that centres are whole pixels
    side = SUBPIXELS * cell
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    for row in range(SUBPIXELS):
        for column in range(SUBPIXELS):
            x = cell * (column + 0.5) + column / SUBPIXELS
            y = cell * (row + 0.5) + row / SUBPIXELS
            painter.drawEllipse(QPointF(x, y), 0.5 * diameter, 0.5 * diameter)
    painter.end()
    return image


def _alpha(image: QImage) -> Bytes:
    """Opacity of its pixels, (height, width)."""
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())
    return (pixels >> 24).astype(np.uint8)


def _matrix(t: QTransform) -> Array:
    return np.array([[t.m11(), t.m12()], [t.m21(), t.m22()], [t.dx(), t.dy()]])


_buffer = np.empty(0, np.uint16)  # painting is one thread's


def _canvas(height: int, width: int) -> tuple[Words, Bytes]:
    """Words (height, width) and pixels (height, width, 4) of any value, until the next call."""
    global _buffer
    size = height * width
    if len(_buffer) < 3 * size:
        _buffer = np.empty(3 * size, np.uint16)
    pixels = _buffer[size : 3 * size].view(np.uint8)
    return _buffer[:size].reshape(height, width), pixels.reshape(height, width, 4)
