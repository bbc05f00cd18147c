# SPDX-License-Identifier: Apache-2.0
"""Another reader of addresses than the generator's: the `reg` of a node through the `ranges` of
every bus around it, as Linux translates it. It translates the first address alone, whatever the
size of the window."""

from __future__ import annotations

import struct

from gen.devicetree.tree import TreeNode


def _cells(value: bytes) -> list[int]:
    return list(struct.unpack(f">{len(value) // 4}I", value[:len(value) // 4 * 4]))


def _number(cells: list[int]) -> int:
    return int("0" + "".join(f"{cell:08x}" for cell in cells), 16)


def _count(node: TreeNode, name: str, default: int) -> int:
    value = node.properties.get(name, b"")
    return int.from_bytes(value, "big") if len(value) == 4 else default


def _translate(bus: TreeNode, address: int) -> int | None:
    """An address on the bus as its parent's bus has it; None if it is not seen there."""
    if bus.parent is None or bus.properties.get("ranges") == b"":
        return address
    own, outer = _count(bus, "#address-cells", 2), _count(bus.parent, "#address-cells", 2)
    entry = own + outer + _count(bus, "#size-cells", 1)
    cells = _cells(bus.properties.get("ranges", b""))
    for at in range(0, len(cells) - entry + 1, entry):
        part = cells[at:at + entry]
        inside = address - _number(part[:own])
        if 0 <= inside < _number(part[own + outer:]):
            return _number(part[own:own + outer]) + inside
    return None


def registers(node: TreeNode) -> set[tuple[int, int]]:
    """First address and size of each register range of a node that CPUs see."""
    if node.parent is None:
        return set()
    own, size = _count(node.parent, "#address-cells", 2), _count(node.parent, "#size-cells", 1)
    cells = _cells(node.properties.get("reg", b""))
    found = set()
    for at in range(0, len(cells) - own - size + 1, own + size) if size else ():
        address: int | None = _number(cells[at:at + own])
        bus = node.parent
        while address is not None and bus is not None:
            address, bus = _translate(bus, address), bus.parent
        if address is not None:
            found.add((address, _number(cells[at + own:at + own + size])))
    return found
