"""What a picture of points must own up to, and the scale that makes two comparable."""

from __future__ import annotations

import numpy as np

from vae_gui.core.distributions import Bounds
from vae_gui.core.network import Floats
from vae_gui.ui.plotting.heat import bin_counts, cell_area
from vae_gui.ui.plotting.steps import thousands


def outside(xy: Floats, bounds: Bounds, of: str = "the view") -> str:
    """In words, how many points (n, 2) a picture of `bounds` leaves out; empty for none."""
    x1_min, x1_max, x2_min, x2_max = bounds
    finite = np.isfinite(xy).all(axis=1)
    inside = ((xy >= (x1_min, x2_min)) & (xy <= (x1_max, x2_max))).all(axis=1)
    lost, beyond = int((~finite).sum()), int((finite & ~inside).sum())
    parts = [f"{thousands(beyond)} outside {of}"] if beyond else []
    parts += [f"{thousands(lost)} not finite"] if lost else []
    return " · ".join(parts)


def density_top(true: Floats, bounds: Bounds, bins: int) -> float:
    """The highest density in a histogram of true points (n, 2): the top of a colour scale."""
    highest = float(bin_counts(true, bounds, bins).max())
    return max(highest, 1.0) / (max(len(true), 1) * cell_area(bounds, bins))
