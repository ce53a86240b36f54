"""q(z) in the latent space against plain sums over its Gaussians and closed forms."""

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from asking import told
from linear_frame import linear_frame
from pictures import make_truth, shown
from PySide6.QtCore import QPointF
from scipy.stats import norm

from vae_gui.ui.panels.latent import LatentPanel
from vae_gui.ui.panels.latent_aggregate import MASSES
from vae_gui.ui.theme import DARK, LIGHT

EVERYTHING = {"contours": True, "holes": True, "surgery": True}


def frame_of(a, s, run=1):
    a = np.asarray(a, float)
    latent = len(a)
    w = np.full((2, latent), 0.3)
    return linear_frame(w, np.zeros(2), np.ones(2), a, s, make_truth().test, run)


def density(frame, z, dims):
    """The mean of q(z|x) over the test points, by hand: (k, d) -> (k,)."""
    mu = frame.picture.posterior_mu[:, dims].astype(float)
    sigma = frame.picture.posterior_sigma[:, dims].astype(float)
    return np.array([norm.pdf(at, mu, sigma).prod(axis=1).mean() for at in np.atleast_2d(z)])


@pytest.fixture
def panel(qtbot):
    made = LatentPanel(DARK)
    qtbot.addWidget(made)
    made.resize(520, 400)
    made.show_truth(make_truth())
    made.show()
    return shown(made)


def test_contours_lie_where_the_density_is_that_of_their_mass(panel):
    panel.restore_options({"contours": True})
    frame = frame_of([[0.5, 0.2], [-0.3, 0.8]], [0.6, 0.4])
    told(panel, frame, make_truth())
    x, y = panel.together.lines.getData()
    corners = np.stack([x, y], axis=1)
    parts = np.split(corners, np.flatnonzero(np.isnan(x)))
    parts = [p[np.isfinite(p).all(axis=1)] for p in parts if len(p) > 2]
    assert len(parts) == len(MASSES)
    rng = np.random.default_rng(0)
    mu, sigma = frame.picture.posterior_mu, frame.picture.posterior_sigma
    rows = rng.integers(len(mu), size=3000)
    drawn = mu[rows] + sigma[rows] * rng.standard_normal((3000, 2))
    of_drawn = density(frame, drawn, [0, 1])
    for mass, part in zip(MASSES, parts, strict=True):
        heights = density(frame, part[::10], [0, 1])
        assert np.ptp(heights) < 0.05 * heights.mean()
        # as many of its draws are denser than the contour as lie within
        assert (of_drawn > heights.mean()).mean() == pytest.approx(mass, abs=0.03)


def test_holes_are_where_the_prior_is_ten_times_as_dense(panel):
    panel.restore_options({"holes": True})
    frame = frame_of([[0.2, 0.0], [0.0, 0.2]], [0.3, 0.3])
    told(panel, frame, make_truth())
    path, found = panel.together.holes.path(), panel.together._drawn.density
    z = np.random.default_rng(0).uniform(-3.5, 3.5, (400, 2))
    prior, q = norm.pdf(z).prod(axis=1), density(frame, z, [0, 1])
    radius = np.hypot(*z.T)
    clear = (np.abs(np.log(q / prior) - np.log(0.1)) > 0.3) & (np.abs(radius - 3.035) > 0.05)
    inside = np.array([path.contains(QPointF(*at)) for at in z])
    expected = (q < 0.1 * prior) & (radius < 3.035)
    assert expected[clear].any()
    assert (inside == expected)[clear].all()
    draws = np.random.default_rng(1).standard_normal((4000, 2))
    lacking = density(frame, draws, [0, 1]) < 0.1 * norm.pdf(draws).prod(axis=1)
    share = (lacking & (np.hypot(*draws.T) < 3.035)).mean()
    assert found.hole_mass == pytest.approx(share, abs=0.03)
    assert (
        f"{100 * found.hole_mass:.2g} % of the prior" in panel.together._notes[panel.plane].text()
    )


def test_holes_of_a_line_are_parts_of_the_area_under_the_prior(panel):
    panel.restore_options({"holes": True, "contours": True})
    frame = frame_of([[0.1, 0.0]], [0.2])
    told(panel, frame, make_truth())
    z, height = panel.together.holes_on_line.getData()
    prior = norm.pdf(z)
    lacking = (density(frame, z[:, None], [0]) < 0.1 * prior) & (np.abs(z) <= 2.5758)
    assert lacking.any()
    np.testing.assert_allclose(height, np.where(lacking, prior, 0), atol=1e-9)
    assert not len(panel.together.lines.getData()[0])


def test_what_the_latent_tells_is_the_closed_form_of_a_linear_encoder(panel):
    panel.restore_options({"surgery": True})
    a, s = np.array([[0.6, 0.2], [0.0, 0.0]]), np.array([0.7, 1.0])
    told(panel, frame_of(a, s), make_truth())
    words = panel.together.told.text().replace("−", "-").replace(",", "").split()
    x = make_truth().test.astype(float)
    mu = x @ a.T
    rates = 0.5 * (mu**2 + s**2 - 1 - np.log(s**2)).mean(axis=0)
    mean, variance = mu[:, 0].mean(), mu[:, 0].var() + s[0] ** 2
    # q(z) is nearly the Gaussian that endlessly many points would give
    marginal = 0.5 * (mean**2 + variance - 1 - np.log(variance))
    assert float(words[1]) == pytest.approx(rates.sum(), abs=6e-4)
    assert float(words[4]) == pytest.approx(rates.sum() - marginal, abs=0.01)
    assert float(words[words.index("+") + 1]) == pytest.approx(marginal, abs=0.01)
    text = panel.together.told.text()
    active, unused = (
        f"{name}\xa0{rate:.3f}" for name, rate in zip(("z₁", "z₂"), rates, strict=True)
    )
    assert f"active {active}; unused {unused}" in text.replace("−", "-")


def test_of_more_dimensions_those_chosen_are_drawn(panel):
    panel.restore_options({**EVERYTHING, "across": "2", "up": "1"})
    a = [[0.1, 0.0], [0.5, 0.3], [-0.4, 0.6]]
    frame = frame_of(a, [0.9, 0.5, 0.4])
    told(panel, frame, make_truth())
    picture = panel.together._drawn
    assert picture.dims == (2, 1)
    z = np.array([[0.3, 0.4], [-1.0, 0.5]])
    at = [int(np.abs(picture.density.axis - v).argmin()) for v in z.ravel()]
    grid = picture.density.axis[at].reshape(2, 2)
    values = picture.density.values[at[1::2], at[0::2]]
    np.testing.assert_allclose(values, density(frame, grid, [2, 1]), rtol=1e-4)
    panel.restore_options({"across": "0"})
    panel.show_frame(frame)
    assert not len(panel.together.lines.getData()[0]), "of other dimensions nothing is left"
    told(panel, frame, make_truth())
    assert panel.together._drawn.dims == (0, 1)


def test_hidden_it_costs_nothing_and_nothing_is_stale(panel):
    frame = frame_of([[0.5, 0.2], [-0.3, 0.8]], [0.6, 0.4])
    panel.show_frame(frame)
    assert panel.question(frame) is None
    assert not panel.together.told.isVisible()
    panel.restore_options(EVERYTHING)
    assert "computed" in told_words(panel, frame)
    told(panel, frame, make_truth())
    assert panel.question(frame) is None
    panel.restore_options({"holes": False})
    assert panel.question(frame) is None, "less is wanted than is known"
    panel.clear()
    assert not len(panel.together.lines.getData()[0])
    assert panel.together.holes.path().isEmpty()
    assert not panel.together.told.text()


def told_words(panel, frame):
    panel.show_frame(frame)
    return panel.together.told.text()


def test_posteriors_that_are_no_numbers_raise_nothing(panel):
    panel.restore_options(EVERYTHING)
    for latent in (1, 2, 3):
        frame = frame_of(np.full((latent, 2), 0.3), np.full(latent, 0.5), run=latent)
        for bad in (np.nan, np.inf):
            weights = np.full_like(frame.picture.parameters, bad)
            picture = replace(frame.picture, parameters=weights)
            told(panel, replace(frame, picture=picture), make_truth())
            shown(panel).grab()


def test_it_follows_the_theme_and_dies_when_closed():
    panel = LatentPanel(DARK)
    panel.show_truth(make_truth())
    panel.restore_options(EVERYTHING)
    told(panel, frame_of([[0.5, 0.2], [-0.3, 0.8]], [0.6, 0.4]), make_truth())
    panel.set_theme(LIGHT)
    assert panel.together.lines.opts["pen"].color() == LIGHT.color("latent")
    seen = weakref.ref(panel)
    panel.close()
    del panel
    gc.collect()
    assert seen() is None
