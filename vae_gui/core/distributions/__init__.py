"""The registry of data distributions, in the order of the gallery."""

from vae_gui.core.distributions.base import Array, Bounds, Distribution, MatrixView
from vae_gui.core.distributions.gaussian import Gaussian
from vae_gui.core.distributions.gaussians import Component, GaussianMixture
from vae_gui.core.distributions.labels import told
from vae_gui.core.distributions.moons import Moons
from vae_gui.core.distributions.own_file import OwnFile
from vae_gui.core.distributions.ring import Ring

DISTRIBUTIONS: tuple[type[Distribution], ...] = (Gaussian, GaussianMixture, Ring, Moons, OwnFile)

__all__ = [
    "DISTRIBUTIONS",
    "Array",
    "Bounds",
    "Component",
    "Distribution",
    "Gaussian",
    "GaussianMixture",
    "MatrixView",
    "Moons",
    "OwnFile",
    "Ring",
    "told",
]
