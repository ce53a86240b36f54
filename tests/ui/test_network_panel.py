"""The network panel: its shapes and its gradient are those of the real computation."""

import re
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from pictures import pixels, rgb, shown
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QImage, QPainter, QPicture
from PySide6.QtWidgets import QApplication, QPushButton, QToolTip

from vae_gui.core.config import DataConfig, ModelConfig, RunConfig, TrainingConfig
from vae_gui.core.network import decode, encode, initialise, layout, loss
from vae_gui.core.recording import Recording
from vae_gui.core.views import DisplayNoise, draw_picture
from vae_gui.ui.frame import Frame
from vae_gui.ui.panels.computation import computation, nats
from vae_gui.ui.panels.network import NetworkPanel, measured
from vae_gui.ui.plotting.diagram_layout import beside, fits, wrapped
from vae_gui.ui.plotting.formula import line_width, plain, runs
from vae_gui.ui.theme import DARK, LIGHT

CONFIGS = (
    RunConfig(),
    RunConfig(
        model=ModelConfig(latent=3, hidden_units=7, hidden_layers=2, activation="relu"),
        training=TrainingConfig(batch_size=5, noise_samples=4),
    ),
    RunConfig(
        model=ModelConfig(latent=8, hidden_units=512, hidden_layers=4, activation="gelu"),
        training=TrainingConfig(batch_size=10_000, noise_samples=64, beta=0.125),
    ),
    RunConfig(data=DataConfig(train_size=20), model=ModelConfig(latent=1, hidden_units=1)),
)
IN_THE_WINDOW = (577, 272)  # what a window of 1600 x 1000 leaves for it
SIZES = (IN_THE_WINDOW, (420, 300), (700, 400), (1600, 900), (900, 900))


def frame_of(config=None, rows=(), step=None):
    config = config or RunConfig()
    plan, rng = layout(config.model), np.random.default_rng(0)
    noise = DisplayNoise.draw(10, config.model.latent, rng)
    test = rng.standard_normal((10, 2)).astype(np.float32)
    recording = Recording(plan.size)
    recording.add_losses(np.reshape(rows, (-1, 3)))
    at = recording.steps if step is None else step
    picture = draw_picture(plan, initialise(plan, rng), noise, test, at, 1)
    return Frame(1, config, plan, noise, picture, recording)


def real_losses(config):
    """One row of losses of an untrained model."""
    plan, rng = layout(config.model), np.random.default_rng(0)
    x = rng.standard_normal((16, 2)).astype(np.float32)
    noise = rng.standard_normal((2, 16, config.model.latent)).astype(np.float32)
    return loss(plan, initialise(plan, rng), x, noise, config.training.beta)


@pytest.fixture
def panel(qtbot):
    made = NetworkPanel(DARK)
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show()
    return shown(made)


def click(panel, qtbot, variant):
    button = panel.findChild(QPushButton, f"variant_{variant}")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def said(panel, key):
    return " / ".join(line.text for line in panel.diagram.graph.node(key).lines)


def reached(graph, start):
    """Every node that the gradient of `start` comes to."""
    found = {start}
    while True:
        more = {e.source for e in graph.edges if e.target in found and e.gradient == "flows"}
        if more <= found:
            return found
        found |= more


class Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, widget):
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        self.count += event.type() == QEvent.Type.Paint
        return False


# what it says -----------------------------------------------------------------


@pytest.mark.parametrize("config", CONFIGS[:2] + CONFIGS[3:])
@pytest.mark.parametrize("trick", [True, False])
def test_shapes_are_those_of_the_real_arrays(config, trick):
    plan, rng = layout(config.model), np.random.default_rng(0)
    flat = initialise(plan, rng)
    batch = min(config.training.batch_size, config.data.train_size)
    x = rng.standard_normal((batch, 2))
    mu_z, log_var_z = encode(plan, flat, x)
    noise = rng.standard_normal((config.training.noise_samples, *mu_z.shape))
    z = mu_z + np.exp(0.5 * log_var_z) * noise
    flat_z = z.reshape(-1, z.shape[-1])
    mu_x, log_var_x = decode(plan, flat, flat_z)
    weight, bias = plan.layers(flat, "encoder")[0]
    hidden_z = x @ weight.T + bias
    weight, bias = plan.layers(flat, "decoder")[0]
    hidden_x = flat_z @ weight.T + bias

    graph = computation(config, trick)
    arrays = {"x": x, "encoder": hidden_z, "mu_z": mu_z, "log_var_z": log_var_z, "z": z}
    arrays |= {"decoder": hidden_x, "mu_x": mu_x, "log_var_x": log_var_x}
    if trick:
        arrays["eps"] = noise
    for key, array in arrays.items():
        for level in (0, 1, 2, 3):
            text = " ".join(line.text for line in graph.node(key).lines_at(level))
            numbers = re.findall(r"\[([\d, ]+)\]", text)
            assert numbers == [", ".join(map(str, array.shape))], key


@pytest.mark.parametrize("config", CONFIGS)
def test_weights_layers_and_activation_are_the_models(config):
    graph = computation(config, True)
    counted = 0
    for part in ("encoder", "decoder"):
        text = " ".join(line.text for line in graph.node(part).lines_at(3))
        counted += int(re.search(r"([\d\u202f]+) weights", text)[1].replace("\u202f", ""))
        assert f"{config.model.hidden_layers} hidden layer" in text
        assert config.model.activation in text
    assert counted == layout(config.model).size


@pytest.mark.parametrize("trick", [True, False])
def test_the_gradient_is_drawn_where_autograd_finds_it(trick):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    x = torch.randn(8, 2)
    encoder, decoder = torch.nn.Linear(2, 4), torch.nn.Linear(2, 4)
    mu, log_var = encoder(x).chunk(2, dim=1)
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    z = mu + torch.exp(0.5 * log_var) * torch.randn(8, 2) if trick else q.sample()
    mu_x, log_var_x = decoder(z).chunk(2, dim=1)
    p = torch.distributions.Normal(mu_x, torch.exp(0.5 * log_var_x))
    prior = torch.distributions.Normal(0.0, 1.0)
    terms = {
        "reconstruction": -p.log_prob(x).sum(),
        "kl": torch.distributions.kl_divergence(q, prior).sum(),
    }
    graph = computation(RunConfig(), trick)
    for name, term in terms.items():
        for part, module in (("encoder", encoder), ("decoder", decoder)):
            (gradient,) = torch.autograd.grad(
                term, [module.weight], retain_graph=True, allow_unused=True
            )
            finds = gradient is not None and bool(gradient.abs().max() > 0)
            assert (part in reached(graph, name)) == finds, (name, part)


@pytest.mark.parametrize("trick", [True, False])
def test_data_and_noise_get_no_gradient_and_everything_leads_to_the_loss(trick):
    graph = computation(RunConfig(), trick)
    assert not reached(graph, "loss") & {"x", "eps"}
    leads = {"loss"}
    for _ in graph.edges:
        leads |= {e.source for e in graph.edges if e.target in leads}
    inputs = {"x", "eps"} if trick else {"x"}
    assert leads >= inputs | {"encoder", "q", "z", "decoder", "p", "reconstruction", "kl"}


def test_the_noise_is_an_input_only_with_the_trick():
    into_z = {e.source for e in computation(RunConfig(), True).edges if e.target == "z"}
    assert into_z == {"q", "eps"}
    assert computation(RunConfig(), True).node("z").shape == "box"
    without = computation(RunConfig(), False)
    assert {e.source for e in without.edges if e.target == "z"} == {"q"}
    assert without.node("z").shape == "round"  # it is random itself


# the panel --------------------------------------------------------------------


def test_before_a_run_shapes_are_letters(panel):
    assert said(panel, "x").endswith("[B, 2]")
    assert not re.search(r"\d{2}", said(panel, "encoder"))


def test_a_click_draws_the_other_variant(panel, qtbot):
    panel.show_frame(frame_of())
    before = pixels(panel.diagram)
    click(panel, qtbot, "without")
    assert not panel.trick
    assert {e.gradient for e in panel.diagram.graph.edges if e.target == "z"} == {"stopped"}
    assert "no gradient / through sampling" in said(panel, "stop")
    assert "eps" not in {n.key for n in panel.diagram.graph.nodes}
    after = pixels(panel.diagram)
    red = rgb(DARK.color("error"))
    assert (np.abs(before - red).max(axis=2) < 30).sum() == 0
    assert (np.abs(after - red).max(axis=2) < 30).sum() > 30
    click(panel, qtbot, "with")
    np.testing.assert_array_equal(pixels(panel.diagram), before)


def test_the_variant_is_an_option_that_is_remembered(panel, qtbot):
    click(panel, qtbot, "without")
    assert panel.option_values() == {"variant": "without"}
    panel.restore_options({"variant": "with"})
    assert panel.trick
    assert panel.findChild(QPushButton, "variant_with").isChecked()


def test_the_losses_are_those_of_the_step_shown(panel):
    rows = [(3.5, 3.0, 0.5), (2.75, 2.25, 0.5)]
    panel.show_frame(frame_of(rows=rows))
    assert "2.750 nats" in said(panel, "loss")
    assert "step 2" in said(panel, "loss")
    assert "2.250 nats" in said(panel, "reconstruction")
    assert "0.500 nats" in said(panel, "kl")
    panel.show_frame(frame_of(rows=rows, step=1))
    assert "3.500 nats" in said(panel, "loss")
    assert "step 1" in said(panel, "loss")
    panel.show_frame(frame_of(rows=rows, step=0))  # untrained: nothing was measured
    assert "nats" not in said(panel, "loss")


def test_a_picture_that_lags_behind_moves_nothing(panel):
    """In a fast run the newest step recorded is seldom the one pictured."""
    rows = [(3.5, 3.0, 0.5), (2.75, 2.25, 0.5), (2.5, 2.0, 0.5)]
    panel.show_frame(frame_of(rows=rows[:2]))
    placed = panel.diagram.placed()
    panel.show_frame(frame_of(rows=rows, step=1))
    assert panel.diagram.placed() is placed


def test_the_terms_shown_add_up():
    for config in CONFIGS:
        shown_now = measured(frame_of(config, [real_losses(config)]))
        total, reconstruction, kl = shown_now.losses
        assert total == pytest.approx(reconstruction + shown_now.beta * kl, rel=1e-4)
        assert shown_now.beta == config.training.beta


def test_beta_is_the_one_of_that_step_even_after_it_was_changed():
    now = RunConfig(training=TrainingConfig(beta=1.0))
    assert measured(frame_of(now, [(2.0 + 4.0 * 0.5, 2.0, 0.5)])).beta == pytest.approx(4.0)


def test_nats_are_written_in_few_characters():
    assert nats(2.6941) == "2.694 nats"
    assert nats(-0.5) == "−0.500 nats"
    assert nats(12345.6) == "12,346 nats"
    assert nats(1e9) == "1e+09 nats"


def test_losses_that_are_not_finite_are_called_so(panel):
    for value in (np.nan, np.inf, -np.inf):
        panel.show_frame(frame_of(rows=[(value, value, value)]))
        assert "not finite" in said(panel, "loss")
        pixels(panel)


def test_only_a_change_is_painted(panel):
    frame = frame_of(rows=[(3.5, 3.0, 0.5), (2.75, 2.25, 0.5)])
    panel.show_frame(frame)
    shown(panel)
    paints = Paints(panel.diagram)
    panel.show_frame(frame)
    panel.show_frame(replace(frame, run=2))
    shown(panel)
    assert paints.count == 0
    panel.show_frame(replace(frame, picture=replace(frame.picture, step=1)))
    shown(panel)
    assert paints.count == 1


def test_a_counting_number_moves_nothing(panel):
    panel.show_frame(frame_of(rows=[(3.5, 3.0, 0.5)]))
    before = panel.diagram.placed()
    panel.show_frame(frame_of(rows=[(2.75, 2.25, 0.5)]))
    assert panel.diagram.placed() is before


def test_a_new_number_is_seen(panel):
    panel.show_frame(frame_of(rows=[(3.5, 3.0, 0.5)]))
    before = pixels(panel.diagram)
    panel.show_frame(frame_of(rows=[(2.75, 2.25, 0.5)]))
    changed = np.argwhere((pixels(panel.diagram) != before).any(axis=2))
    rects = panel.diagram.placed().rects
    loss_and_term = [rects[k] for k in ("loss", "reconstruction")]
    for y, x in changed:
        assert any(r.contains(QPointF(x, y)) for r in loss_and_term)
    assert len(changed) > 5


# layout -----------------------------------------------------------------------


@pytest.mark.parametrize("config", CONFIGS)
def test_no_text_is_cut_and_nothing_overlaps(panel, config):
    panel.show_frame(frame_of(config, [real_losses(config)]))
    for size, variant in product(SIZES, ("with", "without")):
        panel.restore_options({"variant": variant})
        panel.resize(*size)
        shown(panel)
        check_layout(panel.diagram.graph, panel.diagram.placed(), QRectF(panel.diagram.rect()))


def check_layout(graph, placed, whole):
    drawn = [n for n in graph.nodes if placed.shows(n)]
    for node in drawn:
        assert whole.contains(placed.rects[node.key]), node.key
        assert fits(node, placed.rects[node.key], placed.text_size, placed.level), node.key
    solid = [n for n in drawn if n.shape != "frame"]
    for i, node in enumerate(solid):
        for other in solid[i + 1 :]:
            apart = not placed.rects[node.key].intersects(placed.rects[other.key])
            assert apart, (node.key, other.key)
    for node in drawn:
        assert not placed.caption.intersects(placed.rects[node.key]), node.key


def test_text_of_the_default_run_can_be_read_at_every_size(panel):
    panel.show_frame(frame_of(rows=[(2.75, 2.25, 0.5)]))
    for size, variant in product(SIZES, ("with", "without")):
        panel.restore_options({"variant": variant})
        panel.resize(*size)
        shown(panel)
        points = panel.diagram.placed().text_size * 72 / panel.logicalDpiY()
        assert points >= 8, (size, variant)


def test_in_the_default_window_text_is_as_large_as_elsewhere(panel):
    panel.show_frame(frame_of(rows=[(2.75, 2.25, 0.5)]))
    panel.resize(*IN_THE_WINDOW)
    for variant in ("with", "without"):
        panel.restore_options({"variant": variant})
        placed = shown(panel).diagram.placed()
        assert placed.text_size * 72 / panel.logicalDpiY() >= 9
        assert all(placed.shows(placed.graph.node(key)) for key in ("forward", "gradient"))


def test_a_large_panel_is_one_row_and_a_small_one_is_folded(panel):
    def width_over_x(size):
        panel.resize(*size)
        shown(panel)
        rects = panel.diagram.placed().rects
        return rects["loss"].left() > rects["decoder"].right()

    assert width_over_x((1600, 900))
    assert not width_over_x((560, 320))


def test_a_tiny_panel_is_drawn_all_the_same(panel):
    panel.show_frame(frame_of(rows=[(2.75, 2.25, 0.5)]))
    panel.diagram.setMinimumSize(1, 1)
    for size in ((240, 180), (60, 40)):
        panel.resize(*size)
        pixels(shown(panel))


def test_arrows_end_at_what_they_connect(panel):
    panel.show_frame(frame_of())
    for size in SIZES:
        panel.resize(*size)
        shown(panel)
        placed = panel.diagram.placed()
        for edge, points in placed.routes.items():
            for key, end in ((edge.source, points[0]), (edge.target, points[-1])):
                rect = placed.rects[key]
                assert rect.adjusted(-1, -1, 1, 1).contains(end), edge
            for a, b in pairwise(points):
                assert a.x() == pytest.approx(b.x()) or a.y() == pytest.approx(b.y()), edge


def test_the_way_back_runs_beside_the_way_there():
    points = [QPointF(0, 0), QPointF(10, 0), QPointF(10, 10)]
    there, back = beside(points, 2), beside(points, -2)
    assert [(p.x(), p.y()) for p in there] == [(0, -2), (12, -2), (12, 10)]
    assert [(p.x(), p.y()) for p in back] == [(0, 2), (8, 2), (8, 10)]


def test_formulas_lower_their_subscripts():
    assert runs("q_φ(z|x) σ_{max}²") == [
        ("q", False), ("φ", True), ("(z|x) σ", False), ("max", True), ("²", False),
    ]  # fmt: skip
    assert plain("μ_z") == "μ z"
    assert line_width("μ_z", 20) < line_width("μz", 20)


def test_captions_break_at_words(qapp):
    lines = wrapped("one two three four five", 60, 12)
    assert " ".join(lines) == "one two three four five"
    assert len(lines) > 1
    assert all(line_width(line, 12) <= 60 for line in lines)


# other ways to see it ---------------------------------------------------------


def test_a_node_explains_itself_under_the_pointer(panel):
    panel.show_frame(frame_of())
    placed = panel.diagram.placed()
    for key in ("x", "encoder", "mu_z", "log_var_z", "eps", "z", "decoder", "kl", "loss"):
        at = placed.rects[key].center().toPoint()
        assert panel.diagram.node_at(QPointF(at)).key == key
    at = placed.rects["z"].center().toPoint()
    help_event = QHelpEvent(QEvent.Type.ToolTip, at, panel.diagram.mapToGlobal(at))
    QApplication.sendEvent(panel.diagram, help_event)
    assert "reparameterisation" in QToolTip.text()
    QToolTip.hideText()
    QApplication.processEvents()
    assert panel.diagram.node_at(QPointF(1, 1)) is None


def test_a_screen_reader_is_told_the_computation(panel, qtbot):
    panel.show_frame(frame_of())
    words = panel.diagram.accessibleDescription()
    assert "The noise ε to the latents z" in words
    assert "the latents z to the posterior q" in words.split("gradient comes back")[1]
    click(panel, qtbot, "without")
    words = panel.diagram.accessibleDescription()
    assert "stopped at the sampled latents z" in words
    assert "the sampled latents z to the posterior q" not in words.split("gradient comes back")[1]


def test_any_painter_gets_it_inside_its_rectangle(panel):
    panel.show_frame(frame_of(rows=[(2.75, 2.25, 0.5)]))
    image = QImage(900, 700, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    panel.diagram.paint_diagram(painter, QRectF(100, 150, 700, 400))
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(700, 900, 4)[:, :, :3]
    ys, xs = np.nonzero(rows.any(axis=2))
    assert 99 <= xs.min() < xs.max() <= 801
    assert 149 <= ys.min() < ys.max() <= 551


def test_a_recording_painter_gets_shapes_not_an_image(panel):
    panel.show_frame(frame_of(rows=[(2.75, 2.25, 0.5)]))
    picture = QPicture()
    panel.diagram.render(picture, QPoint())
    width, height = panel.diagram.width(), panel.diagram.height()
    assert 0 < picture.size() < width * height  # an image of it would take 4 bytes a pixel


@pytest.mark.parametrize("trick", [True, False])
def test_a_theme_switch_recolours_the_diagram(panel, trick):
    panel.restore_options({"variant": "with" if trick else "without"})
    panel.show_frame(frame_of())
    roles = ("true", "latent", "learned", "reconstruction", "accent")
    for theme in (LIGHT, DARK):
        panel.set_theme(theme)
        image = pixels(shown(panel))
        for role in (*roles, *(("noise",) if trick else ())):
            near = np.abs(image - rgb(theme.color(role))).max(axis=2) < 40
            assert near.sum() > 10, role


def test_clear_goes_back_to_letters(panel):
    panel.show_frame(frame_of(rows=[(2.75, 2.25, 0.5)]))
    panel.clear()
    assert said(panel, "x").endswith("[B, 2]")
    assert "nats" not in said(panel, "loss")
