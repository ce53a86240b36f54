"""The dialog that makes data of a file: what is in it, what is taken, how it is used.

Reads the beginning and then the whole beside the window; what is wrong stands in it in
words, and it cannot be left with OK before everything is right.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

import msgspec
from PySide6.QtCore import QSettings, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vae_gui.core.distributions import OwnFile
from vae_gui.core.parameters import InvalidValue, declared
from vae_gui.core.reading import FileProblem
from vae_gui.core.tables import SUFFIXES, Preview, Rows, Source, chosen_columns, previewing
from vae_gui.ui.form.controls import control_for
from vae_gui.ui.form.fields import ElidedLabel
from vae_gui.ui.form.parameter_control import ParameterControl, explanation
from vae_gui.ui.own_file.choices import SourceChoices
from vae_gui.ui.own_file.loading import Loading
from vae_gui.ui.own_file.preview import PreviewTable, ScatterPreview
from vae_gui.ui.theme import Theme

FOLDER = "lastDataFolder"
FILTER = f"Tables of numbers (*{' *'.join(SUFFIXES)});;All files (*)"
SPLIT_AT_ONCE = 20_000  # rows; of more the few for training cannot well be all the same
KNOBS = ("standardise", "test_share", "bandwidth")


class OwnFileDialog(QDialog):
    """Chooses a file, two columns of it, and how they become data.

    Args:
        theme: Whose colours.
        distribution: What it begins with.
        settings: Where the last folder is remembered.
        parent: The window.

    Signals:
        chosen: OK was pressed: an `OwnFile` whose rows are in memory.
    """

    chosen = Signal(object)

    def __init__(
        self, theme: Theme, distribution: OwnFile, settings: QSettings, parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("ownFileDialog")
        self.setWindowTitle("Data from a file")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self._settings = settings
        self._distribution = distribution
        self._source = distribution.source
        self._shown: Preview | None = None
        self._loading: Loading | None = None
        self._rows: Rows | None = None
        self.name = ElidedLabel("")
        self.open_button = QPushButton("Choose &file…", self)
        self.choices = SourceChoices(self)
        self.table = PreviewTable(theme, self)
        self.scatter = ScatterPreview(theme, self)
        self.facts = QLabel(self)
        self.facts.setWordWrap(True)
        self.error = explanation("controlError")
        self.error.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.progress = QProgressBar(self)
        self.progress.setAccessibleName("Reading the file")
        self.stop_button = QPushButton("&Stop reading", self)
        self.knobs = self._make_knobs()
        buttons = QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        self.buttons = QDialogButtonBox(buttons, self)
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._lay_out()
        self._connect()
        self.resize(880, 600)
        self.show_source(distribution.source)

    # composition --------------------------------------------------------------

    def _make_knobs(self) -> dict[str, ParameterControl]:
        made = {}
        for field in declared(OwnFile):
            if field.name in KNOBS:
                control = control_for(field, f"ownFile.{field.name}", self)
                assert control is not None
                control.set_value(getattr(self._distribution, field.name))
                made[field.name] = control
        return made

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        top = QHBoxLayout()
        top.addWidget(self.name, 1)
        top.addWidget(self.open_button)
        column.addLayout(top)
        column.addWidget(self.choices)
        views = QHBoxLayout()
        views.setSpacing(12)
        views.addWidget(self.table, 3)
        views.addWidget(self.scatter, 2)
        column.addLayout(views, 1)
        reading_row = QHBoxLayout()
        reading_row.addWidget(self.progress, 1)
        reading_row.addWidget(self.stop_button)
        column.addLayout(reading_row)
        column.addWidget(self.facts)
        column.addWidget(self.error)
        knobs = QHBoxLayout()
        knobs.setSpacing(24)
        for name in KNOBS:
            knobs.addWidget(self.knobs[name], 1, Qt.AlignmentFlag.AlignTop)
        column.addLayout(knobs)
        column.addWidget(self.buttons)
        self.setTabOrder(self.open_button, self.choices.x1)

    def _connect(self) -> None:
        self.open_button.clicked.connect(self.ask)
        self.choices.changed.connect(self._on_choice)
        self.stop_button.clicked.connect(self._on_stop)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.knobs["test_share"].value_edited.connect(self._show_facts)
        self.knobs["bandwidth"].value_edited.connect(self._show_facts)

    # the file -----------------------------------------------------------------

    @Slot()
    def ask(self) -> None:
        """Ask for a file."""
        folder = Path(str(self._settings.value(FOLDER, "")))
        start = folder if folder.is_absolute() and folder.is_dir() else Path.home()
        name, _ = QFileDialog.getOpenFileName(self, "Choose a file of data", str(start), FILTER)
        if name:
            self.show_path(Path(name))

    def show_path(self, path: Path) -> None:
        """Begin with a file: detect what can be detected."""
        self._settings.setValue(FOLDER, str(path.absolute().parent))
        changed = OwnFile(path=str(path.absolute()))
        kept = {name: getattr(self._distribution, name) for name in (*KNOBS, "split_seed")}
        self._distribution = msgspec.structs.replace(changed, **kept)
        self.show_source(self._distribution.source)

    def show_source(self, source: Source) -> None:
        """Show a file's beginning, and read all of it."""
        self.choices.begin(source)
        path = source.path
        self.name.setText(str(path) if self._distribution.path else "An example: two spiral arms")
        self.name.setToolTip(str(path))
        self._preview(source)

    @Slot()
    def _on_choice(self) -> None:
        source, shown = self.choices.source, self._shown
        if shown is not None and _tells(shown, source):  # only other columns of it are wanted
            self._drop()
            self._rows = None
            self._show_preview(source, shown)
        else:
            self._preview(source)

    def _preview(self, source: Source) -> None:
        self._drop()
        self._rows = self._shown = None
        self.scatter.show_hint("Reading…")
        self._show_state(error="", facts="Reading the first rows…", share=0.0)
        self._source = source
        self._load(previewing(source), self._on_previewed, self._on_no_preview)

    def _load(
        self,
        steps: Generator[float, None, object],
        done: Callable[..., None],
        failed: Callable[[str], None],
    ) -> None:
        self._loading = Loading(steps, self)
        self._loading.progressed.connect(self._on_progress)
        self._loading.done.connect(done)
        self._loading.failed.connect(failed)
        self._loading.start(Loading.Priority.LowPriority)

    @Slot(str)
    def _on_no_preview(self, sentence: str) -> None:
        if self.sender() is self._loading:
            self.table.show_preview(None)
            self._refuse(sentence)

    @Slot(object)
    def _on_previewed(self, found: Preview) -> None:
        if self.sender() is self._loading:  # not one that was dropped as it was done
            self._drop()
            self._show_preview(self._source, found)

    def _show_preview(self, source: Source, found: Preview) -> None:
        self._shown = found
        self.table.show_preview(found)
        try:
            places = chosen_columns(source, found.names, found.numeric)
        except FileProblem as error:
            self.choices.show_preview(found, ())
            self._refuse(str(error))
            return
        self.choices.show_preview(found, places)
        self.table.mark(places)
        self._set_distribution(source, found, places)
        self._read()

    def _set_distribution(self, source: Source, found: Preview, places: tuple[int, int]) -> None:
        """Say in full what is taken, so that nothing is left to be detected again."""
        column_1, column_2 = (found.names[place] for place in places)
        self._distribution = msgspec.structs.replace(
            self._distribution,
            array=found.array,
            column_1=column_1,
            column_2=column_2,
            separator=found.separator or source.separator,
            header=("yes" if found.header else "no") if found.separator else source.header,
            digest="",
        )

    # reading ------------------------------------------------------------------

    def _read(self) -> None:
        known = self._distribution.rows_in_memory()
        if known is not None:
            self._take(known)  # judged when it was read
            return
        self.scatter.show_hint("Reading…")
        self._show_state(error="", facts="Reading all rows…", share=0.0)
        self._load(self._distribution.reading(), self._on_loaded, self._on_failed)

    def _drop(self) -> None:
        if self._loading is not None:
            self._loading.drop()
            self._loading = None

    @Slot(object)
    def _on_progress(self, share: float) -> None:
        if self.sender() is self._loading:
            self.progress.setValue(round(100 * share))

    @Slot(object)
    def _on_loaded(self, rows: Rows) -> None:
        if self.sender() is self._loading:
            self._take(rows)

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        if self.sender() is self._loading:
            self._refuse(sentence)

    def _take(self, rows: Rows) -> None:
        self._drop()
        self._rows = rows
        self._distribution = self._distribution.pinned(rows)
        self.scatter.show_points(rows.values, rows.names)
        self._show_facts()

    @Slot()
    def _on_stop(self) -> None:
        self._drop()
        self._refuse("reading was stopped; choose a file or a column to read again")

    def _refuse(self, sentence: str) -> None:
        self._drop()
        self.scatter.show_hint("No points")
        self._show_state(error=sentence[:1].upper() + sentence[1:] + ".", facts="", share=None)

    # words --------------------------------------------------------------------

    @Slot()
    def _show_facts(self) -> None:
        if self._rows is None:
            return
        n = len(self._rows.values)
        train, test = self._with_knobs().parts(n)
        counted = f"{n:,} rows can be used"
        for count, why in (
            (self._rows.missing, "a value is missing"),
            (self._rows.infinite, "a value is infinite"),
        ):
            if count:
                counted += f"; {count:,} left out, where {why}"
        h = self._distribution.scott(train) * float(self.knobs["bandwidth"].value)  # type: ignore[arg-type]
        facts = (
            f"{counted}. {train:,} for training, {test:,} for testing. The kernel of the density's "
            f"estimate is {h:.3g} standard deviations wide."
        )
        self._show_state(error="", facts=facts, share=None)

    def _show_state(self, error: str, facts: str, share: float | None) -> None:
        self.error.setText(error)
        self.error.setVisible(bool(error))
        self.facts.setText(facts)
        self.facts.setVisible(bool(facts))
        self.progress.setVisible(share is not None)
        self.stop_button.setVisible(share is not None)
        self.progress.setValue(round(100 * (share or 0)))
        self.ok.setEnabled(self._rows is not None)
        self.ok.setToolTip(error or ("" if self._rows else "The file is being read."))

    # the end ------------------------------------------------------------------

    def _with_knobs(self) -> OwnFile:
        values = {name: control.value for name, control in self.knobs.items()}
        return msgspec.structs.replace(self._distribution, **values)

    def accept(self) -> None:
        """Take the file, unless something is wrong with it."""
        if self._rows is None:
            return
        distribution = self._with_knobs()
        try:
            distribution.keep(self._rows)
            if len(self._rows.values) < SPLIT_AT_ONCE:
                distribution.split()
        except InvalidValue as error:
            self._refuse(str(error))
            return
        super().accept()
        self.chosen.emit(distribution)

    def done(self, result: int) -> None:
        """Leave, whether with OK or not; nothing goes on being read."""
        self._drop()
        super().done(result)

    # drops --------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A single file may be dropped."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Show the file dropped."""
        event.acceptProposedAction()
        self.show_path(Path(event.mimeData().urls()[0].toLocalFile()))


def _tells(shown: Preview, source: Source) -> bool:
    """Whether a preview of the same file is what another reading of it would show."""
    if not shown.separator:
        return source.array == shown.array
    header = "yes" if shown.header else "no"
    return (source.separator, source.header) == (shown.separator, header)
