"""The run and jobs, each with its thread: the only threading code in the program."""

from vae_gui.ui.session.analyst import Models
from vae_gui.ui.session.controller import RunController, State
from vae_gui.ui.session.jobs import JobDesk
from vae_gui.ui.session.mailbox import Prepared, Trouble

__all__ = ["JobDesk", "Models", "Prepared", "RunController", "State", "Trouble"]
