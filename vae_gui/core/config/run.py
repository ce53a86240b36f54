"""A run's whole configuration as one frozen value; what is live in it and what waits.

No file and no text is read here, and nothing here knows of controls.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from vae_gui.core.distributions import Distribution, Gaussian, Mixed, Transform, Transformed
from vae_gui.core.parameters import Declared, InvalidValue, Parameter, Validated, declared

LARGEST_SEED = 2**31 - 1
ON_EVERY_DEVICE = ("automatic", "torch")  # engines
SEED_HELP = "Two runs with equal settings and equal seeds are identical to the last bit."


class Mix(Validated, frozen=True, kw_only=True):
    """A second distribution, and how many of the points are its own."""

    distribution: Distribution = Gaussian()
    weight: Annotated[
        float,
        Parameter(
            label="Share",
            help="How many of the points are from the distribution that is mixed in.",
            symbol="w",
            minimum=0.01,
            maximum=0.99,
        ),
    ] = 0.5

    def check(self) -> None:
        """Refuse what can only be mixed into: rows of a file.

        Raises:
            InvalidValue: Naming the family.
        """
        if not self.distribution.exact:
            reason = "choose it as the distribution itself, and mix another one with it"
            raise InvalidValue("distribution.family", self.distribution.family(), reason)


class DataConfig(Validated, frozen=True, kw_only=True):
    """The data: where they are from and how many are drawn.

    Attributes:
        distribution: A distribution of known density.
        transform: How it is moved.
        mix: What is mixed with it then, if anything.
    """

    distribution: Distribution = Gaussian()
    transform: Transform = Transform()
    mix: Mix | None = None
    train_size: Annotated[
        int,
        Parameter(
            label="Training examples",
            help="How many points the model learns from.",
            symbol="n",
            minimum=10,
            maximum=1_000_000,
            scale="log",
        ),
    ] = 10_000
    test_size: Annotated[
        int,
        Parameter(
            label="Test examples",
            help="How many further points the test loss is measured on; none is trained on.",
            minimum=10,
            maximum=100_000,
            scale="log",
        ),
    ] = 2_000
    seed: Annotated[
        int,
        Parameter(
            label="Data seed",
            help="Which points are drawn. " + SEED_HELP,
            minimum=0,
            maximum=LARGEST_SEED,
            slider=False,
        ),
    ] = 0

    @property
    def source(self) -> Distribution:
        """The distribution that the points are drawn from: moved and mixed, if asked for."""
        made = self.distribution
        if self.transform != Transform():
            made = Transformed(base=made, transform=self.transform)
        if self.mix is not None:
            made = Mixed(first=made, second=self.mix.distribution, weight=self.mix.weight)
        return made

    def with_source(self, source: Distribution) -> DataConfig:
        """The same data from a `source` whose distributions were changed, and nothing else."""
        mix = self.mix
        if mix is not None and isinstance(source, Mixed):
            mix = msgspec.structs.replace(mix, distribution=source.second)
            source = source.first
        if isinstance(source, Transformed):
            source = source.base
        return msgspec.structs.replace(self, distribution=source, mix=mix)

    @property
    def examples(self) -> int:
        """How many points there are to train on: not more than a file has, once it was read."""
        held = self.source.holds_in_memory
        return self.train_size if held is None else min(self.train_size, held[0])


class ModelConfig(Validated, frozen=True, kw_only=True):
    """The architecture, the same for encoder and decoder."""

    latent: Annotated[
        int,
        Parameter(
            label="Latent dimensions",
            help="How many numbers the encoder may use to describe one example.",
            symbol="Z",
            minimum=1,
            maximum=8,
        ),
    ] = 2
    hidden_units: Annotated[
        int,
        Parameter(
            label="Hidden units",
            help="Width of each hidden layer, in encoder and decoder alike.",
            symbol="H",
            minimum=1,
            maximum=512,
            scale="log",
        ),
    ] = 64
    hidden_layers: Annotated[
        int,
        Parameter(
            label="Hidden layers",
            help="Depth of encoder and decoder, not counting the output layer.",
            minimum=1,
            maximum=4,
        ),
    ] = 1
    activation: Annotated[
        Literal["tanh", "relu", "silu", "gelu", "identity"],
        Parameter(
            label="Activation",
            help="The non-linearity after each hidden layer; gelu in its tanh form. "
            "With identity there is none: encoder and decoder are linear.",
        ),
    ] = "tanh"


class TrainingConfig(Validated, frozen=True, kw_only=True):
    """How the loss is minimised. All but engine, device and seed may change while it runs."""

    epochs: Annotated[
        int,
        Parameter(
            label="Epochs",
            help="How often the whole training set is gone through.",
            minimum=1,
            maximum=100_000,
            scale="log",
            applies="live",
        ),
    ] = 10
    learning_rate: Annotated[
        float,
        Parameter(
            label="Learning rate",
            help="Step size of Adam: larger learns faster until it diverges.",
            symbol="η",
            minimum=1e-6,
            maximum=10.0,
            scale="log",
            applies="live",
        ),
    ] = 3e-3
    batch_size: Annotated[
        int,
        Parameter(
            label="Batch size",
            help="Examples per step; the last batch of an epoch may be shorter and is kept.",
            symbol="B",
            minimum=1,
            maximum=10_000,
            scale="log",
            applies="live",
        ),
    ] = 128
    beta: Annotated[
        float,
        Parameter(
            label="KL weight",
            help="Weight of the KL term; 1 is the evidence lower bound, 0 an auto-encoder.",
            symbol="β",
            minimum=0.0,
            maximum=100.0,
            scale="square",
            decimals=3,
            applies="live",
        ),
    ] = 1.0
    noise_samples: Annotated[
        int,
        Parameter(
            label="Noise samples per example",
            help="Draws of ε that the reconstruction term is averaged over.",
            symbol="N",
            minimum=1,
            maximum=64,
            scale="log",
            applies="live",
        ),
    ] = 1
    engine: Annotated[
        Literal["automatic", "compiled", "analytic", "torch"],
        Parameter(
            label="Engine",
            help="What computes gradients and updates: formulas written out in C (compiled) or "
            "in NumPy (analytic), or PyTorch, the reference. Automatic takes the fastest.",
        ),
    ] = "automatic"
    device: Annotated[
        Literal["cpu", "cuda", "mps"],
        Parameter(
            label="Device",
            help="Where PyTorch computes: the processor, an NVIDIA GPU (cuda) or an Apple GPU "
            "(mps). Networks this small are often fastest on the cpu; on any other device "
            "PyTorch is the engine.",
        ),
    ] = "cpu"
    seed: Annotated[
        int,
        Parameter(
            label="Training seed",
            help="Initial weights, order of batches and noise. " + SEED_HELP,
            minimum=0,
            maximum=LARGEST_SEED,
            slider=False,
        ),
    ] = 0

    def check(self) -> None:
        """Refuse an engine that cannot compute on the device.

        Raises:
            InvalidValue: Naming the device.
        """
        if self.device != "cpu" and self.engine not in ON_EVERY_DEVICE:
            reason = f"the {self.engine} engine computes on the CPU alone; take device cpu, or "
            raise InvalidValue("device", self.device, reason + "engine torch")


class RunConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that determines a run.

    Two equal configurations give bit-identical runs on one machine.

    Attributes:
        title: A short name, for presets.
        notes: What to look at, for presets.
    """

    title: str = ""
    notes: str = ""
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    training: TrainingConfig = TrainingConfig()


def values(config: RunConfig) -> dict[str, tuple[Declared, Any]]:
    """Every declared value of a configuration by its dotted path, with its declaration."""
    data = config.data
    mix = {"data.mix.distribution": data.mix.distribution, "data.mix": data.mix} if data.mix else {}
    sections: dict[str, Validated] = {
        "data.distribution": data.distribution,
        "data.transform": data.transform,
        **mix,
        "data": data,
        "model": config.model,
        "training": config.training,
    }
    return {
        f"{prefix}.{field.name}": (field, getattr(section, field.name))
        for prefix, section in sections.items()
        for field in declared(type(section))
    }


def remarks(config: RunConfig) -> dict[str, str]:
    """What is valid and yet not what it seems, as a sentence by the dotted path of its value."""
    found = {}
    data, held = config.data, config.data.source.holds_in_memory
    if held is not None:
        for name, purpose, there in (
            ("train_size", "training", held[0]),
            ("test_size", "testing", held[1]),
        ):
            if getattr(data, name) > there:
                words = f"The file has {there:,} rows for {purpose}: all of them are used."
                found[f"data.{name}"] = words
    batch, examples = config.training.batch_size, data.examples
    if batch > examples:
        words = f"Batch size {batch:,} is larger than the {examples:,} training examples: "
        found["training.batch_size"] = f"{words}each step uses all {examples:,}."
    return found


def waiting_for_reset(running: RunConfig, wanted: RunConfig) -> tuple[str, ...]:
    """Paths at which `wanted` differs from `running` in a way that needs a restart."""
    before, after = values(running), values(wanted)
    changed = [
        path
        for path, (field, value) in after.items()
        if field.parameter.applies == "restart" and (path not in before or before[path][1] != value)
    ]
    if _mixed_in(running) is not _mixed_in(wanted):
        changed.insert(0, "data.mix.distribution.family")
    if type(running.data.distribution) is not type(wanted.data.distribution):
        changed.insert(0, "data.distribution.family")
    return tuple(changed)


def _mixed_in(config: RunConfig) -> type[Distribution] | None:
    """The family that is mixed in, if any."""
    return type(config.data.mix.distribution) if config.data.mix else None


def with_live_values(running: RunConfig, wanted: RunConfig) -> RunConfig:
    """`running` with the live values of `wanted`; what needs a restart stays as it is."""
    live = {
        field.name: getattr(wanted.training, field.name)
        for field in declared(TrainingConfig)
        if field.parameter.applies == "live"
    }
    return msgspec.structs.replace(
        running, training=msgspec.structs.replace(running.training, **live)
    )
