"""Rows of somebody's own file: their density is not known, so it is a kernel estimate.

Which rows are for training and which for testing belongs to the distribution, as the
estimate is made from those for training alone: the test rows are new to it, as they are to
the model.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, ClassVar

import msgspec
import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.base import Array, Bounds, Distribution, aspect_of
from vae_gui.core.distributions.kernel_estimate import KernelEstimate
from vae_gui.core.parameters import InvalidValue, Parameter
from vae_gui.core.reading import FileProblem
from vae_gui.core.tables import (
    AUTOMATIC,
    HEADERS,
    SEPARATORS,
    Rows,
    RowStore,
    Source,
    finished,
    hashing,
    reading,
)

EXAMPLE = "galaxy.csv"  # comes with the program
FEWEST = 10  # rows of either part
SHOWN_QUANTILE = 1e-4  # of the rows lie beyond the bounds, at each of four sides
SHOWN_WIDTHS = 4.0  # of the kernel, around those within
LARGEST_SPREAD, SMALLEST_SPREAD = 1e9, 1e-9  # that 32-bit numbers can square safely
LARGEST_OFFSET = 1e5  # of values from 0, in standard deviations, that 32-bit numbers can bear
LONGEST_NAME = 28  # letters beside an axis
LARGEST_SEED = 2**31 - 1
IN_MEMORY = RowStore()


def _text(label: str, sentence: str) -> Parameter:
    return Parameter(label=label, help=sentence, slider=False)


class OwnFile(Distribution, frozen=True, kw_only=True, tag="file"):
    """Two columns of a file; without a path those of an example that comes with the program."""

    label: ClassVar[str] = "File"
    help: ClassVar[str] = (
        "Two columns of a file of your own, with a kernel estimate of the density."
    )

    path: Annotated[str, _text("File", "A CSV, TSV, NPY or NPZ file.")] = ""
    array: Annotated[str, _text("Array", "Which array of an NPZ file; empty for the first.")] = ""
    column_1: Annotated[
        str, _text("Column for x₁", "Its name, or its number from 1; empty for the first.")
    ] = ""
    column_2: Annotated[
        str, _text("Column for x₂", "Its name, or its number from 1; empty for the next.")
    ] = ""
    separator: Annotated[
        str, _text("Separator", "What stands between two fields of a text, as a word.")
    ] = AUTOMATIC
    header: Annotated[
        str, _text("Header", "Whether the first line of a text holds names: yes or no.")
    ] = AUTOMATIC
    digest: Annotated[
        str, _text("Digest", "SHA-256 of the file, by which a change of it is noticed.")
    ] = ""
    standardise: Annotated[
        bool,
        Parameter(
            label="Standardise for training",
            help="Train on values of mean 0 and deviation 1; all that is shown is undone.",
        ),
    ] = True
    bandwidth: Annotated[
        float,
        Parameter(
            label="Bandwidth",
            help="Width of the estimate's kernel; 1 is Scott's rule, n^(−1/6) standard deviations.",
            symbol="h",
            minimum=0.1,
            maximum=5,
            scale="log",
        ),
    ] = 1.0
    test_share: Annotated[
        float,
        Parameter(
            label="Test share",
            help="Share of the rows that are kept for testing; none of them is trained on.",
            minimum=0.05,
            maximum=0.5,
        ),
    ] = 0.2
    split_seed: Annotated[
        int,
        Parameter(
            label="Split seed",
            help="Which rows are kept for testing.",
            minimum=0,
            maximum=LARGEST_SEED,
            slider=False,
        ),
    ] = 0

    def check(self) -> None:
        """Refuse words that say nothing.

        Raises:
            InvalidValue: Naming the word.
        """
        for name, value, known in (
            ("separator", self.separator, (AUTOMATIC, *SEPARATORS)),
            ("header", self.header, (AUTOMATIC, *HEADERS)),
        ):
            if value not in known:
                reason = "it must be one of " + ", ".join(map(repr, known))
                raise InvalidValue(name, value, reason)
        if self.digest and (len(self.digest) != 64 or set(self.digest) - set("0123456789abcdef")):
            raise InvalidValue("digest", self.digest, "it must be 64 hexadecimal digits, or empty")

    @property
    def exact(self) -> bool:
        """Never: only the rows are known."""
        return False

    # the file ---------------------------------------------------------------------

    @property
    def source(self) -> Source:
        """Which numbers of which file."""
        path = Path(self.path) if self.path else example_path()
        columns = self.column_1, self.column_2
        return Source(path, self.array, columns, self.separator, self.header)

    def rows(self) -> Rows:
        """All usable rows; read from the file unless they are in memory.

        Raises:
            FileProblem: The file is missing, has changed, or cannot be used.
        """
        found = self.rows_in_memory()
        if found is None:
            found = finished(self.reading())
            self.keep(found)
        return found

    def reading(self) -> Generator[float, None, Rows]:
        """Read its rows in steps: yields the share done, returns them.

        Raises:
            FileProblem: The file is missing, has changed, or cannot be used.
        """
        try:
            found = yield from reading(self.source)
        except FileProblem:
            if self.digest and (yield from hashing(self.source.path)) not in (self.digest, ""):
                raise self._changed() from None  # which is why it cannot be used
            raise
        self.expect_usable(found)
        return found

    def _changed(self) -> FileProblem:
        reason = "it has changed since this configuration was made; choose it anew"
        return self.source.refuse(reason)

    def rows_in_memory(self) -> Rows | None:
        """All usable rows if they were read before, None otherwise."""
        key = self._key()
        return None if key is None else IN_MEMORY.get(key)

    def keep(self, rows: Rows) -> None:
        """Keep its rows in memory, where they were read by somebody else."""
        for distribution in (self, self.pinned(rows)):
            key = distribution._key()
            if key is not None:
                IN_MEMORY.put(key, rows)

    def pinned(self, rows: Rows) -> OwnFile:
        """The same, for exactly these rows; the example is whatever comes with the program."""
        if not self.path:
            return self
        return msgspec.structs.replace(self, digest=rows.digest)

    def expect_usable(self, rows: Rows) -> None:
        """Find out whether rows are those that are meant, and can be learned from.

        Raises:
            FileProblem: They are not, or cannot.
        """
        source = self.source
        if self.digest and rows.digest != self.digest:
            raise self._changed()
        if len(rows.values) < 2 * FEWEST:
            reason = (
                f"it has {len(rows.values):,} usable rows, and at least {2 * FEWEST} are needed"
            )
            raise source.refuse(reason)
        for name, column in zip(rows.names, rows.values.T, strict=True):
            _expect_representable(source, name, column)

    def _key(self) -> tuple[object, ...] | None:
        """What identifies its rows: the file's content, or when it was written, if there is one."""
        identity: tuple[object, ...] = (self.digest,)
        if not self.digest:
            path = self.source.path
            try:
                status = path.stat()
            except (OSError, ValueError):
                return None
            identity = (str(path.absolute()), status.st_mtime_ns, status.st_size)
        columns = self.column_1, self.column_2
        return (*identity, self.array, *columns, self.separator, self.header)

    # the data ---------------------------------------------------------------------

    @property
    def holds(self) -> tuple[int, int]:
        """How many rows there are for training and for testing."""
        return self.parts(len(self.rows().values))

    @property
    def holds_in_memory(self) -> tuple[int, int] | None:
        """The same, None while the file has not been read."""
        rows = self.rows_in_memory()
        return None if rows is None else self.parts(len(rows.values))

    def parts(self, n: int) -> tuple[int, int]:
        """How many of so many rows are for training and for testing."""
        test = min(max(round(self.test_share * n), FEWEST), n - FEWEST)
        return n - test, test

    @property
    def held(self) -> Rows:
        """Its rows."""
        return self.rows()

    def split(self) -> tuple[Array, Array]:
        """All rows for training (n, 2) and all for testing (m, 2); none is in both."""
        return _split(self.rows(), self.holds[1], self.split_seed)

    def data_sets(
        self, train: int, test: int, rngs: tuple[np.random.Generator, np.random.Generator]
    ) -> tuple[Array, Array]:
        """Rows of the file, at most so many of each part, drawn without repetition."""
        parts = self.split()
        chosen = [
            part[rng.permutation(len(part))[:most]]
            for part, most, rng in zip(parts, (train, test), rngs, strict=True)
        ]
        return chosen[0], chosen[1]

    @property
    def training_scale(self) -> tuple[Array, Array] | None:
        """Mean and standard deviation (2,) of the rows for training, if that is to be used."""
        train = self.split()[0]
        return (train.mean(axis=0), train.std(axis=0)) if self.standardise else None

    @property
    def aspect(self) -> float:
        """Columns that differ much in their units are drawn as wide as they are high."""
        return aspect_of(self.estimate().std)

    @property
    def axis_names(self) -> tuple[str, str]:
        """The names of the columns beside those of the coordinates."""
        name1, name2 = (shown_name(name) for name in self.rows().names)
        return f"x₁ · {name1}", f"x₂ · {name2}"

    # the estimate -----------------------------------------------------------------

    @staticmethod
    def scott(n: int) -> float:
        """Scott's rule for so many points of the plane, in standard deviations of them."""
        return float(n ** (-1 / 6))

    def estimate(self) -> KernelEstimate:
        """The kernel estimate from the rows for training."""
        rows = self.rows()
        return _estimate(rows, self.holds[1], self.split_seed, self.bandwidth)

    @property
    def mean(self) -> Array:
        """Mean of the estimate, (2,): that of the rows for training."""
        return np.array(self.estimate().mean)

    @property
    def covariance(self) -> Array:
        """Covariance of the estimate, (2, 2): that of the rows, and of the kernel."""
        return np.array(self.estimate().covariance)

    @property
    def bounds(self) -> Bounds:
        """Four kernel widths around all rows but some ten thousandths at each side."""
        return _bounds(self.estimate())

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2) from the estimate."""
        return self.estimate().sample(n, rng)

    def log_prob(self, x: npt.ArrayLike) -> Array:
        """Log of the estimated density in nats, (..., 2) -> (...): finite, however far away."""
        return self.estimate().log_prob(np.asarray(x, np.float64))

    def leave_one_out_log_prob(self, x: npt.ArrayLike) -> Array:
        """The same for rows for training, each by the kernels of all others."""
        return self.estimate().leave_one_out_log_prob(np.asarray(x, np.float64))

    def density(self, x1: Array, x2: Array) -> Array:
        """The estimated density on a grid: (G1,), (G2,) -> (G2, G1), rows along x2."""
        return self.estimate().density(x1, x2)

    def entropy(self) -> float:
        """H of the estimate in nats by quadrature, an estimate of the entropy of the data."""
        return _entropy(self.estimate())[0]

    def entropy_error(self) -> float:
        """A bound on the error of that quadrature in nats; what the estimate is off by is more."""
        return _entropy(self.estimate())[1]


def shown_name(name: str) -> str:
    """The name of a column, its end left out where it is long."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def example_path() -> Path:
    """The file of the example."""
    return Path(str(resources.files("vae_gui") / "resources" / "data" / EXAMPLE))


def _expect_representable(source: Source, name: str, column: Array) -> None:
    """Refuse what 32-bit numbers, in which training computes, cannot hold.

    Raises:
        FileProblem: Telling what to do about it.
    """
    with np.errstate(over="ignore"):
        spread, farthest = float(column.std()), float(np.abs(column).max())
    if not SMALLEST_SPREAD <= spread <= LARGEST_SPREAD:
        reason = f"its standard deviation is {spread:.3g}, beyond {SMALLEST_SPREAD:g} to "
        raise source.refuse(f"column {name!r} needs another unit: {reason}{LARGEST_SPREAD:g}")
    if farthest > LARGEST_OFFSET * spread:
        raise source.refuse(
            f"column {name!r} is around {farthest:.6g} and varies by {spread:.3g} only, too little "
            "for numbers of 32 bits; subtract a constant from it"
        )


@lru_cache(maxsize=4)
def _split(rows: Rows, test: int, seed: int) -> tuple[Array, Array]:
    order = np.random.default_rng(seed).permutation(len(rows.values))
    train, rest = rows.values[order[test:]], rows.values[order[:test]]
    for name, column in zip(rows.names, train.T, strict=True):
        if column.min() == column.max():  # the only others are among the few for testing
            reason = f"it leaves column {name!r} constant in the rows for training; take another"
            raise InvalidValue("data.distribution.split_seed", seed, reason)
    for part in (train, rest):
        part.flags.writeable = False
    return train, rest


@lru_cache(maxsize=4)
def _estimate(rows: Rows, test: int, seed: int, bandwidth: float) -> KernelEstimate:
    train = _split(rows, test, seed)[0]
    return KernelEstimate(train, bandwidth * OwnFile.scott(len(train)))


@lru_cache(maxsize=4)
def _bounds(estimate: KernelEstimate) -> Bounds:
    low, high = np.quantile(estimate.rows, [SHOWN_QUANTILE, 1 - SHOWN_QUANTILE], axis=0)
    a, c = (low - SHOWN_WIDTHS * estimate.width).tolist()
    b, d = (high + SHOWN_WIDTHS * estimate.width).tolist()
    return a, b, c, d


@lru_cache(maxsize=4)
def _entropy(estimate: KernelEstimate) -> tuple[float, float]:
    return estimate.entropy()
