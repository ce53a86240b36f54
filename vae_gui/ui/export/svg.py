"""Qt's SVG made fit for every reader: widths, fonts and sizes that all understand.

Qt writes lines of constant width in data coordinates, with a matrix and
`vector-effect="non-scaling-stroke"`. Where that is not understood a line gets as
wide as the plot, and where it is, lines do not grow with an enlarged figure. So
the matrix is applied to the coordinates here. Fonts get a generic fallback, and
texts the length that they have on the screen, whatever font they end up in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF, QTransform

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
NUMBERS = re.compile(NUMBER)
COSMETIC = "non-scaling-stroke"
DECLARATION = "<?xml version='1.0' encoding='utf-8'?>\n"
FONT = ("font-family", "font-size", "font-weight", "font-style")
FINE = 100  # pixel size at which texts are measured, free of rounding


def tidy(document: bytes, title: str, program: str) -> bytes:
    """Rewrite an SVG document of QSvgGenerator."""
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    root = ET.fromstring(document)
    _, _, width, height = root.get("viewBox", "").split()
    root.set("width", width)  # pixels, as on the screen
    root.set("height", height)
    for name, words in (("title", title), ("desc", f"Made by {program}")):
        element = root.find(_tag(name))
        if element is not None:
            element.text = words
    for group in root.iter(_tag("g")):
        _apply_matrix(group)
        for key in FONT:  # every text names its own
            group.attrib.pop(key, None)
    for text in root.iter(_tag("text")):
        _settle_font(text)
    for image in root.iter(_tag("image")):
        if image.get("image-rendering") == "optimizeSpeed":  # cells of a heat map stay sharp
            image.set("style", "image-rendering:pixelated")
    _drop_empty(root)
    # as a text first: to encode it piece by piece takes half as long again
    return (DECLARATION + ET.tostring(root, "unicode")).encode()


def _tag(name: str) -> str:
    return f"{{{SVG}}}{name}"


# lines of constant width ------------------------------------------------------


def _apply_matrix(group: ET.Element) -> None:
    """Apply a group's matrix to its cosmetic shapes; leave it on the rest."""
    cosmetic = [e for e in group if e.attrib.pop("vector-effect", "") == COSMETIC]
    stroked = group.get("stroke", "none") != "none"
    transform = group.get("transform")
    if not cosmetic or not stroked or transform is None or "url(" in group.get("fill", ""):
        return
    matrix = _matrix(transform)
    del group.attrib["transform"]
    for element in group:
        if element not in cosmetic:
            element.set("transform", transform)
        elif not SHAPES[element.tag](element, matrix):
            element.set("transform", transform)
            element.set("vector-effect", COSMETIC)


def _matrix(text: str) -> QTransform:
    return QTransform(*map(float, re.findall(NUMBER, text)))


def _map_pairs(text: str, matrix: QTransform) -> str:
    m = matrix
    linear = np.array([[m.m11(), m.m12()], [m.m21(), m.m22()]])
    pairs = np.array(NUMBERS.findall(text), float).reshape(-1, 2) @ linear + (m.dx(), m.dy())
    return NUMBERS.sub("%.9g", text) % tuple(pairs.round(3).ravel().tolist())


def _short(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _map_points(element: ET.Element, matrix: QTransform) -> bool:
    element.set("points", _map_pairs(element.get("points", ""), matrix))
    return True


def _map_path(element: ET.Element, matrix: QTransform) -> bool:
    element.set("d", _map_pairs(element.get("d", ""), matrix))  # Qt's paths are M, L, C, Z only
    return True


def _map_rect(element: ET.Element, matrix: QTransform) -> bool:
    x, y, w, h = (float(element.attrib.pop(key)) for key in ("x", "y", "width", "height"))
    corners = (QPointF(x, y), QPointF(x + w, y), QPointF(x + w, y + h), QPointF(x, y + h))
    mapped = (matrix.map(corner) for corner in corners)
    element.set("points", " ".join(f"{_short(p.x())},{_short(p.y())}" for p in mapped))
    element.tag = _tag("polygon")
    return True


def _map_ellipse(element: ET.Element, matrix: QTransform) -> bool:
    if matrix.isRotating():
        return False
    centre = matrix.map(QPointF(float(element.get("cx", 0)), float(element.get("cy", 0))))
    radius = element.attrib.pop("r", "0")
    rx, ry = float(element.get("rx", radius)), float(element.get("ry", radius))
    values = (centre.x(), centre.y(), rx * abs(matrix.m11()), ry * abs(matrix.m22()))
    for key, value in zip(("cx", "cy", "rx", "ry"), values, strict=True):
        element.set(key, _short(value))
    element.tag = _tag("ellipse")
    return True


SHAPES: dict[str, Callable[[ET.Element, QTransform], bool]] = {
    _tag("polyline"): _map_points,
    _tag("polygon"): _map_points,
    _tag("path"): _map_path,
    _tag("rect"): _map_rect,
    _tag("circle"): _map_ellipse,
    _tag("ellipse"): _map_ellipse,
}


# texts ------------------------------------------------------------------------


def _settle_font(text: ET.Element) -> None:
    """Name fallbacks, and the length that the text must have."""
    names = [name.strip(" '\"") for name in text.get("font-family", "").split(",")]
    font = QFont(names)
    for name in (QFontInfo(font).family(), "sans-serif"):
        if name not in names:
            names.append(name)
    text.set("font-family", ", ".join(f"'{n}'" if " " in n else n for n in names))
    words = text.text or ""
    if len(words.strip()) < 2:
        return  # the length of one character is its own
    font.setPixelSize(FINE)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setWeight(QFont.Weight(int(text.get("font-weight", "400"))))
    font.setItalic(text.get("font-style") == "italic")
    size = float(text.get("font-size", "0"))
    length = QFontMetricsF(font).horizontalAdvance(words) * size / FINE
    text.set("textLength", _short(length))
    text.set("lengthAdjust", "spacingAndGlyphs")


def _drop_empty(parent: ET.Element) -> None:
    for child in list(parent):
        _drop_empty(child)
        if child.tag == _tag("g") and len(child) == 0:
            parent.remove(child)
