"""A widget as PNG, SVG or PDF, in memory."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPoint, QRect, QSizeF
from PySide6.QtGui import QImage, QImageWriter, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from vae_gui.core.parameters import InvalidValue
from vae_gui.ui.export.sheet import Sheet, blank_image
from vae_gui.ui.export.svg import tidy

PROGRAM = "VAE GUI"
POINTS_PER_INCH = 72
METRES_PER_INCH = 0.0254
LARGEST_SCALE = 4
COMPRESSION = 25  # of 100: a tenth larger than the usual and twice as fast


def render_png(widget: QWidget, scale: float = 2, *, header: bool = True) -> QImage:
    """A widget as pixels, `scale` times as many each way as on the screen.

    Lines and text keep their proportions. A panel gets its title and legend on top
    unless `header` is false; the same goes for `render_svg` and `render_pdf`.

    Raises:
        InvalidValue: The scale is not from 1 to 4.
    """
    if not 1 <= scale <= LARGEST_SCALE:
        raise InvalidValue("scale", scale, f"it must be a number from 1 to {LARGEST_SCALE}")
    sheet = Sheet(widget, header)
    image = blank_image(sheet.size, scale)
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        sheet.paint_pixels(painter, scale)
    image.setDevicePixelRatio(1)
    image.reinterpretAsFormat(QImage.Format.Format_RGB32)  # opaque: a channel less to compress
    dots_per_metre = round(scale * sheet.resolution / METRES_PER_INCH)
    image.setDotsPerMeterX(dots_per_metre)  # as large on paper as at 1x
    image.setDotsPerMeterY(dots_per_metre)
    image.setText("Title", sheet.title)
    image.setText("Software", PROGRAM)
    return image


def png_bytes(widget: QWidget, scale: float = 2, *, header: bool = True) -> bytes:
    """A widget as the content of a PNG file."""
    buffer = _open_buffer()
    writer = QImageWriter(buffer, b"PNG")
    writer.setCompression(COMPRESSION)
    writer.write(render_png(widget, scale, header=header))
    return bytes(buffer.data().data())


def render_svg(widget: QWidget, *, header: bool = True) -> bytes:
    """A widget as an SVG 1.1 document: shapes and real text, in widget pixels."""
    sheet = Sheet(widget, header)
    buffer = _open_buffer()
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # Tiny 1.2 knows no clipping
    generator.setOutputDevice(buffer)
    generator.setSize(sheet.size)
    generator.setViewBox(QRect(QPoint(), sheet.size))
    generator.setResolution(sheet.resolution)
    with QPainter(generator) as painter:
        sheet.paint_shapes(painter)
    return tidy(bytes(buffer.data().data()), sheet.title, PROGRAM)


def render_pdf(widget: QWidget, *, header: bool = True) -> bytes:
    """A widget as a PDF document of one page: shapes and embedded fonts."""
    sheet = Sheet(widget, header)
    buffer = _open_buffer()
    writer = QPdfWriter(buffer)
    writer.setResolution(sheet.resolution)  # one unit is a widget pixel, for pens too
    points = POINTS_PER_INCH / sheet.resolution
    # Qt makes whole points of it; upwards, so that nothing is cut off
    size = QSizeF(ceil(sheet.size.width() * points), ceil(sheet.size.height() * points))
    page = QPageSize(size, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF()))
    writer.setTitle(sheet.title)
    writer.setCreator(PROGRAM)
    with QPainter(writer) as painter:
        # JPEG, the alternative, blurs a heat map's cells
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
        painter.fillRect(0, 0, writer.width() + 1, writer.height() + 1, sheet.background)
        sheet.paint_shapes(painter)
    return bytes(buffer.data().data())


def _open_buffer() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.ReadWrite)
    return buffer
