# SPDX-License-Identifier: Apache-2.0
"""From Description to System: this file takes every decision that the description leaves open."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from ..facts.vm_devices import registers_of
from ..facts.vm_gic import vm_gic_frames
from ..model import (Description, Emulated, Interrupt, Passed, Payload, Platform, RamRegion, Range, System, SystemVm,
                     Vm)
from ..read.findings import Findings
from ..read.timings import stage
from ..units import MIB, PAGE, align_up, show_size
from . import interrupt_mode, unused_spis
from .boot import BootPlan, plan_boot
from .disks import DiskPlan, plan_disks
from .placement import place_memory


@dataclass
class Decisions:
    """The decisions about memory and images. `places`: the physical address of each memory region
    and disk, by id() of the region or device. `boots`, `disks`: where the images of each VM go. An
    entry is absent if the description has a mistake there."""

    places: dict[int, int]
    boots: list[BootPlan]
    disks: list[DiskPlan]


@stage("placement")
def decide(description: Description, findings: Findings, images_needed: bool = True) -> Decisions:
    """Take every decision that the correct parts of the description allow. Add a finding where no
    choice is possible. Without `images_needed`, guest images may be absent (see plan_boot)."""
    boots = [plan_boot(vm, findings, images_needed) for vm in description.vms]
    disks = [plan_disks(vm, findings) for vm in description.vms]
    platform = description.platform
    if not platform:
        return Decisions({}, boots, disks)
    # If one region were missing, the others would get other addresses than in the corrected file.
    whole = "vms" not in description.spoiled and all("memory" not in vm.spoiled for vm in description.vms)
    writable = [(vm, device, plan.disks[id(device)].size) for vm, plan in zip(description.vms, disks)
                for device in vm.devices.values() if id(device) in plan.disks and not device.read_only]
    places = place_memory(platform, description.vms, writable, findings) if whole else {}
    payloads = [payload for plan in boots for payload in plan.payloads]
    payloads += [disk.payload for plan in disks for disk in plan.disks.values() if disk.payload]
    check_image_size(platform, payload_size(payloads), findings)
    return Decisions(places, boots, disks)


def resolve(description: Description, decisions: Decisions) -> System:
    """The resolved system. The description must have no errors."""
    platform = description.platform
    assert platform
    modes = interrupt_mode.modes(description)
    irqs = unused_spis.assign(platform, [vm for vm, mode in zip(description.vms, modes)
                                         if mode.name != interrupt_mode.VIRTUAL])
    system = System(description.path.stem, description, platform, [
        _vm(platform, index, vm, decisions, mode, irqs)
        for index, (vm, mode) in enumerate(zip(description.vms, modes))])
    inputs = {description.path, platform.path}
    inputs.update(path for boot in decisions.boots for path in boot.inputs)
    inputs.update(path for plan in decisions.disks for path in plan.inputs)
    inputs.update(path for vm in system.vms for path in vm.overlays)
    system.inputs = sorted(inputs)
    return system


def _vm(platform: Platform, index: int, vm: Vm, decisions: Decisions, mode: interrupt_mode.Mode,
        irqs: dict[int, Interrupt | None]) -> SystemVm:
    assert vm.boot and vm.dtb
    plan, places = decisions.boots[index], decisions.places
    devices = vm.devices.values()
    disks = {name: replace(disk, pa=places.get(name)) for name, disk in decisions.disks[index].disks.items()}
    gic = vm_gic_frames(platform, vm)
    return SystemVm(
        index=index,
        name=vm.name,
        vmid=index + 1,
        affinity=list(vm.affinity),
        mpidrs=list(vm.mpidrs),
        ram=[RamRegion(region.ipa, places[id(region)], region.size, region) for region in vm.memory],
        payloads=plan.payloads + [disk.payload for disk in disks.values() if disk.payload],
        entry=plan.entry,
        dtb=plan.dtb,
        cmdline=vm.boot.cmdline,
        initrd=plan.initrd,
        emulated=[Emulated(device.name, device.kind, registers_of(platform, device)[0],
                           irqs.get(id(device)) or device.irq, device, disks.get(id(device)))
                  for device in devices if device.kind != "passthrough" and device.irq],
        passed=[Passed(device.name, known, device) for device in devices
                if device.kind == "passthrough" and (known := platform.device(device.device))],
        distributor=gic["distributor"],
        redistributors=gic.get("redistributors", Range(0, 0)),
        cpu_interface=gic.get("cpu_interface"),
        overlays=list(vm.dtb.overlays),
        source=vm,
        interrupt_mode=mode.name,
        why=mode.why,
    )


def payload_size(payloads: list[Payload]) -> int:
    """The bytes that payloads take in the hypervisor's image, which holds each file once. Device
    trees count as nothing, because they are not made yet."""
    files = {(os.path.realpath(payload.path), payload.offset, payload.file_size) for payload in payloads}
    return sum(align_up(size, PAGE) for _, _, size in files)


def check_image_size(platform: Platform, size: int, findings: Findings) -> bool:
    """Add a finding and return False if an image of `size` bytes does not fit into the hypervisor's
    region. It is called again with the real size when the image is planned."""
    if platform.hypervisor is None:
        return True
    room = platform.hypervisor.range.size
    if size <= room:
        return True
    findings.error("P058", platform.hypervisor.where("size"),
                   f"the hypervisor with the images of all VMs has {show_size(align_up(size, PAGE))}, its region only "
                   f"{show_size(room)}",
                   cure=f"give it {show_size(align_up(size, 2 * MIB))} or more, or use smaller images")
    return False
