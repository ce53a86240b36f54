"""Draws a placed diagram with any painter: outlines, arrows, the gradient's way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF

from vae_gui.ui.plotting.diagram_layout import (
    SLANT,
    Edge,
    Graph,
    Node,
    Placed,
    beside,
    line_size,
    wrapped,
)
from vae_gui.ui.plotting.formula import draw_line, line_width, metrics
from vae_gui.ui.theme import Theme

APART = 4.5  # logical units between an arrow and the middle of the two
GRADIENT_ROLE = "accent"
BLOCK_ROLE = "error"
BLOCK_NOTE = "stop"  # the node that says why, if there is one above the cross


@dataclass(frozen=True, slots=True)
class DiagramPainter:
    """Draws in the colours of a theme."""

    theme: Theme

    def paint_fixed(self, painter: QPainter, placed: Placed) -> None:
        """Draw all that stays while a run goes on."""
        for paint in self.fixed_layers:
            paint(painter, placed)

    @property
    def fixed_layers(self) -> tuple[Callable[[QPainter, Placed], None], ...]:
        """What `paint_fixed` does, in two parts that take about as long."""
        return self._paint_edges, self._paint_nodes

    def _paint_edges(self, painter: QPainter, placed: Placed) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for edge in placed.graph.edges:
            self._edge(painter, placed, edge)
        painter.restore()

    def _paint_nodes(self, painter: QPainter, placed: Placed) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for node in placed.graph.nodes:
            if placed.shows(node):
                self._outline(painter, placed, node)
                self._text(painter, placed, node, live=False)
        self._caption(painter, placed)
        painter.restore()

    def paint_live(self, painter: QPainter, placed: Placed, graph: Graph) -> None:
        """Draw the numbers of `graph`, in places found for their like."""
        painter.save()
        for node in graph.nodes:
            self._text(painter, placed, node, live=True)
        painter.restore()

    def _outline(self, painter: QPainter, placed: Placed, node: Node) -> None:
        if node.shape == "words":
            return
        path = outline(node, placed.rects[node.key])
        style = Qt.PenStyle.DashLine if node.shape == "round" else Qt.PenStyle.SolidLine
        painter.fillPath(path, self.theme.color("card"))  # so that no arrow shines through
        painter.setBrush(self.theme.color(node.role, 0.06 if node.shape == "frame" else 0.14))
        width = 1.0 if node.shape == "frame" else max(1.0, 1.2 * placed.scale)
        painter.setPen(self._pen(node.role, width, style))
        painter.drawPath(path)

    def _text(self, painter: QPainter, placed: Placed, node: Node, live: bool) -> None:
        rect = placed.rects[node.key]
        lines = node.lines_at(placed.level)
        sizes = [line_size(line, placed.text_size) for line in lines]
        y = rect.center().y() - sum(metrics(size).height() for size in sizes) / 2
        for line, size in zip(lines, sizes, strict=True):
            top, y = y, y + metrics(size).height()
            if line.live != live:
                continue
            role = node.role if node.shape == "words" else "muted" if line.small else "text"
            painter.setPen(self.theme.color(role))
            left = rect.center().x() - line_width(line.text, size, line.strong) / 2
            draw_line(painter, left, top + metrics(size).ascent(), line.text, size, line.strong)

    def _edge(self, painter: QPainter, placed: Placed, edge: Edge) -> None:
        points, scale = placed.routes[edge], placed.scale
        apart = 0.0 if edge.gradient == "none" else max(3.5, APART * scale)
        self._arrow(painter, beside(points, apart), "muted", scale)
        if edge.gradient == "none":
            return
        back = list(reversed(beside(points, -apart)))
        if edge.gradient == "flows":
            self._arrow(painter, back, GRADIENT_ROLE, scale, Qt.PenStyle.DashLine)
            return
        middle = (points[0] + points[-1]) / 2
        painter.setPen(self._pen(GRADIENT_ROLE, max(1.4, 1.6 * scale), Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(back[0], QPointF(middle.x(), back[0].y())))
        radius = max(6.0, 8 * scale)
        if BLOCK_NOTE in placed.rects:
            note = QPointF(middle.x(), placed.rects[BLOCK_NOTE].bottom())
            painter.setPen(self._pen(BLOCK_ROLE, 1.0))
            painter.drawLine(QLineF(note, middle))
        self._cross(painter, middle, radius)

    def _arrow(
        self,
        painter: QPainter,
        points: list[QPointF],
        role: str,
        scale: float,
        style: Qt.PenStyle = Qt.PenStyle.SolidLine,
    ) -> None:
        head = max(5.0, 6 * scale)
        last = QLineF(points[-2], points[-1])
        unit = (points[-1] - points[-2]) / max(last.length(), 1e-9)
        across = QPointF(-unit.y(), unit.x())
        neck = points[-1] - unit * head
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._pen(role, max(1.2, 1.4 * scale), style))
        painter.drawPolyline(QPolygonF([*points[:-1], neck]))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color(role))
        wing = across * (0.5 * head)
        painter.drawPolygon(QPolygonF([points[-1], neck + wing, neck - wing]))

    def _cross(self, painter: QPainter, middle: QPointF, radius: float) -> None:
        painter.setBrush(self.theme.color("card"))
        painter.setPen(self._pen(BLOCK_ROLE, max(1.2, radius / 7)))
        painter.drawEllipse(middle, radius, radius)
        arm = 0.45 * radius
        painter.setPen(self._pen(BLOCK_ROLE, max(1.8, radius / 4)))
        for corner in (QPointF(arm, arm), QPointF(arm, -arm)):
            painter.drawLine(QLineF(middle - corner, middle + corner))

    def _caption(self, painter: QPainter, placed: Placed) -> None:
        size, room = placed.text_size, placed.caption
        metric = metrics(size)
        for caption in placed.graph.captions:
            lines = wrapped(caption, room.width(), size)
            widest = max(line_width(line, size) for line in lines)
            if widest <= room.width() and len(lines) * metric.height() <= room.height():
                break
        else:
            return  # rather nothing than half a sentence
        painter.setPen(self.theme.color("muted"))
        y = room.center().y() - len(lines) * metric.height() / 2 + metric.ascent()
        for line in lines:
            draw_line(painter, room.left(), y, line, size)
            y += metric.height()

    def _pen(self, role: str, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
        pen = self.theme.pen(role, width, style=style)
        pen.setCosmetic(False)  # scaled up for an export, lines grow with the text
        if style == Qt.PenStyle.DashLine:
            pen.setDashPattern([3, 2])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        return pen


def outline(node: Node, rect: QRectF) -> QPainterPath:
    """The outline of a node: what is random is round, networks narrow or widen."""
    path = QPainterPath()
    slant = SLANT * rect.height()
    if node.shape in ("narrowing", "widening"):
        left, right = (0.0, slant) if node.shape == "narrowing" else (slant, 0.0)
        path.addPolygon(
            QPolygonF(
                [
                    rect.topLeft() + QPointF(0, left),
                    rect.topRight() + QPointF(0, right),
                    rect.bottomRight() - QPointF(0, right),
                    rect.bottomLeft() - QPointF(0, left),
                ]
            )
        )
        path.closeSubpath()
        return path
    radius = min(rect.width(), rect.height()) / 2 if node.shape == "round" else 6.0
    path.addRoundedRect(rect, radius, radius)
    return path
