# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's UART: the one at `stdout-path`, where the hypervisor drives its kind."""

from __future__ import annotations

from ..devicetree.tree import TreeNode
from ..model import Uart
from .addresses import Addresses
from .interrupt_routing import InterruptRouting, typed
from .model import Board
from .phandles import fixed_clocks
from .source import active

KINDS = {"arm,pl011": "pl011"}


def read(board: Board) -> None:
    """The UART, if the tree names one and it is a PL011 with an SPI."""
    source = board.source
    chosen = source.tree.get("/chosen")
    node = source.find(source.text(chosen, "stdout-path").split(":")[0]) if chosen else None
    if node is None:
        board.assume(None, "no UART for the hypervisor: the tree has no stdout-path")
        return
    kind = next((KINDS[word] for word in node.compatible if word in KINDS), None)
    areas = Addresses(source).registers(node).known
    lines = [typed(line.specifier) for line in InterruptRouting(source).of(node)[:1]
             if line and line.controller == board.gic]
    irq = lines[0] if lines else None
    if kind is None or not active(node) or not areas or irq is None or irq.kind != "spi":
        board.assume(node, "no UART for the hypervisor: the console is no PL011 with an SPI of the GIC")
        return
    clocks = fixed_clocks(source, node) or {}
    board.platform.uart = Uart(board.platform.at, kind=kind, mmio=areas[0], irq=irq,
                               clock=next(iter(clocks.values()), 0))
    _speak(board, node)


def _speak(board: Board, node: TreeNode) -> None:
    board.spoken_for.add(node.path)
