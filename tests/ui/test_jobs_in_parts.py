"""What panels ask is computed in short parts: between any two the thread may rest, or stop."""

import numpy as np
import pytest

from vae_gui.core.analysis import Analysis
from vae_gui.core.config import ModelConfig, RunConfig
from vae_gui.core.diagnostics import METRICS
from vae_gui.core.interrupting import interruptible
from vae_gui.core.kernel import ModelKernel
from vae_gui.core.recording import Recording
from vae_gui.core.training import Trainer
from vae_gui.core.views import view_truth
from vae_gui.ui.panels.data_space_learned import AskLearned
from vae_gui.ui.panels.latent_aggregate import AskAggregate
from vae_gui.ui.panels.lens_question import LensQuestion
from vae_gui.ui.panels.metrics_history import MetricsQuestion
from vae_gui.ui.panels.nats_moments import NatsQuestion

MOST = 350_000  # numbers that cost 5 to 20 ns each: some milliseconds
FLOAT32 = 8  # times as fast
COSTLY = ("exp", "log", "tanh", "logaddexp", "sort", "argsort")
QUESTIONS = {
    "learned": (AskLearned, lambda run: {}),
    "aggregate": (
        AskAggregate,
        lambda run: {"dims": run.dims, "reach": 4.6, "density": True, "surgery": True},
    ),
    "lens": (LensQuestion, lambda run: {"x": (0.5, 0.5), "dims": run.dims}),
    "nats": (NatsQuestion, lambda run: {}),
    "metrics": (
        MetricsQuestion,
        lambda run: {"metrics": METRICS, "epoch": 0, "recording": Recording(len(run.weights))},
    ),
}


class Run:
    """An untrained model of the default size; what is asked of it costs what it always does."""

    def __init__(self, latent):
        self.config = RunConfig(model=ModelConfig(latent=latent))
        trainer = Trainer(self.config)
        self.weights = trainer.parameters.copy()
        data = trainer.data
        self.truth = view_truth(self.config.data.source, data.train, data.test)
        self.dims = (0, 1) if latent > 1 else (0,)

    def question(self, name):
        kind, more = QUESTIONS[name]
        known = {"run": 1, "step": 1, "config": self.config, "parameters": self.weights}
        return kind(**known, **more(self))


class Meter:
    """Counts what is computed from one look at whether it is wanted to the next."""

    def __init__(self, patch):
        self.since = self.most = self.total = 0
        for name in COSTLY:
            patch.setattr(np, name, self.counted(getattr(np, name)))
        forward = ModelKernel.forward

        def counted_forward(kernel, part, weights, inputs):
            shape = kernel._shape
            self.count(inputs.shape[1] * shape.hidden * shape.layers // FLOAT32)
            return forward(kernel, part, weights, inputs)

        patch.setattr(ModelKernel, "forward", counted_forward)

    def counted(self, function):
        def counting(*arguments, **named):
            found = function(*arguments, **named)
            single = getattr(found, "dtype", None) == np.float32
            self.count(np.size(found) // (FLOAT32 if single else 1))
            return found

        return counting

    def count(self, numbers):
        self.since += numbers
        self.total += numbers

    def wants_stop(self):
        self.most, self.since = max(self.most, self.since), 0
        return False


@pytest.fixture(scope="module", params=[1, 2, 3], ids="latent {}".format)
def run(request):
    return Run(request.param)


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_part_of_an_answer_is_long(run, name, monkeypatch):
    question = run.question(name)
    with monkeypatch.context() as patch, np.errstate(all="ignore"):
        meter = Meter(patch)
        with interruptible(meter.wants_stop):
            question.answer(Analysis(run.config, run.truth, run.weights, meter.wants_stop))
        meter.wants_stop()
    assert meter.total > MOST // 2, "it is not counted"
    assert meter.most <= MOST
