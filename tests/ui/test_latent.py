"""The latent panel: curves that are what they are said to be, and real pictures of real models."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import make_truth, pixel_of, pixels, rgb, shown
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QMenu

from vae_gui.core.config import ModelConfig, RunConfig
from vae_gui.core.network import initialise, layout
from vae_gui.core.recording import Recording
from vae_gui.core.views import DisplayNoise, draw_picture
from vae_gui.ui.frame import Chosen, Frame
from vae_gui.ui.panels.latent import LatentPanel
from vae_gui.ui.panels.latent_views import ELLIPSES, HALF, grown, top_for
from vae_gui.ui.plotting.gaussians import circles, histogram, mixture_density
from vae_gui.ui.theme import DARK, LIGHT


def frame_of(latent, run=1, seed=0):
    """An untrained model's picture of the test set."""
    config = RunConfig(model=ModelConfig(latent=latent))
    plan, rng = layout(config.model), np.random.default_rng(seed)
    flat = initialise(plan, rng)
    noise = DisplayNoise.draw(100, latent, rng)
    picture = draw_picture(plan, flat, noise, make_truth().test, 0, 0)
    return Frame(run, config, plan, noise, picture, Recording(plan.size))


def with_posteriors(frame, mu, sigma):
    mu, sigma = np.asarray(mu, np.float32), np.asarray(sigma, np.float32)
    return replace(frame, picture=replace(frame.picture, posterior_mu=mu, posterior_sigma=sigma))


def spread(n, latent, scale=1.0, seed=0):
    rng = np.random.default_rng(seed)
    return scale * rng.standard_normal((n, latent)), rng.uniform(0.2, 0.9, (n, latent))


@pytest.fixture
def panel(qtbot):
    made = LatentPanel(DARK)
    qtbot.addWidget(made)
    made.resize(520, 400)
    made.show_truth(make_truth())
    made.show()
    return shown(made)


def choose(panel, name, index):
    """Choose from a submenu of the panel's real menu."""
    menu = QMenu()
    panel.fill_menu(menu)
    submenu = next(a.menu() for a in menu.actions() if a.menu() and a.text() == name)
    submenu.actions()[index].trigger()
    menu.deleteLater()


# curves -----------------------------------------------------------------------


def test_circles_have_their_radii():
    x, y = circles((1.0, 2.0, 3.0))
    radii = np.hypot(x, y).reshape(3, -1)[:, :-1]
    np.testing.assert_allclose(radii, np.repeat([[1.0], [2.0], [3.0]], radii.shape[1], axis=1))


@given(st.integers(1, 300), st.integers(0, 99))
def test_a_histogram_of_values_within_its_edges_integrates_to_one(n, seed):
    values = np.random.default_rng(seed).uniform(-3, 3, n)
    edges = np.linspace(-3, 3, 37)
    assert np.sum(histogram(values, edges)) * (6 / 36) == pytest.approx(1)


def test_a_histogram_keeps_account_of_what_lies_outside_and_ignores_nan():
    heights = histogram(np.array([0.1, 9.0, np.nan, np.inf]), np.linspace(-1, 1, 5))
    assert np.sum(heights) * 0.5 == pytest.approx(0.5)


def test_the_aggregate_posterior_equals_brute_force():
    mu, sigma = (a[:, 0] for a in spread(200, 1))
    grid = np.linspace(-4, 4, 41)
    each = [NormalDist(m, s) for m, s in zip(mu, sigma, strict=True)]
    brute = [np.mean([q.pdf(z) for q in each]) for z in grid]
    np.testing.assert_allclose(mixture_density(mu, sigma, grid), brute, rtol=2e-5, atol=1e-7)


def test_the_aggregate_posterior_is_a_density():
    mu, sigma = (a[:, 0] for a in spread(500, 1))
    grid = np.linspace(-8, 8, 801)
    assert np.trapezoid(mixture_density(mu, sigma, grid), grid) == pytest.approx(1, abs=1e-4)


def test_the_aggregate_posterior_of_nothing_finite_is_zero():
    grid = np.linspace(-1, 1, 5)
    bad = np.array([np.nan, np.inf], np.float32)
    assert not mixture_density(bad, bad, grid).any()
    assert not mixture_density(np.zeros(2), np.zeros(2), grid).any()


@given(st.floats(0, 1e5), st.floats(1, 100))
def test_a_range_holds_what_is_in_it_and_does_not_shrink(reach, half):
    assert grown(half, reach) >= max(half, reach)
    assert grown(grown(half, reach), reach) == grown(half, reach)


@given(st.floats(0.01, 50), st.sampled_from([0.5, 1.0, 8.0]))
def test_the_height_holds_the_peak_and_settles(peak, top):
    chosen = top_for(top, peak)
    assert chosen >= peak
    assert top_for(chosen, peak) == chosen


# the panel --------------------------------------------------------------------


def test_without_a_run_it_shows_the_prior_and_says_what_to_do(panel):
    assert panel.plane.prior.isVisible()
    assert "Run" in panel.plane.hint.text()
    assert len(panel.plane.means.points) == 0


@pytest.mark.parametrize("latent", [2, 3, 8])
def test_a_plane_shows_the_means_and_some_posteriors(panel, latent):
    frame = frame_of(latent)
    panel.show_frame(frame)
    mu, sigma = frame.picture.posterior_mu, frame.picture.posterior_sigma
    np.testing.assert_array_equal(panel.plane.means.points, mu[:, :2])
    assert not panel.plane.hint.text()
    drawn = panel.plane.ellipses
    assert len(drawn.mu) == ELLIPSES
    for centre, size in zip(drawn.mu, drawn.sigma, strict=True):  # each belongs to a test point
        near = np.abs(mu[:, :2] - centre).max(1) + np.abs(sigma[:, :2] - size).max(1)
        assert near.min() == 0


@pytest.mark.parametrize("latent", [1, 2])
def test_the_point_under_the_lens_has_a_thin_outline_from_the_start(panel, latent):
    panel.show_frame(frame_of(latent))
    before = pixels(panel)
    panel.show_chosen(Chosen(x=(0.5, 0.5)))
    panel.show_frame(frame_of(latent))
    changed = (pixels(panel) != before).any(axis=2)
    assert 0 < changed.mean() < 0.02
    pen = panel.lensed[panel._view()].q.ellipse._pen
    assert pen.isCosmetic()
    assert pen.color() == DARK.color("text")


def test_one_dimension_is_a_line_with_a_histogram_and_densities(panel):
    frame = frame_of(1)
    panel.show_frame(frame)
    assert panel.line.isVisible()
    assert not panel.plane.isVisible()
    edges, heights = panel.line.means.getData()
    assert np.sum(heights * np.diff(edges)) == pytest.approx(1)
    grid, density = panel.line.aggregate.getData()
    mu, sigma = frame.picture.posterior_mu[:, 0], frame.picture.posterior_sigma[:, 0]
    np.testing.assert_allclose(density, mixture_density(mu, sigma, grid))
    assert "x0.001" not in panel.line.getPlotItem().getAxis("left").labelString()
    z, prior = panel.line.prior.getData()
    np.testing.assert_allclose(prior, [NormalDist().pdf(v) for v in z], atol=1e-12)


def test_the_words_follow_the_number_of_dimensions(panel, qtbot):
    with qtbot.waitSignal(panel.subtitle_changed) as heard:
        panel.show_frame(frame_of(3))
    assert heard.args == ["z ∈ ℝ³"]
    panel.show_frame(frame_of(1, run=2))
    assert panel.subtitle == "z ∈ ℝ"
    assert LatentPanel.subtitle == "z ∈ ℝ²"


def test_any_two_dimensions_can_be_chosen_from_the_menu(panel, qtbot):
    frame = frame_of(3)
    panel.show_frame(frame)
    with qtbot.waitSignal(panel.redraw_wanted):
        choose(panel, "Horizontal dimension", 2)
    panel.show_frame(frame)
    np.testing.assert_array_equal(panel.plane.means.points, frame.picture.posterior_mu[:, [2, 1]])
    assert panel.plane.getPlotItem().getAxis("bottom").labelText == "z₃"


def test_choosing_the_other_axis_dimension_swaps_the_two(panel):
    panel.show_frame(frame_of(3))
    choose(panel, "Horizontal dimension", 1)
    assert panel.dimensions == (1, 0)
    assert panel.option_values()["up"] == "0"


def test_dimensions_that_the_model_lacks_are_not_offered(panel):
    panel.show_frame(frame_of(3))
    menu = QMenu()
    panel.fill_menu(menu)
    offered = [a.text() for a in panel._axes[0].actions() if a.isVisible()]
    menu.deleteLater()
    assert offered == ["z₁", "z₂", "z₃"]


def test_remembered_dimensions_that_do_not_exist_give_way_to_the_first_two(panel):
    panel.restore_options({"across": "6", "up": "4"})
    panel.show_frame(frame_of(2))
    assert panel.dimensions == (0, 1)
    panel.show_frame(frame_of(8, run=2))
    assert panel.dimensions == (6, 4)


def test_the_range_grows_only_when_means_leave_it_and_returns_with_a_new_run(panel):
    frame = frame_of(2)
    near = with_posteriors(frame, *spread(500, 2, 0.5))
    far = with_posteriors(frame, *spread(500, 2, 3.0))
    panel.show_frame(near)
    assert panel.plane.half == HALF
    panel.show_frame(far)
    wide = panel.plane.half
    assert wide >= np.abs(far.picture.posterior_mu).max() > HALF
    panel.show_frame(near)
    assert panel.plane.half == wide
    panel.show_frame(replace(near, run=2))
    assert panel.plane.half == HALF


def test_a_zoom_by_hand_survives_the_next_frame(panel):
    panel.show_frame(frame_of(2))
    panel.plane.zoom(0.5)
    before = panel.plane.in_view()
    panel.show_frame(frame_of(2, seed=1))
    assert panel.plane.in_view() == before
    panel.reset_view()
    assert panel.plane.in_view()[2] == pytest.approx(-HALF)


@pytest.mark.parametrize("latent", [1, 2, 8])
def test_diverged_posteriors_do_no_harm(panel, latent):
    frame = frame_of(latent)
    for value in (np.nan, np.inf, -np.inf, 1e30):
        mu, sigma = spread(100, latent)
        panel.show_frame(with_posteriors(frame, mu, sigma))
        mu[::2], sigma[1::3] = value, value
        panel.show_frame(with_posteriors(frame, mu, sigma))
        panel.show_frame(with_posteriors(frame, np.full_like(mu, value), np.full_like(mu, value)))
        pixels(panel)


def test_toggles_hide_and_show(panel):
    panel.show_frame(frame_of(2))
    panel.restore_options({"means": False, "ellipses": False, "prior": False})
    plane = panel.plane
    hidden = [plane.means, plane.ellipses, plane.prior, *plane.sigma_labels]
    assert not any(item.isVisible() for item in hidden)
    panel.restore_options({"means": True, "ellipses": True, "prior": True})
    later = frame_of(2, seed=3)
    panel.show_frame(later)
    assert all(item.isVisible() for item in hidden)
    np.testing.assert_array_equal(plane.means.points, later.picture.posterior_mu)


def test_circles_too_close_to_be_told_apart_have_no_labels(panel):
    plane = panel.plane

    def labelled():
        shown(panel)
        return [item.isVisible() for item in plane.sigma_labels]

    def boxes():
        on = [i for i in plane.sigma_labels if i.isVisible()]
        return [i.mapRectToScene(i.boundingRect()) for i in on]

    assert labelled() == [True, True, True]
    counts = []
    for _ in range(30):
        plane.zoom(1.25)
        counts.append(sum(labelled()))
        found = boxes()
        assert not any(a.intersects(b) for i, a in enumerate(found) for b in found[i + 1 :])
    assert counts == sorted(counts, reverse=True)
    assert set(counts) == {3, 1, 0}
    panel.restore_options({"prior": False})
    panel.reset_view()
    assert labelled() == [False] * 3
    panel.restore_options({"prior": True})
    assert labelled() == [True] * 3


def test_the_pointer_tells_the_place_and_the_prior_density(panel, qtbot):
    panel.show_frame(frame_of(2))
    shown(panel)
    x, y = pixel_of(panel.plane, 1.0, -1.0)
    qtbot.mouseMove(panel.plane.viewport(), QPointF(x, y).toPoint())
    words = panel.plane.readout.text()
    density = float(words.split()[-1])
    assert density == pytest.approx(np.exp(-1) / (2 * np.pi), rel=0.1)  # a pixel's width off
    assert "−" in words


def test_nothing_new_is_made_for_another_frame(panel):
    panel.show_frame(frame_of(2))
    before = {id(item) for item in panel.plane.scene().items()}
    panel.show_frame(frame_of(2, seed=1))
    assert {id(item) for item in panel.plane.scene().items()} == before


def test_clear_forgets_the_run(panel):
    for latent in (1, 2):
        panel.show_frame(frame_of(latent, run=latent))
    panel.clear()
    assert len(panel.plane.means.points) == 0
    assert panel.plane.hint.text()
    assert panel.line.hint.text()


@pytest.mark.parametrize("latent", [1, 2])
def test_a_theme_switch_recolours_what_is_drawn(panel, latent):
    panel.show_frame(with_posteriors(frame_of(latent), *spread(500, latent)))
    for theme in (LIGHT, DARK):
        panel.set_theme(theme)
        image = pixels(shown(panel))
        plot, latent_color = rgb(theme.color("plot")), rgb(theme.color("latent"))
        assert (np.abs(image - plot).max(axis=2) == 0).mean() > 0.2
        assert (np.abs(image - latent_color).max(axis=2) < 60).sum() > 50


def test_every_view_has_a_name_for_a_screen_reader(panel):
    assert panel.accessibleName() == "Latent space"
    assert all(v.accessibleName() and v.accessibleDescription() for v in (panel.plane, panel.line))
    assert panel.plane.focusPolicy() & Qt.FocusPolicy.TabFocus
