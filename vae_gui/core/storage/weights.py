"""A model's weights as safetensors, under the names of the post's `state_dict`.

`safetensors.torch.load_file` gives a state_dict that the post's VAE loads.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from vae_gui import __version__
from vae_gui.core.config import ModelConfig
from vae_gui.core.network import layout
from vae_gui.core.storage.container import Container, read_container, write_container

LARGEST_MODEL = layout(ModelConfig(latent=8, hidden_units=512, hidden_layers=4)).size
WEIGHTS_LIMIT = 4 * LARGEST_MODEL + 2**20  # bytes: float32, and a generous header


def save_weights(path: Path, model: ModelConfig, parameters: npt.NDArray[np.float32]) -> None:
    """Write flat weights (P,) as named matrices.

    Raises:
        FileProblem: It cannot be written.
    """
    metadata = {
        "format": "pt",  # laid out as torch's state_dict
        "program": f"vae-gui {__version__}",
        "model": msgspec.json.encode(model).decode(),
    }
    write_container(path, layout(model).views(parameters), metadata)


def load_weights(path: Path, model: ModelConfig) -> npt.NDArray[np.float32]:
    """Read the weights of a model from a safetensors file, flat (P,).

    Raises:
        FileProblem: It cannot be read, or holds the weights of another model.
    """
    container = read_container(path, WEIGHTS_LIMIT)
    plan = layout(model)
    unknown = set(container.arrays) - {entry.name for entry in plan.entries}
    if unknown:
        raise container.refuse(f"{min(unknown)!r} in it is no weight of this model")
    _same_activation(container, model)
    flat = np.empty(plan.size, np.float32)
    for name, view in plan.views(flat).items():
        view[...] = container.array(name, np.float32, *view.shape)
    if not np.isfinite(flat).all():
        raise container.refuse("some of its weights are not finite numbers")
    return flat


def _same_activation(container: Container, model: ModelConfig) -> None:
    """Refuse weights that fit but were trained with another activation, where the file tells."""
    try:
        saved = msgspec.json.decode(container.metadata.get("model", "{}"), type=dict[str, object])
    except msgspec.DecodeError:
        return  # of another program; names and shapes have the say
    activation = saved.get("activation", model.activation)
    if activation != model.activation:
        raise container.refuse(
            f"its weights are for activation = {str(activation)[:20]!r}, not {model.activation!r}"
        )
