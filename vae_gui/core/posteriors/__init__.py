"""What is known of z once x is seen: exactly, by the encoder, and over all the data."""

from vae_gui.core.posteriors.fitting import best_gaussians
from vae_gui.core.posteriors.gaussians import (
    Bound,
    Gaussians,
    bound,
    bound_error,
    encoded,
    log_likelihoods,
)
from vae_gui.core.posteriors.ladder import RUNGS, Ladder, ladder
from vae_gui.core.posteriors.lens import Lens, ellipses, look, posterior_on_grid, warped_grid
from vae_gui.core.posteriors.surgery import (
    HOLE,
    LINE_SHOWN,
    PRIOR_SHOWN,
    Aggregate,
    Surgery,
    aggregate,
    surgery,
)

__all__ = [
    "HOLE",
    "LINE_SHOWN",
    "PRIOR_SHOWN",
    "RUNGS",
    "Aggregate",
    "Bound",
    "Gaussians",
    "Ladder",
    "Lens",
    "Surgery",
    "aggregate",
    "best_gaussians",
    "bound",
    "bound_error",
    "ellipses",
    "encoded",
    "ladder",
    "log_likelihoods",
    "look",
    "posterior_on_grid",
    "surgery",
    "warped_grid",
]
