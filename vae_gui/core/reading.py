"""Reading whole files safely: what can go wrong comes out as a sentence for people.

Knows nothing of what is in the files, and writes none (see `storage`).
"""

from __future__ import annotations

import errno
import stat
from pathlib import Path

REASONS = {
    errno.ENOENT: "there is no such file or folder",
    errno.EISDIR: "it is a folder",
    errno.ENOTDIR: "a part of its path is not a folder",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.EROFS: "it is on a read-only disk",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "it grew larger than the disk allows",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ELOOP: "its links lead round in a circle",
    errno.EIO: "the disk reports an error",
}


class FileProblem(Exception):
    """A file that cannot be used; its text is a sentence for the user."""

    @classmethod
    def about(cls, action: str, path: Path, reason: str) -> FileProblem:
        """The sentence `cannot <action> '<path>': <reason>`."""
        return cls(f"cannot {action} {str(path)!r}: {reason}")


def reason_of(error: OSError | ValueError) -> str:
    """The end of a sentence that tells what an operating system's error means."""
    if isinstance(error, ValueError):  # a null character, or no way to encode the name
        return "its name is not valid here"
    known = REASONS.get(error.errno or 0)
    return known or (error.strerror or "the system gives no reason").lower()


def read_file(path: Path, limit: int) -> bytes:
    """The whole content of a regular file of at most `limit` bytes.

    Raises:
        FileProblem: It cannot be read, or is larger.
    """
    size = expect_readable(path)
    if size > limit:
        raise FileProblem.about("read", path, f"it is larger than {size_words(limit)}")
    try:
        with path.open("rb") as file:
            content = file.read(size + 1)
    except OSError as error:
        raise FileProblem.about("read", path, reason_of(error)) from None
    if len(content) != size:
        raise FileProblem.about("read", path, "it changes while it is read")
    return content


def read_text(path: Path, limit: int) -> str:
    """The whole content of a UTF-8 file, a byte-order mark left out.

    Raises:
        FileProblem: It cannot be read, is larger than `limit` bytes or is not UTF-8.
    """
    try:
        return read_file(path, limit).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileProblem.about("read", path, "it is not a text in UTF-8") from None


def expect_readable(path: Path) -> int:
    """The size in bytes of a regular file that can be read.

    Raises:
        FileProblem: It is missing, may not be read, or is no regular file.
    """
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            with path.open("rb"):
                return status.st_size
        # a pipe or a device would block, or never end
        reason = "it is a folder" if stat.S_ISDIR(status.st_mode) else "it is not a file"
    except (OSError, ValueError) as error:
        reason = reason_of(error)
    raise FileProblem.about("read", path, reason)


def size_words(size: int) -> str:
    """A number of bytes in words, such as `1 MiB`."""
    for unit, scale in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if size >= scale:
            return f"{size / scale:.3g} {unit}"
    return f"{size} bytes"
