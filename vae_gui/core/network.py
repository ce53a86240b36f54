"""The two networks as functions of one flat parameter vector.

Where each weight lies, how weights are initialised, what encoder and decoder
compute, and the loss. Needs no torch: pictures and test losses come from here,
computed by the C kernel or, where that is missing, by NumPy.

Shapes: B examples, N noise samples, Z latent dimensions, H hidden units.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from vae_gui.core import kernel
from vae_gui.core.activations import ACTIVATIONS
from vae_gui.core.config import ModelConfig
from vae_gui.core.interrupting import in_parts, never

Floats = npt.NDArray[np.floating]
DATA_DIM = 2
LOG_2PI = math.log(2 * math.pi)
DECODED_AT_ONCE = 2**16  # values of one hidden layer while points are generated in NumPy
ASKED_AFTER = 2**17  # values of all hidden layers computed without asking for a stop: about 1 ms


class Losses(NamedTuple):
    """Negative evidence lower bound and its parts, in nats per example.

    `total` is `reconstruction + beta * kl`.
    """

    total: float
    reconstruction: float
    kl: float


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one named weight lies in the flat vector."""

    name: str
    shape: tuple[int, ...]
    start: int

    @property
    def stop(self) -> int:
        """One past its last element."""
        return self.start + math.prod(self.shape)

    def view(self, flat: Floats) -> Floats:
        """The weight as a view of `flat` (..., P), leading axes kept."""
        return flat[..., self.start : self.stop].reshape(*flat.shape[:-1], *self.shape)


@dataclass(frozen=True, slots=True)
class Layout:
    """All weights of a model: names as in the post's state_dict, shapes and places."""

    model: ModelConfig
    entries: tuple[Entry, ...]

    @property
    def size(self) -> int:
        """Length of the flat vector."""
        return self.entries[-1].stop

    def views(self, flat: Floats) -> dict[str, Floats]:
        """Each weight as a view of `flat`, by name."""
        return {e.name: e.view(flat) for e in self.entries}

    def layers(self, flat: Floats, part: str) -> list[tuple[Floats, Floats]]:
        """(weight, bias) views of the `encoder` or `decoder`, from input to output."""
        views = [e.view(flat) for e in self.entries if e.name.startswith(part)]
        return list(zip(views[::2], views[1::2], strict=True))


@cache
def layout(model: ModelConfig) -> Layout:
    """The layout of a model's weights: encoder first, each layer's weight before its bias."""
    entries: list[Entry] = []

    def add(name: str, *shape: int) -> None:
        entries.append(Entry(name, shape, entries[-1].stop if entries else 0))

    for part, inputs, outputs in (
        ("encoder", DATA_DIM, model.latent),
        ("decoder", model.latent, DATA_DIM),
    ):
        width = inputs
        for i in range(model.hidden_layers):
            # the Sequential alternates Linear and activation, hence every second index
            add(f"{part}.shared.{2 * i}.weight", model.hidden_units, width)
            add(f"{part}.shared.{2 * i}.bias", model.hidden_units)
            width = model.hidden_units
        add(f"{part}.param_layer.weight", 2 * outputs, width)
        add(f"{part}.param_layer.bias", 2 * outputs)
    return Layout(model, tuple(entries))


def initialise(plan: Layout, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Fresh weights by the law of torch.nn.Linear: uniform within 1/sqrt(inputs)."""
    flat = np.empty(plan.size, np.float32)
    for part in ("encoder", "decoder"):
        for weight, bias in plan.layers(flat, part):
            bound = 1 / math.sqrt(weight.shape[1])
            weight[...] = rng.uniform(-bound, bound, weight.shape)
            bias[...] = rng.uniform(-bound, bound, bias.shape)
    return flat


def _gaussian_mlp(plan: Layout, flat: Floats, part: str, inputs: Floats) -> tuple[Floats, Floats]:
    """Mean and log variance, each [..., D_out, B], of inputs [D, B].

    Examples are columns in here: whole rows of them are added and multiplied at once.
    """
    compiled = _compiled(plan, flat)
    if compiled is None:
        params = _mlp(plan, flat, part, inputs)
    else:
        params = compiled.forward(part, flat, inputs.astype(flat.dtype, copy=False))
    half = params.shape[-2] // 2
    return params[..., :half, :], params[..., half:, :]


def _compiled(plan: Layout, flat: Floats) -> kernel.ModelKernel | None:
    library = kernel.load()
    # in float64 the kernel is for tests: NumPy's vectors take a fifth of its time
    if library is None or flat.dtype != np.float32:
        return None
    return library.of(plan.model, flat.dtype)


def _mlp(plan: Layout, flat: Floats, part: str, inputs: Floats) -> Floats:
    """[mu; log sigma^2], [..., 2 D_out, B], in NumPy."""
    *hidden, last = plan.layers(flat, part)
    activate = ACTIVATIONS[plan.model.activation]
    h = inputs
    with np.errstate(over="ignore"):
        for weight, bias in hidden:
            h = _linear(weight, bias, h)  # [..., H, B]
            activate(h)
    return _linear(*last, h)


def _linear(weight: Floats, bias: Floats, inputs: Floats) -> Floats:
    outputs = weight @ inputs
    outputs += bias[..., None]
    return np.asarray(outputs)


def encode(plan: Layout, flat: Floats, x: Floats) -> tuple[Floats, Floats]:
    """q(z|x): mu and log sigma^2, each [B, Z], of examples x [B, 2]; see `decode`."""
    mu, log_var = _gaussian_mlp(plan, flat, "encoder", x.T)
    return mu.swapaxes(-1, -2), log_var.swapaxes(-1, -2)


def decode(plan: Layout, flat: Floats, z: Floats) -> tuple[Floats, Floats]:
    """p(x|z): mu and log sigma^2, each [B, 2], of latents z [B, Z].

    Many weights `flat` (..., P) at once give [..., B, 2], each to the bit as by itself.
    """
    mu, log_var = _gaussian_mlp(plan, flat, "decoder", z.T)
    return mu.swapaxes(-1, -2), log_var.swapaxes(-1, -2)


def in_turns(
    network: Callable[[Layout, Floats, Floats], tuple[Floats, Floats]],
    plan: Layout,
    flat: Floats,
    inputs: Floats,
    wants_stop: Callable[[], bool] = never,
) -> tuple[Floats, Floats]:
    """What `encode` or `decode` gives for many inputs, computed some at a time.

    Args:
        network: Either of them.
        plan: Where each weight lies.
        flat: The weights, (P,).
        inputs: [B, D].
        wants_stop: Asked about every millisecond.

    Raises:
        Interrupted: `wants_stop` said so.
    """
    slices = in_parts(len(inputs), inputs_at_once(plan), wants_stop)
    parts = [network(plan, flat, inputs[rows]) for rows in slices]
    if len(parts) < 2:
        return parts[0] if parts else network(plan, flat, inputs)
    mu, log_var = zip(*parts, strict=True)
    return np.concatenate(mu), np.concatenate(log_var)


def inputs_at_once(plan: Layout) -> int:
    """How many examples either network takes about a millisecond for, in float64."""
    return max(1, ASKED_AFTER // (plan.model.hidden_units * plan.model.hidden_layers))


def sampled(plan: Layout, flat: Floats, z: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Draws of p(x|z), mu + sigma noise, and their means mu, each (n, 2).

    Many weights `flat` (..., P) at once give (..., n, 2), each to the bit as by itself.

    Args:
        plan: Where each weight lies.
        flat: The weights.
        z: Latents (n, Z).
        noise: Standard normal noise of the decoder, (n, 2).
    """
    compiled = _compiled(plan, flat)
    if compiled is not None:
        return compiled.generate(flat, *(a.astype(flat.dtype, copy=False) for a in (z, noise)))
    steps = flat.reshape(-1, plan.size)
    means = np.empty((len(steps), *noise.shape), flat.dtype)
    samples = np.empty_like(means)
    at_once = max(1, DECODED_AT_ONCE // (len(z) * plan.model.hidden_units))
    for start in range(0, len(steps), at_once):
        part = slice(start, start + at_once)
        with np.errstate(over="ignore", invalid="ignore"):  # diverging weights are shown, not fatal
            mu, log_var = decode(plan, steps[part], z)
            means[part] = mu
            np.multiply(np.exp(0.5 * log_var), noise, out=samples[part])
            samples[part] += means[part]
    shape = (*flat.shape[:-1], *noise.shape)
    return samples.reshape(shape), means.reshape(shape)


def loss(plan: Layout, flat: Floats, x: Floats, noise: Floats, beta: float) -> Losses:
    """The reparameterised loss of examples x [B, 2] with noise [N, B, Z], in nats per example.

    Kingma & Welling 2014, eq. 10 and appendix B.
    """
    compiled = _compiled(plan, flat)
    if compiled is None:
        reconstruction, kl = _loss_terms(plan, flat, x, noise)
        return Losses(reconstruction + beta * kl, reconstruction, kl)
    x, noise = (a.astype(flat.dtype, copy=False) for a in (x, noise))
    sums = np.zeros(2)
    compiled.part(np.ascontiguousarray(flat), x, noise, len(x), beta, None, sums)
    return mean_losses(sums, len(noise), len(x), beta)


def mean_losses(sums: npt.NDArray[np.float64], samples: int, examples: int, beta: float) -> Losses:
    """Losses per example from the kernel's sums over a batch."""
    return Losses(*_means(float(sums[0]), float(sums[1]), samples, examples, beta))


def losses_of_each(
    sums: npt.NDArray[np.float64], samples: int, examples: npt.NDArray[np.int64], beta: float
) -> list[Losses]:
    """The same of many batches at once, to the bit: sums (k, 2), examples (k,)."""
    columns = _means(sums[:, 0], sums[:, 1], samples, examples, beta)
    return list(map(Losses, *(column.tolist() for column in columns)))


def _means(
    reconstruction: Any, kl: Any, samples: int, examples: Any, beta: float
) -> tuple[Any, Any, Any]:
    """Total, reconstruction and KL, numbers or arrays as their sums are."""
    reconstruction = reconstruction / (2 * samples * examples) + 0.5 * DATA_DIM * LOG_2PI
    kl = kl / (2 * examples)
    return reconstruction + beta * kl, reconstruction, kl


def _loss_terms(plan: Layout, flat: Floats, x: Floats, noise: Floats) -> tuple[float, float]:
    """Reconstruction and KL in NumPy."""
    mu_z, log_var_z = _gaussian_mlp(plan, flat, "encoder", x.T)  # [Z, B]
    kl = 0.5 * float(np.mean(np.sum(mu_z**2 + np.exp(log_var_z) - 1 - log_var_z, axis=0)))
    scaled = np.exp(0.5 * log_var_z)[:, None] * noise.transpose(2, 0, 1)  # [Z, N, B]
    z = (mu_z[:, None] + scaled).reshape(len(mu_z), -1)  # [Z, N * B]
    mu_x, log_var_x = _gaussian_mlp(plan, flat, "decoder", z)  # [2, N * B]
    d = (x.T[:, None] - mu_x.reshape(DATA_DIM, *noise.shape[:2])).reshape(mu_x.shape)
    squares = d**2 * np.exp(-log_var_x) + log_var_x + LOG_2PI
    return 0.5 * float(np.mean(np.sum(squares, axis=0))), kl
