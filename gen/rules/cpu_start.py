# SPDX-License-Identifier: Apache-2.0
"""Rules for how the CPUs of a board start."""

from __future__ import annotations

from ..facts.board_frames import device_frames, gic_frames, uart_frames
from ..facts.cpu_start import MAX_FUNCTION, PSCI_SMC, SPIN_TABLE
from ..facts.passthrough import whole_pages
from ..model import Cpu, Platform, Range
from ..read.findings import Findings


def check(platform: Platform, findings: Findings) -> None:
    """Function ids of PSCI 0.1 have 32 bits. A word that a CPU polls is aligned, and no VM can get
    at it: it could start that CPU at EL2."""
    _psci(platform, findings)
    if platform.cpu_start == SPIN_TABLE:
        for index, cpu in enumerate(platform.cpus):
            _release(platform, index, cpu, findings)


def _psci(platform: Platform, findings: Findings) -> None:
    psci = platform.psci
    if psci is None:
        return
    if platform.cpu_start != PSCI_SMC and "cpu_start" not in platform.spoiled:
        findings.error("P048", platform.where("psci"), "psci has no meaning without 'cpu_start: psci-smc'",
                       platform.where("cpu_start"), "remove the key")
    for name, value, least in (("cpu_on", psci.cpu_on, 1), ("cpu_off", psci.cpu_off, 0)):
        if not least <= value <= MAX_FUNCTION and name not in psci.spoiled:
            findings.error("P061", psci.where(name), f"psci {name} {value:#x} is no function id",
                           cure="write the 32 bits that the board's device tree has")


def _release(platform: Platform, index: int, cpu: Cpu, findings: Findings) -> None:
    if cpu.release is None:
        return
    at = cpu.where("release")
    page = whole_pages(Range(cpu.release, 1))
    if cpu.release % 8:
        findings.error("P061", at, f"cpu {index}: release address {cpu.release:#x} is not a multiple of 8",
                       cure="write cpu-release-addr of its node")
    if page.end > 1 << platform.pa_bits:
        findings.error("P017", at, f"cpu {index}: release address {cpu.release:#x} does not fit "
                       f"{platform.pa_bits} bits of physical address", platform.where("pa_bits"),
                       "correct the address or pa_bits")
    ram = next((region for region in platform.memory if region.range.overlaps(page)), None)
    if ram and not any(region.range.contains(page) for region in platform.reserved):
        findings.error("P061", at, f"cpu {index}: release address {cpu.release:#x} is in RAM that a VM could have",
                       ram.at, f"reserve {page}, or all that the firmware has there")
    for frame in [*gic_frames(platform), *uart_frames(platform), *device_frames(platform)]:
        if whole_pages(frame.range).overlaps(page):
            findings.error("P061", at, f"cpu {index}: release address {cpu.release:#x} is in a page of {frame.name}",
                           frame.at, "correct one of the two")
