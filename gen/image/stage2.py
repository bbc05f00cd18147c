# SPDX-License-Identifier: Apache-2.0
"""The stage 2 of each VM: what the VM can reach, and how large its first table is."""

from __future__ import annotations

from ..facts.passthrough import mapped
from ..facts.vm_gic import two_pages
from ..model import System, SystemVm
from .translation_tables import COVERS, ENTRIES, STAGE2, Mapping, View, stage2_bits, start_level


def stage2(system: System, vm: SystemVm) -> View:
    """The view of a VM's stage 2: its RAM, the whole pages of its passed-through devices'
    registers, and on a board with a GICv2 the virtual CPU interface as its CPU interface."""
    mappings = [Mapping("RAM", p.ipa, p.pa, p.size, write=True, execute=True) for p in vm.ram]
    for passed in vm.passed:
        for area in mapped(passed.device):
            mappings.append(Mapping(passed.name, area.base, area.base, area.size, write=True, device=True))
    if vm.cpu_interface:
        assert system.platform.gic and system.platform.gic.virtual_interface
        pages = two_pages(system.platform.gic.virtual_interface)
        mappings.append(Mapping("GICV", vm.cpu_interface.base, pages.base, pages.size, write=True, device=True))
    bits = stage2_bits(system.platform.pa_bits, max(m.end for m in mappings))
    return View(f"vm{vm.index} stage 2", STAGE2, bits, mappings)


def root_entries(view: View) -> int:
    """The number of entries in the first table of a stage 2. Concatenated tables count as one."""
    return ENTRIES * start_level(STAGE2, view.bits)[1]


def live_entries(view: View) -> int:
    """The number of entries in the first table, up to the last entry that is not empty."""
    covers = COVERS[start_level(STAGE2, view.bits)[0]]
    return max((mapping.end - 1) // covers for mapping in view.mappings) + 1
