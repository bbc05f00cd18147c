# SPDX-License-Identifier: Apache-2.0
"""What a VM sees of its devices: their registers and interrupts, as far as they are known."""

from __future__ import annotations

from ..model import Interrupt, Platform, Range, VmDevice
from .emulated_devices import EMULATED


def registers_of(platform: Platform | None, device: VmDevice) -> list[Range]:
    """Where a VM sees the registers of a device (IPA); a passed-through device has them at their physical addresses.
    None where that is not known."""
    if device.kind == "passthrough":
        known = platform.device(device.device) if platform else None
        return list(known.mmio) if known else []
    return [] if device.mmio is None else [Range(device.mmio, EMULATED[device.kind].mmio)]


def irqs_of(platform: Platform | None, device: VmDevice) -> list[Interrupt]:
    """The interrupts of a VM's device, as far as they are known."""
    if device.kind == "passthrough":
        known = platform.device(device.device) if platform else None
        return list(known.irqs) if known else []
    return [device.irq] if device.irq else []
