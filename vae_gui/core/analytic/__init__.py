"""The fast engine: loss, gradient and Adam written out in NumPy, no torch anywhere."""

from vae_gui.core.analytic.engine import AnalyticEngine
from vae_gui.core.analytic.gradient import LossGradient

__all__ = ["AnalyticEngine", "LossGradient"]
