"""Shades and filled regions of the plane: what lies where, in which colour."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import rgb
from PySide6.QtCore import QPointF

from vae_gui.ui.plotting.regions import region_below_zero
from vae_gui.ui.plotting.surfaces import DensityItem, DifferenceItem, over_grid
from vae_gui.ui.theme import DARK, LIGHT

X1, X2 = np.linspace(-3, 3, 61), np.linspace(-2, 2, 41)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda t: t.name)
@pytest.mark.parametrize("steps", [255, 256])
def test_a_diverging_table_goes_from_one_role_over_the_plot_to_the_other(theme, steps):
    table = theme.diverging("true", "learned", steps)[:, :3].astype(int)
    plot = rgb(theme.color("plot"))
    assert (table[0] == rgb(theme.color("true"))).all()
    assert (table[-1] == rgb(theme.color("learned"))).all()
    assert (table[steps // 2] == plot).all()
    quarter = plot + 0.5 * (rgb(theme.color("learned")) - plot)
    np.testing.assert_allclose(table[(3 * steps) // 4], quarter, atol=2)


@given(st.floats(0.01, 1e3), st.integers(0, 99))
def test_levels_are_in_proportion_and_cut_off_at_the_top(top, seed):
    values = top * np.random.default_rng(seed).uniform(-2, 2, (41, 61))
    difference, density = DifferenceItem(DARK, "true", "learned"), DensityItem(DARK, "learned")
    difference.set_values(values, top, X1, X2)
    density.set_values(values, top, X1, X2)
    expected = (values / top).clip(-1, 1)
    levels = difference.levels.astype(int) - 128
    np.testing.assert_allclose(levels, (127 * values / top).clip(-128, 127), atol=0.51)
    np.testing.assert_allclose(density.levels, 255 * expected.clip(0, 1), atol=0.51)


def test_what_is_no_number_is_not_drawn():
    values = np.full((41, 61), np.nan)
    item = DifferenceItem(DARK, "true", "learned")
    item.set_values(values, 1.0, X1, X2)
    assert (item.levels == 128).all()
    item = DensityItem(DARK, "learned")
    item.set_values(values, 1.0, X1, X2)
    assert not item.levels.any()


def test_cells_lie_around_the_places_of_a_grid():
    left, right, bottom, top = over_grid(X1, X2)
    assert (left, right) == (pytest.approx(-3.05), pytest.approx(3.05))
    assert (bottom, top) == (pytest.approx(-2.05), pytest.approx(2.05))


def test_a_region_is_where_the_field_is_negative_with_holes_left_out():
    radius = np.hypot(X1, X2[:, None])
    path = region_below_zero(X1, X2, np.abs(radius - 1.2) - 0.5)  # a ring from 0.7 to 1.7
    for at in np.random.default_rng(0).uniform(-2, 2, (300, 2)):
        r = np.hypot(*at)
        if min(abs(r - 0.7), abs(r - 1.7)) > 0.03:
            assert path.contains(QPointF(*at)) == (0.7 < r < 1.7)
    assert region_below_zero(X1, X2, radius + 1).isEmpty()
    assert region_below_zero(X1, X2, np.full((41, 61), np.nan)).isEmpty()
