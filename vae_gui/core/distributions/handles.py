"""Ellipses by which a distribution can be taken hold of, and what pulling at one does.

A family declares them once (`Handles`); what draws them and moves a pointer knows no
family, and a family knows nothing of pointers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from vae_gui.core.parameters import InvalidValue

Array = npt.NDArray[np.float64]
Grip = Literal["centre", "first", "second", "turn"]
HALVINGS = 24  # of the way to a bound: 1e-7 of it
SMALLEST = 1e-6  # half axis; a pointer may be drawn over the centre


@dataclass(frozen=True, slots=True, eq=False)
class Ellipse:
    """The points one standard deviation from a centre, by the half axes.

    Attributes:
        centre: Its centre, (2,).
        axes: Half axes, (2, 2), one a row, at right angles.
        grips: What of it can be pulled. A `first` without a `second` keeps it a circle.
        measure: What the length of a half axis is, in a word.
    """

    centre: Array
    axes: Array
    grips: tuple[Grip, ...] = ("centre", "first", "second", "turn")
    measure: str = "std"

    @classmethod
    def of_covariance(cls, centre: Array, covariance: Array, measure: str = "std") -> Ellipse:
        """The ellipse of a Gaussian, its longer half axis first, to the right."""
        values, vectors = np.linalg.eigh(covariance)
        axes = (np.sqrt(np.maximum(values, 0.0)) * vectors).T[::-1]
        if axes[0, 0] < 0:
            axes[0] *= -1
        axes[1] = np.linalg.norm(axes[1]) * _left_of(axes[0])
        return cls(np.asarray(centre, float), axes, measure=measure)

    @classmethod
    def circle(cls, radius: float) -> Ellipse:
        """A circle around the origin of which only the size can be changed."""
        return cls(np.zeros(2), radius * np.eye(2), ("first",), "radius")

    @property
    def covariance(self) -> Array:
        """The covariance matrix (2, 2) of the Gaussian that it stands for."""
        return np.asarray(self.axes.T @ self.axes)

    @property
    def radius(self) -> float:
        """The length of its first half axis."""
        return float(np.linalg.norm(self.axes[0]))

    def outline(self, angle: Array) -> Array:
        """Its points at these angles, (n,) -> (n, 2)."""
        around = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        return np.asarray(self.centre + around @ self.axes)

    def mapped(self, matrix: Array, shift: Array) -> Ellipse:
        """What matrix (2, 2) @ x + shift (2,) makes of it."""
        centre = matrix @ self.centre + shift
        if "turn" in self.grips:
            moved = matrix @ self.covariance @ matrix.T
            return Ellipse.of_covariance(centre, moved, self.measure)
        return replace(self, centre=centre, axes=self.axes @ matrix.T)

    def like(self, other: Ellipse) -> Ellipse:
        """The same ellipse with its axes named and pointed as those of another.

        So the grip in a hand stays that grip when the longer axis becomes the shorter.
        """
        if "turn" not in self.grips:
            return self
        ways = [turned for first in self.axes for turned in (first, -first)]
        wanted = other.axes[0] / max(other.radius, SMALLEST)
        lengths = np.linalg.norm(self.axes, axis=1)
        if math.isclose(lengths[0], lengths[1], rel_tol=1e-6):  # a circle has any axes
            first = lengths[0] * wanted
        else:
            first = max(ways, key=lambda way: float(way @ wanted) / np.linalg.norm(way))
        rest = lengths.sum() - np.linalg.norm(first)
        return replace(self, axes=np.array([first, rest * _left_of(first)]))

    def pulled(self, grip: Grip, start: Array, end: Array) -> Ellipse:
        """What it becomes when a grip is pulled from `start` (2,) to `end` (2,)."""
        if grip == "centre":
            return replace(self, centre=self.centre + end - start)
        if grip == "turn":
            by = _angle(end - self.centre) - _angle(start - self.centre)
            turn = np.array([[math.cos(by), math.sin(by)], [-math.sin(by), math.cos(by)]])
            return replace(self, axes=self.axes @ turn)
        which = 0 if grip == "first" else 1
        length = float(np.linalg.norm(self.axes[which]))
        way = self.axes[which] / max(length, SMALLEST)
        longer = max(length + float((end - start) @ way), SMALLEST)
        axes = self.axes.copy()
        axes[which] = longer * way
        if "second" not in self.grips:  # a circle stays one
            axes = axes * (longer / max(length, SMALLEST))
            axes[which] = longer * way
        return replace(self, axes=axes)


@dataclass(frozen=True, slots=True)
class Handles:
    """What of a family's parameters can be changed by ellipses.

    Attributes:
        label: What one of them is, within a sentence: `component`; empty for the whole.
        read: The ellipses of a distribution.
        write: A distribution changed to have another ellipse at a place among them;
            raises `InvalidValue`.
    """

    label: str
    read: Callable[[Any], tuple[Ellipse, ...]]
    write: Callable[[Any, int, Ellipse], Any]

    @classmethod
    def of_radius(cls, name: str) -> Handles:
        """A circle around the origin whose radius is the parameter of this name."""

        def read(distribution: Any) -> tuple[Ellipse, ...]:
            return (Ellipse.circle(getattr(distribution, name)),)

        def write(distribution: Any, _place: int, ellipse: Ellipse) -> Any:
            return msgspec.structs.replace(distribution, **{name: round(ellipse.radius, 4)})

        return cls("circle", read, write)

    def pull(
        self, distribution: Any, place: int, held: Ellipse, grip: Grip, start: Array, end: Array
    ) -> Any:
        """The distribution after a pull, or as near to it as is valid.

        Args:
            distribution: As it is when the grip is taken.
            place: Which of its ellipses.
            held: That ellipse, with its axes as they are named in the hand.
            grip: What is pulled.
            start: Where it was taken, (2,).
            end: Where it is now, (2,).
        """
        if grip != "centre":
            return self._towards(distribution, place, held, grip, start, end)
        across = np.array([end[0], start[1]])  # along a bound it slides on
        moved = self._towards(distribution, place, held, grip, start, across)
        here = replace(held, centre=self.read(moved)[place].centre)
        return self._towards(moved, place, here, grip, across, end)

    def _towards(
        self, distribution: Any, place: int, held: Ellipse, grip: Grip, start: Array, end: Array
    ) -> Any:
        low, high, reached = 0.0, 1.0, distribution
        part = 1.0
        for _ in range(HALVINGS):
            wanted = held.pulled(grip, start, start + part * (end - start))
            try:
                reached, low = self.write(distribution, place, wanted), part
            except InvalidValue:
                high = part
            if low == 1.0:
                break
            part = 0.5 * (low + high)
        return reached


def _left_of(way: Array) -> Array:
    """The unit vector at a right angle to the left."""
    return np.array([-way[1], way[0]]) / max(float(np.linalg.norm(way)), SMALLEST)


def _angle(way: Array) -> float:
    return math.atan2(way[1], way[0])
