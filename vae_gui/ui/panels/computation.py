"""The computation of the VAE as a graph, with the shapes and names of a run.

Two variants: with the reparameterisation trick (Kingma & Welling 2014, section
2.4), and without it. Knows no widget; `Diagram` draws what is made here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from vae_gui.core.config import RunConfig
from vae_gui.core.network import Losses, layout
from vae_gui.ui.panels.computation_shapes import Shapes, parameter_count, shape_text
from vae_gui.ui.plotting.diagram_layout import Edge, Graph, Line, Node, Shape
from vae_gui.ui.plotting.steps import thousands

WITH_TRICK = (
    "With the trick, the noise ε is an input. z is a smooth function of μ and σ, "
    "so the gradient passes through it to the encoder.",
    "The noise ε is an input: the gradient passes through z to the encoder.",
    "ε is an input: the gradient passes through z.",
)
WITHOUT_TRICK = (
    "Without it, z is drawn at random, and a draw has no derivative: the reconstruction "
    "teaches the encoder nothing, only the KL does.",
    "A random draw has no derivative: only the KL reaches the encoder.",
    "A random draw has no derivative.",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """The losses of one training step, in nats per example.

    Attributes:
        when: What step it was, in words.
        losses: Its losses.
        beta: The KL weight that they were added up with.
    """

    when: str
    losses: Losses
    beta: float


def computation(config: RunConfig | None, trick: bool, measured: Measured | None = None) -> Graph:
    """The graph of one training step, with or without the reparameterisation trick.

    With no configuration yet, shapes are letters alone.
    """
    nodes = _fixed(config, trick) + _losses(measured, trick)
    return Graph(nodes, _edges(trick), WITH_TRICK if trick else WITHOUT_TRICK)


@lru_cache(maxsize=8)  # made for every frame, and always the same
def _fixed(config: RunConfig | None, trick: bool) -> tuple[Node, ...]:
    return (
        *_given(config, trick),
        *_posterior(config),
        *_latent(config, trick),
        *_likelihood(config),
        Node("forward", "muted", "words", (Line("forward", small=True),), optional=True),
        Node("gradient", "accent", "words", (Line("gradient", small=True),), optional=True),
        Node("beta", "muted", "words", (Line("× β"),), optional=True),
    )


@lru_cache(maxsize=2)
def _edges(trick: bool) -> tuple[Edge, ...]:
    """Data and noise get no gradient: there is nothing to learn in them."""
    return (
        Edge("x", "encoder"),
        Edge("encoder", "q", "flows"),
        *((Edge("eps", "z"),) if trick else ()),
        Edge("q", "z", "flows" if trick else "stopped"),
        Edge("z", "decoder", "flows"),
        Edge("decoder", "p", "flows"),
        Edge("p", "reconstruction", "flows"),
        Edge("x", "reconstruction"),
        Edge("q", "kl", "flows"),
        Edge("reconstruction", "loss", "flows"),
        Edge("kl", "loss", "flows"),
    )


def _shape(letters: str, shape: tuple[int, ...] | None, since: int = 0) -> tuple[Line, ...]:
    if shape is None:
        return (Line(f"[{letters}]", since=since, small=True),)
    numbers = shape_text(shape)
    return (
        Line(f"[{letters}] = {numbers}", since=3, small=True),
        Line(numbers, since=since, until=2, small=True),
    )


def _named(name: str, letters: str, shape: tuple[int, ...] | None) -> tuple[Line, ...]:
    """A name over its shape, or beside it where there is no room for two lines."""
    numbers = shape_text(shape) if shape else f"[{letters}]"
    beside = Line(f"{name}  {numbers}", until=0)
    return (beside, Line(name, since=1, strong=True), *_shape(letters, shape, since=1))


def _given(config: RunConfig | None, trick: bool) -> tuple[Node, ...]:
    shapes = Shapes.of(config) if config else None
    x = Node(
        "x",
        "true",
        "box",
        (
            Line("x", strong=True),
            Line("a batch", since=3),
            *_shape("B, 2", shapes.x if shapes else None),
        ),
        "<b>x</b>: B training examples, points of the plane drawn from the true "
        "distribution. They are compared with what the decoder makes of z.",
        "The data x",
    )
    if not trick:
        words = (
            Line("the gradient stops here", until=0),
            Line("no gradient", since=1, strong=True),
            Line("through sampling", since=1),
        )
        return x, Node("stop", "error", "words", words)
    eps = Node(
        "eps",
        "noise",
        "round",
        _named("ε ~ N(0, I)", "N, B, Z", shapes.z if shapes else None),
        "<b>ε</b>: N draws of standard normal noise per example. All the randomness of z "
        "comes from here, and ε depends on no weight.",
        "The noise ε",
    )
    return x, eps


def _network(config: RunConfig | None, part: str, shape: Shape, letters: str, tip: str) -> Node:
    symbol = "q_φ(z|x)" if part == "encoder" else "p_θ(x|z)"
    lines = (
        Line(part, until=2, strong=True),
        Line(f"{part}  {symbol}", since=3, strong=True),
        *_layers(config, part, letters),
    )
    return Node(part, "muted", shape, lines, tip, f"The {part}")


def _layers(config: RunConfig | None, part: str, letters: str) -> tuple[Line, ...]:
    if config is None:
        return (Line(f"[{letters}] × layers", small=True),)
    model, shapes = config.model, Shapes.of(config)
    hidden = shape_text(shapes.hidden_z if part == "encoder" else shapes.hidden_x)
    plural = "layer" if model.hidden_layers == 1 else "layers"
    return (
        Line(f"[{letters}] = {hidden}", since=3, small=True),
        Line(f"{model.hidden_layers} hidden {plural}, {model.activation}", since=3, small=True),
        Line(f"{hidden} × {model.hidden_layers}", until=2, small=True),
        Line(model.activation, until=2, small=True),
        Line(f"{thousands(parameter_count(layout(model), part))} weights", since=2, small=True),
    )


def _posterior(config: RunConfig | None) -> tuple[Node, ...]:
    encoder_tip = (
        "<b>Encoder</b> q<sub>φ</sub>(z|x): turns each example into a normal distribution "
        "over the latent, [μ<sub>z</sub>, log σ<sub>z</sub>²] = W h(x) + b."
    )
    shape = Shapes.of(config).posterior if config else None
    return (
        _network(config, "encoder", "narrowing", "B, H", encoder_tip),
        Node("q", "latent", "frame", name="the posterior q of z given x"),
        _half("mu_z", "latent", "μ_z", "B, Z", shape, "means of the posterior q(z|x)"),
        _half(
            "log_var_z",
            "latent",
            "log σ_z²",
            "B, Z",
            shape,
            "logarithms of its variances; the logarithm keeps σ positive",
        ),
    )


def _half(
    key: str, role: str, symbol: str, letters: str, shape: tuple[int, ...] | None, words: str
) -> Node:
    tip = f"<b>{_html(symbol)}</b>: {words}."
    return Node(key, role, "box", _named(symbol, letters, shape), tip, key)


def _html(symbol: str) -> str:
    return symbol.replace("_z", "<sub>z</sub>").replace("_x", "<sub>x</sub>")


def _latent(config: RunConfig | None, trick: bool) -> tuple[Node, ...]:
    shape = _shape("N, B, Z", Shapes.of(config).z if config else None)
    if trick:
        lines = (Line("z", strong=True), Line("= μ_z + σ_z ⊙ ε"), *shape)
        tip = (
            "<b>z = μ<sub>z</sub> + σ<sub>z</sub> ⊙ ε</b>: the reparameterisation trick. Given ε "
            "nothing here is random: ∂z/∂μ = 1 and ∂z/∂σ = ε, so the gradient gets through."
        )
        return (Node("z", "latent", "box", lines, tip, "the latents z"),)
    lines = (Line("z", strong=True), Line("~ N(μ_z, σ_z²)"), *shape)
    tip = (
        "<b>z ~ N(μ<sub>z</sub>, σ<sub>z</sub>²)</b>: a random draw. The number that comes out "
        "has no derivative with respect to μ and σ: the gradient stops here."
    )
    return (Node("z", "latent", "round", lines, tip, "the sampled latents z"),)


def _likelihood(config: RunConfig | None) -> tuple[Node, ...]:
    decoder_tip = (
        "<b>Decoder</b> p<sub>θ</sub>(x|z): turns each latent into a normal distribution over "
        "the data, [μ<sub>x</sub>, log σ<sub>x</sub>²] = W h(z) + b."
    )
    shape = Shapes.of(config).likelihood if config else None
    return (
        _network(config, "decoder", "widening", "N·B, H", decoder_tip),
        Node("p", "learned", "frame", name="the likelihood p of x given z"),
        _half("mu_x", "learned", "μ_x", "N·B, 2", shape, "means of p(x|z), the decoded points"),
        _half(
            "log_var_x",
            "learned",
            "log σ_x²",
            "N·B, 2",
            shape,
            "logarithms of the variances of p(x|z), the decoder's own noise",
        ),
    )


def nats(value: float) -> str:
    """A loss as text, with three decimals where that is not too long."""
    if not math.isfinite(value):
        return "not finite"
    size = abs(value)
    text = f"{value:.3f}" if size < 1000 else f"{value:,.0f}" if size < 1e6 else f"{value:.3g}"
    return text.replace("-", "\N{MINUS SIGN}") + " nats"


def _losses(measured: Measured | None, trick: bool) -> tuple[Node, ...]:
    def value(number: float | None) -> tuple[Line, ...]:
        return () if number is None else (Line(nats(number), live=True),)

    losses = measured.losses if measured else None
    only = "" if trick else " Here it is all that the encoder learns from."
    reconstruction = Node(
        "reconstruction",
        "reconstruction",
        "box",
        (
            Line("reconstruction", strong=True),
            Line("−log p_θ(x|z)", since=1, small=True),
            *value(losses and losses.reconstruction),
        ),
        "<b>Reconstruction</b> −log p<sub>θ</sub>(x|z), averaged over the N draws: how badly "
        "the decoded distribution explains the example.",
        "the reconstruction",
    )
    kl = Node(
        "kl",
        "latent",
        "box",
        (Line("KL(q ‖ p)", strong=True), *value(losses and losses.kl)),
        "<b>KL</b>(q<sub>φ</sub>(z|x) ‖ p(z)) = ½ Σ (μ² + σ² − 1 − log σ²): what the encoder "
        "tells about x, in nats. It needs no sample." + only,
        "the KL divergence",
    )
    return reconstruction, kl, _loss(measured)


def _loss(measured: Measured | None) -> Node:
    lines: tuple[Line, ...] = (
        Line("loss", since=3 if measured else 0, strong=True),
        Line("reconstruction + β KL", since=3, small=True),
    )
    if measured:
        beta = f"β = {measured.beta:.3g}"
        lines = (
            Line(f"loss, {measured.when}", until=2, strong=True, live=True),
            *lines,
            Line(nats(measured.losses.total), live=True),
            Line(beta, since=1, until=2, small=True, live=True),
            Line(f"{beta}, {measured.when}", since=3, small=True, live=True),
        )
    tip = (
        "<b>Loss</b> = reconstruction + β KL, the negative evidence lower bound at β = 1. "
        "Its gradient goes back along the dashed arrows."
    )
    return Node("loss", "total", "box", lines, tip, "the loss")
