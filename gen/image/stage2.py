# SPDX-License-Identifier: Apache-2.0
"""The stage 2 of each VM: what it reaches, and how large its first table is."""

from __future__ import annotations

from ..facts.passthrough import mapped
from ..model import System, SystemVm
from .translation_tables import COVERS, ENTRIES, STAGE2, Mapping, View, stage2_bits, start_level


def stage2(system: System, vm: SystemVm) -> View:
    """What a VM reaches: its RAM, and the registers of the devices passed to it where they fill pages."""
    mappings = [Mapping("RAM", p.ipa, p.pa, p.size, write=True, execute=True) for p in vm.ram]
    for passed in vm.passed:
        for area in mapped(passed.device):
            mappings.append(Mapping(passed.name, area.base, area.base, area.size, write=True, device=True))
    bits = stage2_bits(system.platform.pa_bits, max(m.end for m in mappings))
    return View(f"vm{vm.index} stage 2", STAGE2, bits, mappings)


def root_entries(view: View) -> int:
    """Entries of the first table of a stage 2, all concatenated ones together."""
    return ENTRIES * start_level(STAGE2, view.bits)[1]


def live_entries(view: View) -> int:
    """Entries of that table up to the last one that is not empty."""
    covers = COVERS[start_level(STAGE2, view.bits)[0]]
    return max((mapping.end - 1) // covers for mapping in view.mappings) + 1
