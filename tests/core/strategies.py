"""Random valid values, generated from the declarations alone."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import reject, settings
from hypothesis import strategies as st

from vae_gui.core.config import DataConfig, Mix, ModelConfig, RunConfig, TrainingConfig
from vae_gui.core.distributions import DISTRIBUTIONS, Distribution, Transform
from vae_gui.core.distributions.strokes import Stroke
from vae_gui.core.parameters import Declared, InvalidValue, Validated, declared

# The same examples on every run: a red test is red for everyone.
FEW = settings(max_examples=20, deadline=None, derandomize=True)
MANY = settings(max_examples=50, deadline=None, derandomize=True)

COORDINATES = st.tuples(st.floats(-10, 10), st.floats(-10, 10))
POINTS = st.lists(COORDINATES, min_size=5, max_size=40).map(
    lambda pairs: " ".join(f"{x:.3f},{y:.3f}" for x, y in pairs)
)
MOST_ROWS = 4  # generated beyond the fewest of a list


def field_values(field: Declared) -> st.SearchStrategy[Any]:
    """Values that a declared field accepts."""
    p = field.parameter
    if field.row is Stroke:
        return strokes()
    if field.row is not None:
        fewest, most = int(p.minimum), min(int(p.maximum), int(p.minimum) + MOST_ROWS)
        return st.lists(valid(field.row), min_size=fewest, max_size=most).map(tuple)
    if field.choices:
        return st.sampled_from(field.choices)
    if field.kind is str:  # such as the name of a file: no random one can be used
        return st.just(field.default)
    if field.kind is bool:
        return st.booleans()
    if field.kind is int:
        return st.integers(int(p.minimum), int(p.maximum))
    return st.floats(p.minimum, p.maximum, allow_nan=False, allow_infinity=False)


@st.composite
def strokes(draw: st.DrawFn) -> tuple[Stroke, ...]:
    """Strokes of widths so alike that a few thousand samples fall into each."""
    width = draw(st.floats(0.1, 0.33))
    parts = draw(st.lists(st.tuples(st.floats(0.5, 3), POINTS), min_size=1, max_size=MOST_ROWS))
    return tuple(Stroke(width=part * width, points=points) for part, points in parts)


@st.composite
def valid(draw: st.DrawFn, cls: type[Validated], **fixed: Any) -> Any:
    """Values of a `Validated` class; combinations that it refuses are left out."""
    drawn = {f.name: draw(field_values(f)) for f in declared(cls) if f.name not in fixed}
    try:
        return cls(**drawn, **fixed)
    except InvalidValue:
        reject()


def distributions() -> st.SearchStrategy[Distribution]:
    """Distributions of every family."""
    return st.sampled_from(DISTRIBUTIONS).flatmap(valid)


def sources() -> st.SearchStrategy[Distribution]:
    """Distributions of every family, moved and mixed with others or not."""
    return data_configs().map(lambda data: data.source)


def data_configs() -> st.SearchStrategy[DataConfig]:
    """What data are and how many."""
    mixes = st.none() | st.builds(
        lambda mix, other: msgspec.structs.replace(mix, distribution=other),
        valid(Mix),
        distributions().filter(lambda other: other.exact),
    )
    return st.builds(
        lambda data, one, transform, mix: msgspec.structs.replace(
            data, distribution=one, transform=transform, mix=mix
        ),
        valid(DataConfig),
        distributions(),
        st.just(Transform()) | valid(Transform),
        mixes,
    )


def configs() -> st.SearchStrategy[RunConfig]:
    """Whole configurations."""
    return st.builds(
        RunConfig,
        title=st.text(max_size=20),
        notes=st.text(max_size=60),
        data=data_configs(),
        model=valid(ModelConfig),
        training=valid(TrainingConfig),
    )
