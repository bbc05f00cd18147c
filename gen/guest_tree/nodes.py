# SPDX-License-Identifier: Apache-2.0
"""Makes the nodes of passed-through devices in a guest's device tree, with their children, and
copies of the fixed clocks and regulators that they refer to. A property that refers to something
that the VM does not have is left out, and so is the property that names its entries. Finding P103
reports that."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ..facts.device_references import names_of, reaches
from ..model import UART, Device, DeviceNode, Interrupt, Passed, Platform, Range, Reference
from ..read.irq_notation import of_specifier
from ..render.jinja import c_string

# Third cell of an interrupt specifier (bindings of arm,gic-v3 and arm,gic).
EDGE_RISING = 1
LEVEL_HIGH = 4

GIC_ADDRESS = (0, 0)  # unit address of the GIC in an interrupt map; its node has #address-cells = 2


def cells(value: int, count: int) -> str:
    """`value` as `count` 32-bit cells, the most significant first."""
    return " ".join(f"{value >> 32 * i & 0xFFFFFFFF:#x}" for i in reversed(range(count)))


def reg(area: Range) -> str:
    """One entry of a `reg` with two address and two size cells."""
    return f"{cells(area.base, 2)} {cells(area.size, 2)}"


def interrupt(irq: Interrupt, ppi_cpus: int = 0) -> str:
    """An interrupt specifier for the GIC: type (0 SPI, 1 PPI), number within the type, trigger. For
    a GICv2, `ppi_cpus` is the mask of the CPUs that have the PPI, which its binding wants."""
    flags = (LEVEL_HIGH if irq.level else EDGE_RISING) | (ppi_cpus << 8 if irq.kind == "ppi" else 0)
    return f"<{0 if irq.kind == 'spi' else 1} {irq.number} {flags}>"


def label(name: str, taken: set[str]) -> str:
    """A label made from a name. Characters that no label can have become underscores. If the label
    is in `taken`, underscores are appended. The result is added to `taken`."""
    found = re.sub(r"^(?=[0-9])|[^0-9a-zA-Z_]", "_", name)
    while found in taken:
        found += "_"
    taken.add(found)
    return found


@dataclass
class Node:
    """A node under construction: its source lines, with the nodes inside it."""

    label: str
    name: str
    lines: list[str] = field(default_factory=list)

    def put(self, inner: Node) -> None:
        """Add a node inside this one."""
        self.lines += [f"{inner.label}: {inner.name} {{" if inner.label else f"{inner.name} {{",
                       *(f"\t{line}" for line in inner.lines), "};"]

    def context(self) -> dict[str, Any]:
        """The node as the templates want it."""
        return {"label": self.label, "node": self.name, "lines": self.lines}


class Nodes:
    """Makes the nodes of all devices that are passed through to one VM. `named`: the label of each
    device, by its name in the VM."""

    def __init__(self, platform: Platform, passed: list[Passed], named: dict[str, str]) -> None:
        self.platform = platform
        self.passed = passed
        self.given = {item.device.name: named[item.name] for item in passed}
        self.taken = {*named.values(), "gic", "apb_pclk", *(f"cpu{i}" for i in range(len(platform.cpus) + 512))}
        self.children: dict[str, str] = {}  # reference to a child -> its label
        self.extra: list[Node] = []
        self.clocks: list[Node] = []  # the nodes in `extra` that copy no device of the platform
        self.copies: dict[str, str] = {}
        for item in passed:
            self._label_children(item.device)

    def _label_children(self, device: Device) -> None:
        """Choose labels for the children that some property refers to."""
        for node in device.whole():
            for refs in node.uses.values():
                for ref in refs:
                    if "/" in ref.device and ref.owner in self.given and ref.device not in self.children:
                        self.children[ref.device] = label(ref.device, self.taken)

    def devices(self) -> list[Node]:
        """The nodes of the devices, in the VM's order, side by side. `nest` (nesting.py) puts them
        into each other."""
        nodes = [self._device(item, number) for number, item in enumerate(self.passed)]
        taken: set[str] = set()
        for node in nodes:  # devices may begin at the same register
            name, sign, unit = node.name.partition("@")
            number = 2
            while node.name in taken:
                node.name, number = f"{name}-{number}{sign}{unit}", number + 1
            taken.add(node.name)
        return nodes

    def _device(self, item: Passed, number: int) -> Node:
        device = item.device
        unit = f"@{device.mmio[0].base:x}" if device.mmio else ""
        node = Node(self.given[device.name], _node_name(device) + unit)
        if device.compatible:
            node.lines.append(f"compatible = {', '.join(c_string(c) for c in device.compatible)};")
        if device.mmio:
            node.lines.append(f"reg = {', '.join(f'<{reg(area)}>' for area in device.mmio)};")
        irqs = [irq for irq in device.irqs if irq.intid not in _of_children(device)]
        if irqs and not {"interrupts", "interrupt-map"} & set(device.uses):
            node.lines.append(f"interrupts = {', '.join(interrupt(irq) for irq in irqs)};")
        if device.clocks:
            clocks = [self._clock(f"clock-{number}-{index}", hertz, f"{item.name} {name}")
                      for index, (name, hertz) in enumerate(device.clocks.items())]
            node.lines.append(f"clocks = {', '.join(f'<&{target}>' for target in clocks)};")
            node.lines.append(f"clock-names = {', '.join(c_string(name) for name in device.clocks)};")
        self._content(node, device, device, {"clocks", "clock-names"} if device.clocks else set())
        return node

    def _clock(self, name: str, hertz: int, output: str) -> str:
        node = Node(label(name + "-", self.taken), name, [
            'compatible = "fixed-clock";', "#clock-cells = <0>;", f"clock-frequency = <{hertz}>;",
            f"clock-output-names = {c_string(output)};"])
        self.extra.append(node)
        self.clocks.append(node)
        return node.label

    def _content(self, node: Node, source: DeviceNode, device: Device, skip: set[str]) -> None:
        """Add properties, references and children to a node."""
        gone = set(skip)
        for name, refs in source.uses.items():
            if any(not reaches(self.platform, ref, self.given) for ref in refs):
                gone |= {name, names_of(name)}
        if "pinctrl-names" in gone:
            gone |= {name for name in source.uses if name.startswith("pinctrl-")}
        for name, refs in source.uses.items():
            if name not in gone:
                spelt = "interrupts-extended" if name == "interrupts" else name
                node.lines.append(f"{spelt} = {', '.join(self._entry(name, ref) for ref in refs)};")
        for name, value in source.properties.items():
            if name not in gone:
                node.lines += _property(name, value)
        path = self._path(source, device)
        for child in source.children.values():
            inner = Node(self.children.get(f"{path}/{child.name}", ""), child.name)
            self._content(inner, child, device, set())
            node.put(inner)

    def _path(self, wanted: DeviceNode, device: Device) -> str:
        """The path of a child as a reference writes it: "device/child"."""
        if wanted is device:
            return device.name
        waiting: list[tuple[str, DeviceNode]] = [(device.name, device)]
        for path, node in waiting:
            if node is wanted:
                return path
            waiting += [(f"{path}/{child.name}", child) for child in node.children.values()]
        return ""

    def _entry(self, name: str, ref: Reference) -> str:
        """The source of one entry of a property with references."""
        if not ref.device:
            return "<0>"
        target = "gic" if ref.device == "gic" else self.children.get(ref.device) or self.given.get(ref.owner)
        if target is None:
            target = self._copy(self.platform.devices[ref.owner])
        unit = GIC_ADDRESS if name == "interrupt-map" and ref.device == "gic" else ()
        parts = [*map(hex, ref.before), f"&{target}", *map(hex, [*unit, *ref.cells])]
        return f"<{' '.join(parts)}>"

    def _copy(self, device: Device) -> str:
        """The label of the copy of a fixed clock, a regulator or the like. The first call makes the
        copy."""
        if device.name not in self.copies:
            node = Node(label(device.name, self.taken), _node_name(device))
            self.copies[device.name] = node.label
            node.lines.append(f"compatible = {', '.join(c_string(c) for c in device.compatible)};")
            self._content(node, device, device, set())
            self.extra.append(node)
        return self.copies[device.name]


def _of_children(device: Device) -> set[int]:
    """The INTIDs of a device's interrupts that its children name as their own."""
    refs = [ref for node in device.whole() if node is not device for name in ("interrupts", "interrupt-map")
            for ref in node.uses.get(name, []) if ref.device == "gic"]
    return {intid for ref in refs if (intid := of_specifier(ref.cells)) is not None}


def rename(own: list[Node], nodes: list[Node]) -> None:
    """Rename the nodes in `own`, which the generator made, until their names differ from all other
    names in `nodes`, which come from the platform file."""
    taken = {node.name for node in nodes if node not in own}
    for node in own:
        while node.name in taken:
            node.name += "-"


def _node_name(device: Device) -> str:
    """The name of a device's node, without unit address. Known bindings ask for a certain name.
    Other devices keep the name from the board's own tree."""
    known = {"arm,pl011": "serial", "arm,pl031": "rtc", "arm,pl061": "gpio", "virtio,mmio": "virtio"}
    for compatible in device.compatible:
        if compatible in known:
            return known[compatible]
    if device.name == UART:
        return "serial"
    name = device.name.partition("@")[0] if device.mmio else device.name
    return re.sub(r"[^0-9a-zA-Z,._+-]", "-", name)


def _property(name: str, value: Any) -> list[str]:
    """The source of a property of the platform file. True is an empty property, False is no
    property."""
    if isinstance(value, bool):
        return [f"{name};"] if value else []
    if isinstance(value, int):
        return [f"{name} = <{value:#x}>;"]
    if isinstance(value, str):
        return [f"{name} = {c_string(value)};"]
    if isinstance(value, bytes):
        return [f"{name} = [{value.hex(' ')}];"]
    if all(isinstance(item, int) for item in value):
        return [f"{name} = <{' '.join(f'{item:#x}' for item in value)}>;"]
    return [f"{name} = {', '.join(c_string(item) for item in value)};"]
