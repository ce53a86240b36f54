"""Noise around a curve: a new curve is one function of t in [0, 1].

The density is an integral of a Gaussian along the curve, computed as a mixture at
quadrature nodes. Knows no particular curve.
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from vae_gui.core.distributions.base import Array
from vae_gui.core.distributions.handles import Handles
from vae_gui.core.distributions.mixture import Components, IsotropicMixture
from vae_gui.core.parameters import Parameter

NODES = 24  # Gauss-Legendre nodes a segment ...
SEGMENT_STDS = 8.0  # ... of at most this length: p to 1e-6 and better within ten widths
CHORDS = 2048  # chords that measure the length of a piece


class NoisyCurve(IsotropicMixture, frozen=True, kw_only=True):
    """x = scale * c(t) + noise, t uniform on [0, 1]: p(x) = integral N(x; scale c(t), s^2 I) dt.

    A subclass only has to give `curve`.
    """

    scale: Annotated[
        float,
        Parameter(
            label="Size",
            help="Half the width of the curve, before the noise.",
            symbol="a",
            minimum=0.5,
            maximum=4.5,
            scale="log",
        ),
    ] = 2.4
    noise: Annotated[
        float,
        Parameter(
            label="Noise",
            help="Standard deviation of the Gaussian noise around the curve.",
            symbol="σ",
            minimum=0.05,
            maximum=2,
            scale="log",
            decimals=3,
        ),
    ] = 0.15

    @property
    def pieces(self) -> int:
        """Into how many equal parts of [0, 1] the curve falls; it may jump between."""
        return 1

    def curve(self, t: Array) -> Array:
        """c(t), (n,) -> (n, 2), about within [-1, 1]^2; smooth inside each piece."""
        raise NotImplementedError

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2) exactly: a point of the curve each, then the noise."""
        t = rng.random(n)
        return np.asarray(self.scale * self.curve(t) + self.noise * rng.standard_normal((n, 2)))

    def components(self) -> Components:
        """Quadrature nodes along the curve, dense enough for the noise to hide them."""
        edges = [self._segments(i / self.pieces, (i + 1) / self.pieces) for i in range(self.pieces)]
        start = np.concatenate([e[:-1] for e in edges])[:, None]  # (S, 1)
        length = np.concatenate([np.diff(e) for e in edges])[:, None]
        nodes, weights = np.polynomial.legendre.leggauss(NODES)  # on [-1, 1], sum 2
        t = (start + length * (nodes + 1) / 2).ravel()
        w = (length * weights / 2).ravel()
        return Components(self.scale * self.curve(t), w / w.sum(), self.noise)

    def _segments(self, start: float, stop: float) -> Array:
        """Edges of segments of equal length within one piece, (S + 1,), in t."""
        # midpoints: at the very end of a piece the curve may already be on the next
        t = start + (stop - start) * (np.arange(CHORDS) + 0.5) / CHORDS
        chords = np.hypot(*np.diff(self.scale * self.curve(t), axis=0).T)
        along = np.concatenate([[0.0], np.cumsum(chords)])  # (CHORDS,)
        count = max(1, math.ceil(along[-1] / (SEGMENT_STDS * self.noise)))
        edges = np.interp(np.linspace(0, along[-1], count + 1), along, t)
        edges[0], edges[-1] = start, stop
        return np.asarray(edges)


NoisyCurve.handles = Handles.of_radius("scale")
