"""What a hand does to a drawing, gesture by gesture: brush, spray, eraser, move.

A gesture begins at a point, goes on to others, and at any time says what the drawing has
become. No pointer and no picture is known here.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from vae_gui.core.distributions.base import Array
from vae_gui.core.distributions.drawn import MOST_STROKES
from vae_gui.core.distributions.strokes import (
    MOST_DOTS,
    REACH,
    SPACING,
    Stroke,
    Trail,
    copies,
    dot_count,
    nearest,
    off_way,
)

RADIUS = 1.5  # widths: how large a dot, and the brush itself, is drawn
NARROWEST, WIDEST = 0.05, 1.0  # widths of a stroke
FINER = 3.0  # times that the dots of a spray are narrower than the spray
SPREAD = 1.5  # standard deviation of a spray in its widths
PUFF = 3  # dots of a spray for each part of its way
# from no farther out a symmetry or a spray brings a dot within reach
FARTHEST = math.sqrt(2) * REACH
SPRAYED = 6 * SPREAD  # widths
Canvas = tuple[Stroke, ...]
Ink = tuple[float, Array]  # width, and centres (n, 2) of dots


class Gesture:
    """One movement of a tool over a drawing.

    Args:
        canvas: The drawing before.
        width: Of the brush.
        symmetry: What is done to the copies too, by name.
        start: Where the tool is put down, (2,).
        rng: What scatters a spray.

    Attributes:
        name: Its name, for actions.
        label: What it does, in words.
        full: Whether dots were left out because a drawing has no room for them.
    """

    name: ClassVar[str]
    label: str

    def __init__(
        self, canvas: Canvas, width: float, symmetry: str, start: Array, rng: np.random.Generator
    ) -> None:
        self.full = False
        self._before = canvas
        self._width, self._symmetry, self._rng = width, symmetry, rng
        self._begin(np.asarray(start, float))

    def to(self, point: Array) -> None:
        """Go on in a straight line to a point (2,)."""
        raise NotImplementedError

    def ink(self) -> list[Ink]:
        """What the drawing looks like by now."""
        raise NotImplementedError

    def canvas(self) -> Canvas:
        """What the drawing has become by now."""
        raise NotImplementedError

    def _begin(self, start: Array) -> None:
        raise NotImplementedError


class Brush(Gesture):
    """Leaves dots at equal distances."""

    name = "brush"
    label = "brush stroke"

    def _begin(self, start: Array) -> None:
        self._room = MOST_DOTS - dot_count(self._before)
        farthest = FARTHEST + SPRAYED * self._width
        self._trail = Trail(start, SPACING * self._width, farthest)
        self._dots: list[Array] = []
        self._leave()

    def to(self, point: Array) -> None:
        """Leave dots on the way."""
        self._trail.to(point)
        self._leave()

    def ink(self) -> list[Ink]:
        """All strokes before, and the dots of this one."""
        fresh = [(self._dot_width(), np.array(self._dots))] if self._dots else []
        return ink_of(self._before) + fresh

    def canvas(self) -> Canvas:
        """With one more stroke; where there are very many, it joins another of its width."""
        strokes = list(self._before)
        if not self._dots:
            return self._before
        stroke = Stroke.of(np.array(self._dots), self._dot_width())
        alike = [i for i, s in enumerate(strokes) if s.width == stroke.width]
        if len(strokes) < MOST_STROKES:
            strokes.append(stroke)
        elif alike:
            both = np.concatenate([strokes[alike[-1]].dots, stroke.dots])
            strokes[alike[-1]] = Stroke.of(both, stroke.width)
        return tuple(strokes)

    def _leave(self) -> None:
        for place in self._trail.taken():
            dots = self._left_at(place)
            dots = dots[(np.abs(dots) <= REACH).all(axis=1)]
            self.full = self.full or len(self._dots) + len(dots) > self._room
            if not self.full:
                self._dots.extend(dots)

    def _left_at(self, place: Array) -> Array:
        return copies(place[None], self._symmetry)

    def _dot_width(self) -> float:
        return self._width


class Spray(Brush):
    """Scatters finer dots around its way."""

    name = "spray"
    label = "spray"

    def _left_at(self, place: Array) -> Array:
        puff = place + SPREAD * self._width * self._rng.standard_normal((PUFF, 2))
        return copies(puff, self._symmetry)

    def _dot_width(self) -> float:
        return max(round(self._width / FINER, 3), NARROWEST)


class Eraser(Gesture):
    """Takes away the dots that it touches."""

    name = "eraser"
    label = "eraser"

    def _begin(self, start: Array) -> None:
        self._at = start
        self._left = ink_of(self._before)
        self._rub(start)

    def to(self, point: Array) -> None:
        """Take away what lies on the way."""
        self._rub(np.asarray(point, float))

    def ink(self) -> list[Ink]:
        """The dots that are left."""
        return self._left

    def canvas(self) -> Canvas:
        """The strokes of which something is left."""
        return tuple(
            stroke if len(dots) == len(stroke.dots) else Stroke.of(dots, width)
            for stroke, (width, dots) in zip(self._before, self._left, strict=True)
            if len(dots)
        )

    def _rub(self, point: Array) -> None:
        reach = RADIUS * self._width
        ends = copies(np.stack([self._at, point]), self._symmetry).reshape(-1, 2, 2)
        for i, (width, dots) in enumerate(self._left):
            far = np.ones(len(dots), bool)
            for start, end in ends:
                far &= off_way(dots, start, end) > reach
            if not far.all():
                self._left[i] = width, dots[far]
        self._at = point


class Mover(Gesture):
    """Moves the stroke under it; where there is none, the whole drawing."""

    name = "move"
    label = "move stroke"

    def _begin(self, start: Array) -> None:
        self._start, self._by = start, np.zeros(2)
        place = nearest(self._before, start, max(RADIUS * self._width, 0.2))
        self._chosen = range(len(self._before)) if place is None else range(place, place + 1)
        if place is None:
            self.label = "move drawing"

    def to(self, point: Array) -> None:
        """Move it as far as the pointer went, and not out of reach."""
        if self._before:
            dots = np.concatenate([self._before[i].dots for i in self._chosen])
            by = np.asarray(point, float) - self._start
            self._by = np.clip(by, -REACH - dots.min(axis=0), REACH - dots.max(axis=0))

    def ink(self) -> list[Ink]:
        """All dots, those that move where they are by now."""
        return [
            (width, dots + self._by if i in self._chosen else dots)
            for i, (width, dots) in enumerate(ink_of(self._before))
        ]

    def canvas(self) -> Canvas:
        """All strokes, those that moved where they are by now."""
        if not self._by.any():
            return self._before
        return tuple(
            Stroke.of(stroke.dots + self._by, stroke.width) if i in self._chosen else stroke
            for i, stroke in enumerate(self._before)
        )


TOOLS: tuple[type[Gesture], ...] = (Brush, Eraser, Spray, Mover)


def ink_of(canvas: Canvas) -> list[Ink]:
    """Width and dots of each stroke."""
    return [(stroke.width, stroke.dots) for stroke in canvas]
