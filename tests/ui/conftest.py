"""Every Qt test is watched: a thread, timer or widget that outlives it fails it."""

import gc

import pytest
from hypothesis import settings
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, QThread, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

settings.register_profile("ui", deadline=None)
settings.load_profile("ui")


def _alive(kind, condition):
    # by type(): isinstance would ask foreign objects for their __class__, which may warn
    found = [o for o in gc.get_objects() if issubclass(type(o), kind)]
    return [o for o in found if isValid(o) and condition(o)]


def _settle():
    QApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


@pytest.fixture(autouse=True)
def no_leaks(qapp):
    # a cycle collected inside a worker thread would destroy Qt objects there
    gc.disable()
    gc.freeze()  # what lives by now (torch!) is neither searched nor collected again
    widgets_before = {id(w) for w in QApplication.topLevelWidgets()}
    yield
    _settle()
    threads = _alive(QThread, lambda t: t.isRunning() and t is not qapp.thread())
    timers = _alive(QTimer, QTimer.isActive)
    widgets = [w for w in QApplication.topLevelWidgets() if id(w) not in widgets_before]
    gc.enable()
    assert not threads, f"threads still run: {threads}"
    assert not timers, f"timers still run: {[(t, t.parent()) for t in timers]}"
    assert not widgets, f"windows still exist: {widgets}"


@pytest.fixture(autouse=True)
def fresh_settings(qapp):
    qapp.setOrganizationName("vae-gui")
    qapp.setApplicationName("vae-gui-test")
    QSettings().clear()
    yield
    QSettings().clear()
