# SPDX-License-Identifier: Apache-2.0
"""Interrupts of emulated devices in VMs with direct interrupts. EL2 raises each by setting a
physical SPI pending, so the generator looks for unused SPIs: those that no device of the board has.
"""

from __future__ import annotations

from ..model import Device, Interrupt, Platform, Vm, VmDevice
from ..read.irq_notation import BASE, VM_INTIDS, of_specifier


def owners(platform: Platform) -> dict[int, str]:
    """The SPIs that the board uses: the words for their user, by INTID."""
    found = {platform.uart.irq.intid: "the hypervisor's UART"} if platform.uart else {}
    for device in platform.devices.values():
        for intid in [irq.intid for irq in device.irqs] + spis_in_uses(device):
            found.setdefault(intid, f"device '{device.name}' of the board")
    return found


def spis_in_uses(device: Device, *keys: str) -> list[int]:
    """The INTIDs of the SPIs that a device and its children name in `uses`. `keys` limits the
    search to these properties; without it, all properties count."""
    refs = [ref for node in device.whole() for key, entries in node.uses.items() if key in keys or not keys
            for ref in entries if ref.device == "gic"]
    intids = [of_specifier(ref.cells) for ref in refs]
    return [intid for intid in intids if intid is not None and intid >= BASE["spi"]]


def last(platform: Platform) -> int:
    """The first INTID above the SPIs that a VM can have."""
    return min(BASE["spi"] + platform.gic.spis, VM_INTIDS) if platform.gic else 0


def is_unused(platform: Platform, irq: Interrupt) -> bool:
    """True if the GIC has the SPI and no device of the board uses it."""
    return BASE["spi"] <= irq.intid < last(platform) and irq.intid not in owners(platform)


def use(platform: Platform, irq: Interrupt) -> str:
    """For a finding: what an interrupt is if it is not an unused SPI. Empty for an unused SPI."""
    if is_unused(platform, irq):
        return ""
    return owners(platform).get(irq.intid, "none that the GIC has for a VM")


def emulated(vm: Vm) -> list[VmDevice]:
    """The devices of a VM whose interrupts EL2 raises."""
    return [device for device in vm.devices.values() if device.kind != "passthrough" and device.irq]


def assign(platform: Platform, vms: list[Vm]) -> dict[int, Interrupt | None]:
    """The interrupt of every emulated device of VMs with direct interrupts, by id() of the device.
    A device keeps the interrupt of the description if that is an unused SPI. Otherwise it gets the
    lowest unused SPI, or None if none is left."""
    taken = set(owners(platform))
    found: dict[int, Interrupt | None] = {}
    devices = [device for vm in vms for device in emulated(vm)]
    for device in devices:
        assert device.irq
        if BASE["spi"] <= device.irq.intid < last(platform) and device.irq.intid not in taken:
            found[id(device)] = device.irq
            taken.add(device.irq.intid)
    free = iter([intid for intid in range(BASE["spi"], last(platform)) if intid not in taken])
    for device in devices:
        if id(device) not in found:
            intid = next(free, None)
            found[id(device)] = None if intid is None else Interrupt(intid)
    return found
