# SPDX-License-Identifier: Apache-2.0
"""QEMU's arguments for a system, one per line: machine, CPU, memory, CPU count and the serial lines
before the UART. The program that starts QEMU adds image, terminal and anything else it wants."""

from __future__ import annotations

from ..model import System
from ..units import MIB, align_up


def arguments(system: System) -> str:
    """The text of qemu.args. Empty if QEMU has no model of the platform."""
    qemu = system.platform.qemu
    if qemu is None:
        return ""
    lines = list(qemu.arguments)
    if qemu.cpu:
        lines += ["-cpu", qemu.cpu]
    if "-smp" not in qemu.arguments:
        highest = max(pcpu for vm in system.vms for pcpu in vm.affinity)
        lines += ["-smp", str(max(highest, system.platform.boot_cpu) + 1)]
    if "-m" not in qemu.arguments:
        size = sum(region.range.size for region in system.platform.memory)
        lines += ["-m", f"{align_up(size, MIB) // MIB}M"]
    lines += ["-serial", "null"] * qemu.serial
    return "".join(f"{line}\n" for line in lines)
