"""A widget that draws a graph of boxes and arrows, with the way the gradient takes back.

It draws with any QPainter, so that an export gets vectors. What the graph means
is for whoever makes it; repainting happens only when something shown has changed.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vae_gui.ui.plotting.diagram_layout import Arrangement, Graph, Node, Placed, place
from vae_gui.ui.plotting.diagram_paint import DiagramPainter
from vae_gui.ui.plotting.formula import plain
from vae_gui.ui.plotting.surface import has_pixels
from vae_gui.ui.theme import Theme

SMALLEST_POINTS = 8.0


class Diagram(QWidget):
    """Draws a graph in the first arrangement that there is room for, or else in the best.

    Attributes:
        graph: What is drawn; None draws nothing.
    """

    def __init__(
        self,
        theme: Theme,
        arrangements: tuple[Arrangement, ...],
        comfortable: float = 0.95,
        parent: QWidget | None = None,
    ) -> None:
        """`comfortable` is the scale from which an arrangement is preferred to later ones."""
        super().__init__(parent)
        self.graph: Graph | None = None
        self._theme = theme
        self._arrangements = arrangements
        self._comfortable = comfortable
        self._form: Graph | None = None
        self._placed: tuple[object, Placed] | None = None
        self._fixed: tuple[object, QPixmap] | None = None  # all but the numbers, as drawn last
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 160)

    def sizeHint(self) -> QSize:
        """A size at which everything can be read."""
        return QSize(560, 340)

    def set_theme(self, theme: Theme) -> None:
        """Draw in a theme's colours."""
        self._theme = theme
        self.update()

    def set_graph(self, graph: Graph) -> None:
        """Draw this graph; nothing happens if it is the one drawn."""
        if graph == self.graph:
            return
        form = graph.form()
        if form != self._form:
            self._form = form
            self.setAccessibleDescription(in_words(form))
        self.graph = graph
        self.update()

    def paint_ahead(self, graph: Graph) -> Iterator[None]:
        """Paint what stays of a graph before it is shown, part by part, unless it is painted.

        That takes some 10 ms, whenever the graph has another form than the one shown.
        """
        form = graph.form()
        if form != self._form:
            yield from self._paint_fixed_part(form)

    def placed(self, rect: QRectF | None = None, form: Graph | None = None) -> Placed:
        """Where everything lies in `rect`, by default in the widget, of `form` or what is shown."""
        form = self._form if form is None else form
        assert form is not None, "there is no graph yet"
        rect = QRectF(self.rect()).adjusted(2, 2, -2, -2) if rect is None else rect
        key = (rect.getRect(), form, self.logicalDpiY())
        if self._placed is None or self._placed[0] != key:
            smallest = round(SMALLEST_POINTS * self.logicalDpiY() / 72)
            self._placed = key, place(form, self._arrangement(rect), rect, smallest)
        return self._placed[1]

    def _arrangement(self, rect: QRectF) -> Arrangement:
        for arrangement in self._arrangements:
            if arrangement.scale(rect) >= self._comfortable:
                return arrangement
        return max(self._arrangements, key=lambda arrangement: arrangement.scale(rect))

    def paintEvent(self, event: QPaintEvent) -> None:
        """On a screen, copy what stays and draw the numbers over it; elsewhere, draw shapes."""
        if self.graph is None:
            return
        painter, placed = QPainter(self), self.placed()
        if has_pixels(painter):
            painter.drawPixmap(0, 0, self._fixed_part())
        else:
            DiagramPainter(self._theme).paint_fixed(painter, placed)
        DiagramPainter(self._theme).paint_live(painter, placed, self.graph)
        painter.end()

    def _fixed_part(self) -> QPixmap:
        for _ in self._paint_fixed_part():
            pass
        assert self._fixed is not None, "it was painted"
        return self._fixed[1]

    def _paint_fixed_part(self, form: Graph | None = None) -> Iterator[None]:
        """Paint all but the numbers, layer by layer, unless it is known."""
        placed, ratio = self.placed(form=form), self.devicePixelRatioF()
        key = (placed, self._theme, self.size(), ratio)
        if self._fixed is not None and self._fixed[0] == key:
            return
        pixmap = QPixmap(self.size() * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        brush = DiagramPainter(self._theme)
        for paint in brush.fixed_layers:
            yield
            painter = QPainter(pixmap)
            paint(painter, placed)
            painter.end()
        self._fixed = key, pixmap

    def paint_diagram(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the graph with any painter, as shapes and text, inside `rect`."""
        if self.graph is None:
            return
        placed, brush = self.placed(rect), DiagramPainter(self._theme)
        brush.paint_fixed(painter, placed)
        brush.paint_live(painter, placed, self.graph)

    def event(self, event: QEvent) -> bool:
        """Tell what the node under the pointer is."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            node = self.node_at(QPointF(event.pos()))
            if node is not None and node.tip:
                QToolTip.showText(event.globalPos(), node.tip, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def node_at(self, position: QPointF) -> Node | None:
        """The innermost node at a position of the widget."""
        if self.graph is None:
            return None
        placed = self.placed()
        found = [n for n in self.graph.nodes if n.tip and placed.rects[n.key].contains(position)]
        return found[-1] if found else None


def in_words(graph: Graph) -> str:
    """The whole graph as sentences, for a screen reader."""
    names = {n.key: n.name for n in graph.nodes if n.name}
    said = [
        f"{node.name}: {', '.join(plain(line.text) for line in node.lines_at(3) if not line.live)}."
        for node in graph.nodes
        if node.name and node.lines
    ]
    forward = [f"{names[e.source]} to {names[e.target]}" for e in graph.edges]
    flows = [
        f"{names[e.target]} to {names[e.source]}"
        for e in reversed(graph.edges)
        if e.gradient == "flows"
    ]
    stops = [f"{names[e.target]}" for e in graph.edges if e.gradient == "stopped"]
    sentences = [*said, "Forward: " + ", ".join(forward) + "."]
    sentences.append("The gradient comes back: " + ", ".join(flows) + ".")
    sentences += [f"It is stopped at {name}." for name in stops]
    return " ".join([*graph.captions[:1], *sentences])
