"""What is said when a run fails: a loss not finite before or in the midst of training, or else."""

from __future__ import annotations


class Diverged(RuntimeError):
    """A loss became infinite or not a number.

    Attributes:
        step: The step that could not be made; the one before it is the last good one.
        reason: What was not finite, as a sentence.
    """

    def __init__(self, step: int, reason: str) -> None:
        self.step = step
        self.reason = reason
        super().__init__(f"The run diverged at step {step:,}. {reason}")


class Untrainable(ValueError):
    """The test loss of the initial weights is infinite or not a number already.

    Args:
        losses: What was computed: total, reconstruction and KL.
    """

    def __init__(self, losses: tuple[float, float, float]) -> None:
        total, reconstruction, kl = losses
        super().__init__(
            f"The untrained model's test loss is not finite (total {total:.4g}, reconstruction "
            f"{reconstruction:.4g}, KL {kl:.4g}). Choose another training seed, another "
            "activation, or data nearer to the origin."
        )


class RunFailed(RuntimeError):
    """A run that was to give something ended before, for the reason that it says."""
