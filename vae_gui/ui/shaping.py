"""Joins the hand in Data space to the document: what is pulled or drawn there is an edit.

The panel knows no document, and the document no panel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Slot

from vae_gui.core.config import RunConfig
from vae_gui.core.distributions import Distribution
from vae_gui.ui.document import RunDocument

if TYPE_CHECKING:
    from vae_gui.ui.panels.data_space import DataSpacePanel


class ShapingDesk(QObject):
    """Edits of the true distribution that are made in Data space."""

    def __init__(self, document: RunDocument, panel: DataSpacePanel, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._panel = panel
        panel.shaping.edited.connect(self._on_edited)
        document.config_changed.connect(self._on_config)
        self._on_config(document.config)

    @Slot(object, str, object)
    def _on_edited(self, distribution: Distribution, words: str, gesture: object) -> None:
        config = self._document.config
        data = msgspec.structs.replace(config.data, distribution=distribution)
        self._document.edit(msgspec.structs.replace(config, data=data), words, gesture)

    @Slot(object)
    def _on_config(self, config: RunConfig) -> None:
        self._panel.shaping.show_wanted(config.data.distribution)
