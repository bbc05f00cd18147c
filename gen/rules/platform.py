# SPDX-License-Identifier: Apache-2.0
"""Rules for a platform file by itself: CPUs, memory map, GIC, interrupts, devices."""

from __future__ import annotations

from ..decide.unused_spis import spis_in_uses
from ..facts.board_frames import ENDS, Named, gic_frames, its_frames, uart_frames
from ..facts.vm_gic import GICV2_CPUS
from ..model import (AFFINITY_MASK, RESERVED, Device, DeviceNode, Gic, Interrupt, Platform, Position, Reference,
                     RegisterWrite)
from ..read.findings import Findings
from ..read.irq_notation import MAX_IRQS
from ..read.words import shorten
from ..units import KIB, MIB, PAGE, align_down, align_up, nearest, show_size
from . import cpu_start, firmware
from . import uart as uart_rules
from .common import count

GIC_FRAME = 64 * KIB

# Properties that the generator makes, and the key of the platform file that each is made from.
OWN_PROPERTIES = {"compatible": "compatible", "reg": "mmio", "interrupts": "irqs", "clocks": "clocks",
                  "clock-names": "clocks"}


def check(platform: Platform, findings: Findings) -> None:
    """Check what a platform file says of the board for contradictions."""
    _cpus(platform, findings)
    _memory(platform, findings)
    _registers(platform, findings)
    _hypervisor(platform, findings)
    _gic(platform, findings)
    cpu_start.check(platform, findings)
    uart_rules.check(platform, findings)
    _private_interrupts(platform, findings)
    _shared_interrupts(platform, findings)
    _interrupts_of_parts(platform, findings)
    _properties(platform, findings)
    _references(platform, findings)
    for device in platform.devices.values():
        for key in ("quiesce", *ENDS):
            for write in getattr(device, key):
                _write(device, key, write, findings)
        for number, calls in enumerate(device.firmware_calls):
            if not calls.spoiled and not firmware.is_range(calls):
                findings.error("P161", calls.at, f"device '{device.name}' firmware_calls[{number}] {calls} is no range "
                               "of function ids, which have 32 bits", cure="write the first and the last function id")
    _ends(platform, findings)


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
    """RAM and reserved memory consist of whole pages inside the address space. Regions of RAM do
    not overlap."""
    for region in [*platform.memory, *platform.reserved]:
        for key, value in (("base", region.range.base), ("size", region.range.size)):
            if value % PAGE:
                findings.error("P062", region.where(key), f"'{region.name}' {key} {value:#x} is not a multiple of 4KiB",
                               cure=f"use {nearest(value, PAGE, PAGE if key == 'size' else 0)}")
        _fits(platform, Named(f"'{region.name}'", region.range, region.at), findings)
    _apart([Named(f"'{region.name}'", region.range, region.at) for region in platform.memory], findings)


def _fits(platform: Platform, what: Named, findings: Findings) -> None:
    if what.range.end > 1 << platform.pa_bits:
        findings.error("P017", what.at, f"{what.name} {what.range} does not fit {platform.pa_bits} bits of physical "
                       "address", platform.where("pa_bits"), "correct the address or pa_bits")


def _apart(things: list[Named], findings: Findings) -> None:
    """Each overlap is a finding against the one that comes later in the file. Going by address
    keeps this fast for boards with many devices."""
    begun: list[int] = []
    for index in sorted(range(len(things)), key=lambda i: things[i].range.base):
        begun = [other for other in begun if things[other].range.end > things[index].range.base]
        for other in begun:
            first, second = things[min(index, other)], things[max(index, other)]
            if first.range.overlaps(second.range):
                findings.error("P062", second.at, f"{second.name} {second.range} overlaps {first.name} {first.range}",
                               first.at, "correct one of the two")
        begun.append(index)


def _registers(platform: Platform, findings: Findings) -> None:
    """GIC, UART and devices overlap neither each other nor RAM. The UART may also be listed as a
    device. Devices imported from the board's own tree may share registers with each other; the
    rules for VMs look at that when VMs own them (gen/rules/sharing.py)."""
    frames = [*gic_frames(platform), *uart_frames(platform)]
    own: list[Named] = []
    boards: list[Named] = []
    for device in platform.devices.values():
        registers = [Named(f"device '{device.name}'", mmio, device.at) for mmio in device.mmio]
        (boards if device.node else own).extend(registers)
    for frame in [*frames, *its_frames(platform), *own, *boards]:
        _fits(platform, frame, findings)
        for region in platform.memory:
            if frame.range.overlaps(region.range):
                findings.error("P062", frame.at, f"{frame.name} {frame.range} overlaps RAM {region.range}", region.at,
                               "correct one of the two")
    uart = [frame.range for frame in uart_frames(platform)]
    _apart(frames, findings)
    _apart([*gic_frames(platform), *(thing for thing in own if thing.range not in uart)], findings)
    pairs = [(frame, thing) for frame in gic_frames(platform) for thing in boards]
    pairs += [(frame, thing) for frame in its_frames(platform) for thing in [*own, *boards]]
    for frame, thing in pairs:
        if thing.range.overlaps(frame.range):
            findings.error("P062", thing.at, f"{thing.name} {thing.range} overlaps {frame.name} {frame.range}",
                           frame.at, "correct one of the two")


def _hypervisor(platform: Platform, findings: Findings) -> None:
    region = platform.hypervisor
    if not region:
        return
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
    gic = platform.gic
    if not gic:
        return
    if gic.version == 2:
        _gicv2(platform, gic, findings)
        return
    if gic.distributor.size < GIC_FRAME or gic.distributor.size % PAGE or gic.distributor.base % GIC_FRAME:
        findings.error("P064", gic.where("distributor"),
                       f"the distributor {gic.distributor} is not 64KiB, or more in whole pages, at a multiple of "
                       "64KiB",
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
        if region.size % PAGE:
            findings.error("P064", gic.where("redistributors"),
                           f"the redistributors {region} are not whole pages",
                           cure=f"use a size of {nearest(region.size, PAGE, PAGE)}")
    room = sum(region.size // gic.stride for region in gic.redistributors)
    if room < len(platform.cpus):
        findings.error("P064", gic.where("redistributors"), f"{len(platform.cpus)} CPUs, but redistributors for {room} "
                       "only", platform.where("cpus"), f"a CPU needs {show_size(gic.stride)}")


def _gicv2(platform: Platform, gic: Gic, findings: Findings) -> None:
    """The frames of a GICv2 are whole pages, two of each interface for guests and for EL2, and the
    CPUs are no more than it has interfaces for."""
    least = {"distributor": PAGE, "cpu_interface": 2 * PAGE, "hypervisor_interface": PAGE,
             "virtual_interface": 2 * PAGE}
    for key, size in least.items():
        area = getattr(gic, key)
        if area and (area.base % PAGE or area.size % PAGE or area.size < size):
            findings.error("P064", gic.where(key), f"the GICv2's {key} {area} is not {show_size(size)}, or more in "
                           "whole pages, at a multiple of 4KiB", cure="correct its base and size")
    if len(platform.cpus) > GICV2_CPUS:
        findings.error("P064", platform.where("cpus"), f"{len(platform.cpus)} CPUs, and a GICv2 has interfaces for "
                       f"{GICV2_CPUS}", gic.where("version"), "leave the others out, or correct the version")


def _private_interrupts(platform: Platform, findings: Findings) -> None:
    """Each timer, the PMU and the maintenance interrupt have a PPI of their own."""
    named: list[tuple[str, Interrupt, Position]] = [
        (f"timer {name}", irq, platform.keys.get(f"timer.{name}", platform.where("timer")))
        for name, irq in platform.timer.items()]
    named.append(("maintenance", platform.maintenance, platform.where("maintenance")))
    if platform.pmu:
        named.append(("pmu", platform.pmu, platform.where("pmu")))
    seen: dict[int, tuple[str, Position]] = {}
    for name, irq, at in named:
        if irq.kind != "ppi":
            findings.error("P065", at, f"{name}: {irq} is not a PPI", cure="write {ppi: n}")
        elif irq.intid in seen:
            other, related = seen[irq.intid]
            findings.error("P065", at, f"{name}: {irq} is that of {other} already", related,
                           "every source has its own PPI")
        seen.setdefault(irq.intid, (name, at))


def _shared_interrupts(platform: Platform, findings: Findings) -> None:
    """UART and devices have SPIs that the distributor implements. A device imported from the
    board's own tree may have PPIs too."""
    gic = platform.gic
    named = [("uart", platform.uart.irq, platform.uart.where("irq"), False)] if platform.uart else []
    named += [(f"device '{device.name}'", irq, device.where("irqs"), bool(device.node))
              for device in platform.devices.values() for irq in device.irqs]
    for name, irq, at, private in named:
        if gic is None:
            findings.error("P065", at, f"{name}: {irq}, but the board has no GIC", cure="describe it in 'gic'")
        elif irq.kind != "spi" and not (private and irq.kind == "ppi"):
            findings.error("P065", at, f"{name}: {irq} is not an SPI", cure="write {spi: n}")
        elif irq.kind == "spi" and irq.number >= gic.spis:
            findings.error("P065", at, f"{name}: {irq}, but the GIC has SPI 0 to {gic.spis - 1}", gic.where("spis"),
                           "correct one of the two")


def _interrupts_of_parts(platform: Platform, findings: Findings) -> None:
    """`irqs` of a device lists the interrupts of its children too, because the owner of the device
    gets what `irqs` lists. An interrupt map is left out: its interrupts belong to the devices
    behind it. No interrupt is both edge and level."""
    for device in platform.devices.values():
        own: dict[int, Interrupt] = {}
        for irq in device.irqs:
            if own.setdefault(irq.intid, irq) != irq:
                findings.error("P065", device.where("irqs"), f"device '{device.name}': {irq} is edge and level",
                               cure="leave one of the two out")
        missing = [irq for irq in map(Interrupt, spis_in_uses(device, "interrupts"))
                   if irq.intid not in own and platform.gic and irq.number < platform.gic.spis]
        if missing and len(device.irqs) < MAX_IRQS:
            findings.error("P065", device.where("uses"), f"device '{device.name}' uses {missing[0]}, which is not in "
                           "its 'irqs'", device.where("irqs"), f"add {{spi: {missing[0].number}}} to 'irqs'")


def _references(platform: Platform, findings: Findings) -> None:
    """`uses` and `parent` name devices that exist, no device contains itself, and no two have one
    alias."""
    aliases: dict[str, Device] = {}
    if platform.uart:
        uart = platform.uart.device
        aliases.update(dict.fromkeys(uart.aliases, uart))
        _uses(platform, uart, findings)
        if uart.parent and uart.parent not in platform.devices:
            _no_parent(platform, uart, findings)
    for device in platform.devices.values():
        if RESERVED.fullmatch(device.name):
            findings.error("P067", device.at, f"device '{device.name}' has a name that references use for something "
                           "else", cure="give it another name")
        for alias in device.aliases:
            other = aliases.setdefault(alias, device)
            if other is not device:
                findings.error("P067", device.where("aliases"), f"device '{device.name}' has the alias '{alias}' of "
                               f"device '{other.name}'", other.where("aliases"), "leave it to one of them")
        _uses(platform, device, findings)
        way = [device.name]
        while (above := platform.devices[way[-1]].parent) in platform.devices and above not in way:
            way.append(above)
        if above == device.name:
            findings.error("P067", device.where("parent"), f"device '{device.name}' is a part of itself"
                           + (f", by way of '{way[1]}'" if len(way) > 1 else ""),
                           cure="leave out 'parent' of one of them")
        elif above and len(way) == 1:
            _no_parent(platform, device, findings)


def _uses(platform: Platform, device: Device, findings: Findings) -> None:
    for key, refs in [(key, refs) for node in device.whole() for key, refs in node.uses.items()]:
        for ref in refs:
            if ref.device and not _exists(platform, ref):
                findings.error("P067", device.where("uses"),
                               f"device '{device.name}' uses {key}: there is no '{shorten(ref.device)}'",
                               platform.where("devices"), "name a device of this file, or a child of one")


def _no_parent(platform: Platform, device: Device, findings: Findings) -> None:
    findings.error("P067", device.where("parent"), f"device '{device.name}' is a part of '{shorten(device.parent)}', "
                   "which does not exist", platform.where("devices"), "name a device of this file")


def _exists(platform: Platform, ref: Reference) -> bool:
    """True if a reference leads to a device of the board or to a child of one."""
    if RESERVED.fullmatch(ref.owner):
        return {"gic": platform.gic is not None, "its": bool(platform.gic and platform.gic.its),
                "reserved": ref.device.partition("/")[2] in [region.name for region in platform.reserved],
                }.get(ref.owner, ref.owner[3:] in map(str, range(len(platform.cpus))))
    node: DeviceNode | None = platform.devices.get(ref.owner)
    for step in ref.device.split("/")[1:]:
        node = node.children.get(step) if node else None
    return node is not None


def _write(device: Device, key: str, write: RegisterWrite, findings: Findings) -> None:
    """Each write goes to a register inside the device, is aligned, and its value fits."""
    name = f"device '{device.name}' {key}"
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


def _ends(platform: Platform, findings: Findings) -> None:
    """One device at most switches the machine off, and one resets it."""
    for end in ENDS:
        first = platform.ender(end)
        for device in platform.devices.values():
            if first and getattr(device, end) and device is not first:
                findings.error("P066", device.where(end), f"device '{device.name}' has {end}, and so has "
                               f"'{first.name}'", first.where(end), "keep one of the two")


def _properties(platform: Platform, findings: Findings) -> None:
    """`properties` of a device do not repeat what its other keys already state."""
    for device in platform.devices.values():
        for name in device.properties:
            key = OWN_PROPERTIES.get(name)
            if name == "clock-names" and device.uses:
                continue  # imported from the board's tree: it names the clocks in `uses`
            if key and (key == "compatible" or getattr(device, key)):
                findings.error("P069", device.where("properties"), f"device '{device.name}': property '{name}' comes "
                               f"from '{key}'", device.where(key), "remove the property")
