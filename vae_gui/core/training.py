"""A training run as a plain iterator of steps: pausing is not calling it.

Knows nothing of threads. Only with the torch engine, and not before its first step, is
torch imported.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec
import numpy as np

from vae_gui.core.config import RunConfig, TrainingConfig
from vae_gui.core.data import Dataset, display_noise, make_dataset, stream
from vae_gui.core.divergence import Diverged, Untrainable
from vae_gui.core.engine import (
    Engine,
    EngineFactory,
    NonFiniteLoss,
    StridingEngine,
    evaluate,
    examples_at_once,
)
from vae_gui.core.engines import engine_factory
from vae_gui.core.feed import Drawn, Feed, Place
from vae_gui.core.interrupting import Interrupted, never
from vae_gui.core.network import Losses, initialise, layout
from vae_gui.core.parameters import InvalidValue
from vae_gui.core.recording import TestPoint
from vae_gui.core.state import AdamState, Float32, TrainerState
from vae_gui.core.threads import use_one_blas_thread

__all__ = [
    "Dataset",
    "Diverged",
    "Interrupted",
    "Step",
    "Trainer",
    "TrainerState",
    "Untrainable",
    "display_noise",
    "evaluate",
    "make_dataset",
]


@dataclass(frozen=True, slots=True)
class Step:
    """One training step that was made.

    Attributes:
        index: Steps made, this one included.
        epoch: Epoch it belongs to, from 1.
        losses: Training losses on its batch, from before its update.
        test: The test loss from after its update, on the last step of an epoch.
    """

    index: int
    epoch: int
    losses: Losses
    test: TestPoint | None


class Trainer:
    """Trains one model: an iterator of `Step`. Equal configurations give bit-identical runs.

    Constructing it draws the data and measures the untrained model; the engine is
    made by the first step, or by `warm_up`. Call it from one thread at a time.
    A batch never holds more than the training set: larger batch sizes act as its size.

    Args:
        config: What to do.
        data: The points, if `make_dataset` has drawn them already.
        engine: What makes the steps; the configuration chooses if it is not given.
        wants_stop: Asked now and then during long work; then the step is not made.

    Attributes:
        plan: Layout of the weights.
        data: The points. Where they have a `scaling`, only this class knows of it.
        untrained: The test loss of the initial weights.

    Raises:
        Untrainable: The initial weights have no finite test loss.
        Interrupted: `wants_stop` said so while the untrained model was measured.
    """

    def __init__(
        self,
        config: RunConfig,
        data: Dataset | None = None,
        engine: EngineFactory | None = None,
        wants_stop: Callable[[], bool] = never,
    ) -> None:
        use_one_blas_thread()
        self._wants_stop = wants_stop
        seed = config.training.seed
        self._config = config
        self.plan = layout(config.model)
        self.data = make_dataset(config.data) if data is None else data
        self._adam = AdamState(initialise(self.plan, stream(seed, "initialisation")))
        streams = stream(seed, "shuffling"), stream(seed, "noise")
        self._scaling = self.data.scaling
        self._fed, self._tested = self._seen(self.data.train), self._seen(self.data.test)
        self._feed = Feed(self._fed, config.model.latent, *streams)
        self._test_noise = np.empty((0, 0, 0), np.float32)  # [N, m, Z], drawn when first used
        self._step = 0
        self._engine_factory = engine or engine_factory(config.training)
        self._engine: Engine | None = None
        self.untrained = TestPoint(0, 0, self._test(wants_stop))
        if not math.isfinite(self.untrained.losses.total):
            raise Untrainable(self.untrained.losses)

    @property
    def config(self) -> RunConfig:
        """The configuration in force, live changes included."""
        return self._config

    @property
    def parameters(self) -> Float32:
        """The weights now, (P,), as those of a model of the points: copy them to keep them."""
        trained = self._adam.parameters
        if self._scaling is None:
            return trained
        return np.asarray(self._scaling.unscaled(self.plan, trained), np.float32)

    @property
    def step(self) -> int:
        """Steps made."""
        return self._step

    @property
    def epoch(self) -> int:
        """The epoch under way or just ended, 0 before the first step."""
        return self._feed.epoch

    @property
    def finished(self) -> bool:
        """Whether no step is left; raising the number of epochs gives more."""
        return self._feed.left == 0 and self.epoch >= self._config.training.epochs

    @property
    def total_steps(self) -> int:
        """Steps made and steps left at the current batch size."""
        size, epochs = self._config.training.batch_size, self._config.training.epochs
        whole = max(0, epochs - self.epoch) * math.ceil(len(self.data.train) / size)
        return self._step + math.ceil(self._feed.left / size) + whole

    def __iter__(self) -> Iterator[Step]:
        return self

    def __next__(self) -> Step:
        """Make one step.

        Raises:
            StopIteration: The run is over.
            Diverged: A loss is not finite. The update that led there is undone, so
                that `parameters` are the last that gave a finite loss; after
                `configure` with a lower learning rate the run may go on.
            Interrupted: `wants_stop` said so: all is as it was before this call.
        """
        if self.finished:
            raise StopIteration
        engine = self._engine or self.warm_up()
        whole = self.state() if self._takes_long() else None
        before, drawn = self._feed.place, self._draw(1)
        noise = drawn.noise.reshape(-1, len(drawn.x), self._config.model.latent)  # [N, B, Z]
        try:
            losses = self._of_points(engine.step(drawn.x, noise, self._wants_stop))
            test = self._end_of_epoch() if drawn.ends[0] else None
        except NonFiniteLoss as error:
            raise self._diverged(before, error) from None
        except Interrupted:
            assert whole is not None, "a step in one part is not interrupted"
            self.restore(whole)
            raise
        self._step += 1
        return Step(self._step, self.epoch, losses, test)

    def advance(self, most: int, trail: Float32 | None = None) -> list[Step]:
        """Make up to `most` steps, at least one: the same as `next` makes one by one, sooner.

        If a later step fails, those before it are returned, and the next call raises.

        Args:
            most: Steps to make at most; the engine may make but one at a time.
            trail: (n, P) for the weights after each of up to n steps.

        Raises:
            StopIteration: As `next` does, and all else that it raises.
        """
        engine = self._engine or self.warm_up()
        together = most if trail is None else min(most, len(trail))
        if together < 2 or not isinstance(engine, StridingEngine) or self._takes_long():
            step = next(self)
            if trail is not None:
                trail[0] = self.parameters
            return [step]
        if self.finished:
            raise StopIteration
        light = len(self.data.test) <= self._at_once()
        before, drawn = self._feed.place, self._draw(together, light)
        try:
            made, tests = engine.stride(drawn, self._tested, self._noise_of_test(), trail)
        except NonFiniteLoss as error:
            raise self._diverged(before, error) from None
        if len(made) < len(drawn.sizes):
            self._feed.go_to(before)
            self._draw(len(made), light)
        if self._scaling is not None:
            made = [self._scaling.of_points(losses) for losses in made]
            tests = {i: self._scaling.of_points(losses) for i, losses in tests.items()}
            if trail is not None:
                trail[: len(made)] = self._scaling.unscaled(self.plan, trail[: len(made)])
        begins = before.position == len(self.data.train)
        return self._told(made, tests, before.epoch + begins)

    def _seen(self, x: Float32) -> Float32:
        """Points (n, 2) as the networks under training see them."""
        return x if self._scaling is None else self._scaling.standardised(x)

    def _of_points(self, losses: Losses) -> Losses:
        """Losses under training as those of the points themselves."""
        return losses if self._scaling is None else self._scaling.of_points(losses)

    def _draw(self, steps: int, across: bool = False) -> Drawn:
        training = self._config.training
        size, samples = training.batch_size, training.noise_samples
        return self._feed.draw(size, samples, steps, training.epochs, across)

    def _at_once(self) -> int:
        return examples_at_once(self.plan, self._config.training.noise_samples)

    def _diverged(self, before: Place, error: NonFiniteLoss) -> Diverged:
        """Go back to the last weights that gave a finite loss; what is to be raised then."""
        self._feed.go_to(before)
        self._adam.undo()
        return Diverged(self._step + 1, str(error))

    def _told(self, made: list[Losses], tests: dict[int, Losses], epoch: int) -> list[Step]:
        """The steps of a stride whose first belongs to `epoch`."""
        steps: list[Step] = []
        for i, losses in enumerate(made):
            self._step += 1
            test = TestPoint(epoch, self._step, tests[i]) if i in tests else None
            steps.append(Step(self._step, epoch, losses, test))
            epoch += i in tests
        return steps

    def _takes_long(self) -> bool:
        """Whether the next step, or the test after it, is computed in several parts."""
        training, test = self._config.training, self.data.test
        left = self._feed.left or len(self.data.train)
        size = min(training.batch_size, left)
        most = max(size, len(test)) if size == left else size
        return most > self._at_once()

    def warm_up(self) -> Engine:
        """Make the engine now, in the thread that will train, rather than in the first step."""
        if self._engine is None:
            training = self._config.training
            self._engine = self._engine_factory(
                self.plan, self._adam, training.learning_rate, training.beta
            )
        return self._engine

    def configure(self, training: TrainingConfig) -> None:
        """Change live settings between two steps; all others stay those of the run.

        Another batch size goes on at the same example of the epoch. More epochs
        continue a finished run; fewer than made end it with the epoch under way.
        """
        fixed = self._config.training
        training = msgspec.structs.replace(
            training, seed=fixed.seed, engine=fixed.engine, device=fixed.device
        )
        self._config = msgspec.structs.replace(self._config, training=training)
        if self._engine is not None:
            self._engine.learning_rate = training.learning_rate
            self._engine.beta = training.beta

    def state(self) -> TrainerState:
        """Everything that training has changed, copied."""
        values = self._adam.values.copy()
        values.flags.writeable = False
        count, previous_count = self._adam.counts
        epoch, position, shuffling, noise = self._feed.place
        return TrainerState(
            values, self._step, epoch, position, count, previous_count, shuffling, noise
        )

    def restore(self, state: TrainerState) -> None:
        """Become what a run of the same data, model and seed was; the settings stay as they are.

        Raises:
            InvalidValue: The state is of another model or another training set.
        """
        if state.values.shape != self._adam.values.shape:
            reason = f"it must be a state of a model with {self.plan.size:,} weights"
            raise InvalidValue("state.parameters", len(state.parameters), reason)
        size = len(self.data.train)
        if state.position > size or (state.epoch == 0 and state.position != size):
            reason = f"it does not fit a training set of {size:,} examples"
            raise InvalidValue("state.position", state.position, reason)
        self._adam.values[...] = state.values
        self._adam.counts[:] = state.count, state.previous_count
        self._feed.go_to(Place(state.epoch, state.position, state.shuffling, state.noise))
        self._step = state.step

    def test(self) -> TestPoint:
        """The test loss of the weights now, in the midst of an epoch too.

        Its epoch is the last that was completed. Losses that are not finite are told
        as they are. Nothing that training draws from is touched.
        """
        completed = self.epoch - (self._feed.left > 0)
        return TestPoint(completed, self._step, self._test(never))

    def undo(self) -> None:
        """Undo the last update, once: the weights before it are known to give a finite loss."""
        self._adam.undo()

    def _end_of_epoch(self) -> TestPoint:
        losses = self._test(self._wants_stop)
        if not math.isfinite(losses.total):
            raise NonFiniteLoss("test", losses)
        return TestPoint(self.epoch, self._step + 1, losses)

    def _test(self, wants_stop: Callable[[], bool]) -> Losses:
        """The test loss of the weights now, always with the same noise.

        Raises:
            Interrupted: It was no longer wanted.
        """
        training, noise = self._config.training, self._noise_of_test()
        weights, at_once = self._adam.parameters, self._at_once()
        losses = evaluate(
            self.plan, weights, self._tested, noise, training.beta, at_once, wants_stop
        )
        return self._of_points(losses)

    def _noise_of_test(self) -> Float32:
        """[N, m, Z], the same whenever N is."""
        training = self._config.training
        if len(self._test_noise) != training.noise_samples:
            shape = (training.noise_samples, len(self.data.test), self._config.model.latent)
            self._test_noise = stream(training.seed, "test noise").standard_normal(shape, "f")
        return self._test_noise
