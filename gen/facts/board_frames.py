# SPDX-License-Identifier: Apache-2.0
"""Who has which registers on the board: the GIC, its ITSs, the devices, the hypervisor's UART."""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Platform, Position, Range

INTERFACES = ("cpu_interface", "hypervisor_interface", "virtual_interface")  # of a GICv2


@dataclass(frozen=True)
class Named:
    """A range with its owner in words and its place in a file."""

    name: str
    range: Range
    at: Position


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
