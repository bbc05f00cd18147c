# SPDX-License-Identifier: Apache-2.0
"""How much of everything this version has room for."""

from __future__ import annotations

from ..model import Description, Vm
from ..read.findings import Findings

# EL2 looks for every CPU and device in the board's device tree when it starts, and keeps a bit for each: 64 for CPUs,
# 1024 for the devices (arch/arm64/boot/platform_check.c). GIC and UART are devices there.
VCPUS = 64
PASSED = 1022

# Kinds of which a VM has one: the console has one ring, the watchdog EL2's timer of one pCPU.
_ONCE = {"pl011": ("console", "PL011"), "watchdog": ("watchdog", "watchdog")}


def check(description: Description, findings: Findings) -> None:
    """One console and one watchdog per VM; in all no more vCPUs and passed-through devices than EL2 can look for."""
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
