# SPDX-License-Identifier: Apache-2.0
"""A device tree blob as plain data: nodes by path, and what their addresses and interrupts mean (Devicetree
Specification 0.4, sections 2.3 and 2.4)."""

from __future__ import annotations

import functools
import struct
from dataclasses import dataclass, field
from typing import Iterator

import libfdt

from ..model import Range


@dataclass
class TreeNode:
    """A node: its path, its properties as bytes, and the node that it stands in."""

    path: str
    parent: TreeNode | None
    properties: dict[str, bytes] = field(default_factory=dict)

    @property
    def enabled(self) -> bool:
        """False for a node that the guest is told to leave alone. Of several strings Linux compares the first."""
        return self.properties.get("status", b"okay").split(b"\0")[0] in (b"okay", b"ok")

    @functools.cached_property
    def compatible(self) -> list[str]:
        """The strings of `compatible`."""
        return strings(self.properties.get("compatible", b""))

    def cell(self, name: str, default: int) -> int:
        """A property of one cell."""
        value = self.properties.get(name, b"")
        return int.from_bytes(value, "big") if len(value) == 4 else default

    def ancestors(self) -> Iterator[TreeNode]:
        """The node's parent, its parent, and so on."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent


Tree = dict[str, TreeNode]

MAX_DEPTH = 64


class DepthError(ValueError):
    """A tree of nodes in nodes in nodes, beyond any use."""


def read(blob: bytes, max_depth: int = MAX_DEPTH) -> Tree:
    """All nodes by path, in the order of the blob; the first where two have the same. Raises libfdt.FdtException for
    what is no blob, DepthError for one that is nested deeper than `max_depth`."""
    fdt = libfdt.Fdt(blob)
    tree: Tree = {}
    stack: list[TreeNode] = []
    offset, depth = 0, 0
    while offset >= 0 and depth >= 0:
        del stack[depth:]
        if depth > max_depth:
            raise DepthError(f"its nodes are nested deeper than {max_depth} levels")
        parent = stack[-1] if stack else None
        name = fdt.get_name(offset)
        path = "/" if parent is None else f"{parent.path.rstrip('/')}/{name}"
        node = TreeNode(path, parent, _properties(fdt, offset))
        tree.setdefault(path, node)
        stack.append(node)
        offset, depth = fdt.next_node(offset, depth, (libfdt.NOTFOUND,))
    return tree


def damage(blob: bytes) -> str:
    """What is wrong with the structure block of a blob that libfdt takes for sound; empty if nothing. libfdt up to 1.6
    does not notice lengths near 4 GiB, and its Python crashes at names that are not ASCII."""
    start, strings, _, _, _, _, strings_size, size = struct.unpack_from(">8I", blob, 8)
    if start % 4:
        return "its structure is not aligned"
    names = blob[strings:strings + strings_size]
    if not names.isascii():
        return "names of properties that are not ASCII"
    at, end, depth = start, start + size, 0
    while at + 4 <= end <= len(blob):
        (token,) = struct.unpack_from(">I", blob, at)
        at += 4
        if token == 1:  # FDT_BEGIN_NODE
            stop = blob.find(0, at, end)
            if stop < 0 or not blob[at:stop].isascii():
                return "the name of a node"
            at, depth = (stop + 4) & ~3, depth + 1
        elif token == 2:  # FDT_END_NODE
            depth -= 1
        elif token == 3:  # FDT_PROP
            length, name = struct.unpack_from(">2I", blob, at) if at + 8 <= end else (size, 0)
            if at + 8 + length > end or names.find(0, name) < 0:
                return "the length or the name of a property"
            at += 8 + (length + 3 & ~3)
        elif token == 9:  # FDT_END
            return "nodes that do not end" if depth else ""
        elif token != 4:  # FDT_NOP
            return "something that is neither node nor property"
    return "its structure does not end"


def _properties(fdt: libfdt.Fdt, node: int) -> dict[str, bytes]:
    """The properties of a node by name."""
    found = {}
    offset = fdt.first_property_offset(node, (libfdt.NOTFOUND,))
    while offset >= 0:
        value = fdt.get_property_by_offset(offset)
        found[value.name] = bytes(value)
        offset = fdt.next_property_offset(offset, (libfdt.NOTFOUND,))
    return found


def strings(value: bytes) -> list[str]:
    """A property of strings."""
    return [part.decode(errors="replace") for part in value.split(b"\0")[:-1]]


def cells(value: bytes) -> list[int]:
    """A property of cells; a rest of less than four bytes is left out."""
    return [cell for (cell,) in struct.iter_unpack(">I", value[:len(value) // 4 * 4])]


def _number(part: list[int]) -> int:
    number = 0
    for cell in part:
        number = number << 32 | cell
    return number


def _translate(bus: TreeNode, area: Range) -> Range | None:
    """An area on the bus `bus`, as its parent's bus has it; None if it is not seen there. Linux translates its first
    address alone, whatever the size of the window."""
    if bus.parent is None:
        return area
    ranges = bus.properties.get("ranges")
    if ranges is None:
        return None
    if not ranges:
        return area
    own, outer, size = bus.cell("#address-cells", 2), bus.parent.cell("#address-cells", 2), bus.cell("#size-cells", 1)
    entry = own + outer + size
    numbers = cells(ranges)
    for at in range(0, len(numbers) - entry + 1, entry):
        part = numbers[at:at + entry]
        window = Range(_number(part[:own]), _number(part[own + outer:]))
        if window.base <= area.base < window.end:
            return Range(_number(part[own:own + outer]) + area.base - window.base, area.size)
    return None


def registers(node: TreeNode) -> list[Range]:
    """The `reg` of a node as CPU addresses; nothing where the node's bus has none."""
    if node.parent is None or "reg" not in node.properties:
        return []
    address, size = node.parent.cell("#address-cells", 2), node.parent.cell("#size-cells", 1)
    numbers = cells(node.properties["reg"])
    found = []
    if size == 0:
        return []
    for at in range(0, len(numbers) - address - size + 1, address + size):
        entry = numbers[at:at + address + size]
        area: Range | None = Range(_number(entry[:address]), _number(entry[address:]))
        for bus in node.ancestors():
            area = _translate(bus, area) if area is not None else None
        if area is not None and area.size:
            found.append(area)
    return found


def interrupt_specifiers(tree: Tree, node: TreeNode) -> list[tuple[str, list[int]]]:
    """The interrupts of a node: path of the controller and specifier of each. `interrupts-extended` comes first;
    Linux looks at `interrupts` as well."""
    if not {"interrupts", "interrupts-extended"} & set(node.properties):
        return []
    phandles = _phandles(tree)
    found = _extended(phandles, cells(node.properties.get("interrupts-extended", b"")))
    numbers = cells(node.properties.get("interrupts", b""))
    controller = _controller(phandles, node)
    width = controller.cell("#interrupt-cells", 0) if controller else 0
    if controller is not None and width:
        found += [(controller.path, numbers[at:at + width]) for at in range(0, len(numbers) - width + 1, width)]
    return found


def mapped(tree: Tree, nexus: TreeNode) -> list[tuple[str, list[int]]]:
    """Where the entries of a node's `interrupt-map` lead, as `interrupt_specifiers` has it; up to the first that
    names no controller."""
    if "interrupt-map" not in nexus.properties:
        return []
    phandles = _phandles(tree)
    numbers = cells(nexus.properties["interrupt-map"])
    bus = next((bus for bus in [nexus, *nexus.ancestors()] if "#address-cells" in bus.properties), nexus)
    own = bus.cell("#address-cells", 2) + nexus.cell("#interrupt-cells", 0)
    found, at = [], own
    while at < len(numbers) and numbers[at] in phandles:
        controller = phandles[numbers[at]]
        width = controller.cell("#interrupt-cells", 0)
        at += 1 + controller.cell("#address-cells", 0)
        found.append((controller.path, numbers[at:at + width]))
        at += width + own
    return found


def _phandles(tree: Tree) -> dict[int, TreeNode]:
    return {cell: node for node in tree.values() if (cell := node.cell("phandle", 0))}


def _controller(phandles: dict[int, TreeNode], node: TreeNode) -> TreeNode | None:
    """The interrupt parent as Linux finds it: the node that is named, else the one around, and on from there up to
    one with `#interrupt-cells`."""
    at: TreeNode | None = node
    seen: set[str] = set()
    while at is not None and at.path not in seen:
        seen.add(at.path)
        named = "interrupt-parent" in at.properties
        at = phandles.get(at.cell("interrupt-parent", 0)) if named else at.parent
        if at is not None and "#interrupt-cells" in at.properties:
            return at
    return None


def _extended(phandles: dict[int, TreeNode], numbers: list[int]) -> list[tuple[str, list[int]]]:
    """The interrupts of `interrupts-extended`, up to the first that names no controller."""
    found, at = [], 0
    while at < len(numbers) and numbers[at] in phandles:
        controller = phandles[numbers[at]]
        width = controller.cell("#interrupt-cells", 0)
        found.append((controller.path, numbers[at + 1:at + 1 + width]))
        at += 1 + width
    return found
