# SPDX-License-Identifier: Apache-2.0
"""Description -> System: everything that was left to the generator is decided here."""

from __future__ import annotations

from .boot import BootPlan, plan_boot
from .findings import Findings
from .model import (Description, Emulated, Interrupt, Passed, Payload, Platform, RamPiece, Range, System, SystemVm, Vm,
                    VmDevice)
from .placement import place_memory
from .units import MIB, PAGE, align_up, show_size

GICD_SIZE = 0x10000
GICR_SIZE = 0x20000  # RD_base and SGI_base of one vCPU
PL011_SIZE = PAGE


def distributor(platform: Platform, vm: Vm) -> Range:
    """Where a VM sees its distributor (IPA)."""
    assert platform.gic and vm.gic
    base = platform.gic.distributor.base if vm.gic.distributor is None else vm.gic.distributor
    return Range(base, GICD_SIZE)


def redistributors(platform: Platform, vm: Vm) -> Range:
    """Where a VM sees its redistributors (IPA), one after the other."""
    assert platform.gic and vm.gic
    base = platform.gic.redistributors[0].base if vm.gic.redistributors is None else vm.gic.redistributors
    return Range(base, GICR_SIZE * vm.vcpus)


def registers(platform: Platform, device: VmDevice) -> list[Range]:
    """Where a VM sees the registers of a device (IPA); a passed-through device has them at their physical addresses."""
    if device.kind == "passthrough":
        known = platform.devices.get(device.device)
        return list(known.mmio) if known else []
    return [Range(device.mmio or 0, PL011_SIZE)]


def interrupts_of(platform: Platform, device: VmDevice) -> list[Interrupt]:
    """The interrupts of a VM's device."""
    if device.kind == "passthrough":
        known = platform.devices.get(device.device)
        return list(known.irqs) if known else []
    return [device.irq] if device.irq else []


def resolve(description: Description, findings: Findings) -> System | None:
    """The resolved system; None if errors were found, here or before."""
    platform = description.platform
    assert platform
    places = place_memory(platform, description.vms, findings)
    plans = [plan_boot(vm, findings) for vm in description.vms]
    check_image_size(platform, payload_size([payload for plan in plans for payload in plan.payloads]), findings)
    if findings.errors:
        return None
    system = System(description.path.stem, description, platform,
                    [_vm(platform, index, vm, places, plan)
                     for index, (vm, plan) in enumerate(zip(description.vms, plans))])
    inputs = {description.path, platform.path}
    inputs.update(path for plan in plans for path in plan.inputs)
    inputs.update(path for vm in system.vms for path in vm.overlays)
    system.inputs = sorted(inputs)
    return system


def _vm(platform: Platform, index: int, vm: Vm, places: dict[int, int], plan: BootPlan) -> SystemVm:
    assert vm.boot and vm.dtb
    devices = vm.devices.values()
    return SystemVm(
        index=index,
        name=vm.name,
        vmid=index + 1,
        affinity=list(vm.affinity),
        mpidrs=list(vm.mpidrs),
        ram=[RamPiece(piece.ipa, places[id(piece)], piece.size, piece) for piece in vm.memory],
        payloads=plan.payloads,
        entry=plan.entry,
        dtb=plan.dtb,
        cmdline=vm.boot.cmdline,
        initrd=plan.initrd,
        emulated=[Emulated(device.name, device.kind, registers(platform, device)[0], device.irq, device)
                  for device in devices if device.kind != "passthrough" and device.irq],
        passed=[Passed(device.name, platform.devices[device.device], device)
                for device in devices if device.kind == "passthrough"],
        distributor=distributor(platform, vm),
        redistributors=redistributors(platform, vm),
        overlays=list(vm.dtb.overlays),
        source=vm,
    )


def payload_size(payloads: list[Payload]) -> int:
    """Bytes that payloads take in the hypervisor's image; nothing for device trees, which are not made yet."""
    return sum(align_up(payload.file_size, PAGE) for payload in payloads)


def check_image_size(platform: Platform, size: int, findings: Findings) -> bool:
    """Add a finding if an image of `size` bytes does not fit into the hypervisor's region. The products call it again
    with the real size."""
    assert platform.hypervisor
    room = platform.hypervisor.range.size
    if size <= room:
        return True
    findings.error("P058", platform.hypervisor.where("size"),
                   f"the hypervisor with the images of all VMs has {show_size(align_up(size, PAGE))}, its region only "
                   f"{show_size(room)}",
                   cure=f"give it {show_size(align_up(size, 2 * MIB))} or more, or use smaller images")
    return False
