"""Engines and the post's loop at the same work, taking turns. Imports torch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from post_loop import post_loop
from settings import TOGETHER, progress

from vae_gui.core.config import ModelConfig, RunConfig, TrainingConfig, with_value
from vae_gui.core.engines import ENGINES
from vae_gui.core.parameters import InvalidValue
from vae_gui.core.training import Dataset, Trainer, make_dataset
from vae_gui.core.views import DisplayNoise, generate

ALL_THREADS = torch.get_num_threads()


@dataclass(frozen=True)
class Work:
    """What all contestants of one race do; `samples` points are generated after every step."""

    hidden: int = 64
    batch: int = 256
    noise: int = 1
    samples: int = 0
    latent: int = 2
    layers: int = 1

    @property
    def config(self) -> RunConfig:
        return RunConfig(
            model=ModelConfig(
                hidden_units=self.hidden, latent=self.latent, hidden_layers=self.layers
            ),
            training=TrainingConfig(
                batch_size=self.batch, noise_samples=self.noise, epochs=100_000
            ),
        )


@dataclass(frozen=True)
class Contestant:
    """A loop that yields how many steps it has just made, and its number of torch threads."""

    threads: int
    steps: Iterator[int]

    def warm_up(self, steps: int) -> None:
        torch.set_num_threads(self.threads)
        count = 0
        while count < steps:
            count += next(self.steps)

    def speed(self, seconds: float) -> float:
        """Steps per second over so many seconds of going on."""
        torch.set_num_threads(self.threads)
        begin, count = time.perf_counter(), 0
        while (now := time.perf_counter()) < begin + seconds or not count:
            count += next(self.steps)
        return count / (now - begin)


def trained(config: RunConfig, data: Dataset, samples: int) -> Iterator[int]:
    """The program's own trainer, with every step's samples if asked for."""
    trainer = Trainer(config, data)
    noise = DisplayNoise.draw(samples, config.model.latent, np.random.default_rng(0))
    trail = np.empty((TOGETHER, trainer.plan.size), np.float32) if samples else None
    while True:
        made = len(trainer.advance(TOGETHER, trail))
        if trail is not None:
            generate(trainer.plan, trail[:made], noise)
        yield made


def post_contestants(config: RunConfig, data: Dataset, samples: int) -> dict[str, Contestant]:
    """The post's loop with as many threads as torch takes by itself, and with one."""
    return {
        f"{threads} threads" if threads > 1 else "1 thread": Contestant(
            threads, (1 for _ in post_loop(config, data, samples))
        )
        for threads in sorted({ALL_THREADS, 1})
    }


@cache
def engine_names() -> tuple[str, ...]:
    """All engines that there are on this machine."""
    found = []
    for name in ENGINES:
        try:
            Trainer(with_value(RunConfig(), "training.engine", name)).warm_up()
        except InvalidValue as error:
            progress(f"  left out: {error}")
        else:
            found.append(name)
    return tuple(name for name in found if name != "automatic")  # which is one of the others


def engine_contestants(config: RunConfig, data: Dataset, samples: int) -> dict[str, Contestant]:
    """Every engine by its name in the configuration."""
    return {
        name: Contestant(1, trained(with_value(config, "training.engine", name), data, samples))
        for name in engine_names()
    }


def race(
    work: Work, rounds: int, seconds: float, warm_up: int, with_post: bool
) -> dict[str, dict[str, list[float]]]:
    """Steps per second in each round: `post` by its threads, `engines` by name.

    In each round all run one after another, so that a change of the machine's mood
    meets all of them.
    """
    data = make_dataset(work.config.data)
    entry = work.config, data, work.samples
    field = {"post": post_contestants(*entry)} if with_post else {}
    field["engines"] = engine_contestants(*entry)
    for group in field.values():
        for one in group.values():
            one.warm_up(warm_up)
    speeds = {kind: {name: [] for name in group} for kind, group in field.items()}
    for _ in range(rounds):
        for kind, group in field.items():
            for name, one in group.items():
                speeds[kind][name].append(one.speed(seconds))
    return speeds


def races(works: list[dict], **how: Any) -> list[dict]:
    """One race after the other, each as `race` says; a row is the work with its speeds."""
    rows = []
    for number, sizes in enumerate(works, 1):
        progress(f"  {number} of {len(works)}: {', '.join(f'{k} {v}' for k, v in sizes.items())}")
        rows.append({**sizes, **race(Work(**sizes), **how)})
    return rows
