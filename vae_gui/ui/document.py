"""The edited configuration: its file, whether it is saved, and the way back.

It holds values and commands; no control and no run is known here.
"""

from __future__ import annotations

import weakref
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from vae_gui.core.config import RunConfig, values

_EDIT_ID = 1  # any number but -1 lets Qt try to merge


class RunDocument(QObject):
    """A run configuration being edited.

    Attributes:
        stack: Every edit since it was opened; makes the undo and redo actions.
    """

    config_changed = Signal(object)
    path_changed = Signal(object)

    def __init__(self, config: RunConfig | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stack = QUndoStack(self)
        self._config = config or RunConfig()
        self._saved = self._config
        self._path: Path | None = None

    @property
    def config(self) -> RunConfig:
        """The configuration as edited."""
        return self._config

    @property
    def path(self) -> Path | None:
        """The file it was read from or saved to."""
        return self._path

    @property
    def modified(self) -> bool:
        """Whether it differs from what was opened or last saved."""
        return self._config != self._saved

    def edit(self, config: RunConfig, path: str, gesture: object | None = None) -> None:
        """Change the configuration, so that it can be undone.

        Args:
            config: The configuration wanted.
            path: The dotted name of the value that changed, or what was done in words.
            gesture: Edits of one path by one gesture, such as a drag, are undone together.
        """
        if config != self._config:
            self.stack.push(_Edit(self, config, path, gesture))

    def open(self, config: RunConfig, path: Path | None) -> None:
        """Take over another configuration as it is in a file, or a preset in none."""
        self.stack.clear()
        self._saved = config
        self._apply(config)
        self._set_path(path)

    def settle(self, found: RunConfig) -> None:
        """Take over the configuration as it was found to be, such as for which content of a file.

        That is no edit: there is nothing to undo, and nothing new to save.
        """
        if found != self._config:
            if not self.modified:
                self._saved = found
            self._apply(found)

    def set_clean(self, path: Path | None = None) -> None:
        """Take note that it is saved as it is, in another file if `path` is given."""
        self._saved = self._config
        self._set_path(path or self._path)

    def _set_path(self, path: Path | None) -> None:
        self._path = path
        self.path_changed.emit(path)

    def _apply(self, config: RunConfig) -> None:
        self._config = config
        self.config_changed.emit(config)


class _Edit(QUndoCommand):
    """One change, or one gesture's many."""

    def __init__(
        self, document: RunDocument, config: RunConfig, path: str, gesture: object | None
    ) -> None:
        super().__init__(described(config, path))
        # the stack, a child of the document, owns its commands: a strong reference
        # back would keep all of them alive for good
        self._document = weakref.ref(document)
        self._before, self._after = document.config, config
        self._path, self._gesture = path, gesture

    def id(self) -> int:
        """One kind of command: `mergeWith` looks closer."""
        return _EDIT_ID

    def mergeWith(self, later: QUndoCommand) -> bool:
        """Take over a later edit of the same gesture; a gesture that came back is no edit."""
        assert isinstance(later, _Edit)
        if self._gesture is None or later._gesture is not self._gesture:
            return False
        if later._path != self._path:
            return False
        self._after = later._after
        self.setObsolete(self._after == self._before)
        return True

    def redo(self) -> None:
        """Make the change."""
        self._set(self._after)

    def undo(self) -> None:
        """Take it back."""
        self._set(self._before)

    def _set(self, config: RunConfig) -> None:
        document = self._document()
        if document is not None:
            document._apply(config)


def described(config: RunConfig, path: str) -> str:
    """What an edit does, for the menu: `Change learning rate`, `Choose Ring`."""
    if path == "data.distribution.family":
        return f"Choose {type(config.data.distribution).label}"
    if path == "data.mix.distribution.family":
        mix = config.data.mix
        return f"Mix with {mix.distribution.label if mix else 'nothing'}"
    known = values(config)
    if path in known:
        return f"Change {_inside_a_sentence(known[path][0].parameter.label)}"
    mixed = config.data.mix.distribution if config.data.mix else config.data.distribution
    of = {
        "data.distribution.matrix": config.data.distribution,
        "data.mix.distribution.matrix": mixed,
    }
    matrix = of[path].matrix if path in of else None
    if matrix is not None:
        return f"Change {_inside_a_sentence(matrix.label)}"
    return path[:1].upper() + path[1:]


def _inside_a_sentence(label: str) -> str:
    """A label with its first letter small, unless it starts with an abbreviation."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
