# SPDX-License-Identifier: Apache-2.0
"""The command `import`: reads the blob from a file, and sums up the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..devicetree import blob
from ..model import Position
from ..read.findings import Findings
from ..read.words import shorten
from ..read.yaml_tree import shown
from . import Board, firmware, import_board, writer


def read(path: Path, findings: Findings) -> Board | None:
    """The board of a device tree blob. None, with a finding, if the file is no such blob."""
    at = Position(shown(path), 1, 1)
    try:
        return import_board(blob.load(path), shorten(path.stem))
    except OSError as error:
        findings.error("P001", at, f"cannot read '{shown(path)}': {error.strerror}", cure="correct the path")
    except blob.BlobError as error:
        findings.error("P110", at, str(error), cure="give the device tree blob that the board boots with")
    return None


def summary(board: Board) -> dict[str, Any]:
    """The facts by which a user can judge an import, as plain data."""
    return {
        "devices": {"seen": board.devices_seen, "whole": board.devices_whole, "written": len(board.platform.devices)},
        "lost": [{"node": loss.path, "what": loss.text} for loss in board.lost],
        "assumed": [{"node": loss.path, "what": loss.text} for loss in board.assumed],
        "firmware": firmware.needed(board),
    }


def summary_text(board: Board) -> str:
    """The summary as text for people."""
    lines = [f"not carried over: {loss}" for loss in board.lost] + [f"assumed: {loss}" for loss in board.assumed]
    lines += [f"needs firmware calls: {line}" for line in firmware.needed(board)]
    return "".join(f"{line}\n" for line in [*lines, writer.share(board)])
