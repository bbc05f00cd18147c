# SPDX-License-Identifier: Apache-2.0
"""The registers and interrupts of a VM's devices as the VM sees them. A key that is missing or
wrong is left out."""

from __future__ import annotations

from ..model import Interrupt, Platform, Range, VmDevice
from .emulated_devices import EMULATED


def registers_of(platform: Platform | None, device: VmDevice) -> list[Range]:
    """The IPA ranges of a device's registers. A passed-through device has them at their physical
    addresses. Empty if they are not known."""
    if device.kind == "passthrough":
        known = platform.device(device.device) if platform else None
        return list(known.mmio) if known else []
    return [] if device.mmio is None else [Range(device.mmio, EMULATED[device.kind].mmio)]


def irqs_of(platform: Platform | None, device: VmDevice) -> list[Interrupt]:
    """The interrupts of a VM's device. Empty if they are not known."""
    if device.kind == "passthrough":
        known = platform.device(device.device) if platform else None
        return list(known.irqs) if known else []
    return [device.irq] if device.irq else []
