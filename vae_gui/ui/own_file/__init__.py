"""A person's own file as data: the dialog, and reading it beside the window."""

from vae_gui.ui.own_file.desk import DataFileDesk

__all__ = ["DataFileDesk"]
