"""Training on standardised points, without anything else knowing of it.

A network that reads (x - m) / s and writes s mu + m is a network on x itself, whose first and
last layers have other weights: scaling them in and out again is exact. So only the trainer
sees standardised points; weights, losses and all that is computed from them are of the points
as they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_gui.core.network import DATA_DIM, Floats, Layout, Losses

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """Standardising by a mean and a standard deviation of each coordinate.

    Attributes:
        mean: m, (2,).
        std: s, (2,), positive.
    """

    mean: Float64
    std: Float64

    def standardised(self, x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(x - m) / s of points (n, 2)."""
        return ((x - self.mean) / self.std).astype(np.float32)

    def unscaled(self, plan: Layout, flat: Floats) -> Floats:
        """Weights (..., P) of networks on standardised points as those of the same on points.

        The encoder's first layer W, b becomes W / s, b - W m / s; of the decoder's last, the
        rows of the mean become s W, s b + m, and log s^2 is added to the log variance's bias.
        """
        found = flat.copy()
        weight, bias = plan.layers(found, "encoder")[0]
        wide = weight / self.std  # (..., H, 2) float64
        weight[...] = wide
        bias[...] = bias - wide @ self.mean  # in float64: rounded once
        weight, bias = plan.layers(found, "decoder")[-1]
        weight[..., :DATA_DIM, :] *= self.std[:, None]
        bias[..., :DATA_DIM] = bias[..., :DATA_DIM] * self.std + self.mean
        bias[..., DATA_DIM:] += 2 * np.log(self.std)
        return found

    def of_points(self, losses: Losses) -> Losses:
        """Losses of standardised points as those of the points: densities differ by s1 s2."""
        constant = math.log(float(self.std[0] * self.std[1]))
        total, reconstruction, kl = losses
        return Losses(total + constant, reconstruction + constant, kl)
