"""What the lens asks: everything about one point, and its posterior over a window of z."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_gui.core.distributions import Array
from vae_gui.ui.questions import Question

if TYPE_CHECKING:
    from vae_gui.core.analysis import Analysis
    from vae_gui.core.posteriors import Lens

Window = tuple[float, float]  # of one latent dimension

PLACES, ALONG = 101, 401  # of a picture along each axis, and of a curve
SIGMAS = 3.5  # of every Gaussian that the window holds
ROOMY = 0.35  # a window is given up when less than this part of it is needed
ROOM = 0.08  # of what is needed, on either side of a new one


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One point under the lens.

    Attributes:
        lens: What is known of it.
        true_log_p: log p(x), the true one, in nats.
        dims: The latent dimensions of the picture: one or two.
        axes: Places along each of them, (G,).
        posterior: p_theta(z|x) there, (G,) or (G, G), rows along the second dimension.
    """

    lens: Lens
    true_log_p: float
    dims: tuple[int, ...]
    axes: tuple[Array, ...]
    posterior: Array

    @property
    def windows(self) -> tuple[Window, ...]:
        """The range of each axis."""
        return tuple((float(axis[0]), float(axis[-1])) for axis in self.axes)


@dataclass(frozen=True, kw_only=True, eq=False)
class LensQuestion(Question):
    """Everything about one point.

    Attributes:
        x: The point.
        dims: Which latent dimensions to show, one or two.
        windows: What was shown before, to be kept while it serves.
    """

    x: tuple[float, float]
    dims: tuple[int, ...]
    windows: tuple[Window, ...] = ()

    def answer(self, analysis: Analysis) -> Seen:
        """Look at the point: 30 ms, 0.3 s where many nodes are needed."""
        from vae_gui.core.posteriors import posterior_on_grid

        at = np.array(self.x, np.float64)
        lens = analysis.lens(at)
        windows = windows_for(lens, self.dims, self.windows)
        places = PLACES if len(self.dims) == 2 else ALONG
        axes = tuple(np.linspace(low, high, places) for low, high in windows)
        pair = self.dims if len(self.dims) == 2 else (0, 1)
        plan, weights = analysis.plan, analysis.parameters
        posterior = posterior_on_grid(
            plan, weights, at, lens.log_p, axes, (pair[0], pair[1]), analysis.wants_stop
        )
        true = float(analysis.truth.distribution.log_prob(at))
        return Seen(lens, true, self.dims, axes, np.nan_to_num(posterior, posinf=0.0))


def windows_for(
    lens: Lens, dims: tuple[int, ...], before: tuple[Window, ...]
) -> tuple[Window, ...]:
    """What to show of each dimension: all Gaussians, as wide as the other; kept while it serves."""
    needed = []
    for dim in dims:
        means = np.array([lens.mean[dim], lens.q.mu[0, dim], lens.best.mu[0, dim]])
        stds = np.array([lens.std[dim], lens.q.sigma[0, dim], lens.best.sigma[0, dim]])
        low, high = np.min(means - SIGMAS * stds), np.max(means + SIGMAS * stds)
        needed.append((float(low), float(high)))
    if not np.isfinite(needed).all():
        return before or tuple((-4.0, 4.0) for _ in dims)
    width = max(max(high - low for low, high in needed), 1e-6)
    if len(before) == len(needed) and all(
        a <= low and high <= b and width >= ROOMY * (b - a)
        for (low, high), (a, b) in zip(needed, before, strict=True)
    ):
        return before
    half = (0.5 + ROOM) * width
    return tuple(((low + high) / 2 - half, (low + high) / 2 + half) for low, high in needed)
