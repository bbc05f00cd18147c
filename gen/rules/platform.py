# SPDX-License-Identifier: Apache-2.0
"""A platform file by itself: CPUs, memory map, GIC, interrupts."""

from __future__ import annotations

from ..findings import Findings
from ..model import Device, Interrupt, Platform, Position, RegisterWrite
from ..units import KIB, MIB, PAGE, align_down, align_up, show_size
from .common import Named, count, device_frames, gic_frames, uart_frame
from .vcpus import AFFINITY_MASK

GIC_FRAME = 64 * KIB


def check(platform: Platform, findings: Findings) -> None:
    """Everything about the board that can contradict itself."""
    _cpus(platform, findings)
    _memory(platform, findings)
    _registers(platform, findings)
    _hypervisor(platform, findings)
    _gic(platform, findings)
    _private_interrupts(platform, findings)
    _shared_interrupts(platform, findings)
    for device in platform.devices.values():
        for write in device.quiesce:
            _quiesce(device, write, findings)


def _cpus(platform: Platform, findings: Findings) -> None:
    seen: dict[int, int] = {}
    for index, cpu in enumerate(platform.cpus):
        at = cpu.where("mpidr")
        if cpu.mpidr & ~AFFINITY_MASK:
            findings.error("P061", at, f"cpu {index}: MPIDR {cpu.mpidr:#x} has bits that are not affinity",
                           cure=f"use bits of {AFFINITY_MASK:#x} only")
        elif cpu.mpidr in seen:
            findings.error("P061", at, f"cpu {index}: MPIDR {cpu.mpidr:#x} is that of cpu {seen[cpu.mpidr]} already",
                           platform.cpus[seen[cpu.mpidr]].where("mpidr"), "every CPU has its own")
        seen.setdefault(cpu.mpidr, index)
    if platform.boot_cpu >= len(platform.cpus):
        findings.error("P061", platform.where("boot_cpu"), f"boot_cpu {platform.boot_cpu} is not in the list of CPUs",
                       platform.where("cpus"), f"use 0 to {len(platform.cpus) - 1}")


def _memory(platform: Platform, findings: Findings) -> None:
    """RAM and reserved memory are whole pages inside the address space; regions of RAM are apart."""
    for region in [*platform.memory, *platform.reserved]:
        for key, value in (("base", region.range.base), ("size", region.range.size)):
            if value % PAGE:
                findings.error("P062", region.where(key), f"'{region.name}' {key} {value:#x} is not a multiple of 4KiB",
                               cure=f"use {align_down(value, PAGE):#x} or {align_up(value, PAGE):#x}")
        _fits(platform, Named(f"'{region.name}'", region.range, region.at), findings)
    _apart([Named(f"'{region.name}'", region.range, region.at) for region in platform.memory], findings)


def _fits(platform: Platform, what: Named, findings: Findings) -> None:
    if what.range.end > 1 << platform.pa_bits:
        findings.error("P017", what.at, f"{what.name} {what.range} does not fit {platform.pa_bits} bits of physical "
                       "address", platform.where("pa_bits"), "correct the address or pa_bits")


def _apart(things: list[Named], findings: Findings) -> None:
    for index, thing in enumerate(things):
        for other in things[:index]:
            if thing.range.overlaps(other.range):
                findings.error("P062", thing.at, f"{thing.name} {thing.range} overlaps {other.name} {other.range}",
                               other.at, "correct one of the two")


def _registers(platform: Platform, findings: Findings) -> None:
    """GIC, UART and devices are apart from each other and from RAM; the UART may be listed as a device."""
    frames = [*gic_frames(platform), uart_frame(platform)]
    devices = device_frames(platform)
    for frame in [*frames, *devices]:
        _fits(platform, frame, findings)
        for region in platform.memory:
            if frame.range.overlaps(region.range):
                findings.error("P062", frame.at, f"{frame.name} {frame.range} overlaps RAM {region.range}", region.at,
                               "correct one of the two")
    uart = uart_frame(platform).range
    _apart(frames, findings)
    _apart([*gic_frames(platform), *(device for device in devices if device.range != uart)], findings)


def _hypervisor(platform: Platform, findings: Findings) -> None:
    assert platform.hypervisor
    region = platform.hypervisor
    if region.range.base % (2 * MIB):
        findings.error("P063", region.where("base"),
                       f"the hypervisor's base {region.range.base:#x} is not a multiple of 2MiB",
                       cure=f"use {align_up(region.range.base, 2 * MIB):#x}")
    if region.range.size % PAGE:
        findings.error("P063", region.where("size"),
                       f"the hypervisor's size {region.range.size:#x} is not a multiple of 4KiB",
                       cure=f"use {align_up(region.range.size, PAGE):#x}")
    if not any(ram.range.contains(region.range) for ram in platform.memory):
        findings.error("P063", region.at, f"the hypervisor's region {region.range} is not inside RAM",
                       platform.where("memory"), "move it into the RAM")
    for other in platform.reserved:
        if other.range.overlaps(region.range):
            findings.error("P063", region.at, f"the hypervisor's region {region.range} overlaps '{other.name}' "
                           f"{other.range}", other.at, "move one of the two")


def _gic(platform: Platform, findings: Findings) -> None:
    assert platform.gic
    gic = platform.gic
    if gic.distributor.size < GIC_FRAME or gic.distributor.base % GIC_FRAME:
        findings.error("P064", gic.where("distributor"),
                       f"the distributor {gic.distributor} is not 64KiB at a multiple of 64KiB",
                       cure="correct its base and size")
    if gic.stride < 2 * GIC_FRAME or gic.stride % GIC_FRAME:
        findings.error("P064", gic.where("stride"),
                       f"stride {show_size(gic.stride)}: a redistributor has 128KiB or more, in steps of 64KiB",
                       cure="write 128KiB, or 256KiB for GICv4")
        return
    for region in gic.redistributors:
        if region.base % GIC_FRAME:
            findings.error("P064", gic.where("redistributors"),
                           f"the redistributors {region} do not begin at a multiple of 64KiB",
                           cure=f"use {align_down(region.base, GIC_FRAME):#x}")
    room = sum(region.size // gic.stride for region in gic.redistributors)
    if room < len(platform.cpus):
        findings.error("P064", gic.where("redistributors"), f"{len(platform.cpus)} CPUs, but redistributors for {room} "
                       "only", platform.where("cpus"), f"a CPU needs {show_size(gic.stride)}")


def _private_interrupts(platform: Platform, findings: Findings) -> None:
    """Timers, PMU and maintenance have a PPI each."""
    named: list[tuple[str, Interrupt, Position]] = [
        (f"timer {name}", irq, platform.where("timer")) for name, irq in platform.timer.items()]
    named.append(("maintenance", platform.maintenance, platform.where("maintenance")))
    if platform.pmu:
        named.append(("pmu", platform.pmu, platform.where("pmu")))
    seen: dict[int, str] = {}
    for name, irq, at in named:
        if irq.kind != "ppi":
            findings.error("P065", at, f"{name}: {irq} is no PPI", cure="write {ppi: n}")
        elif irq.intid in seen:
            findings.error("P065", at, f"{name}: {irq} is that of {seen[irq.intid]} already",
                           cure="every source has its own PPI")
        seen.setdefault(irq.intid, name)


def _shared_interrupts(platform: Platform, findings: Findings) -> None:
    """UART and devices have SPIs that the distributor has."""
    assert platform.gic and platform.uart
    named = [("uart", platform.uart.irq, platform.uart.where("irq"))]
    named += [(f"device '{device.name}'", irq, device.where("irqs"))
              for device in platform.devices.values() for irq in device.irqs]
    for name, irq, at in named:
        if irq.kind != "spi":
            findings.error("P065", at, f"{name}: {irq} is no SPI", cure="write {spi: n}")
        elif irq.number >= platform.gic.spis:
            findings.error("P065", at, f"{name}: {irq}, but the GIC has SPI 0 to {platform.gic.spis - 1}",
                           platform.gic.where("spis"), "correct one of the two")


def _quiesce(device: Device, write: RegisterWrite, findings: Findings) -> None:
    """A write goes to a register of the device, which it fits."""
    name = f"device '{device.name}' quiesce"
    if write.region >= len(device.mmio):
        findings.error("P066", write.where("region"), f"{name}: the device has no region {write.region} of registers",
                       device.where("mmio"), "count its regions from 0")
    elif write.offset + write.size > device.mmio[write.region].size:
        findings.error("P066", write.where("offset"), f"{name}: {count(write.size, 'byte')} at offset "
                       f"{write.offset:#x} are not inside its registers {device.mmio[write.region]}",
                       device.where("mmio"), "correct the offset or the registers")
    elif (device.mmio[write.region].base + write.offset) % write.size:
        findings.error("P066", write.where("offset"),
                       f"{name}: offset {write.offset:#x} is not aligned for {count(write.size, 'byte')}",
                       cure=f"use {align_down(write.offset, write.size):#x}, or another size")
    if write.value >> 8 * write.size:
        findings.error("P066", write.where("value"),
                       f"{name}: value {write.value:#x} does not fit {count(write.size, 'byte')}",
                       cure="correct the value or the size")
