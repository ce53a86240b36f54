"""A small model trained for real, recorded as the window records it."""

from functools import cache

from vae_gui.core.config import DataConfig, ModelConfig, RunConfig, TrainingConfig
from vae_gui.core.recording import Recording
from vae_gui.core.training import Trainer, display_noise
from vae_gui.core.views import draw_picture, view_truth
from vae_gui.ui.frame import Frame

CONFIG = RunConfig(
    data=DataConfig(train_size=500, test_size=100),
    model=ModelConfig(hidden_units=16),
    training=TrainingConfig(epochs=40, batch_size=50, learning_rate=1e-2),
)
EPOCH = 10  # steps


class ShortRun:
    """A run that goes on when told to; its frames are those of its latest step."""

    def __init__(self, run=1):
        self.run = run
        self.trainer = Trainer(CONFIG)
        self.noise = display_noise(CONFIG)
        self.recording = Recording(self.trainer.plan.size)
        self.recording.tests.append(self.trainer.untrained)
        self._keep_weights()

    def _keep_weights(self):
        weights = self.trainer.parameters.copy()
        self.recording.add_snapshot(self.trainer.step, weights)

    def train(self, steps):
        for _ in range(steps):
            step = next(self.trainer)
            self.recording.add_losses(step.losses)
            if step.test is not None:
                self.recording.tests.append(step.test)
            self._keep_weights()
        return self

    def frame(self):
        t = self.trainer
        picture = draw_picture(t.plan, t.parameters, self.noise, t.data.test, t.step, t.epoch)
        return Frame(self.run, CONFIG, t.plan, self.noise, picture, self.recording)


@cache
def short_truth():
    data = Trainer(CONFIG).data
    return view_truth(CONFIG.data.distribution, data.train, data.test)
