"""A function of the plane as shades of colour: a density, or the difference of two."""

from __future__ import annotations

import numpy as np

from vae_gui.core.distributions import Array, Bounds
from vae_gui.ui.plotting.heat import COLORS, CellsItem
from vae_gui.ui.theme import Theme

ZERO = COLORS // 2  # level of no difference


def over_grid(x1: Array, x2: Array) -> Bounds:
    """The rectangle of cells around the places of a uniform grid."""
    d1, d2 = (x1[1] - x1[0]) / 2, (x2[1] - x2[0]) / 2
    return float(x1[0] - d1), float(x1[-1] + d1), float(x2[0] - d2), float(x2[-1] + d2)


class DensityItem(CellsItem):
    """A density: the plot's own colour where it is nothing, on to that of a role."""

    def __init__(self, theme: Theme, role: str) -> None:
        super().__init__(smooth=True)
        self._role = role
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Recolour."""
        self._set_table(theme.ramp(self._role, COLORS))

    def set_values(self, density: Array, top: float, x1: Array, x2: Array) -> None:
        """Show values (G2, G1) on a grid (G1,), (G2,); `top` and more get the last colour."""
        level = np.nan_to_num(density * ((COLORS - 1) / top), nan=0.0)
        self._set_levels(np.rint(level.clip(0, COLORS - 1)), over_grid(x1, x2))


class DifferenceItem(CellsItem):
    """A difference: one role's colour below zero, another's above, none where it is zero."""

    def __init__(self, theme: Theme, below: str, above: str) -> None:
        super().__init__(smooth=True)
        self._roles = below, above
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Recolour."""
        self._set_table(theme.diverging(*self._roles, COLORS), ZERO)

    def set_values(self, values: Array, top: float, x1: Array, x2: Array) -> None:
        """Show values (G2, G1) on a grid; beyond -top and top there is but the last colour."""
        level = ZERO + np.nan_to_num(values * ((COLORS - 1 - ZERO) / top), nan=0.0)
        self._set_levels(np.rint(level.clip(0, COLORS - 1)), over_grid(x1, x2))
