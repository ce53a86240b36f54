"""The few drawing items that pyqtgraph lacks or draws slowly."""
