"""Files of numbers that a person brings along: CSV and its relatives, NPY, NPZ.

Read in steps, so that whoever reads can show progress and stop; never by running
anything from them.
"""

from vae_gui.core.tables.loading import finished, hashing, preview, previewing, read, reading
from vae_gui.core.tables.source import (
    ARRAYS,
    AUTOMATIC,
    HEADERS,
    LARGEST_FILE,
    MOST_ROWS,
    SEPARATORS,
    SUFFIXES,
    Preview,
    Rows,
    Source,
    chosen_columns,
)
from vae_gui.core.tables.store import RowStore

__all__ = [
    "ARRAYS",
    "AUTOMATIC",
    "HEADERS",
    "LARGEST_FILE",
    "MOST_ROWS",
    "SEPARATORS",
    "SUFFIXES",
    "Preview",
    "RowStore",
    "Rows",
    "Source",
    "chosen_columns",
    "finished",
    "hashing",
    "preview",
    "previewing",
    "read",
    "reading",
]
