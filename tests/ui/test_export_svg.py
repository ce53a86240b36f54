"""What stands in an exported SVG: shapes and texts that every reader understands."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from exporting import SVG, Points, texts
from PySide6.QtCore import QBuffer, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtSvg import QSvgGenerator

from vae_gui.ui.export import render_png, render_svg
from vae_gui.ui.export.svg import tidy
from vae_gui.ui.theme import DARK


@pytest.fixture
def panel(qtbot):
    panel = Points(DARK)
    qtbot.addWidget(panel)
    return panel


def test_an_svg_is_shapes_and_text(panel):
    svg = render_svg(panel)
    root = ET.fromstring(svg)
    height = render_png(panel, 1).height()
    assert (root.get("width"), root.get("height")) == ("520", str(height))
    assert root.find(f"{SVG}title").text == "Points"
    assert not list(root.iter(f"{SVG}image"))
    assert len(list(root.iter(f"{SVG}circle"))) >= 400
    said = " ".join(texts(svg))
    for words in ("Points", "x ∈ ℝ²", "generated samples", "Greek too", "entropy floor", "x₁"):
        assert words in said


def test_every_text_falls_back_to_a_font_that_every_reader_has(panel):
    for text in ET.fromstring(render_svg(panel)).iter(f"{SVG}text"):
        assert text.get("font-family").endswith("sans-serif")
        assert len(text.text.strip()) < 2 or float(text.get("textLength")) > 3


def test_no_reader_needs_to_know_lines_of_constant_width(panel):
    """Contours of 1.5 pixels must not lie in a group with the plot's matrix."""
    root = ET.fromstring(render_svg(panel))
    seen = 0
    for group in root.iter(f"{SVG}g"):
        if group.get("stroke", "none") == "none" or not any(
            e.tag in (f"{SVG}path", f"{SVG}polyline") for e in group
        ):
            continue
        matrix = [float(v) for v in re.findall(r"[-\d.e]+", group.get("transform", "1 0 0 1 0 0"))]
        assert np.abs(matrix[:4]).max() == 1
        seen += 1
    assert seen > 5
    drawing = [e for e in root.iter() if e.tag != f"{SVG}clipPath"]
    outside = [c for e in drawing if e.tag == f"{SVG}g" for c in e if c.get("vector-effect")]
    assert not outside


def svg_of(draw):
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.ReadWrite)
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setViewBox(QRectF(0, 0, 200, 100))
    with QPainter(generator) as painter:
        pen = QPen(QColor("red"), 2)
        pen.setCosmetic(True)
        painter.setPen(pen)
        draw(painter)
    return ET.fromstring(tidy(buffer.data().data(), "a title", "a program"))


def test_shapes_of_constant_width_are_mapped():
    def draw(painter):
        painter.translate(10, 20)
        painter.scale(5, -2)
        painter.drawRect(QRectF(1, 2, 3, 4))
        painter.drawEllipse(QPointF(4, -10), 2, 2)

    root = svg_of(draw)
    box = next(e for e in root.iter() if e.get("points") or "L" in e.get("d", ""))
    numbers = re.findall(r"[-\d.]+", box.get("points") or box.get("d"))
    points = {tuple(map(float, p)) for p in np.reshape(numbers, (-1, 2))}
    assert points == {(15, 16), (30, 16), (30, 8), (15, 8)}
    round_one = next(root.iter(f"{SVG}ellipse"))
    assert [float(round_one.get(k)) for k in ("cx", "cy", "rx", "ry")] == [30, 40, 10, 4]


def test_a_turned_ellipse_keeps_its_matrix():
    def draw(painter):
        painter.rotate(30)
        painter.drawEllipse(QPointF(40, 10), 9, 5)

    element = next(e for e in svg_of(draw).iter() if e.get("rx"))
    assert element.get("vector-effect") == "non-scaling-stroke"
    assert "matrix" in element.get("transform")
