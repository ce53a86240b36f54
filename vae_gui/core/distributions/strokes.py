"""Strokes of a brush as rows of dots: written, read, laid along a way, copied.

A stroke is the dots that one gesture left, all of one width. What they mean together,
`drawn` knows; where they come from, a hand or a file, nobody does.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Annotated

import numpy as np

from vae_gui.core.distributions.base import Array
from vae_gui.core.parameters import InvalidValue, Parameter, Validated

REACH = 10.0  # largest coordinate of a dot, either way
MOST_DOTS = 4000  # of a drawing
ROUNDED = 1e-9  # spacings by which a dot may lie beyond the way's end
SPACING = 1.0  # widths between two dots along a stroke: the ripple is 5e-9 of the density
DECIMALS = 3  # of a coordinate in a file: a fiftieth of the narrowest width
PAIR = re.compile(r"([-+]?\d*\.?\d+),([-+]?\d*\.?\d+)")
PAIRS = "it must be pairs such as 0.5,-1.25 with spaces between them"

_MIRRORS = {"x1": np.diag([-1.0, 1.0]), "x2": np.diag([1.0, -1.0])}


class Stroke(Validated, frozen=True, kw_only=True):
    """The dots that one gesture of a brush left."""

    width: Annotated[
        float,
        Parameter(
            label="Brush width",
            help="Standard deviation of the Gaussian that each dot of the stroke is.",
            symbol="σ",
            minimum=0.05,
            maximum=1,
            scale="log",
            decimals=3,
        ),
    ] = 0.15
    points: Annotated[
        str,
        Parameter(
            label="Points",
            help="The centres of its dots, each as x1,x2, with spaces between.",
            slider=False,
        ),
    ] = "0,0"

    def check(self) -> None:
        """Refuse what is no list of points.

        Raises:
            InvalidValue: Naming the points.
        """
        _parsed(self.points)

    @property
    def dots(self) -> Array:
        """The centres of its dots, (n, 2), n > 0."""
        return _parsed(self.points)

    @classmethod
    def of(cls, dots: Array, width: float) -> Stroke:
        """The stroke of these dots (n, 2), those out of reach left out.

        Raises:
            InvalidValue: None is left, or the width is not valid.
        """
        kept = dots[(np.abs(dots) <= REACH).all(axis=1)]
        texts = (f"{x:.{DECIMALS}f}".rstrip("0").rstrip(".") for x in kept.ravel().tolist())
        numbers = ["0" if text == "-0" else text for text in texts]
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        return cls(width=width, points=" ".join(map(",".join, dict.fromkeys(pairs))))


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Array:
    found = []
    for word in text.split():
        pair = PAIR.fullmatch(word)
        if pair is None:
            raise InvalidValue("points", text, PAIRS + f"; “{word[:20]}” is none")
        found.append((float(pair[1]), float(pair[2])))
    if not found:
        raise InvalidValue("points", text, "a stroke has at least one point")
    dots = np.array(found)
    if len(dots) > MOST_DOTS:
        reason = f"a drawing has at most {MOST_DOTS:,} points, these are {len(dots):,}"
        raise InvalidValue("points", text, reason)
    if np.abs(dots).max() > REACH:
        reason = f"every coordinate must be a number from {-REACH:g} to {REACH:g}"
        raise InvalidValue("points", text, reason)
    dots.flags.writeable = False
    return dots


class Trail:
    """Dots at equal distances along the way of a pointer.

    Args:
        start: Where the pointer begins, (2,): the first dot.
        spacing: Length of the way between two dots.
        reach: Largest coordinate of a dot; farther out the way goes on and leaves none.
    """

    def __init__(self, start: Array, spacing: float, reach: float = math.inf) -> None:
        self._spacing, self._reach = spacing, reach
        self._at = np.asarray(start, float)
        self._since = 0.0  # length of the way since the last dot
        self._dots = [self._at]

    def to(self, point: Array) -> None:
        """Go on, in a straight line."""
        start, way = self._at, np.asarray(point, float) - self._at
        length = float(np.linalg.norm(way))
        first = self._spacing - self._since  # where the next dot is due
        count = math.floor((length - first) / self._spacing + ROUNDED) + 1
        if count > 0:
            enters, leaves = _within(start, way, self._reach)
            low, high = ((at * length - first) / self._spacing for at in (enters, leaves))
            which = np.arange(max(0, math.ceil(low)), min(count, math.floor(high + ROUNDED) + 1))
            along = (first + self._spacing * which) / (length or 1.0)
            self._dots.extend(start + along[:, None] * way)
        self._since = length - (first + (count - 1) * self._spacing)
        self._at = start + way

    def taken(self) -> list[Array]:
        """The dots laid since they were last taken."""
        dots, self._dots = self._dots, []
        return dots


def _within(start: Array, way: Array, reach: float) -> tuple[float, float]:
    """The part of a straight way that lies in the square [-reach, reach]^2.

    Returns:
        Where it enters and where it leaves, 0 at the start and 1 at the end; the second is the
        smaller one if it misses the square.
    """
    enters, leaves = 0.0, 1.0
    for at, by in zip(start.tolist(), way.tolist(), strict=True):
        if by == 0:
            if abs(at) > reach:
                return 1.0, 0.0
            continue
        one, other = (-reach - at) / by, (reach - at) / by
        enters, leaves = max(enters, min(one, other)), min(leaves, max(one, other))
    return enters, leaves


def off_way(dots: Array, start: Array, end: Array) -> Array:
    """Distances of dots (n, 2) from the straight way between two points (2,), (n,)."""
    way = end - start
    length = float(way @ way)
    along = (dots - start) @ way / length if length else np.zeros(len(dots))
    return np.asarray(np.linalg.norm(dots - start - along.clip(0, 1)[:, None] * way, axis=1))


def symmetries() -> dict[str, str]:
    """The kinds of symmetry by name, in words."""
    return {
        "none": "No symmetry",
        "x1": "Mirror left and right",
        "x2": "Mirror top and bottom",
        "both": "Mirror both ways",
        "turn3": "Turn by thirds",
        "turn4": "Turn by quarters",
        "turn6": "Turn by sixths",
    }


def copies(dots: Array, symmetry: str) -> Array:
    """Dots (n, 2) with all that a symmetry about the origin makes of them, (m, 2)."""
    return np.concatenate([dots @ image.T for image in _images(symmetry)])


def _images(symmetry: str) -> list[Array]:
    unchanged = np.eye(2)
    if symmetry == "both":
        return [unchanged, *_MIRRORS.values(), -unchanged]
    if symmetry in _MIRRORS:
        return [unchanged, _MIRRORS[symmetry]]
    count = int(symmetry.removeprefix("turn")) if symmetry.startswith("turn") else 1
    angles = (2 * math.pi * i / count for i in range(count))
    return [np.array([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]]) for a in angles]


def dot_count(strokes: tuple[Stroke, ...]) -> int:
    """How many dots they have together."""
    return sum(len(stroke.dots) for stroke in strokes)


def nearest(strokes: tuple[Stroke, ...], point: Array, radius: float) -> int | None:
    """The stroke with the dot nearest to a point (2,), if there is one within a radius."""
    found, best = None, radius
    for place, stroke in enumerate(strokes):
        off = float(np.hypot(*(stroke.dots - point).T).min())
        if off <= best:  # of equals the last: it was drawn over the others
            found, best = place, off
    return found
