"""How large the arrays of one training step are."""

from __future__ import annotations

from dataclasses import dataclass

from vae_gui.core.config import RunConfig
from vae_gui.core.network import DATA_DIM, Layout


@dataclass(frozen=True, slots=True)
class Shapes:
    """Shapes of every array of one training step, as the network computes them.

    Attributes:
        x: A batch, [B, 2].
        hidden_z: A hidden layer of the encoder, [B, H].
        posterior: mu_z and log sigma_z^2 each, [B, Z].
        z: The noise and the latents, [N, B, Z].
        hidden_x: A hidden layer of the decoder, [N B, H].
        likelihood: mu_x and log sigma_x^2 each, [N B, 2].
    """

    x: tuple[int, ...]
    hidden_z: tuple[int, ...]
    posterior: tuple[int, ...]
    z: tuple[int, ...]
    hidden_x: tuple[int, ...]
    likelihood: tuple[int, ...]

    @classmethod
    def of(cls, config: RunConfig) -> Shapes:
        """The shapes of a full batch."""
        batch = min(config.training.batch_size, config.data.examples)
        draws = config.training.noise_samples
        latent, hidden = config.model.latent, config.model.hidden_units
        return cls(
            (batch, DATA_DIM),
            (batch, hidden),
            (batch, latent),
            (draws, batch, latent),
            (draws * batch, hidden),
            (draws * batch, DATA_DIM),
        )


def parameter_count(plan: Layout, part: str) -> int:
    """How many weights the `encoder` or the `decoder` has."""
    return sum(e.stop - e.start for e in plan.entries if e.name.startswith(part))


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as `[128, 2]`."""
    return f"[{', '.join(map(str, shape))}]"
