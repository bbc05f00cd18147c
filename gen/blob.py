# SPDX-License-Identifier: Apache-2.0
"""Device tree blobs from files, checked before anybody walks them."""

from __future__ import annotations

from pathlib import Path

import libfdt

from . import tree

HEADER = 40


class DamagedError(Exception):
    """A blob that cannot be read; the text says why."""


def read(path: Path) -> bytes:
    """The bytes of a sound blob, without what follows it in the file. Raises DamagedError and OSError."""
    data = bytearray(path.read_bytes())
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
