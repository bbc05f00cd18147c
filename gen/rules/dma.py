# SPDX-License-Identifier: Apache-2.0
"""Rules for devices with DMA. Pinion drives no SMMU, so such a device can reach any physical
address."""

from __future__ import annotations

from ..model import Description, Device, Vm, VmDevice, subtract
from ..read.findings import Findings
from .common import span


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
            if same and known.dma_ranges and not {"memory", "devices"} & vm.spoiled:
                _reach(vm, device, known, findings)


def _reach(vm: Vm, device: VmDevice, known: Device, findings: Findings) -> None:
    """A device reaches RAM of its VM by DMA. If it does not reach all of it, a guest has to know,
    and finds that in its tree."""
    ram = [span(region) for region in vm.memory]
    windows = [window.range for window in known.dma_ranges]
    missed = [area for region in ram for area in subtract(region, windows)]
    if not missed:
        return
    text = f"vm '{vm.name}' device '{device.name}': the DMA of '{known.name}' does not reach "
    if sum(area.size for area in missed) == sum(region.size for region in ram):
        findings.error("P152", device.where("device"), f"{text}the RAM of the VM", known.where("dma_ranges"),
                       f"put RAM at {windows[0]}")
    else:
        findings.note("P152", device.where("device"), f"{text}{missed[0]} of its RAM", known.where("dma_ranges"),
                      f"put all of it at {windows[0]} if the guest cannot do with that")
