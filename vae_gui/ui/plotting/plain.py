"""A PlotItem without the controls in its menu, which no plot here shows.

They are 44 widgets, and making them takes a third of the time that a plot takes to be made.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QGroupBox, QWidget

# what pyqtgraph reads there, with the values of a new plot
SWITCHES_OFF = (
    "autoAlphaCheck",
    "clipToViewCheck",
    "derivativeCheck",
    "downsampleCheck",
    "fftCheck",
    "forgetTracesCheck",
    "logXCheck",
    "logYCheck",
    "maxTracesCheck",
    "meanRadio",
    "phasemapCheck",
    "subsampleRadio",
    "subtractMeanCheck",
    "xGridCheck",
    "yGridCheck",
)
SWITCHES_ON = ["autoDownsampleCheck", "autoPointsCheck", "peakRadio"]
NUMBERS = {
    "alphaSlider": (1000, 1000),
    "downsampleSpin": (1, 100_000),
    "gridAlphaSlider": (128, 255),
    "maxTracesSpin": (0, 99),
}
GROUPS = {"alphaGroup": True, "averageGroup": False, "pointsGroup": True}  # switches, too
FRAMES = ("decimateGroup", "gridGroup", "transformGroup")


class PlainPlotItem(pg.PlotItem):
    """A PlotItem that can do the same from the program, and nothing from its menu."""

    def __init__(self, **named: Any) -> None:
        module = sys.modules[pg.PlotItem.__module__]
        form = module.ui_template
        module.ui_template = SimpleNamespace(Ui_Form=_Form)  # type: ignore[attr-defined]
        try:
            super().__init__(**named)
        finally:
            module.ui_template = form  # type: ignore[attr-defined]


class _Value(QObject):
    """The value of a control, and what hangs on it."""

    toggled = Signal(bool)
    valueChanged = Signal(int)

    def __init__(self, value: int, most: int = 1) -> None:
        super().__init__()
        self._value, self._most = value, most

    def setValue(self, value: int) -> None:
        if value != self._value:
            self._value = value
            self.valueChanged.emit(value)

    def value(self) -> int:
        return self._value

    def maximum(self) -> int:
        return self._most

    def setChecked(self, checked: bool) -> None:
        if checked != self._value:
            self._value = int(checked)
            self.toggled.emit(checked)

    def isChecked(self) -> bool:
        return bool(self._value)


class _NoList:
    """A list that a person could choose from, with nothing in it."""

    def __init__(self) -> None:
        self.itemClicked = self

    def connect(self, slot: Callable[..., object]) -> None:
        """Nothing is ever clicked."""

    def clear(self) -> None:
        """It is empty."""

    def addItem(self, item: object) -> None:
        """It stays empty."""

    def findItems(self, text: str, flags: object) -> list[object]:
        return []

    def count(self) -> int:
        return 0


class _Form:
    """What pyqtgraph makes its controls with."""

    def setupUi(self, parent: QWidget) -> None:
        controls = vars(self)
        controls |= {name: _Value(0) for name in SWITCHES_OFF}
        controls |= {name: _Value(1) for name in SWITCHES_ON}
        controls |= {name: _Value(*numbers) for name, numbers in NUMBERS.items()}
        controls |= {name: QWidget(parent) for name in FRAMES}
        for name, checked in GROUPS.items():
            box = QGroupBox(parent, checkable=True, checked=checked)
            box.setObjectName(name)
            controls[name] = box
        controls["avgParamList"] = _NoList()
