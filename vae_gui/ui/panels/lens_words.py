"""What the lens says of a point, as rich text in a theme's colours."""

from __future__ import annotations

import math

from vae_gui.core.distributions import told
from vae_gui.ui.panels.latent_views import signed
from vae_gui.ui.panels.lens_question import Seen
from vae_gui.ui.panels.loss_words import nats
from vae_gui.ui.theme import Theme

SMALLEST_ERROR = 5e-5  # smaller ones do not show in four places
EXPLAINED = (
    "KL(q‖p(z|x)) is what the loss of this point lies above −log pθ(x). The best diagonal "
    "Gaussian q* leaves the approximation gap; the rest is the encoder's, the amortisation gap. "
    "Half axes of the reconstruction are the decoder's standard deviations."
)


def measured(value: float, error: float, doubted: bool) -> str:
    """A number of nats, its error where that shows, and a sign where it is to be doubted.

    Args:
        value: The number.
        error: Of it.
        doubted: Whether it cannot be right, as a divergence below 0; what rounds to 0 is 0.
    """
    if abs(value) < SMALLEST_ERROR:
        return nats(0.0) + error_words(error)
    return ("⚠ " if doubted else "") + nats(value) + error_words(error)


def error_words(error: float) -> str:
    """What comes after a number of nats, nothing where the error does not show in it."""
    return f" ± {error:.1g}" if SMALLEST_ERROR <= error < math.inf else ""


def three_digits(value: float) -> str:
    """A standard deviation to three significant digits, however small."""
    return f"{value:#.3g}".rstrip(".")


def lens_words(theme: Theme, seen: Seen, exact: bool = True) -> str:
    """Numbers in nats, a row each; then the doubt, if there is one."""
    lens = seen.lens
    amortisation = lens.kl - lens.kl_best
    pair = "({}, {})".format(*(signed(float(v), 2) for v in lens.x))
    back = "({}, {})".format(*(signed(float(v), 2) for v in lens.reconstruction))
    half = "{}, {}".format(*(three_digits(v) for v in lens.reconstruction_std.tolist()))
    error, doubted = lens.log_p_error, bool(lens.doubt)  # log p is in both divergences too
    rows = [
        ("text", "x", pair),
        ("learned", "log p<sub>θ</sub>(x)", measured(lens.log_p, error, doubted)),
        ("true", "log p(x)", nats(seen.true_log_p)),
        ("latent", "KL(q‖p(z|x))", measured(lens.kl, error, doubted or lens.kl < 0)),
        ("text", "KL(q*‖p(z|x))", measured(lens.kl_best, error, doubted or lens.kl_best < 0)),
        ("muted", "the encoder's part", nats(amortisation)),
        ("reconstruction", "reconstruction", back),
        ("reconstruction", "its σ", half),
    ]
    lines = "".join(
        f'<tr><td style="color:{getattr(theme, role)}">{told(name, exact)}</td>'
        f'<td align="right">&nbsp;{value.replace(" ", "&nbsp;")}</td></tr>'
        for role, name, value in rows
    )
    said = f'<table cellspacing="0" width="100%">{lines}</table>'
    if lens.doubt:
        said += f'<p style="color:{theme.warning}">⚠ {lens.doubt}</p>'
    return said
