"""The controls that say how a file is read, and which two columns of it are taken.

Shows what was detected and what was found; reads nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QSizePolicy, QWidget

from vae_gui.core.tables import ARRAYS, AUTOMATIC, SEPARATORS, Preview, Source
from vae_gui.ui.form.fields import ChoiceBox

HEADER_WORDS = {"yes": "yes, it holds names", "no": "no, it holds numbers"}


class SourceChoices(QWidget):
    """Boxes for separator, header, array and the two columns.

    Signals:
        changed: A box was changed; `source` says what is wanted.
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._source: Source | None = None
        self._taken = ("", "")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(5)
        self.x1 = self._box("Column for x₁", 0, 0)
        self.x2 = self._box("Column for x₂", 0, 2)
        self.separator = self._box("Separator", 1, 0)
        self.header = self._box("First line is a header", 1, 2)
        self.array = self._box("Array", 1, 0)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(3, 1)

    def _box(self, words: str, row: int, column: int) -> QComboBox:
        box = ChoiceBox()
        box.setAccessibleName(words)
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        box.setMinimumContentsLength(8)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.activated.connect(self._on_activated)
        label = QLabel(words, self)
        label.setBuddy(box)
        box.setProperty("label", label)
        self._grid.addWidget(label, row, column)
        self._grid.addWidget(box, row, column + 1)
        return box

    @property
    def source(self) -> Source:
        """What is wanted of the file."""
        assert self._source is not None
        return self._source

    def begin(self, source: Source) -> None:
        """Begin with a file; `show_preview` comes next."""
        self._source = source
        for box in self._boxes():
            box.clear()
            box.setEnabled(False)
        self._show_boxes(textual=source.path.suffix.lower() not in ARRAYS, several=False)

    def show_preview(self, preview: Preview, places: tuple[int, ...]) -> None:
        """Offer what the file has.

        Args:
            preview: Its first rows.
            places: The two columns that are taken; none where there are not two.
        """
        self._show_boxes(bool(preview.separator), len(preview.arrays) > 1)
        _fill(self.separator, [(words, name) for name, (_, words) in SEPARATORS.items()],
              preview.separator)  # fmt: skip
        _fill(self.header, [(words, word) for word, words in HEADER_WORDS.items()],
              "yes" if preview.header else "no")  # fmt: skip
        _fill(self.array, [(name, name) for name in preview.arrays], preview.array)
        columns = [(name, i) for i, name in enumerate(preview.names)]
        for k, box in enumerate((self.x1, self.x2)):
            _fill(box, columns, places[k] if places else -1)
        self._taken = self.x1.currentText(), self.x2.currentText()

    def _show_boxes(self, textual: bool, several: bool) -> None:
        """Show what there is to choose in a text, or in a file of one array or several."""
        for box, shown in (
            (self.separator, textual),
            (self.header, textual),
            (self.array, several),
        ):
            box.setVisible(shown)
            box.property("label").setVisible(shown)

    def _boxes(self) -> tuple[QComboBox, ...]:
        return self.x1, self.x2, self.separator, self.header, self.array

    @Slot()
    def _on_activated(self) -> None:
        before, columns = self.source, self._columns()
        separator = self.separator.currentData() or AUTOMATIC
        header = self.header.currentData() or AUTOMATIC
        array = self.array.currentData() or ""
        if self.sender() in (self.separator, self.header, self.array):
            columns = ("", "")  # other columns than before
        self._source = Source(before.path, array, columns, separator, header)
        self.changed.emit()

    def _columns(self) -> tuple[str, str]:
        x1, x2 = self.x1.currentText(), self.x2.currentText()
        if x1 == x2:  # the one that was left alone gives way: they are exchanged
            was1, was2 = self._taken
            return (x1, was1) if self.sender() is self.x1 else (was2, x2)
        return x1, x2


def _fill(box: QComboBox, items: Sequence[tuple[str, object]], current: object) -> None:
    box.clear()
    for words, value in items:
        box.addItem(words, value)
    box.setCurrentIndex(box.findData(current))
    box.setEnabled(len(items) > 1)
