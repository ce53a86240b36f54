"""Writing whole files safely: an old file stays until the new one is complete.

Everything that can go wrong comes out as a `FileProblem`, a sentence for people.
Knows nothing of what is in the files.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from vae_gui.core.reading import (
    FileProblem,
    expect_readable,
    read_file,
    read_text,
    reason_of,
    size_words,
)

__all__ = [
    "FileProblem",
    "atomic_write",
    "expect_readable",
    "expect_writable",
    "read_file",
    "read_text",
    "reason_of",
    "replacing",
    "size_words",
]


def expect_writable(path: Path) -> None:
    """Find out before long work that its result could not be written; nothing is left there.

    Raises:
        FileProblem: It could not be.
    """
    target = _writable(path)
    try:
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except OSError as error:
        raise FileProblem.about("write", path, reason_of(error)) from None


def atomic_write(path: Path, content: bytes | str) -> None:
    """Put a file in place complete, or not at all.

    Raises:
        FileProblem: It cannot be written; whatever was there before is still there.
    """
    data = content.encode() if isinstance(content, str) else content
    with replacing(path) as file:
        file.write(data)
        file.flush()
        if os.fstat(file.fileno()).st_size != len(data):
            raise OSError(errno.ENOSPC, "short write")


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new binary file that takes the place of `path` when the block ends well.

    It is a temporary file in the same folder, flushed to the disk before it is
    renamed; if the block fails it is removed and the old file stays.

    Raises:
        FileProblem: It cannot be written.
    """
    target = _writable(path)
    try:
        # not named after the target, whose name may be as long as names can be
        temporary = target.with_name(f".vae-gui-{secrets.token_hex(6)}.tmp")
        try:
            with temporary.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                temporary.chmod(stat.S_IMODE(target.stat().st_mode))
            os.replace(temporary, target)
        except BaseException:  # Ctrl-C included
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FileProblem.about("write", path, reason_of(error)) from None


def _writable(path: Path) -> Path:
    """Where writing to `path` ends up, its links followed; refuses what must not be replaced."""
    try:
        target = Path(os.path.realpath(path))
        if target.is_dir():
            reason = "it is a folder"
        elif target.exists() and not target.is_file():  # replacing a device breaks the system
            reason = "it is not a file"
        elif target.exists() and not os.access(target, os.W_OK):
            reason = "it is write-protected"
        elif not target.parent.is_dir():
            reason = f"there is no folder {str(path.parent)!r}"
        else:
            return target
    except (OSError, ValueError) as error:
        reason = reason_of(error)
    raise FileProblem.about("write", path, reason)
