# SPDX-License-Identifier: Apache-2.0
"""What devices of different VMs have in common: registers, or a clock, a power domain, a GPIO bank of the same
controller. And what a device needs that its VM does not have."""

from __future__ import annotations

from dataclasses import dataclass

from ..closure import Line, kind, left_out, lines
from ..findings import Findings
from ..model import Description, Device, Platform, Range, Vm, VmDevice
from ..passthrough import GRANULE
from ..units import align_down, align_up


@dataclass
class _Given:
    """A device that a VM is given."""

    vm: Vm
    source: VmDevice
    device: Device

    def __str__(self) -> str:
        return f"vm '{self.vm.name}' device '{self.source.name}'"


def check(description: Description, findings: Findings) -> None:
    """Nothing of one VM's device is in the hands of another VM, and what a guest's tree does without is said."""
    platform = description.platform
    if not platform:
        return
    given = [_Given(vm, device, known) for vm in description.vms for device in vm.devices.values()
             if device.kind == "passthrough" and (known := platform.device(device.device))]
    _registers(given, findings)
    owners = {item.device.name: item for item in given}
    users: dict[Line, _Given] = {}
    for item in given:
        if item.device.disabled:
            findings.warning("P104", item.source.where("device"), f"{item}: '{item.device.name}' is disabled in the "
                             "board's own device tree", item.device.where("status"),
                             "make sure that it is wired up and not the firmware's, and remove 'status'")
        _providers(platform, item, owners, users, findings)
        _left_out(platform, item, {other.device.name for other in given if other.vm is item.vm}, findings)


def _registers(given: list[_Given], findings: Findings) -> None:
    """No register belongs to two VMs. Accesses are told apart in granules of 8 bytes."""
    open_: list[tuple[Range, int]] = []
    areas = []
    for index, item in enumerate(given):
        for area in item.device.mmio:
            base = align_down(area.base, GRANULE)
            areas.append((Range(base, align_up(area.end, GRANULE) - base), index))
    for area, index in sorted(areas, key=lambda pair: (pair[0].base, pair[1])):
        open_ = [other for other in open_ if other[0].end > area.base]
        for other, number in open_:
            first, second = given[min(index, number)], given[max(index, number)]
            if first.vm is not second.vm and first.device is not second.device:
                findings.error("P100", second.source.where("device"),
                               f"{second}: '{second.device.name}' has registers in common with '{first.device.name}' "
                               f"of vm '{first.vm.name}' at {max(area.base, other.base):#x}",
                               first.source.where("device"), "give both to one VM")
        open_.append((area, index))


def _providers(platform: Platform, item: _Given, owners: dict[str, _Given], users: dict[Line, _Given],
               findings: Findings) -> None:
    """A controller that a device needs is not another VM's; a line of it has no two users."""
    blamed = set()
    for (provider, cells), prop in lines(platform, item.device).items():
        owner = owners.get(provider.partition("/")[0])
        if owner and owner.vm is not item.vm:
            if owner.device.name not in blamed:
                findings.error("P101", item.source.where("device"),
                               f"{item}: its {kind(prop)} ({prop}) is in the hands of vm '{owner.vm.name}', which has "
                               f"'{owner.device.name}'", owner.source.where("device"),
                               f"give both devices to one VM, or take '{owner.device.name}' from "
                               f"vm '{owner.vm.name}'")
            blamed.add(owner.device.name)
            continue
        other = users.setdefault((provider, cells), item)
        if other.vm is not item.vm and not owner:
            line = " ".join([provider, *map(str, cells)])
            findings.warning("P102", item.source.where("device"),
                             f"{item}: its {kind(prop)} '{line}' is also that of '{other.device.name}' of vm "
                             f"'{other.vm.name}'", other.source.where("device"),
                             "neither can change it: it stays as the firmware set it")


def _left_out(platform: Platform, item: _Given, own: set[str], findings: Findings) -> None:
    gone = left_out(platform, item.device, own)
    if not gone:
        return
    what = ", ".join(f"{name} ({ref.owner})" for name, ref in list(gone.items())[:4])
    what += f" and {len(gone) - 4} more" if len(gone) > 4 else ""
    cure = "it has to do with what the firmware set up, or the VM is given those devices"
    if "clocks" in gone:
        cure = "write its clocks with their frequencies in the platform file, as in clocks: {apb_pclk: 24MHz}; for " \
               "the rest " + cure
    findings.warning("P103", item.source.where("device"), f"{item}: the VM's tree leaves out what leads to devices "
                     f"that it does not have: {what}", item.device.where("uses"), cure)
