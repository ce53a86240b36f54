"""What the lens says of a point, as rich text in a theme's colours."""

from __future__ import annotations

from vae_gui.core.distributions import told
from vae_gui.ui.panels.latent_views import signed
from vae_gui.ui.panels.lens_question import Seen
from vae_gui.ui.panels.loss_words import nats
from vae_gui.ui.theme import Theme

EXPLAINED = (
    "KL(q‖p(z|x)) is what the loss of this point lies above −log pθ(x). The best diagonal "
    "Gaussian q* leaves the approximation gap; the rest is the encoder's, the amortisation gap. "
    "Half axes of the reconstruction are the decoder's standard deviations."
)


def lens_words(theme: Theme, seen: Seen, exact: bool = True) -> str:
    """Numbers in nats, a row each; then the doubt, if there is one."""
    lens = seen.lens
    amortisation = lens.kl - lens.kl_best
    pair = "({}, {})".format(*(signed(float(v), 2) for v in lens.x))
    back = "({}, {})".format(*(signed(float(v), 2) for v in lens.reconstruction))
    half = "{:.2f}, {:.2f}".format(*lens.reconstruction_std.tolist())
    error = f" ± {lens.log_p_error:.1g}" if lens.log_p_error >= 5e-5 else ""
    rows = [
        ("text", "x", pair),
        ("learned", "log p<sub>θ</sub>(x)", nats(lens.log_p) + error),
        ("true", "log p(x)", nats(seen.true_log_p)),
        ("latent", "KL(q‖p(z|x))", nats(lens.kl)),
        ("text", "KL(q*‖p(z|x))", nats(lens.kl_best)),
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
