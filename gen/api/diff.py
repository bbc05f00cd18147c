# SPDX-License-Identifier: Apache-2.0
"""Compares two descriptions or two device tree blobs. Part of the Python API."""

from __future__ import annotations

import os
from pathlib import Path

from ..devicetree import blob
from ..model import Position
from ..read.findings import Findings
from ..read.yaml_tree import shown
from ..show import differences
from . import steps
from .loaded import Rejected


def diff(old: str | os.PathLike[str], new: str | os.PathLike[str]) -> list[str]:
    """What differs between two descriptions and their boards, or between two device tree blobs, one
    line each. Empty if they mean the same. Raises Rejected if they cannot be compared, and OSError.
    """
    findings = Findings()
    lines = _files(Path(old), Path(new), findings)
    if lines is None:
        raise Rejected(findings)
    return lines


def _files(old: Path, new: Path, findings: Findings) -> list[str] | None:
    """What differs, one line each. Empty if the two mean the same. None, with findings, if they
    cannot be compared. Raises OSError."""
    blobs = [blob.is_blob(path) for path in (old, new)]
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
    if not blob.readable(findings, Position(shown(old), 1, 1), "reads device tree blobs"):
        return None
    from ..devicetree import tree  # imported here, because they need libfdt
    from ..show import diff_tree

    read = []
    for path in (old, new):
        try:
            read.append(tree.read(blob.load(path)))
        except blob.BlobError as error:
            findings.error("P135", Position(shown(path), 1, 1), str(error), cure="build it again")
    if len(read) < 2:
        return None
    try:
        return diff_tree.trees(*read)
    except blob.BlobError as error:
        findings.error("P135", Position(shown(old), 1, 1), f"this or the other cannot be compared: {error}",
                       cure="give trees of boards")
        return None
