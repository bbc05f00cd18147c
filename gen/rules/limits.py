# SPDX-License-Identifier: Apache-2.0
"""Rules for the limits of this version."""

from __future__ import annotations

from ..model import Description, Vm
from ..read.findings import Findings

# At boot EL2 looks for every CPU and device in the board's device tree, and keeps a bit for each:
# 64 for CPUs, 1024 for devices (arch/arm64/boot/platform_check.c). The GIC, the UART, and the
# devices that end the machine take four of the 1024.
VCPUS = 64
PASSED = 1020

# The kinds of which a VM can have one. There is one console ring per VM, and the watchdog uses
# EL2's timer of one pCPU.
_ONCE = {"pl011": ("console", "PL011"), "watchdog": ("watchdog", "watchdog")}


def check(description: Description, findings: Findings) -> None:
    """A VM has at most one console and one watchdog. In all there are no more vCPUs and
    passed-through devices than EL2 can look for."""
    vcpus = passed = 0
    for vm in description.vms:
        _once(vm, findings)
        if vcpus <= VCPUS < vcpus + vm.vcpus:
            findings.error("P091", vm.where("vcpus"), f"vm '{vm.name}' brings the vCPUs of all VMs to "
                           f"{vcpus + vm.vcpus}, this version has room for {VCPUS}", cure="describe fewer vCPUs")
        vcpus += vm.vcpus
        for device in vm.devices.values():
            passed += device.kind == "passthrough"
            if device.kind == "passthrough" and passed == PASSED + 1:
                findings.error("P092", device.at, f"vm '{vm.name}' device '{device.name}' is one more than the "
                               f"{PASSED} that this version has room to pass through in all", cure="pass fewer through")


def _once(vm: Vm, findings: Findings) -> None:
    for kind, (what, model) in _ONCE.items():
        same = [device for device in vm.devices.values() if device.kind == kind]
        for device in same[1:]:
            findings.error("P090", device.at, f"vm '{vm.name}' device '{device.name}': the VM already has {what} "
                           f"'{same[0].name}'; one emulated {model} per VM", same[0].at, "remove one of the two")
