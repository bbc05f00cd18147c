# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's UART: which VM owns it, and if none does, which pCPU takes its interrupt."""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Description, Platform, System, SystemVm, Vm, VmDevice
from .interrupt_mode import DIRECT, SOLE, VIRTUAL


@dataclass(frozen=True)
class Taker:
    """The pCPU that takes the UART's interrupt (None: no pCPU does), and why. `group0`: the pCPU
    runs a VM in direct mode, so the interrupt is a Group 0 interrupt."""

    pcpu: int | None
    why: str
    group0: bool = False


def given_to(description: Description) -> tuple[Vm, VmDevice] | None:
    """The VM to which the UART is passed through, and the name that it has there. None if the
    hypervisor keeps it."""
    platform = description.platform
    for vm in description.vms if platform and platform.uart else []:
        for device in vm.devices.values():
            if device.kind == "passthrough" and platform and is_uart(platform, device):
                return vm, device
    return None


def is_uart(platform: Platform, device: VmDevice) -> bool:
    """True if a passed-through device is the hypervisor's UART."""
    known = platform.device(device.device)
    return known is not None and platform.uart is not None and known is platform.uart.device


def owner(system: System) -> SystemVm | None:
    """The VM to which the UART is passed through. None if the hypervisor keeps it."""
    uart = system.platform.uart
    return next((vm for vm in system.vms for passed in vm.passed if uart and passed.device is uart.device), None)


def choose(platform: Platform, vms: list[tuple[list[int], str]], asked: int | None) -> Taker | None:
    """Choose the pCPU that takes the interrupt of a UART that the hypervisor keeps. None if no pCPU
    can. `vms`: the pCPUs and the interrupt mode of each VM. `asked`: the pCPU that the description
    names, if any."""
    if any(mode == SOLE for _, mode in vms):
        return Taker(None, "all interrupts are the sole owner's")
    modes = {pcpu: mode for affinity, mode in vms for pcpu in affinity}
    group0 = platform.gic is not None and platform.gic.group0
    able = [pcpu for pcpu, mode in modes.items() if mode == VIRTUAL]
    if asked is not None:
        fits = asked in able or group0
        return Taker(asked, "given in the description", modes.get(asked) == DIRECT) if fits else None
    if platform.boot_cpu in able or group0 and not able and platform.boot_cpu in modes:
        return Taker(platform.boot_cpu, "the boot CPU's", not able)
    if able or group0:
        rest = len(able) < len(modes)
        return Taker((able or list(modes))[0], "the first vCPU's" + (" in virtual mode" if able and rest else ""),
                     not able)
    return None


def taker(system: System) -> Taker:
    """The pCPU that takes the UART's interrupt in a resolved system."""
    vm = owner(system)
    if vm:
        return Taker(None, f"the UART is given to vm '{vm.name}'")
    console = system.description.console
    found = choose(system.platform, [(vm.affinity, vm.interrupt_mode) for vm in system.vms],
                   console.pcpu if console else None)
    assert found, "rules/direct.py refuses that"
    return found
