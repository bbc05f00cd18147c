# SPDX-License-Identifier: Apache-2.0
"""Where the interrupts of a node go: through `interrupt-parent` and `interrupts-extended`, through the interrupt maps
of nexus nodes, to a controller (Devicetree Specification 0.4, section 2.4)."""

from __future__ import annotations

from dataclasses import dataclass

from ..devicetree.tree import TreeNode
from ..model import Interrupt
from .source import Source, numbers, width

MAX_NEXUS = 16  # maps on the way to one controller
GICS = ("arm,gic-v3", "arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a9-gic", "arm,cortex-a7-gic", "arm,eb11mp-gic",
        "arm,pl390", "brcm,brahma-b15-gic", "arm,arm1176jzf-devchip-gic", "arm,arm11mp-gic",
        "arm,tc11mp-gic", "qcom,msm-qgic2", "qcom,msm-8660-qgic")


@dataclass(frozen=True)
class Line:
    """An interrupt at its controller: the path of that node, and the specifier."""

    controller: str
    specifier: tuple[int, ...]


class InterruptRouting:
    """Resolves interrupts; remembers the map of each nexus."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.maps: dict[str, list[tuple[tuple[int, ...], Line]]] = {}

    def of(self, node: TreeNode) -> list[Line | None]:
        """The interrupts of a node in their order; None for one that leads nowhere."""
        if "interrupts-extended" in node.properties:
            return self._extended(node)
        cells = numbers(node, "interrupts")
        if not cells:
            return []
        parent = self.parent(node)
        count = width(parent, "#interrupt-cells", 0)
        if parent is None or count < 1:
            return [None]
        return [self._resolve(node, parent, tuple(cells[at:at + count]))
                for at in range(0, len(cells) - count + 1, count)]

    def parent(self, node: TreeNode) -> TreeNode | None:
        """The interrupt parent of a node: named by it or by a node around it, or the nearest that could be one."""
        for holder in [node, *node.ancestors()]:
            if "interrupt-parent" in holder.properties:
                return self.source.phandles.get(holder.cell("interrupt-parent", 0))
            if holder is not node and "#interrupt-cells" in holder.properties:
                return holder
        return None

    def _extended(self, node: TreeNode) -> list[Line | None]:
        cells = numbers(node, "interrupts-extended")
        found: list[Line | None] = []
        at = 0
        while at < len(cells):
            controller = self.source.phandles.get(cells[at])
            count = width(controller, "#interrupt-cells", 0)
            if controller is None or count < 1 or at + 1 + count > len(cells):
                return [*found, None]
            found.append(self._resolve(node, controller, tuple(cells[at + 1:at + 1 + count])))
            at += 1 + count
        return found

    def _resolve(self, node: TreeNode, controller: TreeNode, specifier: tuple[int, ...]) -> Line | None:
        for _ in range(MAX_NEXUS):
            self.source.spend()
            if "interrupt-map" not in controller.properties:
                return Line(controller.path, specifier)
            units = width(controller, "#address-cells", 0)
            address = tuple(numbers(node, "reg")[:max(units, 0)])
            address += (0,) * (max(units, 0) - len(address))
            line = self._mapped(controller, address + specifier)
            if line is None or line.controller not in self.source.tree:
                return None
            node, controller, specifier = controller, self.source.tree[line.controller], line.specifier
        return None

    def _mapped(self, nexus: TreeNode, key: tuple[int, ...]) -> Line | None:
        mask = numbers(nexus, "interrupt-map-mask")
        wanted = tuple(cell & (mask[at] if at < len(mask) else 0xFFFFFFFF) for at, cell in enumerate(key))
        for entry, line in self.map(nexus):
            self.source.spend()
            if tuple(cell & (mask[at] if at < len(mask) else 0xFFFFFFFF) for at, cell in enumerate(entry)) == wanted:
                return line
        return None

    def map(self, nexus: TreeNode) -> list[tuple[tuple[int, ...], Line]]:
        """The entries of an interrupt map: unit address with child specifier, and the line that it leads to; up to the
        first that names no controller."""
        if nexus.path in self.maps:
            return self.maps[nexus.path]
        found = self.maps[nexus.path] = []
        own = max(width(nexus, "#address-cells", 0), 0) + max(width(nexus, "#interrupt-cells", 0), 0)
        cells = numbers(nexus, "interrupt-map")
        at = 0
        while own and at + own < len(cells):
            self.source.spend()
            target = self.source.phandles.get(cells[at + own])
            count = width(target, "#interrupt-cells", 0)
            # A controller without #address-cells has none in an interrupt map.
            units = width(target, "#address-cells", 0)
            end = at + own + 1 + units + count
            if target is None or count < 1 or units < 0 or end > len(cells):
                break
            found.append((tuple(cells[at:at + own]), Line(target.path, tuple(cells[end - count:end]))))
            at = end
        return found


def is_gic(node: TreeNode) -> bool:
    """True for a GIC of any version."""
    return any(word in GICS for word in node.compatible)


def typed(specifier: tuple[int, ...]) -> Interrupt | None:
    """The interrupt of a specifier for a GIC; None for what has no INTID below 1020 (extended ranges, nonsense).
    Flags: 1 and 2 are edges, 4 and 8 levels; a GIC knows rising and high."""
    if len(specifier) < 3:
        return None
    kind, number, flags = specifier[:3]
    if kind not in (0, 1) or number >= (988 if kind == 0 else 16):
        return None
    return Interrupt(number + (32 if kind == 0 else 16), not flags & 3)
