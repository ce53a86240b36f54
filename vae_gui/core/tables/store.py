"""Rows that were read already, so that they are read once: for any thread."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from weakref import WeakValueDictionary

from vae_gui.core.tables.source import Rows

KEPT = 4  # readings, of at most 64 MB


class RowStore:
    """Rows by whatever identifies them: the last few, and all that are in use."""

    def __init__(self) -> None:
        self._last: OrderedDict[int, Rows] = OrderedDict()  # one reading may have several keys
        self._all: WeakValueDictionary[Hashable, Rows] = WeakValueDictionary()
        self._lock = Lock()

    def get(self, key: Hashable) -> Rows | None:
        """The rows of this key, if they are (still) there."""
        with self._lock:
            found = self._all.get(key)
            if found is not None:
                self._keep(found)
            return found

    def put(self, key: Hashable, rows: Rows) -> None:
        """Keep rows; those not asked for longest are left to whoever uses them."""
        with self._lock:
            self._all[key] = rows
            self._keep(rows)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._last.clear()
            self._all.clear()

    def _keep(self, rows: Rows) -> None:
        self._last[id(rows)] = rows
        self._last.move_to_end(id(rows))
        while len(self._last) > KEPT:
            self._last.popitem(last=False)
