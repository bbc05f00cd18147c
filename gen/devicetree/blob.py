# SPDX-License-Identifier: Apache-2.0
"""Checks device tree blobs before any other code reads them (Devicetree Specification 0.4, chapter
5)."""

from __future__ import annotations

import importlib.util
import struct
from pathlib import Path

from ..model import Position
from ..read.findings import Findings

MAGIC = b"\xd0\x0d\xfe\xed"
HEADER = 40
MAX_BYTES = 2 << 20  # the limit of Linux (Documentation/arm64/booting.rst)
MAX_RESERVATIONS = 1000


class BlobError(Exception):
    """A blob that cannot be read. The text is a clause that says why."""


def readable(findings: Findings, at: Position, purpose: str) -> bool:
    """True if Python's module libfdt is installed. Every function here needs it except this one and
    `is_blob`. If it is missing, a finding is added at `at`. `purpose`: what the module would do,
    such as "reads device tree blobs"."""
    if importlib.util.find_spec("libfdt") is not None:
        return True
    findings.error("P080", at, f"Python's module libfdt, which {purpose}, is not installed",
                   cure="apt-get install python3-libfdt, and use /usr/bin/python3")
    return False


def is_blob(path: Path) -> bool:
    """True if a file begins like a blob. False for anything but a regular file, since reading that
    might never end. Raises OSError."""
    if path.exists() and not path.is_file():
        return False
    with open(path, "rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def load(path: Path) -> bytes:
    """The first bytes of a file, as many as a blob can have. They are not checked. Raises BlobError
    if it is not a regular file, and OSError."""
    if path.exists() and not path.is_file():
        raise BlobError("this is not a regular file")
    with open(path, "rb") as file:
        return file.read(MAX_BYTES)


def checked(data: bytes) -> bytes:
    """The blob at the start of `data`, without the bytes after it. Raises BlobError if there is
    none or it is damaged."""
    import libfdt  # imported here, because only reading blobs needs it

    if data[:len(MAGIC)] != MAGIC:
        raise BlobError(f"this is no device tree blob: it does not begin with the magic number 0x{MAGIC.hex()}")
    size = max(int.from_bytes(data[4:8], "big"), HEADER)
    if size > MAX_BYTES:
        raise BlobError(f"the blob has {size} bytes, and none above {MAX_BYTES} is read")
    if size > len(data):
        raise BlobError(f"the blob is cut off: it has {len(data)} bytes of {size}")
    blob = data[:size]
    if problem := libfdt.fdt_check_full(bytearray(blob), size):
        raise BlobError(f"the blob is damaged: {libfdt.fdt_strerror(problem)}")
    if what := _damage(blob):
        raise BlobError(f"the blob is damaged: {what}")
    return blob


def boot_cpu(blob: bytes) -> int:
    """The physical ID of the CPU that boots (boot_cpuid_phys in the header of a checked blob). 0 in
    a blob before version 2, which does not say it."""
    version, cpu = struct.unpack_from(">I", blob, 20)[0], struct.unpack_from(">I", blob, 28)[0]
    return int(cpu) if version >= 2 else 0


def reservations(blob: bytes) -> list[tuple[int, int]]:
    """The memory reservation block of a checked blob: base and size of each entry. Python's libfdt
    gives only the sizes."""
    (at,) = struct.unpack_from(">I", blob, 16)
    found: list[tuple[int, int]] = []
    for base, size in struct.iter_unpack(">QQ", blob[at:at + (len(blob) - at) // 16 * 16]):
        if not base and not size or len(found) == MAX_RESERVATIONS:
            break
        found.append((base, size))
    return found


def _damage(blob: bytes) -> str:
    """The damage in the structure block of a blob that libfdt accepts. Empty if there is none.
    libfdt up to 1.6 does not notice lengths near 4 GiB, and its Python module crashes at names that
    are not ASCII."""
    start, strings, _, _, _, _, strings_size, size = struct.unpack_from(">8I", blob, 8)
    if start % 4:
        return "its structure is not aligned"
    names = blob[strings:strings + strings_size]
    if not names.isascii():
        return "names of properties that are not ASCII"
    at, end, depth = start, start + size, 0
    while at + 4 <= end <= len(blob):
        (token,) = struct.unpack_from(">I", blob, at)
        at += 4
        if token == 1:  # FDT_BEGIN_NODE
            stop = blob.find(0, at, end)
            if stop < 0 or not blob[at:stop].isascii():
                return "the name of a node"
            at, depth = (stop + 4) & ~3, depth + 1
        elif token == 2:  # FDT_END_NODE
            depth -= 1
        elif token == 3:  # FDT_PROP
            length, name = struct.unpack_from(">2I", blob, at) if at + 8 <= end else (size, 0)
            if at + 8 + length > end or names.find(0, name) < 0:
                return "the length or the name of a property"
            at += 8 + (length + 3 & ~3)
        elif token == 9:  # FDT_END
            return "nodes that do not end" if depth else ""
        elif token != 4:  # FDT_NOP
            return "something that is neither node nor property"
    return "its structure does not end"
