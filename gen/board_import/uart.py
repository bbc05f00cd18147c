# SPDX-License-Identifier: Apache-2.0
"""Reads the hypervisor's UART: the one at `stdout-path`, or else the alias serial0, if the
hypervisor has a driver for it."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..devicetree.gic import typed
from ..devicetree.phandles import counted, entries
from ..devicetree.tree import TreeNode
from ..facts.board_frames import gic_frames
from ..facts.device_references import names_of, reference_kind
from ..model import Range, Uart
from ..read.uart_kinds import BAUD, UART_KINDS, can_have, kind_of
from ..read.words import printable
from .clocks import fixed_clocks
from .content import Content, value
from .model import Board, compatibles

# What the UART cannot work without, by the words of reference_kind(). EL2 uses no DMA, and no
# modem lines by GPIOs.
_NEEDED = ("clock", "pin controller", "power domain", "reset", "regulator", "interconnect", "mailbox", "device")
_RATES = range(300, 4000001)


class _Layout(NamedTuple):
    """Where the registers of a UART begin, and how they lie and are accessed."""

    offset: int
    shift: int
    width: int


def read(board: Board) -> None:
    """Read the UART, if the tree names one of a kind that the hypervisor drives, with an SPI."""
    node, options = _console(board)
    if node is None:
        board.assume(None, "no UART for the hypervisor: the tree has no stdout-path, and no serial0")
        return
    kind = kind_of(node.compatible)
    if kind is None:
        what = printable(next(iter(node.compatible), node.name)[:60])
        board.assume(node, f"no UART for the hypervisor: the console is a '{what}', for which there is no driver")
        return
    areas = board.addresses.registers(node).known
    lines = [typed(line.specifier) for line in board.interrupts.of(node)[:1]
             if line and line.controller == board.gic]
    irq = lines[0] if lines else None
    if not node.active or not areas or irq is None or irq.kind != "spi":
        lacks = "is disabled" if not node.active else "has no SPI of the GIC" if areas else "has no registers"
        board.assume(node, f"no UART for the hypervisor: the console {lacks}")
        return
    area = areas[0]
    layout = _layout(node, kind)
    if layout is None or not _fits(board, area, kind, layout):
        board.assume(node, f"no UART for the hypervisor: registers {area} are not those of a {kind}")
        return
    clock, baud = _clock(board, node, kind), _baud(options)
    if clock and not can_have(kind, clock, baud):
        board.assume(node, f"the baud rate is as the firmware set it: a clock of {clock} Hz does not give {baud}")
        clock = 0
    board.platform.uart = Uart(board.platform.at, kind=kind, mmio=area, irq=irq, clock=clock,
                               baud=baud if clock else BAUD, compatible=compatibles(node),
                               clock_names=UART_KINDS[kind].clocks, register_offset=layout.offset,
                               register_shift=layout.shift, access_width=layout.width)
    board.uart = node
    board.spoken_for.add(node.path)


def _console(board: Board) -> tuple[TreeNode | None, str]:
    """The node of the board's console, and the options behind its path, as in `115200n8`."""
    tree = board.tree
    chosen = tree.get("/chosen")
    path, _, options = chosen.text("stdout-path").partition(":") if chosen else ("", "", "")
    if path:
        return tree.find(path), options
    node = tree.find("serial0")
    if node is not None:
        board.assume(node, "the console, as it is serial0: the tree has no stdout-path")
    return node, ""


def read_references(board: Board, content: Content) -> None:
    """Read what the UART depends on, once all devices have their names."""
    node, uart = board.uart, board.platform.uart
    if node is None or uart is None:
        return
    for name in node.properties:
        if counted(name) is not None and reference_kind(name) in _NEEDED and not (name == "clocks" and uart.clock):
            if refs := content.references(node, name):
                uart.uses[name] = refs
                if names_of(name) in node.properties:
                    uart.properties[names_of(name)] = value(node.properties[names_of(name)])
    outer = node.parent
    uart.parent = board.names.get(outer.path, "").partition("/")[0] if outer else ""


def _layout(node: TreeNode, kind: str) -> _Layout | None:
    """How the registers lie. None if the driver cannot access them that way."""
    known = UART_KINDS[kind]
    if not known.settable:
        return _Layout(0, known.shift, known.width)
    found = _Layout(node.cell("reg-offset", 0), node.cell("reg-shift", 0), node.cell("reg-io-width", 1))
    return found if found.width in (1, 4) and found.shift <= 3 and found.width <= 1 << found.shift else None


def _fits(board: Board, area: Range, kind: str, layout: _Layout) -> bool:
    gic = [frame.range for frame in gic_frames(board.platform)]
    return ((area.base + layout.offset) % layout.width == 0
            and area.size >= layout.offset + UART_KINDS[kind].size(layout.shift, layout.width)
            and not any(frame.overlaps(area) for frame in gic))


def _baud(options: str) -> int:
    """The baud rate of the options behind `stdout-path`."""
    rate = re.match(r"[0-9]{3,7}", options)
    return int(rate[0]) if rate and int(rate[0]) in _RATES else BAUD


def _clock(board: Board, node: TreeNode, kind: str) -> int:
    """The frequency of the clock that the baud rate is made of, if the tree states it; else 0."""
    if UART_KINDS[kind].rate is None:
        return 0
    if UART_KINDS[kind].numbered and (stated := node.cell("clock-frequency", 0)):
        return stated
    rates = fixed_clocks(board.tree, node) or {}
    if rates:
        return next((rates[name] for name in UART_KINDS[kind].clocks if name in rates), next(iter(rates.values())))
    unnamed = entries(board.tree, node, "clocks") or []
    if len(unnamed) == 1 and unnamed[0].node is not None and "fixed-clock" in unnamed[0].node.compatible:
        return unnamed[0].node.cell("clock-frequency", 0)
    return 0
