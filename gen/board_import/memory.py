# SPDX-License-Identifier: Apache-2.0
"""Reads RAM, and the parts of it that firmware keeps: /memory, /reserved-memory and the memory
reservation block."""

from __future__ import annotations

from ..devicetree.tree import TreeNode
from ..model import Platform, Range, Region, subtract
from ..units import MIB, PAGE, align_down, align_up
from .addresses import TOP
from .model import Board

MAX_REGIONS = 64
MAX_RESERVED = 256


def read(board: Board) -> None:
    """Read memory and reserved memory."""
    _memory(board)
    _reserved(board)


def place(platform: Platform, size: int) -> int | None:
    """The lowest multiple of 2 MiB at which `size` bytes of RAM are free for the hypervisor. Where
    RAM begins there is often firmware, which not every tree reserves, so the first 2 MiB are left
    out. None if there is no such place."""
    taken = [region.range for region in platform.reserved]
    for region in platform.memory:
        for area in subtract(region.range, [*taken, Range(region.range.base, 2 * MIB)]):
            base = align_up(area.base, 2 * MIB)
            if base + size <= area.end:
                return base
    return None


def _whole(area: Range) -> Range:
    """`area`, extended to whole pages."""
    base = align_down(area.base, PAGE)
    return Range(base, align_up(area.end, PAGE) - base)


def _memory(board: Board) -> None:
    platform = board.platform
    areas = []
    for node in board.tree.values():
        if node.properties.get("device_type") != b"memory\0":
            continue
        board.spoken_for.add(node.path)
        if node.enabled:
            areas += board.addresses.registers(node).known
    for area in _united(areas):
        base, end = align_up(area.base, PAGE), align_down(area.end, PAGE)
        if base < end and len(platform.memory) < MAX_REGIONS:
            platform.memory.append(Region(platform.at, name="RAM", range=Range(base, end - base)))
        else:
            board.lose(board.tree.root, f"memory {area}: " + ("less than a page" if base >= end else
                                                              f"more than {MAX_REGIONS} pieces"))
    if not platform.memory:
        board.lose(board.tree.root, "how much RAM there is: the boot loader fills that in; add it to 'memory'")


def _united(areas: list[Range]) -> list[Range]:
    """The areas by address, with those that overlap or touch joined."""
    found: list[Range] = []
    for area in sorted(areas, key=lambda area: (area.base, area.size)):
        if found and area.base <= found[-1].end:
            below = found.pop()
            area = Range(below.base, max(below.end, area.end) - below.base)
        found.append(area)
    return found


def _reserved(board: Board) -> None:
    """Read reserved memory. Pieces that lie in one page keep their names, because devices refer to
    them, and have that page each."""
    found: list[tuple[TreeNode | None, str, Range]] = []
    board.spoken_for.add("/reserved-memory")
    for node in board.tree.children.get("/reserved-memory", []):
        areas = board.addresses.registers(node).known
        if not node.enabled:
            continue
        if not areas:
            board.lose(node, "reserved memory without an address, which the operating system would place")
        found += [(node, node.name, area) for area in areas]
    found += [(None, "memory reservation block", Range(base, size)) for base, size in board.tree.reserved if size]
    for place, name, area in found:
        area = _whole(area)
        same = [region.name for region in board.platform.reserved if region.range == area]
        if area.end > TOP or (name in same if place else same):
            continue
        if len(board.platform.reserved) == MAX_RESERVED:
            board.lose(place or board.tree.root, f"reserved memory {area}: more than {MAX_RESERVED} pieces")
            continue
        secret = place is not None and "no-map" in place.properties
        board.platform.reserved.append(Region(board.platform.at, name=name, range=area, no_map=secret))
        if place is not None:
            board.names[place.path] = f"reserved/{name}"
