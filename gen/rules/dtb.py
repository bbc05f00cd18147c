# SPDX-License-Identifier: Apache-2.0
"""Rules for the VMs' device trees: the files of overlays exist, and the address is aligned. The
content of overlays is checked when they are merged (gen/guest_tree/overlay_check.py)."""

from __future__ import annotations

from ..decide import images
from ..model import Description
from ..read.findings import Findings
from ..units import MIB, align_down, show_size

MAX_OVERLAY = 2 * MIB  # the same limit as for the merged tree
SUFFIXES = (".dts", ".dtso", ".dtbo")


def check(description: Description, findings: Findings) -> None:
    """Every overlay can be read and has a suffix that says what it is. The address of the tree is
    aligned."""
    for vm in description.vms:
        assert vm.dtb
        if vm.dtb.address is not None and vm.dtb.address % 8:
            findings.error("P059", vm.dtb.where("address"),
                           f"vm '{vm.name}' dtb address {vm.dtb.address:#x} is not a multiple of 8",
                           cure=f"use {align_down(vm.dtb.address, 8):#x}")
        for path, at in zip(vm.dtb.overlays, vm.dtb.overlay_positions):
            try:
                size = images.file_size(path)
            except images.ImageError as error:
                findings.error(error.code, at, f"vm '{vm.name}' overlay: {error.message}", cure=error.cure)
                continue
            if size > MAX_OVERLAY:
                findings.error("P081", at, f"vm '{vm.name}' overlay: '{path}' is larger than {show_size(MAX_OVERLAY)}",
                               cure="a whole device tree has no more; name the overlay alone")
            if path.suffix not in SUFFIXES:
                findings.error("P008", at, f"vm '{vm.name}' overlay: '{path}' does not say what it is",
                               cure=f"name it {', '.join(SUFFIXES[:-1])} (source) or {SUFFIXES[-1]} (binary)")
