# SPDX-License-Identifier: Apache-2.0
"""Puts the nodes of devices into each other, and on buses of our own that say which memory a device
reaches by DMA (`dma-ranges`; Devicetree Specification 0.4, section 2.3.9)."""

from __future__ import annotations

from ..model import Device, DmaWindow, Passed
from .nodes import Node, cells

# What a node says that has others in it, at the addresses of the CPUs.
_BUS = ("#address-cells = <2>;", "#size-cells = <2>;", "ranges;")


def nest(nodes: list[Node], passed: list[Passed]) -> list[Node]:
    """Put each node into the node of the device that contains it. Goes from the inside out. A
    device that reaches other memory than what is around it gets a bus that says so. Returns the
    nodes at the top."""
    devices = {item.device.name: item.device for item in passed}
    by_name = dict(zip(devices, nodes))
    around = {name: _around(device, devices) for name, device in devices.items()}
    inner: set[str] = set()
    for name in sorted(devices, key=lambda name: -len(around[name])):
        own = devices[name].dma_ranges
        shown: list[DmaWindow] = next((other.dma_ranges for other in around[name] if other.dma_ranges), [])
        if not around[name] or shown and devices[name].dma and own != shown:
            continue  # a node that is in two buses sees memory through both
        outer = by_name[around[name][0].name]
        outer.lines = [*_BUS, *(line for line in outer.lines if line not in _BUS)]
        outer.put(by_name[name] if own == shown or not own else _bus("dma-bus", own, [by_name[name]]))
        inner.add(name)
    return _on_buses([(by_name[name], device.dma_ranges) for name, device in devices.items() if name not in inner])


def _around(device: Device, devices: dict[str, Device]) -> list[Device]:
    """The devices of the VM that contain a device, from the inside out."""
    found: list[Device] = []
    while (outer := devices.get(device.parent)) is not None:
        found.append(outer)
        device = outer
    return found


def _on_buses(nodes: list[tuple[Node, list[DmaWindow]]]) -> list[Node]:
    """The nodes, with those that reach the same memory on one bus, if that is not all memory."""
    taken = {node.name for node, _ in nodes}
    buses: list[tuple[Node, list[DmaWindow]]] = []
    found: list[Node] = []
    for node, windows in nodes:
        if not windows:
            found.append(node)
            continue
        bus = next((bus for bus, known in buses if known == windows), None)
        if bus is None:
            name = next(name for number in range(len(nodes) + 1) if (name := f"dma{number}-bus") not in taken)
            taken.add(name)
            bus = _bus(name, windows, [])
            buses.append((bus, windows))
            found.append(bus)
        bus.put(node)
    return found


def _bus(name: str, windows: list[DmaWindow], nodes: list[Node]) -> Node:
    """A bus that shows memory as `windows` say."""
    entries = ", ".join(f"<{cells(window.bus, 2)} {cells(window.base, 2)} {cells(window.size, 2)}>"
                        for window in windows)
    bus = Node("", name, ['compatible = "simple-bus";', *_BUS, f"dma-ranges = {entries};"])
    for node in nodes:
        bus.put(node)
    return bus
