# SPDX-License-Identifier: Apache-2.0
"""Reads the CPUs: MPIDR and cluster of each, which boots, how firmware starts the others, and the
width of addresses."""

from __future__ import annotations

from ..devicetree.tree import Tree, TreeNode
from ..devicetree.values import number
from ..facts.board_frames import gic_frames, its_frames, uart_frames
from ..facts.cpu_start import release_pages
from ..model import AFFINITY_MASK, Cpu
from . import cpu_start
from .model import Board, compatibles

MAX_CPUS = 512

# Physical address bits of Arm's cores (their Technical Reference Manuals,
# ID_AA64MMFR0_EL1.PARange).
ADDRESS_BITS = {
    "arm,cortex-a34": 40, "arm,cortex-a35": 40, "arm,cortex-a53": 40, "arm,cortex-a55": 40, "arm,cortex-a57": 44,
    "arm,cortex-a65": 44, "arm,cortex-a72": 44, "arm,cortex-a73": 40, "arm,cortex-a75": 44, "arm,cortex-a76": 40,
    "arm,cortex-a77": 40, "arm,cortex-a78": 40, "arm,neoverse-n1": 48, "arm,neoverse-v1": 48, "arm,neoverse-n2": 48,
}
LEAST_BITS = 40
PA_BITS = (32, 36, 40, 42, 44, 48)  # the sizes before Armv8.2


def read(board: Board) -> None:
    """Read the CPUs and how they start."""
    platform, tree = board.platform, board.tree
    board.spoken_for.add("/cpus")
    nodes = _nodes(tree)
    clusters = _clusters(tree)
    seen: set[int] = set()
    found: dict[str, Cpu] = {}
    platform.cpus = []
    for node in nodes:
        mpidr = number(node.cells("reg")) & AFFINITY_MASK
        if not node.enabled:
            board.lose(node, "a disabled CPU")
        elif mpidr in seen or len(platform.cpus) == MAX_CPUS:
            board.lose(node, f"MPIDR {mpidr:#x} is another CPU's" if mpidr in seen else f"more than {MAX_CPUS} CPUs")
        else:
            seen.add(mpidr)
            board.names[node.path] = f"cpu{len(platform.cpus)}"
            kind = next(iter(compatibles(node)), "")
            found[node.path] = Cpu(platform.at, mpidr=mpidr, compatible=kind, cluster=clusters.get(node.path))
            platform.cpus.append(found[node.path])
    if not platform.cpus:
        platform.cpus = [Cpu(platform.at)]
        board.assume(None, "one CPU with MPIDR 0: the tree has none")
    kinds = [cpu.compatible for cpu in platform.cpus if cpu.compatible]
    if kinds:
        platform.cpu_compatible = max(sorted(set(kinds)), key=kinds.count)
    for cpu in platform.cpus:
        if cpu.compatible == platform.cpu_compatible:
            cpu.compatible = ""
    _boot_cpu(board)
    cpu_start.read(board, found)


def _nodes(tree: Tree) -> list[TreeNode]:
    """The CPU nodes by MPIDR. Nearly every tree has them in that order; QEMU's tree has the reverse
    order."""
    cpus = tree.get("/cpus")
    nodes = [node for node in (tree.children[cpus.path] if cpus else [])
             if node.properties.get("device_type") == b"cpu\0" or node.path.startswith("/cpus/cpu@")]
    return sorted(nodes, key=lambda node: number(node.cells("reg")[:2]))


def _clusters(tree: Tree) -> dict[str, int]:
    """The number of each CPU's cluster in `cpu-map`, by the path of the CPU's node. Clusters count
    in the order of the map. Empty if there is only one cluster."""
    found: dict[str, int] = {}
    clusters: dict[str, int] = {}
    for path, node in tree.items():
        if not path.startswith("/cpus/cpu-map/") or "cpu" not in node.properties:
            continue
        cpu = tree.phandles.get(node.cell("cpu", 0))
        around = [other for other in [node, *node.ancestors()]
                  if other.name.startswith("cluster")]
        if cpu is not None and around:
            found.setdefault(cpu.path, clusters.setdefault(around[0].path, len(clusters)))
    return found if len(clusters) > 1 else {}


def _boot_cpu(board: Board) -> None:
    """The CPU that the blob's header names as the one that boots. `dtc` writes the first one of the
    tree there, unless it is told otherwise. A header that names none of the CPUs says nothing."""
    mpidr = board.tree.boot_cpu & AFFINITY_MASK
    for index, cpu in enumerate(board.platform.cpus):
        if cpu.mpidr == mpidr and index:
            board.platform.boot_cpu = index
            board.assume(None, f"CPU {index}, with MPIDR {mpidr:#x}, boots: the blob's header says so")


def read_address_bits(board: Board) -> None:
    """Choose `pa_bits`: the smallest size of all kinds of CPU, if all are known. If addresses of
    the board need more, it is more."""
    platform = board.platform
    kinds = {cpu.compatible or platform.cpu_compatible for cpu in platform.cpus}
    areas = [region.range for region in [*platform.memory, *platform.reserved]]
    areas += [mmio for device in platform.devices.values() for mmio in device.mmio]
    areas += release_pages(platform)
    areas += [frame.range for frame in [*gic_frames(platform), *its_frames(platform), *uart_frames(platform)]]
    needed = max((area.end - 1).bit_length() for area in areas) if areas else 0
    if kinds <= set(ADDRESS_BITS):
        known = min(ADDRESS_BITS[kind] for kind in kinds)
    else:
        known = LEAST_BITS
        board.assume(None, f"{max(known, needed)} bits of physical address: {', '.join(sorted(kinds))} is not known "
                     "here")
    if needed > known and kinds <= set(ADDRESS_BITS):
        board.assume(None, f"{needed} bits of physical address, as registers lie there; its CPUs have {known}")
    platform.pa_bits = next(bits for bits in PA_BITS if bits >= max(known, needed))
