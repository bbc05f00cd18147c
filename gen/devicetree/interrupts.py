# SPDX-License-Identifier: Apache-2.0
"""Finds the controller of each interrupt of a node. The way leads through `interrupt-parent` or
`interrupts-extended`, and then through the interrupt maps of nexus nodes (Devicetree Specification
0.4, section 2.4)."""

from __future__ import annotations

from dataclasses import dataclass

from .tree import Tree, TreeNode, width
from .values import cells

MAX_NEXUS = 16  # the most maps on the way to a controller

# Controllers that an interrupt passes on its way to the GIC, with the same specifier, only so that
# it can wake up the chip from a deep sleep (drivers/irqchip/irq-imx-gpcv2.c and irq-tegra.c of
# Linux).
WAKE_UP = {"fsl,imx7d-gpc", "fsl,imx8mq-gpc", "nvidia,tegra30-ictlr", "nvidia,tegra114-ictlr",
           "nvidia,tegra124-ictlr", "nvidia,tegra132-ictlr", "nvidia,tegra210-ictlr"}


@dataclass(frozen=True)
class Line:
    """An interrupt at its controller: the path of the controller's node, and the specifier."""

    controller: str
    specifier: tuple[int, ...]


@dataclass(frozen=True)
class MapEntry:
    """An entry of an interrupt map. `key`: the unit address and the child's specifier. `line`: the
    interrupt that they are mapped to."""

    key: tuple[int, ...]
    line: Line


class Interrupts:
    """The interrupts of a tree. The map of each nexus is read once and remembered. All methods
    raise BlobError for a tree that asks for too much work."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._maps: dict[str, list[MapEntry]] = {}

    def of(self, node: TreeNode) -> list[Line | None]:
        """The interrupts of a node in order, each at its controller. None for an interrupt without
        a controller."""
        return [self._resolve(node, line) if line is not None else None for line in self.named(node)]

    def named(self, node: TreeNode, both: bool = False) -> list[Line | None]:
        """The interrupts of a node in order, each at the node that it names: a controller or a
        nexus. None for an interrupt that names no such node. `interrupts-extended` replaces
        `interrupts`. With `both`, `interrupts` comes after it, because Linux looks there for an
        interrupt that it does not find."""
        found = self._extended(node) if "interrupts-extended" in node.properties else []
        if "interrupts" in node.properties and (both or "interrupts-extended" not in node.properties):
            found += self._plain(node)
        return found

    def parent(self, node: TreeNode) -> TreeNode | None:
        """The interrupt parent, as Linux finds it: the node that `interrupt-parent` names, or else
        the parent node, and so on up to a node with `#interrupt-cells`."""
        at: TreeNode | None = node
        seen: set[str] = set()
        while at is not None and at.path not in seen:
            self.tree.spend()
            seen.add(at.path)
            named = "interrupt-parent" in at.properties
            at = self.tree.phandles.get(at.cell("interrupt-parent", 0)) if named else at.parent
            if at is not None and "#interrupt-cells" in at.properties:
                return at
        return None

    def map(self, nexus: TreeNode) -> list[MapEntry]:
        """The entries of an interrupt map. The list ends before an entry that names no controller
        or is incomplete."""
        if nexus.path in self._maps:
            return self._maps[nexus.path]
        found = self._maps[nexus.path] = []
        own = self._unit_cells(nexus) + max(width(nexus, "#interrupt-cells", 0), 0)
        numbers = cells(nexus.properties.get("interrupt-map", b""))
        at = 0
        while own and at + own < len(numbers):
            self.tree.spend()
            target = self.tree.phandles.get(numbers[at + own])
            count = width(target, "#interrupt-cells", 0)
            # without the property, the entry has no unit address
            units = width(target, "#address-cells", 0)
            end = at + own + 1 + units + count
            if target is None or count < 1 or units < 0 or end > len(numbers):
                break
            found.append(MapEntry(tuple(numbers[at:at + own]), Line(target.path, tuple(numbers[end - count:end]))))
            at = end
        return found

    def _plain(self, node: TreeNode) -> list[Line | None]:
        numbers = cells(node.properties["interrupts"])
        parent = self.parent(node)
        count = width(parent, "#interrupt-cells", 0)
        if parent is None or count < 1:
            return [None] if numbers else []
        return [Line(parent.path, tuple(numbers[at:at + count]))
                for at in range(0, len(numbers) - count + 1, count)]

    def _extended(self, node: TreeNode) -> list[Line | None]:
        numbers = cells(node.properties["interrupts-extended"])
        found: list[Line | None] = []
        at = 0
        while at < len(numbers):
            self.tree.spend()
            controller = self.tree.phandles.get(numbers[at])
            count = width(controller, "#interrupt-cells", 0)
            end = at + 1 + count
            if controller is None or count < 1 or end > len(numbers):
                return [*found, None]
            found.append(Line(controller.path, tuple(numbers[at + 1:end])))
            at = end
        return found

    @staticmethod
    def _unit_cells(nexus: TreeNode) -> int:
        """The number of cells of a unit address in an interrupt map. Linux takes `#address-cells`
        from the nexus, or from the nearest node above that has it."""
        bus = next((bus for bus in [nexus, *nexus.ancestors()] if "#address-cells" in bus.properties), nexus)
        return max(width(bus, "#address-cells", 2), 0)

    def _resolve(self, node: TreeNode, line: Line) -> Line | None:
        """Follow interrupt maps from `line`, which `node` names, to the controller. A controller
        that only wakes up the chip is passed. None if there is none."""
        found: Line | None = line
        for _ in range(MAX_NEXUS):
            self.tree.spend()
            if found is None:
                return None
            nexus = self.tree[found.controller]
            if not WAKE_UP.isdisjoint(nexus.compatible) and (parent := self.parent(nexus)) is not None:
                node, found = nexus, Line(parent.path, found.specifier)
                continue
            if "interrupt-map" not in nexus.properties:
                return found
            units = self._unit_cells(nexus)
            address = tuple(cells(node.properties.get("reg", b""))[:units])
            address += (0,) * (units - len(address))
            node, found = nexus, self._mapped(nexus, address + found.specifier)
        return None

    def _mapped(self, nexus: TreeNode, key: tuple[int, ...]) -> Line | None:
        """The interrupt that a nexus maps `key` to. None if its map has no such entry."""
        mask = nexus.cells("interrupt-map-mask")
        wanted = _masked(key, mask)
        for entry in self.map(nexus):
            self.tree.spend()
            if _masked(entry.key, mask) == wanted:
                return entry.line
        return None


def _masked(key: tuple[int, ...], mask: list[int]) -> tuple[int, ...]:
    return tuple(cell & (mask[at] if at < len(mask) else 0xFFFFFFFF) for at, cell in enumerate(key))
