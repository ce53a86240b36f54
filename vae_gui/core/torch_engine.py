"""The reference engine: torch's autograd and torch's Adam, on any device that torch can use.

Imports torch only when an engine is made or a device is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from vae_gui.core.engine import NonFiniteLoss, examples_at_once
from vae_gui.core.interrupting import in_parts, never
from vae_gui.core.network import Layout, Losses
from vae_gui.core.parameters import InvalidValue
from vae_gui.core.preload import preload_torch
from vae_gui.core.state import AdamState, Float32

if TYPE_CHECKING:
    from torch import Tensor

LARGER_PARTS = 4  # a device computes larger parts at once than a processor's cache holds


class DeviceMissing(InvalidValue):
    """A device that torch cannot use here.

    Args:
        device: Its name, as in the configuration.
        reason: What keeps torch from using it.
    """

    def __init__(self, device: str, reason: str) -> None:
        super().__init__("training.device", device, f"{reason}; cpu is available")


def expect_device(name: str) -> None:
    """Make sure that torch can compute on a device. Imports torch for any but `cpu`.

    Raises:
        DeviceMissing: It cannot.
    """
    if name == "cpu":
        return
    preload_torch()
    import torch

    if name == "cuda" and not torch.cuda.is_available():
        built = torch.version.cuda or torch.version.hip
        why = "" if built else " (the installed torch is built without CUDA)"
        raise DeviceMissing(name, f"this machine has no CUDA device that torch can use{why}")
    if name == "mps" and not torch.backends.mps.is_available():
        raise DeviceMissing(name, "this machine has no Apple GPU that torch can use")
    try:  # it may be there and yet too old, taken by another program, or out of memory
        torch.ones(1, device=name).sum().item()
    except RuntimeError as error:
        told = str(error).partition("\n")[0].rstrip(".")
        raise DeviceMissing(name, f"torch cannot compute there ({told})") from None


class TorchEngine:
    """The reference: torch's autograd and torch's Adam, fused, on one flat parameter.

    On the CPU it trains the state's own memory. Any other device has a copy of it, and
    the state stays the truth: each step begins by copying weights and moments there, for
    they may have been restored or undone meanwhile, and ends by copying them back. That
    is 12 bytes a weight each way, so that what is drawn, kept and saved never asks where
    it was computed. The first engine made imports torch, which takes seconds.

    Args:
        plan: Layout of the weights.
        state: What to train; its arrays are shared, not copied.
        learning_rate: Step size of Adam.
        beta: Weight of the KL term.
        device: Where to compute: `cpu`, `cuda` or `mps`.

    Attributes:
        name: What computes, where, and in which numbers.
        beta: Weight of the KL term.

    Raises:
        DeviceMissing: torch cannot use that device.
    """

    def __init__(
        self,
        plan: Layout,
        state: AdamState,
        learning_rate: float,
        beta: float,
        device: str = "cpu",
    ) -> None:
        preload_torch()
        import torch

        from vae_gui.core.model import attached_vae

        expect_device(device)
        self.name = f"torch, {_in_words(device)}, float32"
        self.beta = beta
        self._torch = torch
        self._device = device
        self._plan = plan
        self._state = state
        self._host = torch.from_numpy(state.values[0])  # [3, P], memory that NumPy shares
        self._values = self._placed(self._host)
        self._grad = torch.zeros(plan.size, device=device)
        self._vae = attached_vae(plan, self._values[0], self._grad)
        flat = torch.nn.Parameter(self._values[0])
        flat.grad = self._grad
        self._optimiser = torch.optim.Adam([flat], lr=learning_rate, fused=True)
        self._count = torch.zeros((), device=device)
        # Adam finds its moments made already
        self._optimiser.state[flat] = {
            "step": self._count,
            "exp_avg": self._values[1],
            "exp_avg_sq": self._values[2],
        }

    @property
    def learning_rate(self) -> float:
        """Step size of Adam."""
        return float(self._optimiser.param_groups[0]["lr"])

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._optimiser.param_groups[0]["lr"] = value

    def step(
        self, batch: Float32, noise: Float32, wants_stop: Callable[[], bool] = never
    ) -> Losses:
        """Make one update and return the losses from before it; see `Engine.step`."""
        self._use_one_thread()
        self._values.copy_(self._host)  # on the CPU they are one: nothing happens
        losses = self._differentiate(batch, noise, wants_stop)
        if not math.isfinite(losses.total):
            raise NonFiniteLoss("training", losses)
        self._count.fill_(self._state.counts[0])  # Adam adds one before it uses it
        self._state.keep()
        self._optimiser.step()
        self._host.copy_(self._values)
        self._state.counts[0] += 1
        return losses

    def _placed(self, host: Tensor) -> Tensor:
        """Where weights and moments (3, P) are computed with: `host` itself, or a copy of it."""
        return host.to(self._device)

    def _differentiate(
        self, batch: Float32, noise: Float32, wants_stop: Callable[[], bool]
    ) -> Losses:
        """Leave the gradient of the total loss in the gradient buffer; return the losses."""
        self._grad.zero_()
        x = self._torch.from_numpy(batch).to(self._device)  # [B, 2]
        e = self._torch.from_numpy(noise).to(self._device)  # [N, B, Z]
        sums = [0.0, 0.0, 0.0]
        for rows in in_parts(len(batch), self._at_once(len(noise)), wants_stop):
            parts = self._vae.loss(x[rows], e[:, rows], self.beta)
            weight: float = (rows.stop - rows.start) / len(batch)
            (parts[0] if weight == 1 else parts[0] * weight).backward()  # type: ignore[no-untyped-call]
            sums = [s + weight * p.item() for s, p in zip(sums, parts, strict=True)]
        return Losses(*sums)

    def _at_once(self, noise_samples: int) -> int:
        """How many examples to compute together."""
        on_cpu = self._values is self._host
        return examples_at_once(self._plan, noise_samples) * (1 if on_cpu else LARGER_PARTS)

    def _use_one_thread(self) -> None:
        # A second thread costs more than it brings at these sizes and starves a window.
        # The number belongs to the calling thread, hence asked for in every step.
        if self._torch.get_num_threads() != 1:
            self._torch.set_num_threads(1)


def _in_words(device: str) -> str:
    """A device that is there, as the status bar names it."""
    import torch

    if device == "cuda":
        return f"CUDA ({torch.cuda.get_device_name()})"
    return {"cpu": "CPU", "mps": "Apple GPU (MPS)"}[device]
