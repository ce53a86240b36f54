"""Opens the window. Imports no more than that needs: the window is to come at once."""

from __future__ import annotations

import gc
import os
from argparse import Namespace

from vae_gui.core import storage
from vae_gui.core.config import RunConfig
from vae_gui.core.storage import FileProblem
from vae_gui.display import no_window_because


def open_window(options: Namespace) -> int:
    """Open the window; where none can be opened, do a run without. Returns the exit code.

    Raises:
        FileProblem: A file cannot be read, or there is no window to show a run in.
    """
    config = storage.load_config(options.config) if options.config else None
    if config is not None:
        storage.expect_data(config)
    if options.run is not None:
        storage.expect_readable(options.run)
    reason = no_window_because(os.environ)
    if not reason:
        gc.disable()  # as `ui.app` does soon: nothing of what is imported is garbage
        from vae_gui.ui.app import run_window

        return run_window(config, options.run, options.config)
    if options.run is not None:
        raise FileProblem(f"cannot show {str(options.run)!r} in a window: {reason}")
    from vae_gui.commands import run_instead

    return run_instead(config or RunConfig(), reason)
