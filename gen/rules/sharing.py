# SPDX-License-Identifier: Apache-2.0
"""Rules for what the passed-through devices of different VMs share: registers, a page of registers,
a controller (of clocks, power domains, pins or GPIOs), or one line of a controller. The
hypervisor's UART counts as a device of the hypervisor's. They also report what a device needs and
its VM does not have. `explain device` gives the same facts for any device of the board
(gen/show/explain_device.py)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..decide.uart import given_to
from ..facts.device_references import Line, console_needs, left_out, lines, needs, reference_kind
from ..facts.passthrough import doublewords, trapped, whole_pages
from ..model import Description, Device, Platform, Range, Vm, VmDevice
from ..read.findings import Findings


@dataclass
class _Given:
    """A board device that is passed through to a VM."""

    vm: Vm
    source: VmDevice
    device: Device

    def __str__(self) -> str:
        return f"vm '{self.vm.name}' device '{self.source.name}'"


@dataclass
class _Known:
    """What the check has seen so far. `owners`: the owner of each passed-through device. `lines`:
    the first device that uses each line. `controllers`: the first device that uses each controller,
    and by which property. `told`: VMs and controllers that have a finding already."""

    owners: dict[str, _Given]
    lines: dict[Line, _Given] = field(default_factory=dict)
    controllers: dict[str, tuple[_Given, str]] = field(default_factory=dict)
    told: set[tuple[str, str]] = field(default_factory=set)


def check(description: Description, findings: Findings) -> None:
    """No VM controls something that a device of another VM depends on. A warning names what is left
    out of a guest's device tree."""
    platform = description.platform
    if not platform:
        return
    given = [_Given(vm, device, known) for vm in description.vms for device in vm.devices.values()
             if device.kind == "passthrough" and (known := platform.device(device.device))]
    _registers(given, findings)
    _pages(given, findings)
    _console(description, platform, given, findings)
    seen = _Known({item.device.name: item for item in given})
    for item in given:
        if item.device.disabled:
            findings.warning("P104", item.source.where("device"), f"{item}: the board's device tree disables "
                             f"'{item.device.name}'", item.device.where("status"),
                             "remove 'status' if it is wired up and the firmware does not use it")
        _controllers(item, _providers(platform, item, seen, findings), seen, findings)
        _left_out(platform, item, {other.device.name for other in given if other.vm is item.vm}, findings)


def _registers(given: list[_Given], findings: Findings) -> None:
    """No register belongs to two VMs. EL2 tells registers apart in doublewords of 8 bytes."""
    open_: list[tuple[Range, int]] = []
    areas: list[tuple[Range, int]] = []
    for index, item in enumerate(given):
        areas += [(doublewords(area), index) for area in item.device.mmio]
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
    """Note each page that holds registers of two VMs. Only parts of pages count: if a whole page is
    mapped, the registers overlap and P100 reports them."""
    users: dict[int, tuple[_Given, Range]] = {}
    for item in given:
        for area in trapped(item.device):
            page = whole_pages(area)
            other, taken = users.setdefault(page.base, (item, area))
            if other.vm is not item.vm and other.device is not item.device and not doublewords(area).overlaps(taken):
                findings.note("P149", item.source.where("device"),
                              f"{item}: shares page {page.base:#x} with '{other.device.name}' of vm "
                              f"'{other.vm.name}'", other.source.where("device"),
                              "accesses are trapped and separated")


def _console(description: Description, platform: Platform, given: list[_Given], findings: Findings) -> None:
    """The hypervisor's UART keeps what it depends on. If it is passed through, it is a device of a
    VM like others. Through a node without registers a VM can do something only if it may call the
    firmware."""
    uart, taken = platform.uart, given_to(description)
    if uart is None:
        return
    needed, used = console_needs(platform), set(lines(platform, uart.device))
    page = whole_pages(uart.mmio)
    if taken:
        for item in (item for item in given if item.vm is taken[0] and item.device.name in needed):
            findings.warning("P101", item.source.where("device"), f"{item}: '{item.device.name}' is "
                             f"{needed[item.device.name]}, which EL2 uses after the VM",
                             taken[1].where("device"), "see to it that the VM does not stop it")
        return
    for item in given:
        name = item.device.name
        if name in needed and item.device.mmio:
            findings.error("P101", item.source.where("device"), f"{item}: '{name}' is {needed[name]}, which the "
                           "hypervisor keeps", uart.where("uses"), "leave it to the hypervisor")
        elif name in needed:
            findings.warning("P101", item.source.where("device"), f"{item}: '{name}' is {needed[name]}, and has no "
                             "registers", uart.where("uses"), "see to it that the VM does not stop the UART by it")
        for (provider, cells), prop in lines(platform, item.device).items():
            if (provider, cells) in used:
                findings.warning("P102", item.source.where("device"), f"{item}: shares {reference_kind(prop)} "
                                 f"'{' '.join([provider, *map(str, cells)])}' with the hypervisor's UART",
                                 uart.where("uses"), "neither can change it")
        if any(page.overlaps(area) and not uart.mmio.overlaps(area) for area in trapped(item.device)):
            findings.note("P149", item.source.where("device"), f"{item}: shares page {page.base:#x} with the "
                          "hypervisor's UART", uart.at, "accesses are trapped and separated")


def _providers(platform: Platform, item: _Given, known: _Known, findings: Findings) -> dict[str, str]:
    """No VM owns a controller that a device of another VM needs, and no line of a controller has
    two users. Returns the controllers that no VM owns and that have no finding yet, each with the
    property that names it."""
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
    """If devices of two VMs use lines of one controller, neither VM can have the controller. Said
    once for each VM."""
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
