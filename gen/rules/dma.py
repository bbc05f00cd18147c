# SPDX-License-Identifier: Apache-2.0
"""Rules for devices with DMA. Pinion drives no SMMU, so such a device can reach any physical
address."""

from __future__ import annotations

from ..model import Description
from ..read.findings import Findings


def check(description: Description, findings: Findings) -> None:
    """A device with DMA works only if IPA equals PA, and the user has to accept what the device can
    do."""
    board = description.platform
    if not board:
        return
    for vm in description.vms:
        same = all(region.pa == region.ipa for region in vm.memory)
        for device in vm.devices.values():
            known = board.device(device.device)
            if device.kind != "passthrough" or known is None:
                continue
            if not known.dma:
                if device.dma:  # no error: the next import of the board may know more about its devices
                    findings.warning("P048", device.where("dma"), f"vm '{vm.name}' device '{device.name}': key 'dma' "
                                     f"has no meaning for '{known.name}', which has no DMA", known.at,
                                     "remove the key")
                continue
            name = f"vm '{vm.name}' device '{device.name}': '{known.name}' does DMA to physical addresses"
            if not same:
                findings.error("P049", device.where("device"), name, known.where("dma"),
                               "set 'pa: same' on all memory of the VM")
            elif device.dma != "unconfined" and "dma" not in device.spoiled:
                findings.warning("P049", device.where("device"), f"{name}, and nothing confines it",
                                 known.where("dma"), "write 'dma: unconfined' to accept")
