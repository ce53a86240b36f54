"""One network forward and backward in memory that is reserved once; derived in `gradient`.

Shapes: M columns, one an input; H hidden units; D_in inputs, 2 D_out outputs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vae_gui.core.activations import Differentiated
from vae_gui.core.network import Floats, Layout


class Layer(NamedTuple):
    """A linear layer's weights and the place of their gradients: views of flat vectors."""

    weight: Floats  # [out, in]
    bias: Floats  # [out, 1]
    weight_grad: Floats  # [out, in]
    bias_grad: Floats  # [out]


def layers_of(plan: Layout, part: str, flat: Floats, grad: Floats) -> list[Layer]:
    """The layers of the `encoder` or `decoder` in weights (P,) and gradients (P,)."""
    values, gradients = plan.layers(flat, part), plan.layers(grad, part)
    return [
        Layer(weight, bias[:, None], weight_grad, bias_grad)
        for (weight, bias), (weight_grad, bias_grad) in zip(values, gradients, strict=True)
    ]


class Perceptron:
    """A network and its memory for M columns.

    Fill `inputs`, call `forward`, read `mu` and `log_var`; fill their deltas, call `backward`.

    Args:
        layers: From input to output.
        activate: Follows each layer but the last.
        columns: M.

    Attributes:
        inputs: [D_in, M].
        mu: Means, [D_out, M].
        log_var: Log variances, [D_out, M].
        delta: Derivative of the loss by [mu; log_var], [2 D_out, M].
        delta_mu: Its upper half.
        delta_log_var: Its lower half.
        delta_inputs: Derivative of the loss by the inputs, [D_in, M].
    """

    def __init__(self, layers: list[Layer], activate: Differentiated, columns: int) -> None:
        dtype = layers[0].weight.dtype
        widths = [layer.weight.shape[1] for layer in layers]  # of what each layer sees
        outputs = len(layers[-1].weight)
        self._layers = layers
        self._activate = activate
        self._ones = np.ones(columns, dtype)
        # h_k with a row of ones below, so that one product multiplies and adds the bias
        self._seen = [np.ones((width + 1, columns), dtype) for width in widths]
        self._joined = [np.empty((w.shape[0], w.shape[1] + 1), dtype) for w, *_ in layers[:-1]]
        self._slopes = [np.empty((width, columns), dtype) for width in widths[1:]]  # f'(a_k)
        self._scratch = np.empty_like(self._slopes[0])
        self._outputs = np.empty((outputs, columns), dtype)
        self.delta = np.empty_like(self._outputs)
        half = outputs // 2
        self.mu, self.log_var = self._outputs[:half], self._outputs[half:]
        self.delta_mu, self.delta_log_var = self.delta[:half], self.delta[half:]
        self.inputs = self._seen[0][:-1]
        self.delta_inputs = np.empty_like(self.inputs)

    def forward(self) -> None:
        """From `inputs` to `mu` and `log_var`."""
        *hidden, last = self._layers
        for k, (layer, joined) in enumerate(zip(hidden, self._joined, strict=True)):
            joined[:, :-1] = layer.weight
            joined[:, -1:] = layer.bias
            a = self._seen[k + 1][:-1]
            np.matmul(joined, self._seen[k], out=a)  # W h + b, [H, M]
            self._activate(a, self._slopes[k], self._scratch)
        np.matmul(last.weight, self._seen[-1][:-1], out=self._outputs)
        self._outputs += last.bias  # [2 D_out, M]

    def backward(self, to_inputs: bool) -> None:
        """From `delta` to the gradient of every weight and, if wanted, to `delta_inputs`."""
        delta = self.delta  # [out, M]
        for k in reversed(range(len(self._layers))):
            weight, _, weight_grad, bias_grad = self._layers[k]
            np.matmul(delta, self._seen[k][:-1].T, out=weight_grad)
            np.dot(delta, self._ones, out=bias_grad)
            if k:
                np.matmul(weight.T, delta, out=self._scratch)  # dloss/dh, [in, M]
                delta = self._slopes[k - 1]
                delta *= self._scratch
            elif to_inputs:
                np.matmul(weight.T, delta, out=self.delta_inputs)
