# SPDX-License-Identifier: Apache-2.0
"""The interrupts of a resolved VM, as masks of 32 INTIDs each."""

from __future__ import annotations

from ..model import System, SystemVm
from .interrupt_mode import VIRTUAL

GUEST_SGIS = 0x7FFF  # where interrupts are direct: SGI 15 is EL2's


def banks(vm: SystemVm) -> int:
    """Number of 32-INTID banks that a VM is shown: up to its highest SPI and no further, 1 for a VM without SPIs."""
    intids = [device.irq.intid for device in vm.emulated]
    intids += [irq.intid for passed in vm.passed for irq in passed.device.irqs]
    return max([31, *intids]) // 32 + 1


def interrupt_masks(system: System, vm: SystemVm) -> tuple[list[int], list[int]]:
    """The VM's interrupts as bit masks of 32 INTIDs each: those of the hardware, and those of emulated devices, which
    are both where interrupts are direct."""
    hardware, software = [0] * banks(vm), [0] * banks(vm)
    owned = [system.platform.timer["virtual"], system.platform.timer["physical"]]
    if system.platform.pmu is not None:
        owned.append(system.platform.pmu)
    for irq in owned + [irq for passed in vm.passed for irq in passed.device.irqs]:
        hardware[irq.intid // 32] |= 1 << irq.intid % 32
    for device in vm.emulated:
        software[device.irq.intid // 32] |= 1 << device.irq.intid % 32
    if vm.interrupt_mode != VIRTUAL:
        hardware = [mask | own for mask, own in zip(hardware, software)]
        hardware[0] |= GUEST_SGIS
    return hardware, software
