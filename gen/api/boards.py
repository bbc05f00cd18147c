# SPDX-License-Identifier: Apache-2.0
"""Makes a platform file from a board's device tree. Part of the Python API."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devicetree import blob
from ..image import runnable
from ..model import Position
from ..read.findings import Findings
from ..read.yaml_tree import shown
from .loaded import Rejected

if TYPE_CHECKING:
    from ..board_import import Board

NO_UART = "no UART for the hypervisor: "  # how the import begins to say why


@dataclass(frozen=True)
class Imported:
    """A platform file made from a board's device tree. `devices`: how many devices were "seen" in
    the tree, kept "whole", and "written". `lost` and `assumed` list what to read before the
    file is used: {"node": path, "what": text} each. `firmware`: a line for each device whose
    driver calls the firmware. `missing`: what keeps Pinion from running on the board.
    """

    text: str
    devices: dict[str, int]
    lost: list[dict[str, str]]
    assumed: list[dict[str, str]]
    firmware: list[str]
    missing: list[str]


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


def missing(board: Board) -> list[str]:
    """What keeps Pinion from running on an imported board, each as a clause. Empty if Pinion can
    run there, once the file says where RAM and the hypervisor are."""
    why = next((loss.text for loss in board.assumed if loss.text.startswith(NO_UART)), "").removeprefix(NO_UART)
    return [f"{text} ({why})" if text == "has no 'uart'" and why else text for text in runnable.lacks(board.platform)]


def verdict(board: Board) -> str:
    """A line that says whether Pinion can run on an imported board, or what is missing."""
    if found := missing(board):
        return f"Pinion cannot run here: the board {'; it '.join(found)}"
    unknown = [key for key in ("memory", "hypervisor") if not getattr(board.platform, key)]
    return "Pinion can run here" + (f", with {' and '.join(map(repr, unknown))} added to the file" if unknown else "")


def summary(board: Board) -> dict[str, Any]:
    """The facts by which a user can judge an import, as plain data."""
    from ..board_import import command  # imported here, because it needs libfdt

    return {**command.summary(board), "missing": missing(board)}


def import_board(path: str | os.PathLike[str]) -> Imported:
    """The platform file of a board, made from the device tree blob that it boots with. Raises
    Rejected."""
    board = read_board(Path(path))
    from ..board_import import writer

    return Imported(writer.text(board), **summary(board))
