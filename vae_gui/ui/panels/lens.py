"""Posterior lens: what is known of z once one point x is seen, exactly and by the encoder."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from vae_gui.core.views import Truth
from vae_gui.ui.frame import Chosen, Frame
from vae_gui.ui.panels.base import PanelInTurns
from vae_gui.ui.panels.latent import LARGEST
from vae_gui.ui.panels.latent_views import dimension
from vae_gui.ui.panels.lens_question import LensQuestion, Seen
from vae_gui.ui.panels.lens_views import LineLens, PlaneLens, View
from vae_gui.ui.panels.lens_words import EXPLAINED, lens_words
from vae_gui.ui.panels.nats_words import when
from vae_gui.ui.panels.steady import Steady
from vae_gui.ui.panels.turns import Cut, Turns
from vae_gui.ui.questions import Answer
from vae_gui.ui.theme import Theme

STEP = 0.05  # standard deviations of the data that an arrow key moves the point
WORDS_WIDTH = 210  # pixels


class LensPanel(PanelInTurns):
    """The exact posterior of one point, q(z|x) and the best Gaussian over it, in numbers too."""

    key: ClassVar[str] = "lens"
    title: ClassVar[str] = "Posterior lens"
    subtitle: ClassVar[str] = "p(z|x) of one point"
    help: ClassVar[str] = (
        "Of the point clicked in Data space: its exact posterior under the decoder, the encoder's "
        "q(z|x) and the best diagonal Gaussian q* at one and two sigma, and what both lack in nats."
    )
    legend: ClassVar[tuple[tuple[str, str], ...]] = (
        ("learned", "exact p(z|x)"),
        ("latent", "q(z|x)"),
        ("text", "best q*"),
    )
    parts: ClassVar[tuple[str, ...]] = ("_make_plane", "_make_line", "_put_together")

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._truth: Truth | None = None
        self._answer: Answer | None = None
        self._drawn: Answer | None = None
        self._latent = 2
        self._at_test_point = -1
        self._wanted = [0, 1]
        names = tuple((str(d), dimension(d)) for d in range(LARGEST))
        self._axes = (
            self.add_choice("across", "Horizontal dimension", names, "0", self._on_across),
            self.add_choice("up", "Vertical dimension", names, "1", self._on_up),
        )

    def _make_plane(self) -> None:
        self.plane = PlaneLens(self.theme)
        self.plane.setParent(self)

    def _make_line(self) -> None:
        self.line = LineLens(self.theme)
        self.line.setParent(self)

    def _put_together(self) -> None:
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.words.setFixedWidth(WORDS_WIDTH)
        self.words.setToolTip(EXPLAINED)
        self._stack = QStackedWidget(self)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._stack, 1)
        self.age = QLabel(self)  # of its own: it changes with every frame, the numbers do not
        self.age.setTextFormat(Qt.TextFormat.PlainText)
        self.age.setFixedWidth(WORDS_WIDTH)
        self.age.setWordWrap(True)
        beside = QVBoxLayout()
        beside.addWidget(Steady(self.words))
        beside.addWidget(Steady(self.age))
        beside.addStretch(1)
        row.addLayout(beside)
        self.body.addLayout(row)
        for view in (self.plane, self.line):
            self._stack.addWidget(view)
            view.moved_by.connect(self._on_moved_by)
            view.jumped.connect(self._on_jumped)
        self._show_view()
        self.set_theme(self.theme)

    @property
    def _view(self) -> View:
        return self.line if self._latent == 1 else self.plane

    def _show_view(self) -> None:
        self._stack.setCurrentWidget(self._view)
        self.setFocusProxy(self._view)

    # the run ------------------------------------------------------------------

    def show_truth(self, truth: Truth) -> None:
        """Remember the data, whose points the keys go through."""
        self._truth = truth
        self._at_test_point = -1

    def clear(self) -> None:
        """Forget the run; the point stays chosen."""
        self._truth = self._answer = self._drawn = None
        if self._built:
            self.age.clear()
            for view in (self.plane, self.line):
                view.show_nothing()
            self.words.clear()

    def question(self, frame: Frame) -> LensQuestion | None:
        """Everything about the chosen point, unless it is known of this very model."""
        chosen = self.chosen.x
        if chosen is None:
            return None
        dims, known = self.dimensions(frame), self._answer
        asked = None if known is None else known.question
        same_point = isinstance(asked, LensQuestion) and (asked.x, asked.dims) == (chosen, dims)
        if same_point and asked is not None and asked.parameters is frame.picture.parameters:
            return None
        windows = known.found.windows if known is not None and known.found.dims == dims else ()
        return LensQuestion.about(frame, x=chosen, dims=dims, windows=windows, eager=not same_point)

    def show_answer(self, answer: Answer) -> None:
        """Take over what was seen."""
        self._answer = answer

    def turns(self, frame: Frame) -> Turns:
        """Draw what is known of the point, and say how old it is."""
        self._build()
        if self.chosen.x is None and self._truth is not None:
            self._go_to(self._truth.test[0])  # something to look at
        latent = frame.plan.model.latent
        if latent != self._latent:
            self._latent = latent
            for axis in self._axes:
                for action in axis.actions():
                    action.setVisible(int(action.data()) < latent)
            self._show_view()
        if self._answer is None:
            return
        seen: Seen = self._answer.found
        step, shown = self._answer.step, frame.picture.step
        self.age.setText("" if step == shown else when(step, shown))
        if self._drawn is not self._answer and len(seen.dims) == min(latent, 2):
            self._drawn = self._answer
            self._view.show_seen(seen)
            yield Cut.PAINT_FIRST  # rich text takes as long as the picture
            self.words.setText(lens_words(self.theme, seen, self.exact))

    def dimensions(self, frame: Frame) -> tuple[int, ...]:
        """The latent dimensions to show; the first ones if those wanted do not exist."""
        latent = frame.plan.model.latent
        across, up = self._wanted
        if latent == 1:
            return (0,)
        return (across, up) if max(across, up) < latent else (0, 1)

    # the point ----------------------------------------------------------------

    def show_chosen(self, chosen: Chosen) -> None:
        """Look at another point."""
        super().show_chosen(chosen)
        self.redraw_wanted.emit()

    def _go_to(self, x: np.ndarray) -> None:
        self.choose(replace(self.chosen, x=(float(x[0]), float(x[1]))))

    @Slot(int, int)
    def _on_moved_by(self, right: int, up: int) -> None:
        if self._truth is not None:
            spread = STEP * self._truth.train.std(axis=0)
            start = self.chosen.x or self._truth.train.mean(axis=0)
            self._go_to(np.asarray(start) + spread * (right, up))

    @Slot(str)
    def _on_jumped(self, where: str) -> None:
        truth = self._truth
        if truth is None:
            return
        if where == "mean":
            self._go_to(truth.train.mean(axis=0, dtype=np.float64))
        elif where == "z":
            self._choose_z()
        else:
            by = 1 if where == "next" else -1
            self._at_test_point = (self._at_test_point + by) % len(truth.test)
            self._go_to(truth.test[self._at_test_point])

    def _choose_z(self) -> None:
        """Put z at the mean of q(z|x)."""
        if self._answer is not None:
            mean = self._answer.found.lens.q.mu[0]
            self.choose(replace(self.chosen, z=tuple(mean.tolist())))

    # options ------------------------------------------------------------------

    def _on_across(self, value: str) -> None:
        self._choose_dimension(0, int(value))

    def _on_up(self, value: str) -> None:
        self._choose_dimension(1, int(value))

    def _choose_dimension(self, axis: int, dim: int) -> None:
        """Show a dimension on an axis; if the other axis has it, the two change places."""
        if self._wanted[1 - axis] == dim:
            self._wanted[1 - axis] = self._wanted[axis]
        self._wanted[axis] = dim
        for group, wanted in zip(self._axes, self._wanted, strict=True):
            group.actions()[wanted].setChecked(True)
        self.redraw_wanted.emit()

    def reset_view(self) -> None:
        """Show everything again after zooming."""
        if self._built:
            self._view.reset_view()

    def set_theme(self, theme: Theme) -> None:
        """Recolour."""
        super().set_theme(theme)
        if self._built:
            for view in (self.plane, self.line):
                view.set_theme(theme)
            self.words.setStyleSheet(f"color: {theme.text}")
            self.age.setStyleSheet(f"color: {theme.muted}")
            self._drawn = None
            self.redraw_wanted.emit()
