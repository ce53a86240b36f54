"""The few drawing items that pyqtgraph lacks or draws slowly, and plots in the program's style."""

from vae_gui.ui.plotting.frugal import import_pyqtgraph

import_pyqtgraph()
