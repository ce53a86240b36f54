"""Steps per second of both engines against a plain torch loop that does the same work.

    python benchmarks/engines.py [--quick | --smoke] [--rounds 5] [--seconds 0.5] [--out FILE.json]

Same data, sizes, batches, noise, test after every epoch and, in half of the rows, 1,000
generated points after every step. In each round all contestants run one after another
for so many seconds, so that a change of the machine's mood meets all of them; the
medians over the rounds are compared. The plain loop runs with one torch thread and with
as many as torch takes by itself, and the ratios are to the better of the two.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from post_loop import post_loop

from vae_gui.core.config import ModelConfig, RunConfig, TrainingConfig, with_value
from vae_gui.core.training import Dataset, Trainer, make_dataset
from vae_gui.core.views import DisplayNoise, generate

SAMPLES = 1_000
DECODED_TOGETHER = 16  # steps whose samples are generated in one go
TORCH_THREADS = torch.get_num_threads()
WARM_UP = 20  # steps


@dataclass(frozen=True)
class Work:
    """What one row of the table has all contestants do."""

    hidden: int
    batch: int
    noise: int
    samples: int

    @property
    def config(self) -> RunConfig:
        return RunConfig(
            model=ModelConfig(hidden_units=self.hidden),
            training=TrainingConfig(
                batch_size=self.batch, noise_samples=self.noise, epochs=100_000
            ),
        )


@dataclass(frozen=True)
class Contestant:
    """A loop that yields once a step, and its number of torch threads."""

    name: str
    threads: int
    steps: Iterator[object]

    def speed(self, seconds: float) -> float:
        """Steps per second over so many seconds of going on."""
        torch.set_num_threads(self.threads)
        begin, count = time.perf_counter(), 0
        while (now := time.perf_counter()) < begin + seconds or not count:
            next(self.steps)
            count += 1
        return count / (now - begin)


def trained(config: RunConfig, data: Dataset, samples: int) -> Iterator[object]:
    """The program's own trainer, with every step's samples if asked for."""
    trainer = Trainer(config, data)
    if not samples:
        yield from trainer
    noise = DisplayNoise.draw(samples, config.model.latent, np.random.default_rng(0))
    weights = np.empty((DECODED_TOGETHER, trainer.plan.size), np.float32)
    for i, step in enumerate(trainer):
        weights[i % DECODED_TOGETHER] = trainer.parameters
        if (i + 1) % DECODED_TOGETHER == 0:
            generate(trainer.plan, weights, noise)
        yield step


def contestants(work: Work) -> list[Contestant]:
    config, samples = work.config, work.samples
    data = make_dataset(config.data)

    def program(engine: str) -> Iterator[object]:
        return trained(with_value(config, "training.engine", engine), data, samples)

    return [
        Contestant("plain", TORCH_THREADS, post_loop(config, data, samples)),
        Contestant("plain, 1 thread", 1, post_loop(config, data, samples)),
        Contestant("torch", 1, program("torch")),
        Contestant("analytic", 1, program("analytic")),
    ]


def measure(work: Work, rounds: int, seconds: float) -> dict[str, list[float]]:
    """Steps per second in each round, by contestant."""
    field = contestants(work)
    for one in field:
        for _ in range(WARM_UP):
            next(one.steps)
    speeds: dict[str, list[float]] = {one.name: [] for one in field}
    for _ in range(rounds):
        for one in field:
            speeds[one.name].append(one.speed(seconds))
    return speeds


def summary(work: Work, speeds: dict[str, list[float]]) -> dict[str, object]:
    """One row: medians, spread, and ratios to the better plain loop."""
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    plain = max(medians["plain"], medians["plain, 1 thread"])
    return {
        "hidden": work.hidden,
        "batch": work.batch,
        "noise_samples": work.noise,
        "samples_per_step": work.samples,
        "steps_per_s": {
            name: {"median": medians[name], "min": min(values), "max": max(values)}
            for name, values in speeds.items()
        },
        "torch_ratio": medians["torch"] / plain,
        "analytic_ratio": medians["analytic"] / plain,
    }


HEADINGS = (
    f"{'hidden':>6} {'batch':>5} {'noise':>5} {'points':>6}  {'plain':>15} {'1 thread':>15} "
    f"{'torch engine':>15} {'analytic':>17}  {'torch':>6} {'analytic':>8}"
)


def line(row: dict) -> str:
    """One row of the table: steps per second, +- half the range in percent, and ratios."""

    def speed(name: str, width: int) -> str:
        found = row["steps_per_s"][name]
        spread = 50 * (found["max"] - found["min"]) / found["median"]
        return f"{found['median']:,.0f} ±{spread:2.0f} %".rjust(width)

    return (
        f"{row['hidden']:>6} {row['batch']:>5} {row['noise_samples']:>5} "
        f"{row['samples_per_step']:>6,}  {speed('plain', 15)} {speed('plain, 1 thread', 15)} "
        f"{speed('torch', 15)} {speed('analytic', 17)}  "
        f"{row['torch_ratio']:>5.1f}x {row['analytic_ratio']:>7.1f}x"
    )


def machine() -> dict[str, object]:
    return {
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "torch_threads": TORCH_THREADS,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
    }


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="64 hidden units only")
    size.add_argument("--smoke", action="store_true", help="see that it works, in some seconds")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="of each contestant a round")
    parser.add_argument("--out", type=Path, help="where to leave the figures as JSON")
    return parser.parse_args()


def main() -> None:
    options = parsed()
    hidden = (64,) if options.quick or options.smoke else (16, 64, 256)
    if options.smoke:
        options.rounds, options.seconds = 2, 0.02
    print(", ".join(f"{key} {value}" for key, value in machine().items()))
    print(HEADINGS)
    rows = []
    for sizes in itertools.product(hidden, (32, 256), (1, 5), (0, SAMPLES)):
        work = Work(*sizes)
        rows.append(summary(work, measure(work, options.rounds, options.seconds)))
        print(line(rows[-1]), flush=True)
    if options.out:
        options.out.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
