"""The file that the data of a configuration are in: where it is, and that it is still the same.

In a configuration file its path is relative if it lies beside or below that file, so that both
can be moved together. In memory it is absolute, and with it goes a digest of the content.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import msgspec

from vae_gui.core.config import RunConfig
from vae_gui.core.distributions import OwnFile
from vae_gui.core.reading import expect_readable


def located(config: RunConfig, folder: Path) -> RunConfig:
    """The configuration of a file in `folder`, the path of its data made absolute."""
    found = own_file(config)
    if found is None:
        return config
    return with_distribution(config, found, path=str((folder / found.path).absolute()))


def portable(config: RunConfig, folder: Path) -> RunConfig:
    """The configuration as it is written to a file in `folder`."""
    found = own_file(config)
    if found is None:
        return config
    path, base = Path(found.path).absolute(), folder.absolute()
    if not path.is_relative_to(base):
        return with_distribution(config, found, path=str(path))
    return with_distribution(config, found, path=path.relative_to(base).as_posix())


def reading_data(config: RunConfig) -> Generator[float, None, RunConfig]:
    """Read the file of a configuration into memory, if there is one and it is not there yet.

    Yields the share done; returns the configuration for the content that was found.

    Raises:
        FileProblem: It is missing, has changed, or cannot be used.
    """
    found, known = own_file(config), with_data_in_memory(config)
    if found is None or known is not None:
        return known or config
    found = msgspec.structs.replace(found, path=str(Path(found.path).absolute()))
    rows = yield from found.reading()
    found.keep(rows)
    return with_distribution(config, found, digest=rows.digest)


def with_data_in_memory(config: RunConfig) -> RunConfig | None:
    """The configuration for the content that is in memory, None while its file is not read."""
    found = own_file(config)
    if found is None:
        return config
    rows = found.rows_in_memory()
    if rows is None:
        return None
    path = str(Path(found.path).absolute())
    return with_distribution(config, found, path=path, digest=rows.digest)


def expect_data(config: RunConfig) -> None:
    """Find out without reading it whether the file that a configuration names is there.

    Raises:
        FileProblem: It is not, or cannot be read.
    """
    found = own_file(config)
    if found is not None and found.rows_in_memory() is None:
        expect_readable(found.source.path)


def own_file(config: RunConfig) -> OwnFile | None:
    """The distribution of a configuration, if it is a file that did not come with the program."""
    found = config.data.distribution
    return found if isinstance(found, OwnFile) and found.path else None


def with_distribution(config: RunConfig, distribution: OwnFile, **changes: str) -> RunConfig:
    """A configuration with another distribution, some of its fields changed."""
    changed = msgspec.structs.replace(distribution, **changes)
    data = msgspec.structs.replace(config.data, distribution=changed)
    return msgspec.structs.replace(config, data=data)
