# SPDX-License-Identifier: Apache-2.0
"""The registers of the board by owner: the GIC, its ITSs, the devices, and the hypervisor's UART.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Platform, Position, Range

ENDS = ("poweroff", "reset")  # what a device of the board can do to the machine
INTERFACES = ("cpu_interface", "hypervisor_interface", "virtual_interface")  # of a GICv2


@dataclass(frozen=True)
class Named:
    """An address range, the words that name it in a finding, and its position in a file."""

    name: str
    range: Range
    at: Position


def gic_frames(platform: Platform) -> list[Named]:
    """The registers of the physical GIC. Empty if the board has none."""
    gic = platform.gic
    if not gic:
        return []
    frames = [Named("the GIC distributor", gic.distributor, gic.where("distributor"))]
    frames += [Named("the GIC redistributors", region, gic.where("redistributors")) for region in gic.redistributors]
    return frames + [Named(f"the GIC {key.replace('_', ' ')}", area, gic.where(key)) for key in INTERFACES
                     if (area := getattr(gic, key))]


def its_frames(platform: Platform) -> list[Named]:
    """The registers of the GIC's ITSs. On some boards they lie inside the distributor's region."""
    gic = platform.gic
    return [Named("the GIC's ITS", region, gic.where("its")) for region in gic.its] if gic else []


def device_frames(platform: Platform) -> list[Named]:
    """The registers of the platform's devices."""
    return [Named(f"device '{device.name}'", mmio, device.at)
            for device in platform.devices.values() for mmio in device.mmio]


def uart_frames(platform: Platform) -> list[Named]:
    """The registers of the hypervisor's UART. Empty if the board has none that the hypervisor
    drives."""
    uart = platform.uart
    return [Named("the UART of the hypervisor", uart.mmio, uart.at)] if uart else []
