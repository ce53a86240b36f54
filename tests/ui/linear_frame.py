"""Frames of linear VAEs that are set by hand, of which everything has a closed form."""

import numpy as np

from vae_gui.core.config import ModelConfig, RunConfig
from vae_gui.core.network import layout
from vae_gui.core.recording import Recording
from vae_gui.core.views import DisplayNoise, draw_picture
from vae_gui.ui.frame import Frame


def linear_frame(w, b, psi, a, s, test, run=1):
    """A frame of x = W z + b + noise of variances psi, q(z|x) = N(A x, diag s^2).

    Args:
        w: (2, Z).
        b: (2,).
        psi: (2,).
        a: (Z, 2).
        s: (Z,).
        test: Points to be encoded, (m, 2).
        run: Number of the run.
    """
    w, a = np.asarray(w, float), np.asarray(a, float)
    latent = w.shape[1]
    hidden = max(2, latent)
    model = ModelConfig(latent=latent, hidden_units=hidden, activation="identity")
    plan = layout(model)
    flat = np.zeros(plan.size, np.float32)
    views = plan.views(flat)
    np.fill_diagonal(views["encoder.shared.0.weight"], 1)
    np.fill_diagonal(views["decoder.shared.0.weight"], 1)
    views["encoder.param_layer.weight"][:latent, :2] = a
    views["encoder.param_layer.bias"][latent:] = 2 * np.log(s)
    views["decoder.param_layer.weight"][:2, :latent] = w
    views["decoder.param_layer.bias"][:] = np.concatenate([b, np.log(psi)])
    noise = DisplayNoise.draw(500, latent, np.random.default_rng(0))
    picture = draw_picture(plan, flat, noise, test, 0, 0)
    return Frame(run, RunConfig(model=model), plan, noise, picture, Recording(plan.size))
