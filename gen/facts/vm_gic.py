# SPDX-License-Identifier: Apache-2.0
"""Where a VM sees the registers of its GIC, and where each pCPU has its redistributor on the board.
"""

from __future__ import annotations

from ..model import Gic, Platform, Range, Vm
from ..units import KIB

GICD_SIZE = 0x10000
GICR_SIZE = 0x20000  # RD_base and SGI_base of one vCPU
GICV2_CPUS = 8
GICV2_GICD_SIZE = 0x1000
CPU_INTERFACE_SIZE = 0x2000  # of a GICv2: the page of most registers, and that of GICC_DIR


def vm_gic_frames(platform: Platform | None, vm: Vm) -> dict[str, Range]:
    """The IPA ranges where a VM sees its `distributor` and its `redistributors`, which follow each
    other. On a board with a GICv2 there is a `cpu_interface` instead of redistributors. A range is
    left out if its key is spoiled, or if neither the VM nor the platform states it."""
    assert vm.gic
    physical = platform.gic if platform else None
    if physical and physical.version == 2 and physical.cpu_interface:
        own = {"distributor": physical.distributor, "cpu_interface": physical.cpu_interface}
        sizes = {"distributor": GICV2_GICD_SIZE, "cpu_interface": CPU_INTERFACE_SIZE}
    else:
        own = {"distributor": physical.distributor, "redistributors": physical.redistributors[0]} if physical else {}
        sizes = {"distributor": GICD_SIZE, "redistributors": GICR_SIZE * vm.vcpus}
    written = {key: getattr(vm.gic, key) for key in sizes}
    bases = {key: own[key].base if base is None and key in own else base for key, base in written.items()}
    return {key: Range(base, sizes[key]) for key, base in bases.items()
            if base is not None and key not in vm.gic.spoiled and "gic" not in vm.spoiled}


def redistributor(platform: Platform, cpu: int) -> Range:
    """The redistributor frames of a pCPU. The board's regions hold one set of frames per CPU, in
    the platform file's order."""
    assert platform.gic is not None
    for region in platform.gic.redistributors:
        held = region.size // platform.gic.stride
        if cpu < held:
            return Range(region.base + cpu * platform.gic.stride, platform.gic.stride)
        cpu -= held
    raise ValueError("fewer redistributors than CPUs")


def two_pages(interface: Range) -> Range:
    """The two pages of a GICv2's CPU interface, physical or virtual, one behind the other. A board
    whose interface has 128 KiB repeats each page through 64 KiB. The last copy of the first page
    is followed by the first copy of the second."""
    aliased = interface.size >= 128 * KIB
    return Range(interface.base + (0xF000 if aliased else 0), CPU_INTERFACE_SIZE)


def gicv2(platform: Platform) -> Gic | None:
    """The GIC of the board if it is a GICv2."""
    return platform.gic if platform.gic and platform.gic.version == 2 else None
