"""How curves of metrics are told apart: by the program's meanings of colours, then by dashes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPen

from vae_gui.core.diagnostics import Metric
from vae_gui.ui.theme import Theme

MEANINGS = {
    "reconstruction": "reconstruction",
    "kl": "latent",
    "marginal_kl": "latent",
    "mutual_information": "latent",
    "active_units": "latent",
    "approximation_gap": "latent",
    "amortisation_gap": "latent",
    "posterior_collapse": "latent",
    "entropy_floor": "true",
    "test_floor": "true",
    "nats_above_test_floor": "regret",
    "nats_above_floor": "learned",
    "log_likelihood": "learned",
    "divergence_on_test": "learned",
    "kl_forward": "learned",
    "kl_reverse": "learned",
    "jensen_shannon": "learned",
    "total_variation": "learned",
    "sliced_wasserstein": "learned",
    "mmd": "learned",
}
OTHERS = "total"  # a number of the model as a whole
# lengths of lines and gaps, in widths of the pen, of the curves of one colour
DASHES = ((), (6, 4), (2, 3), (8, 3, 2, 3), (14, 4), (8, 3, 2, 3, 2, 3))
MOST = len(DASHES)  # curves at once


def meaning(metric: Metric) -> str:
    """The theme role of a metric's curve."""
    return MEANINGS.get(metric.key, OTHERS)


def pens(theme: Theme, metrics: Iterable[Metric]) -> list[QPen]:
    """A pen for each of at most `MOST` metrics, no two alike."""
    seen: Counter[str] = Counter()
    made = []
    for metric in metrics:
        role = meaning(metric)
        pen = theme.pen(role, 1.5)
        dashes = DASHES[seen[role]]
        if dashes:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)  # square ends would close the gaps
            pen.setDashPattern(dashes)
        seen[role] += 1
        made.append(pen)
    return made
