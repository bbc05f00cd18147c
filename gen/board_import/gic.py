# SPDX-License-Identifier: Apache-2.0
"""Reads the interrupt controller, if it is a GIC: GICv2, GICv3 or GICv4."""

from __future__ import annotations

from ..devicetree.gic import COMPATIBLES, is_gic, typed
from ..devicetree.tree import TreeNode
from ..devicetree.values import number
from ..facts.board_frames import gic_frames
from ..facts.vm_gic import GICV2_CPUS
from ..model import Gic, Interrupt, Range
from ..units import KIB, PAGE
from .model import Board

MAX_REGIONS = 512
MAX_ITS = 64
FRAME = 64 * KIB


def read(board: Board) -> None:
    """Read the GIC: frames, stride, ITS, maintenance interrupt."""
    tree, platform = board.tree, board.platform
    nodes = [node for node in tree.values() if is_gic(node) and node.active]
    for node in nodes:
        board.spoken_for.add(node.path)
    for node in nodes[1:]:
        board.lose(node, "a second GIC")
    if not nodes:
        board.lose(tree.root, "the interrupt controller, which is no GIC")
        return
    node = nodes[0]
    areas = board.addresses.registers(node).seen
    if "arm,gic-v3" in node.compatible:
        gic = _version3(board, node, areas)
    else:
        gic = _version2(board, node, areas)
    if gic is None:
        return
    gic.compatible = next(word for word in node.compatible if word in COMPATIBLES)
    platform.gic = gic
    frames = [frame.range for frame in gic_frames(platform)]
    ram = [region.range for region in platform.memory]
    clash = next(((one, other) for index, one in enumerate(frames) for other in [*frames[:index], *ram]
                  if one.overlaps(other)), None)
    if clash:
        board.lose(node, f"the GIC: its frame {clash[0]} overlaps {clash[1]}")
        platform.gic = None
        return
    board.gic = node.path
    board.names[node.path] = "gic"
    gic.its = _its(board, node)
    _maintenance(board, node)


def _version3(board: Board, node: TreeNode, areas: list[Range | None]) -> Gic | None:
    regions = node.cell("#redistributor-regions", 1)
    frames = areas[:1 + regions] if regions <= MAX_REGIONS else []
    if len(frames) < 2 or len(frames) != 1 + regions or not all(frames):
        board.lose(node, "the GIC: its distributor and redistributors are not all where the CPUs see them")
        return None
    known = [area for area in frames if area is not None]
    gic = Gic(board.platform.at, version=3, distributor=known[0], redistributors=known[1:])
    stride = number(node.cells("redistributor-stride"))
    if 0x20000 <= stride <= 1 << 30 and stride % FRAME == 0:
        gic.stride = stride
        gic.version = 4 if stride >= 0x40000 else 3
    elif known[1].size == 0x40000 * len(board.platform.cpus):
        board.assume(node, "a GICv3, whose redistributors are 128KiB apart; the room is that of a GICv4, with 256KiB")
    room = sum(area.size // gic.stride for area in gic.redistributors)
    if room < len(board.platform.cpus):
        board.lose(node, f"the GIC: {len(board.platform.cpus)} CPUs, but redistributors for {room}")
        return None
    if any(area.base % FRAME or area.size % PAGE for area in known) or gic.distributor.size < FRAME:
        board.lose(node, "the GIC: frames that are not whole pages at multiples of 64KiB")
        return None
    return gic


def _version2(board: Board, node: TreeNode, areas: list[Range | None]) -> Gic | None:
    if len(areas) < 2 or areas[0] is None or areas[1] is None:
        board.lose(node, "the GIC: its distributor and CPU interface are not where the CPUs see them")
        return None
    gic = Gic(board.platform.at, version=2, distributor=areas[0], cpu_interface=areas[1])
    if len(areas) > 2:
        gic.hypervisor_interface = areas[2]
    if len(areas) > 3:
        gic.virtual_interface = areas[3]
    for key in ("cpu_interface", "virtual_interface"):
        area = getattr(gic, key)
        if area and area.size == PAGE:
            setattr(gic, key, Range(area.base, 2 * PAGE))
            board.assume(node, f"8KiB for the GIC's {key}: the tree has the page without GICC_DIR alone")
    if len(board.platform.cpus) > GICV2_CPUS:
        board.lose(node, f"the GIC: {len(board.platform.cpus)} CPUs, and a GICv2 has interfaces for {GICV2_CPUS}")
        return None
    if any(area.base % PAGE or area.size % PAGE for area in (gic.distributor, *areas[1:]) if area):
        board.lose(node, "the GIC: frames that are not whole pages")
        return None
    return gic


def _its(board: Board, node: TreeNode) -> list[Range]:
    """The registers of the ITSs. MSI frames of a GICv2 (GICv2m) are recorded as lost. Pinion drives
    neither."""
    found: list[Range] = []
    for child in board.tree.values():
        if not {"arm,gic-v3-its", "arm,gic-v2m-frame"}.intersection(child.compatible):
            continue
        board.spoken_for.add(child.path)
        areas = board.addresses.registers(child).known
        if child.active and areas and (ram := _in_ram(board, areas[0])):
            board.lose(child, f"message-signalled interrupts: registers {areas[0]}, which overlap RAM {ram}")
        elif child.active and areas and "arm,gic-v3-its" in child.compatible and len(found) < MAX_ITS:
            found.append(areas[0])
            board.names[child.path] = "its"
        elif child.active:
            board.lose(child, "message-signalled interrupts of a GICv2m frame" if areas else "an ITS without registers")
    return found


def _in_ram(board: Board, area: Range) -> Range | None:
    """The RAM that an area overlaps."""
    return next((region.range for region in board.platform.memory if region.range.overlaps(area)), None)


def _maintenance(board: Board, node: TreeNode) -> None:
    lines = [typed(line.specifier) for line in board.interrupts.of(node) if line]
    platform = board.platform
    taken = {irq.intid for irq in platform.timer.values()} | ({platform.pmu.intid} if platform.pmu else set())
    for irq in lines[:1]:
        if irq and irq.kind == "ppi" and irq.intid not in taken:
            platform.maintenance = Interrupt(irq.intid)
            return
    board.assume(node, f"{platform.maintenance} for GIC maintenance: the tree does not say")
