# SPDX-License-Identifier: Apache-2.0
"""The GIC that a VM sees."""

from __future__ import annotations

from ..findings import Findings
from ..model import Description, Position, Range, Vm
from ..resolve import distributor, redistributors
from ..units import KIB, align_down
from .common import board, check_ipa, span

ALIGNMENT = 64 * KIB


def frames(description: Description, vm: Vm) -> list[tuple[str, Range, Position]]:
    """The frames that a VM sees: name, range (IPA), and where that was written."""
    assert vm.gic
    return [("GIC distributor", distributor(board(description), vm), vm.gic.where("distributor")),
            ("GIC redistributors", redistributors(board(description), vm), vm.gic.where("redistributors"))]


def check(description: Description, findings: Findings) -> None:
    """Frames are aligned, apart from each other and from the RAM."""
    for vm in description.vms:
        seen = frames(description, vm)
        for name, range_, at in seen:
            check_ipa(board(description), vm, name, range_, at, findings)
            if range_.base % ALIGNMENT:
                findings.error("P040", at, f"vm '{vm.name}' {name} at {range_.base:#x} is not a multiple of 64KiB",
                               cure=f"use {align_down(range_.base, ALIGNMENT):#x}")
            for piece in vm.memory:
                if span(piece).overlaps(range_):
                    findings.error("P016", piece.where("ipa"),
                                   f"vm '{vm.name}' memory {span(piece)} overlaps its {name} at {range_}",
                                   at, "move the RAM, or the VM's GIC with 'gic'")
        (_, first, _), (_, second, at) = seen
        if first.overlaps(second):
            findings.error("P042", at,
                           f"vm '{vm.name}' GIC redistributors {second} overlap its GIC distributor {first}",
                           seen[0][2], "move one of the two")
