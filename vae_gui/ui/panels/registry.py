"""The registry of panels, in the order of the View menu."""

from vae_gui.ui.panels.base import Panel
from vae_gui.ui.panels.data_space import DataSpacePanel
from vae_gui.ui.panels.film_strip import FilmStripPanel
from vae_gui.ui.panels.histograms import HistogramsPanel
from vae_gui.ui.panels.latent import LatentPanel
from vae_gui.ui.panels.lens import LensPanel
from vae_gui.ui.panels.loss import LossPanel
from vae_gui.ui.panels.metrics import MetricsPanel
from vae_gui.ui.panels.nats import NatsPanel
from vae_gui.ui.panels.network import NetworkPanel

PANELS: tuple[type[Panel], ...] = (
    DataSpacePanel,
    LossPanel,
    HistogramsPanel,
    NatsPanel,
    LensPanel,
    LatentPanel,
    FilmStripPanel,
    NetworkPanel,
    MetricsPanel,
)
