"""Numbers as a person meets them: slider positions, steps and texts.

Pure functions of a declaration; no widget is known here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from vae_gui.core.parameters import Declared

POSITIONS = 1000  # of a slider: finer than its pixels
_TYPED_DIGITS = 9  # nobody types more; calculated numbers have them
_STEPS_ACROSS = 100  # at least so many arrow presses across a linear range


@dataclass(frozen=True, slots=True)
class Scale:
    """How one number moves, is written and is read.

    Attributes:
        minimum: Smallest value.
        maximum: Largest value.
        kind: The curve from slider position to value.
        integer: Whether it holds whole numbers only.
        decimals: Digits after the point on a linear or square scale.
    """

    minimum: float = -math.inf
    maximum: float = math.inf
    kind: Literal["linear", "log", "square"] = "linear"
    integer: bool = False
    decimals: int = 2

    @classmethod
    def of(cls, declared: Declared) -> Scale:
        """The scale of a declared number."""
        p = declared.parameter
        return cls(p.minimum, p.maximum, p.scale, declared.kind is int, p.decimals)

    @property
    def bounded(self) -> bool:
        """Whether it has two ends, so that a slider can show it."""
        return math.isfinite(self.minimum) and math.isfinite(self.maximum)

    @property
    def positions(self) -> int:
        """The last slider position; the first is 0."""
        if self.integer and self.kind == "linear":
            return max(1, min(POSITIONS, round(self.maximum - self.minimum)))
        return POSITIONS

    @property
    def digits(self) -> int:
        """How many letters its usual texts take."""
        return max(4, len(str(self.maximum))) if self.integer and self.bounded else 8

    # slider ---------------------------------------------------------------------

    def value_at(self, position: int) -> float | int:
        """The value of a slider position: the roundest one that the slider can tell apart."""
        if position <= 0:
            return self._typed(self.minimum)
        if position >= self.positions:
            return self._typed(self.maximum)
        value = self._from_unit(position / self.positions)
        if self.integer:
            return self._clamped(round(value))
        step = self._from_unit((position + 1) / self.positions) - value
        digits = -math.floor(math.log10(step))
        if self.kind != "log":
            digits = min(digits, self.decimals)
        return self._clamped(round(value, digits))

    def position_of(self, value: float) -> int:
        """The slider position nearest to a value."""
        unit = self._to_unit(min(max(value, self.minimum), self.maximum))
        return min(max(round(unit * self.positions), 0), self.positions)

    def _from_unit(self, t: float) -> float:
        low, high = self.minimum, self.maximum
        if self.kind == "log":
            return low * (high / low) ** t
        return low + (high - low) * (t if self.kind == "linear" else t * t)

    def _to_unit(self, value: float) -> float:
        low, high = self.minimum, self.maximum
        if self.kind == "log":
            return math.log(value / low) / math.log(high / low)
        t = (value - low) / (high - low)
        return t if self.kind == "linear" else math.sqrt(t)

    # steps ----------------------------------------------------------------------

    def stepped(self, value: float, steps: int) -> float | int:
        """The value some arrow presses away: each goes to the next round number.

        Round means two significant digits on a curved scale, so that ten steps feel
        alike at 0.001 and at 1,000, and a hundredth of the range on a linear one.
        """
        for _ in range(abs(steps)):
            value = self._next(value, 1 if steps > 0 else -1)
        return self._typed(value)

    def _next(self, value: float, way: int) -> float:
        digits = self._step_digits(abs(value) * (1 + way * 1e-9))
        ratio = value * 10.0**digits
        count = math.floor(ratio + 1e-6) + 1 if way > 0 else math.ceil(ratio - 1e-6) - 1
        return self._clamped(round(count / 10.0**digits, digits))

    def _step_digits(self, size: float) -> int:
        """Digits after the point of one step at this size; negative for tens and hundreds."""
        most = 0 if self.integer else self.decimals
        if self.kind == "linear":
            if self.integer or not self.bounded:
                return most
            return min(most, -math.floor(math.log10((self.maximum - self.minimum) / _STEPS_ACROSS)))
        if size == 0:
            return most
        digits = 1 - math.floor(math.log10(size))
        return digits if self.kind == "log" and not self.integer else min(digits, most)

    def _clamped(self, value: float) -> float | int:
        return self._typed(min(max(value, self.minimum), self.maximum))

    def _typed(self, value: float) -> float | int:
        return round(value) if self.integer else float(value)

    # text -----------------------------------------------------------------------

    def text(self, value: float) -> str:
        """A value as it is written in a field: `128`, `1.00`, `3e-3`."""
        if self.integer:
            return str(value)
        fixed = f"{value:.{self.decimals}f}"
        tiny_or_huge = value != 0 and not 1e-2 <= abs(value) < 1e5
        if self.kind == "log" and tiny_or_huge:
            return scientific(value)
        if float(fixed) == value:
            return fixed
        if tiny_or_huge and abs(value) < 1e-3:
            return scientific(value)
        # what was typed is shown to six digits; what a root or a quotient made, like the rest
        typed = float(f"{value:.{_TYPED_DIGITS}g}") == value
        exact = f"{value:.{6 if typed else 3}g}"
        finer = "e" not in exact and len(exact.partition(".")[2]) > self.decimals
        return exact if finer else fixed

    def parse(self, text: str) -> float | int | str:
        """The number that a text says, or the text itself where it says none."""
        cleaned = text.strip().replace("−", "-")  # the typographic minus, as in pasted papers
        try:
            number: float | int = int(cleaned)
        except ValueError:
            try:
                number = float(cleaned)
            except ValueError:
                return text
        if self.integer and isinstance(number, float) and number.is_integer():
            return int(number)  # 1e4 examples
        return number


def scientific(value: float) -> str:
    """Scientific notation at its shortest: `3e-3`, `1.25e-4`."""
    mantissa, exponent = f"{value:.5e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
