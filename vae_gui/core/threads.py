"""How many threads a matrix product takes. Asked for by whoever trains, never at import."""

from __future__ import annotations


def use_one_blas_thread() -> None:
    """Have NumPy's BLAS compute in the calling thread alone from now on.

    At these sizes a second thread brings little and takes a core from the window. BLAS
    has one number for the whole process, and its sums differ in the last bit with
    another number: set before the first product of a run, it makes equal runs equal.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")
