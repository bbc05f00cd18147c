# SPDX-License-Identifier: Apache-2.0
"""Decides what lies at an address that a board's tree gives both to RAM and to the registers of a
device.

In some trees the size of RAM is a placeholder that the boot loader corrects: there RAM ends where
registers begin. In others a device names a piece of RAM as if it were registers, such as the memory
that a GPU may use: there RAM stays, and the device loses that range.
"""

from __future__ import annotations

from collections.abc import Callable

from ..facts.board_frames import uart_frames
from ..model import Device, Range
from ..units import PAGE, align_down
from .model import Board

# Devices whose `reg` is memory by their bindings.
_MEMORY = {"simple-framebuffer", "pmem-region", "ramoops", "nvmem-rmem"}


def settle(board: Board) -> None:
    """Make RAM and registers disjoint. What that takes away is recorded as lost."""
    if not board.platform.memory:
        return
    _drop(board, lambda device, area: _is_memory(board, device, area))
    _shorten_memory(board)
    _drop(board, lambda device, area: True)


def _in_ram(board: Board, area: Range) -> list[Range]:
    return [region.range for region in board.platform.memory if region.range.overlaps(area)]


def _is_memory(board: Board, device: Device, area: Range) -> bool:
    """True if a range that overlaps RAM is not registers: RAM begins in it, the tree reserves it,
    or the device's binding says so."""
    return (any(area.base <= ram.base < area.end for ram in _in_ram(board, area))
            or any(region.range.contains(area) for region in board.platform.reserved)
            or not _MEMORY.isdisjoint(board.tree[device.node].compatible))


def _drop(board: Board, wanted: Callable[[Device, Range], bool]) -> None:
    """Take ranges that overlap RAM away from their devices."""
    for device in board.platform.devices.values():
        for area in list(device.mmio):
            ram = _in_ram(board, area)
            if ram and wanted(device, area):
                device.mmio.remove(area)
                board.lose(board.tree[device.node], f"registers {area}, which are a part of RAM {ram[0]}")


def _shorten_memory(board: Board) -> None:
    """End each region of RAM where registers begin, if some of them belong to a device that is not
    disabled."""
    platform = board.platform
    areas = [(frame.range, False) for frame in uart_frames(platform)]
    areas += [(area, device.disabled) for device in platform.devices.values() for area in device.mmio]
    for region in list(platform.memory):
        inside = [(area, disabled) for area, disabled in areas if area.overlaps(region.range)]
        if all(disabled for _, disabled in inside):
            continue
        base = min(area.base for area, _ in inside)
        size = max(align_down(base, PAGE) - region.range.base, 0)
        board.lose(board.tree.root, f"RAM from {base:#x} to {region.range.end - 1:#x}: device registers begin there")
        region.range = Range(region.range.base, size)
        if not size:
            platform.memory.remove(region)
