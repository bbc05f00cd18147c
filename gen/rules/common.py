# SPDX-License-Identifier: Apache-2.0
"""Helpers for several rules: ranges, numbers in words, and the check of IPAs."""

from __future__ import annotations

from ..model import Memory, Platform, Position, Range, Vm
from ..read.findings import Findings
from ..units import MIB, align_up


def span(region: Memory) -> Range:
    """The IPA range of a memory region."""
    return Range(region.ipa, region.size)


def count(number: int, what: str) -> str:
    """A number of things: 1 vCPU, 2 vCPUs."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def above(range_: Range) -> str:
    """The cure for most overlaps: the next 2 MiB boundary above `range_`."""
    return f"place it at or above {align_up(range_.end, 2 * MIB):#x}"


def check_ipa(platform: Platform | None, vm: Vm, what: str, range_: Range, at: Position, findings: Findings) -> None:
    """Check that a range of IPAs fits. The IPA space is as large as the physical address space,
    because stage 2 cannot translate more."""
    if platform and range_.end > 1 << platform.pa_bits:
        findings.error("P017", at, f"vm '{vm.name}' {what} {range_} does not fit {platform.pa_bits} bits of address",
                       platform.where("pa_bits"), f"stay below {1 << platform.pa_bits:#x}")
