"""What the window costs, and whether it ever stands still.

    python benchmarks/window_speed.py [--rounds 5] [--seconds 6] [--out FILE.json]

Each round trains without a window, trains in the real window at full speed with every
panel in sight, and starts the program once in its first layout; each in a process of its
own, one after another, so that a change of the machine's mood meets all three. Times
measured inside a window are those of the command `vae-gui` itself: only its window and
its frame scheduler are watched.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

BEAT_MS = 5
SETTLE = 1.0  # seconds of training before its speed is measured
UNLIMITED = "training.epochs=100000"


# in a process of its own -------------------------------------------------------


def train_alone(seconds: float, assignments: list[str]) -> dict[str, float]:
    """Steps per second of a plain loop over the trainer."""
    from vae_gui.core.training import Trainer

    trainer = Trainer(configured(assignments))
    end = time.perf_counter() + min(SETTLE, seconds)
    while trainer.step == 0 or time.perf_counter() < end:
        next(trainer)
    begin, before = time.perf_counter(), trainer.step
    while time.perf_counter() < begin + seconds:
        next(trainer)
    return {"steps_per_s": (trainer.step - before) / (time.perf_counter() - begin)}


def train_in_window(
    seconds: float, assignments: list[str], began: float, every_panel: bool, recorded: int
) -> dict[str, object]:
    """Run the command `vae-gui`, train for so long and close it.

    Args:
        seconds: Of training whose speed is measured.
        assignments: Changes of the default configuration.
        began: When the process was started, on the clock of `time.time`.
        every_panel: Give panels that share a place by tabs a place of their own.
        recorded: So many steps are recorded before the first one, to see a late run's costs.
    """
    from probe import Probe, watched

    from vae_gui import cli
    from vae_gui.core.storage import save_config

    probe = Probe(seconds, SETTLE, BEAT_MS, every_panel, recorded)
    with tempfile.TemporaryDirectory() as folder, watched(probe):
        os.environ["XDG_CONFIG_HOME"] = folder  # nothing of the user's, nothing left behind
        file = Path(folder) / "config.toml"
        save_config(file, configured(assignments))
        code = cli.main(["--config", str(file)])
    if code or not probe.done:
        raise SystemExit(f"the window was closed early (exit code {code})")
    return probe.result(began)


def configured(assignments: list[str]):
    from vae_gui.core.config import RunConfig, assigned

    config = RunConfig()
    for text in [UNLIMITED, *assignments]:
        config = assigned(config, text)
    return config


CHILDREN: dict[str, Callable[[argparse.Namespace], dict]] = {
    "alone": lambda o: train_alone(o.seconds, o.assignments),
    "window": lambda o: train_in_window(o.seconds, o.assignments, o.began, True, o.recorded),
    "start": lambda o: train_in_window(0.0, o.assignments, o.began, False, 0),
}


# around them -------------------------------------------------------------------


def measure(kind: str, options: argparse.Namespace) -> dict:
    """One child's result."""
    arguments = [kind, "--seconds", options.seconds, "--recorded", options.recorded]
    for text in options.assignments:
        arguments += ["--set", text]
    environment = {**os.environ, "QT_LOGGING_RULES": "default.warning=false"}
    if not options.screen:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    done = subprocess.run(
        [sys.executable, __file__, *map(str, arguments), "--began", str(time.time())],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{kind}: exit code {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def summary(values: list[float]) -> dict[str, object]:
    return {
        "median": statistics.median(values),
        "least": min(values),
        "most": max(values),
        "values": values,
    }


def table(rounds: list[dict[str, dict]]) -> dict[str, dict[str, object]]:
    """Name of each figure -> its median and spread over the rounds."""
    columns: dict[str, list[float]] = {
        "steps/s without a window": [r["alone"]["steps_per_s"] for r in rounds],
        "steps/s in the window": [r["window"]["steps_per_s"] for r in rounds],
        "ratio, window to none": [
            r["window"]["steps_per_s"] / r["alone"]["steps_per_s"] for r in rounds
        ],
    }
    for name, kind, key in (
        ("frames drawn per s, all panels", "window", "ticks_per_s"),
        ("drawing turn, p50 ms", "window", "tick_p50_ms"),
        ("drawing turn, p99 ms", "window", "tick_p99_ms"),
        ("longest standstill while training, ms", "window", "training_gap_ms"),
        ("99.9 % of standstills while training, ms", "window", "training_p999_ms"),
        ("longest standstill while loading, ms", "window", "loading_gap_ms"),
        ("command to first paint, s", "start", "first_paint_s"),
        ("command to ready to run, s", "start", "ready_s"),
        ("command to first step, s", "start", "first_step_s"),
    ):
        columns[name] = [r[kind][key] for r in rounds]
    return {name: summary(values) for name, values in columns.items()}


def main() -> None:
    options = parsed()
    if options.child:
        print(json.dumps(CHILDREN[options.child](options)))
        return
    rounds = []
    for number in range(options.rounds):
        rounds.append({kind: measure(kind, options) for kind in CHILDREN})
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    figures = table(rounds)
    where = "the screen" if options.screen else "the offscreen platform"
    panels = rounds[0]["window"]["panels"]
    print(f"{len(panels)} panels in sight on {where}: {', '.join(panels)}\n")
    print(f"{'':44}{'median':>10}{'least':>10}{'most':>10}")
    for name, figure in figures.items():
        print(f"{name:44}" + "".join(f"{figure[k]:10.4g}" for k in ("median", "least", "most")))
    if options.out:
        machine = {"platform": platform.platform(), "cores": os.cpu_count(), "drawn_on": where}
        report = {"machine": machine, "figures": figures, "rounds": rounds}
        options.out.write_text(json.dumps(report, indent=1) + "\n")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("child", nargs="?", choices=CHILDREN, help=argparse.SUPPRESS)
    add("--began", type=float, default=0.0, help=argparse.SUPPRESS)
    add("--rounds", type=int, default=5)
    add("--seconds", type=float, default=6.0, help="of training measured, each time")
    add("--set", action="append", default=[], metavar="KEY=VALUE", dest="assignments")
    add("--recorded", type=int, default=0, help="steps recorded before the first")
    add("--screen", action="store_true", help="draw on the real screen, not offscreen")
    add("--smoke", action="store_true", help="one short round: does it work at all?")
    add("--out", type=Path, metavar="FILE.json")
    options = parser.parse_args()
    if options.smoke:
        options.rounds, options.seconds = 1, 0.5
    return options


if __name__ == "__main__":
    main()
