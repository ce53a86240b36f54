"""Arrays and texts in one safetensors file, read without running anything from it.

What the arrays mean is the business of `weights` and `runs`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_gui.core.storage.files import FileProblem, atomic_write, read_file

DTYPES = {"F32": np.float32, "F64": np.float64, "I64": np.int64, "U8": np.uint8}


@dataclass(frozen=True, slots=True, eq=False)
class Container:
    """What a container file holds.

    Attributes:
        path: Where it was read, for messages.
        metadata: Texts by name.
        arrays: Arrays by name.
    """

    path: Path
    metadata: dict[str, str]
    arrays: dict[str, npt.NDArray[Any]]

    def refuse(self, reason: str) -> FileProblem:
        """The complaint that this file cannot be used."""
        return FileProblem.about("read", self.path, reason)

    def text(self, name: str) -> str:
        """One text of the metadata.

        Raises:
            FileProblem: There is none of that name.
        """
        if name not in self.metadata:
            raise self.refuse(f"{name!r} is missing in it")
        return self.metadata[name]

    def array(self, name: str, kind: type, *shape: int | None) -> npt.NDArray[Any]:
        """One array of a kind of numbers and a shape, None where any length will do.

        Raises:
            FileProblem: There is none of that name, or it is of another kind or shape.
        """
        if name not in self.arrays:
            raise self.refuse(f"{name!r} is missing in it")
        array = self.arrays[name]
        fits = array.ndim == len(shape) and all(
            wanted in (None, given) for wanted, given in zip(shape, array.shape, strict=True)
        )
        if array.dtype != kind or not fits:
            wanted = ", ".join("any" if n is None else str(n) for n in shape)
            raise self.refuse(
                f"{name!r} is {array.dtype} of shape {array.shape} in it, "
                f"not {np.dtype(kind)} of shape ({wanted})"
            )
        return array


def write_container(
    path: Path, arrays: Mapping[str, npt.NDArray[Any]], metadata: Mapping[str, str]
) -> None:
    """Write arrays and texts as a safetensors file.

    Raises:
        FileProblem: It cannot be written.
    """
    from safetensors.numpy import save

    # safetensors copies memory as it lies, so a strided view would be written wrongly
    dense = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    atomic_write(path, save(dense, dict(metadata)))


def read_container(path: Path, limit: int) -> Container:
    """Read a safetensors file of at most `limit` bytes; its arrays cannot be written to.

    Raises:
        FileProblem: It cannot be read, or is not a sound safetensors file.
    """
    from safetensors import SafetensorError, deserialize

    data = read_file(path, limit)
    try:  # checks that header, shapes and offsets agree with each other and with the length
        tensors = deserialize(data)  # type: ignore[no-untyped-call]
        arrays = {name: _array(name, tensor) for name, tensor in tensors}
    except SafetensorError:
        reason = "it is not a safetensors file, or is damaged"
        raise FileProblem.about("read", path, reason) from None
    except (ValueError, OverflowError) as error:
        raise FileProblem.about("read", path, str(error)) from None
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return Container(path, header.get("__metadata__") or {}, arrays)


def _array(name: str, tensor: Mapping[str, Any]) -> npt.NDArray[Any]:
    if tensor["dtype"] not in DTYPES:
        raise ValueError(f"{name!r} is of type {tensor['dtype']}; known are {', '.join(DTYPES)}")
    array = np.frombuffer(tensor["data"], DTYPES[tensor["dtype"]]).reshape(tensor["shape"])
    array.flags.writeable = False
    return array
