# SPDX-License-Identifier: Apache-2.0
"""A board's registers in the form that a platform file can express, and memory as the devices on a
bus see it."""

from __future__ import annotations

from ..devicetree.addresses import Addresses, Registers, Window
from ..devicetree.tree import Tree, TreeNode
from ..model import DmaWindow, Range, subtract

TOP = 1 << 48  # the limit of addresses in a platform file
ALL = Range(0, 1 << 40)  # no board has RAM above it


class BoardAddresses(Addresses):
    """The CPUs see a range only if each bus passes all of it on and it ends at or below TOP."""

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree, whole=True)

    def registers(self, node: TreeNode) -> Registers:
        found = super().registers(node)
        found.seen = [area if area is not None and area.end <= TOP else None for area in found.seen]
        return found

    def dma_windows(self, node: TreeNode) -> list[DmaWindow] | None:
        """The memory that a device reaches by DMA, because of the `dma-ranges` of the buses above
        it. Empty if they show it all memory as the CPUs see it, None if they show it none. A bus
        without `dma-ranges` changes nothing, as in Linux."""
        found: list[Window] | None = None
        for bus in node.ancestors():
            windows = self.windows(bus, "dma-ranges")
            if windows and found is None:
                found = windows
            elif windows and found is not None:
                found = [piece for window in found for above in windows if (piece := self._through(window, above))]
        if found is None:
            return []
        known = [piece for window in found if (piece := self._through(window, Window(Range(0, TOP), 0)))]
        same = all(window.area.base == window.outer for window in known)
        if same and known and not subtract(ALL, [window.area for window in known]):
            return []
        return [DmaWindow(window.area.base, window.outer, window.area.size) for window in known] or None

    def _through(self, window: Window, above: Window) -> Window | None:
        """The part of a window that the bus above passes on by one of its own. None if it is empty.
        """
        self.tree.spend()
        first = max(window.outer, above.area.base)
        size = min(window.outer + window.area.size, above.area.end) - first
        if size <= 0:
            return None
        return Window(Range(window.area.base + first - window.outer, size), above.outer + first - above.area.base)
