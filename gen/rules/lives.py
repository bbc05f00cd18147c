# SPDX-License-Identifier: Apache-2.0
"""Rules for what follows the end of a VM's life."""

from __future__ import annotations

from ..model import Description, Platform, Vm
from ..read.findings import Findings


def check(description: Description, findings: Findings) -> None:
    """A limit of restarts is written only where there are restarts. No device of a VM that restarts
    can write to its memory between two lives."""
    for vm in description.vms:
        _silent(description.platform, vm, findings)
        if vm.restart_limit is not None and vm.on_crash != "restart" and "on_crash" not in vm.spoiled:
            findings.error("P048", vm.where("restart_limit"),
                           f"vm '{vm.name}' restart_limit has no meaning without 'on_crash: restart'",
                           cure="write 'on_crash: restart', or remove the key")


def _silent(platform: Platform | None, vm: Vm, findings: Findings) -> None:
    if not platform or vm.on_crash != "restart":
        return
    for device in vm.devices.values():
        known = platform.device(device.device)
        if device.kind == "passthrough" and known and known.cannot_quiesce:
            findings.error("P039", device.where("device"), f"vm '{vm.name}' device '{device.name}': nothing stops the "
                           f"DMA of '{known.name}' before a restart", known.where("dma"),
                           "add 'quiesce' to the platform file, or remove 'on_crash: restart'")
