# SPDX-License-Identifier: Apache-2.0
"""Registers as the CPUs see them: `reg`, translated through the `ranges` of every bus on the way up (Devicetree
Specification 0.4, section 2.3)."""

from __future__ import annotations

from dataclasses import dataclass

from ..devicetree.tree import TreeNode
from ..model import Range
from .source import Source, joined, numbers, width

TOP = 1 << 48  # what the platform file's addresses go up to


@dataclass
class Registers:
    """The `reg` of a node. `own`: entries with a size, so addresses of memory or registers; `seen`: where the CPUs see
    them, None for those that no bus passes on."""

    own: list[Range]
    seen: list[Range | None]

    @property
    def known(self) -> list[Range]:
        """The entries that CPUs see."""
        return [area for area in self.seen if area is not None]


class Addresses:
    """Translates registers; remembers the windows of each bus."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.windows: dict[str, list[tuple[Range, int]] | None] = {}

    def registers(self, node: TreeNode) -> Registers:
        """The registers of a node; nothing for one without `reg`, or on a bus whose addresses have no size."""
        found = Registers([], [])
        address, size = width(node.parent, "#address-cells", 2), width(node.parent, "#size-cells", 1)
        entry = address + size
        cells = numbers(node, "reg")
        if node.parent is None or address < 1 or size < 1 or not cells:
            return found
        for at in range(0, len(cells) - entry + 1, entry):
            self.source.spend()
            area = Range(joined(cells[at:at + address]), joined(cells[at + address:at + entry]))
            if area.size:
                found.own.append(area)
                found.seen.append(self._up(node, area))
        return found

    def dma_differs(self, bus: TreeNode, memory: list[Range]) -> str:
        """How memory looks other from a bus than from the CPUs, by its `dma-ranges`; empty if it does not."""
        windows = self._read_windows(bus, "dma-ranges") or []
        if any(window.base != outer for window, outer in windows):
            return "what the devices on this bus take for an address of memory is another"
        for area in memory if windows else []:
            reached = area.base
            for window, _ in sorted(windows, key=lambda pair: pair[0].base):
                self.source.spend()
                if window.base <= reached < window.end:
                    reached = window.end
            if reached < area.end:
                return f"the devices on this bus do not reach memory from {reached:#x} to {area.end - 1:#x}"
        return ""

    def _up(self, node: TreeNode, area: Range) -> Range | None:
        moved: Range | None = area
        for bus in node.ancestors():
            if bus.parent is None or moved is None:
                break
            moved = self._translate(bus, moved)
        return moved if moved is not None and moved.end <= TOP else None

    def _translate(self, bus: TreeNode, area: Range) -> Range | None:
        """An address on a bus as its parent's bus has it."""
        if bus.path not in self.windows:
            self.windows[bus.path] = self._read_windows(bus)
        windows = self.windows[bus.path]
        if windows is None:
            return area
        for window, outer in windows:
            self.source.spend()
            if window.contains(area):
                return Range(outer + area.base - window.base, area.size)
        return None

    def _read_windows(self, bus: TreeNode, name: str = "ranges") -> list[tuple[Range, int]] | None:
        """The `ranges` of a bus: window and where its parent has it. None: all is passed on as it is."""
        if name not in bus.properties:
            return []
        if not bus.properties[name]:
            return None
        own, size = width(bus, "#address-cells", 2), width(bus, "#size-cells", 1)
        outer = width(bus.parent, "#address-cells", 2)
        entry = own + outer + size
        if min(own, outer, size) < 1:
            return []
        cells = numbers(bus, name)
        found = []
        for at in range(0, len(cells) - entry + 1, entry):
            self.source.spend()
            part = cells[at:at + entry]
            found.append((Range(joined(part[:own]), joined(part[own + outer:])), joined(part[own:own + outer])))
        return found
