"""What a run can give away as numbers: one entry here is one entry in the File menu."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vae_gui.core.distributions import told
from vae_gui.core.storage import (
    save_arrays,
    save_columns,
    save_config,
    save_test_losses,
    save_train_losses,
    save_weights,
)
from vae_gui.core.views import Truth
from vae_gui.ui.frame import Frame


@dataclass(frozen=True, slots=True)
class DataExport:
    """One kind of file that a moment of a run can be written to.

    Attributes:
        key: Short unique name, also the file's suggested name.
        label: Its words in the menu.
        help: One sentence on what is in the file.
        formats: (words, suffix) of each format, the usual one first.
        write: Writes the file; raises FileProblem.
    """

    key: str
    label: str
    help: str
    formats: tuple[tuple[str, str], ...]
    write: Callable[[Frame, Truth, Path], None]


CSV = ("Table", ".csv")


def _samples(frame: Frame, truth: Truth, path: Path) -> None:
    with_noise, no_noise = frame.picture.samples, frame.picture.means  # (n, 2)
    log_prob = {  # (n,)
        told("true_log_prob", truth.distribution.exact): truth.distribution.log_prob(with_noise)
    }
    if path.suffix.lower() == ".csv":
        (x1, x2), (mean_x1, mean_x2) = with_noise.T, no_noise.T
        columns = {"x1": x1, "x2": x2, "mean_x1": mean_x1, "mean_x2": mean_x2}
        save_columns(path, columns | log_prob)
    else:
        save_arrays(
            path,
            samples_with_noise=with_noise,
            samples_no_noise=no_noise,
            **log_prob,
            train_data=truth.train,
            test_data=truth.test,
        )


EXPORTS = (
    DataExport(
        "train_losses",
        "Training losses",
        "Step, epoch, total, reconstruction and KL of every training step, in nats.",
        (CSV,),
        lambda frame, truth, path: save_train_losses(path, frame.recording),
    ),
    DataExport(
        "test_losses",
        "Test losses",
        "Epoch, step, total, reconstruction and KL of every test, in nats; epoch 0 is untrained.",
        (CSV,),
        lambda frame, truth, path: save_test_losses(path, frame.recording.tests),
    ),
    DataExport(
        "samples",
        "Samples",
        "The generated points shown, with the log density (nats) that the truth gives each, and "
        "without decoder noise; the NPZ holds the data too.",
        (("NumPy arrays", ".npz"), CSV),
        _samples,
    ),
    DataExport(
        "model",
        "Weights",
        "All weights at the step shown, under the names of the model's state_dict.",
        (("Weights", ".safetensors"),),
        lambda frame, truth, path: save_weights(path, frame.config.model, frame.picture.parameters),
    ),
    DataExport(
        "config",
        "Configuration",
        "Everything that determines the run.",
        (("Configuration", ".toml"),),
        lambda frame, truth, path: save_config(path, frame.config),
    ),
)
