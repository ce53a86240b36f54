"""The side controls, made from the declarations of parameters alone."""

from vae_gui.ui.form.controls import controls_stylesheet
from vae_gui.ui.form.side_controls import SideControls

__all__ = ["SideControls", "controls_stylesheet"]
