"""Diagrams as values: nodes, edges, where they lie, and how large their text may be.

Nothing here paints, and nothing here knows what the diagram is about.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from PySide6.QtCore import QPointF, QRectF

from vae_gui.ui.plotting.formula import line_width, metrics

Shape = Literal["box", "round", "narrowing", "widening", "frame", "words"]
Side = Literal["left", "right", "top", "bottom"]
Gradient = Literal["none", "flows", "stopped"]

DESIGN_SIZE = 12  # text size, in pixels, that an arrangement is drawn for at scale 1
LARGEST_TEXT = 19
AMBITION = 1.3  # text is tried at this much more than its design size
SMALL = 0.9  # of the text size: lines of detail
LEVELS = (3, 2, 1, 0)  # of detail, the richest first
MOST_STRETCH = 1.35  # of one axis against the other
SLANT = 0.09  # of a network's height: how far its narrow end is drawn in
PADDING = 3.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text in a node.

    Attributes:
        text: What it says, in the notation of `formula`.
        since: Least level of detail that shows it.
        until: Greatest level that shows it; above, another line says it better.
        strong: Whether it is the node's name.
        small: Whether it is a detail.
        live: Whether its numbers change while everything else stays.
    """

    text: str
    since: int = 0
    until: int = 3
    strong: bool = False
    small: bool = False
    live: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """Something that is computed, given or drawn.

    Attributes:
        key: Its name for edges and arrangements.
        role: Theme role of its colour.
        shape: `round` for what is random; the networks are trapezia; `words` has no outline.
        lines: Its text, from top to bottom.
        tip: What it is, in a sentence and a formula.
        name: What to call it in words, empty for decoration.
        optional: Left out where it does not fit, rather than making all text smaller.
    """

    key: str
    role: str
    shape: Shape
    lines: tuple[Line, ...] = ()
    tip: str = ""
    name: str = ""
    optional: bool = False

    def lines_at(self, level: int) -> tuple[Line, ...]:
        """The lines shown at a level of detail."""
        return tuple(line for line in self.lines if line.since <= level <= line.until)


@dataclass(frozen=True, slots=True)
class Edge:
    """`target` is computed from `source`; the gradient may come back along it."""

    source: str
    target: str
    gradient: Gradient = "none"


@dataclass(frozen=True, slots=True)
class Graph:
    """A whole diagram. `captions` say the same thing, the longest first."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    captions: tuple[str, ...] = ()

    def form(self) -> Graph:
        """The graph with every live digit a zero: what a layout may depend on.

        Digits have one width: a number that counts moves and resizes nothing.
        """
        return replace(self, nodes=tuple(map(_still, self.nodes)))

    def node(self, key: str) -> Node:
        """The node of this key."""
        return next(n for n in self.nodes if n.key == key)


def _still(node: Node) -> Node:
    if not any(line.live for line in node.lines):
        return node
    lines = (
        replace(line, text=re.sub(r"\d", "0", line.text)) if line.live else line
        for line in node.lines
    )
    return replace(node, lines=tuple(lines))


@dataclass(frozen=True, slots=True)
class Port:
    """Where an edge leaves and enters; `level` is how far out a detour goes."""

    leaves: Side
    enters: Side
    level: float = 0.0


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Places in logical units: `rects` are (x, y, width, height) by node.

    Nodes and edges that a graph lacks are passed over, so that variants share one.
    """

    width: float
    height: float
    rects: Mapping[str, tuple[float, float, float, float]]
    ports: Mapping[tuple[str, str], Port]
    caption: tuple[float, float, float, float]

    def scale(self, rect: QRectF) -> float:
        """How large it comes out in `rect`; text follows this."""
        return min(rect.width() / self.width, rect.height() / self.height)


@dataclass(frozen=True, slots=True)
class Placed:
    """A graph laid out in a rectangle, ready to be drawn."""

    graph: Graph
    scale: float
    text_size: int
    level: int
    rects: dict[str, QRectF] = field(default_factory=dict)
    routes: dict[Edge, list[QPointF]] = field(default_factory=dict)
    caption: QRectF = field(default_factory=QRectF)

    def shows(self, node: Node) -> bool:
        """Whether there is room for the node."""
        return not node.optional or fits(node, self.rects[node.key], self.text_size, self.level)


def line_size(line: Line, text_size: int) -> int:
    """Height of a line's font: detail is smaller while that can still be read."""
    return max(round(SMALL * text_size), min(text_size, 11)) if line.small else text_size


def place(graph: Graph, arrangement: Arrangement, rect: QRectF, smallest: int) -> Placed:
    """Lay a graph out, its text no smaller than `smallest` pixels if that is possible at all."""
    scale = arrangement.scale(rect)
    sx = min(rect.width() / arrangement.width, MOST_STRETCH * scale)
    sy = min(rect.height() / arrangement.height, MOST_STRETCH * scale)
    left = rect.center().x() - sx * arrangement.width / 2
    top = rect.center().y() - sy * arrangement.height / 2

    def mapped(box: tuple[float, float, float, float]) -> QRectF:
        x, y, w, h = box
        return QRectF(left + sx * x, top + sy * y, sx * w, sy * h)

    rects = {n.key: mapped(arrangement.rects[n.key]) for n in graph.nodes}
    routes = {}
    for edge in graph.edges:
        port = arrangement.ports[edge.source, edge.target]
        level = top + sy * port.level
        source = _touchable(graph.node(edge.source), rects[edge.source])
        target = _touchable(graph.node(edge.target), rects[edge.target])
        routes[edge] = route(source, target, port, level)
    size, level_of_detail = _text_size(graph, rects, scale, smallest)
    return Placed(graph, scale, size, level_of_detail, rects, routes, mapped(arrangement.caption))


def _text_size(
    graph: Graph, rects: dict[str, QRectF], scale: float, smallest: int
) -> tuple[int, int]:
    """The text size and level of detail at which nothing is cut: detail goes before size."""
    largest = max(smallest, min(round(AMBITION * DESIGN_SIZE * scale), LARGEST_TEXT))
    choices = [(s, level) for level in LEVELS for s in range(largest, smallest - 1, -1)]
    choices += [(s, LEVELS[-1]) for s in range(smallest - 1, 1, -1)]
    needed = [n for n in graph.nodes if not n.optional]
    for size, level in choices:
        if all(fits(n, rects[n.key], size, level) for n in needed):
            return size, level
    return choices[-1]


def fits(node: Node, rect: QRectF, text_size: int, level: int) -> bool:
    """Whether a node's text at this size and level lies within its outline."""
    lines = node.lines_at(level)
    heights = [metrics(line_size(li, text_size)).height() for li in lines]
    room = rect.height() - 2 * PADDING
    if node.shape in ("narrowing", "widening"):
        room -= SLANT * rect.height()
    if sum(heights) > room:
        return False
    y = -sum(heights) / 2
    for line, height in zip(lines, heights, strict=True):
        farthest = max(abs(y), abs(y + height)) - 0.2 * height  # ascenders' corners are empty
        width = line_width(line.text, line_size(line, text_size), line.strong)
        if width > width_at(node.shape, rect, farthest) - 2 * PADDING:
            return False
        y += height
    return True


def width_at(shape: Shape, rect: QRectF, offset: float) -> float:
    """Width of an outline at a height `offset` above or below its middle."""
    if shape != "round":
        return rect.width()
    radius = min(rect.width(), rect.height()) / 2
    inside = math.sqrt(max(radius**2 - offset**2, 0.0))
    return rect.width() - 2 * radius + 2 * inside


def route(source: QRectF, target: QRectF, port: Port, level: float) -> list[QPointF]:
    """An axis-parallel way between two rectangles: straight, one bend, or out and back in."""
    start, end = _middle(source, port.leaves), _middle(target, port.enters)
    if port.leaves == port.enters:  # both on top: over `level`
        return [start, QPointF(start.x(), level), QPointF(end.x(), level), end]
    flat = ("left", "right")
    if (port.leaves in flat) == (port.enters in flat):
        return [start, end]
    if port.leaves in flat:
        return [start, QPointF(end.x(), start.y()), end]
    return [start, QPointF(start.x(), end.y()), end]


def _touchable(node: Node, rect: QRectF) -> QRectF:
    """The rectangle whose sides' middles lie on a node's outline."""
    inset = SLANT * rect.height() / 2 if node.shape in ("narrowing", "widening") else 0.0
    return rect.adjusted(0, inset, 0, -inset)


def _middle(rect: QRectF, side: Side) -> QPointF:
    x = {"left": rect.left(), "right": rect.right()}.get(side, rect.center().x())
    y = {"top": rect.top(), "bottom": rect.bottom()}.get(side, rect.center().y())
    return QPointF(x, y)


def beside(points: list[QPointF], distance: float) -> list[QPointF]:
    """An axis-parallel way moved sideways, to the right of a traveller going up."""
    normals = []
    for a, b in pairwise(points):
        length = math.hypot(b.x() - a.x(), b.y() - a.y()) or 1.0
        normals.append(QPointF((b.y() - a.y()) / length, -(b.x() - a.x()) / length))
    moved = []
    for i, point in enumerate(points):
        around = normals[max(i - 1, 0) : i + 1]
        shift = around[0] + around[-1] if len(around) == 2 else around[0]
        moved.append(point + shift * distance)
    return moved


def wrapped(text: str, width: float, size: int) -> list[str]:
    """Break a text into lines no wider than `width`, where its words allow."""
    lines: list[str] = []
    for word in text.split():
        if lines and line_width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
