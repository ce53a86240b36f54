"""An array that grows: it holds what was written to it, and gives back what it has outgrown."""

import os
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_gui.core import growing
from vae_gui.core.growing import LARGE, Growing

pieces = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 200)), max_size=12)


@given(pieces=pieces, columns=st.integers(1, 4), large=st.sampled_from([0, 1_000, LARGE]))
def test_rows_are_those_written_wherever_they_are_kept(pieces, columns, large):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing, "LARGE", large)
        kept, wanted = Growing(columns, np.float64), np.empty((0, columns))
        views = []
        for number, (back, more) in enumerate(pieces):
            new = np.arange(more * columns).reshape(more, columns) + 1_000.0 * number
            start = max(len(wanted) - back, 0) if number % 2 else len(wanted)
            if start == len(wanted):
                views.append((kept.rows, wanted))
                kept.append(new)
            else:
                views.clear()  # a view is of what is written there since
                kept.write(start, new)
            wanted = np.concatenate([wanted[:start], new])
            np.testing.assert_array_equal(kept.rows, wanted)
            assert len(kept) == len(wanted)
        for view, before in views:
            np.testing.assert_array_equal(view, before)


def test_what_is_read_cannot_be_written_to():
    kept = Growing(2, np.int64)
    kept.append(np.ones((3, 2)))
    assert kept.rows.dtype == np.int64
    with pytest.raises(ValueError, match="read-only"):
        kept.rows[0] = 2


def test_a_large_array_is_not_the_allocators():
    kept = Growing(3, np.float32)
    tracemalloc.start()
    for _ in range(40):
        kept.append(np.ones((5_000, 3), np.float32))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept.rows.nbytes > 2 * LARGE
    assert held < LARGE / 10


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are copied on Unix alone")
def test_a_child_process_writes_into_a_copy():
    kept = Growing(1, np.float64)
    kept.append(np.ones((LARGE // 4, 1)))
    child = os.fork()
    if child == 0:
        kept.write(0, np.zeros((LARGE // 4, 1)))
        os._exit(int(kept.rows.any()))
    assert os.waitpid(child, 0)[1] == 0
    assert kept.rows.all()


def test_what_there_is_no_room_for_is_refused_as_by_the_allocator():
    with pytest.raises(MemoryError):
        growing._room(1 << 50, 1 << 6, np.dtype(np.float64))
