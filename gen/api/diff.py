# SPDX-License-Identifier: Apache-2.0
"""What differs between two descriptions, or two device tree blobs. Part of the Python API."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from ..model import Position
from ..read.findings import Findings
from ..read.yaml_tree import shown
from ..show import differences
from . import steps
from .loaded import Rejected

MAGIC = b"\xd0\x0d\xfe\xed"


def _is_blob(path: Path) -> bool:
    """True for a device tree blob; what is no regular file is none, and may have no end. Raises OSError."""
    if path.exists() and not path.is_file():
        return False
    with open(path, "rb") as file:
        return file.read(4) == MAGIC


def diff(old: str | os.PathLike[str], new: str | os.PathLike[str]) -> list[str]:
    """What differs between two descriptions, their boards included, or between two device tree blobs, one line each;
    nothing if the two mean the same. Raises Rejected if they cannot be compared, and OSError."""
    findings = Findings()
    lines = _files(Path(old), Path(new), findings)
    if lines is None:
        raise Rejected(findings)
    return lines


def _files(old: Path, new: Path, findings: Findings) -> list[str] | None:
    """What differs, one line each; nothing if the two mean the same. None, with findings, if they cannot be compared.
    Raises OSError."""
    blobs = [_is_blob(path) for path in (old, new)]
    if all(blobs):
        return _trees(old, new, findings)
    if any(blobs):
        path = new if blobs[0] else old
        findings.error("P135", Position(shown(path), 1, 1), "one of the two is a device tree blob, and this is not",
                       cure="compare two of a kind: pinion-gen dtb makes the blobs of a description")
        return None
    before, after = steps.read_description(old, findings), steps.read_description(new, findings)
    if before is None or after is None or findings.errors:
        return None
    return differences.descriptions(before, after)


def _trees(old: Path, new: Path, findings: Findings) -> list[str] | None:
    if importlib.util.find_spec("libfdt") is None:
        findings.error("P080", Position(shown(old), 1, 1), "Python's module libfdt, which reads device tree blobs, is "
                       "not installed", cure="apt-get install python3-libfdt, and use /usr/bin/python3")
        return None
    from ..devicetree import blob
    from ..show import diff_tree

    read = []
    for path in (old, new):
        try:
            read.append(blob.nodes(path))
        except blob.DamagedError as error:
            findings.error("P135", Position(shown(path), 1, 1), f"the device tree blob is damaged: {error}",
                           cure="build it again")
    return diff_tree.trees(*read) if len(read) == 2 else None
