"""The registry of data distributions, in the order of the gallery."""

from vae_gui.core.distributions.base import Array, Bounds, Distribution, MatrixView
from vae_gui.core.distributions.drawn import Drawn
from vae_gui.core.distributions.gaussian import Gaussian
from vae_gui.core.distributions.gaussians import Component, GaussianMixture
from vae_gui.core.distributions.moons import Moons
from vae_gui.core.distributions.ring import Ring

DISTRIBUTIONS: tuple[type[Distribution], ...] = (Gaussian, GaussianMixture, Ring, Moons, Drawn)

__all__ = [
    "DISTRIBUTIONS",
    "Array",
    "Bounds",
    "Component",
    "Distribution",
    "Drawn",
    "Gaussian",
    "GaussianMixture",
    "MatrixView",
    "Moons",
    "Ring",
]
