"""Scrambled Sobol points: evenly spread over the unit cube in up to eight dimensions.

Direction numbers: Joe & Kuo, Constructing Sobol sequences with better two-dimensional
projections, SIAM J. Sci. Comput. 30 (2008), file new-joe-kuo-6. Scrambling: a random lower
triangular matrix of bits and a digital shift (Matousek 1998; the variance is that of Owen's),
fixed once and for all, so that a number comes out equal whenever it is computed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint64]

BITS = 32
SCRAMBLE_SEED = 2014
# (degree s, coefficients a, initial m) of dimensions 2, 3, ...; the first is van der Corput's
PRIMITIVE = (
    (1, 0, (1,)),
    (2, 1, (1, 3)),
    (3, 1, (1, 3, 1)),
    (3, 2, (1, 1, 1)),
    (4, 1, (1, 1, 3, 3)),
    (4, 4, (1, 3, 5, 13)),
    (5, 2, (1, 1, 5, 5, 17)),
)
DIMENSIONS = 1 + len(PRIMITIVE)


def sobol(count: int, dimensions: int, scrambled: bool = True) -> npt.NDArray[np.float64]:
    """The first `count` points, (count, dimensions), inside (0, 1); best for a power of two."""
    index = np.arange(count, dtype=np.uint64)
    points = np.empty((count, dimensions))
    rng = np.random.default_rng(SCRAMBLE_SEED)
    for d in range(dimensions):
        directions, shift = _directions(d), np.uint64(0)
        if scrambled:
            directions, shift = _scrambled(directions, rng)
        digits = np.full(count, shift, np.uint64)
        for bit in range(int(count - 1).bit_length()):
            digits ^= directions[bit] * (index >> np.uint64(bit) & np.uint64(1))
        # in the middle of its cell: a quantile must never be asked for at 0
        points[:, d] = (digits.astype(np.float64) + 0.5 * scrambled) / 2.0**BITS
    return points


def _directions(dimension: int) -> Bits:
    """The direction numbers of one dimension, (BITS,), the first digit in the highest bit."""
    if dimension == 0:
        m = [1] * BITS
    else:
        degree, coefficients, first = PRIMITIVE[dimension - 1]
        m = list(first)
        for k in range(degree, BITS):
            new = m[k - degree] ^ (m[k - degree] << degree)
            for i in range(1, degree):
                if coefficients >> (degree - 1 - i) & 1:
                    new ^= m[k - i] << i
            m.append(new)
    return np.array([value << (BITS - 1 - k) for k, value in enumerate(m)], np.uint64)


def _scrambled(directions: Bits, rng: np.random.Generator) -> tuple[Bits, np.uint64]:
    """Direction numbers times a random lower triangular matrix of bits, and a shift."""
    mixed = np.zeros_like(directions)
    for row in range(BITS):  # digit `row` of a point becomes a sum of digits 0 to `row`
        place = BITS - 1 - row
        above = int(rng.integers(2**row)) << (place + 1)  # any of the digits before it
        mixed |= _parity(directions & np.uint64(above | 1 << place)) << np.uint64(place)
    return mixed, np.uint64(rng.integers(2**BITS))


def _parity(values: Bits) -> Bits:
    for width in (16, 8, 4, 2, 1):
        values = values ^ values >> np.uint64(width)
    return values & np.uint64(1)
