"""Linear VAEs, set by hand: probabilistic PCA, of which everything has a closed form.

With activation `identity` the decoder is x = W z + b + noise of variances psi, the encoder
q(z|x) = N(A x + c, diag s^2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vae_gui.core.config import ModelConfig
from vae_gui.core.network import Layout, layout
from vae_gui.core.threads import use_one_blas_thread

use_one_blas_thread()  # as in the program: several wait for one another on a busy machine


@dataclass(frozen=True)
class Linear:
    """The model, and what is known of it in closed form."""

    w: np.ndarray  # (2, Z)
    b: np.ndarray  # (2,)
    psi: np.ndarray  # (2,)
    a: np.ndarray  # (Z, 2)
    c: np.ndarray  # (Z,)
    s: np.ndarray  # (Z,)

    @property
    def plan(self) -> Layout:
        hidden = max(2, self.w.shape[1])
        return layout(
            ModelConfig(latent=self.w.shape[1], hidden_units=hidden, activation="identity")
        )

    @property
    def flat(self) -> np.ndarray:
        """Weights (P,) in float64."""
        plan, latent = self.plan, self.w.shape[1]
        flat = np.zeros(plan.size)
        views = plan.views(flat)
        np.fill_diagonal(views["encoder.shared.0.weight"], 1)
        np.fill_diagonal(views["decoder.shared.0.weight"], 1)
        views["encoder.param_layer.weight"][:latent, :2] = self.a
        views["encoder.param_layer.bias"][:] = np.concatenate([self.c, 2 * np.log(self.s)])
        views["decoder.param_layer.weight"][:2, :latent] = self.w
        views["decoder.param_layer.bias"][:] = np.concatenate([self.b, np.log(self.psi)])
        return flat

    @property
    def covariance(self) -> np.ndarray:
        """Of p_theta(x) = N(b, W W^T + psi)."""
        return self.w @ self.w.T + np.diag(self.psi)

    @property
    def precision(self) -> np.ndarray:
        """Of the posterior, (Z, Z), the same for every x."""
        return np.eye(self.w.shape[1]) + self.w.T @ (self.w / self.psi[:, None])

    def posterior_mean(self, x: np.ndarray) -> np.ndarray:
        """(n, 2) -> (n, Z)."""
        return np.linalg.solve(self.precision, self.w.T @ ((x - self.b) / self.psi).T).T

    def sample(self, n: int, seed: int = 1) -> np.ndarray:
        """Points that the model would generate, (n, 2)."""
        return np.random.default_rng(seed).multivariate_normal(self.b, self.covariance, n)

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        return log_gaussian(x, self.b, self.covariance)


def log_gaussian(x: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    d = x - mean
    squares = np.einsum("ni,ij,nj->n", d, np.linalg.inv(covariance), d)
    return -0.5 * (squares + np.linalg.slogdet(2 * np.pi * covariance)[1])


def kl_gaussians(mean0: np.ndarray, cov0: np.ndarray, mean1: np.ndarray, cov1: np.ndarray) -> float:
    """KL(N0 || N1) in nats."""
    d, inverse = mean1 - mean0, np.linalg.inv(cov1)
    logs = np.linalg.slogdet(cov1)[1] - np.linalg.slogdet(cov0)[1]
    return 0.5 * float(np.trace(inverse @ cov0) + d @ inverse @ d - len(d) + logs)


def some_linear(latent: int, scale: float = 0.7, seed: int = 0) -> Linear:
    """One with nothing special about it; its encoder is not the best."""
    rng = np.random.default_rng(seed)
    return Linear(
        w=scale * rng.standard_normal((2, latent)),
        b=np.array([0.4, -0.3]),
        psi=np.array([0.5, 0.8]),
        a=0.4 * rng.standard_normal((latent, 2)),
        c=0.1 * rng.standard_normal(latent),
        s=rng.uniform(0.5, 0.9, latent),
    )


def valley(w1: float) -> Linear:
    """A model of the default data that reaches the floor, for w1 in (0.5, 1).

    x = mean + w z + noise with w1 w2 = 1/2 and psi_i = 1 - w_i^2; the encoder is the exact
    posterior.
    """
    w = np.array([[w1], [0.5 / w1]])
    psi = 1 - w[:, 0] ** 2
    precision = 1 + float(np.sum(w[:, 0] ** 2 / psi))
    a = (w[:, 0] / psi / precision)[None]  # (1, 2)
    mean = np.array([1.0, 0.5])
    return Linear(w, mean, psi, a, -a @ mean, np.array([precision**-0.5]))


def with_moments(mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Four points (4, 2) of exactly this mean and covariance: averages of quadratics are exact."""
    axes = np.sqrt(2) * np.linalg.cholesky(covariance).T
    return mean + np.concatenate([axes, -axes])
