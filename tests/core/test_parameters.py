"""A declared parameter accepts what it says it accepts, and refuses the rest in words."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import MANY, field_values

from vae_gui.core.parameters import (
    InvalidValue,
    Parameter,
    Validated,
    declared,
    expect_table,
    from_mapping,
    refuse_unknown,
    shown,
)


class Dish(Validated, frozen=True, kw_only=True):
    weight: Annotated[
        float, Parameter(label="Weight", help="How heavy.", unit="kg", minimum=0, maximum=9)
    ] = 1.0
    cuts: Annotated[int, Parameter(label="Cuts", help="In parts.", minimum=1, maximum=8)] = 1

    def check(self) -> None:
        if self.weight == 0 and self.cuts > 1:
            raise InvalidValue("cuts", self.cuts, "nothing cannot be cut")


class Oven(Validated, frozen=True, kw_only=True):
    heat: Annotated[
        float, Parameter(label="Heat", help="How hot.", unit="K", minimum=300, maximum=600)
    ] = 450.0
    trays: Annotated[int, Parameter(label="Trays", help="How many.", minimum=1, maximum=4)] = 2
    fan: Annotated[bool, Parameter(label="Fan", help="Whether it blows.")] = False
    mode: Annotated[Literal["bake", "grill"], Parameter(label="Mode", help="Where from.")] = "bake"
    name: Annotated[str, Parameter(label="Name", help="Whose.")] = ""
    offset: Annotated[float, Parameter(label="Offset", help="Any number.")] = 0.0
    dishes: Annotated[
        tuple[Dish, ...], Parameter(label="Dishes", help="What is in.", minimum=1, maximum=3)
    ] = (Dish(),)
    plain: int = 7  # not a parameter

    def check(self) -> None:
        if self.mode == "grill" and self.fan:
            raise InvalidValue("fan", self.fan, "it must be off when grilling")


FIELDS = {field.name: field for field in declared(Oven)}


def test_declared_lists_annotated_fields_in_order():
    assert list(FIELDS) == ["heat", "trays", "fan", "mode", "name", "offset", "dishes"]
    assert FIELDS["heat"].kind is float
    assert FIELDS["heat"].default == 450.0
    assert FIELDS["mode"].kind is str
    assert FIELDS["mode"].choices == ("bake", "grill")


@pytest.mark.parametrize("name", FIELDS)
@MANY
@given(data=st.data())
def test_accepts_every_value_that_is_declared_valid(name, data):
    value = data.draw(st.text() if name == "name" else field_values(FIELDS[name]))
    assert getattr(Oven(**{name: value}), name) == value


@MANY
@given(value=st.floats(allow_nan=True).filter(lambda v: not 300 <= v <= 600))
def test_refuses_every_number_outside(value):
    with pytest.raises(InvalidValue) as caught:
        Oven(heat=value)
    assert caught.value.key == "heat"
    assert str(caught.value) == (
        f"heat = {value!r} is not valid: it must be a number from 300 to 600 K"
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("trays", 2.0, "it must be a whole number from 1 to 4"),
        ("trays", True, "it must be a whole number from 1 to 4"),
        ("trays", "2", "it must be a whole number from 1 to 4"),
        ("trays", 10**400, "it must be a whole number from 1 to 4"),
        ("trays", None, "it must be a whole number from 1 to 4"),
        ("heat", True, "it must be a number from 300 to 600 K"),
        ("heat", [450.0], "it must be a number from 300 to 600 K"),
        pytest.param("heat", 10**5000, "it must be a number from 300 to 600 K", id="huge"),
        ("heat", "450,5", "it must be a number from 300 to 600 K, written with a point: 450.5"),
        ("heat", "700,5", "it must be a number from 300 to 600 K"),
        ("heat", "4,5,0", "it must be a number from 300 to 600 K"),
        ("trays", "2,0", "it must be a whole number from 1 to 4"),
        ("offset", "−0,7", "it must be a number, written with a point: -0.7"),
        ("offset", math.inf, "it must be a number"),
        ("offset", math.nan, "it must be a number"),
        ("fan", 1, "it must be true or false"),
        ("fan", "true", "it must be true or false"),
        ("mode", "Bake", "it must be one of 'bake', 'grill'"),
        ("mode", 3, "it must be one of 'bake', 'grill'"),
        ("name", 3, "it must be a text"),
    ],
)
def test_refuses_other_kinds_in_words(name, value, words):
    with pytest.raises(InvalidValue) as caught:
        from_mapping(Oven, {name: value}, "kitchen.oven")
    error = caught.value
    assert error.key == f"kitchen.oven.{name}"
    assert error.reason == words
    assert str(error).startswith(f"kitchen.oven.{name} = ")
    assert str(error).endswith(f" is not valid: {words}")
    assert len(str(error)) < 200


LIST = "it must be a list of 1 to 3 tables of weight, cuts"


@pytest.mark.parametrize(
    ("dishes", "key", "words"),
    [
        (3, "oven.dishes", LIST),
        ("ab", "oven.dishes", LIST),
        ({"weight": 1}, "oven.dishes", LIST),
        ([], "oven.dishes", LIST + "; 0 are given"),
        ([{}] * 4, "oven.dishes", LIST + "; 4 are given"),
        ([{}, 3], "oven.dishes[2]", "it must be a table of named values"),
        ([{}, {"weight": 10}], "oven.dishes[2].weight", "it must be a number from 0 to 9 kg"),
        ([{"cuts": 1.5}], "oven.dishes[1].cuts", "it must be a whole number from 1 to 8"),
        ([{"wieght": 1}], "oven.dishes[1].wieght", "no such key; did you mean 'weight'?"),
        ([{}, {}, {"weight": 0, "cuts": 2}], "oven.dishes[3].cuts", "nothing cannot be cut"),
    ],
)
def test_refuses_lists_in_words_that_name_the_row(dishes, key, words):
    with pytest.raises(InvalidValue) as caught:
        from_mapping(Oven, {"dishes": dishes}, "oven")
    assert caught.value.key == key
    assert words in caught.value.reason
    assert len(str(caught.value)) < 200


def test_tables_become_rows():
    oven = Oven(dishes=[{"weight": 2}, Dish(cuts=4), {}])
    assert oven.dishes == (Dish(weight=2.0), Dish(cuts=4), Dish())
    assert type(oven.dishes[0].weight) is float
    assert {oven: 1}[msgspec.structs.replace(oven)] == 1
    assert FIELDS["dishes"].row is Dish
    assert FIELDS["dishes"].default == (Dish(),)


def test_a_whole_number_for_a_float_becomes_a_float():
    oven = Oven(heat=400, offset=-(2**60))
    assert type(oven.heat) is float
    assert type(oven.offset) is float
    assert oven == Oven(heat=400.0, offset=-(2.0**60))


def test_validation_runs_on_replace_and_on_combinations():
    with pytest.raises(InvalidValue, match=r"heat = 10\.0"):
        msgspec.structs.replace(Oven(), heat=10.0)
    with pytest.raises(InvalidValue, match=r"oven\.fan = true is not valid: it must be off"):
        from_mapping(Oven, {"fan": True, "mode": "grill"}, "oven")


def test_a_validated_value_is_frozen_and_hashable():
    with pytest.raises(AttributeError):
        Oven().heat = 400.0
    assert {Oven(): 1}[Oven(heat=450)] == 1


def test_missing_keys_take_their_defaults():
    assert from_mapping(Oven, {}) == Oven()
    assert from_mapping(Oven, {"trays": 3}) == Oven(trays=3)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("haet", "there is no such key; did you mean 'heat'?"),
        ("zzz", "there is no such key; known are heat, trays, fan, mode, name, offset, dishes."),
        ("plain", "there is no such key; known are heat, trays, fan, mode, name, offset, dishes."),
    ],
)
def test_unknown_keys_are_refused_with_a_proposal(key, words):
    with pytest.raises(InvalidValue) as caught:
        from_mapping(Oven, {key: 1}, "oven")
    assert caught.value.key == f"oven.{key}"
    assert caught.value.reason == words


@pytest.mark.parametrize(
    "key", ["k" * 100_000, "a\nb", "\x1b[31m"], ids=["long", "lines", "escape"]
)
def test_strange_keys_give_a_short_message_on_one_line(key):
    with pytest.raises(InvalidValue) as caught:
        refuse_unknown({key: 1}, ["heat"], "")
    assert len(str(caught.value)) < 200
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("value", [None, 3, "text", [("heat", 400)]])
def test_only_a_table_is_a_table(value):
    with pytest.raises(InvalidValue, match=r"oven = .* it must be a table of named values"):
        expect_table(value, "oven")


def nested(depth: int) -> dict[str, object]:
    value: dict[str, object] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        ("a", "'a'"),
        (False, "false"),
        ("x" * 1000, "'" + "x" * 56 + "..."),
        (10**5000, "(a huge number)"),
        (nested(100_000), "(a deeply nested value)"),
    ],
    ids=["float", "text", "bool", "long", "huge", "deep"],
)
def test_any_value_has_a_short_text(value, text):
    assert shown(value) == text
