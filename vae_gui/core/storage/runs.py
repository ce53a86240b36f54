"""A whole run in one `.vaerun` file, so that it can be looked at again and continued.

A safetensors container: losses, test points and snapshots as arrays, and the rows of a
file that was trained on, so that the run does not need it; configuration (TOML), changes of
settings and the trainer's generators as texts. Nothing in it is ever run, and every array is
checked against the model that the file declares.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from vae_gui import __version__
from vae_gui.core.config import RunConfig, from_toml, to_toml
from vae_gui.core.network import layout
from vae_gui.core.parameters import InvalidValue
from vae_gui.core.recording import SNAPSHOT_BYTES, Recording
from vae_gui.core.state import TrainerState
from vae_gui.core.storage.container import Container, read_container, write_container
from vae_gui.core.storage.data_files import own_file
from vae_gui.core.tables import Rows

FORMAT = "vae-gui run"
SCHEMA = 1
# twice the snapshots, plus 12 bytes for each of 50 million steps
RUN_LIMIT = 2 * SNAPSHOT_BYTES + 600 * 2**20
STATE = "state."  # put before the names of the trainer's arrays
ROWS = "rows"  # of a file of data, with a text of the same name


@dataclass(frozen=True, slots=True, eq=False)
class SavedRun:
    """What a run file holds.

    Attributes:
        config: The configuration in force when it was saved.
        recording: Losses, test points and snapshots.
        state: Where training stood, to continue to the bit.
    """

    config: RunConfig
    recording: Recording
    state: TrainerState


def save_run(path: Path, config: RunConfig, recording: Recording, state: TrainerState) -> None:
    """Write a run with the trainer's state, so that it can be continued.

    Raises:
        FileProblem: It cannot be written.
    """
    assert state.step == recording.steps, "a state of another moment"
    steps = recording.snapshot_steps
    size = layout(config.model).size
    arrays: dict[str, npt.NDArray[Any]] = {
        "losses": recording.losses,
        "test_at": recording.tests.at,
        "test_losses": recording.tests.losses,
        "snapshot_steps": np.array(steps, np.int64),
        "snapshots": _rows([recording.snapshot(s) for s in steps], np.float32, size),
    }
    named, rest = state.to_arrays()
    arrays |= {STATE + name: array for name, array in named.items()}
    metadata = {
        "format": FORMAT,
        "schema": str(SCHEMA),
        "program": f"vae-gui {__version__}",
        "config": to_toml(config),
        "changes": json.dumps(recording.changes),
        "state": json.dumps(rest),
    }
    distribution = own_file(config)
    if distribution is not None:
        rows = distribution.rows()
        arrays[ROWS] = rows.values
        metadata[ROWS] = json.dumps([*rows.names, rows.missing, rows.infinite])
    write_container(path, arrays, metadata)


def load_run(path: Path) -> SavedRun:
    """Read a run.

    Raises:
        FileProblem: It cannot be read, or is not a run that this program wrote.
    """
    container = read_container(path, RUN_LIMIT)
    _expect_run(container)
    try:
        config = from_toml(container.text("config"))
        _keep_rows(container, config)
        recording = _recording(container, layout(config.model).size)
        state = _state(container, layout(config.model).size)
    except InvalidValue as error:
        raise container.refuse(str(error)) from error
    if state.step != recording.steps:
        raise container.refuse(
            f"its losses end at step {recording.steps}, but training stood at step {state.step}"
        )
    return SavedRun(config, recording, state)


def _keep_rows(container: Container, config: RunConfig) -> None:
    """Have the rows in it at hand, wherever the file is by now."""
    distribution = own_file(config)
    if distribution is None or not distribution.digest or distribution.rows_in_memory():
        return
    values = container.array(ROWS, np.float64, None, 2)
    try:
        told = msgspec.json.decode(container.text(ROWS), type=tuple[str, str, int, int])
    except (msgspec.DecodeError, RecursionError):
        raise container.refuse(f"{ROWS!r} in it is damaged") from None
    if not np.isfinite(values).all():
        raise container.refuse(f"{ROWS!r} in it are not all finite")
    rows = Rows(values, told[:2], distribution.digest, *told[2:])
    distribution.expect_usable(rows)
    distribution.keep(rows)


def _rows(rows: list[Any], kind: type, width: int) -> npt.NDArray[Any]:
    return np.array(rows, kind).reshape(len(rows), width)


def _expect_run(container: Container) -> None:
    if container.metadata.get("format") != FORMAT:
        raise container.refuse("it is no run of this program")
    schema = container.text("schema")
    if not schema.isdecimal() or len(schema) > 9:
        raise container.refuse(f"its schema version is {schema[:20]!r}, not a number")
    if int(schema) > SCHEMA:
        raise container.refuse(
            f"it was written by a newer version (schema {schema}; this one reads {SCHEMA})"
        )


def _recording(container: Container, size: int) -> Recording:
    losses = container.array("losses", np.float32, None, 3)
    test_at = container.array("test_at", np.int64, None, 2)
    test_losses = container.array("test_losses", np.float64, len(test_at), 3)
    snapshot_steps = container.array("snapshot_steps", np.int64, None)
    snapshots = container.array("snapshots", np.float32, len(snapshot_steps), size)
    _expect_order(container, "snapshot_steps", snapshot_steps, len(losses))
    _expect_order(container, "test_at", test_at[:, 0], 2**31)
    _expect_order(container, "test_at", test_at[:, 1], len(losses))

    recording = Recording(size)
    recording.add_losses(losses)
    recording.tests.extend_rows(test_at, test_losses)
    for step, snapshot in zip(snapshot_steps.tolist(), snapshots, strict=True):
        recording.add_snapshot(step, snapshot)
    recording.changes.extend(_changes(container))
    return recording


def _expect_order(
    container: Container, name: str, values: npt.NDArray[np.int64], most: int
) -> None:
    """Refuse numbers that are not increasing from 0 to `most`; whoever searches relies on it."""
    # compared, not subtracted: differences of hostile integers wrap round
    increasing = bool((values[1:] > values[:-1]).all())
    if len(values) and not (increasing and values[0] >= 0 and values[-1] <= most):
        raise container.refuse(f"{name!r} in it is out of order")


def _changes(container: Container) -> list[tuple[int, str]]:
    try:
        return msgspec.json.decode(container.text("changes"), type=list[tuple[int, str]])
    except (msgspec.DecodeError, RecursionError):
        raise container.refuse("'changes' in it is damaged") from None


def _state(container: Container, size: int) -> TrainerState:
    names = [name for name in container.arrays if name.startswith(STATE)]
    if "state" not in container.metadata:
        raise container.refuse("it does not say where training stood, so it cannot be shown")
    try:  # not by msgspec: generators have integers of 128 bits
        rest = json.loads(container.text("state"))
    except (ValueError, RecursionError):
        rest = None
    if not isinstance(rest, dict):
        raise container.refuse("'state' in it is damaged")
    arrays = {name.removeprefix(STATE): container.array(name, np.float32, size) for name in names}
    return TrainerState.from_arrays(arrays, rest)
