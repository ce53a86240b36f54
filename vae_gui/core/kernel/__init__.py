"""The networks, the loss's gradient and Adam in C, called without holding the interpreter.

`vae.c` says in C what `vae_gui.core.analytic` says in NumPy. It is compiled when the program
is installed, if there is a C compiler, and everything works without it, only slower: `load`
gives None then. Functions take weights as one flat vector, float32 (several versions, the
best for the processor is taken) or float64 (for tests). The library also holds `stamp.c`,
which has nothing to do with networks: see `vae_gui.core.kernel.stamp`.

Shapes: B examples, N noise samples, Z latent dimensions, P weights, D = 2.
"""

from __future__ import annotations

import ctypes
import hashlib
import threading
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_gui.core.config import ModelConfig

Floats = npt.NDArray[np.floating]
Float64 = npt.NDArray[np.float64]

FOLDER = Path(__file__).parent
LIBRARY = FOLDER / "vae.kernel"  # a shared library; not .so, which Python takes for a module
LEVELS = {1: "", 3: "AVX2", 4: "AVX-512"}
ACTIVATIONS = ("tanh", "relu", "silu", "gelu", "identity")  # as `enum activation` has them
ALIGNMENT = 64  # bytes, of the longest vector

POINTER, LONG, DOUBLE = ctypes.c_void_p, ctypes.c_long, ctypes.c_double
SIGNATURES: dict[str, tuple[Any, ...]] = {  # the result, then the arguments, as in vae.c
    "vae_memory": (LONG, POINTER),
    "vae_part": (None, *[POINTER] * 3, LONG, POINTER, *[LONG] * 3, DOUBLE, *[POINTER] * 3),
    "vae_adam": (None, LONG, *[POINTER] * 4, LONG, DOUBLE),
    "vae_stride": (LONG, POINTER, LONG, *[POINTER] * 3, *[DOUBLE] * 2, *[POINTER] * 5),
    "vae_forward": (None, POINTER, ctypes.c_int, *[POINTER] * 2, *[LONG] * 3, *[POINTER] * 2),
    "vae_generate": (None, *[POINTER] * 2, *[LONG] * 2, *[POINTER] * 2, LONG, *[POINTER] * 3),
}


class _Shape(ctypes.Structure):
    """`struct shape` of vae.c."""

    _fields_ = [(name, ctypes.c_int32) for name in ("latent", "hidden", "layers", "activation")]


class _Stride(ctypes.Structure):
    """`struct stride` of vae.c."""

    _fields_ = [
        *((name, POINTER) for name in ("x", "noise", "sizes", "ends", "test_x", "test_noise")),
        *((name, ctypes.c_int64) for name in ("steps", "samples", "tested")),
    ]


class Kernel:
    """The functions of the library for float32 and float64.

    Args:
        library: What was built.
        most: The highest level of instructions to use, of `LEVELS`.

    Attributes:
        level: The instructions that float32 uses, such as `AVX2`; empty for the plainest.
        most: The highest level of instructions that may be used.
    """

    def __init__(self, library: ctypes.CDLL, most: int = max(LEVELS)) -> None:
        most = min(most, library.vae_level())
        level = max(n for n in LEVELS if n <= most and hasattr(library, f"vae_part_{n}"))
        self.level, self.most = LEVELS[level], most
        self._functions = {
            np.dtype(np.float32): _typed(library, f"_{level}"),
            np.dtype(np.float64): _typed(library, "_double"),
        }

    def of(self, model: ModelConfig, dtype: npt.DTypeLike) -> ModelKernel:
        """The functions for one architecture and one kind of number."""
        return _of(self, model, np.dtype(dtype))


class ModelKernel:
    """The functions for one architecture. May be called from several threads at once.

    All arrays given have the kind of number that it was made for.
    """

    def __init__(self, functions: dict[str, Any], model: ModelConfig, dtype: np.dtype[Any]) -> None:
        kind = ACTIVATIONS.index(model.activation)
        self._shape = _Shape(model.latent, model.hidden_units, model.hidden_layers, kind)
        self._at = ctypes.addressof(self._shape)
        self._functions = functions
        self._dtype = dtype
        self._memory = _Memory(functions["vae_memory"](self._at), dtype)
        self._outputs = 2 * 2, 2 * model.latent

    def forward(self, part: str, weights: Floats, inputs: Floats) -> Floats:
        """The outputs [mu; log sigma^2] (..., 2 D_out, B) of the `encoder` or `decoder`.

        Args:
            part: Which network.
            weights: (..., P); each row's outputs are to the bit as if it were alone.
            inputs: [D_in, B].
        """
        rows = np.ascontiguousarray(weights).reshape(-1, weights.shape[-1])
        n = inputs.shape[1]
        outputs = np.empty((len(rows), self._outputs[part == "encoder"], n), self._dtype)
        down, along = (step // self._dtype.itemsize for step in inputs.strides)
        for row, out in zip(rows, outputs, strict=True):
            self._functions["vae_forward"](
                *(self._at, int(part == "decoder"), _address(row)),
                *(_address(inputs), down, along, n, _address(out), self._memory.address),
            )
        return outputs.reshape(*weights.shape[:-1], *outputs.shape[1:])

    def generate(self, weights: Floats, latents: Floats, noise: Floats) -> tuple[Floats, Floats]:
        """Points of the decoder, with its noise and without: each (..., n, D).

        Args:
            weights: (..., P); each row's points are to the bit as if it were alone.
            latents: [n, Z].
            noise: [n, D].
        """
        rows = np.ascontiguousarray(weights).reshape(-1, weights.shape[-1])
        latents, noise = np.ascontiguousarray(latents), np.ascontiguousarray(noise)
        samples, means = (np.empty((*weights.shape[:-1], *noise.shape), self._dtype) for _ in "12")
        self._functions["vae_generate"](
            *(self._at, _address(rows), *rows.shape, _address(latents), _address(noise)),
            *(len(noise), _address(samples), _address(means), self._memory.address),
        )
        return samples, means

    def part(
        self,
        weights: Floats,
        x: Floats,
        noise: Floats,
        examples: int,
        beta: float,
        gradient: Floats | None,
        sums: Float64,
    ) -> None:
        """Add what some examples of a batch contribute to its loss and gradient.

        Args:
            weights: (P,).
            x: [b, D].
            noise: [N, b, Z].
            examples: B of the whole batch.
            beta: Weight of the KL term.
            gradient: (P,), added to; None for the loss alone.
            sums: (2,), added to: 2 R - D log 2 pi summed over pairs, 2 KL over examples.
        """
        x, noise = np.ascontiguousarray(x), _whole_rows(noise)
        self._functions["vae_part"](
            *(self._at, _address(weights), _address(x), len(x)),
            *(_address(noise), noise.strides[0] // self._dtype.itemsize, len(noise)),
            *(examples, beta, None if gradient is None else _address(gradient)),
            *(_address(sums), self._memory.address),
        )

    def adam(self, values: Floats, gradient: Floats, t: int, learning_rate: float) -> None:
        """Make update number t of [weights, m, v] (3, P)."""
        rows = (_address(row) for row in values)
        self._functions["vae_adam"](len(gradient), *rows, _address(gradient), t, learning_rate)

    def stepper(self, values: Floats, counts: npt.NDArray[np.int64]) -> Stepper:
        """What makes steps on an `AdamState`: its `values` (2, 3, P) and `counts` (2,)."""
        return Stepper(self, values, counts)


class Stepper:
    """Makes steps on weights that it is bound to. Not for two threads at once.

    Attributes:
        gradient: (P,), of the last step, and free to use between two calls.
    """

    def __init__(self, model: ModelKernel, values: Floats, counts: npt.NDArray[np.int64]) -> None:
        self.gradient = reserve(values.shape[-1], values.dtype)
        self._memory = model._memory
        self._call = model._functions["vae_stride"]
        self._bound = model, values, counts  # in use by address from here on
        self._first = model._at, values.shape[-1], _address(values), _address(counts)
        self._gradient = _address(self.gradient)

    def __call__(
        self,
        x: Floats,
        noise: Floats,
        sizes: npt.NDArray[np.int64],
        ends: npt.NDArray[np.bool_],
        test_x: Floats,
        test_noise: Floats,
        beta: float,
        learning_rate: float,
        trail: Floats | None,
    ) -> tuple[int, Float64, Float64]:
        """Make steps up to the first whose loss, or whose test loss after it, is not finite.

        Args:
            x: Batch after batch, [sum of B, D].
            noise: The same for noise: each step's [N, B, Z], flat.
            sizes: B of each step.
            ends: Whether a test follows each step.
            test_x: [m, D].
            test_noise: [N, m, Z].
            beta: Weight of the KL term.
            learning_rate: Step size of Adam.
            trail: (steps, P) for the weights after each step, or None.

        Returns:
            Steps made; their sums (steps, 2) as of `ModelKernel.part`, and those of the test
            where `ends`. One row more is valid: the step that failed, of which nothing is left.
        """
        arrays = [np.ascontiguousarray(a) for a in (x, noise, sizes, ends, test_x, test_noise)]
        losses, tests = np.empty((2, len(sizes), 2))
        work = _Stride(*map(_address, arrays), len(sizes), len(test_noise), len(test_x))
        made = self._call(
            *(*self._first, ctypes.addressof(work), beta, learning_rate),
            *(_address(losses), _address(tests), None if trail is None else _address(trail)),
            *(self._gradient, self._memory.address),
        )
        return made, losses, tests


@cache
def load() -> Kernel | None:
    """The library, or None where it was not built; `missing` says why."""
    try:
        library = ctypes.CDLL(str(LIBRARY))
        library.vae_source.restype = ctypes.c_char_p
        built_from = library.vae_source().decode()
    except (OSError, AttributeError):
        return None
    there = source_hash(FOLDER)
    # sources that changed since, as after an update of a checkout, are not what was built
    return Kernel(library) if built_from == there else None


def missing() -> str:
    """Why there is no library, and what to do, in a sentence part."""
    state = "is out of date" if LIBRARY.exists() else "was not built"
    return f"the C kernel {state}: install the program again where there is a C compiler"


def source_hash(folder: Path) -> str:
    """SHA-256 of the C sources in a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.[ch]")):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def reserve(size: int, dtype: npt.DTypeLike) -> Floats:
    """Memory (size,) that begins where vectors may begin."""
    kind = np.dtype(dtype)
    raw = np.zeros(size * kind.itemsize + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size * kind.itemsize].view(kind)


class _Memory(threading.local):
    """Work memory, one for each thread that calls."""

    def __init__(self, size: int, dtype: np.dtype[Any]) -> None:
        self._array = reserve(size, dtype)
        self.address = _address(self._array)


@lru_cache(maxsize=16)
def _of(kernel: Kernel, model: ModelConfig, dtype: np.dtype[Any]) -> ModelKernel:
    return ModelKernel(kernel._functions[dtype], model, dtype)


def _typed(library: ctypes.CDLL, suffix: str) -> dict[str, Any]:
    functions = {}
    for name, (result, *arguments) in SIGNATURES.items():
        function = getattr(library, name + suffix)
        function.restype, function.argtypes = result, arguments
        functions[name] = function
    return functions


def _address(array: npt.NDArray[Any]) -> int:
    if array.flags.writeable and array.flags.c_contiguous and array.size:
        view = ctypes.c_char.from_buffer(array)  # type: ignore[arg-type]  # by far the fastest
        return ctypes.addressof(view)
    return int(array.ctypes.data)


def _whole_rows(noise: Floats) -> Floats:
    """The same with each sample's [b, Z] in one piece."""
    return noise if noise[0].flags.c_contiguous else np.ascontiguousarray(noise)
