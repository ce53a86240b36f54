"""A panel of everything that plots are made of, and what other programs make of its exports."""

import shutil
import subprocess
from functools import cache
from xml.etree import ElementTree as ET

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QLabel
from short_run import ShortRun, short_truth

from vae_gui.ui.panels.base import Panel
from vae_gui.ui.plotting.contours import ContourItem
from vae_gui.ui.plotting.plot import Plot
from vae_gui.ui.plotting.points import PointsItem
from vae_gui.ui.theme import font

SVG = "{http://www.w3.org/2000/svg}"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
PDFTOPPM = shutil.which("pdftoppm")
STEPS = 60
BROWSER_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-device-scale-factor=2",
]


@cache
def moment():
    """A moment of a real, short run: (truth, frame)."""
    return short_truth(), ShortRun().train(STEPS).frame()


class Points(Panel):
    """Everything that plots are made of: points, curves, marks, dashes, words and a label."""

    key = "points"
    title = "Points"
    subtitle = "x ∈ ℝ²"
    legend = (("true", "true density p(x)"), ("learned", "generated samples"))

    def __init__(self, theme):
        super().__init__(theme)
        truth = short_truth()
        self.label = QLabel("Greek too: α β", self)
        self.label.setFont(font())
        self.body.addWidget(self.label)
        self.plot = Plot(theme, "points", square=True, x_label="x₁", y_label="x₂", parent=self)
        self.body.addWidget(self.plot)
        samples = PointsItem(theme.color("learned", 0.6), 4)
        samples.set_points(truth.train[:400])
        contours = ContourItem(theme.pen("true", 1.5))
        contours.show_truth(truth)
        self.marks = pg.ScatterPlotItem(
            x=[0, 1, 2], y=[2, 2, 2], size=8, pen=theme.pen("total", 1.5), brush=theme.color("card")
        )
        self.floor = pg.InfiniteLine(1.0, angle=0, pen=theme.pen("reconstruction", 3))
        dashed = pg.InfiniteLine(
            -2.0,
            angle=0,
            pen=theme.pen("total", 1, style=Qt.PenStyle.DashLine),
            label="entropy floor",
            labelOpts={"color": theme.text, "position": 0.2},
        )
        for item in (samples, contours, self.floor, dashed, self.marks):
            self.plot.addItem(item)
        self.plot.set_home(truth.bounds)
        self.resize(520, 380)


def colors(image):
    """RGB of an image, (height, width, 3) float."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(float)


def blocks(image, size):
    """Means of blocks of size x size pixels: what is left when edges and hinting do not count."""
    rgb = colors(image)
    height, width = rgb.shape[0] // size * size, rgb.shape[1] // size * size
    return rgb[:height, :width].reshape(height // size, size, width // size, size, 3).mean((1, 3))


def assert_alike(first, second, size=8):
    """Two images of one size, up to the rendering of edges; a blank one would be found out."""
    assert first.size() == second.size()
    a, b = blocks(first, size), blocks(second, size)
    difference = np.abs(a - b)
    blank = np.abs(a - np.median(a, (0, 1)))
    assert difference.mean() < min(1.5, 0.25 * blank.mean())
    assert difference.max() < 60


def texts(svg):
    return ["".join(e.itertext()) for e in ET.fromstring(svg).iter(f"{SVG}text")]


def screenshot(svg, size, folder):
    """What a browser shows of an SVG file, in 2x."""
    path, shot = folder / "picture.svg", folder / "shot.png"
    path.write_bytes(svg)
    subprocess.run(
        [
            CHROMIUM,
            *BROWSER_FLAGS,
            f"--user-data-dir={folder / 'profile'}",
            f"--window-size={size.width()},{size.height() + 100}",  # room for what a browser adds
            f"--screenshot={shot}",
            path.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return QImage(str(shot)).copy(0, 0, 2 * size.width(), 2 * size.height())


def pdf_page(pdf, size, folder):
    """The page of a PDF as another program draws it, in 2x, without a rest of a point."""
    path = folder / "picture.pdf"
    path.write_bytes(pdf)
    resolution = 2 * QGuiApplication.primaryScreen().logicalDotsPerInchX()
    command = [PDFTOPPM, "-r", str(resolution), "-png", "-singlefile", path, folder / "page"]
    subprocess.run(command, check=True, timeout=60)
    page = QImage(str(folder / "page.png"))
    assert 0 <= page.height() - size.height() <= 4
    return page.copy(QRect(QPoint(), size))
