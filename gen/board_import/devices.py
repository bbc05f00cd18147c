# SPDX-License-Identifier: Apache-2.0
"""Finds the devices of a board. A device is a node with registers that the CPUs see, or another
node with a `compatible` that does not lie inside a device (fixed clocks, regulators, keys). A node
without such registers inside a device is a child of that device (I2C clients, PHYs, groups of
pins)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..devicetree.addresses import Registers
from ..devicetree.phandles import counted
from ..devicetree.tree import TreeNode
from ..facts.board_frames import gic_frames, its_frames
from ..model import MAX_ALIASES, MAX_DMA_RANGES, RESERVED, Device, DeviceNode, Range
from ..units import align_up
from . import dma, overlaps, uart
from .content import Content
from .model import Board

MAX_DEVICES = 4096
MAX_MMIO = 64
NAME = re.compile(r"[A-Za-z][A-Za-z0-9,._+@-]{0,59}")
ALIAS = re.compile(r"[a-z][a-z0-9-]{0,30}")
_BUSES = ("simple-bus", "simple-mfd", "simple-pm-bus")
_LIFELINES = ("clocks", "power-domains", "resets", "mboxes")  # a bus with one of these needs a driver


@dataclass
class _Place:
    """What a node became: the device `device`, or if `child` is set, that child inside `device`."""

    node: TreeNode
    device: Device
    child: DeviceNode | None = None
    registers: Registers = field(default_factory=lambda: Registers([], []))


def read(board: Board) -> None:
    """Find all devices and fill them in."""
    places = _Sorter(board).run()
    overlaps.settle(board)
    content = Content(board, {place.device.parent for place in places.values()})
    for place in places.values():
        if place.child is not None:
            content.child(place.node, place.child, place.device)
        else:
            content.device(place.node, place.device, place.registers)
            place.device.dma, board.reasons[place.device.name] = dma.judge(
                place.node, sum(area.size for area in place.device.mmio))
            content.coherent(place.node, place.device)
            _dma_ranges(board, place)
    uart.read_references(board, content)
    _without_tables(board)
    _aliases(board)
    _count_spis(board)
    carried = {board.names[path]: path for path in places}
    lossy = {loss.path for loss in board.lost}
    for name, path in carried.items():
        device = name.partition("/")[0]
        if device in board.platform.devices and "compatible" in board.tree[path].properties:
            board.devices_seen += 1
            board.devices_whole += path not in lossy


def _dma_ranges(board: Board, place: _Place) -> None:
    """Fill in the memory that a device with DMA reaches, if the buses above it do not show it all
    memory as it is."""
    windows = board.addresses.dma_windows(place.node) if place.device.dma else []
    if windows is None or len(windows) > MAX_DMA_RANGES:
        why = f"more than {MAX_DMA_RANGES} windows" if windows else "they show no memory"
        board.lose(place.node, f"dma-ranges of the buses above: {why}")
    else:
        place.device.dma_ranges = windows


def _aliases(board: Board) -> None:
    """Give devices and the hypervisor's UART their names in /aliases."""
    node = board.tree.get("/aliases")
    if node is None:
        return
    gone = []
    for alias in node.properties:
        target = board.tree.find(node.text(alias))
        device = board.platform.devices.get(board.names.get(target.path, "")) if target else None
        named = board.platform.uart if board.uart is not None and target is board.uart else device
        if named and ALIAS.fullmatch(alias) and len(named.aliases) < MAX_ALIASES:
            named.aliases.append(alias)
        else:
            gone.append(alias[:31])
    if gone:
        more = f" and {len(gone) - 8} more" if len(gone) > 8 else ""
        board.lose(node, f"{', '.join(gone[:8])}{more}: names of what is no device by itself; an overlay may give some")


def _count_spis(board: Board) -> None:
    """Estimate the number of SPIs. Only the distributor itself knows it."""
    platform = board.platform
    if platform.gic:
        irqs = [irq for device in platform.devices.values() for irq in device.irqs]
        irqs += [platform.uart.irq] if platform.uart else []
        highest = max((irq.number for irq in irqs if irq.kind == "spi"), default=-1)
        platform.gic.spis = min(align_up(highest + 1, 32), 988)
        why = f"as SPI {highest} is the highest in use" if highest >= 0 else "as nothing in the tree uses one"
        board.assume(None, f"{platform.gic.spis} SPIs, {why}")


def _without_tables(board: Board) -> None:
    """Leave out tables of operating points that only CPUs use."""
    devices = board.platform.devices
    used = {ref.owner for device in devices.values() for node in device.whole()
            for refs in node.uses.values() for ref in refs}
    for name in [name for name, device in devices.items() if name not in used]:
        if any(word.startswith("operating-points-v2") for word in devices[name].compatible):
            board.lose(board.tree[devices[name].node], "operating points that no device uses")
            del devices[name]


class _Sorter:
    """Decides for each node whether it is a device, a child of one, or neither."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.places: dict[str, _Place] = {}
        self.covered: set[str] = set()
        self.nothing: list[TreeNode] = []  # neither device nor child
        self.gic = [frame.range for frame in [*gic_frames(board.platform), *its_frames(board.platform)]]

    def run(self) -> dict[str, _Place]:
        """What each node became, by path. Nodes that are neither device nor child are left out."""
        for path, node in self.board.tree.items():
            if node.parent is None:
                continue
            if path in self.board.spoken_for or node.parent.path in self.covered:
                self.covered.add(path)
                continue
            self._sort(node, self.places.get(node.parent.path))
        self._lose_nothing()
        return self.places

    def _lose_nothing(self) -> None:
        """Record the nodes that are neither device nor child and contain none. Of nested ones only
        the outermost is recorded."""
        around = {other.path for place in self.places.values() for other in place.node.ancestors()}
        gone: set[str] = set()
        for node in self.nothing:
            if node.path in around:
                continue
            gone.add(node.path)
            if node.parent is not None and node.parent.path not in gone:
                self.board.lose(node, "neither a device nor a part of one")

    def _sort(self, node: TreeNode, around: _Place | None) -> None:
        registers = self.board.addresses.registers(node)
        if registers.known:
            self._device(node, registers, around)
        elif around is not None:
            inner = around.child or around.device
            name = node.name
            child = DeviceNode(self.board.platform.at, name=name)
            inner.children[name] = child
            self.places[node.path] = _Place(node, around.device, child)
            self.board.names[node.path] = f"{self.board.names[node.parent.path]}/{name}" if node.parent else name
        elif "compatible" not in node.properties:
            if "interrupt-map" not in node.properties:  # a nexus: its interrupts belong to the devices behind it
                self.nothing.append(node)
        elif not self._transparent(node):
            self._device(node, registers, None)

    def _transparent(self, node: TreeNode) -> bool:
        """True if a node is a bus that only contains devices and needs no driver."""
        if not set(_BUSES).intersection(node.compatible):
            return False
        if any(name in node.properties for name in _LIFELINES):
            return False
        for name in node.properties:
            if counted(name) is not None:
                self.board.lose(node, f"{name}: of a bus that is no device otherwise")
        return True

    def _device(self, node: TreeNode, registers: Registers, around: _Place | None) -> None:
        devices = self.board.platform.devices
        if len(devices) == MAX_DEVICES:
            self.board.lose(node, f"more than {MAX_DEVICES} devices")
            self.covered.add(node.path)
            return
        name = _name(node, devices)
        device = Device(self.board.platform.at, name=name, node=node.path, disabled=not node.active)
        device.mmio = self._mmio(node, registers)
        if around is not None:
            device.parent = around.device.name
        devices[name] = device
        self.places[node.path] = _Place(node, device, None, registers)
        self.board.names[node.path] = name

    def _mmio(self, node: TreeNode, registers: Registers) -> list[Range]:
        """The registers of a device. Ranges that overlap the GIC are left out and recorded as lost.
        """
        found: list[Range] = []
        for area in dict.fromkeys(registers.known):
            other = next((other for other in self.gic if other.overlaps(area)), None)
            if other is not None:
                self.board.lose(node, f"registers {area}, which overlap the GIC at {other}")
            elif len(found) == MAX_MMIO:
                self.board.lose(node, f"registers {area}: more than {MAX_MMIO} ranges")
            else:
                found.append(area)
        return found


def _name(node: TreeNode, taken: dict[str, Device]) -> str:
    """The node's own name, with a number added if another device has that name."""
    base = node.name if NAME.fullmatch(node.name) and not RESERVED.fullmatch(node.name) else f"node-{node.name}"[:60]
    name, number = base, 2
    while name in taken:
        name = f"{base[:55]}-{number}"
        number += 1
    return name
