# SPDX-License-Identifier: Apache-2.0
"""Reads the hypervisor's UART: the one at `stdout-path`, if the hypervisor has a driver for it."""

from __future__ import annotations

from ..devicetree.gic import typed
from ..devicetree.tree import TreeNode
from ..facts.board_frames import UART_SIZE, gic_frames
from ..model import Uart
from .clocks import fixed_clocks
from .model import Board

KINDS = {"arm,pl011": "pl011"}


def read(board: Board) -> None:
    """Read the UART, if the tree names one and it is a PL011 with an SPI."""
    tree = board.tree
    chosen = tree.get("/chosen")
    node = tree.find(chosen.text("stdout-path").split(":")[0]) if chosen else None
    if node is None:
        board.assume(None, "no UART for the hypervisor: the tree has no stdout-path")
        return
    kind = next((KINDS[word] for word in node.compatible if word in KINDS), None)
    areas = board.addresses.registers(node).known
    lines = [typed(line.specifier) for line in board.interrupts.of(node)[:1]
             if line and line.controller == board.gic]
    irq = lines[0] if lines else None
    if kind is None or not node.active or not areas or irq is None or irq.kind != "spi":
        board.assume(node, "no UART for the hypervisor: the console is no PL011 with an SPI of the GIC")
        return
    area = areas[0]
    gic = [frame.range for frame in gic_frames(board.platform)]
    if area.base % 4 or area.size < UART_SIZE or any(frame.overlaps(area) for frame in gic):
        board.assume(node, f"no UART for the hypervisor: registers {area} are not those of a PL011")
        return
    clocks = fixed_clocks(tree, node) or {}
    board.platform.uart = Uart(board.platform.at, kind=kind, mmio=area, irq=irq,
                               clock=next(iter(clocks.values()), 0))
    _speak(board, node)


def _speak(board: Board, node: TreeNode) -> None:
    board.spoken_for.add(node.path)
