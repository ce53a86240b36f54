"""A controller without a window for tests, with its real thread, polled as the window would."""

import time
from contextlib import contextmanager

from vae_gui.core.config import RunConfig, assigned
from vae_gui.ui.session import RunController


def configured(*assignments: str) -> RunConfig:
    config = RunConfig()
    for text in ("data.train_size=1000", "data.test_size=200", *assignments):
        config = assigned(config, text)
    return config


SMALL = configured("training.epochs=3", "training.batch_size=100")  # 30 steps
LONG = configured("training.epochs=1000")


class Bench:
    """A controller and what it told."""

    def __init__(self, qtbot, config):
        self.qtbot = qtbot
        self.controller = RunController()
        self.frames = []
        self.troubles = []
        self.states = []
        self.controller.troubled.connect(self.troubles.append)
        self.controller.state_taken.connect(self.states.append)
        self.controller.reset(config)

    def until(self, condition, timeout=30):
        end = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < end, "waited too long"
            frame = self.controller.poll()
            if frame is not None:
                self.frames.append(frame)
            self.qtbot.wait(1)

    def until_ready(self):
        self.until(lambda: self.controller.ready)

    def until_rest(self):
        c = self.controller
        self.until(lambda: c.resting and c.up_to_date)


@contextmanager
def benches(qtbot):
    """Makes benches, and closes them."""
    made = []

    def make(config=SMALL, ready=True):
        made.append(Bench(qtbot, config))
        if ready:
            made[-1].until_ready()
        return made[-1]

    yield make
    for b in made:
        assert b.controller.close()
        b.controller.deleteLater()
