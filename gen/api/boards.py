# SPDX-License-Identifier: Apache-2.0
"""Makes a platform file from a board's device tree. Part of the Python API."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..devicetree import blob
from ..model import Position
from ..read.findings import Findings
from ..read.yaml_tree import shown
from .loaded import Rejected

if TYPE_CHECKING:
    from ..board_import import Board


@dataclass(frozen=True)
class Imported:
    """A platform file made from a board's device tree. `devices`: how many devices were "seen" in
    the tree, kept "whole", and "written". `lost` and `assumed` list what to read before the file is
    used: {"node": path, "what": text} each."""

    text: str
    devices: dict[str, int]
    lost: list[dict[str, str]]
    assumed: list[dict[str, str]]


def read_board(path: Path) -> Board:
    """The board that a device tree blob describes. Raises Rejected."""
    findings = Findings()
    if not blob.readable(findings, Position(shown(path), 1, 1), "reads device tree blobs"):
        raise Rejected(findings)
    from ..board_import import command  # imported here, because it needs libfdt

    board = command.read(path, findings)
    if board is None:
        raise Rejected(findings)
    return board


def import_board(path: str | os.PathLike[str]) -> Imported:
    """The platform file of a board, made from the device tree blob that it boots with. Raises
    Rejected."""
    board = read_board(Path(path))
    from ..board_import import command, writer

    return Imported(writer.text(board), **command.summary(board))
