"""A run's state through a file's arrays and JSON, and what of it is refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from vae_gui.core.parameters import InvalidValue
from vae_gui.core.state import ARRAYS, COUNTERS, GENERATORS, AdamState, TrainerState


def some_state() -> TrainerState:
    adam = AdamState(np.arange(5, dtype=np.float32))
    adam.values[...] = np.random.default_rng(0).random((2, 3, 5))
    generators = [np.random.default_rng(i).bit_generator.state for i in range(2)]
    return TrainerState(adam.values, 7, 2, 30, 6, 5, *map(dict, generators))


def through_a_file(state: TrainerState) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    arrays, meta = state.to_arrays()
    return {k: v.copy() for k, v in arrays.items()}, json.loads(json.dumps(meta))


def test_nothing_is_lost_on_the_way() -> None:
    state = some_state()
    back = TrainerState.from_arrays(*through_a_file(state))
    np.testing.assert_array_equal(back.values, state.values)
    np.testing.assert_array_equal(back.parameters, state.values[0, 0])
    assert not back.values.flags.writeable
    for name in (*COUNTERS, *GENERATORS):
        assert getattr(back, name) == getattr(state, name)


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize(
    "bad",
    [
        None,
        np.zeros(5),
        np.zeros((5, 1), np.float32),
        np.zeros(0, np.float32),
        np.zeros(4, np.float32),
    ],
    ids=["missing", "float64", "2-D", "empty", "short"],
)
def test_unusable_array_is_refused(name: str, bad: np.ndarray | None) -> None:
    arrays, meta = through_a_file(some_state())
    arrays[name] = bad
    with pytest.raises(InvalidValue, match="state"):
        TrainerState.from_arrays(arrays, meta)


def test_there_must_be_finite_weights_to_go_back_to() -> None:
    arrays, meta = through_a_file(some_state())
    arrays["parameters"][0] = np.inf  # about to diverge: the next step says so and goes back
    TrainerState.from_arrays(arrays, meta)
    arrays["previous_parameters"][0] = np.nan
    with pytest.raises(InvalidValue, match="finite"):
        TrainerState.from_arrays(arrays, meta)


@pytest.mark.parametrize("name", COUNTERS)
@pytest.mark.parametrize("bad", [None, -1, 1.5, True, "3", 10**40])
def test_unusable_counter_is_refused(name: str, bad: object) -> None:
    arrays, meta = through_a_file(some_state())
    meta[name] = bad
    with pytest.raises(InvalidValue, match=name):
        TrainerState.from_arrays(arrays, meta)


BAD_GENERATORS = [
    None,
    {},
    {"bit_generator": "MT19937"},
    {"bit_generator": "PCG64"},
    {
        "bit_generator": "PCG64",
        "state": {"state": 2**200, "inc": 1},
        "has_uint32": 0,
        "uinteger": 0,
    },
    {"bit_generator": "PCG64", "state": {"state": "a", "inc": 1}, "has_uint32": 0, "uinteger": 0},
    {"bit_generator": "PCG64", "state": [1, 2], "has_uint32": 0, "uinteger": 0},
]


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("bad", BAD_GENERATORS)
def test_unusable_generator_is_refused(name: str, bad: object) -> None:
    arrays, meta = through_a_file(some_state())
    meta[name] = bad
    with pytest.raises(InvalidValue, match=name):
        TrainerState.from_arrays(arrays, meta)
