# SPDX-License-Identifier: Apache-2.0
"""Rules for the VMs' devices: which they are, and where their registers lie."""

from __future__ import annotations

import difflib

from ..facts import passthrough
from ..facts.board_frames import ENDS, uart_frames
from ..facts.vm_devices import registers_of
from ..model import Description, Device, Platform, Position, Range, Vm, VmDevice
from ..read.findings import Findings
from ..read.words import shorten
from ..units import PAGE, nearest
from . import gic
from .common import check_ipa, span


def check(description: Description, findings: Findings) -> None:
    """Every device exists, belongs to one VM, and has an address range of its own."""
    platform = description.platform
    given: dict[str, tuple[Vm, VmDevice]] = {}
    for vm in description.vms:
        for device in vm.devices.values():
            if platform and device.kind == "passthrough" and "device" not in device.spoiled:
                _passthrough(platform, vm, device, given, findings)
            _registers(description, vm, device, findings)
        _apart(platform, vm, findings)


def _passthrough(platform: Platform, vm: Vm, device: VmDevice, given: dict[str, tuple[Vm, VmDevice]],
                 findings: Findings) -> None:
    name, at = f"vm '{vm.name}' device '{device.name}'", device.where("device")
    known = platform.device(device.device)
    if known is None:
        close = difflib.get_close_matches(device.device, list(platform.devices), 1, 0.6)
        there = ", ".join(platform.devices) or "none"
        findings.error("P044", at, f"{name}: platform '{platform.name}' has no device '{shorten(device.device)}'",
                       platform.where("devices"),
                       f"did you mean '{close[0]}'?" if close else f"the devices there are: {there}")
        return
    if device.device in given:
        owner, other = given[device.device]
        findings.error("P045", at,
                       f"{name}: '{known.name}' is given to vm '{owner.name}' device '{other.name}' already",
                       other.where("device"), "pass it through once")
    given.setdefault(device.device, (vm, device))
    _drivable(platform, name, known, at, findings)


def _drivable(platform: Platform, name: str, device: Device, at: Position, findings: Findings) -> None:
    uart = next(iter(uart_frames(platform)), None)
    for mmio in device.mmio:
        if uart and mmio.overlaps(uart.range) and not (platform.uart and device is platform.uart.device):
            findings.error("P046", at, f"{name}: the hypervisor drives the UART '{device.name}' itself",
                           uart.at, "use kind: pl011, or give the UART away with 'device: uart'")
    for end in ENDS:
        ender = platform.ender(end)
        if ender and (ender is device or any(mmio.overlaps(own) for mmio in device.mmio for own in ender.mmio)):
            findings.error("P046", at, f"{name}: the hypervisor has the registers of '{ender.name}' for {end}",
                           ender.where(end), "give the VM another device")
            break
    # An export need not care, because other hypervisors map whole pages. So a device of
    # an imported board is checked only when Pinion itself is built.
    if not device.node:
        check_doublewords(name, device, at, findings)


def check_doublewords(name: str, device: Device, at: Position, findings: Findings) -> None:
    """Trapped registers begin and end at multiples of 8 bytes."""
    for mmio in device.mmio:
        whole = passthrough.doublewords(mmio)
        if whole != mmio:
            findings.error("P040", at, f"{name}: registers {mmio} of '{device.name}' do not begin and end at multiples "
                           f"of {passthrough.DOUBLEWORD} bytes", device.where("mmio"),
                           f"write {whole} in the platform file, if nothing else lies there")


def _registers(description: Description, vm: Vm, device: VmDevice, findings: Findings) -> None:
    """The registers of a device fit the IPA space, and overlap neither the RAM nor the GIC of its
    VM."""
    name, at = f"device '{device.name}'", _place(device)
    for mmio in registers_of(description.platform, device):
        check_ipa(description.platform, vm, name, mmio, at, findings)
        if device.kind != "passthrough" and mmio.base % PAGE:
            findings.error("P040", at, f"vm '{vm.name}' {name} at {mmio.base:#x} is not a multiple of 4KiB",
                           cure=f"use {nearest(mmio.base, PAGE)}")
        for region in vm.memory:
            if mmio.overlaps(span(region)):
                findings.error("P041", at, f"vm '{vm.name}' {name} at {mmio} overlaps its memory {span(region)}",
                               region.where("ipa"), "move the device or the memory")
        for frame in gic.frames(description, vm):
            if mmio.overlaps(frame.range):
                findings.error("P042", at,
                               f"vm '{vm.name}' {name} at {mmio} overlaps its {frame.name} at {frame.range}",
                               frame.origin, "move the device, or the VM's GIC with 'gic'")


def _place(device: VmDevice) -> Position:
    return device.where("device" if device.kind == "passthrough" else "mmio")


def _together(platform: Platform | None, device: VmDevice, other: VmDevice) -> bool:
    """True if two entries are the same board device (which has a finding of its own), or two
    devices imported from the board's own tree, where devices may share registers."""
    known = platform.devices if platform else {}
    same = device.device and device.device == other.device
    both = all(one.device in known and known[one.device].node for one in (device, other))
    return bool(same or both)


def _apart(platform: Platform | None, vm: Vm, findings: Findings) -> None:
    """No two devices of a VM overlap."""
    placed: list[tuple[VmDevice, Range]] = []
    for device in vm.devices.values():
        ranges = registers_of(platform, device)
        for mmio in ranges:
            for other, taken in placed:
                if mmio.overlaps(taken) and not _together(platform, device, other):
                    findings.error("P043", _place(device), f"vm '{vm.name}' device '{device.name}' at {mmio} overlaps "
                                   f"device '{other.name}' at {taken}", _place(other), "move one of the two")
        placed += [(device, mmio) for mmio in ranges]
