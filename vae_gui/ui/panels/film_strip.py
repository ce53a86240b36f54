"""Film strip: what the model generated at some steps of the run, from untrained to now."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import Slot
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QWidget

from vae_gui.core.distributions import Bounds
from vae_gui.core.network import Floats
from vae_gui.core.recording import Recording
from vae_gui.core.views import MASSES, DisplayNoise, Picture, Truth, generate
from vae_gui.ui.frame import Frame
from vae_gui.ui.panels.base import PanelInTurns, Place
from vae_gui.ui.panels.turns import Cut, Turns
from vae_gui.ui.plotting.contours import contour_lines
from vae_gui.ui.plotting.film import Cell, FilmStrip
from vae_gui.ui.plotting.steps import thousands
from vae_gui.ui.theme import Theme

Float32 = npt.NDArray[np.float32]

SHOWN = 400  # points in a cell
NEW_CELLS = 2  # decoded for one frame, so that it stays cheap,
FIRST_CELLS = 6  # or more, while there are too few to fill the strip
KEPT = 128  # decoded steps kept, shown or not
DRAWN_MASSES = (0.5, 0.9)  # more contours would fill a small cell
SPACINGS = (("log", "Logarithmic"), ("even", "Even"))


def pick_steps(held: Sequence[int], now: int, count: int, spacing: str) -> list[int]:
    """Which of the held steps to show beside the step shown last.

    They change in stages while `now` grows, by a twelfth each, so that the same pictures serve
    many frames.

    Args:
        held: Steps whose weights are held, increasing; the first is the untrained model.
        now: The latest step; only steps before it are picked.
        count: How many to pick at most.
        spacing: `log` or `even`.

    Returns:
        Distinct steps, increasing: the first held, then those nearest to the spacing.
    """
    before = np.array(held[: bisect_left(held, now)], np.int64)
    if len(before) <= count or count < 2:
        return [int(s) for s in before[:count]]
    stage = stage_of(now)
    later, wanted = before[1:], count - 1
    if spacing == "log":
        targets = np.geomspace(later[0], stage, wanted + 1)[:-1]
    else:
        targets = stage * np.arange(1, wanted + 1) / (wanted + 1)
    at = np.searchsorted((later[1:] + later[:-1]) / 2, targets)
    # where several targets fall on one step, neighbours step in, first upwards, then back
    order = np.arange(wanted)
    at = np.maximum.accumulate(at - order) + order
    at = np.minimum(at, len(later) - wanted + order)
    return [int(before[0]), *(int(s) for s in later[at])]


def stage_of(now: int) -> float:
    """The step up to which `pick_steps` spaces its steps: it grows by a twelfth."""
    return 2.0 ** (math.floor(8 * math.log2(now)) / 8) if now > 0 else 0.0


def most_wanted(steps: Sequence[int], decoded: Collection[int]) -> int | None:
    """Which to decode next: the step farthest from all that can be shown, None for none."""
    missing = [s for s in steps if s not in decoded]
    if not missing or not decoded:
        return missing[0] if missing else None
    at, known = (np.log2(np.array(list(some)) + 1.0) for some in (missing, decoded))
    return missing[int(np.abs(at[:, None] - known).min(axis=1).argmax())]


def _octaves(step: int, other: int) -> float:
    return abs(math.log2((step + 1) / (other + 1)))


def with_stand_ins(wanted: Sequence[int], decoded: Iterable[int], now: int) -> list[int]:
    """The wanted steps, but for those not yet decoded the nearest that are.

    So a fast run, which wants others before these are decoded, leaves no box empty.

    Args:
        wanted: Increasing steps.
        decoded: Steps that can be shown at once.
        now: Only steps before it stand in.

    Returns:
        As many distinct steps, increasing; what has no stand-in stays, to come up empty.
    """
    known = set(decoded)
    spare = {s for s in known if s < now}.difference(wanted)
    shown = []
    for step in wanted:
        if step not in known and spare:
            near = min(spare, key=lambda s: _octaves(s, step))
            spare.remove(near)
            step = near
        shown.append(step)
    return sorted(shown)


class FilmStripPanel(PanelInTurns):
    """Up to 16 snapshots of the generated samples over the true contours."""

    key: ClassVar[str] = "film_strip"
    title: ClassVar[str] = "Film strip"
    subtitle: ClassVar[str] = "the run so far, untrained to now"
    help: ClassVar[str] = (
        "What the model generated at some steps of the run, from the same noise each time, over "
        "contours that enclose 50 and 90 % of the data."
    )
    legend: ClassVar[tuple[tuple[str, str], ...]] = (
        ("true", "true density"),
        ("learned", "generated samples"),
    )
    place: ClassVar[Place] = "bottom"

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.strip = FilmStrip(theme)
        self.strip.setAccessibleName(self.title)
        self.body.addWidget(self.strip)
        self.setFocusProxy(self.strip)
        self.strip.room_changed.connect(self._on_room)
        self._spacing = self.add_choice(
            "spacing", "Spacing of steps", SPACINGS, "log", self._on_spacing
        )
        self._noise = self.add_decoder_noise(self._on_noise)
        self.clear()

    def clear(self) -> None:
        """Forget the run: empty frames."""
        self._square: Bounds = (-1.0, 1.0, -1.0, 1.0)
        self._recording: Recording | None = None
        self._run = 0
        # with noise and without, to a ten-thousandth of a pixel: there may be many
        self._points: dict[int, tuple[Float32, Float32]] = {}
        self._cells: dict[int, Cell] = {}  # the strip keeps their pictures
        self._now: tuple[Picture, Cell] | None = None
        self.strip.set_contours(QPainterPath())
        self.strip.set_cells([])

    def show_truth(self, truth: Truth) -> None:
        """Draw the true contours in every cell."""
        self.clear()
        self._square = _square_around(truth.bounds, truth.distribution.aspect)
        levels = truth.levels[[MASSES.index(m) for m in DRAWN_MASSES]]
        x1, x2 = contour_lines(truth.x1, truth.x2, truth.density, levels)
        u, v = _to_cell(np.stack([x1, x2], axis=1), self._square).T
        self.strip.set_contours(pg.arrayToQPath(u, v, connect="finite"))

    def turns(self, frame: Frame) -> Turns:
        """Show the run up to a moment."""
        recording, now = frame.recording, frame.picture
        if frame.run != self._run or recording is not self._recording:
            self._run, self._recording = frame.run, recording
            self._points.clear()
            self._forget_cells()
        few = len(self._points) < self.strip.room - 1
        for _ in range(FIRST_CELLS if few else NEW_CELLS):
            steps = self._steps_wanted(recording, now.step)  # anew: weights are thinned out
            step = most_wanted(steps, self._points)
            if step is None:
                break
            self._points[step] = self._decode(frame, step)
            yield Cut.IF_LATE
        steps = self._steps_wanted(recording, now.step)
        shown = with_stand_ins(steps, self._points, now.step)
        if max(len(self._points), len(self._cells)) > KEPT:
            kept = {*steps, *shown}  # what stands in for a step that is still to be decoded, too
            self._points = {s: p for s, p in self._points.items() if s in kept}
            self._cells = {s: c for s, c in self._cells.items() if s in kept}
        cells = [self._cell(recording, step) for step in shown]
        cells.append(self._now_cell(recording, now))
        for cell in cells:
            if self.strip.paint_ahead(cell):
                yield Cut.IF_LATE
        self.strip.set_cells(cells)
        if any(step not in self._points for step in steps):
            self.redraw_wanted.emit()

    def _steps_wanted(self, recording: Recording, now: int) -> list[int]:
        spacing = str(self._spacing.checkedAction().data())
        return pick_steps(recording.snapshot_steps, now, self.strip.room - 1, spacing)

    def set_theme(self, theme: Theme) -> None:
        """Recolour."""
        super().set_theme(theme)
        self.strip.set_theme(theme)

    # cells ----------------------------------------------------------------------

    def _decode(self, frame: Frame, step: int) -> tuple[Float32, Float32]:
        noise = DisplayNoise(frame.noise.latents[:SHOWN], frame.noise.decoder[:SHOWN])
        samples, means = generate(frame.plan, frame.recording.snapshot(step), noise)
        return self._in_cell(samples), self._in_cell(means)

    def _in_cell(self, points: Floats) -> Float32:
        """Those of the points (n, 2) that are in view, in units of a cell."""
        uv = _to_cell(np.asarray(points, np.float64), self._square)
        u, v = uv.T
        inside = (u >= 0) & (u <= 1) & (v >= 0) & (v <= 1)  # NaN is not
        return uv[inside].astype(np.float32)

    def _cell(self, recording: Recording, step: int) -> Cell:
        known, points = self._cells.get(step), self._points.get(step)
        if known is not None and (known.points is not None or points is None):
            return known
        drawn = None if points is None else points[0 if self._noise.isChecked() else 1]
        captions: tuple[str, ...] = ("",)  # as empty as the frame
        if drawn is not None:
            captions = (thousands(step),) if step else ("untrained", "0")
        cell = Cell(captions, _words(recording, step, recording.epoch_at(step)), drawn)
        self._cells[step] = cell
        return cell

    def _now_cell(self, recording: Recording, picture: Picture) -> Cell:
        if self._now is None or self._now[0] is not picture:
            points = picture.samples if self._noise.isChecked() else picture.means
            step = thousands(picture.step)
            captions = (f"now · {step}", step) if picture.step else ("untrained", "0")
            words = _words(recording, picture.step, picture.epoch)
            cell = Cell(captions, f"Now: {words}", self._in_cell(points[:SHOWN]), latest=True)
            self._now = picture, cell
        return self._now[1]

    def _forget_cells(self) -> None:
        self._cells.clear()
        self._now = None

    # options --------------------------------------------------------------------

    @Slot()
    def _on_room(self) -> None:
        self.redraw_wanted.emit()

    def _on_spacing(self, _: str) -> None:
        self.redraw_wanted.emit()

    def _on_noise(self, _: bool) -> None:
        self._forget_cells()
        self.redraw_wanted.emit()


def _square_around(bounds: Bounds, aspect: float = 1.0) -> Bounds:
    """The smallest rectangle around one that is as wide as high when drawn: see `aspect`."""
    x_min, x_max, y_min, y_max = bounds
    half = max(x_max - x_min, (y_max - y_min) / aspect) / 2
    x, y = (x_min + x_max) / 2, (y_min + y_max) / 2
    return x - half, x + half, y - half * aspect, y + half * aspect


def _to_cell(points: npt.NDArray[np.float64], square: Bounds) -> npt.NDArray[np.float64]:
    """Data coordinates (n, 2) in units of a cell, y downwards."""
    x_min, x_max, y_min, y_max = square
    with np.errstate(over="ignore", invalid="ignore"):
        return (points - (x_min, y_max)) / (x_max - x_min, y_min - y_max)


def _words(recording: Recording, step: int, epoch: int) -> str:
    if step == 0:
        return "step 0, untrained"
    words = f"step {thousands(step)}, epoch {thousands(epoch)}"
    if step <= recording.steps:
        words += f", training loss {recording.losses[step - 1, 0]:.3f} nats"
    return words
