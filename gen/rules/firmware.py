# SPDX-License-Identifier: Apache-2.0
"""Rules for the calls of a guest that EL2 passes on to the firmware."""

from __future__ import annotations

from ..facts.cpu_start import MAX_FUNCTION, PSCI_SMC
from ..model import CallRange, Description, Platform, Vm
from ..read.findings import Findings

PSCI = (CallRange.of(0x84000000, 0x8400001F), CallRange.of(0xC4000000, 0xC400001F))
# Bits 31 to 24 of the function ids of a silicon provider and of an OEM: fast and yielding calls,
# with arguments of 32 and 64 bits (SMC Calling Convention, section 6).
OWNERS = (0x82, 0xC2, 0x02, 0x42, 0x83, 0xC3, 0x03, 0x43)


def check(description: Description, findings: Findings) -> None:
    """One VM at most calls the firmware, by functions that are no standard ones. It is said that
    the firmware trusts it, and whose driver needs a call that its VM may not make."""
    first: Vm | None = None
    for vm in description.vms:
        if vm.firmware_calls:
            _ranges(description.platform, vm, findings)
            _trusted(description.platform, vm, first, findings)
            first = first or vm
        _needed(description.platform, vm, findings)


def is_range(calls: CallRange) -> bool:
    """True if a range consists of function ids."""
    return calls.first <= calls.last <= MAX_FUNCTION


def _trusted(platform: Platform | None, vm: Vm, first: Vm | None, findings: Findings) -> None:
    at = vm.where("firmware_calls")
    if first:
        findings.error("P162", at, f"vm '{vm.name}' calls the firmware, and so does vm '{first.name}'",
                       first.where("firmware_calls"), "keep one of the two")
    if platform and platform.cpu_start != PSCI_SMC and "cpu_start" not in platform.spoiled:
        findings.error("P163", at, f"vm '{vm.name}' calls the firmware, and platform '{platform.name}' has no PSCI by "
                       "SMC", platform.where("cpu_start"), "remove 'firmware_calls'")
    findings.warning("P160", at, f"vm '{vm.name}' calls the firmware, which trusts whoever calls",
                     cure="remove 'firmware_calls' if its devices work without")


def _ranges(platform: Platform | None, vm: Vm, findings: Findings) -> None:
    """Nothing in a range is PSCI's or another standard function, which may act on EL2 itself."""
    for number, calls in enumerate(vm.firmware_calls):
        name, at = f"vm '{vm.name}' firmware_calls[{number}] {calls}", calls.where("first")
        if calls.spoiled:
            continue
        if not is_range(calls):
            findings.error("P161", at, f"{name} is no range of function ids, which have 32 bits",
                           cure="write the first and the last function id")
        elif any(calls.overlaps(other) for other in [*PSCI, *_numbers(platform)]):
            findings.error("P161", at, f"{name} has functions of PSCI, which EL2 answers itself",
                           cure="leave them out")
        elif calls.first >> 24 != calls.last >> 24 or calls.first >> 24 not in OWNERS:
            findings.error("P161", at, f"{name} is not all a silicon provider's, or all an OEM's",
                           cure="write ranges that begin and end with 0x82, 0xc2, 0x83 or 0xc3")


def _numbers(platform: Platform | None) -> list[CallRange]:
    """The functions of a PSCI 0.1."""
    psci = platform.psci if platform else None
    return [CallRange.of(value, value) for value in (psci.cpu_on, psci.cpu_off) if value] if psci else []


def _needed(platform: Platform | None, vm: Vm, findings: Findings) -> None:
    for device in vm.devices.values():
        known = platform.device(device.device) if platform and device.kind == "passthrough" else None
        for calls in known.firmware_calls if known else []:
            if not any(own.contains(calls) for own in vm.firmware_calls) and "firmware_calls" not in vm.spoiled:
                findings.warning("P164", device.where("device"), f"vm '{vm.name}' device '{device.name}': its driver "
                                 f"calls the firmware by {calls}", calls.at,
                                 f"add {{first: {calls.first:#x}, last: {calls.last:#x}}} to 'firmware_calls'")
