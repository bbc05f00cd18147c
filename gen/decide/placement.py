# SPDX-License-Identifier: Apache-2.0
"""Automatic placement: chooses physical memory for disks, and for the memory regions without `pa`.

Regions are placed in the order of the description. Each gets the lowest free address that equals
its IPA in the low bits, so that stage 2 can map it in the largest blocks. A region of 1 GiB or more
needs the low 30 bits equal. If there is no such address, and for regions of 2 MiB or more, the low
21 bits are enough. If there is none of these either, any page will do. Disks come last, by the same
rule.
"""

from __future__ import annotations

from ..model import Memory, Platform, Range, Vm, VmDevice
from ..read.findings import Findings
from ..units import GIB, MIB, PAGE, align_up, show_size


def taken_memory(platform: Platform) -> list[Range]:
    """The ranges that no VM may own: the hypervisor, reserved memory, and registers."""
    taken = [platform.hypervisor.range] if platform.hypervisor else []
    taken += [platform.uart.mmio] if platform.uart else []
    taken += [platform.gic.distributor, *platform.gic.redistributors, *platform.gic.its] if platform.gic else []
    taken += [region.range for region in platform.reserved]
    taken += [mmio for device in platform.devices.values() for mmio in device.mmio]
    return taken


def place_memory(platform: Platform, vms: list[Vm], disks: list[tuple[Vm, VmDevice, int]],
                 findings: Findings) -> dict[int, int]:
    """The physical address of every memory region, by id() of the region, and of every disk, by
    id() of the device. `disks` lists the size of each disk in bytes. A region or disk that finds no
    room gets a finding and is absent from the result."""
    if not platform.memory:
        findings.error("P068", platform.where("memory"), f"platform '{platform.name}' has no 'memory'",
                       cure="add the RAM that the boot loader reports")
        return {}
    regions = [region for vm in vms for region in vm.memory]
    result = {id(region): region.pa for region in regions if region.pa is not None}
    taken = taken_memory(platform)
    taken += [Range(region.pa, region.size) for region in regions if region.pa is not None]
    gaps = _gaps(platform, taken)
    for vm in vms:
        for region in vm.memory:
            if region.pa is not None:
                continue
            pa = _place(gaps, region)
            if pa is None:
                _no_room(region, f"vm '{vm.name}' memory at IPA {region.ipa:#x}: {show_size(region.size)}",
                         "reduce 'size' or split it", gaps, platform, findings)
                continue
            result[id(region)] = pa
            gaps = _taken_out(gaps, Range(pa, align_up(region.size, PAGE)))
    for vm, device, size in disks:
        room = Memory(device.at, device.keys, size=align_up(size, PAGE))
        pa = _place(gaps, room)
        if pa is None:
            _no_room(room, f"vm '{vm.name}' device '{device.name}': {show_size(size)}",
                     "make the disk smaller, or give the VMs less RAM", gaps, platform, findings)
            continue
        result[id(device)] = pa
        gaps = _taken_out(gaps, Range(pa, room.size))
    return result


def free_place(platform: Platform, vms: list[Vm], region: Memory) -> int | None:
    """The lowest physical address at which `region` overlaps no other region that has a `pa`. None
    if there is none."""
    others = [Range(other.pa, other.size) for vm in vms for other in vm.memory
              if other is not region and other.pa is not None]
    return _place(_gaps(platform, taken_memory(platform) + others), region)


def _place(gaps: list[Range], region: Memory) -> int | None:
    for alignment in (GIB, 2 * MIB, PAGE):
        if alignment > PAGE and region.size < alignment:
            continue
        places = [pa for gap in gaps if (pa := _fit(gap, region, alignment)) is not None]
        if places:
            return min(places)
    return None


def _taken_out(gaps: list[Range], area: Range) -> list[Range]:
    """The free ranges without `area`. `area` lies in one of them."""
    left = []
    for gap in gaps:
        parts = [gap] if not gap.overlaps(area) else [Range(gap.base, area.base - gap.base),
                                                      Range(area.end, gap.end - area.end)]
        left += [part for part in parts if part.size > 0]
    return left


def _fit(gap: Range, region: Memory, alignment: int) -> int | None:
    """The lowest address in `gap` for a region, equal to its IPA modulo `alignment`. None if it
    does not fit."""
    pa = gap.base + (region.ipa - gap.base) % alignment
    return pa if gap.contains(Range(pa, region.size)) else None


def _gaps(platform: Platform, taken: list[Range]) -> list[Range]:
    """The free RAM, in whole pages, by address."""
    gaps = []
    limit = 1 << platform.pa_bits
    for region in sorted(platform.memory, key=lambda region: region.range.base):
        base, end = align_up(region.range.base, PAGE), min(region.range.end, limit)
        for other in sorted(taken, key=lambda other: other.base):
            if other.base >= end or other.end <= base:
                continue
            if base < other.base:
                gaps.append(Range(base, other.base // PAGE * PAGE - base))
            base = max(base, align_up(other.end, PAGE))
        if base < end:
            gaps.append(Range(base, end // PAGE * PAGE - base))
    return [gap for gap in gaps if gap.size > 0]


def _no_room(region: Memory, name: str, cure: str, gaps: list[Range], platform: Platform, findings: Findings) -> None:
    largest = max(gaps, key=lambda gap: gap.size, default=None)
    left = f"the largest free block is {show_size(largest.size)} at {largest.base:#x}" if largest else "no RAM is left"
    findings.error("P018", region.where("size"), f"{name} does not fit: {left}", platform.where("memory"), cure)
