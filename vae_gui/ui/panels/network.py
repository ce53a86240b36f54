"""Network: the computation of one training step, and the way the gradient takes back."""

from __future__ import annotations

import math

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from vae_gui.core.network import Losses
from vae_gui.ui.frame import Frame
from vae_gui.ui.panels.base import PanelInTurns
from vae_gui.ui.panels.computation import Measured, computation
from vae_gui.ui.panels.computation_places import COMPACT, LOW, WIDE
from vae_gui.ui.panels.turns import Cut, Turns
from vae_gui.ui.plotting.diagram import Diagram
from vae_gui.ui.plotting.diagram_layout import Graph
from vae_gui.ui.plotting.steps import thousands
from vae_gui.ui.theme import Theme, font

VARIANTS = (("with", "with the trick"), ("without", "without"))
TIPS = {
    "with": "z = μ + σ ⊙ ε with the noise ε as an input: the gradient gets through.",
    "without": "z is drawn from N(μ, σ²): the gradient stops at the draw.",
}


class NetworkPanel(PanelInTurns):
    """The diagram, with the reparameterisation trick or without it."""

    key = "network"
    title = "Network"
    subtitle = "one step"
    help = (
        "The computation of one training step with the shapes of its arrays: solid arrows are "
        "computed forward, dashed arrows are the way of the gradient back."
    )
    legend = (
        ("true", "data"),
        ("latent", "latent"),
        ("noise", "noise"),
        ("learned", "decoded"),
        ("accent", "gradient"),
    )

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._frame: Frame | None = None
        self._variant = self.add_choice(
            "variant", "Reparameterisation", VARIANTS, "with", self._on_variant
        )
        self._buttons = QButtonGroup(self)
        self.body.addLayout(self._make_buttons())
        self.diagram = Diagram(theme, (WIDE, COMPACT, LOW), parent=self)
        self.diagram.setAccessibleName("Diagram of the computation")
        self.body.addWidget(self.diagram, 1)
        self.set_theme(theme)
        self._draw()

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(2, 0, 2, 2)
        row.setSpacing(0)
        for action in self._variant.actions():
            button = QPushButton(action.text(), self)
            button.setObjectName(f"variant_{action.data()}")
            button.setCheckable(True)
            button.setChecked(action.isChecked())
            button.setToolTip(TIPS[action.data()])
            button.setAccessibleName(f"Diagram {action.text()}")
            button.setFont(font(8.5))
            button.clicked.connect(action.trigger)
            self._buttons.addButton(button)
            row.addWidget(button)
        row.addStretch(1)
        return row

    @property
    def trick(self) -> bool:
        """Whether the variant with the reparameterisation trick is drawn."""
        return bool(self._checked().data() == "with")

    def turns(self, frame: Frame) -> Turns:
        """Show the shapes of this run and the losses of the step shown."""
        self._frame = frame
        for _ in self.diagram.paint_ahead(self._graph()):
            yield Cut.IF_LATE
        self._draw()

    def clear(self) -> None:
        """Back to letters without numbers."""
        self._frame = None
        self._draw()

    def set_theme(self, theme: Theme) -> None:
        """Recolour the diagram and its buttons."""
        super().set_theme(theme)
        self.diagram.set_theme(theme)
        for button in self._buttons.buttons():
            button.setStyleSheet(_segment(theme))

    def _checked(self) -> QAction:
        action = self._variant.checkedAction()
        assert action is not None, "one variant is always chosen"
        return action

    def _on_variant(self, value: str) -> None:
        for button in self._buttons.buttons():
            button.setChecked(button.objectName() == f"variant_{value}")
        self._draw()

    def _draw(self) -> None:
        self.diagram.set_graph(self._graph())

    def _graph(self) -> Graph:
        frame = self._frame
        if frame is None:
            return computation(None, self.trick)
        return computation(frame.config, self.trick, measured(frame))


def measured(frame: Frame) -> Measured | None:
    """The training losses of the step shown, None for the untrained model."""
    step, recording = frame.picture.step, frame.recording
    if not 1 <= step <= recording.steps:
        return None
    losses = Losses(*map(float, recording.losses[step - 1]))
    return Measured(f"step {thousands(step)}", losses, _beta(losses, frame.config.training.beta))


def _beta(losses: Losses, current: float) -> float:
    """The KL weight of a step: it may have been another one than is in force now."""
    total, reconstruction, kl = losses
    off = abs(reconstruction + current * kl - total)
    if not math.isfinite(off) or off <= 1e-4 * max(1.0, abs(total)) or kl < 1e-3:
        return current
    return (total - reconstruction) / kl


def _segment(theme: Theme) -> str:
    return (
        f"QPushButton {{ background: {theme.field}; color: {theme.muted};"
        f" border: 1px solid {theme.border}; padding: 2px 10px; }}"
        f"QPushButton:hover {{ background: {theme.hover}; color: {theme.text}; }}"
        f"QPushButton:focus {{ border-color: {theme.accent}; }}"
        f"QPushButton:checked {{ background: {theme.accent}; color: {theme.on_accent};"
        f" border-color: {theme.accent}; }}"
    )
