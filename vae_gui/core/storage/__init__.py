"""Files of a run: configuration, tables, weights and the whole recording.

Written atomically, read without running anything from them. Every failure is a
`FileProblem`: a sentence for the user.
"""

from vae_gui.core.storage.configs import load_config, presets, save_config
from vae_gui.core.storage.data_files import (
    expect_data,
    own_file,
    reading_data,
    with_data_in_memory,
)
from vae_gui.core.storage.files import (
    FileProblem,
    atomic_write,
    expect_readable,
    expect_writable,
    replacing,
)
from vae_gui.core.storage.runs import SavedRun, load_run, save_run
from vae_gui.core.storage.tables import (
    save_arrays,
    save_columns,
    save_metrics,
    save_rows,
    save_test_losses,
    save_train_losses,
)
from vae_gui.core.storage.weights import load_weights, save_weights

__all__ = [
    "FileProblem",
    "SavedRun",
    "atomic_write",
    "expect_data",
    "expect_readable",
    "expect_writable",
    "load_config",
    "load_run",
    "load_weights",
    "own_file",
    "presets",
    "reading_data",
    "replacing",
    "save_arrays",
    "save_columns",
    "save_config",
    "save_metrics",
    "save_rows",
    "save_run",
    "save_test_losses",
    "save_train_losses",
    "save_weights",
    "with_data_in_memory",
]
