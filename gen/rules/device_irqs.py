# SPDX-License-Identifier: Apache-2.0
"""Rules for the interrupts of the VMs' devices."""

from __future__ import annotations

from ..decide.uart import is_uart
from ..facts.emulated_devices import EMULATED
from ..facts.vm_devices import irqs_of
from ..model import Description, Interrupt, Platform, Position, Vm, VmDevice
from ..read.findings import Findings
from ..read.irq_notation import VM_INTIDS


def reserved(platform: Platform | None) -> dict[int, str]:
    """The interrupts that no device may have, as far as they are known: what each is for, by INTID.
    """
    if not platform:
        return {}
    result = {irq.intid: f"the {name} timer" for name, irq in platform.timer.items()}
    result[platform.maintenance.intid] = "GIC maintenance"
    if platform.pmu:
        result[platform.pmu.intid] = "the PMU"
    return result


def check(description: Description, findings: Findings) -> None:
    """Every interrupt has one owner, and that owner may have it."""
    platform = description.platform
    passed: dict[int, tuple[Vm, VmDevice]] = {}
    for vm in description.vms:
        owners: dict[int, tuple[VmDevice, Interrupt]] = {}
        for device in vm.devices.values():
            for irq in irqs_of(platform, device):
                _allowed(platform, vm, device, irq, findings)
                _owned_once(vm, device, irq, owners, findings)
                if device.kind == "passthrough":
                    _given_once(vm, device, irq, passed, findings)


def _place(device: VmDevice) -> Position:
    return device.where("device" if device.kind == "passthrough" else "irq")


def _allowed(platform: Platform | None, vm: Vm, device: VmDevice, irq: Interrupt, findings: Findings) -> None:
    name, at = f"vm '{vm.name}' device '{device.name}'", _place(device)
    if irq.intid in reserved(platform):
        findings.error("P033", at, f"{name}: {irq} is reserved for {reserved(platform)[irq.intid]}",
                       cure="use an SPI")
    elif irq.kind != "spi":
        findings.error("P035", at, f"{name}: {irq} is not an SPI", cure="write irq: {spi: N}")
    elif irq.intid >= VM_INTIDS:
        findings.error("P030", at, f"{name}: {irq} is beyond a VM's last interrupt",
                       cure=f"use SPI 0 to {VM_INTIDS - 33} (INTID 32 to {VM_INTIDS - 1})")
    elif device.kind in EMULATED and not irq.level:
        findings.error("P035", at, f"{name}: a {device.kind} signals by level, not by edge", cure="remove the trigger")
    elif (device.kind == "passthrough" and platform and platform.uart and irq.intid == platform.uart.irq.intid
          and not is_uart(platform, device)):
        findings.error("P034", at, f"{name}: {irq} is the interrupt of the hypervisor's UART", platform.uart.at,
                       "use an emulated device of kind pl011")


def _owned_once(vm: Vm, device: VmDevice, irq: Interrupt, owners: dict[int, tuple[VmDevice, Interrupt]],
                findings: Findings) -> None:
    """Two devices of one VM have different interrupts. Board devices on one level-triggered line
    are the exception: the guest's drivers share the line, as they do without a hypervisor."""
    other, line = owners.setdefault(irq.intid, (device, irq))
    if other is device or device.device and device.device == other.device:
        return
    emulated = next((one for one in (device, other) if one.kind != "passthrough"), None)
    if emulated is None and irq.level and line.level:
        return
    findings.error("P031", _place(device), f"vm '{vm.name}' device '{device.name}': {irq} is already used by "
                   f"'{other.name}'" + ("" if emulated else ", and edges cannot be shared"), _place(other),
                   f"choose another for '{emulated.name}'" if emulated
                   else "pass one of them through, or correct the trigger in the platform file")


def _given_once(vm: Vm, device: VmDevice, irq: Interrupt, passed: dict[int, tuple[Vm, VmDevice]],
                findings: Findings) -> None:
    owner, other = passed.setdefault(irq.intid, (vm, device))
    if owner is not vm and device.device != other.device:
        findings.error("P032", _place(device), f"vm '{vm.name}' device '{device.name}': physical {irq} is given to vm "
                       f"'{owner.name}' device '{other.name}' already", _place(other),
                       "give both devices to one VM, or only one of them away")
