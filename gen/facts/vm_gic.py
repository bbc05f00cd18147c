# SPDX-License-Identifier: Apache-2.0
"""Where a VM sees the registers of its GIC, and where each pCPU has its redistributor on the board.
"""

from __future__ import annotations

from ..model import Platform, Range, Vm

GICD_SIZE = 0x10000
GICR_SIZE = 0x20000  # RD_base and SGI_base of one vCPU


def vm_gic_frames(platform: Platform | None, vm: Vm) -> dict[str, Range]:
    """The IPA ranges where a VM sees its `distributor` and its `redistributors`, which follow each
    other. On a board with a GICv2 there is a `cpu_interface` instead of redistributors. A range is
    left out if its key is spoiled, or if neither the VM nor the platform states it."""
    assert vm.gic
    physical = platform.gic if platform else None
    if physical and physical.version == 2 and physical.cpu_interface:
        own2 = {"distributor": physical.distributor, "cpu_interface": physical.cpu_interface}
        return {} if "gic" in vm.spoiled else own2
    bases = {"distributor": vm.gic.distributor, "redistributors": vm.gic.redistributors}
    if platform and platform.gic:
        own = {"distributor": platform.gic.distributor, "redistributors": platform.gic.redistributors[0]}
        bases = {key: own[key].base if base is None else base for key, base in bases.items()}
    sizes = {"distributor": GICD_SIZE, "redistributors": GICR_SIZE * vm.vcpus}
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
