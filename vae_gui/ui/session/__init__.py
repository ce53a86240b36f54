"""The run and its thread: the only threading code in the program."""

from vae_gui.ui.session.controller import RunController, State
from vae_gui.ui.session.mailbox import Prepared, Trouble

__all__ = ["Prepared", "RunController", "State", "Trouble"]
