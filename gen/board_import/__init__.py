# SPDX-License-Identifier: Apache-2.0
"""A board's device tree -> a platform: what `import` does. One noun per file.

    board = import_board(Path("board.dtb").read_bytes(), "board")
    print(writer.text(board))

Nothing is guessed silently: what the tree does not say is in `board.assumed`, what the platform file has no place for
in `board.lost`.
"""

from __future__ import annotations

from ..devicetree.blob import BlobError
from ..devicetree.tree import read
from . import cpus, devices, gic, memory, uart
from .model import Board, Loss, sound_names

MAX_DEPTH = 32  # of the nodes of a board

__all__ = ["BlobError", "Board", "Loss", "import_board"]


def import_board(blob: bytes, name: str) -> Board:
    """The board that a device tree blob describes. Raises BlobError for what is no blob, or too large for one."""
    board = Board(name, sound_names(read(blob, MAX_DEPTH)))
    cpus.read(board)
    memory.read(board)
    gic.read(board)
    uart.read(board)
    devices.read(board)
    cpus.read_address_bits(board)
    return board
