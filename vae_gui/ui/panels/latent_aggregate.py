"""The aggregate posterior in the latent space: its contours, the prior's holes, what it tells.

q(z) is the mean of q(z|x) over the test points. All of it is computed in a job.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainterPath, QPen
from PySide6.QtWidgets import QLabel

from vae_gui.core.distributions import Array
from vae_gui.core.posteriors import HOLE, LINE_SHOWN, PRIOR_SHOWN, Aggregate, Surgery, aggregate
from vae_gui.core.views import mass_levels
from vae_gui.ui.frame import Frame
from vae_gui.ui.panels.base import Panel
from vae_gui.ui.panels.latent_views import HALF, SIGMAS, LatentView, LineView, PlaneView, dimension
from vae_gui.ui.panels.steady import Steady
from vae_gui.ui.plotting.contours import ContourItem, contour_lines
from vae_gui.ui.plotting.regions import RegionItem, region_below_zero
from vae_gui.ui.plotting.steps import thousands
from vae_gui.ui.questions import Answer, Question
from vae_gui.ui.theme import Theme

if TYPE_CHECKING:
    from vae_gui.core.analysis import Analysis

PLACES, PLACES_ON_LINE = 141, 401
AROUND = 1.15  # times what is in view
MASSES = tuple(1 - math.exp(-(r**2) / 2) for r in SIGMAS)  # within each circle of a plane's prior
WAITING = "q(z) is being computed…"
CONTOURS_TIP = (
    "With two or more latent dimensions, show q(z), the mean of q(z|x) over the test points, as "
    "contours that enclose what the prior's circles enclose: 39, 86 and 99 %."
)
HOLES_TIP = (
    f"Shade where q(z) is below {HOLE:g} of the prior, within the {PRIOR_SHOWN:.2f} σ (on a line "
    f"{LINE_SHOWN:.2f} σ) that hold 99 % of it: the decoder generates from there, and never "
    "learned to."
)
SURGERY_TIP = (
    "Tell the two parts of the KL term: what z tells of x, and how far q(z) is off the prior; "
    "and what each dimension costs. One is unused if its mean varies with x by 0.01 or less."
)


@dataclass(frozen=True, slots=True, eq=False)
class AggregatePicture:
    """What is known of q(z) of one model.

    Attributes:
        dims: The latent dimensions of `density`.
        density: q(z) beside the prior on a grid; None if nobody wanted it.
        lines: x and y of its contours, empty for a single dimension.
        holes: The outlines of the prior's holes, likewise; not to be changed.
        surgery: The rate in parts; None if nobody wanted it.
    """

    dims: tuple[int, ...]
    density: Aggregate | None
    lines: tuple[Array, Array]
    holes: QPainterPath
    surgery: Surgery | None


@dataclass(frozen=True, kw_only=True, eq=False)
class AskAggregate(Question):
    """What do the posteriors of all test points make together? 10 ms to seconds.

    Attributes:
        dims: One or two latent dimensions.
        reach: How far to look, in standard deviations of the prior.
        density: Whether q(z) is wanted.
        surgery: Whether the parts of the rate are wanted.
    """

    dims: tuple[int, ...]
    reach: float
    density: bool
    surgery: bool

    def answer(self, analysis: Analysis) -> AggregatePicture:
        """Add all posteriors up."""
        found, lines, holes = None, (np.empty(0), np.empty(0)), QPainterPath()
        if self.density:
            places = PLACES if len(self.dims) == 2 else PLACES_ON_LINE
            found = aggregate(analysis.encoded, self.dims, self.reach, places, analysis.wants_stop)
            if len(self.dims) == 2:
                lines = contours(found)
                holes = region_below_zero(found.axis, found.axis, hole_field(found))
        told = analysis.surgery if self.surgery else None
        return AggregatePicture(self.dims, found, lines, holes, told)

    def covers(self, other: AskAggregate) -> bool:
        """Whether its answer tells all that another question of the same run asks."""
        return (
            self.parameters is other.parameters
            and self.dims == other.dims
            and self.reach >= other.reach
            and self.density >= other.density
            and self.surgery >= other.surgery
        )


def contours(q: Aggregate) -> tuple[Array, Array]:
    """Lines that enclose `MASSES` of q(z), but for those that the grid cuts off."""
    cell = float(q.axis[1] - q.axis[0]) ** 2
    within = float(q.values.sum()) * cell
    masses = tuple(m for m in MASSES if m < within)
    if not masses:
        return np.empty(0), np.empty(0)
    return contour_lines(q.axis, q.axis, q.values, mass_levels(q.values, cell, masses))


def hole_field(q: Aggregate) -> Array:
    """A field of the plane (G, G) that is below zero in the prior's holes."""
    with np.errstate(divide="ignore"):
        lack = np.log(q.values) - np.log(HOLE * q.prior)
    radius = np.hypot(q.axis, q.axis[:, None])
    return np.asarray(np.maximum(lack, radius - PRIOR_SHOWN))


class AggregateLayer:
    """What a panel draws of q(z) in its plane and on its line, with options and words.

    Attributes:
        lines: Contours of q(z) in the plane.
        holes: The prior's holes in the plane.
        holes_on_line: Those of a single dimension, as parts of the area under the prior.
        told: What the latent tells, below the plot.
    """

    def __init__(self, panel: Panel, plane: PlaneView, line: LineView) -> None:
        self._panel = panel
        self.lines = ContourItem(panel.theme.pen("latent"))
        self.holes = RegionItem()
        self.holes_on_line = pg.PlotCurveItem(fillLevel=0.0, pen=QPen(Qt.PenStyle.NoPen))
        self.holes.setPen(QPen(Qt.PenStyle.NoPen))
        for view, item, z in (
            (plane, self.holes, -1),
            (plane, self.lines, 2),
            (line, self.holes_on_line, -1),
        ):
            item.setZValue(z)
            view.addItem(item)
        self._notes = {
            view: view.add_note(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            for view in (plane, line)
        }
        self.told = QLabel(panel)
        self.told.setObjectName("panelSubtitle")
        self.told.setWordWrap(True)
        self.told.setContentsMargins(8, 0, 8, 0)
        panel.body.addWidget(Steady(self.told))
        self._answer: Answer | None = None
        self._drawn: AggregatePicture | None = None
        self._wants = dict.fromkeys(("contours", "holes", "surgery"), False)
        for name, text, tip in (
            ("contours", "Aggregate posterior as contours", CONTOURS_TIP),
            ("holes", "Holes of the prior", HOLES_TIP),
            ("surgery", "Information in the latent", SURGERY_TIP),
        ):
            panel.add_toggle(name, text, tip, False, getattr(self, f"_on_{name}"))
        self._show_items()

    def set_theme(self, theme: Theme) -> None:
        """Recolour."""
        self.lines.setPen(theme.pen("latent"))
        self.holes.setBrush(theme.color("prior", 0.3))
        self.holes_on_line.setBrush(theme.color("prior", 0.45))

    def clear(self) -> None:
        """Forget the run."""
        self._answer = self._drawn = None
        self.lines.show_nothing()
        self.holes.show_nothing()
        self.holes_on_line.setData([], [])
        self.told.clear()
        for note in self._notes.values():
            note.set_text("")

    # options --------------------------------------------------------------------

    def _on_contours(self, shown: bool) -> None:
        self._want("contours", shown)

    def _on_holes(self, shown: bool) -> None:
        self._want("holes", shown)

    def _on_surgery(self, shown: bool) -> None:
        self._want("surgery", shown)

    def _want(self, name: str, shown: bool) -> None:
        self._wants[name] = shown
        self._show_items()
        self._panel.redraw_wanted.emit()

    def _show_items(self) -> None:
        self.lines.setVisible(self._wants["contours"])
        self.holes.setVisible(self._wants["holes"])
        self.holes_on_line.setVisible(self._wants["holes"])
        self.told.setVisible(self._wants["surgery"])

    # the job --------------------------------------------------------------------

    def question(self, frame: Frame, dims: tuple[int, ...], half: float) -> Question | None:
        """What is wanted of this model and is not known, of these dimensions.

        Args:
            frame: What is drawn.
            dims: The one or two dimensions shown.
            half: How far the view reaches.
        """
        on_line = len(dims) == 1
        asked = AskAggregate.about(
            frame,
            dims=dims,
            reach=AROUND * max(half, HALF),
            density=self._wants["holes"] or (self._wants["contours"] and not on_line),
            surgery=self._wants["surgery"],
        )
        if not (asked.density or asked.surgery):
            return None
        known = self._answer.question if self._answer is not None else None
        return None if isinstance(known, AskAggregate) and known.covers(asked) else asked

    def take(self, answer: Answer) -> None:
        """Draw other posteriors from now on."""
        self._answer = answer

    # drawing --------------------------------------------------------------------

    def draw(self, view: LatentView, frame: Frame, dims: tuple[int, ...]) -> None:
        """Draw what is known of these dimensions, and say what it is."""
        picture: AggregatePicture | None = self._answer.found if self._answer else None
        if picture is not None and picture.dims != dims:
            picture = None  # of what was shown before
        if picture is not self._drawn:
            self._draw(picture)
        self._notes[view].set_text("\n".join(self._words(picture, len(dims) == 2)))
        known = picture.surgery if picture is not None else None
        words = _surgery_words(known) if known is not None else WAITING
        self.told.setText(words + self._of_step(frame))

    def _draw(self, picture: AggregatePicture | None) -> None:
        self._drawn = picture
        self.lines.show_nothing()
        self.holes.show_nothing()
        self.holes_on_line.setData([], [])
        q = picture.density if picture is not None else None
        if picture is None or q is None:
            return
        if len(picture.dims) == 2:
            self.lines.setData(*picture.lines)
            self.holes.setPath(picture.holes)
        else:
            self.holes_on_line.setData(q.axis, np.where(q.holes, q.prior, 0.0))

    def _words(self, picture: AggregatePicture | None, in_plane: bool) -> list[str]:
        """What the marks are, a line each."""
        lines = self._wants["contours"] and in_plane
        if not (lines or self._wants["holes"]):
            return []
        q = picture.density if picture is not None else None
        if q is None:
            return [WAITING]
        said = []
        if lines:
            said.append("contours: q(z), 39, 86, 99 % of it")
        if self._wants["holes"]:
            said.append(f"shaded: holes, {100 * q.hole_mass:.2g} % of the prior")
        return said

    def _of_step(self, frame: Frame) -> str:
        if self._answer is None or not self._answer.age(frame):
            return ""
        return f" · of step {thousands(self._answer.step)}"


def _surgery_words(found: Surgery) -> str:
    """The rate in its parts, and what each dimension costs and whether it is in use."""
    error = f" ± {found.error:.3f}" if found.error >= 5e-4 else ""
    names = [dimension(j) for j in range(len(found.rates))]
    costs = [
        f"{name}\N{NO-BREAK SPACE}{rate:.3f}" for name, rate in zip(names, found.rates, strict=True)
    ]
    active = [cost for cost, used in zip(costs, found.active, strict=True) if used]
    unused = [cost for cost, used in zip(costs, found.active, strict=True) if not used]
    dimensions = [f"{part} {', '.join(them)}" for part, them in (
        ("active", active), ("unused", unused)
    ) if them]  # fmt: skip
    return (
        f"KL {found.rate:.3f} nats = {found.mutual_information:.3f}{error} that z tells of x + "
        f"{found.marginal_kl:.3f}{error} that q(z) is off the prior · {'; '.join(dimensions)}"
    ).replace("-", "\N{MINUS SIGN}")
