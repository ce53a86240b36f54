"""What a model has learned, exactly: quadrature over the latent with its error told."""

from vae_gui.core.density.learned import GridDensity, Learned, PointDensity, decoded
from vae_gui.core.density.mixture import DiagonalMixture
from vae_gui.core.density.nodes import Array, Nodes, nodes, noise_nodes
from vae_gui.core.density.resolving import UNRELIABLE, Resolved, resolved

__all__ = [
    "UNRELIABLE",
    "Array",
    "DiagonalMixture",
    "GridDensity",
    "Learned",
    "Nodes",
    "PointDensity",
    "Resolved",
    "decoded",
    "nodes",
    "noise_nodes",
    "resolved",
]
