# SPDX-License-Identifier: Apache-2.0
"""Interrupts of emulated devices where a VM's interrupts are direct: each is a physical SPI that no device of the board
has, which EL2 sets pending."""

from __future__ import annotations

from ..model import Device, Interrupt, Platform, Vm, VmDevice
from ..read.irq_notation import BASE, VM_INTIDS


def owners(platform: Platform) -> dict[int, str]:
    """The SPIs that the board has a use for, by INTID, with what has it."""
    found = {platform.uart.irq.intid: "the hypervisor's UART"} if platform.uart else {}
    for device in platform.devices.values():
        for intid in [irq.intid for irq in device.irqs] + spis_in_uses(device):
            found.setdefault(intid, f"device '{device.name}' of the board")
    return found


def spis_in_uses(device: Device, *keys: str) -> list[int]:
    """The SPIs that a device and its children name in `uses`, in these keys or in any, by INTID."""
    refs = [ref for node in device.whole() for key, entries in node.uses.items() if key in keys or not keys
            for ref in entries if ref.device == "gic"]
    return [ref.cells[1] + BASE["spi"] for ref in refs if len(ref.cells) > 1 and ref.cells[0] == 0]


def last(platform: Platform) -> int:
    """The INTID past the last SPI that a VM can have."""
    return min(BASE["spi"] + platform.gic.spis, VM_INTIDS) if platform.gic else 0


def is_spare(platform: Platform, irq: Interrupt) -> bool:
    """True if the GIC has the SPI, and no device of the board does."""
    return BASE["spi"] <= irq.intid < last(platform) and irq.intid not in owners(platform)


def use(platform: Platform, irq: Interrupt) -> str:
    """What keeps an interrupt from being spare, in words; nothing where it is."""
    if is_spare(platform, irq):
        return ""
    return owners(platform).get(irq.intid, "none that the GIC has for a VM")


def emulated(vm: Vm) -> list[VmDevice]:
    """The devices of a VM whose interrupts EL2 raises."""
    return [device for device in vm.devices.values() if device.kind != "passthrough" and device.irq]


def assign(platform: Platform, vms: list[Vm]) -> dict[int, Interrupt | None]:
    """The interrupt of every emulated device of VMs with direct interrupts, by id() of the device: what is written
    where that is spare, and otherwise the lowest spare SPI; None where there is no more."""
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
