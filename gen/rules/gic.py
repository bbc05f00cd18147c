# SPDX-License-Identifier: Apache-2.0
"""Rules for the GIC that a VM sees."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from ..facts.vm_gic import vm_gic_frames
from ..model import Description, Platform, Position, Range, Vm
from ..read.findings import Findings
from ..units import KIB, PAGE, align_down, show_size
from .common import check_ipa, span

ALIGNMENT = 64 * KIB


@dataclass(frozen=True)
class Frame:
    """A part of the GIC in the VM's IPA space. `at`: the position for a finding against the VM.
    `origin`: where the address was written, in the VM or else in the platform file."""

    name: str
    range: Range
    at: Position
    origin: Position


def frames(description: Description, vm: Vm) -> list[Frame]:
    """The distributor and redistributors (for a GICv2, the CPU interface) as a VM sees them, as far
    as they are known."""
    assert vm.gic
    gic = description.platform.gic if description.platform else None
    return [Frame(f"GIC {key}", range_, vm.gic.where(key),
                  gic.where(key) if gic and key not in vm.gic.keys else vm.gic.where(key))
            for key, range_ in vm_gic_frames(description.platform, vm).items()]


def check(description: Description, findings: Findings) -> None:
    """The frames are aligned, and overlap neither each other nor the RAM."""
    platform = description.platform
    version2 = bool(platform and platform.gic and platform.gic.version == 2)
    alignment = PAGE if version2 else ALIGNMENT
    for vm in description.vms:
        _known(platform, vm, findings)
        _version(platform, vm, findings)
        for frame in frames(description, vm):
            check_ipa(description.platform, vm, frame.name, frame.range, frame.at, findings)
            if frame.range.base % alignment:
                findings.error("P040", frame.at, f"vm '{vm.name}' {frame.name} at {frame.range.base:#x} is not a "
                               f"multiple of {show_size(alignment)}",
                               cure=f"use {align_down(frame.range.base, alignment):#x}")
            for region in vm.memory:
                if span(region).overlaps(frame.range):
                    findings.error("P016", region.where("ipa"),
                                   f"vm '{vm.name}' memory {span(region)} overlaps its {frame.name} at {frame.range}",
                                   frame.origin, "move the RAM, or the VM's GIC with 'gic'")
        for first, second in itertools.combinations(frames(description, vm), 2):
            if first.range.overlaps(second.range):
                findings.error("P042", second.at,
                               f"vm '{vm.name}' {second.name} {second.range} overlap its {first.name} {first.range}",
                               first.origin, "move one of the two")


def _known(platform: Platform | None, vm: Vm, findings: Findings) -> None:
    """If the board has no GIC, the VM states where it sees one."""
    assert vm.gic
    if not platform or platform.gic or "gic" in vm.spoiled:
        return
    for key in ("distributor", "redistributors"):
        if getattr(vm.gic, key) is None and key not in vm.gic.spoiled:
            findings.error("P068", vm.gic.where(key), f"vm '{vm.name}' needs the address of its GIC {key}, "
                           f"as platform '{platform.name}' has no GIC", platform.at,
                           f"write gic: {{{key}: ADDRESS}}")


def _version(platform: Platform | None, vm: Vm, findings: Findings) -> None:
    """The VM names no other version of the GIC than the board's, and no frame that it does not
    have."""
    assert vm.gic
    if not platform or not platform.gic:
        return
    version = 2 if platform.gic.version == 2 else 3
    if vm.gic.version not in (None, version):
        findings.error("P070", vm.gic.where("version"), f"vm '{vm.name}' gic version: {vm.gic.version}, and a VM has "
                       f"the version of its board, which is {version}", platform.gic.where("version"),
                       f"write {version}, or remove the key")
    key = "redistributors" if version == 2 else "cpu_interface"
    if getattr(vm.gic, key) is not None:
        findings.error("P070", vm.gic.where(key), f"vm '{vm.name}' gic {key}: a GICv{version}, as the board has it, "
                       "has none", platform.gic.where("version"), "remove the key")
