"""Extremes of the columns of a curve, of which those drawn last are remembered.

A frame of a growing curve has one or two new columns among thousands, one that is
dragged along some at an end. Pure NumPy.
"""

from __future__ import annotations

import numpy as np

from vae_gui.ui.plotting.pyramid import Edges, MinMaxPyramid, Rows


class Columns:
    """Asks a pyramid only for columns that it was not asked for the last time."""

    def __init__(self, pyramid: MinMaxPyramid) -> None:
        self._pyramid = pyramid
        # edges asked for last, and the lows and highs between them
        self._known: tuple[Edges, Rows, Rows] | None = None

    def grow_from(self, row: int) -> None:
        """Forget what lies beyond a row: the series has changed from there on."""
        if self._known is not None:
            edges, lows, highs = self._known
            kept = int(np.searchsorted(edges, row, side="right")) - 1  # whole columns
            self._known = (edges[: kept + 1], lows[:kept], highs[:kept]) if kept > 0 else None

    def extremes(self, edges: Edges) -> tuple[Rows, Rows]:
        """As `MinMaxPyramid.extremes`, for at least two edges."""
        new, same, found = self._remembered(edges)
        parts = [found]
        if new:
            parts.insert(0, self._pyramid.extremes(edges[: new + 1]))
        if new + same + 1 < len(edges):
            parts.append(self._pyramid.extremes(edges[new + same :]))
        lows, highs = (np.vstack(side) for side in zip(*parts, strict=True))
        self._known = edges, lows, highs
        return lows, highs

    def _remembered(self, edges: Edges) -> tuple[int, int, tuple[Rows, Rows]]:
        """The first of these columns that is known, how many are from there on, and they."""
        if self._known is not None:
            known, lows, highs = self._known
            # where the columns of both begin: one of them at its first
            old, new = int(np.searchsorted(known, edges[0])), int(np.searchsorted(edges, known[0]))
            both = min(len(known) - old, len(edges) - new)
            differ = np.flatnonzero(known[old : old + both] != edges[new : new + both])
            same = (int(differ[0]) if len(differ) else both) - 1
            if same > 0:
                return new, same, (lows[old : old + same], highs[old : old + same])
        nothing = np.empty((0, self._pyramid.columns), np.float32)
        return 0, 0, (nothing, nothing)
