# SPDX-License-Identifier: Apache-2.0
"""Registers at the addresses that the CPUs see: `reg`, translated through the `ranges` of every bus
above the node (Devicetree Specification 0.4, section 2.3)."""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Range
from .tree import Tree, TreeNode, width
from .values import cells, number


@dataclass
class Registers:
    """The `reg` of a node, without entries of size 0. `own`: the ranges on the node's own bus.
    `seen`: the same ranges at the addresses that the CPUs see, or None if a bus does not pass a
    range on."""

    own: list[Range]
    seen: list[Range | None]

    @property
    def known(self) -> list[Range]:
        """The ranges that the CPUs see."""
        return [area for area in self.seen if area is not None]


@dataclass(frozen=True)
class Window:
    """An entry of `ranges` or `dma-ranges`: an area of a bus, and its address on the parent's bus.
    """

    area: Range
    outer: int


class Addresses:
    """Translates registers, and remembers the windows of each bus. With `whole`, a window passes a
    range on only if the whole range lies in it. Otherwise the first address decides, as in Linux.
    """

    def __init__(self, tree: Tree, whole: bool = False) -> None:
        self.tree = tree
        self.whole = whole
        self._ranges: dict[str, list[Window] | None] = {}

    def registers(self, node: TreeNode) -> Registers:
        """The registers of a node. Empty if it has no `reg`, or if addresses on its bus have no
        size. Raises BlobError, as `windows` does, for a tree that asks for too much work."""
        found = Registers([], [])
        address, size = width(node.parent, "#address-cells", 2), width(node.parent, "#size-cells", 1)
        entry = address + size
        numbers = cells(node.properties.get("reg", b""))
        if node.parent is None or address < 1 or size < 1:
            return found
        for at in range(0, len(numbers) - entry + 1, entry):
            self.tree.spend()
            area = Range(number(numbers[at:at + address]), number(numbers[at + address:at + entry]))
            if area.size:
                found.own.append(area)
                found.seen.append(self._up(node, area))
        return found

    def windows(self, bus: TreeNode, name: str = "ranges") -> list[Window] | None:
        """The `ranges` or `dma-ranges` of a bus. None if the property is empty: the bus passes all
        addresses on unchanged."""
        if name not in bus.properties:
            return []
        if not bus.properties[name]:
            return None
        own, size = width(bus, "#address-cells", 2), width(bus, "#size-cells", 1)
        outer = width(bus.parent, "#address-cells", 2)
        entry = own + outer + size
        if min(own, outer, size) < 1:
            return []
        numbers = cells(bus.properties[name])
        found = []
        for at in range(0, len(numbers) - entry + 1, entry):
            self.tree.spend()
            part = numbers[at:at + entry]
            found.append(Window(Range(number(part[:own]), number(part[own + outer:])), number(part[own:own + outer])))
        return found

    def _up(self, node: TreeNode, area: Range) -> Range | None:
        moved: Range | None = area
        for bus in node.ancestors():
            if bus.parent is None or moved is None:
                break
            moved = self._translate(bus, moved)
        return moved

    def _translate(self, bus: TreeNode, area: Range) -> Range | None:
        """The address of an area on the parent's bus. None if the bus does not pass it on."""
        if bus.path not in self._ranges:
            self._ranges[bus.path] = self.windows(bus)
        windows = self._ranges[bus.path]
        if windows is None:
            return area
        for window in windows:
            self.tree.spend()
            within = window.area
            if within.contains(area) if self.whole else within.base <= area.base < within.end:
                return Range(window.outer + area.base - within.base, area.size)
        return None
