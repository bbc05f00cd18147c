# SPDX-License-Identifier: Apache-2.0
"""Overlays of the VMs' device trees: that the files are there. What they say is checked when they are merged."""

from __future__ import annotations

from .. import images
from ..findings import Findings
from ..model import Description

SUFFIXES = (".dts", ".dtso", ".dtbo")


def check(description: Description, findings: Findings) -> None:
    """Every overlay can be read and is named as what it is."""
    for vm in description.vms:
        assert vm.dtb
        for path, at in zip(vm.dtb.overlays, vm.dtb.overlay_positions):
            try:
                images.file_size(path)
            except images.ImageError as error:
                findings.error(error.code, at, f"vm '{vm.name}' overlay: {error.message}", cure=error.cure)
                continue
            if path.suffix not in SUFFIXES:
                findings.error("P008", at, f"vm '{vm.name}' overlay: '{path}' does not say what it is",
                               cure=f"name it {', '.join(SUFFIXES[:-1])} (source) or {SUFFIXES[-1]} (binary)")
