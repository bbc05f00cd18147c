# SPDX-License-Identifier: Apache-2.0
"""Reads the content of a node: its properties, with the types that their bytes suggest, its
references, and its interrupts."""

from __future__ import annotations

import re
from typing import Any

from ..devicetree.addresses import Registers
from ..devicetree.gic import typed
from ..devicetree.interrupts import Line
from ..devicetree.phandles import counted, entries, sure
from ..devicetree.tree import TreeNode
from ..devicetree.values import cells, is_text, strings
from ..facts.device_references import names_of
from ..model import Device, DeviceNode, Interrupt, Reference
from ..read.irq_notation import MAX_IRQS
from .clocks import fixed_clocks
from .model import Board, compatibles

MAX_PROPERTIES = 256
MAX_VALUE = 16384  # the most bytes of a property
PROPERTY_NAME = re.compile(r"[A-Za-z0-9,._+?#-]{1,63}")
MAX_ENTRIES = 64  # the most entries of a property with references
# Properties whose entries begin with numbers, before the controller.
MAPS = ("interrupt-map", "msi-map", "iommu-map")

# Properties that have keys of their own in a platform file, or that mean nothing outside the
# board's own tree.
_ELSEWHERE = {"phandle", "linux,phandle", "interrupts", "interrupts-extended", "interrupt-parent", "name"}
_OF_DEVICES = {"reg", "compatible", "status"}
_OF_BUSES = {"#address-cells", "#size-cells", "ranges", "dma-ranges"}


def value(data: bytes) -> Any:
    """The bytes of a property as the type that they look like: an empty property, strings, cells,
    or bytes."""
    if not data:
        return True
    if data == b"\0":
        return ""
    if is_text(data):
        words = strings(data)
        return words[0] if len(words) == 1 else words
    if len(data) % 4 == 0:
        found = cells(data)
        return found[0] if len(found) == 1 else found
    return data


class Content:
    """Fills in devices and their children. `parents`: the names of the devices that contain other
    devices."""

    def __init__(self, board: Board, parents: set[str]) -> None:
        self.board = board
        self.parents = parents
        # the interrupts of each device, without those of its children
        self.own: dict[str, list[Line]] = {}

    @staticmethod
    def coherent(node: TreeNode, device: Device) -> None:
        """Add `dma-coherent` to a device if a bus above it has that property, because it then holds
        for all devices of the bus."""
        if device.dma and "dma-noncoherent" not in node.properties:
            if any("dma-coherent" in other.properties for other in node.ancestors()):
                device.properties["dma-coherent"] = True

    def device(self, node: TreeNode, device: Device, registers: Registers) -> None:
        """Fill in a device, except for its children."""
        for area, seen in zip(registers.own, registers.seen):
            if seen is None:
                self.board.lose(node, f"registers {area} of its bus, which the CPUs do not see")
        device.compatible = compatibles(node)
        if node.properties.get("device_type") == b"pci\0" and "ranges" in node.properties:
            self.board.lose(node, "the windows to PCI devices: they are no registers, and no VM reaches through them")
        skip = set(_OF_DEVICES)
        if device.name in self.parents or node.properties.get("ranges") == b"":
            skip |= _OF_BUSES
        elif not device.children:
            skip |= {"#address-cells", "#size-cells"} if node.properties.get("device_type") != b"pci\0" else set()
        clocks = fixed_clocks(self.board.tree, node)
        if clocks and all(PROPERTY_NAME.fullmatch(name) for name in clocks) and len(clocks) <= 16:
            device.clocks = clocks
            skip |= {"clocks", "clock-names"}
        self._properties(node, device, skip)
        self._reg_names(device, registers)
        own = self.own[device.name] = self._own(node, device)
        mapped = self._mapped(node)
        device.irqs = self._irqs(node, list(dict.fromkeys([*own, *mapped])) if mapped else own)
        if mapped or not all(self._is_gic(line) for line in own):
            self._interrupts(device, own)

    @staticmethod
    def _reg_names(device: Device, registers: Registers) -> None:
        """Leave the names of those registers out of `reg-names` that the device does not have."""
        names = device.properties.get("reg-names")
        names = [names] if isinstance(names, str) else names
        if not isinstance(names, list) or len(names) != len(registers.seen):
            return
        left = list(device.mmio)
        kept = []
        for name, area in zip(names, registers.seen):
            if area in left:
                left.remove(area)
                kept.append(name)
        device.properties["reg-names"] = kept[0] if len(kept) == 1 else kept
        if not kept:
            del device.properties["reg-names"]

    def child(self, node: TreeNode, child: DeviceNode, device: Device) -> None:
        """Fill in a child, except for its own children. Its interrupts of the GIC are added to
        those of the device, because the VM that owns the device gets them."""
        self._properties(node, child, set())
        own = self._own(node, child)
        self._interrupts(child, own)
        irqs = self._irqs(node, [*own, *self._mapped(node)])
        if irqs and "interrupts" not in device.uses:
            # now `irqs` has others, so `uses` must tell its own
            self._interrupts(device, self.own[device.name])
        for irq in irqs:
            if irq.intid in [other.intid for other in device.irqs]:
                continue
            if len(device.irqs) == MAX_IRQS:
                self.board.lose(node, f"an interrupt of the GIC: more than {MAX_IRQS} with those of {device.name}")
                break
            device.irqs.append(irq)

    def _is_gic(self, line: Line) -> bool:
        return line.controller == self.board.gic

    def _specifier(self, line: Line) -> tuple[int, ...]:
        """A specifier as the platform file has it. For the GIC it is cut to three cells, as a
        guest's GIC has them, without the mask of the CPUs that have a PPI."""
        if not self._is_gic(line) or len(line.specifier) < 3:
            return line.specifier
        return (*line.specifier[:2], line.specifier[2] & 0xF)

    def _own(self, node: TreeNode, target: DeviceNode) -> list[Line]:
        """The interrupts of a node itself that the import keeps. Their names are kept in
        `interrupt-names`."""
        lines = self.board.interrupts.of(node)
        if None in lines:
            self.board.lose(node, "an interrupt that leads to no controller")
        kept = [line if line is not None and self._carried(node, line) else None for line in lines]
        names = target.properties.get("interrupt-names")
        if None in kept and is_text(node.properties.get("interrupt-names", b"")) and names:
            names = [names] if isinstance(names, str) else names
            target.properties["interrupt-names"] = [name for name, line in zip(names, kept) if line is not None]
            if not target.properties["interrupt-names"]:
                del target.properties["interrupt-names"]
        return [line for line in kept if line is not None]

    def _mapped(self, node: TreeNode) -> list[Line]:
        """The interrupts that a node's `interrupt-map` leads to, without interrupts of the GIC that
        no VM can have."""
        lines = [entry.line for entry in self.board.interrupts.map(node)]
        return [line for line in lines if not self._is_gic(line) or self._carried(node, line)]

    def _carried(self, node: TreeNode, line: Line) -> bool:
        """True if the import can keep an interrupt. If not, it is recorded as lost."""
        if self.board.names.get(line.controller) is None:
            self.board.lose(node, f"an interrupt of {line.controller}, which is not carried over")
            return False
        if self._is_gic(line) and typed(line.specifier) is None:
            text = f"<{' '.join(map(str, line.specifier))}> is none of its first 1020"
            self.board.lose(node, f"an interrupt of the GIC: {text}")
            return False
        return True

    def _irqs(self, node: TreeNode, lines: list[Line]) -> list[Interrupt]:
        """The interrupts of the GIC among `lines`."""
        found = [irq for line in lines if self._is_gic(line) and (irq := typed(line.specifier))]
        if len(found) > MAX_IRQS:
            self.board.lose(node, f"an interrupt of the GIC: more than {MAX_IRQS}")
        return found[:MAX_IRQS]

    def _interrupts(self, target: DeviceNode, lines: list[Line]) -> None:
        refs = [Reference(self.board.names[line.controller], self._specifier(line)) for line in lines]
        if refs:
            target.uses["interrupts"] = refs[:MAX_IRQS]

    def _properties(self, node: TreeNode, target: DeviceNode, skip: set[str]) -> None:
        """Fill in all properties. Those with references go into `uses`."""
        gone = skip | _ELSEWHERE
        for name in (name for name in node.properties if not PROPERTY_NAME.fullmatch(name)):
            self.board.lose(node, f"property {ascii(name)[:80]}: no tree has such a name")
            gone.add(name)
        for name in node.properties:
            if name in gone or counted(name) is None and name not in MAPS:
                continue
            refs = self.references(node, name)
            if refs is None:
                continue
            gone.add(name)
            if refs:
                target.uses[name] = refs
            else:
                gone.add(names_of(name))
        for name, data in node.properties.items():
            if name in gone:
                continue
            if len(data) > MAX_VALUE or len(target.properties) == MAX_PROPERTIES:
                self.board.lose(node, f"property '{name}': its size or the number of properties")
                continue
            target.properties[name] = value(data)

    def references(self, node: TreeNode, name: str) -> list[Reference] | None:
        """The references in a property. None if it has none, in spite of its name. Empty, and
        recorded as lost, if it leads to a node that is not kept."""
        if name in MAPS:
            refs = self._interrupt_map(node) if name == "interrupt-map" else self._id_map(node, name)
            if refs is None:
                self.board.lose(node, f"{name}: it leads to what is not carried over")
            return refs or []
        if name == "gpios" and "gpio-hog" in node.properties:
            return None  # a GPIO hog: the lines belong to the controller around it
        found = entries(self.board.tree, node, name)
        if found is None or len(found) > MAX_ENTRIES:
            data = node.properties[name]
            if not data or is_text(data) or not sure(name):
                return None
            self.board.lose(node, f"{name}: it leads to no node, or its cells do not add up")
            return []
        refs = []
        for entry in found:
            provider = self.board.names.get(entry.node.path) if entry.node is not None else ""
            if provider is None:
                assert entry.node is not None
                self.board.lose(node, f"{name}: {entry.node.path} is not carried over")
                return []
            refs.append(Reference(provider, entry.cells))
        return refs

    def _interrupt_map(self, node: TreeNode) -> list[Reference] | None:
        refs: list[Reference] = []
        for entry in self.board.interrupts.map(node):
            provider = self.board.names.get(entry.line.controller)
            if provider is None or len(refs) == MAX_IRQS:
                return None
            refs.append(Reference(provider, self._specifier(entry.line), entry.key))
        return refs or None

    def _id_map(self, node: TreeNode, name: str) -> list[Reference] | None:
        """The references of a map whose entries have four cells: first ID, controller, first ID
        there, number of IDs."""
        data = node.cells(name)
        refs: list[Reference] = []
        for at in range(0, len(data) - 3, 4):
            controller = self.board.tree.phandles.get(data[at + 1])
            provider = self.board.names.get(controller.path) if controller else None
            if provider is None or len(refs) == MAX_IRQS:
                return None
            refs.append(Reference(provider, (data[at + 2], data[at + 3]), (data[at],)))
        return refs or None
