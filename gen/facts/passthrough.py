# SPDX-License-Identifier: Apache-2.0
"""How a VM reaches the registers of a passed-through device. Stage 2 maps whole pages of them. If
registers fill less than a page, registers of another owner may lie in the same page, so EL2 traps
each access and forwards it."""

from __future__ import annotations

from ..model import Device, Platform, Range, SystemVm
from ..units import PAGE, align_down, align_up
from .board_frames import ENDS

DOUBLEWORD = 8  # bytes; emulated regions consist of them (struct mmio_region)


def doublewords(area: Range) -> Range:
    """`area`, extended to whole doublewords, by which EL2 tells two devices in one page apart."""
    base = align_down(area.base, DOUBLEWORD)
    return Range(base, align_up(area.end, DOUBLEWORD) - base)


def whole_pages(area: Range) -> Range:
    """`area`, extended to whole pages."""
    base = align_down(area.base, PAGE)
    return Range(base, align_up(area.end, PAGE) - base)


def mapped(device: Device) -> list[Range]:
    """The whole pages among the registers of a device, which stage 2 maps."""
    inner = [(align_up(mmio.base, PAGE), align_down(mmio.end, PAGE)) for mmio in device.mmio]
    return [Range(base, end - base) for base, end in inner if base < end]


def trapped(device: Device) -> list[Range]:
    """The parts of a device's registers that do not fill a page, which EL2 traps."""
    found = []
    for mmio in device.mmio:
        base, end = align_up(mmio.base, PAGE), align_down(mmio.end, PAGE)
        parts = [(mmio.base, base), (end, mmio.end)] if base <= end else [(mmio.base, mmio.end)]
        found += [Range(first, last - first) for first, last in parts if first < last]
    return found


def end_writes(platform: Platform, end: str) -> list[tuple[int, int, int]]:
    """Address, size and value of each register write that switches the machine off or resets it, in
    order."""
    device = platform.ender(end)
    writes = getattr(device, end) if device else []
    return [(device.mmio[write.region].base + write.offset, write.size, write.value) for write in writes if device]


def end_pages(platform: Platform) -> list[Range]:
    """The pages of these registers, sorted by address."""
    written = [Range(address, size) for end in ENDS for address, size, _ in end_writes(platform, end)]
    return [Range(base, PAGE) for base in sorted({whole_pages(area).base for area in written})]


def quiesce_writes(vm: SystemVm) -> list[tuple[int, int, int]]:
    """Address, size and value of each register write that stops the devices of a VM, in order."""
    return [(passed.device.mmio[write.region].base + write.offset, write.size, write.value)
            for passed in vm.passed for write in passed.device.quiesce]


def el2_pages(vm: SystemVm) -> list[Range]:
    """The pages of device registers that EL2 accesses for a VM, sorted by address."""
    areas = [area for passed in vm.passed for area in trapped(passed.device)]
    areas += [Range(address, size) for address, size, _ in quiesce_writes(vm)]
    pages = {base for area in map(whole_pages, areas) for base in range(area.base, area.end, PAGE)}
    return [Range(base, PAGE) for base in sorted(pages)]
