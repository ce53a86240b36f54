"""Configurations as files: read, written, and the presets that come with the program."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from vae_gui.core.config import RunConfig, from_toml, to_toml
from vae_gui.core.parameters import InvalidValue
from vae_gui.core.storage.data_files import located, portable
from vae_gui.core.storage.files import FileProblem, atomic_write, read_text

CONFIG_LIMIT = 2**20  # bytes; a configuration has about a thousand


def load_config(path: Path) -> RunConfig:
    """Read a configuration from a TOML file; a file of data that it names is not read.

    Raises:
        FileProblem: It cannot be read, is not TOML or not valid; names the file, the key
            and what would be valid. Its cause is the `InvalidValue`, if there is one.
    """
    text = read_text(path, CONFIG_LIMIT)
    try:
        return located(from_toml(text), path.parent)
    except InvalidValue as error:
        raise FileProblem.about("use", path, str(error)) from error


def save_config(path: Path, config: RunConfig) -> None:
    """Write a configuration as TOML.

    Raises:
        FileProblem: It cannot be written.
    """
    atomic_write(path, to_toml(portable(config, path.parent)))


def presets() -> list[tuple[str, RunConfig]]:
    """The configurations that come with the program: (title, configuration), in order."""
    folder = resources.files("vae_gui") / "resources" / "presets"
    files = sorted(
        (f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda file: file.name
    )
    found = [from_toml(file.read_text(encoding="utf-8")) for file in files]
    return [(config.title, config) for config in found]
