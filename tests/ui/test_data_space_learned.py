"""The learned density and the decoder in the Data space, against closed forms of linear models."""

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from asking import told
from linear_frame import linear_frame
from pictures import make_frame, make_truth, pixel_of, pixels, rgb, shown

from vae_gui.core.distributions import Gaussian
from vae_gui.core.views import MASSES
from vae_gui.ui.panels.data_space import DataSpacePanel
from vae_gui.ui.panels.data_space_decoder import latents_shown
from vae_gui.ui.panels.data_space_learned import PLACES
from vae_gui.ui.plotting.surfaces import ZERO
from vae_gui.ui.theme import DARK, LIGHT

W, B, PSI = np.array([[0.9, 0.1], [0.3, 0.5]]), np.array([0.8, 0.6]), np.array([0.3, 0.5])
COVARIANCE = W @ W.T + np.diag(PSI)


def frame_of(w=W, b=B, psi=PSI, run=1):
    latent = np.shape(w)[1]
    return linear_frame(
        w, b, psi, np.full((latent, 2), 0.3), np.full(latent, 0.7), make_truth().test, run
    )


def log_gaussian(x):
    d = np.asarray(x) - B
    squares = np.einsum("...i,ij,...j->...", d, np.linalg.inv(COVARIANCE), d)
    return -0.5 * (squares + np.linalg.slogdet(2 * np.pi * COVARIANCE)[1])


@pytest.fixture
def panel(qtbot):
    made = DataSpacePanel(DARK)
    qtbot.addWidget(made)
    made.resize(640, 420)
    made.show()
    made.show_truth(make_truth())
    return shown(made)


def drawn_levels(lines):
    """Mahalanobis radius squared of the corners of each contour of the model's Gaussian."""
    x, y = lines.getData()
    d = np.stack([x, y], axis=1) - B
    squares = np.einsum("ni,ij,nj->n", d, np.linalg.inv(COVARIANCE), d)
    ends = np.flatnonzero(np.isnan(squares))
    return [part[np.isfinite(part)] for part in np.split(squares, ends) if np.isfinite(part).any()]


def test_contours_enclose_the_masses_of_the_learned_gaussian(panel):
    panel.restore_options({"learned": "contours"})
    told(panel, frame_of(), make_truth())
    contours = drawn_levels(panel.learned.lines)
    assert len(contours) == len(MASSES)
    for mass, squares in zip(MASSES, contours, strict=True):
        # of a Gaussian in the plane, 1 - exp(-r^2 / 2) lies within r
        assert 1 - np.exp(-squares.mean() / 2) == pytest.approx(mass, abs=0.004)
        assert np.ptp(squares) < 0.08 * squares.mean() + 0.01


@pytest.mark.parametrize(("sigma", "rough"), [(0.05, False), (0.02, False), (0.004, True)])
def test_contours_of_a_narrow_ridge_reach_as_far_as_their_masses_and_say_if_rough(
    panel, sigma, rough
):
    w = np.array([0.9, 0.3])
    panel.restore_options({"learned": "contours"})
    told(panel, frame_of(w=w[:, None], psi=[sigma**2] * 2), make_truth())
    along = (np.stack(panel.learned.lines.getData(), axis=1) - B) @ w / np.linalg.norm(w)
    # of a Gaussian in the plane, 1 - exp(-r^2 / 2) lies within r standard deviations
    farthest = np.sqrt(-2 * np.log(1 - MASSES[-1]) * (w @ w + sigma**2))
    assert np.nanmax(along) == pytest.approx(farthest, rel=0.05)
    assert np.nanmin(along) == pytest.approx(-farthest, rel=0.05)
    assert ("narrower than" in panel.learned._doubt.text().replace("\n", " ")) == rough
    panel.plot.pointed.emit(tuple(B))  # the density of a point is exact all the same
    top = 1 / np.sqrt(np.linalg.det(2 * np.pi * (np.outer(w, w) + sigma**2 * np.eye(2))))
    words = panel.readout.text().split()
    assert float(words[words.index("pθ(x)") + 1]) == pytest.approx(top, rel=5e-3)


def test_more_latents_than_a_grid_of_nodes_has_make_no_picture_rough(panel):
    panel.restore_options({"learned": "contours"})
    told(panel, frame_of(w=np.array([[0.9, 0.1, 0.2], [0.3, 0.5, -0.4]])), make_truth())
    assert not panel.learned._doubt.text()
    assert len(panel.learned.picture.x1) == PLACES[0]


def test_contours_that_the_picture_cuts_off_are_left_out(panel):
    panel.restore_options({"learned": "contours"})
    told(panel, frame_of(w=[[9.0], [0.0]], psi=[0.2, 0.2]), make_truth())
    x, _ = panel.learned.lines.getData()
    assert len(x)
    assert 0 < np.isnan(x).sum() < len(MASSES) * 2


def test_shades_are_the_density_and_the_difference_has_its_sign(panel):
    truth = make_truth()
    panel.restore_options({"learned": "difference"})
    told(panel, frame_of(), truth)
    picture = panel.learned.picture
    places = np.stack(np.meshgrid(picture.x1, picture.x2), axis=-1)
    expected = np.exp(log_gaussian(places))
    np.testing.assert_allclose(picture.density, expected, atol=1e-6)
    np.testing.assert_allclose(
        picture.difference, expected - np.exp(truth.distribution.log_prob(places)), atol=1e-6
    )
    levels = panel.learned.difference.levels.astype(int) - 128
    top = panel.learned.scale(picture)
    np.testing.assert_allclose(levels, picture.difference / top * 127, atol=0.51)
    assert abs(levels).max() > 63, "the scale is the smallest that holds all"
    panel.restore_options({"learned": "shades"})
    told(panel, frame_of(), truth)
    shade = panel.learned.shades.levels
    np.testing.assert_allclose(
        shade, picture.density / panel.learned.scale(picture) * 255, atol=0.51
    )


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda t: t.name)
def test_too_much_is_orange_too_little_blue_and_none_the_background(panel, theme):
    panel.set_theme(theme)
    panel.restore_options({"learned": "difference", "view": "nothing"})
    told(panel, frame_of(b=[-1.5, 3.0]), make_truth())
    panel.contours.setVisible(False)
    panel.shaping.handles.set_enabled(False)  # wherever the pointer is
    seen = pixels(shown(panel.plot))

    def colour(x1, x2):
        x, y = pixel_of(panel.plot, x1, x2)
        return seen[round(y), round(x)]

    plot = rgb(theme.color("plot"))
    for at, role in (((-1.5, 3.0), "learned"), ((1.5, 0.6), "true")):  # beside the handles
        towards = rgb(theme.color(role)) - plot
        part = (colour(*at) - plot) @ towards / (towards @ towards)
        assert 0.3 < part <= 1.01
        np.testing.assert_allclose(colour(*at), plot + part * towards, atol=4)
    np.testing.assert_allclose(colour(5.0, -2.4), plot, atol=3)


def test_the_pointer_reads_the_exact_learned_density(panel):
    panel.restore_options({"learned": "contours"})
    told(panel, frame_of(), make_truth())
    at = (1.3, -0.2)
    panel.plot.pointed.emit(at)
    words = panel.readout.text().replace("−", "-").split()
    assert float(words[words.index("pθ(x)") + 1]) == pytest.approx(
        np.exp(log_gaussian(at)), rel=5e-3
    )
    ratio = log_gaussian(at) - float(make_truth().distribution.log_prob(at))
    assert float(words[-1]) == pytest.approx(ratio, rel=6e-3)
    panel.restore_options({"learned": "nothing"})
    told(panel, frame_of(), make_truth())
    assert "θ" not in panel.readout.text()


def test_the_legend_tells_what_each_colour_stands_for(panel):
    assert panel.legend == DataSpacePanel.legend
    panel.restore_options({"learned": "contours", "warped_grid": True})
    assert dict(panel.legend) == {"true": "p(x)", "learned": "samples, pθ(x)", "latent": "decoder"}
    panel.restore_options({"view": "nothing", "warped_grid": False})
    assert dict(panel.legend) == {"true": "p(x)", "learned": "pθ(x)"}
    panel.restore_options({"view": "samples", "learned": "nothing"})
    assert panel.legend == DataSpacePanel.legend


def test_nothing_is_asked_while_nothing_is_shown(panel):
    frame = frame_of()
    panel.show_frame(frame)
    assert panel.question(frame) is None
    panel.restore_options({"learned": "shades"})
    assert panel.question(frame) is not None
    told(panel, frame, make_truth())
    assert panel.question(replace(frame)) is None, "the same model again"
    assert panel.question(frame_of(run=2)) is not None


def test_nothing_of_an_older_run_is_left(panel):
    for way in ("contours", "shades", "difference"):
        panel.restore_options({"learned": way, "decoder_ellipses": True, "warped_grid": True})
        told(panel, frame_of(), make_truth())
        panel.clear()
        panel.show_truth(make_truth(Gaussian(mean_x1=-1.0)))
        layer = panel.learned
        assert layer.picture is None
        assert not len(layer.lines.getData()[0])
        assert not layer.shades.levels.any()
        assert (layer.difference.levels == ZERO).all()
        assert not len(panel.decoder.ellipses.mu)
        assert not panel.marks.text()


def test_an_answer_of_an_older_step_is_said_to_be_one(panel):
    panel.restore_options({"learned": "contours"})
    told(panel, make_frame(20), make_truth())
    assert panel.marks.text() == "dashed: learned density"
    panel.show_frame(make_frame(30))
    assert panel.marks.text() == "dashed: learned density of step 20"


def test_what_cannot_be_relied_on_says_so(panel):
    panel.restore_options({"learned": "contours"})
    told(panel, frame_of(psi=[1e-10, 1e-10]), make_truth())
    assert "narrow" in panel.learned._doubt.text()
    panel.plot.pointed.emit((1.0, 0.5))
    assert "θ" not in panel.readout.text()
    told(panel, frame_of(), make_truth())
    assert not panel.learned._doubt.text()


@pytest.mark.parametrize("way", ["contours", "shades", "difference"])
def test_weights_that_are_no_numbers_raise_nothing(panel, way):
    panel.restore_options({"learned": way, "decoder_ellipses": True, "warped_grid": True})
    for bad in (np.nan, np.inf, 1e30):
        frame = frame_of()
        weights = np.full_like(frame.picture.parameters, bad)
        told(
            panel, replace(frame, picture=replace(frame.picture, parameters=weights)), make_truth()
        )
        shown(panel).grab()
    assert "finite" in panel.learned._doubt.text() or "computed" in panel.learned._doubt.text()


def test_ellipses_are_the_decoder_at_quantiles_of_the_prior(panel):
    panel.restore_options({"decoder_ellipses": True})
    panel.show_frame(frame_of())
    z = latents_shown(2)
    drawn = panel.decoder.ellipses
    np.testing.assert_allclose(drawn.mu, z @ W.T + B, atol=2e-5)
    np.testing.assert_allclose(drawn.sigma**2, np.broadcast_to(PSI, drawn.mu.shape), rtol=2e-5)


@pytest.mark.parametrize(("latent", "count"), [(1, 15), (2, 25), (5, 25)])
def test_latents_shown_have_even_shares_of_the_prior(latent, count):
    from scipy.stats import norm

    z = latents_shown(latent)
    assert z.shape == (count, latent)
    each = np.unique(norm.cdf(z[:, 0]).round(9))
    np.testing.assert_allclose(np.diff(each), 1 / len(each), atol=1e-8)
    assert each[0] == pytest.approx(0.5 / len(each))
    assert not z[:, 2:].any()


def test_the_warped_grid_of_a_linear_decoder_is_a_grid_of_straight_lines(panel):
    panel.restore_options({"warped_grid": True})
    panel.show_frame(frame_of())
    x, y = panel.decoder.grid.getData()
    lines = np.stack([x, y], axis=1).reshape(18, -1, 2)[:, :-1]
    along = (lines[:, -1] - lines[:, 0]) / 5
    np.testing.assert_allclose(along[:9], np.tile(W[:, 0], (9, 1)), atol=1e-5)
    np.testing.assert_allclose(along[9:], np.tile(W[:, 1], (9, 1)), atol=1e-5)
    np.testing.assert_allclose(lines[4, 30], B, atol=1e-5)
    panel.show_frame(frame_of(w=[[1.0], [0.5]], run=2))
    x, y = panel.decoder.grid.getData()
    np.testing.assert_allclose(y[:-1] - B[1], 0.5 * (x[:-1] - B[0]), atol=1e-5)


def test_a_panel_with_everything_on_is_freed():
    panel = DataSpacePanel(DARK)
    panel.show_truth(make_truth())
    panel.restore_options({"learned": "shades", "decoder_ellipses": True, "warped_grid": True})
    told(panel, frame_of(), make_truth())
    shown(panel)
    seen = weakref.ref(panel)
    panel.close()
    del panel
    gc.collect()
    assert seen() is None
