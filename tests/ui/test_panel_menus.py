"""Menus of the panels in the menu bar, and the keys that act on panels."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu, QTabBar
from windows import Driver

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def driver(qtbot, tmp_path):
    made = Driver(qtbot, tmp_path / "window.ini")
    yield made
    made.close()


def entries(menu):
    """Every action of a menu and of those in it, each filled as when it opens."""
    menu.aboutToShow.emit()
    assert menu.toolTipsVisible(), menu.title()
    for action in menu.actions():
        if action.menu():
            assert action.toolTip() != action.menu().title().replace("&", ""), action.text()
            yield from entries(action.menu())
        elif not action.isSeparator():
            yield action


def panel_menu(driver, title):
    top = driver.window.actions_.view_menu
    return next(a.menu() for a in top.actions() if a.menu() and a.text() == f"{title} panel")


def option(panel, name):
    return panel.option_values()[name]


def test_the_menu_bar_has_all_that_the_menu_of_a_panel_has(driver):
    for panel in driver.window.panels:
        found = list(entries(panel_menu(driver, panel.title)))
        assert all(a.toolTip() and a.toolTip() != a.text() for a in found), panel.key
        texts = [a.text() for a in found]
        own = QMenu()
        panel.fill_menu(own)
        assert set(texts) >= {a.text() for a in entries_of(own)}
        own.deleteLater()
        last = ["Reset view", "Export as a picture…", "Copy as a picture", "Float", "Close"]
        assert ("Export numbers…" in texts) == bool(panel.data_formats)
        assert [t for t in texts if t != "Export numbers…"][-5:] == last


def entries_of(menu):
    for action in menu.actions():
        if action.menu():
            yield from entries_of(action.menu())
        elif not action.isSeparator():
            yield action


def test_a_menu_opened_again_is_filled_anew_and_leaves_nothing_behind(driver):
    menu = panel_menu(driver, "Loss")
    first = [a.text() for a in entries(menu)]
    for _ in range(3):
        assert [a.text() for a in entries(menu)] == first
    QApplication.sendPostedEvents(None, 52)  # deferred deletion
    assert len(menu.findChildren(QMenu)) == 3  # what is shown, smoothing and step axis
    dock = driver.window.docks["loss"]
    next(a for a in entries(menu) if a.text() == "Close").trigger()
    assert dock.isHidden()


@pytest.mark.parametrize(
    ("key", "panel", "name", "values"),
    [
        (Qt.Key.Key_H, "data_space", "view", ["histogram", "both", "nothing", "samples"]),
        (Qt.Key.Key_C, "data_space", "learned", ["contours", "shades", "difference", "nothing"]),
        (Qt.Key.Key_E, "data_space", "decoder_ellipses", [True, False]),
        (Qt.Key.Key_W, "data_space", "warped_grid", [True, False]),
        (Qt.Key.Key_G, "loss", "shows", ["both", "regret", "losses"]),
        (Qt.Key.Key_O, "loss", "collapsed", [False, True]),
        (Qt.Key.Key_A, "latent", "contours", [True, False]),
        (Qt.Key.Key_U, "latent", "holes", [True, False]),
        (Qt.Key.Key_I, "latent", "surgery", [True, False]),
        (Qt.Key.Key_Period, "loss", "smoothing", ["50", "200", "200"]),
        (Qt.Key.Key_Comma, "loss", "smoothing", ["5", "0", "0"]),
        (Qt.Key.Key_L, "loss", "step_axis", ["log", "linear"]),
        (Qt.Key.Key_T, "network", "variant", ["without", "with"]),
        (Qt.Key.Key_X, "latent", "across", ["1", "0"]),
    ],
)
def test_keys_choose_the_next_value(driver, key, panel, name, values):
    shown = driver.window.docks[panel].panel
    for value in values:
        driver.key(key)
        assert option(shown, name) == value


def test_what_keys_switch_on_is_computed_and_drawn(driver):
    for key in "CEWGAUI":
        driver.key(getattr(Qt.Key, f"Key_{key}"))
    driver.run.step_once(20)
    driver.until(lambda: driver.run.step == 20)
    driver.until_rest()
    panels = {key: dock.panel for key, dock in driver.window.docks.items()}
    data, latent, loss = panels["data_space"], panels["latent"], panels["loss"]
    assert len(data.learned.lines.getData()[0])
    assert len(data.decoder.grid.getData()[0])
    assert data.marks.text().startswith("dashed: learned density\n")
    assert len(latent.together.lines.getData()[0])
    assert "active" in latent.together.told.text()
    assert "of step" not in latent.together.told.text()
    assert len(loss.regret.curves) == 20


def test_one_key_sets_the_decoder_noise_of_every_panel(driver):
    noisy = [p for p in driver.window.panels if "decoder_noise" in p.option_values()]
    assert len(noisy) == 3
    noisy[0].restore_options({"decoder_noise": False})
    driver.key(Qt.Key.Key_D)  # they differ: first all alike
    assert all(option(p, "decoder_noise") for p in noisy)
    driver.key(Qt.Key.Key_D)
    assert not any(option(p, "decoder_noise") for p in noisy)


def test_one_key_resets_every_view(driver):
    driver.until_rest()
    plots = [driver.window.docks[k].panel.plot for k in ("data_space", "loss")]
    before = [plot.in_view() for plot in plots]
    for plot in plots:
        plot.zoom(0.5)
    driver.key(Qt.Key.Key_V)
    assert [plot.in_view() for plot in plots] == [pytest.approx(b) for b in before]


def test_keys_act_on_the_panel_with_the_focus_and_on_no_other(driver):
    window = driver.window
    window.bar.speed.setFocus()
    driver.key(Qt.Key.Key_W, CTRL)
    assert not any(dock.isHidden() for dock in window.docks.values())
    assert "Click a panel first" in window.statusBar().currentMessage()
    loss = window.docks["loss"]
    loss.panel.plot.setFocus()
    driver.key(Qt.Key.Key_M)
    popup = QApplication.activePopupWidget()
    assert "Smoothing" in [a.text() for a in popup.actions()]
    popup.close()
    driver.key(Qt.Key.Key_W, CTRL)
    assert [k for k, dock in window.docks.items() if dock.isHidden()] == ["loss"]
    bar = window.docks["latent"].titleBarWidget()
    driver.qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.rect().center())
    driver.key(Qt.Key.Key_W, CTRL)
    assert window.docks["latent"].isHidden()
    assert not window.docks["data_space"].isHidden()


def test_bars_of_tabs_have_an_accessible_name(driver):
    window = driver.window
    window.tabifyDockWidget(window.docks["latent"], window.docks["loss"])
    here = Qt.FindChildOption.FindDirectChildrenOnly
    driver.until(lambda: len(window.findChildren(QTabBar, options=here)) >= 2)
    driver.until(
        lambda: all(bar.accessibleName() for bar in window.findChildren(QTabBar, options=here))
    )
