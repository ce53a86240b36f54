"""The registry of data distributions, in the order of the gallery."""

from vae_gui.core.distributions.banana import Banana
from vae_gui.core.distributions.base import Array, Bounds, Distribution, MatrixView
from vae_gui.core.distributions.checkerboard import Checkerboard
from vae_gui.core.distributions.circles import Circles
from vae_gui.core.distributions.drawn import Drawn
from vae_gui.core.distributions.figure_eight import FigureEight
from vae_gui.core.distributions.funnel import Funnel
from vae_gui.core.distributions.gaussian import Gaussian
from vae_gui.core.distributions.gaussians import Component, GaussianMixture
from vae_gui.core.distributions.grid import Grid
from vae_gui.core.distributions.heart import Heart
from vae_gui.core.distributions.labels import beside, told
from vae_gui.core.distributions.mixed import Mixed
from vae_gui.core.distributions.moons import Moons
from vae_gui.core.distributions.own_file import OwnFile
from vae_gui.core.distributions.pinwheel import Pinwheel
from vae_gui.core.distributions.ring import Ring
from vae_gui.core.distributions.s_curve import SCurve
from vae_gui.core.distributions.spirals import Spirals
from vae_gui.core.distributions.student_t import StudentT
from vae_gui.core.distributions.transformed import Transform, Transformed
from vae_gui.core.distributions.uniform import Uniform

DISTRIBUTIONS: tuple[type[Distribution], ...] = (
    Gaussian,
    GaussianMixture,
    Ring,
    Grid,
    Moons,
    Circles,
    Spirals,
    SCurve,
    FigureEight,
    Heart,
    Pinwheel,
    Banana,
    Funnel,
    StudentT,
    Checkerboard,
    Uniform,
    Drawn,
    OwnFile,
)

__all__ = [
    "DISTRIBUTIONS",
    "Array",
    "Banana",
    "Bounds",
    "Checkerboard",
    "Circles",
    "Component",
    "Distribution",
    "Drawn",
    "FigureEight",
    "Funnel",
    "Gaussian",
    "GaussianMixture",
    "Grid",
    "Heart",
    "MatrixView",
    "Mixed",
    "Moons",
    "OwnFile",
    "Pinwheel",
    "Ring",
    "SCurve",
    "Spirals",
    "StudentT",
    "Transform",
    "Transformed",
    "Uniform",
    "beside",
    "told",
]
