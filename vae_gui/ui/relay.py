"""Tells every panel which points were chosen in one of them; panels know nothing of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from vae_gui.ui.frame import Chosen

if TYPE_CHECKING:
    from vae_gui.ui.panels.base import Panel


class Relay(QObject):
    """Passes on what was chosen.

    Attributes:
        chosen: The points in force.
    """

    def __init__(self, panels: list[Panel], parent: QObject) -> None:
        super().__init__(parent)
        self.chosen = Chosen()
        self._panels = panels
        for panel in panels:
            panel.chosen_changed.connect(self.pass_on)

    @Slot(object)
    def pass_on(self, chosen: Chosen) -> None:
        """Show these points everywhere."""
        if chosen != self.chosen:
            self.chosen = chosen
            for panel in self._panels:
                if panel is not self.sender():
                    panel.show_chosen(chosen)
