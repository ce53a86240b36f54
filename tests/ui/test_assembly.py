"""The start: the window is there before its panels, and lives while they come."""

import subprocess
import sys
import time

import pytest
from PySide6.QtCore import QSettings, Qt
from windows import Driver, small_config

from vae_gui.ui import assembly, window
from vae_gui.ui.docks import PanelDock
from vae_gui.ui.memory import FIRST_SPEED
from vae_gui.ui.panels.registry import PANELS
from vae_gui.ui.theme import LIGHT
from vae_gui.ui.window import READOUTS_MS, MainWindow


@pytest.fixture
def make_window(qtbot, tmp_path):
    made = []

    def make():
        settings = QSettings(str(tmp_path / "state.ini"), QSettings.Format.IniFormat)
        shown = MainWindow(small_config(), settings)
        made.append(shown)
        shown.show()
        return shown

    yield make
    for shown in made:
        shown.close()
        shown.deleteLater()


def test_panels_come_after_the_window_each_in_its_place(qtbot, make_window):
    shown = make_window()
    assert not shown.docks
    shown.reset_layout()  # nothing to lay out is no fault
    with qtbot.waitSignal(shown.assembly.done):
        pass
    assert list(shown.docks) == [panel.key for panel in PANELS]
    assert all(dock.isVisible() for dock in shown.docks.values())
    qtbot.waitUntil(lambda: shown.controller.ready and shown.scheduler.settled)


def test_the_run_does_not_wait_for_the_panels(qtbot, make_window, monkeypatch):
    monkeypatch.setattr(assembly.Assembly, "start", lambda *_: None)  # they never come
    shown = make_window()
    qtbot.waitUntil(lambda: shown.controller.ready)
    shown.step_once()
    qtbot.waitUntil(lambda: shown.controller.step == 1)
    assert not shown.docks
    assert not shown.scheduler.settled


def test_a_window_closed_at_once_keeps_what_it_remembered(qtbot, make_window, tmp_path):
    first = make_window()
    qtbot.waitUntil(lambda: bool(first.docks))
    first.docks["latent"].close()
    first.close()
    before = (tmp_path / "state.ini").read_bytes()
    make_window().close()
    second = make_window()
    qtbot.waitExposed(second)
    second.close()
    assert (tmp_path / "state.ini").read_bytes() == before


def test_a_theme_chosen_meanwhile_is_that_of_the_panels(qtbot, make_window):
    shown = make_window()
    shown.assembly.start(shown.theme)
    shown._started = True
    shown.use_theme("light")
    qtbot.waitUntil(lambda: bool(shown.docks))
    assert all(panel.theme is LIGHT for panel in shown.panels)


def test_an_import_that_fails_is_told(qtbot, make_window, monkeypatch):
    monkeypatch.setitem(sys.modules, "vae_gui.ui.exports", None)  # cannot be imported
    with qtbot.captureExceptions() as faults:
        shown = make_window()
        qtbot.waitUntil(lambda: bool(faults))
    assert "vae_gui.ui.exports" in str(faults[0][1])
    qtbot.waitUntil(lambda: shown.controller.ready)


@pytest.fixture
def driver(qtbot, tmp_path):
    made = Driver(qtbot, tmp_path / "state.ini")
    yield made
    made.close()


def test_numbers_are_shown_no_oftener_than_they_can_be_read(driver, qtbot, monkeypatch):
    """However often the window ticks, and however slow the machine is."""
    shown = []
    show = window.show_readouts
    monkeypatch.setattr(window, "show_readouts", lambda *a: (shown.append(now()), show(*a)))
    now = time.monotonic
    driver.window.bar.speed.setValue(FIRST_SPEED)
    driver.window.toggle_run()
    driver.until(lambda: driver.run.step > 5)
    begin = now()
    shown.clear()
    qtbot.waitUntil(lambda: len(shown) > 3)
    assert len(shown) <= 1 + (now() - begin) / (0.9 * READOUTS_MS / 1000)
    driver.window.toggle_run()
    driver.until_rest()
    digits = "".join(c for c in driver.window.bar.step._value.text() if c.isdigit())
    assert int(digits) == driver.run.step


FRUGAL = """
import sys
import PySide6.QtWidgets
import vae_gui.ui.plotting
import pyqtgraph
assert "QWizard" not in vars(PySide6.QtWidgets), "made, and not needed"
assert "QWizard" in dir(PySide6.QtWidgets)
assert PySide6.QtWidgets.QWizard is pyqtgraph.Qt.QtWidgets.QWizard
assert pyqtgraph.QtCore.QObject is PySide6.QtCore.QObject
app = pyqtgraph.mkQApp()
plot = pyqtgraph.PlotWidget()
plot.plot([1, 2], [3, 4])
plot.grab()
"""


LATER = """
import sys
from vae_gui.display import no_qt_because
assert not no_qt_because()
import vae_gui.ui.plotting
import pyqtgraph as pg
assert "pyqtgraph.parametertree" not in sys.modules, "imported, and not needed"
from pyqtgraph import BarGraphItem, CircleROI, ImageView
import pyqtgraph.parametertree
assert pg.CircleROI is sys.modules["pyqtgraph.graphicsItems.ROI"].CircleROI
assert not hasattr(pg, "NoSuchItem")
"""


def test_what_pyqtgraph_brings_and_nobody_uses_comes_when_it_is_asked_for():
    subprocess.run([sys.executable, "-c", LATER], check=True, timeout=60)


def test_panels_are_imported_one_in_a_piece():
    names = list(assembly.modules())
    assert len(set(names)) == len(names)
    registry = names.index("vae_gui.ui.panels.registry")
    for kind in PANELS:
        assert names.index(kind.__module__) < registry


def test_docks_are_in_their_places_before_their_panels(qtbot, make_window, monkeypatch):
    areas = {}
    hold = PanelDock.hold

    def watched_hold(dock, panel):
        areas[panel.key] = dock.isVisible() and dock.window().dockWidgetArea(dock)
        hold(dock, panel)

    monkeypatch.setattr(PanelDock, "hold", watched_hold)
    shown = make_window()
    with qtbot.waitSignal(shown.assembly.done):
        pass
    assert areas == {kind.key: Qt.DockWidgetArea.RightDockWidgetArea for kind in PANELS}


def test_pyqtgraph_works_without_a_copy_of_all_of_qt():
    subprocess.run([sys.executable, "-c", FRUGAL], check=True, timeout=60)


def test_what_needs_no_panel_is_in_the_view_menu_at_once_and_below_them_later(
    qtbot, make_window, monkeypatch
):
    start = assembly.Assembly.start
    monkeypatch.setattr(assembly.Assembly, "start", lambda *_: None)
    shown = make_window()
    words = [action.text() for action in shown.actions_.view_menu.actions()]
    assert words == ["&Reset layout", "&Full screen", "&Theme"]
    assert shown.actions_.view_menu.actions()[0].isEnabled()
    qtbot.waitUntil(lambda: shown.controller.ready)
    start(shown.assembly, shown.theme)
    qtbot.waitUntil(lambda: bool(shown.docks))
    texts = [action.text() for action in shown.actions_.view_menu.actions()]
    assert texts[-3:] == words
    assert texts[:2] == ["Controls", "Data space"]
