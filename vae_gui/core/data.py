"""The points of a run, and the random streams behind it.

Every random purpose has a generator of its own: what is shown or measured never
changes what is trained.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from vae_gui.core.config import DataConfig, RunConfig
from vae_gui.core.distributions import Array, Distribution
from vae_gui.core.scaling import Scaling
from vae_gui.core.state import Float32
from vae_gui.core.views import SHOWN, DisplayNoise

# One stream each, also across data and training: their seeds are often equal.
STREAMS = (
    "train data",
    "test data",
    "initialisation",
    "shuffling",
    "noise",
    "test noise",
    "display",
    "metrics",
)


def stream(seed: int, purpose: str) -> np.random.Generator:
    """The generator of one purpose in `STREAMS`, independent of all others of any seed."""
    key = (STREAMS.index(purpose),)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """The points of a run, read-only.

    Attributes:
        train: Training set, (n, 2) float32.
        test: Test set, (m, 2) float32.
        scaling: How training standardises them; None where it does not.
    """

    train: Float32
    test: Float32
    scaling: Scaling | None = None

    def __post_init__(self) -> None:
        self.train.flags.writeable = False
        self.test.flags.writeable = False


def make_dataset(config: DataConfig) -> Dataset:
    """Draw both sets; the size of one does not change the points of the other.

    Raises:
        FileProblem: They are in a file that cannot be used.
    """
    rngs = stream(config.seed, "train data"), stream(config.seed, "test data")
    source = config.source
    train, test = source.data_sets(config.train_size, config.test_size, rngs)
    scale = source.training_scale
    scaling = None if scale is None else Scaling(*scale)
    return Dataset(rounded(source, train), rounded(source, test), scaling)


def rounded(source: Distribution, x: Array) -> Float32:
    """Points (n, 2) of a distribution in float32, none beyond an edge that it has not crossed.

    A point rounded to outside of a hard edge has a neighbour inside.
    """
    found = x.astype(np.float32)
    if not source.hard_edges:
        return found
    lost = np.isneginf(source.log_prob(found))
    for way in itertools.product((-np.inf, np.inf, 0), repeat=2):
        near = found.copy()
        for i in range(2):
            if way[i]:
                near[:, i] = np.nextafter(found[:, i], np.float32(way[i]))
        better = lost & ~np.isneginf(source.log_prob(near))
        found[better] = near[better]
        lost &= ~better
        if not lost.any():
            break
    return found


def display_noise(config: RunConfig) -> DisplayNoise:
    """The noise behind every picture of a run."""
    rng = stream(config.training.seed, "display")
    return DisplayNoise.draw(SHOWN, config.model.latent, rng)
