# SPDX-License-Identifier: Apache-2.0
"""Which addresses each view maps. A view is an address space: EL2 has one for boot and two per VM
(loader and run), and each VM has its stage 2.

A range that several EL2 views map is mapped in pages, so that its leaf entries are the same in all
of them. RAM, disks and payload are the exception: EL2 invalidates the whole TLB when it changes the
view.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..facts.cpu_start import release_pages
from ..facts.emulated_devices import EMULATED
from ..facts.passthrough import el2_pages, end_pages, whole_pages
from ..facts.vm_gic import GICV2_GICD_SIZE, gicv2, redistributor, two_pages
from ..model import Platform, Range, System, SystemVm, subtract
from ..units import PAGE
from .layout import GUARD, TEXT, WRITABLE, Layout, Slot
from .stage2 import stage2
from .translation_tables import EL2, Mapping, View


def _slot(slot: Slot) -> Mapping:
    """A slot of the image, mapped in pages."""
    write, execute = slot.access == WRITABLE, slot.access == TEXT
    return Mapping(slot.name, slot.base, slot.base, slot.size, write=write, execute=execute, largest=3)


def _registers(what: str, area: Range) -> Mapping:
    """Device registers, mapped in pages."""
    area = whole_pages(area)
    return Mapping(what, area.base, area.base, area.size, write=True, device=True, largest=3)


def _common(system: System, layout: Layout) -> list[Mapping]:
    """The mappings of every EL2 view."""
    assert system.platform.gic is not None and system.platform.uart is not None
    mappings = [_slot(layout.slots[name]) for name in ("text", "constants", "tables")]
    # The shared pages of all VMs follow those of the system, so one mapping covers them all.
    mappings.append(replace(_slot(layout.slots["shared"]), size=layout.shared_end - layout.slots["shared"].base))
    mappings += _gic(system.platform)
    uart = whole_pages(system.platform.uart.mmio)
    mappings.append(_registers("UART", uart))
    mappings += [_registers("power", page) for page in end_pages(system.platform) if not uart.contains(page)]
    return mappings


def _gic(platform: Platform) -> list[Mapping]:
    """The frames of the GIC that all pCPUs access. A GICv2's CPU interfaces are among them: each
    pCPU sees its own there."""
    assert platform.gic is not None
    found = gicv2(platform)
    if not found:
        return [_registers("GICD", platform.gic.distributor)]
    assert found.cpu_interface and found.hypervisor_interface
    return [_registers("GICD", Range(found.distributor.base, GICV2_GICD_SIZE)),
            _registers("GICC", two_pages(found.cpu_interface)),
            _registers("GICH", Range(found.hypervisor_interface.base, PAGE))]


def _redistributors(platform: Platform, cpus: Iterable[int]) -> list[Mapping]:
    """The redistributors of pCPUs; a GICv2 has none."""
    if gicv2(platform):
        return []
    return [_registers(f"GICR of pCPU {cpu}", redistributor(platform, cpu)) for cpu in cpus]


def _boot(system: System, layout: Layout) -> list[Mapping]:
    """The boot CPU's view. It can read all RAM, reserved parts included, because the firmware's
    device tree may lie anywhere in it. It writes to the addresses that other CPUs poll. It maps
    nothing that is private to a VM, nor what a secure world keeps."""
    platform = system.platform
    mappings = _common(system, layout)
    mappings.append(_slot(layout.slots["boot.stack"]))
    mappings += _redistributors(platform, range(len(platform.cpus)))
    polled = release_pages(platform)
    mappings += [Mapping("release addresses", a.base, a.base, a.size, write=True, largest=3) for a in polled]
    holes = [layout.image, *polled, *(region.range for region in platform.reserved if region.no_map)]
    for region in platform.memory:
        mappings += [Mapping("RAM", a.base, a.base, a.size) for a in subtract(region.range, holes)]
    return mappings


def _private(system: System, layout: Layout, vm: SystemVm) -> list[Mapping]:
    """The mappings that the loader and run views of a VM have in common, besides `_common`."""
    assert system.platform.uart is not None
    uart = whole_pages(system.platform.uart.mmio)
    common = [uart, *end_pages(system.platform)]
    mappings = [_registers("passed-through devices", page) for page in el2_pages(vm)
                if not any(area.contains(page) for area in common)]
    for slot in layout.private[vm.index]:
        if slot.access == WRITABLE:
            mappings.append(_slot(slot))
    return mappings + _redistributors(system.platform, sorted(vm.affinity))


def _ram(vm: SystemVm) -> list[Mapping]:
    """A VM's RAM, writable."""
    return [Mapping(f"RAM of {vm.name}", region.pa, region.pa, region.size, write=True) for region in vm.ram]


def _disks(layout: Layout, vm: SystemVm, payload: bool) -> list[Mapping]:
    """The disks of a VM. Without `payload`: those that have memory of their own, writable. With
    `payload`: those that are read from the hypervisor's image, read-only."""
    mappings = {}  # two read-only disks may be one file
    for device in vm.emulated:
        if device.disk and (device.disk.pa is None) == payload:
            area = whole_pages(layout.disk(vm, device.disk))
            mappings[area.base] = Mapping(f"disk {device.name} of {vm.name}", area.base, area.base, area.size,
                                          write=not payload)
    return list(mappings.values())


def _running(layout: Layout, vm: SystemVm) -> list[Mapping]:
    """The mappings that the run view of a VM adds for its devices: its disks, and its RAM if a
    device reads and writes there."""
    ram = _ram(vm) if any(EMULATED[device.kind].memory for device in vm.emulated) else []
    return ram + _disks(layout, vm, payload=False) + _disks(layout, vm, payload=True)


def _loading(layout: Layout, vm: SystemVm) -> list[Mapping]:
    """The mappings that the loader view of a VM adds to copy its images: RAM and disks, writable,
    and the payload, read-only. Other VMs may have the same file as payload."""
    payload = [Mapping(slot.name, slot.base, slot.base, slot.size) for slot in layout.payloads[vm.index] if slot.size]
    return _ram(vm) + _disks(layout, vm, payload=False) + payload


def views(system: System, layout: Layout) -> list[View]:
    """All views of the system. The EL2 views have one input size, because TCR_EL2 is one constant.
    """
    common = _common(system, layout)
    spaces = {"boot": _boot(system, layout)}
    for vm in system.vms:
        both = common + _private(system, layout, vm)
        spaces[f"vm{vm.index} loader"] = both + _loading(layout, vm)
        spaces[f"vm{vm.index} run"] = both + _running(layout, vm)
    top = max(mapping.end for mappings in spaces.values() for mapping in mappings)
    bits = 39 if top <= 1 << 39 else 48
    found = [View(name, EL2, bits, mappings) for name, mappings in spaces.items()]
    return found + [stage2(system, vm) for vm in system.vms]


def guards(layout: Layout) -> list[Slot]:
    """The guard pages, which no view maps."""
    return [slot for slot in layout.slots.values() if slot.access == GUARD]
