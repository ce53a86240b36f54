"""Exported pictures against what the panel looks like, judged by other programs."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from exporting import (
    CHROMIUM,
    PDFTOPPM,
    SVG,
    Points,
    assert_alike,
    colors,
    moment,
    pdf_page,
    screenshot,
    texts,
)
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPicture
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsView,
    QLabel,
    QMainWindow,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from vae_gui.core.parameters import InvalidValue
from vae_gui.ui.export import render_pdf, render_png, render_svg
from vae_gui.ui.export.pens import scale_cosmetic_pens
from vae_gui.ui.export.sheet import parts
from vae_gui.ui.panels.registry import PANELS
from vae_gui.ui.theme import DARK, LIGHT, THEMES

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to open the SVG with")
needs_poppler = pytest.mark.skipif(
    PDFTOPPM is None, reason="no pdftoppm (poppler-utils) to open the PDF with"
)


@pytest.fixture
def panel(qtbot):
    panel = Points(DARK)
    qtbot.addWidget(panel)
    return panel


@pytest.fixture(params=PANELS, ids=lambda panel: panel.key)
def real_panel(request, qtbot):
    truth, frame = moment()
    panel = request.param(LIGHT)
    qtbot.addWidget(panel)
    panel.resize(560, 360)
    panel.show()
    panel.show_truth(truth)
    for _ in range(20):  # some draw piece by piece
        panel.show_frame(frame)
    return panel


def thickness(image, color):
    """Height of a horizontal line at the middle of an image, in pixels."""
    column = colors(image)[:, image.width() // 2]
    near = np.abs(column - [color.red(), color.green(), color.blue()]).sum(1) < 60
    return int(near.sum())


def test_a_png_has_the_panel_times_the_scale_and_the_header(panel):
    for scale in (1, 1.5, 2, 3, 4):
        bare = render_png(panel, scale, header=False)
        assert bare.size() == QSize(round(520 * scale), round(380 * scale))
        with_header = render_png(panel, scale)
        assert with_header.width() == bare.width()
        assert 20 * scale < with_header.height() - bare.height() < 60 * scale
        assert with_header.text("Title") == "Points"
        assert not with_header.hasAlphaChannel()


def test_another_scale_is_refused_in_words(panel):
    for scale in (0, 0.5, 5, float("nan")):
        with pytest.raises(InvalidValue, match="from 1 to 4"):
            render_png(panel, scale)


def test_pens_grow_with_the_scale(panel):
    color = DARK.color("reconstruction")
    wide = {s: thickness(render_png(panel, s), color) for s in (1, 2, 4)}
    assert wide[1] == 3
    assert abs(wide[2] - 6) <= 1
    assert abs(wide[4] - 12) <= 1


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_four_times_finer_is_the_same_picture(qtbot, theme):
    panel = Points(theme)
    qtbot.addWidget(panel)
    once, finer = render_png(panel, 1), render_png(panel, 4)
    smooth = Qt.TransformationMode.SmoothTransformation
    assert_alike(once, finer.scaled(once.size(), mode=smooth), 4)


def test_a_panel_at_1x_is_what_the_screen_shows(panel, qtbot):
    panel.setAutoFillBackground(True)
    palette = panel.palette()
    palette.setColor(panel.backgroundRole(), DARK.color("card"))
    panel.setPalette(palette)
    with qtbot.waitExposed(panel):
        panel.show()
    assert_alike(render_png(panel, 1, header=False), panel.grab().toImage(), 4)


def test_a_panel_never_shown_gives_the_same_picture(qtbot):
    shown, hidden = Points(DARK), Points(DARK)
    for panel in (shown, hidden):
        qtbot.addWidget(panel)
    with qtbot.waitExposed(shown):
        shown.show()
    qtbot.wait(20)
    assert_alike(render_png(hidden, 2), render_png(shown, 2))


def test_exporting_leaves_the_panel_as_it_was(panel):
    mode = panel.plot.cacheMode()
    render_svg(panel)
    assert panel.plot.cacheMode() == mode == QGraphicsView.CacheModeFlag.CacheBackground
    assert panel.marks._exportOpts is False


def test_only_cosmetic_pens_are_scaled():
    picture = QPicture()
    with QPainter(picture) as painter:
        painter.scale(10, 10)
        for y, cosmetic in ((2, True), (5, False)):
            pen = QPen(QColor("black"), 2 if cosmetic else 1)
            pen.setCosmetic(cosmetic)
            painter.setPen(pen)
            painter.drawLine(QPointF(0, y), QPointF(10, y))
    image = QImage(100, 100, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    with QPainter(image) as painter:
        painter.drawPicture(0, 0, scale_cosmetic_pens(picture, 3))
    assert thickness(image.copy(0, 0, 100, 35), QColor("black")) == 6
    assert thickness(image.copy(0, 35, 100, 65), QColor("black")) == 10


# other programs ---------------------------------------------------------------


@needs_browser
def test_a_browser_shows_the_panel(panel, tmp_path):
    panel.plot.getPlotItem().setRange(xRange=(-1, 2), yRange=(-2.5, 3), padding=0)  # clipped, too
    expected = render_png(panel, 2)
    assert_alike(screenshot(render_svg(panel), expected.size() / 2, tmp_path), expected)


@needs_browser
def test_a_browser_shows_a_window_with_what_its_scroll_area_leaves(window, tmp_path):
    expected = render_png(window, 2)
    svg = render_svg(window)
    assert_alike(screenshot(svg, window.size(), tmp_path), expected)
    rows = {t for t in texts(svg) if t.startswith("row ")}
    assert 1 < len(rows) < 10
    assert "row 0" not in rows  # scrolled away


def test_a_frame_that_is_cut_off_stays_shapes(window):
    images = render_svg(window).count(b"<image")
    frame = QFrame(window.menuWidget().widget())
    frame.setFrameShape(QFrame.Shape.Box)
    frame.setGeometry(40, 0, 80, 60 * 20)  # far beyond both edges
    frame.show()
    parts_of_it = [p for p in parts(window) if p.widget is frame]
    assert len(parts_of_it) == 1
    assert parts_of_it[0].visible.height() < 100
    once, finer = render_png(window, 1), render_png(window, 2)
    smooth = Qt.TransformationMode.SmoothTransformation
    assert_alike(once, finer.scaled(once.size(), mode=smooth), 4)
    assert render_svg(window).count(b"<image") == images


@pytest.fixture
def window(qtbot):
    """A window with a panel beside a scroll area that cuts its rows off."""
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setWindowTitle("A window")
    window.resize(700, 420)
    window.setCentralWidget(Points(LIGHT))
    area = QScrollArea()
    rows = QWidget()
    lines = QVBoxLayout(rows)
    for i in range(60):
        lines.addWidget(QLabel(f"row {i}"))
    area.setWidget(rows)
    window.setMenuWidget(area)
    area.setFixedHeight(95)
    with qtbot.waitExposed(window):
        window.show()
    area.verticalScrollBar().setValue(37)
    qtbot.wait(20)
    return window


def test_every_panel_is_vectors_that_look_like_it(real_panel, tmp_path):
    svg = render_svg(real_panel)
    assert not list(ET.fromstring(svg).iter(f"{SVG}image"))
    assert real_panel.title in texts(svg)
    once, finer = render_png(real_panel, 1), render_png(real_panel, 3)
    smooth = Qt.TransformationMode.SmoothTransformation
    assert_alike(once, finer.scaled(once.size(), mode=smooth), 4)
    if PDFTOPPM:
        expected = render_png(real_panel, 2)
        assert_alike(pdf_page(render_pdf(real_panel), expected.size(), tmp_path), expected)


def test_a_pdf_is_one_page_as_large_as_the_panel(panel):
    pdf = render_pdf(panel)
    assert pdf.startswith(b"%PDF-")
    (box,) = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    points = 72 / panel.logicalDpiX()
    assert float(box[0]) == pytest.approx(520 * points, abs=1)
    assert float(box[1]) == pytest.approx(render_png(panel, 1).height() * points, abs=1)
    assert b"/Subtype /Image" not in pdf


@needs_poppler
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_another_program_shows_the_pdf(qtbot, theme, tmp_path):
    panel = Points(theme)
    qtbot.addWidget(panel)
    expected = render_png(panel, 2)
    assert_alike(pdf_page(render_pdf(panel), expected.size(), tmp_path), expected)
