"""Every action of the window, from one table a menu: words, keys, tooltip, slot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu


@dataclass(frozen=True, slots=True)
class Command:
    """One action. An empty text is a separator.

    Attributes:
        name: Object name, unique.
        text: Words in the menu, & before the mnemonic.
        keys: Shortcuts, separated by spaces.
        tip: One sentence on what it does.
        slot: What is called.
    """

    name: str = ""
    text: str = ""
    keys: str = ""
    tip: str = ""
    slot: Callable[[], object] | None = None


SEPARATOR = Command()


def add_commands(window: QMainWindow, menu: QMenu, commands: list[Command]) -> list[QAction]:
    """Append commands to a menu and return their actions."""
    made = []
    for command in commands:
        if not command.text:
            menu.addSeparator()
            continue
        action = menu.addAction(command.text)
        action.setObjectName(command.name)
        describe(action, command.keys, command.tip)
        if command.slot is not None:
            action.triggered.connect(command.slot)
        window.addAction(action)
        made.append(action)
    return made


def describe(action: QAction, keys: str, tip: str) -> None:
    """Give an action its keys and its tooltip."""
    action.setShortcuts([QKeySequence(k) for k in keys.split()])
    action.setToolTip(f"{tip} ({keys.replace(' ', ' or ')})" if keys else tip)
    action.setStatusTip(tip)


def empty(menu: QMenu) -> None:
    """Take everything out of a menu that is filled anew; what others own lives on."""
    menu.clear()
    for submenu in menu.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly):
        submenu.deleteLater()


def add_choices(
    window: QMainWindow,
    menu: QMenu,
    choices: list[tuple[str, str, str, str]],
    current: str,
    chosen: Callable[[str], object],
) -> QActionGroup:
    """Append one-of-several actions; `choices` are (value, words, keys, tip)."""
    group = QActionGroup(window)
    for value, words, keys, tip in choices:
        action = menu.addAction(words)
        action.setCheckable(True)
        action.setChecked(value == current)
        action.setData(value)
        describe(action, keys, tip)
        group.addAction(action)
        window.addAction(action)
    group.triggered.connect(lambda action: chosen(action.data()))
    return group
