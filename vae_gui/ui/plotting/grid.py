"""How many equal squares with captions fit into a rectangle, and where each lies."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF

COUNTS = (16, 12, 8, 6, 4, 3, 2, 1)  # cells, as many as find room
SMALLEST = 40.0  # pixels of a cell's side
ROWS_GAIN = 1.45  # how much larger cells must become to leave a single row
GAP = 5.0  # pixels between cells
CAPTION = 16.0  # pixels below a cell


@dataclass(frozen=True, slots=True)
class Grid:
    """Where cells lie: `count` of them in equal rows, left to right."""

    count: int
    columns: int
    side: float

    def cell(self, index: int, area: QRectF) -> QRectF:
        """The square of a cell within the area that the grid was made for."""
        row, column = divmod(index, self.columns)
        rows = self.count // self.columns
        spare = area.width() - self.columns * self.side
        gap = min(spare / max(self.columns - 1, 1), 0.5 * self.side)
        left = (spare - gap * (self.columns - 1)) / 2
        height = self.side + CAPTION
        top = (area.height() - rows * height - (rows - 1) * GAP) / 2
        return QRectF(
            area.left() + left + column * (self.side + gap),
            area.top() + max(top, 0.0) + row * (height + GAP),
            self.side,
            self.side,
        )


def best_grid(width: float, height: float) -> Grid:
    """The most cells that are not too small; in several rows only where that gains much."""
    best = Grid(1, 1, 1.0)
    for count in COUNTS:
        best = _in_rows(count, 1, width, height)
        for rows in (r for r in range(2, count + 1) if count % r == 0):
            grid = _in_rows(count, rows, width, height)
            if grid.side > ROWS_GAIN * best.side:
                best = grid
        if best.side >= SMALLEST:
            break
    return best


def _in_rows(count: int, rows: int, width: float, height: float) -> Grid:
    columns = count // rows
    across = (width - (columns - 1) * GAP) / columns
    down = (height - (rows - 1) * GAP) / rows - CAPTION
    return Grid(count, columns, max(min(across, down), 1.0))
