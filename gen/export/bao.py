# SPDX-License-Identifier: Apache-2.0
"""Exports to Bao: config.c, with the structs that Bao's documentation describes, and one image per
VM.

Bao loads a single flat image per VM and starts it with all registers zero. So the image holds the
VM's own images, its device tree, and a few instructions that load the tree's address into x0
(Linux, Documentation/arm64/booting.rst) and jump to the kernel.
"""

from __future__ import annotations

import dataclasses
import struct
from typing import Any

from ..decide.boot import DTB_ROOM
from ..decide.vm_interrupts import banks
from ..guest_tree import trees
from ..model import Payload, Position, Range, SystemVm
from ..units import MIB, PAGE, align_up, show_size
from .job import Job

GAPS = 64 * MIB  # the most bytes of an image that may be gaps between its parts
TIMERS = ("virtual", "physical")  # the timers that a guest drives


def prepare(job: Job) -> None:
    """Make config.c, and an image and a device tree per VM."""
    uart_of: SystemVm | None = None
    vms = []
    for vm in job.system.vms:
        uart_of = _check(job, vm, uart_of)
        vms.append(_vm(job, vm))
    job.context = {"name": job.system.name, "vms": vms}


# ---------------------------------------------------------------- what Bao cannot say


def _check(job: Job, vm: SystemVm, uart_of: SystemVm | None) -> SystemVm | None:
    """Add the findings for one VM. `uart_of`: the VM that has the board's UART so far. Returns
    that, or this VM if it takes the UART."""
    platform, source = job.system.platform, vm.source
    job.needs_gicv3(vm)
    job.decides("P127", vm, source.where("affinity"), "affinity is a set of CPUs that Bao follows as best as it can"
                + ("" if vm.affinity == sorted(vm.affinity) else ", and in ascending order, not in this one"))
    if vm.mpidrs != list(range(len(vm.mpidrs))):
        job.seen("P125", vm, source.where("mpidrs"), "reads other MPIDRs than described: Bao numbers vCPUs from 0",
                 "remove the key")
    if platform.pmu:
        job.told("P121", vm, platform.where("pmu"), f"is not given the interrupt of the PMU, {platform.pmu}")
    for passed in vm.passed:
        for mmio in passed.device.mmio:
            _pages(job, vm, passed.source.where("device"), f"device '{passed.name}'", mmio,
                   passed.device.where("mmio"))
    for device in vm.emulated:
        where = device.source
        if device.kind != "pl011" or platform.uart is None or platform.uart.kind != "pl011":
            job.impossible("P123", vm, where.at, f"device '{device.name}' of kind {device.kind}: Bao emulates no "
                           "devices", "remove it, or pass a device of the board through")
            continue
        if uart_of:
            job.impossible("P123", vm, where.at, f"device '{device.name}': Bao emulates no UART, and the board's has "
                           f"gone to vm '{uart_of.name}' already", "remove it", uart_of.source.at)
            continue
        uart_of = vm
        job.decides("P130", vm, where.at, f"device '{device.name}' becomes the board's UART, as Bao emulates none")
        _pages(job, vm, where.at, f"device '{device.name}': the board's UART", platform.uart.mmio,
               platform.uart.where("mmio"))
        if device.irq.intid != platform.uart.irq.intid:
            job.seen("P121", vm, where.where("irq"), f"device '{device.name}' has {device.irq}, the board's UART "
                     f"{platform.uart.irq}", f"write irq: {{{device.irq.kind}: {platform.uart.irq.number}}}",
                     platform.uart.where("irq"))
    return uart_of


def _pages(job: Job, vm: SystemVm, at: Position, name: str, mmio: Range, related: Position) -> None:
    """Add a finding for registers that do not fill whole pages, because Bao would map other
    registers of the page as well."""
    if mmio.base % PAGE or mmio.size % PAGE:
        job.impossible("P120", vm, at, f"{name} has registers {mmio}, and Bao maps whole pages of 4KiB", "remove it",
                       related)


# ---------------------------------------------------------------- one image per VM


def _place(vm: SystemVm) -> tuple[SystemVm, list[Payload], int]:
    """Choose the addresses of a VM's images under Bao. Returns the VM with these addresses, the
    images by address, and the address of the first instructions. Device tree and initrd go close
    behind the other images, so that the single image is small. A tree that the description places
    stays there, and nothing else goes there."""
    fixed = [p for p in vm.payloads if p.what not in ("dtb", "initrd", "disk")]
    stub = align_up(max((p.ipa + p.memory_size for p in fixed), default=vm.ram[0].ipa), 2 * MIB)
    stays = vm.source.dtb is not None and vm.source.dtb.address is not None
    dtb = next(Range(p.ipa, p.memory_size) for p in vm.payloads if p.what == "dtb")
    room = PAGE + DTB_ROOM + sum(p.memory_size for p in vm.payloads if p.what == "initrd")
    if stays and dtb.overlaps(Range(stub, room)):
        stub = align_up(dtb.end, 2 * MIB)
    tree = stub + PAGE
    placed = []
    for payload in [p for p in vm.payloads if p.what != "disk"]:
        if payload.what == "dtb" and not stays:
            payload = dataclasses.replace(payload, ipa=tree)
        elif payload.what == "initrd":
            payload = dataclasses.replace(payload, ipa=tree + DTB_ROOM)
        placed.append(payload)
    where = {payload.what: payload for payload in placed}
    initrd = where.get("initrd")
    moved = dataclasses.replace(vm, payloads=placed, dtb=where["dtb"].ipa,
                                initrd=Range(initrd.ipa, initrd.file_size) if initrd else None)
    return moved, sorted(placed, key=lambda payload: payload.ipa), stub


def boot_code(tree: int, entry: int) -> bytes:
    """Instructions that jump to `entry` with the address of the device tree in x0 and zero in x1 to
    x3."""
    words = (0x580000C0,   # ldr x0, the literal 24 bytes ahead
             0xAA1F03E1,   # mov x1, xzr
             0xAA1F03E2,   # mov x2, xzr
             0xAA1F03E3,   # mov x3, xzr
             0x58000084,   # ldr x4, the literal 16 bytes ahead
             0xD61F0080)   # br x4
    return struct.pack("<6I", *words) + struct.pack("<QQ", tree, entry)


def _image(job: Job, vm: SystemVm, payloads: list[Payload], stub: int, tree: bytes) -> Range:
    """Add the image of a VM to the files. Returns the address range that it takes."""
    code = boot_code(vm.dtb, vm.entry)
    parts = [(stub, code)]
    for payload in payloads:
        if payload.what == "dtb":
            parts.append((payload.ipa, tree))
            continue
        with open(payload.path, "rb") as file:
            file.seek(payload.offset)
            parts.append((payload.ipa, file.read(payload.file_size)))
    base, end = min(ipa for ipa, _ in parts), max(ipa + len(data) for ipa, data in parts)
    area = Range(base, align_up(end, PAGE) - base)
    ram = next((region for region in vm.ram if Range(region.ipa, region.size).contains(area)), None)
    if ram is None:
        job.impossible("P126", vm, vm.source.where("memory"), f"needs {area} for its images, the device tree and Bao's "
                       "first instructions, which is not inside one memory region", "give it more RAM there")
        return area
    if area.size > sum(len(part) for _, part in parts) + GAPS:
        job.impossible("P126", vm, vm.source.at, "has its images so far apart that the one image that Bao starts would "
                       f"have {show_size(area.size)}", "place them together: 'dtb' and 'boot' have their addresses")
        return area
    data = bytearray(area.size)
    for ipa, part in parts:
        data[ipa - base:ipa - base + len(part)] = part
    job.files.made[f"{vm.name}.bin"] = bytes(data)
    return area


# ---------------------------------------------------------------- what Bao is told


def _vm(job: Job, vm: SystemVm) -> dict[str, Any]:
    moved, payloads, stub = _place(vm)
    without_pmu = dataclasses.replace(job.system, platform=dataclasses.replace(job.system.platform, pmu=None))
    job.psci(vm, "smc", "Bao")
    text, tree = trees.guest_tree(without_pmu, moved, job.findings, "smc")
    job.files.made[f"{vm.name}.dts"], job.files.made[f"{vm.name}.dtb"] = text.encode(), tree
    area = _image(job, moved, payloads, stub, tree)
    platform = job.system.platform
    devices = []
    for device in vm.emulated:
        if platform.uart:
            devices.append({"name": device.name, "pa": platform.uart.mmio.base, "va": device.mmio.base,
                            "size": device.mmio.size, "irqs": [platform.uart.irq.intid]})
    for passed in vm.passed:
        irqs = [irq.intid for irq in passed.device.irqs]
        for number, mmio in enumerate(passed.device.mmio):
            devices.append({"name": passed.name, "pa": mmio.base, "va": mmio.base, "size": mmio.size,
                            "irqs": [] if number else irqs})
    return {
        "name": vm.name, "image": f"{vm.name}.bin", "base": area.base, "entry": stub,
        "affinity": sum(1 << pcpu for pcpu in vm.affinity), "vcpus": len(vm.affinity),
        "ram": [{"ipa": region.ipa, "pa": region.pa, "size": region.size} for region in vm.ram],
        "devices": devices, "timers": [platform.timer[name].intid for name in TIMERS],
        "distributor": vm.distributor.base, "redistributors": vm.redistributors.base, "intids": 32 * banks(vm),
    }
