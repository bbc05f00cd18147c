# SPDX-License-Identifier: Apache-2.0
"""Device tree blobs from files, checked before anybody walks them."""

from __future__ import annotations

from pathlib import Path

import libfdt

from . import tree

HEADER = 40
MAX_BYTES = 2 << 20  # as for Linux (Documentation/arm64/booting.rst)


class DamagedError(Exception):
    """A blob that cannot be read; the text says why."""


def read(path: Path) -> bytes:
    """The bytes of a sound blob, without what follows it in the file. Raises DamagedError and OSError."""
    if path.exists() and not path.is_file():
        raise DamagedError("it is not a regular file")
    with open(path, "rb") as file:
        data = bytearray(file.read(MAX_BYTES + 1))
    if len(data) > MAX_BYTES:
        raise DamagedError(f"it is larger than {MAX_BYTES >> 20} MiB")
    if len(data) < HEADER:
        raise DamagedError("it is too short")
    error: int = libfdt.fdt_check_full(data, len(data))
    if error:
        raise DamagedError(f"libfdt says {libfdt.fdt_strerror(error)}")
    blob = bytes(data[:int.from_bytes(data[4:8], "big")])
    if what := tree.damage(blob):
        raise DamagedError(what)
    return blob


def nodes(path: Path) -> tree.Tree:
    """All nodes of a blob in a file. Raises DamagedError and OSError."""
    try:
        return tree.read(read(path))
    except (libfdt.FdtException, SystemError, ValueError, TypeError, AttributeError) as error:
        raise DamagedError("a name in it is no text, or it is nested too deeply") from error
