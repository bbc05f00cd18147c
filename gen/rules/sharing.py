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
            findings.warning("P104", item.source.where("device"), f"{item}: the board's device tree disables "
                             f"'{item.device.name}'", item.device.where("status"),
                             "remove 'status' if it is wired up and the firmware does not use it")
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
                               f"{second}: '{second.device.name}' shares registers with '{first.device.name}' of "
                               f"vm '{first.vm.name}' at {max(area.base, other.base):#x}",
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
                              f"{item}: shares page {page.base:#x} with '{other.device.name}' of vm "
                              f"'{other.vm.name}'", other.source.where("device"),
                              "accesses are trapped and separated")


def _providers(platform: Platform, item: _Given, known: _Known, findings: Findings) -> dict[str, str]:
    """A controller that a device needs is not another VM's; a line of it has no two users. Returns the controllers that
    are nobody's and of which nothing was said, with the property that names each."""
    for name, what in needs(platform, item.device).items():
        owner = known.owners.get(name)
        if owner and owner.vm is not item.vm:
            findings.error("P101", item.source.where("device"),
                           f"{item}: {what} is '{name}', which vm '{owner.vm.name}' owns",
                           owner.source.where("device"), "give both to one VM")
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
                             f"{item}: shares {reference_kind(prop)} '{line}' with '{other.device.name}' of vm "
                             f"'{other.vm.name}'", other.source.where("device"), "neither VM can change it")
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
                             f"{item}: '{name}' ({prop}) also serves '{other.device.name}' ({theirs}) of vm "
                             f"'{other.vm.name}'", other.source.where("device"), "neither VM can have it")


def _left_out(platform: Platform, item: _Given, own: set[str], findings: Findings) -> None:
    gone = left_out(platform, item.device, own)
    if not gone:
        return
    what = ", ".join(f"{name} ({ref.owner})" for name, ref in list(gone.items())[:4])
    what += f" and {len(gone) - 4} more" if len(gone) > 4 else ""
    clocks = "state clock rates in the platform file, or " if "clocks" in gone else ""
    findings.warning("P103", item.source.where("device"), f"{item}: omitted from the device tree: {what}",
                     item.device.where("uses"), f"{clocks}give the VM those devices")
