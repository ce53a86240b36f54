"""The learned density over the Data space: dashed contours, shades, or its difference to the truth.

What is drawn is computed in a job; see `LearnedPicture`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from vae_gui.core.density import GridDensity, Learned
from vae_gui.core.distributions import Array
from vae_gui.core.views import MASSES, MOST_MISSED, Truth, mass_levels
from vae_gui.ui.frame import Frame
from vae_gui.ui.panels.base import Panel
from vae_gui.ui.plotting.contours import ContourItem, contour_lines
from vae_gui.ui.plotting.plot import Plot
from vae_gui.ui.plotting.steps import thousands
from vae_gui.ui.plotting.surfaces import DensityItem, DifferenceItem
from vae_gui.ui.questions import Answer, Question
from vae_gui.ui.theme import Theme

if TYPE_CHECKING:
    from vae_gui.core.analysis import Analysis

PLACES = (161, 401)  # of a picture's grid, along each axis; more only where it takes them
LEVEL_POINTS = 2_000  # generated ones, that tell levels where a grid is too coarse
WAYS = (
    ("nothing", "Nothing"),
    ("contours", "Dashed contours"),
    ("shades", "Shades"),
    ("difference", "Learned − true"),
)
MOST_HALVINGS = 6  # of the scale of shades
COARSE = (
    "{share:.0%} of the learned density is narrower than the cells of this picture, {cell:.2g} "
    "wide: shades and contours are rough."
)
TIP_WIDTH = 46  # characters of a line of a warning


@dataclass(frozen=True, slots=True, eq=False)
class LearnedPicture:
    """The learned density on a grid over the data, and what was needed for it.

    Attributes:
        x1: Grid along x1, (G,).
        x2: Grid along x2, (G,).
        density: p_theta there, (G, G), rows along x2.
        lines: x and y of the contours that enclose `MASSES`, NaN between two; without those
            that do not fit on the grid.
        difference: p_theta - p there.
        learned: The decoder at quadrature nodes, for the density at any other place.
        doubt: Why not to rely on it, as a sentence; empty otherwise.
        coarse: What of the picture alone is not to be relied on, likewise.
    """

    x1: Array
    x2: Array
    density: Array
    lines: tuple[Array, Array]
    difference: Array
    learned: Learned
    doubt: str
    coarse: str

    def shades(self, way: str) -> Array:
        """What is shown in shades: the density, or its difference to the true one."""
        return self.density if way == "shades" else self.difference


class AskLearned(Question):
    """What does the learned density look like where the data are? Takes 20 ms to a second."""

    def answer(self, analysis: Analysis) -> LearnedPicture:
        """Integrate the latent out at every place."""
        truth, at = analysis.truth, analysis.resolved
        for places in PLACES:
            x1, x2 = (np.linspace(x[0], x[-1], places) for x in (truth.x1, truth.x2))
            grid = at.learned.density(x1, x2, analysis.wants_stop)
            resolves = bool(at.doubt) or grid.narrow <= MOST_MISSED
            if resolves:
                break
        return LearnedPicture(
            x1=x1,
            x2=x2,
            density=grid.values,
            lines=contours(grid) if resolves else rough_contours(grid, at.learned, analysis),
            difference=grid.values - truth.distribution.density(x1, x2),
            learned=at.learned,
            doubt=at.doubt,
            coarse="" if resolves else COARSE.format(share=grid.narrow, cell=x1[1] - x1[0]),
        )


def contours(grid: GridDensity) -> tuple[Array, Array]:
    """Lines that enclose `MASSES` of a density, but for those that its grid cuts off."""
    masses = tuple(m for m in MASSES if m < grid.mass)  # none if it is not a number
    if not masses:
        return np.empty(0), np.empty(0)
    levels = mass_levels(grid.values, grid.cell, masses)
    return contour_lines(grid.x1, grid.x2, grid.values, levels)


def rough_contours(grid: GridDensity, learned: Learned, analysis: Analysis) -> tuple[Array, Array]:
    """The same where a grid is too coarse: at heights that as many generated points exceed."""
    x = analysis.generated[:LEVEL_POINTS].astype(np.float64)
    low, high = (np.array([grid.x1[i], grid.x2[i]]) for i in (0, -1))
    within = float(((low <= x) & (x <= high)).all(axis=1).mean())
    masses = np.array([m for m in MASSES if m < within])
    levels = np.exp(np.quantile(learned.log_prob(x).log_p, 1 - masses))
    return contour_lines(grid.x1, grid.x2, grid.values, levels)


class LearnedLayer:
    """What a panel draws of the learned density, with its option and its words.

    Attributes:
        lines: Dashed contours.
        shades: The density itself.
        difference: The learned density less the true one.
    """

    def __init__(self, panel: Panel, plot: Plot, changed: Callable[[], None]) -> None:
        theme = panel.theme
        self._panel = panel
        self._changed = changed  # called when something else is shown
        self.shades = DensityItem(theme, "learned")
        self.difference = DifferenceItem(theme, "true", "learned")
        self.lines = ContourItem(theme.pen("learned"))
        for item, z in ((self.shades, -2), (self.difference, -1), (self.lines, 1)):
            item.setZValue(z)
            plot.addItem(item)
        bottom, left = Qt.AlignmentFlag.AlignBottom, Qt.AlignmentFlag.AlignLeft
        self._doubt = plot.add_note(bottom | left, "warning")
        self._truth: Truth | None = None
        self._answer: Answer | None = None
        self._drawn: LearnedPicture | None = None
        self.way = "nothing"
        panel.add_choice("learned", "Show the learned density as", WAYS, self.way, self._on_way)
        self._show_items()

    @property
    def is_filled(self) -> bool:
        """Whether the plot is full of shades."""
        return self.way in ("shades", "difference")

    @property
    def picture(self) -> LearnedPicture | None:
        """What is known of the model shown, or of one shortly before it."""
        return self._answer.found if self._answer is not None else None

    def show_truth(self, truth: Truth) -> None:
        """Take the scale of colours from the true density."""
        self._truth = truth

    def clear(self) -> None:
        """Forget the run."""
        self._truth = self._answer = None
        self._draw_nothing()

    def set_theme(self, theme: Theme) -> None:
        """Recolour."""
        self.shades.set_theme(theme)
        self.difference.set_theme(theme)
        self.lines.setPen(theme.pen("learned", style=Qt.PenStyle.DashLine))

    def _on_way(self, way: str) -> None:
        self.way = way
        self._drawn = None
        if way == "nothing":
            self._answer = None
            self._draw_nothing()
        self._show_items()
        self._changed()
        self._panel.redraw_wanted.emit()

    def _show_items(self) -> None:
        self.lines.setVisible(self.way == "contours")
        self.shades.setVisible(self.way == "shades")
        self.difference.setVisible(self.way == "difference")

    def _draw_nothing(self) -> None:
        self._drawn = None
        self.lines.show_nothing()
        self.shades.clear()
        self.difference.clear()
        self._doubt.set_text("")

    # the job --------------------------------------------------------------------

    def question(self, frame: Frame) -> Question | None:
        """The picture of this model, unless it is known or nobody wants it."""
        if self.way == "nothing":
            return None
        known = self._answer
        if known is not None and known.question.parameters is frame.picture.parameters:
            return None
        return AskLearned.about(frame)

    def take(self, answer: Answer) -> None:
        """Draw another picture from now on."""
        if self.way != "nothing":
            self._answer = answer

    # drawing --------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the latest picture, if it is not drawn yet."""
        picture = self.picture
        if picture is None or picture is self._drawn or self._truth is None:
            return
        self._drawn = picture
        if self.way == "contours":
            self.lines.setData(*picture.lines)
        else:
            item = self.shades if self.way == "shades" else self.difference
            item.set_values(picture.shades(self.way), self.scale(picture), picture.x1, picture.x2)
        self._doubt.set_text(fill(picture.doubt or picture.coarse, TIP_WIDTH))

    def scale(self, picture: LearnedPicture) -> float:
        """What has the last colour: the highest p, or a half, a quarter, ... where all is less."""
        assert self._truth is not None
        top = float(self._truth.density.max())
        most = float(np.abs(picture.shades(self.way)).max())
        if not (np.isfinite(most) and most > 0):
            return top
        return top / 2.0 ** float(np.floor(np.log2(top / most)).clip(0, MOST_HALVINGS))

    def words(self, frame: Frame) -> list[str]:
        """What the marks are, a line each."""
        if self._answer is None or self._drawn is None:
            return [] if self.way == "nothing" else ["learned density: being computed…"]
        age = self._answer.age(frame)
        of = f" of step {thousands(self._answer.step)}" if age else ""
        if self.way == "contours":
            return [f"dashed: learned density{of}"]
        top = f"{self.scale(self._drawn):.2g}"
        if self.way == "shades":
            return [f"shades: learned density{of}, to {top}"]
        return [f"learned − true{of}, to ±{top}:", "orange too much, blue too little"]

    def words_at(self, at: tuple[float, float], log_p: float) -> str:
        """The learned density of a place and its ratio to the true one, where it is known."""
        picture = self.picture
        if picture is None or picture.doubt:
            return ""
        log_learned = float(picture.learned.log_prob(at).log_p[0])
        ratio = f"{log_learned - log_p:+.3g}" if np.isfinite(log_p) else "+∞"
        return (
            f"\npθ(x) {np.exp(log_learned):.3g}   log pθ(x) {log_learned:.4g}"
            f"\nlog pθ(x) / p(x) {ratio}"
        ).replace("-", "−")
