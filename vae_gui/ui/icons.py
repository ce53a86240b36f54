"""The few signs on buttons, painted, so that no font needs to have them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

SIZE = 16  # the square that signs are drawn in
SCALE = 4  # pixels of the pixmap for each unit: sharp on any screen


def _menu(p: QPainter) -> None:
    p.setBrush(p.pen().color())
    for x in (3.5, 8.0, 12.5):
        p.drawEllipse(QPointF(x, 8), 0.8, 0.8)


def _close(p: QPainter) -> None:
    p.drawLine(QPointF(4, 4), QPointF(12, 12))
    p.drawLine(QPointF(12, 4), QPointF(4, 12))


def _float(p: QPainter) -> None:
    p.drawRoundedRect(QRectF(6, 3, 7, 7), 1.5, 1.5)
    path = QPainterPath(QPointF(4.2, 6))
    path.lineTo(3, 6)
    path.lineTo(3, 13)
    path.lineTo(10, 13)
    path.lineTo(10, 11.8)
    p.drawPath(path)


def _run(p: QPainter) -> None:
    p.setBrush(p.pen().color())
    p.drawPolygon(QPolygonF([QPointF(4.5, 3), QPointF(13, 8), QPointF(4.5, 13)]))


def _pause(p: QPainter) -> None:
    p.setBrush(p.pen().color())
    p.drawRect(QRectF(4, 3.5, 2.4, 9))
    p.drawRect(QRectF(9.6, 3.5, 2.4, 9))


def _step(p: QPainter) -> None:
    p.setBrush(p.pen().color())
    p.drawPolygon(QPolygonF([QPointF(3.5, 3.5), QPointF(10, 8), QPointF(3.5, 12.5)]))
    p.drawRect(QRectF(11.3, 3.5, 1.6, 9))


def _reset(p: QPainter) -> None:
    p.drawArc(QRectF(3, 3, 10, 10), 60 * 16, 290 * 16)
    p.setBrush(p.pen().color())
    p.drawPolygon(QPolygonF([QPointF(8.2, 1.2), QPointF(12, 3.6), QPointF(8.4, 6.2)]))


def _export(p: QPainter) -> None:
    p.drawLine(QPointF(8, 2.5), QPointF(8, 9.5))
    p.drawPolyline(QPolygonF([QPointF(5, 6.8), QPointF(8, 9.8), QPointF(11, 6.8)]))
    p.drawPolyline(
        QPolygonF([QPointF(3, 10.5), QPointF(3, 13), QPointF(13, 13), QPointF(13, 10.5)])
    )


def _brush(p: QPainter) -> None:
    p.drawLine(QPointF(13.3, 2.7), QPointF(7.6, 8.4))
    path = QPainterPath(QPointF(7.2, 8.8))
    path.cubicTo(4.6, 8.4, 5.2, 12.2, 2.6, 13.2)
    path.cubicTo(5.4, 14.2, 8.6, 12.6, 7.2, 8.8)
    p.setBrush(p.pen().color())
    p.drawPath(path)


def _eraser(p: QPainter) -> None:
    p.drawPolygon(QPolygonF([QPointF(9.5, 3), QPointF(13, 6.5), QPointF(7.5, 12), QPointF(4, 8.5)]))
    p.drawLine(QPointF(6.8, 5.7), QPointF(10.3, 9.2))
    p.drawLine(QPointF(3, 13.5), QPointF(13, 13.5))


def _spray(p: QPainter) -> None:
    p.setBrush(p.pen().color())
    dots = ((8, 8), (4, 5), (11.6, 4.4), (5, 11.4), (11, 11.8), (8, 3), (2.8, 8.6), (13.4, 8))
    for i, (x, y) in enumerate(dots):
        p.drawEllipse(QPointF(x, y), 1.0 if i < 3 else 0.6, 1.0 if i < 3 else 0.6)


def _move(p: QPainter) -> None:
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        end = QPointF(8 + 5.5 * dx, 8 + 5.5 * dy)
        p.drawLine(QPointF(8, 8), end)
        for side in (-1, 1):
            p.drawLine(end, end + QPointF(-2 * dx + 2 * side * dy, -2 * dy + 2 * side * dx))


def _symmetry(p: QPainter) -> None:
    for y in (2.5, 6.0, 9.5):
        p.drawLine(QPointF(8, y), QPointF(8, y + 2.2))
    p.drawLine(QPointF(8, 13), QPointF(8, 13.5))
    p.drawPolygon(QPolygonF([QPointF(6, 5), QPointF(6, 11), QPointF(2, 11)]))
    p.setBrush(p.pen().color())
    p.drawPolygon(QPolygonF([QPointF(10, 5), QPointF(10, 11), QPointF(14, 11)]))


def _undo(p: QPainter) -> None:
    path = QPainterPath(QPointF(3, 6))
    path.lineTo(9.5, 6)
    path.cubicTo(14, 6, 14, 12.5, 9.5, 12.5)
    path.lineTo(5.5, 12.5)
    p.drawPath(path)
    p.drawPolyline(QPolygonF([QPointF(5.8, 3), QPointF(3, 6), QPointF(5.8, 9)]))


def _redo(p: QPainter) -> None:
    p.translate(SIZE, 0)
    p.scale(-1, 1)
    _undo(p)


def _clear(p: QPainter) -> None:
    p.drawLine(QPointF(3, 4.5), QPointF(13, 4.5))
    p.drawLine(QPointF(6.5, 2.8), QPointF(9.5, 2.8))
    p.drawPolyline(
        QPolygonF([QPointF(4.2, 4.5), QPointF(5, 13.5), QPointF(11, 13.5), QPointF(11.8, 4.5)])
    )
    for x in (6.8, 9.2):
        p.drawLine(QPointF(x, 7), QPointF(x, 11))


def _done(p: QPainter) -> None:
    p.drawPolyline(QPolygonF([QPointF(3, 8.5), QPointF(6.5, 12), QPointF(13, 4.5)]))


SIGNS: dict[str, Callable[[QPainter], None]] = {
    "menu": _menu,
    "close": _close,
    "float": _float,
    "run": _run,
    "pause": _pause,
    "step": _step,
    "reset": _reset,
    "export": _export,
    "brush": _brush,
    "eraser": _eraser,
    "spray": _spray,
    "move": _move,
    "symmetry": _symmetry,
    "undo": _undo,
    "redo": _redo,
    "clear": _clear,
    "done": _done,
}


def icon(sign: str, color: QColor, disabled: QColor | None = None) -> QIcon:
    """A sign in one colour, and in another where what it stands for cannot be done."""
    signs = QIcon(_picture(sign, color))
    if disabled is not None:
        signs.addPixmap(_picture(sign, disabled), QIcon.Mode.Disabled)
    return signs


def _picture(sign: str, color: QColor) -> QPixmap:
    pixmap = QPixmap(SIZE * SCALE, SIZE * SCALE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(SCALE, SCALE)
    pen = QPen(color, 1.3)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    SIGNS[sign](painter)
    painter.end()
    return pixmap
