# SPDX-License-Identifier: Apache-2.0
"""Rules for the RAM of the VMs: alignment, and overlaps."""

from __future__ import annotations

from ..decide.placement import free_place
from ..facts.board_frames import device_frames, gic_frames, its_frames, uart_frames
from ..model import Description, Memory, Platform, Range, Vm
from ..read.findings import Findings
from ..units import PAGE, nearest
from .common import above, check_ipa, span


def check(description: Description, findings: Findings) -> None:
    """Every memory region consists of whole pages, lies inside the board's RAM, and overlaps
    nothing else."""
    platform = description.platform
    for vm in description.vms:
        for index, region in enumerate(vm.memory):
            _aligned(vm, region, findings)
            check_ipa(platform, vm, "memory", span(region), region.where("ipa"), findings)
            for other in vm.memory[:index]:
                if span(region).overlaps(span(other)):
                    findings.error("P011", region.where("ipa"),
                                   f"vm '{vm.name}' memory {span(region)} overlaps its memory {span(other)}",
                                   other.where("ipa"), above(span(other)))
            if platform and region.pa is not None:
                _physical(description, platform, vm, region, Range(region.pa, region.size), findings)
    _owned_once(description, findings)


def _elsewhere(description: Description, region: Memory) -> str:
    """The cure for a region whose physical address belongs to something else."""
    if not description.platform:
        return "leave 'pa' out"
    place = free_place(description.platform, description.vms, region)
    return "make it smaller" if place is None else f"leave 'pa' out, or write pa: {place:#x}"


def _aligned(vm: Vm, region: Memory, findings: Findings) -> None:
    for key, value in (("ipa", region.ipa), ("size", region.size), ("pa", region.pa)):
        if value is None or value % PAGE == 0 or (key == "pa" and value == region.ipa):
            continue
        # Perhaps the user wrote 40000000 and meant 0x40000000.
        hexadecimal = int(str(value), 16) % PAGE == 0 and value > PAGE
        findings.error("P010", region.where(key), f"vm '{vm.name}' memory {key} {value:#x} is not a multiple of 4KiB",
                       cure=f"write 0x{value} if {value} is hexadecimal" if hexadecimal
                       else f"use {nearest(value, PAGE, PAGE if key == 'size' else 0)}")


def _physical(description: Description, platform: Platform, vm: Vm, region: Memory, range_: Range,
              findings: Findings) -> None:
    at = region.where("pa")
    name = f"vm '{vm.name}' memory {range_}"
    if range_.end > 1 << platform.pa_bits:
        findings.error("P017", at, f"{name} does not fit {platform.pa_bits} bits of physical address",
                       platform.where("pa_bits"), f"stay below {1 << platform.pa_bits:#x}")
        return
    if platform.hypervisor and range_.overlaps(platform.hypervisor.range):
        findings.error("P014", at, f"{name} overlaps the hypervisor", platform.hypervisor.at,
                       _elsewhere(description, region))
    for reserved in platform.reserved:
        if range_.overlaps(reserved.range):
            findings.error("P015", at, f"{name} overlaps reserved memory '{reserved.name}' at {reserved.range}",
                           reserved.at, _elsewhere(description, region))
    frames = [*gic_frames(platform), *its_frames(platform), *uart_frames(platform), *device_frames(platform)]
    clashes = [frame for frame in frames if frame.range.overlaps(range_)]
    for frame in clashes:
        findings.error("P016", at, f"{name} overlaps {frame.name} at {frame.range}", frame.at, _ram(platform))
    known = _joined([ram.range for ram in platform.memory])
    if known and not clashes and not any(ram.contains(range_) for ram in known):
        findings.error("P013", at, f"{name} is outside the board's RAM", platform.where("memory"),
                       f"leave 'pa' out, or {_ram(platform)}")


def _ram(platform: Platform) -> str:
    return "stay inside " + " or ".join(str(ram) for ram in _joined([region.range for region in platform.memory]))


def _joined(ranges: list[Range]) -> list[Range]:
    """The ranges in order of address, with adjacent ones joined."""
    result: list[Range] = []
    for range_ in sorted(ranges, key=lambda r: r.base):
        if result and range_.base <= result[-1].end:
            result[-1] = Range(result[-1].base, max(result[-1].end, range_.end) - result[-1].base)
        else:
            result.append(range_)
    return result


def _owned_once(description: Description, findings: Findings) -> None:
    """No physical byte belongs to two memory regions."""
    placed: list[tuple[Vm, Memory, Range]] = []
    for vm in description.vms:
        for region in vm.memory:
            if region.pa is None:
                continue
            range_ = Range(region.pa, region.size)
            for owner, other, taken in placed:
                if range_.overlaps(taken):
                    whose = "its own" if owner is vm else f"vm '{owner.name}'"
                    findings.error("P012", region.where("pa"),
                                   f"vm '{vm.name}' memory {range_} overlaps {whose} physical memory {taken}",
                                   other.where("pa"), _elsewhere(description, region))
            placed.append((vm, region, range_))
