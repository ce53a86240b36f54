"""Tables of figures, as text for a terminal and as Markdown for a page."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

Headline = tuple[str, Sequence[float]]  # what was measured, and a value a round


@dataclass(frozen=True)
class Table:
    """Some of what was measured.

    Attributes:
        letter: Tables stand in the order of their letters.
        title: What it tells, units included.
        columns: Headings.
        labels: So many columns are words, and stand left; the others are figures.
        rows: Cells, as they are to be read.
    """

    letter: str
    title: str
    columns: tuple[str, ...]
    labels: int = 1
    rows: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def heading(self) -> str:
        return f"({self.letter}) {self.title}" if self.letter else self.title

    def text(self) -> str:
        """Aligned columns under a heading."""
        lines = [self.columns, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.columns))]
        aligned = ["  ".join(self._aligned(line, widths)).rstrip() for line in lines]
        rule = "-" * max(map(len, aligned))
        return "\n".join([self.heading, rule, aligned[0], rule, *aligned[1:]])

    def _aligned(self, cells: Sequence[str], widths: list[int]) -> list[str]:
        return [
            cell.ljust(width) if i < self.labels else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]

    def markdown(self) -> str:
        """The same for a page."""
        rule = ["---" if i < self.labels else "---:" for i in range(len(self.columns))]
        lines = [f"| {' | '.join(cells)} |" for cells in (self.columns, rule, *self.rows)]
        return "\n".join([f"**{self.heading}**", "", *lines])


def number(value: float) -> str:
    """Three digits or, from 100 on, all before the point."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def with_spread(values: Sequence[float]) -> str:
    """The median, and half the range in percent of it."""
    median = statistics.median(values)
    return f"{number(median)} ±{50 * (max(values) - min(values)) / median:2.0f} %"


def spread(values: Sequence[float]) -> tuple[str, str, str]:
    """Median, least and most."""
    return number(statistics.median(values)), number(min(values)), number(max(values))


def in_short(headlines: list[Headline]) -> Table:
    """The figures that sum up the others."""
    rows = [(what, *spread(values)) for what, values in headlines]
    return Table("", "In short", ("", "median", "least", "most"), rows=rows)
