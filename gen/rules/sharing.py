# SPDX-License-Identifier: Apache-2.0
"""What devices of different VMs have in common: registers or a page of them, a controller of clocks, power domains,
pins or GPIOs, or the same line of one. And what a device needs that its VM does not have. `explain device` says the
same of every device (gen/show/explain_device.py)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..facts.device_references import Line, left_out, lines, needs, reference_kind
from ..facts.passthrough import granules, trapped, whole_pages
from ..model import Description, Device, Platform, Range, Vm, VmDevice
from ..read.findings import Findings


@dataclass
class _Given:
    """A device that a VM is given."""

    vm: Vm
    source: VmDevice
    device: Device

    def __str__(self) -> str:
        return f"vm '{self.vm.name}' device '{self.source.name}'"


@dataclass
class _Known:
    """What the devices have that VMs are given, and what those looked at so far use: the first user of each line and of
    each controller, the latter with its property. `told`: VMs and controllers that have their finding."""

    owners: dict[str, _Given]
    lines: dict[Line, _Given] = field(default_factory=dict)
    controllers: dict[str, tuple[_Given, str]] = field(default_factory=dict)
    told: set[tuple[str, str]] = field(default_factory=set)


def check(description: Description, findings: Findings) -> None:
    """Nothing of one VM's device is in the hands of another VM, and what a guest's tree does without is said."""
    platform = description.platform
    if not platform:
        return
    given = [_Given(vm, device, known) for vm in description.vms for device in vm.devices.values()
             if device.kind == "passthrough" and (known := platform.device(device.device))]
    _registers(given, findings)
    _pages(given, findings)
    seen = _Known({item.device.name: item for item in given})
    for item in given:
        if item.device.disabled:
            findings.warning("P104", item.source.where("device"), f"{item}: '{item.device.name}' is disabled in the "
                             "board's own device tree", item.device.where("status"),
                             "make sure that it is wired up and not the firmware's, and remove 'status'")
        _controllers(item, _providers(platform, item, seen, findings), seen, findings)
        _left_out(platform, item, {other.device.name for other in given if other.vm is item.vm}, findings)


def _registers(given: list[_Given], findings: Findings) -> None:
    """No register belongs to two VMs. Accesses are told apart in granules of 8 bytes."""
    open_: list[tuple[Range, int]] = []
    areas: list[tuple[Range, int]] = []
    for index, item in enumerate(given):
        areas += [(granules(area), index) for area in item.device.mmio]
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


def _pages(given: list[_Given], findings: Findings) -> None:
    """Pages that hold registers of two VMs, each less than the page: those of a page that is mapped overlap."""
    users: dict[int, tuple[_Given, Range]] = {}
    for item in given:
        for area in trapped(item.device):
            page = whole_pages(area)
            other, taken = users.setdefault(page.base, (item, area))
            if other.vm is not item.vm and other.device is not item.device and not granules(area).overlaps(taken):
                findings.note("P149", item.source.where("device"),
                              f"{item}: '{item.device.name}' has registers in the page {page}, as has "
                              f"'{other.device.name}' of vm '{other.vm.name}'", other.source.where("device"),
                              "nothing is wrong with that here: each access is trapped, and reaches its own device "
                              "alone; a hypervisor that only maps pages cannot tell the two apart")


def _providers(platform: Platform, item: _Given, known: _Known, findings: Findings) -> dict[str, str]:
    """A controller that a device needs is not another VM's; a line of it has no two users. Returns the controllers that
    are nobody's and of which nothing was said, with the property that names each."""
    for name, what in needs(platform, item.device).items():
        owner = known.owners.get(name)
        if owner and owner.vm is not item.vm:
            findings.error("P101", item.source.where("device"),
                           f"{item}: {what} is in the hands of vm '{owner.vm.name}', which has '{name}'",
                           owner.source.where("device"),
                           f"give both devices to one VM, or take '{name}' from vm '{owner.vm.name}'")
    rest: dict[str, str] = {}
    said = set()
    for (provider, cells), prop in lines(platform, item.device).items():
        name = provider.partition("/")[0]
        other = known.lines.setdefault((provider, cells), item)
        if name in known.owners:
            continue
        if other.vm is not item.vm:
            line = " ".join([provider, *map(str, cells)])
            findings.warning("P102", item.source.where("device"),
                             f"{item}: its {reference_kind(prop)} '{line}' is also that of '{other.device.name}' of vm "
                             f"'{other.vm.name}'", other.source.where("device"),
                             "neither can change it: it stays as the firmware set it")
            said.add(name)
        else:
            rest.setdefault(name, prop)
    return {name: prop for name, prop in rest.items() if name not in said}


def _controllers(item: _Given, used: dict[str, str], known: _Known, findings: Findings) -> None:
    """A controller of which devices of two VMs use a line each can be given to neither; said once for each VM."""
    for name, prop in used.items():
        other, theirs = known.controllers.setdefault(name, (item, prop))
        if other.vm is not item.vm and (item.vm.name, name) not in known.told:
            known.told.add((item.vm.name, name))
            findings.warning("P150", item.source.where("device"),
                             f"{item}: it needs '{name}' for its {reference_kind(prop)} ({prop}), as "
                             f"'{other.device.name}' of vm '{other.vm.name}' does ({theirs})",
                             other.source.where("device"), "neither VM can be given it: it stays as the firmware set "
                             f"it; or give both devices, and '{name}', to one VM")


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
