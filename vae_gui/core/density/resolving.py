"""As many quadrature nodes as a model needs: more until the error is small, or it is told.

A decoder whose standard deviation collapses is narrower than any fixed spacing of nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_gui.core.density.learned import Learned, decoded
from vae_gui.core.density.nodes import UNIFORM_UP_TO, nodes, usual_count
from vae_gui.core.interrupting import never
from vae_gui.core.network import DATA_DIM, Floats, Layout

# Nodes are added while halving them changes more nats than this. What the others are off by
# is far less: on a grid a fourth power of it.
TOLERANCE = 3e-3
UNRELIABLE = 0.01  # nats: numbers with a larger error are marked
PROBE = 64  # points that tell whether the nodes suffice
MOST_NODES = 2**16
MOST_WIDER = 4.0  # times as far as usual
EDGE = 0.95  # of the reach: posteriors beyond this may go on outside
MOST_AT_EDGE = 1e-4  # share of a posterior
WIDEST = 1e100  # decoder standard deviation that is still a number to compute with
DECODER_WORK = 1e9  # multiplications that decoding more nodes may take: a second


@dataclass(frozen=True, slots=True, eq=False)
class Resolved:
    """What a model has learned, at as many nodes as it takes.

    Attributes:
        learned: The decoder at these nodes.
        error: Mean change of log p_theta(x) on halving the nodes, in nats, over the points
            that were asked about.
        doubt: Why its numbers are not to be relied on, as a sentence; empty if they are.
    """

    learned: Learned
    error: float
    doubt: str

    @property
    def reliable(self) -> bool:
        """Whether its numbers are as exact as is claimed."""
        return not self.doubt


def resolved(
    plan: Layout,
    flat: Floats,
    x: npt.ArrayLike,
    tolerance: float = TOLERANCE,
    most: int = MOST_NODES,
    wants_stop: Callable[[], bool] = never,
) -> Resolved:
    """Choose nodes for a model and the points (n, 2) it is to be asked about.

    They become four times as many while halving them changes the mean log density of some of
    the points by more than `tolerance`, and reach farther while posteriors lie at their edge.

    Args:
        plan: Where each weight lies.
        flat: The weights, (P,).
        x: The points; the first `PROBE` decide.
        tolerance: In nats.
        most: Nodes at most.
        wants_stop: Asked between two attempts and within them.

    Raises:
        Interrupted: `wants_stop` said so.
    """
    probe = np.asarray(x, np.float64).reshape(-1, DATA_DIM)[:PROBE]
    latent, wider = plan.model.latent, 1.0
    count = min(usual_count(latent), most)
    most = min(most, max(count, _affordable(plan)))
    while True:
        learned = decoded(plan, flat, nodes(latent, count, wider), wants_stop)
        error = float(np.mean(learned.log_prob(probe, wants_stop).error))
        at_edge = _at_edge(learned, probe, wants_stop)
        if at_edge > MOST_AT_EDGE and wider < MOST_WIDER:
            wider, count = 2 * wider, min(most, count * 2**latent)
        elif error > tolerance and count < most:  # not so if it is no number
            count = min(most, 4 * count)
        else:
            return Resolved(learned, error, _doubt(learned, error, at_edge))


def _affordable(plan: Layout) -> int:
    model = plan.model
    width, layers = model.hidden_units, model.hidden_layers
    work = width * (model.latent + 2 * DATA_DIM) + (layers - 1) * width**2
    return int(DECODER_WORK / work)


def _at_edge(
    learned: Learned, probe: npt.NDArray[np.float64], wants_stop: Callable[[], bool]
) -> float:
    """Mean share of the posteriors that lies at the edge of a grid of nodes."""
    rule = learned.nodes
    if rule.z.shape[1] > UNIFORM_UP_TO:
        return 0.0
    edge = np.sum(rule.z**2, axis=1) > (EDGE * rule.reach) ** 2
    return float(learned.posterior(probe, wants_stop)[:, edge].sum(axis=1).mean())


def _doubt(learned: Learned, error: float, at_edge: float) -> str:
    mixture = learned.mixture
    if not (np.isfinite(mixture.mu).all() and np.isfinite(mixture.sigma).all()):
        return "The weights are not finite."
    if mixture.sigma.max() > WIDEST:
        return "The decoder's σ is beyond what can be computed with."
    if not error <= UNRELIABLE:
        return (
            f"Half of the {len(learned.nodes.weights):,} nodes would change log p by {error:.2g} "
            f"nats: the decoder's σ, down to {mixture.sigma.min():.2g}, is narrow beside them."
        )
    if at_edge > MOST_AT_EDGE:
        return f"Posteriors lie beyond |z| = {learned.nodes.reach:.0f}, where the nodes end."
    return ""
