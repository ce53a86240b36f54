"""A person's own file as data: the dialog, and reading it beside the window."""

from vae_gui.ui.own_file.desk import DataFileDesk
from vae_gui.ui.own_file.dialog import OwnFileDialog

__all__ = ["DataFileDesk", "OwnFileDialog"]
