# SPDX-License-Identifier: Apache-2.0
"""Turns a board's device tree into a platform, for `import`. There is one file per topic.

    board = import_board(Path("board.dtb").read_bytes(), "board")
    print(writer.text(board))

Nothing is guessed silently. `board.assumed` lists what the tree does not say, and `board.lost` what
a platform file cannot express.
"""

from __future__ import annotations

from ..devicetree.blob import BlobError
from ..devicetree.tree import read
from . import cpu_start, cpus, devices, firmware, gic, memory, power, timer, uart
from .model import Board, Loss, sound_names

MAX_DEPTH = 32  # levels of nodes

__all__ = ["BlobError", "Board", "Loss", "import_board"]


def import_board(blob: bytes, name: str) -> Board:
    """The board that a device tree blob describes. Raises BlobError if the data is no blob, or too
    large for a board's."""
    board = Board(name, sound_names(read(blob, MAX_DEPTH)))
    cpus.read(board)
    timer.read(board)
    memory.read(board)
    gic.read(board)
    uart.read(board)
    devices.read(board)
    cpu_start.keep_to_itself(board)
    power.read(board)
    firmware.read(board)
    cpus.read_address_bits(board)
    return board
