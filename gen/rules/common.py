# SPDX-License-Identifier: Apache-2.0
"""What several rules need: who has which registers and which memory."""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Memory, Platform, Position, Range, Vm
from ..read.findings import Findings
from ..units import MIB, align_up


INTERFACES = ("cpu_interface", "hypervisor_interface", "virtual_interface")  # of a GICv2


@dataclass(frozen=True)
class Named:
    """A range with its owner in words and its place in a file."""

    name: str
    range: Range
    at: Position


def span(piece: Memory) -> Range:
    """A piece of RAM as the VM sees it (IPA)."""
    return Range(piece.ipa, piece.size)


def gic_frames(platform: Platform) -> list[Named]:
    """The physical GIC, where the board has one."""
    gic = platform.gic
    if not gic:
        return []
    frames = [Named("the GIC distributor", gic.distributor, gic.where("distributor"))]
    frames += [Named("the GIC redistributors", region, gic.where("redistributors")) for region in gic.redistributors]
    return frames + [Named(f"the GIC {key.replace('_', ' ')}", area, gic.where(key)) for key in INTERFACES
                     if (area := getattr(gic, key))]


def its_frames(platform: Platform) -> list[Named]:
    """The registers of its ITSs, which boards have inside the distributor's region as well."""
    gic = platform.gic
    return [Named("the GIC's ITS", region, gic.where("its")) for region in gic.its] if gic else []


def device_frames(platform: Platform) -> list[Named]:
    """The registers of the platform's devices."""
    return [Named(f"device '{device.name}'", mmio, device.at)
            for device in platform.devices.values() for mmio in device.mmio]


def uart_frames(platform: Platform) -> list[Named]:
    """The registers of the hypervisor's UART, where the board has one that it drives."""
    uart = platform.uart
    return [Named("the UART of the hypervisor", uart.mmio, uart.at)] if uart else []


def count(number: int, what: str) -> str:
    """A number of things: 1 vCPU, 2 vCPUs."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def above(range_: Range) -> str:
    """The cure of most overlaps: the next 2 MiB boundary behind."""
    return f"place it at or above {align_up(range_.end, 2 * MIB):#x}"


def check_ipa(platform: Platform | None, vm: Vm, what: str, range_: Range, at: Position, findings: Findings) -> None:
    """The IPA space is as large as the physical address space, as that is what stage 2 can translate."""
    if platform and range_.end > 1 << platform.pa_bits:
        findings.error("P017", at, f"vm '{vm.name}' {what} {range_} does not fit {platform.pa_bits} bits of address",
                       platform.where("pa_bits"), f"stay below {1 << platform.pa_bits:#x}")
