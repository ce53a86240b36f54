"""Numbers of a run as tables that other programs read: CSV, NPZ and JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_gui.core.recording import Recording, TestPoint
from vae_gui.core.storage.files import FileProblem, atomic_write, replacing

LOSS_COLUMNS = ("total", "reconstruction", "kl")
FLOAT32 = "%.9g"  # as many digits as bring the same float32 back
FLOAT64 = "%r"  # likewise, and no more than needed


def save_train_losses(path: Path, recording: Recording) -> None:
    """Write the training loss of every step as CSV: step, epoch, total, reconstruction, kl.

    Raises:
        FileProblem: It cannot be written.
    """
    steps = range(1, recording.steps + 1)
    row = f"%d,%d,{FLOAT32},{FLOAT32},{FLOAT32}"
    rows = zip(steps, recording.epochs().tolist(), *recording.losses.T.tolist(), strict=True)
    atomic_write(path, _csv(("step", "epoch", *LOSS_COLUMNS), (row % values for values in rows)))


def save_test_losses(path: Path, tests: Sequence[TestPoint]) -> None:
    """Write test losses as CSV: epoch (0: untrained), step, total, reconstruction, kl.

    Raises:
        FileProblem: It cannot be written.
    """
    rows = (f"{t.epoch},{t.step}," + ",".join(map(repr, map(float, t.losses))) for t in tests)
    atomic_write(path, _csv(("epoch", "step", *LOSS_COLUMNS), rows))


def save_columns(path: Path, columns: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write arrays (n,) of equal lengths as the columns of a CSV file.

    Raises:
        FileProblem: It cannot be written.
    """
    formats = [FLOAT32 if c.dtype == np.float32 else FLOAT64 for c in columns.values()]
    row = ",".join(formats)
    rows = zip(*(c.tolist() for c in columns.values()), strict=True)
    atomic_write(path, _csv(tuple(columns), (row % values for values in rows)))


def save_arrays(path: Path, **arrays: npt.NDArray[Any]) -> None:
    """Write named arrays as NPZ.

    Raises:
        FileProblem: It cannot be written, or its name does not end in `.npz`.
    """
    if path.suffix.lower() != ".npz":
        raise FileProblem.about("write", path, "its name must end in .npz or .csv")
    with replacing(path) as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy 1.26 declares too little


def save_metrics(path: Path, metrics: Mapping[str, Any]) -> None:
    """Write numbers by name as JSON; what is not finite becomes null, as JSON has no word for it.

    Tables, lists and texts may stand beside the numbers.

    Raises:
        FileProblem: It cannot be written.
    """
    atomic_write(path, json.dumps(_finite(metrics), indent=2) + "\n")


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_finite(v) for v in value]
    return value if isinstance(value, str) or math.isfinite(value) else None


def save_rows(path: Path, header: tuple[str, ...], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows of numbers and plain words as CSV.

    Raises:
        FileProblem: It cannot be written.
    """
    atomic_write(path, _csv(header, (",".join(map(str, row)) for row in rows)))


def _csv(header: tuple[str, ...], rows: Iterable[str]) -> str:
    return "\n".join([",".join(header), *rows, ""])
