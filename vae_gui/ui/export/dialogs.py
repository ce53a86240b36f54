"""Asking where to, and telling what went wrong."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSettings, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from vae_gui import __version__
from vae_gui.core.storage import FileProblem
from vae_gui.core.views import Truth
from vae_gui.ui.export.data import DataExport
from vae_gui.ui.export.files import save, wait_cursor
from vae_gui.ui.frame import Frame

FOLDER = "export/folder"
FORMAT = "export/format"


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the dialog's list of formats."""

    words: str
    suffix: str
    scale: float = 1

    @property
    def filter(self) -> str:
        """The same for QFileDialog."""
        return f"{self.words} (*{self.suffix})"


PICTURES = (
    Choice("PNG image, 2x", ".png", 2),
    Choice("PNG image, 1x as on the screen", ".png", 1),
    Choice("PNG image, 3x", ".png", 3),
    Choice("PNG image, 4x", ".png", 4),
    Choice("SVG drawing", ".svg"),
    Choice("PDF document", ".pdf"),
)


def export_dialog(
    parent: QWidget | None,
    widget: QWidget,
    suggested_name: str,
    settings: QSettings,
    ready: Callable[[], None],
) -> Path | None:
    """Ask for a file and write a widget into it; a problem is told, not raised.

    Args:
        parent: Of the dialogs.
        widget: What is exported.
        suggested_name: Of the file.
        settings: Where folder and format are remembered.
        ready: Called when the file is known, to have all of the widget drawn.

    Returns:
        The file written, None if there is none.
    """
    answer = ask_file(parent, "Export picture", suggested_name, PICTURES, settings, FORMAT)
    if answer is None:
        return None
    path, choice = answer
    try:
        with wait_cursor():
            ready()
            save(widget, path, choice.scale)
    except FileProblem as problem:
        tell(parent, problem)
        return None
    return path


def export_data_dialog(
    parent: QWidget | None, export: DataExport, frame: Frame, truth: Truth, settings: QSettings
) -> Path | None:
    """Ask for a file and write numbers of a run into it; a problem is told, not raised.

    Returns:
        The file written, None if there is none.
    """
    choices = [Choice(words, suffix) for words, suffix in export.formats]
    key = f"{FORMAT}/{export.key}"
    answer = ask_file(parent, f"Export {export.label.lower()}", export.key, choices, settings, key)
    if answer is None:
        return None
    path, _ = answer
    try:
        with wait_cursor():
            export.write(frame, truth, path)
    except FileProblem as problem:
        tell(parent, problem)
        return None
    return path


def ask_file(
    parent: QWidget | None,
    title: str,
    suggested_name: str,
    choices: Sequence[Choice],
    settings: QSettings,
    format_key: str,
) -> tuple[Path, Choice] | None:
    """Ask where to write and in which format; both are remembered.

    A name without a known ending gets that of the chosen format. Whoever picks a file
    that exists is asked first.

    Returns:
        The file and the format, None if there was a change of mind.
    """
    dialog = QFileDialog(parent, title)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog, not _has_desktop())
    dialog.setDirectory(_folder(settings))
    dialog.setNameFilters([choice.filter for choice in choices])
    remembered = str(settings.value(format_key, ""))
    usual = next((c for c in choices if c.words == remembered), choices[0])
    dialog.selectNameFilter(usual.filter)
    dialog.selectFile(suggested_name)
    try:
        if not dialog.exec():
            return None
        typed = Path(dialog.selectedFiles()[0])
        filter_ = dialog.selectedNameFilter()
    finally:
        dialog.deleteLater()
    chosen = next((c for c in choices if c.filter == filter_), usual)
    path, choice = settled(typed, chosen, choices)
    if path != typed and path.exists() and not _may_replace(parent, path):  # unknown to the dialog
        return None
    settings.setValue(FOLDER, str(path.parent))
    settings.setValue(format_key, choice.words)
    return path, choice


def settled(path: Path, chosen: Choice, choices: Sequence[Choice]) -> tuple[Path, Choice]:
    """The full name and the format meant by a name that was typed: its own ending has the say."""
    suffix = path.suffix.lower()
    if suffix == chosen.suffix:
        return path, chosen
    for choice in choices:
        if choice.suffix == suffix:
            return path, choice
    return path.with_name(path.name + chosen.suffix), chosen


def tell(parent: QWidget | None, problem: FileProblem) -> None:
    """Show a file problem, with a button that copies its details."""
    text = str(problem)
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Nothing was exported")
    box.setText(text[:1].upper() + text[1:] + ".")
    box.setInformativeText("Whatever was there before is still there.")
    box.addButton(QMessageBox.StandardButton.Close)
    copy = box.addButton("Copy details", QMessageBox.ButtonRole.ActionRole)
    copy.setToolTip("Copy this message and the versions of the program into the clipboard.")
    box.exec()
    if box.clickedButton() is copy:
        QGuiApplication.clipboard().setText(_details(problem))
    box.deleteLater()


def _details(problem: FileProblem) -> str:
    return (
        f"{problem}\nVAE GUI {__version__}, Python {platform.python_version()}, Qt {qVersion()}, "
        f"{platform.platform()}"
    )


def _folder(settings: QSettings) -> str:
    remembered = Path(str(settings.value(FOLDER, "")) or ".")
    return str(remembered if remembered.is_absolute() and remembered.is_dir() else Path.home())


def _has_desktop() -> bool:
    return QGuiApplication.platformName() not in ("offscreen", "minimal")


def _may_replace(parent: QWidget | None, path: Path) -> bool:
    question = f"{path.name} exists already. Replace it?"
    answer = QMessageBox.question(parent, "Replace file", question)
    return answer == QMessageBox.StandardButton.Yes
