"""The layout in windows of other sizes: controls keep their width, panels their proportions."""

import pytest
from PySide6.QtCore import QPoint, Qt
from windows import Driver

from vae_gui.ui.layout import CONTROLS_WIDTH

SIZE = 1600, 1000
CALM_MS = 40
TIMES = 1.6  # larger, so that nothing is squeezed


@pytest.fixture
def driver(qtbot, tmp_path):
    made = Driver(qtbot, tmp_path / "state.ini", size=SIZE)
    made.window.setAnimated(False)  # nothing moves by itself, so that calm comes soon
    made.window.proportions._look.setInterval(CALM_MS)
    calm(made)
    yield made
    made.close()


def calm(driver):
    driver.bot.wait(3 * CALM_MS)


def resize(driver, width, height):
    driver.window.resize(width, height)
    driver.bot.wait(30)


def places(driver):
    """Where the docks in sight lie, by name."""
    docks = (driver.window.controls_dock, *driver.window.docks.values())
    seen = [d for d in docks if not (d.isFloating() or d.visibleRegion().isEmpty())]
    return {d.objectName(): d.geometry().getRect() for d in seen}


def assert_alike(found, wanted, within=2):
    assert found.keys() == wanted.keys()
    for name, place in wanted.items():
        assert found[name] == pytest.approx(place, abs=within), name


def drag_separator(driver, start, by):
    window = driver.window
    driver.bot.mousePress(window, Qt.MouseButton.LeftButton, pos=start)
    for part in (0.3, 0.7, 1.0):
        driver.bot.mouseMove(window, start + QPoint(round(part * by.x()), round(part * by.y())))
        driver.bot.wait(20)
    driver.bot.mouseRelease(window, Qt.MouseButton.LeftButton, pos=start + by)
    calm(driver)


def right_of(dock):
    rect = dock.geometry()
    return QPoint(rect.right() + 4, rect.center().y())


def test_after_the_smallest_and_the_largest_window_all_is_as_before(driver):
    before = places(driver)
    for size in ((1080, 640), (2560, 1440), (1280, 720), (3840, 2160), (1500, 900)):
        resize(driver, *size)
        assert places(driver)["dock_controls"][2] == pytest.approx(CONTROLS_WIDTH, abs=2)
        calm(driver)
    resize(driver, *SIZE)
    assert_alike(places(driver), before)


def test_panels_of_a_larger_window_have_the_same_proportions(driver):
    before = places(driver)
    resize(driver, round(TIMES * SIZE[0]), round(TIMES * SIZE[1]))
    after = places(driver)
    for pair, along in ((("data_space", "latent"), 2), (("data_space", "film_strip"), 3)):
        then, now = ([of[f"dock_{key}"][along] for key in pair] for of in (before, after))
        assert now[0] / now[1] == pytest.approx(then[0] / then[1], rel=0.02)


def test_what_a_person_drags_is_kept(driver):
    window = driver.window
    width = window.controls_dock.width()
    drag_separator(driver, right_of(window.controls_dock), QPoint(60, 0))
    assert window.controls_dock.width() == pytest.approx(width + 60, abs=3)
    drag_separator(driver, right_of(window.docks["data_space"]), QPoint(-120, 0))
    dragged = places(driver)
    for size in ((1200, 700), (2200, 1300), SIZE):
        resize(driver, *size)
        assert window.controls_dock.width() == pytest.approx(width + 60, abs=3)
        calm(driver)
    assert_alike(places(driver), dragged)


def test_hidden_controls_come_back_as_wide_as_they_were(driver):
    window = driver.window
    drag_separator(driver, right_of(window.controls_dock), QPoint(70, 0))
    before = places(driver)
    window.controls_dock.hide()
    calm(driver)
    assert "dock_controls" not in places(driver)
    window.controls_dock.show()
    calm(driver)
    assert_alike(places(driver), before)


def test_another_panel_on_top_is_no_new_layout(driver):
    before = places(driver)
    resize(driver, 1080, 640)  # squeezed
    calm(driver)
    driver.window.docks["nats"].raise_()
    calm(driver)
    assert "dock_histograms" not in places(driver)
    resize(driver, *SIZE)
    calm(driver)
    driver.window.docks["histograms"].raise_()
    calm(driver)
    assert_alike(places(driver), before)


def test_what_a_small_window_squeezed_is_not_taken_for_wanted(driver):
    window, before = driver.window, places(driver)
    resize(driver, 1080, 640)
    calm(driver)
    assert before["dock_histograms"][3] < before["dock_latent"][3]
    squeezed = places(driver)
    assert squeezed["dock_histograms"][3] > squeezed["dock_latent"][3]
    drag_separator(driver, right_of(window.controls_dock), QPoint(30, 0))
    window.controls_dock.hide()
    calm(driver)
    window.controls_dock.show()
    calm(driver)
    resize(driver, *SIZE)
    after = places(driver)
    assert after["dock_controls"][2] == pytest.approx(before["dock_controls"][2] + 30, abs=4)
    for name, (_, y, _, height) in before.items():
        assert after[name][1::2] == pytest.approx((y, height), abs=3), name


def test_the_key_of_a_panel_behind_another_brings_it_to_the_front(driver):
    nats = driver.window.docks["nats"]
    assert "dock_nats" not in places(driver)
    for shown in (True, False, True):  # to the front, closed, and back
        nats.toggleViewAction().trigger()
        calm(driver)
        assert ("dock_nats" in places(driver)) is shown
        assert nats.toggleViewAction().isChecked() is shown
        assert nats.isHidden() is not shown
    nats.close()
    assert nats.isHidden(), "by its button it closes wherever it is"


def test_a_closed_panel_leaves_its_room_to_the_others_in_every_size(driver):
    driver.window.docks["film_strip"].close()
    calm(driver)
    without = places(driver)
    resize(driver, 1200, 700)
    calm(driver)
    resize(driver, *SIZE)
    assert_alike(places(driver), without)


def test_a_panel_under_the_controls_is_left_to_qt(driver):
    window = driver.window
    window.splitDockWidget(
        window.controls_dock, window.docks["film_strip"], Qt.Orientation.Vertical
    )
    calm(driver)
    for size in ((1200, 700), SIZE):
        resize(driver, *size)
        calm(driver)
    assert window.controls_dock.geometry().bottom() < window.docks["film_strip"].geometry().top()


def test_a_layout_that_is_reset_is_kept_too(driver):
    before = places(driver)
    drag_separator(driver, right_of(driver.window.controls_dock), QPoint(80, 0))
    driver.window.reset_layout()
    calm(driver)
    assert_alike(places(driver), before, within=4)
    resize(driver, 2000, 1200)
    assert driver.window.controls_dock.width() == pytest.approx(CONTROLS_WIDTH, abs=2)
