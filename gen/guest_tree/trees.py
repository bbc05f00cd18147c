# SPDX-License-Identifier: Apache-2.0
"""Makes the device trees of all guests, as source and as blob, with the user's overlays merged in.
"""

from __future__ import annotations

import re
import shutil

from ..devicetree import blob as blobs, dtc
from ..model import System, SystemVm
from ..read.findings import Findings
from ..read.timings import stage
from ..read.words import shorten
from . import dts


def check_tools(system: System, findings: Findings) -> bool:
    """Check that the programs and modules that this system's products need are installed. Returns
    False, with findings, if not."""
    at = system.description.at
    before = len(findings)
    if shutil.which("dtc") is None:
        findings.error("P080", at, "dtc, the device tree compiler, is not installed", None,
                       "apt-get install device-tree-compiler")
    if any(vm.overlays for vm in system.vms):
        blobs.readable(findings, at, "merges overlays")
    return len(findings) == before


def guest_tree(system: System, vm: SystemVm, findings: Findings, psci: str = "") -> tuple[str, bytes]:
    """The device tree of a VM, with the user's overlays merged in, as source and as blob. `psci`:
    see dts.source."""
    text = dts.source(system, vm, psci)
    if not vm.overlays:
        return text, dtc.compile_source(text)
    from ..guest_tree import overlay  # imported here, because only overlays need libfdt

    blob = overlay.merged(system, vm, text, findings)
    return dtc.decompiled(blob), blob


@stage("device trees")
def guest_trees(system: System, findings: Findings) -> dict[str, bytes]:
    """The device trees of all VMs by file name, as source and as blob. A tree that dtc refuses gets
    a finding and is left out. A tree that is larger than the room kept for it in RAM gets a
    finding."""
    made = {}
    for vm in system.vms:
        try:
            text, blob = guest_tree(system, vm, findings)
        except dtc.DtcError as error:
            said = shorten(re.sub(r"^<stdin>:[-0-9.]+: ", "", str(error).splitlines()[0]))
            findings.error("P086", vm.source.at, f"vm '{vm.name}': dtc refuses its device tree: '{said}'", None,
                           "correct the names and properties of its devices in the platform file")
            continue
        made[f"{vm.name}.dts"], made[f"{vm.name}.dtb"] = text.encode(errors="surrogateescape"), blob
        for payload in vm.payloads:
            if payload.what == "dtb" and len(blob) > payload.memory_size:
                findings.error("P059", vm.source.where("dtb"), f"the device tree of vm '{vm.name}' takes {len(blob)} "
                               f"bytes, of {payload.memory_size} kept for it")
    return made
