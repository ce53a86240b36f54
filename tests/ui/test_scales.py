"""The numbers behind sliders, arrows and fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_gui.ui.form.scales import Scale


@st.composite
def scales(draw):
    kind = draw(st.sampled_from(["linear", "log", "square"]))
    integer = draw(st.booleans())
    if integer:
        low = draw(st.integers(1, 100))
        return Scale(low, low + draw(st.integers(1, 100_000)), kind, True)
    low = draw(st.floats(1e-6, 10)) if kind == "log" else draw(st.floats(-10, 10))
    if kind == "square":
        low = 0.0
    high = low * draw(st.floats(3, 1e7)) if kind == "log" else low + draw(st.floats(1, 100))
    return Scale(low, high, kind, False, draw(st.integers(2, 4)))


@given(scales(), st.data())
def test_a_slider_position_survives_the_way_to_its_value_and_back(scale, data):
    position = data.draw(st.integers(0, scale.positions))
    value = scale.value_at(position)
    back = scale.position_of(value)
    near = [scale.value_at(min(max(back + d, 0), scale.positions)) for d in (-1, 0, 1)]
    assert min(near) <= value <= max(near)
    if not scale.integer and scale.kind == "log":
        assert abs(back - position) <= 1  # the roundest value is still told apart


@given(scales(), st.data())
def test_a_slider_rises_and_reaches_both_ends(scale, data):
    a, b = sorted(data.draw(st.integers(0, scale.positions)) for _ in range(2))
    assert scale.value_at(a) <= scale.value_at(b)
    assert scale.value_at(0) == scale.minimum
    assert scale.value_at(scale.positions) == scale.maximum
    assert isinstance(scale.value_at(a), int if scale.integer else float)


@given(scales(), st.data())
def test_a_step_up_moves_up_until_the_end_and_down_comes_back(scale, data):
    value = scale.value_at(data.draw(st.integers(0, scale.positions)))
    up = scale.stepped(value, 1)
    assert scale.minimum <= value <= scale.maximum
    assert up > value or value == scale.maximum
    assert scale.stepped(value, -1) < value or value == scale.minimum
    assert scale.stepped(up, -1) <= max(value, scale.minimum) + 1e-9 or up == scale.maximum


@pytest.mark.parametrize(
    ("start", "steps", "expected"),
    [(3e-3, 1, 3.1e-3), (3e-3, 10, 4e-3), (1e-2, -1, 9.9e-3), (10.0, 5, 10.0), (1.0, -1, 0.99)],
)
def test_learning_rates_step_to_two_digits(start, steps, expected):
    assert Scale(1e-6, 10.0, "log").stepped(start, steps) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("start", "steps", "expected"), [(128, 1, 130), (9, 1, 10), (10, -1, 9), (64, -1, 63)]
)
def test_whole_numbers_step_by_one_until_there_are_three_digits(start, steps, expected):
    assert Scale(1, 10_000, "log", integer=True).stepped(start, steps) == expected


@given(st.floats(1e-6, 10), st.integers(1, 6))
def test_text_says_what_was_typed_with_up_to_six_digits(value, digits):
    scale = Scale(1e-6, 10.0, "log")
    typed = float(f"{value:.{digits}g}")
    assert scale.parse(scale.text(typed)) == typed


@given(st.floats(-1e4, 1e4), st.integers(0, 4))
def test_text_of_any_number_is_near_it_and_has_the_decimals_of_its_neighbours(value, decimals):
    scale = Scale(decimals=decimals)
    text = scale.text(value)
    near = max(0.5 * 10**-decimals, 5e-3 * abs(value)) if abs(value) < 1 else 0.5 * 10**-decimals
    assert abs(float(text) - value) <= near * (1 + 1e-9)
    assert "e" in text or len(text.partition(".")[2]) >= decimals


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.50"),
        (0.5000000000001, "0.50"),  # as a product of roots leaves it
        (5**0.5, "2.24"),
        (0.0123456, "0.0123456"),
        (1 / 81, "0.0123"),
        (0.123, "0.123"),
        (3.14159265, "3.14159"),
    ],
)
def test_numbers_keep_their_decimals(value, text):
    assert Scale().text(value) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [("3e-3", 0.003), (" 0.5 ", 0.5), ("−2", -2), ("1e4", 10_000.0), ("abc", "abc"), ("", "")],
)
def test_reading_numbers(text, number):
    assert Scale().parse(text) == number


def test_numbers_are_written_as_the_field_writes_them():
    rate = Scale(1e-6, 10.0, "log")
    assert [rate.text(v) for v in (3e-3, 1.25e-4, 0.1)] == ["3e-3", "1.25e-4", "0.10"]
    beta = Scale(0.0, 100.0, "square", decimals=3)
    assert [beta.text(v) for v in (1.0, 0.0001, 0.0)] == ["1.000", "1e-4", "0.000"]
