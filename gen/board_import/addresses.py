# SPDX-License-Identifier: Apache-2.0
"""A board's registers in the form that a platform file can express, and memory as the devices on a
bus see it."""

from __future__ import annotations

from ..devicetree.addresses import Addresses, Registers
from ..devicetree.tree import Tree, TreeNode
from ..model import Range

TOP = 1 << 48  # the limit of addresses in a platform file


class BoardAddresses(Addresses):
    """The CPUs see a range only if each bus passes all of it on and it ends at or below TOP."""

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree, whole=True)

    def registers(self, node: TreeNode) -> Registers:
        found = super().registers(node)
        found.seen = [area if area is not None and area.end <= TOP else None for area in found.seen]
        return found

    def dma_differs(self, bus: TreeNode, memory: list[Range]) -> str:
        """How memory looks different to the devices on a bus and to the CPUs, because of
        `dma-ranges`. Empty if it looks the same."""
        windows = self.windows(bus, "dma-ranges") or []
        if any(window.area.base != window.outer for window in windows):
            return "what the devices on this bus take for an address of memory is another"
        for area in memory if windows else []:
            reached = area.base
            for window in sorted((window.area for window in windows), key=lambda window: window.base):
                self.tree.spend()
                if window.base <= reached < window.end:
                    reached = window.end
            if reached < area.end:
                return f"the devices on this bus do not reach memory from {reached:#x} to {area.end - 1:#x}"
        return ""
