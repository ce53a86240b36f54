"""Helpers for tests of series that grow."""

import numpy as np

from vae_gui.ui.plotting.pyramid import MinMaxPyramid


def pyramid_of(values):
    """The pyramid of a whole series (n, columns)."""
    pyramid = MinMaxPyramid(values[:0].shape[1])
    pyramid.update(values)
    return pyramid


class Watched:
    """A series that counts how many of its rows are read."""

    def __init__(self, values):
        self.values, self.read = values, 0

    def __len__(self):
        return len(self.values)

    def __getitem__(self, rows):
        found = self.values[rows]
        self.read += len(found)
        return found


class Steps:
    """A series of so many rows of three equal numbers, 0, 1, 2, ..., that takes no memory."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, rows):
        numbers = np.arange(*rows.indices(self.n), dtype=np.float32)
        return np.repeat(numbers[:, None], 3, axis=1)
