"""Words to the user: what went wrong, which keys there are, what this program is."""

from __future__ import annotations

import platform

import numpy
from PySide6 import __version__ as pyside_version
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vae_gui import __version__


def versions() -> str:
    """The versions that a report of a fault needs, one line."""
    from importlib.metadata import version  # takes 30 ms, and hardly ever is a report needed

    return (
        f"vae-gui {__version__}, Python {platform.python_version()}, PySide6 {pyside_version}, "
        f"pyqtgraph {version('pyqtgraph')}, numpy {numpy.__version__}, {platform.platform()}"
    )


class ErrorDialog(QDialog):
    """What happened, in a sentence, with the details to copy. Does not block the run."""

    def __init__(self, title: str, message: str, details: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(520)
        self.text = f"{title}\n{message}\n\n{details}\n\n{versions()}"
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        words = QLabel(f"<b>{_escaped(title)}</b><br>{_escaped(message)}", self)
        words.setWordWrap(True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(words)
        if details:
            box = QPlainTextEdit(details, self, readOnly=True)
            box.setAccessibleName("Details")
            box.setMinimumHeight(160)
            layout.addWidget(box)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.copy_button = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button.clicked.connect(self._copy)
        buttons.rejected.connect(self.close)
        layout.addWidget(buttons)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)


def refuse(parent: QWidget, title: str, message: str) -> None:
    """Tell that a file or value cannot be used; returns at once."""
    sentence = message[:1].upper() + message[1:]
    box = QMessageBox(QMessageBox.Icon.Warning, title, sentence, parent=parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.open()


class ShortcutSheet(QDialog):
    """Every action with its keys, from the actions themselves."""

    def __init__(self, groups: dict[str, list[QAction]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keyboard shortcuts")
        self.resize(760, 640)
        first = sorted(groups, key=lambda group: group != "Run")  # the keys used most
        rows = [(group, a) for group in first for a in groups[group] if a.shortcuts()]
        table = QTableWidget(len(rows), 3, self)
        table.setAccessibleName("Keyboard shortcuts")
        table.setHorizontalHeaderLabels(["Keys", "Action", "What it does"])
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        for i, (group, action) in enumerate(rows):
            keys = " or ".join(k.toString(k.SequenceFormat.NativeText) for k in action.shortcuts())
            words = action.text().replace("&", "").rstrip("…")
            tip = action.statusTip() or action.toolTip()
            what = tip.partition(". ")[0].rstrip(".") + "."  # a sheet to glance at
            for j, text in enumerate((keys, f"{group}: {words}", what)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                table.setItem(i, j, item)
        table.resizeColumnsToContents()
        table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        layout = QVBoxLayout(self)
        layout.addWidget(table)
        plots = QLabel(
            "In a plot: wheel to zoom, drag to pan, double-click or 0 to see everything again.",
            self,
        )
        plots.setWordWrap(True)
        layout.addWidget(plots)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.close)
        layout.addWidget(buttons)


class Banner(QFrame):
    """A message across the window that does not interrupt.

    Signals:
        reset_requested: Its Reset button was pressed.
    """

    reset_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        column = QVBoxLayout()
        column.setSpacing(1)
        self._title = QLabel(self)
        self._title.setObjectName("bannerTitle")
        self._message = QLabel(self)
        self._message.setWordWrap(True)
        column.addWidget(self._title)
        column.addWidget(self._message)
        row.addLayout(column, 1)
        copy = QPushButton("Copy", self)
        copy.clicked.connect(self._copy)
        reset = QPushButton("Reset", self)
        reset.clicked.connect(self.reset_requested)
        close = QToolButton(self, autoRaise=True)
        close.setText("✕")
        close.setObjectName("panelButton")
        close.setToolTip("Dismiss")
        close.setAccessibleName("Dismiss")
        close.clicked.connect(self.hide)
        for button in (copy, reset, close):
            row.addWidget(button)
        self.hide()

    def show_message(self, title: str, message: str) -> None:
        """Show a message until it is dismissed or the run is reset."""
        self._title.setText(title)
        self._message.setText(message)
        self.setAccessibleName(f"{title}. {message}")
        self.show()

    @property
    def text(self) -> str:
        """What it says."""
        return f"{self._title.text()}\n{self._message.text()}"

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{self.text}\n{versions()}")


def show_about(parent: QWidget) -> None:
    """Name, version and licence."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle("About VAE GUI")
    box.setText(
        f"<b>VAE GUI {__version__}</b><br>A laboratory for seeing how a variational "
        "auto-encoder learns a distribution.<br><br>MIT licence."
    )
    box.setInformativeText(versions())
    box.open()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
