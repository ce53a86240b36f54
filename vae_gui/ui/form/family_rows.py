"""The controls of one family of distributions."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from vae_gui.core.distributions import Distribution, OwnFile
from vae_gui.core.parameters import declared
from vae_gui.ui.form.controls import control_for
from vae_gui.ui.form.file_row import FileRow
from vae_gui.ui.form.matrix_editor import MatrixEditor


class FamilyRows(QWidget):
    """The parameters of one family, its matrix if it has one, and its file.

    Args:
        family: Which family.
        path: The dotted name of the distribution in a configuration.
        parent: Its widget.
    """

    def __init__(
        self, family: type[Distribution], path: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.family = family
        made = (control_for(d, f"{path}.{d.name}") for d in declared(family))
        self.controls = [control for control in made if control is not None]
        self.matrix = MatrixEditor(family.matrix) if family.matrix is not None else None
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        self.file = FileRow() if family is OwnFile else None
        if self.file is not None:
            rows.addWidget(self.file)
        for control in self.controls:
            rows.addWidget(control)
        if self.matrix is not None:
            rows.addWidget(self.matrix)
