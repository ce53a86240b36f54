"""(d) What a frame of each panel costs as the run grows to a million steps.

A real run is trained for 1,000 steps. Its losses are repeated up to the length wanted,
with a test loss for every epoch and snapshots, of weights that it went through, where
the rule for snapshots wants them: a panel has as much to draw as after a real run of
that length. Then all panels take turns while the run goes on; a frame's time ends when
its paint events are through.
"""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from child import in_child
from settings import Settings, configured, progress
from tables import Headline, Table, number

if TYPE_CHECKING:
    from vae_gui.ui.frame import Frame
    from vae_gui.ui.panels.base import Panel

SOURCE_STEPS = 1_000  # trained for real
BANK_EVERY = 20  # steps between the weights that are kept of them
PIXELS = {"bottom": (1_500, 220)}  # by the place of a panel in a window of common size
OTHER_PIXELS = (760, 460)
MOST_PIECES = 1_000  # in which a long run is taken in


@dataclass(frozen=True)
class Size:
    lengths: tuple[int, ...]
    frames: int  # of each panel


SIZES = {
    "smoke": Size((100, 1_000), 3),
    "quick": Size((1_000, 100_000, 1_000_000), 40),
    "full": Size((1_000, 10_000, 100_000, 1_000_000), 200),
}


# in a process of its own -------------------------------------------------------


class LongRun:
    """A run of any length, made of a short real one, that can go on; see the top."""

    def __init__(self) -> None:
        from vae_gui.core.training import Trainer, display_noise
        from vae_gui.core.views import view_truth

        self.config = configured([])
        trainer = Trainer(self.config)
        self.bank = [trainer.parameters.copy()]  # weights, oldest first
        losses, self._tests = [], []
        for step in trainer:
            losses.append(step.losses)
            if step.test is not None:
                self._tests.append(step.test)
            if step.index % BANK_EVERY == 0:
                self.bank.append(trainer.parameters.copy())
            if step.index == SOURCE_STEPS:
                break
        self._losses = np.array(losses, np.float32)  # [SOURCE_STEPS, 3]
        self._epoch = self._tests[0].step  # steps
        self.plan, self.data = trainer.plan, trainer.data
        self.noise = display_noise(self.config)
        source = self.config.data.distribution
        self.truth = view_truth(source, self.data.train, self.data.test)

    def begin(self, length: int, number: int) -> None:
        """Be another run, of so many steps."""
        from vae_gui.core.recording import Recording, Snapshots

        self._number = number
        self._rule = Snapshots.for_size(self.plan.size)
        self.recording = Recording(self.plan.size)
        self.recording.add_snapshot(0, self.bank[0])
        self._lengthen(1, length)

    def go_on(self, steps: int) -> None:
        """Be so many steps longer."""
        made = self.recording.steps
        self._lengthen(made + 1, made + steps)

    def _lengthen(self, first: int, last: int) -> None:
        """Record the steps from `first` to `last`."""
        from vae_gui.core.recording import TestPoint

        steps = np.arange(first, last + 1)
        self.recording.add_losses(self._losses[(steps - 1) % SOURCE_STEPS])
        for epoch in range(-(-first // self._epoch), last // self._epoch + 1):
            losses = self._tests[epoch % len(self._tests)].losses
            self.recording.tests.append(TestPoint(epoch, epoch * self._epoch, losses))
        for step in range(first, last + 1):
            if self._rule.keeps(step, last):
                weights = self.bank[min(step // BANK_EVERY, len(self.bank) - 1)]
                self.recording.add_snapshot(step, weights)

    def frame(self, number: int) -> Frame:
        """The run as it is now; the picture is another with every number."""
        from vae_gui.core.views import draw_picture
        from vae_gui.ui.frame import Frame

        weights = self.bank[-1 - number % (len(self.bank) // 2)]
        step = self.recording.steps
        epoch = -(-step // self._epoch)
        picture = draw_picture(self.plan, weights, self.noise, self.data.test, step, epoch)
        return Frame(self._number, self.config, self.plan, self.noise, picture, self.recording)


def drawn(panel: Panel, frame: Frame) -> float:
    """Milliseconds that a panel takes to draw a frame, paint events included."""
    from PySide6.QtWidgets import QApplication

    begin = time.perf_counter()
    panel.show_frame(frame)
    QApplication.processEvents()
    return 1000 * (time.perf_counter() - begin)


def take_in_all(panel: Panel, frame: Frame) -> None:
    """Draw until a panel that takes a long run in by pieces has come to its end."""
    wants: list[bool] = []
    watch = panel.redraw_wanted.connect(lambda: wants.append(True))
    for _ in range(MOST_PIECES):
        wants.clear()
        drawn(panel, frame)
        if not wants:
            break
    panel.redraw_wanted.disconnect(watch)


def opened() -> list[Panel]:
    """One of each panel, to be seen in a window of its own."""
    from vae_gui.ui.panels.registry import PANELS
    from vae_gui.ui.theme import THEMES

    panels = [kind(THEMES["dark"]) for kind in PANELS]
    for panel in panels:
        panel.resize(*PIXELS.get(panel.place, OTHER_PIXELS))
        panel.show()
    return panels


def frame_times(lengths: list[int], frames: int) -> dict[str, list[dict]]:
    """For each panel by its key and each length: its first frame and the later ones, in ms."""
    from vae_gui.ui.app import application

    app = application()
    gc.disable()  # as in the program while it draws
    run, panels = LongRun(), opened()
    found: dict[str, list[dict]] = {panel.key: [] for panel in panels}
    for run_number, length in enumerate(lengths, 1):
        progress(f"  a run of {length:,} steps")
        run.begin(length, run_number)
        gc.collect()
        for panel in panels:
            panel.clear()
            panel.take_truth(run.truth)
            app.processEvents()
            first = drawn(panel, run.frame(0))
            found[panel.key].append({"length": length, "first_ms": first, "frames_ms": []})
            take_in_all(panel, run.frame(0))
        for i in range(1, frames + 1):
            run.go_on(max(1, min(100, length // 100)))
            frame = run.frame(i)
            for panel in panels:
                found[panel.key][-1]["frames_ms"].append(drawn(panel, frame))
    for panel in panels:
        panel.close()
    return found


# around it ---------------------------------------------------------------------


def measure(settings: Settings) -> dict:
    size = SIZES[settings.effort]
    return in_child(
        "drawing", "frame_times", settings.screen, lengths=size.lengths, frames=size.frames
    )


def quantiles(times: list[float]) -> str:
    p50, p99 = np.quantile(times, (0.5, 0.99))
    return f"{number(p50)} / {number(p99)}"


def tables(figures: dict) -> list[Table]:
    lengths = [f"{found['length']:,} steps" for found in next(iter(figures.values()))]
    later = Table("d", "ms a frame after so many steps, median / p99", ("panel", *lengths))
    first = Table("d", "ms for the first frame of a run of so many steps", ("panel", *lengths))
    for key, found in figures.items():
        name = key.replace("_", " ")
        later.rows.append((name, *(quantiles(one["frames_ms"]) for one in found)))
        first.rows.append((name, *(number(one["first_ms"]) for one in found)))
    return [later, first]


def headlines(figures: dict) -> list[Headline]:
    """The panel that is slowest in the longest run."""
    medians = {key: float(np.median(found[-1]["frames_ms"])) for key, found in figures.items()}
    key = max(medians, key=medians.__getitem__)
    length = figures[key][-1]["length"]
    what = f"ms a frame after {length:,} steps, median, dearest panel ({key.replace('_', ' ')})"
    return [(what, [medians[key]])]
