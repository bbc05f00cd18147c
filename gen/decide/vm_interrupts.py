# SPDX-License-Identifier: Apache-2.0
"""The interrupts of a resolved VM, as bit masks of 32 INTIDs each."""

from __future__ import annotations

from ..model import System, SystemVm
from .interrupt_mode import VIRTUAL

GUEST_SGIS = 0x7FFF  # with direct interrupts: SGI 15 belongs to EL2


def banks(vm: SystemVm) -> int:
    """The number of 32-INTID banks that a VM sees. The last one holds its highest SPI; a VM without
    SPIs has one bank."""
    intids = [device.irq.intid for device in vm.emulated]
    intids += [irq.intid for passed in vm.passed for irq in passed.device.irqs]
    return max([31, *intids]) // 32 + 1


def interrupt_masks(system: System, vm: SystemVm) -> tuple[list[int], list[int]]:
    """The VM's interrupts as bit masks of 32 INTIDs each: first the hardware interrupts, then those
    of emulated devices. With direct interrupts, those of emulated devices are in both, because EL2
    raises them in the physical GIC."""
    hardware, emulated = [0] * banks(vm), [0] * banks(vm)
    owned = [system.platform.timer["virtual"], system.platform.timer["physical"]]
    if system.platform.pmu is not None:
        owned.append(system.platform.pmu)
    for irq in owned + [irq for passed in vm.passed for irq in passed.device.irqs]:
        hardware[irq.intid // 32] |= 1 << irq.intid % 32
    for device in vm.emulated:
        emulated[device.irq.intid // 32] |= 1 << device.irq.intid % 32
    if vm.interrupt_mode != VIRTUAL:
        hardware = [mask | own for mask, own in zip(hardware, emulated)]
        hardware[0] |= GUEST_SGIS
    return hardware, emulated
