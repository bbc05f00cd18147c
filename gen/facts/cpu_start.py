# SPDX-License-Identifier: Apache-2.0
"""How the CPUs of a board start: the functions of its firmware's PSCI, and where CPUs poll for the
address of their entry."""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Platform, Range
from ..units import PAGE, align_down

PSCI_SMC, SPIN_TABLE = "psci-smc", "spin-table"
MAX_FUNCTION = 0xFFFFFFFF  # function ids have 32 bits
# From PSCI 0.2 on.
PSCI_CPU_OFF, PSCI_CPU_ON, PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET = 0x84000002, 0xC4000003, 0x84000008, 0x84000009


@dataclass(frozen=True)
class Firmware:
    """The function ids of PSCI that EL2 may call by SMC, 0 for those that there are not. `smccc`:
    the firmware follows the SMC Calling Convention, so it answers to unknown function ids. If there
    is none of this, EL2 issues no SMC at all."""

    cpu_on: int = 0
    cpu_off: int = 0
    system_off: int = 0
    system_reset: int = 0
    smccc: bool = False


def firmware(platform: Platform) -> Firmware:
    """What EL2 may ask of the firmware. PSCI 0.1 is older than the convention."""
    if platform.cpu_start != PSCI_SMC:
        return Firmware()
    if platform.psci:
        return Firmware(platform.psci.cpu_on, platform.psci.cpu_off)
    return Firmware(PSCI_CPU_ON, PSCI_CPU_OFF, PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET, True)


def release(platform: Platform, cpu: int) -> int | None:
    """The address that a CPU polls for the address of its entry. None if it does not, as the boot
    CPU."""
    polls = platform.cpu_start == SPIN_TABLE and cpu != platform.boot_cpu
    return platform.cpus[cpu].release if polls else None


def release_pages(platform: Platform) -> list[Range]:
    """The pages that have such addresses, by address. Several CPUs may share one address."""
    found = {align_down(address, PAGE) for cpu in range(len(platform.cpus))
             if (address := release(platform, cpu)) is not None}
    return [Range(base, PAGE) for base in sorted(found)]
