"""Everything exact about one model at one moment, each thing computed when first asked for.

Panels and metrics that look at the same weights share one of these, so that nodes, densities
and posteriors are computed once. It never changes what it was made of. Each property may take
from milliseconds to seconds: ask for it in a job, from one thread at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from vae_gui.core.config import RunConfig
from vae_gui.core.data import stream
from vae_gui.core.decomposition import Decomposition, Gaps, decompose, gaps
from vae_gui.core.density import PointDensity, Resolved, resolved
from vae_gui.core.discrepancy import POINTS, Comparison, Reference, compare, reference
from vae_gui.core.engine import evaluate, examples_at_once
from vae_gui.core.interrupting import never
from vae_gui.core.network import Floats, Losses, layout
from vae_gui.core.posteriors import (
    Bound,
    Gaussians,
    Ladder,
    Lens,
    Surgery,
    bound,
    encoded,
    ladder,
    look,
    surgery,
)
from vae_gui.core.regret import BatchFloors
from vae_gui.core.state import Float32
from vae_gui.core.views import DisplayNoise, Truth, generate

TESTED = 10_000  # test points that are looked at, at most
FITTED = 500  # points for which the best Gaussian is searched


class Analysis:
    """One model beside the truth.

    Args:
        config: Of the run.
        truth: The data and their known density.
        parameters: The weights, (P,); not copied, and not to be changed meanwhile.
        wants_stop: Asked now and then; then what is being computed raises `Interrupted`.

    Attributes:
        plan: Layout of the weights.
        x: The test points that are looked at, the first `TESTED`, (n, 2).
        wants_stop: As given.
    """

    def __init__(
        self,
        config: RunConfig,
        truth: Truth,
        parameters: Floats,
        wants_stop: Callable[[], bool] = never,
    ) -> None:
        self.config = config
        self.truth = truth
        self.parameters = parameters
        self.plan = layout(config.model)
        self.x = truth.test[:TESTED]
        self.wants_stop = wants_stop

    @cached_property
    def resolved(self) -> Resolved:
        """The decoder at as many quadrature nodes as it takes: 10 ms to 1 s."""
        return resolved(self.plan, self.parameters, self.x, wants_stop=self.wants_stop)

    @cached_property
    def density(self) -> PointDensity:
        """Exact log p_theta of the test points: 0.1 s, 3 s for a hard one of a latent of 3."""
        return self.resolved.learned.log_prob(self.x, self.wants_stop)

    @cached_property
    def tested(self) -> Losses:
        """The test loss of the whole test set, by the noise that the trainer tests with."""
        training, test = self.config.training, self.truth.test
        shape = (training.noise_samples, len(test), self.config.model.latent)
        noise = stream(training.seed, "test noise").standard_normal(shape, np.float32)
        at_once = examples_at_once(self.plan, training.noise_samples)
        weights = self.parameters.astype(np.float32, copy=False)
        return evaluate(self.plan, weights, test, noise, training.beta, at_once, self.wants_stop)

    @cached_property
    def encoded(self) -> Gaussians:
        """The encoder's q(z|x) of the test points: some ms."""
        return encoded(self.plan, self.parameters, self.x, self.wants_stop)

    @cached_property
    def bound(self) -> Bound:
        """The loss of the test points, averaged over q exactly: 0.1 s."""
        return bound(self.plan, self.parameters, self.x, self.encoded, self.wants_stop)

    @cached_property
    def gaps(self) -> Gaps:
        """The loss of the test points in parts: 0.3 s, 2 s for a latent of 3."""
        return gaps(*(self.plan, self.parameters, self.x, self.resolved, FITTED, self.wants_stop))

    @cached_property
    def decomposition(self) -> Decomposition:
        """Where the nats of the test loss go; costs what `gaps` costs."""
        samples = self.config.training.noise_samples
        return decompose(self.truth.distribution, self.x, self.gaps, samples)

    @cached_property
    def comparison(self) -> Comparison:
        """Both densities on one grid, and their divergences: 0.05 to a few s."""
        return compare(self.truth.distribution, self.resolved, self.wants_stop)

    @cached_property
    def surgery(self) -> Surgery:
        """The rate in two parts: 0.1 s, 1 s for latents above 2."""
        return surgery(self.encoded, self.wants_stop)

    @cached_property
    def ladder(self) -> Ladder:
        """Bounds on the mean log p_theta of the test points: 50 ms."""
        rng = stream(self.config.training.seed, "metrics")
        return ladder(self.plan, self.parameters, self.x, self.encoded, rng, self.wants_stop)

    @cached_property
    def reference(self) -> Reference:
        """True points and what chance does to distances between them: 1 s, once a run."""
        return reference(self.truth.distribution)

    @cached_property
    def generated(self) -> Float32:
        """As many generated points as there are points of reference, (n, 2)."""
        rng = stream(self.config.training.seed, "metrics")
        noise = DisplayNoise.draw(POINTS, self.config.model.latent, rng)
        return np.asarray(generate(self.plan, self.parameters, noise)[0], np.float32)

    def batch_floors(self) -> BatchFloors:
        """The floors of the run's batches, from the first on: ms to s, as log p is fast or slow."""
        truth, seed = self.truth, self.config.training.seed
        return BatchFloors(truth.distribution, truth.train, seed, self.wants_stop)

    def lens(self, x: Floats) -> Lens:
        """One point (2,) under the lens: some 10 ms."""
        return look(self.plan, self.parameters, x, self.resolved, self.wants_stop)
