"""Which file the data are from, above the parameters of that family."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from vae_gui.core.distributions import Distribution, OwnFile
from vae_gui.ui.form.fields import ElidedLabel
from vae_gui.ui.form.parameter_control import small_label


class FileRow(QWidget):
    """The name of the file, what is in it, and a button to choose another.

    Signals:
        wanted: Another file, or other columns, are to be chosen.
    """

    wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = ElidedLabel("")
        self.facts = small_label(" ", "groupNote")
        self.facts.setWordWrap(True)
        self.button = QPushButton("File…")
        self.button.setToolTip("Choose another file, other columns, or how it is read.")
        self.button.setAccessibleName("Choose a file of data")
        self.button.clicked.connect(self.wanted)
        row = QHBoxLayout()
        row.addWidget(self.name, 1)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 2)
        column.setSpacing(1)
        column.addLayout(row)
        column.addWidget(self.facts)

    def show_distribution(self, distribution: Distribution) -> None:
        """Tell which file it is, and what is known of it without reading it."""
        assert isinstance(distribution, OwnFile)
        path = Path(distribution.path)
        self.name.setText(path.name if distribution.path else "Example: a galaxy")
        self.name.setToolTip(str(path) if distribution.path else "An example made for the program")
        rows, held = distribution.rows_in_memory(), distribution.holds_in_memory
        words = "Its density is a kernel estimate."
        if rows is not None and held is not None:
            words = (
                f"{rows.names[0]} and {rows.names[1]}: {held[0]:,} rows for training, {held[1]:,} "
                "for testing. " + words
            )
        self.facts.setText(words)
