r"""The loss of the VAE and its gradient with respect to every weight, written out.

Examples are columns here, so that the halves [mu; log sigma^2] of a network's output,
and one example after another within a unit, lie side by side in memory. B examples x,
N noise samples eps for each, M = N B pairs of both; Z latent dimensions, H hidden
units, D = 2. The loss (Kingma & Welling 2014, eq. 10 and appendix B; beta: Higgins et
al. 2017), with l = log sigma^2 throughout:

    KL   = 1/B     sum_b  sum_j  (mu_z^2 + sigma_z^2 - 1 - l_z) / 2              over [Z, B]
    R    = 1/(N B) sum_nb sum_i  ((x - mu_x)^2 e^{-l_x} + l_x + log 2 pi) / 2    over [D, M]
    loss = R + beta KL,    z = mu_z + sigma_z eps,    sigma_z = e^{l_z / 2}

Differentiated from its end to its beginning:

1. The decoder's output.  With d = mu_x - x:
       dR/dmu_x = d e^{-l_x} / (N B),    dR/dl_x = (1 - d^2 e^{-l_x}) / (2 N B)
2. A network.  Layer k computes a_k = W_k h_{k-1} + b_k and h_k = f(a_k), the last one no f.
   Let delta_k = dloss/da_k, [units, columns]. Then
       dloss/dW_k = delta_k h_{k-1}^T,    dloss/db_k = sum over columns of delta_k,
       dloss/dh_{k-1} = W_k^T delta_k,    delta_{k-1} = f'(a_{k-1}) * dloss/dh_{k-1}
   and below the decoder's first layer this is dloss/dz, [Z, M].
3. The latents.  dz/dmu_z = 1 and dz/dl_z = sigma_z eps / 2, and each mu_z, l_z serves N
   latents, so with the KL term's own derivatives
       dloss/dmu_z = sum_n dloss/dz + beta mu_z / B
       dloss/dl_z  = sum_n dloss/dz * sigma_z eps / 2 + beta (sigma_z^2 - 1) / (2 B)
4. The encoder, as 2., from these two as its last delta.

Sums over a batch add up, so a large batch goes through in parts that stay in cache.
All is computed in the type of the weights: float32 trains, float64 tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from vae_gui.core.activations import DIFFERENTIATED
from vae_gui.core.analytic.perceptron import Perceptron, layers_of
from vae_gui.core.engine import examples_at_once
from vae_gui.core.interrupting import in_parts, never
from vae_gui.core.network import DATA_DIM, LOG_2PI, Floats, Layout, Losses

CACHED = 2**18  # values of one hidden layer that stay in a processor's cache: 1 MB in float32
SHAPES_KEPT = 4  # whole and ragged parts, of whole and of short batches


class Part:
    """Both networks and the loss between them, with memory for B examples.

    Args:
        encoder: With B columns.
        decoder: With M = N B columns.
    """

    def __init__(self, encoder: Perceptron, decoder: Perceptron) -> None:
        b = encoder.mu.shape[1]
        by_sample = (-1, decoder.mu.shape[1] // b, b)  # a view of [., M] as [., N, B]
        self._encoder = encoder
        self._decoder = decoder
        self._sigma = np.empty_like(encoder.mu)
        self._variance = np.empty_like(encoder.mu)
        self._kl_terms = np.empty_like(encoder.mu)
        self._scaled_noise = np.empty_like(decoder.inputs).reshape(by_sample)  # sigma_z eps
        self._z = decoder.inputs.reshape(by_sample)
        self._delta_z = decoder.delta_inputs.reshape(by_sample)
        self._mu_x = decoder.mu.reshape(by_sample)
        self._d = np.empty_like(decoder.mu)
        self._d_by_sample = self._d.reshape(by_sample)
        self._precision = np.empty_like(decoder.mu)  # e^{-l_x}
        self._squares = np.empty_like(decoder.mu)  # d^2 e^{-l_x}
        self._x_terms = np.empty_like(decoder.mu)

    def forward(self, x: Floats, noise: Floats) -> tuple[float, float]:
        """Sums over examples x [B, D] and noise [N, B, Z] of what makes up 2 R and 2 KL.

        Returns:
            Sum of d^2 e^{-l_x} + l_x over [D, M], and of mu_z^2 + sigma_z^2 - 1 - l_z over [Z, B].
        """
        encoder, decoder = self._encoder, self._decoder
        np.copyto(encoder.inputs, x.T)
        encoder.forward()
        np.multiply(encoder.log_var, 0.5, out=self._sigma)
        np.exp(self._sigma, out=self._sigma)  # [Z, B]
        np.multiply(noise.transpose(2, 0, 1), self._sigma[:, None], out=self._scaled_noise)
        np.add(self._scaled_noise, encoder.mu[:, None], out=self._z)  # [Z, N, B]
        decoder.forward()

        np.subtract(self._mu_x, encoder.inputs[:, None], out=self._d_by_sample)  # [D, N, B]
        np.negative(decoder.log_var, out=self._precision)
        np.exp(self._precision, out=self._precision)  # [D, M]
        np.multiply(self._d, self._precision, out=decoder.delta_mu)
        np.multiply(self._d, decoder.delta_mu, out=self._squares)
        np.add(self._squares, decoder.log_var, out=self._x_terms)

        np.multiply(self._sigma, self._sigma, out=self._variance)
        self._variance -= 1
        np.multiply(encoder.mu, encoder.mu, out=self._kl_terms)
        self._kl_terms += self._variance
        self._kl_terms -= encoder.log_var
        return float(np.add.reduce(self._x_terms, None)), float(np.add.reduce(self._kl_terms, None))

    def backward(self, examples: int, pairs: int, beta: float) -> None:
        """From what `forward` left behind to the gradient of every weight.

        Args:
            examples: B of the whole batch.
            pairs: N B of the whole batch.
            beta: Weight of the KL term.
        """
        encoder, decoder = self._encoder, self._decoder
        # delta_mu holds d e^{-l_x} already
        np.subtract(1, self._squares, out=decoder.delta_log_var)
        decoder.delta_log_var *= 0.5
        decoder.delta *= 1 / pairs  # [2 D, M]
        decoder.backward(to_inputs=True)  # delta_z = dloss/dz, [Z, N, B]

        np.add.reduce(self._delta_z, axis=1, out=encoder.delta_mu)  # [Z, B]
        self._delta_z *= self._scaled_noise
        np.add.reduce(self._delta_z, axis=1, out=encoder.delta_log_var)
        np.multiply(encoder.mu, beta / examples, out=self._kl_terms)
        encoder.delta_mu += self._kl_terms
        self._variance *= beta / examples  # (sigma_z^2 - 1) beta / B
        encoder.delta_log_var += self._variance
        encoder.delta_log_var *= 0.5
        encoder.backward(to_inputs=False)


class LossGradient:
    """The loss of batches, and its gradient.

    Args:
        plan: Layout of the weights.
        parameters: The weights (P,), float32 or float64; read anew by each call.

    Attributes:
        gradient: Gradient of the total loss (P,) after a call.
    """

    def __init__(self, plan: Layout, parameters: Floats) -> None:
        self.gradient = np.zeros_like(parameters)
        self._plan = plan
        self._of_part = np.zeros_like(parameters)
        self._activate = DIFFERENTIATED[plan.model.activation]
        self._encoder = layers_of(plan, "encoder", parameters, self._of_part)
        self._decoder = layers_of(plan, "decoder", parameters, self._of_part)
        self._parts: dict[tuple[int, int], Part] = {}

    def __call__(
        self,
        x: Floats,
        noise: Floats,
        beta: float,
        wants_stop: Callable[[], bool] = never,
    ) -> Losses:
        """Losses of examples x [B, 2] with noise [N, B, Z]; leaves `gradient` behind.

        Args:
            x: Examples.
            noise: Standard normal noise.
            beta: Weight of the KL term.
            wants_stop: Asked now and then while a large batch is computed.

        Raises:
            Interrupted: `wants_stop` said so.
        """
        n, b = noise.shape[:2]
        reconstruction = kl = 0.0
        with np.errstate(over="ignore", invalid="ignore"):  # the loss then says so itself
            for rows in self._parts_of(b, n, wants_stop):
                part = self._part(rows.stop - rows.start, n)
                x_terms, kl_terms = part.forward(x[rows], noise[:, rows])
                part.backward(b, n * b, beta)
                if rows.start == 0:
                    np.copyto(self.gradient, self._of_part)
                else:
                    self.gradient += self._of_part
                reconstruction += x_terms / (2 * n * b)
                kl += kl_terms / (2 * b)
        reconstruction += 0.5 * DATA_DIM * LOG_2PI
        return Losses(reconstruction + beta * kl, reconstruction, kl)

    def _parts_of(self, b: int, n: int, wants_stop: Callable[[], bool]) -> Iterator[slice]:
        """Slices of a batch that are computed one after another."""
        cached = max(1, CACHED // (n * self._plan.model.hidden_units))
        for part in in_parts(b, examples_at_once(self._plan, n), wants_stop):
            for rows in in_parts(part.stop - part.start, cached, never):
                yield slice(part.start + rows.start, part.start + rows.stop)

    def _part(self, b: int, n: int) -> Part:
        """The memory for this shape, kept from the last time if possible."""
        if (b, n) not in self._parts:
            if len(self._parts) == SHAPES_KEPT:
                del self._parts[next(iter(self._parts))]  # the oldest
            encoder = Perceptron(self._encoder, self._activate, b)
            decoder = Perceptron(self._decoder, self._activate, n * b)
            self._parts[b, n] = Part(encoder, decoder)
        return self._parts[b, n]
