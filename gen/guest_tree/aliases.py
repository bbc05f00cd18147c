# SPDX-License-Identifier: Apache-2.0
"""The names of devices in a guest's tree (`/aliases`), and its console (`stdout-path`). Linux
counts ttys and disks by these names, and some of its drivers refuse a UART without one."""

from __future__ import annotations

import re

from ..facts.emulated_devices import EMULATED
from ..model import Device, Platform, SystemVm
from ..read.uart_kinds import BAUD, kind_of

SERIAL = re.compile(r"serial([0-9]{1,4})")


def is_serial(device: Device) -> bool:
    """True if a board's device is a UART."""
    return kind_of(device.compatible) is not None or any(map(SERIAL.fullmatch, device.aliases))


def aliases(vm: SystemVm, labels: dict[str, str]) -> dict[str, str]:
    """The label of each device that has a name, by that name. Emulated UARTs are serial0 and so on.
    Other devices have the names from the board's own tree. A UART of the board whose number is
    taken, or that has none, gets the next one. `labels`: the label of each device, by its name in
    the VM."""
    found = {name: labels[item.name] for item in vm.passed for name in item.device.aliases
             if not SERIAL.fullmatch(name)}
    emulated = [labels[device.name] for device in vm.emulated if EMULATED[device.kind].serial]
    found.update((f"serial{number}", label) for number, label in enumerate(emulated))
    waiting = []
    for item in (item for item in vm.passed if is_serial(item.device)):
        wanted = next((name for name in item.device.aliases if SERIAL.fullmatch(name)), "")
        if wanted and wanted not in found:
            found[wanted] = labels[item.name]
        else:
            waiting.append(labels[item.name])
    for label in waiting:
        found[next(name for number in range(len(found) + 1) if (name := f"serial{number}") not in found)] = label
    return found


def stdout_path(platform: Platform, vm: SystemVm, labels: dict[str, str], named: dict[str, str]) -> str:
    """The console of a VM: its first emulated UART, or else its first UART of the board. It has the
    baud rate that the UART has, as far as that is known. Empty if there is none. `named`: what
    `aliases` returned."""
    devices = [(labels[device.name], BAUD) for device in vm.emulated if EMULATED[device.kind].serial]
    uart = platform.uart
    devices += [(labels[item.name], uart.baud if uart and item.device is uart.device else 0)
                for item in vm.passed if is_serial(item.device)]
    for label, baud in devices[:1]:
        alias = next(name for name, other in named.items() if other == label and SERIAL.fullmatch(name))
        return alias + (f":{baud}n8" if baud else "")
    return ""
