"""(d) What the plots' own items cost beside pyqtgraph's that show the same.

Each in a plot of its own; a frame gives the item other numbers and paints the whole plot.
The frames of all of them alternate.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from child import in_child
from settings import Settings
from tables import Headline, Table, number

PIXELS = 1_000, 600
BINS = 40


@dataclass(frozen=True)
class Size:
    points: int
    steps: int
    frames: int


SIZES = {
    "smoke": Size(100, 1_000, 2),
    "quick": Size(10_000, 1_000_000, 20),
    "full": Size(10_000, 1_000_000, 60),
}


# in a process of its own -------------------------------------------------------


def frames(points: int, steps: int, frames: int) -> dict[str, list[float]]:
    """Milliseconds of each frame of each item, by its name."""
    from vae_gui.ui.app import application

    app = application()
    contest = {
        "points: ours": our_points(points),
        "points: ScatterPlotItem": their_points(points),
        "curve: ours": our_curve(steps),
        "curve: PlotCurveItem": their_curve(steps),
        "histogram: ours": our_histogram(points),
        "histogram: histogram2d, ImageItem": their_histogram(points),
    }
    found: dict[str, list[float]] = {name: [] for name in contest}
    for frame in range(frames + 1):
        cloud(points, frame)  # made, and kept, before the clock runs
        for name, (plot, change) in contest.items():
            if frame == 0:
                plot.show()
                app.processEvents()
            begin = time.perf_counter()
            change(frame)
            plot.viewport().repaint()
            if frame:  # the first makes what all others use
                found[name].append(1000 * (time.perf_counter() - begin))
    for plot, _ in contest.values():
        plot.close()
    return found


Contestant = tuple[object, Callable[[int], None]]


def plot_for(bounds: tuple[float, float, float, float]):
    from vae_gui.ui.plotting.plot import Plot
    from vae_gui.ui.theme import THEMES

    plot = Plot(THEMES["dark"], "benchmark")
    plot.resize(*PIXELS)
    plot.set_home(bounds)
    return plot


@cache
def cloud(points: int, frame: int) -> np.ndarray:
    return np.random.default_rng(frame).standard_normal((points, 2))


def our_points(points: int) -> Contestant:
    from vae_gui.ui.plotting.points import PointsItem

    plot = plot_for((-4, 4, -4, 4))
    item = PointsItem(plot.theme.color("learned", 0.6), 4.0)
    plot.addItem(item, ignoreBounds=True)
    return plot, lambda frame: item.set_points(cloud(points, frame))


def their_points(points: int) -> Contestant:
    import pyqtgraph as pg

    plot = plot_for((-4, 4, -4, 4))
    item = pg.ScatterPlotItem(size=4, pen=None, brush=plot.theme.color("learned", 0.6))
    plot.addItem(item, ignoreBounds=True)
    return plot, lambda frame: item.setData(*cloud(points, frame).T)


def series(steps: int) -> np.ndarray:
    """A falling, noisy curve, with 100 steps more a frame for the frames of any effort."""
    rng = np.random.default_rng(0)
    at = np.arange(steps + 100 * 100)
    return (4 / (1 + at / 1000) + 0.1 * rng.standard_normal(len(at))).astype(np.float32)


def our_curve(steps: int) -> Contestant:
    from vae_gui.ui.plotting.curves import CurvesItem
    from vae_gui.ui.plotting.pyramid import MinMaxPyramid

    plot, values = plot_for((0, steps, 0, 5)), series(steps)[:, None]
    item = CurvesItem(MinMaxPyramid(1), [plot.theme.pen("total")])
    plot.addItem(item, ignoreBounds=True)

    def change(frame: int) -> None:
        known = len(item.pyramid)
        item.pyramid.update(values[: steps + 100 * frame])
        item.grow_from(known)

    return plot, change


def their_curve(steps: int) -> Contestant:
    import pyqtgraph as pg

    plot, values = plot_for((0, steps, 0, 5)), series(steps)
    item = pg.PlotCurveItem(pen=plot.theme.pen("total"))
    plot.addItem(item, ignoreBounds=True)
    at = np.arange(1, len(values) + 1)

    def change(frame: int) -> None:
        now = steps + 100 * frame
        item.setData(at[:now], values[:now])

    return plot, change


def our_histogram(points: int) -> Contestant:
    from vae_gui.ui.plotting.heat import HeatItem, bin_counts

    bounds = (-4.0, 4.0, -4.0, 4.0)
    plot = plot_for(bounds)
    item = HeatItem(plot.theme, "learned")
    plot.addItem(item, ignoreBounds=True)
    return plot, lambda frame: item.set_density(
        bin_counts(cloud(points, frame), bounds, BINS) / points, 0.01, bounds
    )


def their_histogram(points: int) -> Contestant:
    import pyqtgraph as pg
    from PySide6.QtCore import QRectF

    plot = plot_for((-4, 4, -4, 4))
    item = pg.ImageItem()
    item.setLookupTable(plot.theme.ramp("learned", 256))
    plot.addItem(item, ignoreBounds=True)

    def change(frame: int) -> None:
        edges = np.linspace(-4, 4, BINS + 1)
        counts, *_ = np.histogram2d(*cloud(points, frame).T, (edges, edges))
        item.setImage(counts / points, levels=(0, 0.01))
        item.setRect(QRectF(-4, -4, 8, 8))

    return plot, change


# here --------------------------------------------------------------------------


def measure(settings: Settings) -> dict:
    size = SIZES[settings.effort]
    found = in_child(
        "items", "frames", settings.screen, points=size.points, steps=size.steps, frames=size.frames
    )
    return {"points": size.points, "steps": size.steps, "ms": found}


def tables(figures: dict) -> list[Table]:
    title = (
        f"ms a frame of single items, {PIXELS[0]} x {PIXELS[1]} pixels: {figures['points']:,} "
        f"points, a curve of {figures['steps']:,} steps"
    )
    table = Table("d", title, ("item", "median", "least", "most"))
    for name, times in figures["ms"].items():
        table.rows.append((name, *map(number, (np.median(times), min(times), max(times)))))
    return [table]


def headlines(figures: dict) -> list[Headline]:
    """How many times as long pyqtgraph's items take."""
    ms = {name: float(np.median(times)) for name, times in figures["ms"].items()}
    pairs = zip(list(ms)[::2], list(ms)[1::2], strict=True)
    return [(f"{theirs} / ours, time", [ms[theirs] / ms[ours]]) for ours, theirs in pairs]
