"""What is drawn: a moment of a run, live or recorded, and the points a person has chosen."""

from __future__ import annotations

from dataclasses import dataclass

from vae_gui.core.config import RunConfig
from vae_gui.core.network import Layout
from vae_gui.core.recording import Recording
from vae_gui.core.views import DisplayNoise, Picture


@dataclass(frozen=True, slots=True)
class Chosen:
    """The points under the lens; they stay whatever becomes of the run.

    Attributes:
        x: In data space, None for none.
        z: In the latent space, a coordinate a dimension; None for none.
    """

    x: tuple[float, float] | None = None
    z: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """All that can be drawn of a run at one moment.

    Attributes:
        run: Number of the run; another number is another run.
        config: The configuration in force.
        plan: Where each weight lies.
        noise: The fixed noise behind generated points.
        picture: The model at the step shown.
        recording: Losses, test points and snapshots up to now; only to be read.
    """

    run: int
    config: RunConfig
    plan: Layout
    noise: DisplayNoise
    picture: Picture
    recording: Recording

    @property
    def planned_steps(self) -> int:
        """How many steps the run takes, as it is configured now."""
        data, training = self.config.data, self.config.training
        return training.epochs * -(-data.examples // training.batch_size)
