"""Rows that were read already, so that they are read once: the last few, for any thread."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

from vae_gui.core.tables.source import Rows

KEPT = 4  # of at most 64 MB


class RowStore:
    """Rows by whatever identifies them."""

    def __init__(self) -> None:
        self._rows: OrderedDict[Hashable, Rows] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Rows | None:
        """The rows of this key, if they are (still) there."""
        with self._lock:
            if key in self._rows:
                self._rows.move_to_end(key)
            return self._rows.get(key)

    def put(self, key: Hashable, rows: Rows) -> None:
        """Keep rows; those not asked for longest make room."""
        with self._lock:
            self._rows[key] = rows
            self._rows.move_to_end(key)
            while len(self._rows) > KEPT:
                self._rows.popitem(last=False)
