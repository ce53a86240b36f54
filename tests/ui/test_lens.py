"""The lens: exact posteriors in closed form, and one point that all panels share."""

from dataclasses import replace

import numpy as np
import pytest
from asking import told
from linear_frame import linear_frame
from PySide6.QtCore import QPointF, Qt
from short_run import ShortRun, short_truth
from windows import Driver, small_config

from vae_gui.core.distributions import Gaussian
from vae_gui.core.network import decode, encode
from vae_gui.core.views import view_truth
from vae_gui.ui.frame import Chosen
from vae_gui.ui.panels.lens import STEP, LensPanel
from vae_gui.ui.panels.lens_question import SIGMAS
from vae_gui.ui.panels.lens_words import lens_words, measured, three_digits
from vae_gui.ui.plotting.plot import Plot
from vae_gui.ui.theme import DARK, LIGHT

DATA = Gaussian(mean_x1=0.2, mean_x2=0.1, correlation=0.6)
W, B, PSI = np.array([[0.8, 0.1], [0.3, -0.5]]), np.array([0.4, -0.3]), np.array([0.5, 0.75])
A, S = np.array([[0.5, 0.25], [-0.25, 0.125]]), np.array([0.5, 0.75])
X = (0.9, -0.4)


def truth_of(n=60):
    rng = np.random.default_rng(0)
    return view_truth(DATA, *(DATA.sample(k, rng).astype(np.float32) for k in (500, n)), grid=40)


@pytest.fixture
def panel(qtbot):
    made = LensPanel(DARK)
    qtbot.addWidget(made)
    made.resize(800, 400)
    made.show()
    made.show_truth(truth_of())
    return made


@pytest.fixture
def driver(qtbot, tmp_path):
    made = Driver(qtbot, tmp_path / "window.ini", small_config())
    made.until_rest()
    yield made
    made.close()


def seen_by(panel, latent=2, x=X):
    truth = truth_of()
    frame = linear_frame(W[:, :latent], B, PSI, A[:latent], S[:latent], truth.test)
    panel.show_chosen(Chosen(x=x))
    told(panel, frame, truth)
    return panel._answer.found, frame


def posterior(latent, x=X):
    """Mean and precision of the exact posterior."""
    w = W[:, :latent]
    precision = np.eye(latent) + w.T @ (w / PSI[:, None])
    return np.linalg.solve(precision, w.T @ ((np.array(x) - B) / PSI)), precision


def test_the_picture_is_the_exact_posterior(panel):
    seen, _ = seen_by(panel)
    mean, precision = posterior(2)
    z = np.stack(np.meshgrid(*seen.axes), axis=-1) - mean
    exponent = -0.5 * np.einsum("abi,ij,abj->ab", z, precision, z)
    density = np.exp(exponent) * np.sqrt(np.linalg.det(precision)) / (2 * np.pi)
    np.testing.assert_allclose(seen.posterior, density, atol=1e-5)
    # and what is drawn are its cells, each around its place
    levels = panel.plane.heat.levels
    assert levels.shape == density.shape
    assert np.unravel_index(levels.argmax(), levels.shape) == np.unravel_index(
        density.argmax(), density.shape
    )
    (low, high), _ = seen.windows
    assert panel.plane.heat.boundingRect().left() < low < high
    assert panel.plane.heat.boundingRect().right() > high


def test_q_and_the_best_gaussian_are_ellipses_at_one_and_two_sigma(panel):
    seen, _ = seen_by(panel)
    mean, precision = posterior(2)
    best = 1 / np.sqrt(np.diag(precision))  # of the diagonal Gaussians, nearest in KL(q || p)
    for item, gaussian in ((panel.plane.q, seen.lens.q), (panel.plane.best, seen.lens.best)):
        np.testing.assert_array_equal(item.mu, np.repeat(gaussian.mu, 2, axis=0))
        np.testing.assert_allclose(item.sigma, [[1], [2]] * gaussian.sigma, rtol=1e-6)
    np.testing.assert_allclose(panel.plane.best.mu, [mean, mean], atol=1e-3)
    np.testing.assert_allclose(panel.plane.best.sigma, [best, 2 * best], rtol=1e-3)


def test_of_one_latent_dimension_it_is_a_curve(panel):
    seen, _ = seen_by(panel, 1)
    mean, precision = posterior(1)
    z = seen.axes[0]
    density = np.exp(-0.5 * precision[0, 0] * (z - mean[0]) ** 2) * np.sqrt(
        precision[0, 0] / (2 * np.pi)
    )
    np.testing.assert_allclose(seen.posterior, density, atol=1e-5)
    np.testing.assert_allclose(panel.line.posterior.getData()[1], density, atol=1e-5)
    q = panel.line.q.getData()[1]
    assert np.trapezoid(q, z) == pytest.approx(1, abs=1e-3)
    assert z[np.argmax(q)] == pytest.approx(float(A[0] @ X), abs=z[1] - z[0])


def test_the_numbers_are_those_of_closed_forms(panel):
    seen, _frame = seen_by(panel)
    mean, precision = posterior(2)
    covariance = W @ W.T + np.diag(PSI)
    d = np.array(X) - B
    log_p = -0.5 * (d @ np.linalg.solve(covariance, d) + np.linalg.slogdet(covariance)[1])
    log_p -= np.log(2 * np.pi)
    log_det = np.linalg.slogdet(precision)[1]
    best = 0.5 * (np.log(np.diag(precision)).sum() - log_det)
    off = A @ X - mean
    kl = 0.5 * (
        np.sum(np.diag(precision) * S**2) + off @ precision @ off - 2 - log_det - np.log(S**2).sum()
    )
    lens = seen.lens
    np.testing.assert_allclose([lens.log_p, lens.kl, lens.kl_best], [log_p, kl, best], atol=1e-5)
    assert seen.true_log_p == pytest.approx(float(DATA.log_prob(X)))
    assert not panel.words.isHidden()
    said = panel.words.text().replace("−", "-")
    for value in (lens.log_p, seen.true_log_p, lens.kl, lens.kl_best, lens.kl - lens.kl_best):
        assert f"{value:.4f}" in said
    back = W @ (A @ X) + B
    assert f"({back[0]:.2f},&nbsp;{back[1]:.2f})" in said
    assert "{:.3f},&nbsp;{:.3f}".format(*np.sqrt(PSI)) in said


def test_two_dimensions_of_three_are_a_marginal(panel, qtbot):
    truth = truth_of()
    w = np.array([[0.8, 0.1, 0.4], [0.3, -0.5, 0.2]])
    a = np.vstack([A, [[0.1, 0.1]]])
    frame = linear_frame(w, B, PSI, a, [0.5, 0.75, 0.9], truth.test)
    panel.show_chosen(Chosen(x=X))
    panel.restore_options({"across": "2", "up": "0"})
    told(panel, frame, truth)
    seen = panel._answer.found
    assert seen.dims == (2, 0)
    assert [a.isVisible() for a in panel._axes[0].actions()][:4] == [True, True, True, False]
    precision = np.eye(3) + w.T @ (w / PSI[:, None])
    mean = np.linalg.solve(precision, w.T @ ((np.array(X) - B) / PSI))
    covariance = np.linalg.inv(precision)
    cell = np.prod([axis[1] - axis[0] for axis in seen.axes])
    assert seen.posterior.sum() * cell == pytest.approx(1, abs=0.02)
    for i, dim in enumerate(seen.dims):
        along = seen.posterior.sum(axis=i) * cell  # rows are along the second dimension
        found = along @ seen.axes[i]
        assert found == pytest.approx(mean[dim], abs=0.03)
        spread = np.sqrt(along @ (seen.axes[i] - found) ** 2)
        assert spread == pytest.approx(np.sqrt(covariance[dim, dim]), rel=0.1)


def test_the_window_holds_every_gaussian_and_stays_while_it_serves(panel):
    seen, _frame = seen_by(panel)
    mean, precision = posterior(2)
    std = np.sqrt(np.diag(np.linalg.inv(precision)))
    for (low, high), m, s, mu, sigma in zip(seen.windows, mean, std, A @ X, S, strict=True):
        assert low <= min(m - SIGMAS * s, mu - SIGMAS * sigma) + 1e-6
        assert high >= max(m + SIGMAS * s, mu + SIGMAS * sigma) - 1e-6
    again, _ = seen_by(panel, x=(X[0] + 0.02, X[1]))
    assert again.windows == seen.windows
    far, _ = seen_by(panel, x=(40.0, 40.0))
    assert far.windows != seen.windows


def test_a_person_is_answered_at_once_and_training_at_leisure(panel):
    run = ShortRun()
    panel.show_truth(short_truth())
    panel.show_chosen(Chosen(x=X))
    frame = run.frame()
    assert panel.question(frame).eager
    told(panel, frame, short_truth())
    assert panel.question(frame) is None
    later = run.train(1).frame()
    assert not panel.question(later).eager
    assert panel.age.text() == ""
    panel.show_frame(later)
    assert panel.age.text() == "Step 0 (1 earlier)"
    panel.show_chosen(Chosen(x=(0.0, 0.0)))
    assert panel.question(later).eager


def test_what_cannot_be_relied_on_is_marked(panel):
    truth = truth_of()
    frame = linear_frame(W, B, [1e-12, 1e-12], A, S, truth.test)
    panel.show_chosen(Chosen(x=X))
    told(panel, frame, truth)
    assert panel._answer.found.lens.doubt.split(".")[0] in panel.words.text()
    assert DARK.warning in panel.words.text()


def test_keys_move_the_point(panel, qtbot):
    truth = truth_of()
    seen_by(panel)
    chosen = []
    panel.chosen_changed.connect(chosen.append)
    spread = STEP * truth.train.std(axis=0)
    qtbot.keyClick(panel.plane, Qt.Key.Key_Right)
    assert chosen[-1].x == pytest.approx((X[0] + spread[0], X[1]))
    qtbot.keyClick(panel.plane, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert chosen[-1].x == pytest.approx((X[0] + spread[0], X[1] - 5 * spread[1]))
    qtbot.keyClick(panel.plane, Qt.Key.Key_Home)
    assert chosen[-1].x == pytest.approx(tuple(truth.train.mean(axis=0)), abs=1e-6)
    for key, row in ((Qt.Key.Key_PageDown, 0), (Qt.Key.Key_PageDown, 1), (Qt.Key.Key_PageUp, 0)):
        qtbot.keyClick(panel.plane, key)
        assert chosen[-1].x == pytest.approx(tuple(truth.test[row]))
    qtbot.keyClick(panel.plane, Qt.Key.Key_Return)
    assert chosen[-1].z == pytest.approx(tuple(A @ X), abs=1e-6)
    assert panel.chosen == chosen[-1]


def test_behind_a_tab_it_costs_nothing(qtbot):
    made = LensPanel(DARK)
    qtbot.addWidget(made)
    made.set_theme(LIGHT)
    made.clear()
    assert not made.findChildren(Plot)


# in the window ------------------------------------------------------------------------


def click(driver, plot, at):
    """Click a data position of a plot."""
    point = plot.mapFromScene(plot.getPlotItem().vb.mapViewToScene(QPointF(*at)))
    driver.bot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=point)


def test_a_click_in_data_space_is_under_the_lens_with_its_reconstruction(driver):
    docks = driver.window.docks
    data, lens, latent = (docks[k].panel for k in ("data_space", "lens", "latent"))
    docks["lens"].raise_()
    driver.until_rest()
    assert lens.chosen.x == pytest.approx(tuple(driver.run.truth.test[0])), "something to look at"
    click(driver, data.plot, (1, 0))
    driver.until_rest()
    x = lens.chosen.x
    assert x == pytest.approx((1, 0), abs=0.05), "within a pixel or two"
    assert lens._answer.found.lens.x == pytest.approx(x)
    frame = driver.run.frame
    flat = frame.picture.parameters
    mu_z, _log_var_z = encode(frame.plan, flat, np.array([x], np.float32))
    mu, log_var = decode(frame.plan, flat, mu_z)
    np.testing.assert_allclose(data.lensed.x.point.points, [x], atol=1e-6)
    np.testing.assert_allclose(data.lensed.reconstruction.point.points, mu, atol=1e-6)
    ellipse = data.lensed.reconstruction.ellipse
    np.testing.assert_allclose(ellipse.mu, mu, atol=1e-6)
    np.testing.assert_allclose(ellipse.sigma, np.exp(0.5 * log_var), rtol=1e-5)
    q = latent.lensed[latent.plane].q
    np.testing.assert_allclose(q.point.points, mu_z, atol=1e-6)


def test_a_click_on_a_handle_of_the_distribution_is_not_for_the_lens(driver):
    data = driver.window.docks["data_space"].panel
    data.restore_options({"handles": True})
    click(driver, data.plot, driver.run.truth.distribution.mean)
    assert data.chosen.x is None
    click(driver, data.plot, (3.5, -2))
    assert data.chosen.x == pytest.approx((3.5, -2), abs=0.05)


def test_a_click_in_the_latent_space_shows_the_decoder_there(driver):
    docks = driver.window.docks
    data, latent = docks["data_space"].panel, docks["latent"].panel
    click(driver, latent.plane, (1, -1))
    driver.until_rest()
    z = data.chosen.z
    assert z == pytest.approx((1, -1), abs=0.05)
    frame = driver.run.frame
    mu, log_var = decode(frame.plan, frame.picture.parameters, np.array([z], np.float32))
    np.testing.assert_allclose(data.lensed.decoded.point.points, mu, atol=1e-6)
    ellipse = data.lensed.decoded.ellipse
    np.testing.assert_allclose(ellipse.mu, mu, atol=1e-6)
    np.testing.assert_allclose(ellipse.sigma, np.exp(0.5 * log_var), rtol=1e-5)


def test_the_point_stays_through_training_and_resets(driver):
    docks = driver.window.docks
    data, lens = docks["data_space"].panel, docks["lens"].panel
    docks["lens"].raise_()
    click(driver, data.plot, (1, 1))
    driver.until_rest()
    x = lens.chosen.x
    driver.key(Qt.Key.Key_S)
    driver.until(lambda: driver.run.step == 1)
    driver.until_rest()
    assert lens._answer.step == 1
    assert lens._answer.found.lens.x == pytest.approx(x)
    driver.key(Qt.Key.Key_R)
    driver.until_ready()
    driver.until_rest()
    assert lens._answer.step == 0
    assert lens._answer.found.lens.x == pytest.approx(x)
    np.testing.assert_allclose(data.lensed.x.point.points, [x], atol=1e-6)


def test_the_lens_follows_the_pointer_when_it_is_told_to(driver):
    data = driver.window.docks["data_space"].panel
    data.plot.pointed.emit((0.5, 0.5))
    assert data.chosen.x is None
    data.restore_options({"lens_follows": True})
    data.plot.pointed.emit((0.5, 0.25))
    assert driver.window.docks["lens"].panel.chosen.x == (0.5, 0.25)
    data.plot.pointed.emit(None)
    assert data.chosen.x == (0.5, 0.25)


def test_an_error_stands_beside_every_number_that_has_it(panel):
    seen, _ = seen_by(panel)
    doubtful = replace(seen.lens, log_p=-2.5, log_p_error=0.02, kl=-0.01, kl_best=-0.0125, doubt="")
    said = lens_words(DARK, replace(seen, lens=doubtful)).replace("&nbsp;", " ")
    assert "> −2.5000 ± 0.02<" in said
    assert "> ⚠ −0.0100 ± 0.02<" in said, "no divergence is below 0"
    assert "> ⚠ −0.0125 ± 0.02<" in said
    said = lens_words(DARK, replace(seen, lens=replace(doubtful, log_p_error=4e-5, kl=-4e-5)))
    assert "±" not in said
    assert "&nbsp;0.0000<" in said, "an error of rounding is none"
    assert measured(0.3, 0.001, doubted=True) == "⚠ 0.3000 ± 0.001"


@pytest.mark.parametrize(
    ("sigma", "words"),
    [(0.04, "0.0400"), (0.00412, "0.00412"), (1.5, "1.50"), (123.4, "123"), (1e-6, "1.00e-06")],
)
def test_a_narrow_decoder_is_told_in_three_digits(sigma, words):
    assert three_digits(sigma) == words
    assert float(words) == pytest.approx(sigma, rel=5e-3)
