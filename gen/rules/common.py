# SPDX-License-Identifier: Apache-2.0
"""What several rules need: who has which registers and which memory."""

from __future__ import annotations

from ..model import Memory, Platform, Position, Range, Vm
from ..read.findings import Findings
from ..units import MIB, align_up


def span(piece: Memory) -> Range:
    """A piece of RAM as the VM sees it (IPA)."""
    return Range(piece.ipa, piece.size)


def count(number: int, what: str) -> str:
    """A number of things: 1 vCPU, 2 vCPUs."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def above(range_: Range) -> str:
    """The cure of most overlaps: the next 2 MiB boundary behind."""
    return f"place it at or above {align_up(range_.end, 2 * MIB):#x}"


def check_ipa(platform: Platform | None, vm: Vm, what: str, range_: Range, at: Position, findings: Findings) -> None:
    """The IPA space is as large as the physical address space, as that is what stage 2 can translate."""
    if platform and range_.end > 1 << platform.pa_bits:
        findings.error("P017", at, f"vm '{vm.name}' {what} {range_} does not fit {platform.pa_bits} bits of address",
                       platform.where("pa_bits"), f"stay below {1 << platform.pa_bits:#x}")
