# SPDX-License-Identifier: Apache-2.0
"""The map: the machine on one page. It shows who owns each pCPU, each part of memory, each device
and interrupt, and what each VM sees at its own addresses. This file gathers the facts and writes
them as text; gen/show/map_svg.py draws them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field

from ..decide.interrupt_mode import DIRECT, SOLE
from ..decide.uart import owner
from ..facts.board_frames import gic_frames
from ..facts.passthrough import whole_pages
from ..image.layout import pages
from ..model import Interrupt, Platform, Range, System, SystemVm, subtract
from ..read.words import printable
from ..units import show_size

# Owners other than VMs. A VM is represented by its number.
HYPERVISOR, RESERVED, UNUSED, FREE = -1, -2, -3, -4


@dataclass
class Area:
    """A range of addresses: its owner, what it is, and what lies inside it."""

    range: Range
    owner: int
    text: str
    inside: list[str] = field(default_factory=list)


@dataclass
class Tile:
    """A small thing with an owner: a pCPU, a device of the board, or a private interrupt."""

    owner: int
    name: str
    text: str
    holder: str  # the owner in words


@dataclass
class Cluster:
    """The pCPUs of a cluster, and the kind of CPU."""

    text: str
    cpus: list[Tile]


@dataclass
class Space:
    """The address space of a VM, from low to high addresses."""

    owner: int
    name: str
    text: str
    areas: list[Area]


@dataclass
class Map:
    """The content of the map. `memory` covers all RAM; there may be gaps only between regions of
    RAM. `unused`: a sentence that names the devices which no VM owns."""

    title: str
    text: str
    clusters: list[Cluster]
    memory: list[Area]
    spaces: list[Space]
    devices: list[Tile]
    unused: str
    interrupts: list[Tile]


def size(area: Range) -> str:
    """A size in few digits: exact if a unit divides it, and otherwise rounded to a tenth."""
    exact = show_size(area.size)
    if len(exact) <= 7 and " " not in exact:
        return exact
    for unit, name in ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if area.size >= unit:
            return f"{area.size / unit:.1f}{name}"
    return exact


def runs(numbers: list[int]) -> str:
    """Numbers in their order, with consecutive ones as a range: 0-3, 6."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][-1] + 1:
            found[-1].append(number)
        else:
            found.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in found)


def folded(names: list[str]) -> str:
    """Names in their order, with consecutive numbers as a range: gpio, virtio0 to virtio31."""
    found: list[list[str]] = []
    for name in names:
        stem, number = _counted(name)
        if found and number is not None and _counted(found[-1][-1]) == (stem, number - 1):
            found[-1].append(name)
        else:
            found.append([name])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(run) for run in found)


def _counted(name: str) -> tuple[str, int | None]:
    """A name without the decimal number at its end, and that number."""
    stem = name.rstrip("0123456789")
    digits = name[len(stem):]
    return (stem, int(digits)) if digits and str(int(digits)) == digits else (name, None)


def _irqs(irqs: list[Interrupt]) -> str:
    return ", ".join(map(str, irqs))


def _clusters(system: System) -> list[Cluster]:
    """The pCPUs by cluster. Clusters come in the order of their first pCPU."""
    owners = {pcpu: (vm, i) for vm in system.vms for i, pcpu in enumerate(vm.affinity)}
    found: dict[int, tuple[list[str], list[Tile]]] = {}
    for number, cpu in enumerate(system.platform.cpus):
        name, text = f"pCPU {number}", f"MPIDR {cpu.mpidr:#x}"
        tile = Tile(FREE, name, text, "not used")
        if number in owners:
            vm, vcpu = owners[number]
            tile = Tile(vm.index, name, text, f"{vm.name} vCPU {vcpu}")
        kinds, tiles = found.setdefault(cpu.cluster or 0, ([], []))
        kinds.append(printable(cpu.compatible or system.platform.cpu_compatible))
        tiles.append(tile)
    return [Cluster((f"cluster {number}: " if len(found) > 1 else "") + ", ".join(dict.fromkeys(kinds)), tiles)
            for number, (kinds, tiles) in found.items()]


def _hypervisor(platform: Platform, image: Range | None) -> list[Area]:
    """The areas of the region that the platform file keeps for the hypervisor. Empty if it keeps
    none."""
    areas = [Area(image, HYPERVISOR, "Pinion: code, tables, state, guest images")] if image else []
    whole = [platform.hypervisor.range] if platform.hypervisor else []
    return areas + [Area(left, UNUSED, "kept for Pinion, not used") for area in whole
                    for left in subtract(area, [image] if image else [])]


def _memory(system: System, image: Range | None) -> list[Area]:
    """The areas of the board's RAM by address, including RAM that is free."""
    areas = _hypervisor(system.platform, image)
    for region in system.platform.reserved:
        known = [area.range for area in areas]
        areas += [Area(left, RESERVED, f"reserved: {printable(region.name)}") for left in subtract(region.range, known)]
    areas += [Area(Range(region.pa, region.size), vm.index, f"{vm.name}, IPA {region.ipa:#x}")
              for vm in system.vms for region in vm.ram]
    areas += [Area(Range(device.disk.pa, device.disk.size), vm.index, f"{vm.name}, disk {device.name}")
              for vm in system.vms for device in vm.emulated if device.disk and device.disk.pa is not None]
    taken = [area.range for area in areas]
    for region in system.platform.memory:
        areas += [Area(left, FREE, "free") for left in subtract(region.range, taken)]
    return sorted(areas, key=lambda area: (area.range.base, area.range.size))


def _space(vm: SystemVm, tree: int) -> Space:
    """The address space of a VM. `tree`: the bytes of its device tree."""
    areas = [Area(vm.distributor, vm.index, "GIC distributor"),
             Area(vm.cpu_interface, vm.index, "GIC CPU interface") if vm.cpu_interface
             else Area(vm.redistributors, vm.index, "GIC redistributors")]
    areas += [Area(d.mmio, vm.index, f"{d.name}: {d.kind}, {d.irq}") for d in vm.emulated]
    for passed in vm.passed:
        for number, mmio in enumerate(passed.device.mmio):
            irqs = f", {_irqs(passed.device.irqs)}" if passed.device.irqs and number == 0 else ""
            areas.append(Area(whole_pages(mmio), vm.index, f"{passed.name}: passed through{irqs}"))
    for region in vm.ram:
        span = Range(region.ipa, region.size)
        inside = [(p.what, Range(p.ipa, pages(tree if p.what == "dtb" else p.memory_size)))
                  for p in vm.payloads if p.what != "disk"]
        texts = [f"{part.base:#x} {what}, {size(part)}" for what, part in inside if span.contains(Range(part.base, 1))]
        texts.sort(key=lambda line: int(line.split()[0], 16))
        areas.append(Area(span, vm.index, f"RAM at PA {region.pa:#x}", texts))
    count = len(vm.affinity)
    text = f"{count} vCPU{'s' if count > 1 else ''} on pCPU {runs(vm.affinity)}; VMID {vm.vmid}; entry {vm.entry:#x}"
    text += {DIRECT: "; direct interrupts", SOLE: "; direct interrupts, sole owner"}.get(vm.interrupt_mode, "")
    return Space(vm.index, vm.name, text, sorted(areas, key=lambda area: area.range.base))


def _devices(system: System) -> tuple[list[Tile], str]:
    """A tile for the GIC, the UART and each device that a VM owns, and a sentence about the devices
    that no VM owns."""
    platform = system.platform
    owners = {id(passed.device): vm for vm in system.vms for passed in vm.passed}
    frames = ", ".join(str(frame.range) for frame in gic_frames(platform))
    tiles = [Tile(HYPERVISOR, "GIC", frames, "the hypervisor"), *_uart(system)]
    uart = platform.uart.mmio if platform.uart else None
    unused = []
    for device in platform.devices.values():
        if id(device) in owners:
            vm = owners[id(device)]
            text = ", ".join([*map(str, device.mmio), *map(str, device.irqs)]) or "no registers"
            tiles.append(Tile(vm.index, device.name, text, vm.name))
        elif not device.mmio or any(mmio != uart for mmio in device.mmio):
            unused.append(device.name)
    count = f"{len(unused)} device{'s' if len(unused) > 1 else ''}"
    return tiles, f"{count} given to no VM: {folded(unused)}" if unused else ""


def _uart(system: System) -> list[Tile]:
    """A tile for the hypervisor's UART. Empty if the board has none that the hypervisor drives."""
    uart, vm = system.platform.uart, owner(system)
    return [Tile(vm.index if vm else HYPERVISOR, "UART", f"{uart.mmio}, {uart.irq}",
                 vm.name if vm else "the hypervisor")] if uart else []


def _interrupts(platform: Platform) -> list[Tile]:
    """Tiles for the private interrupts, which are the same on every pCPU."""
    owned = {"hypervisor": HYPERVISOR}
    named = [(irq, f"{name} timer", owned.get(name, FREE)) for name, irq in platform.timer.items() if name != "secure"]
    named.append((platform.maintenance, "GIC maintenance", HYPERVISOR))
    if platform.pmu is not None:
        named.append((platform.pmu, "PMU", FREE))
    return [Tile(owner, name, str(irq), "the hypervisor" if owner == HYPERVISOR else "each VM on its pCPUs")
            for irq, name, owner in sorted(named, key=lambda entry: entry[0].intid)]


def gather(system: System, trees: dict[str, bytes], image: Range | None) -> Map:
    """Gather the content of the map. `trees`: the files of the device trees. `image`: the range of
    the hypervisor's image, if it can be built."""
    given = sum(region.size for vm in system.vms for region in vm.ram)
    whole = sum(region.range.size for region in system.platform.memory)
    used = sum(len(vm.affinity) for vm in system.vms)
    count = len(system.vms)
    text = (f"{count} VM{'s' if count > 1 else ''} on {used} of {len(system.platform.cpus)} pCPUs, with "
            f"{size(Range(0, given))} of {size(Range(0, whole))} RAM")
    return Map(printable(f"{system.name} on {system.platform.name}"), text, _clusters(system),
               _memory(system, image), [_space(vm, len(trees[f"{vm.name}.dtb"])) for vm in system.vms],
               *_devices(system), _interrupts(system.platform))


# ---------------------------------------------------------------- as text

BAR = 24  # characters of the bar for the largest area


def _columns(rows: list[list[str]]) -> str:
    """Rows of cells as text, aligned in columns."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows]
    return "".join(f"  {line}".rstrip() + "\n" for line in lines)


def _bars(areas: list[Area]) -> list[list[str]]:
    """Rows for areas and the gaps between them. Each area has a bar in proportion to its size."""
    largest = max(area.range.size for area in areas)
    rows, at = [], areas[0].range.base
    for area in areas:
        if area.range.base > at:
            rows.append(["", size(Range(at, area.range.base - at)), "", "gap"])
        bar = "#" * max(1, round(BAR * area.range.size / largest))
        rows.append([str(area.range), size(area.range), bar, area.text])
        rows += [["", "", "", f"  {line}"] for line in area.inside]
        at = max(at, area.range.end)
    return rows


def text(shown: Map) -> str:
    """The text of map.txt."""
    parts = [f"{shown.title}\n{shown.text}\n"]
    for cluster in shown.clusters:
        parts += [f"\npCPUs, {cluster.text}\n",
                  _columns([[tile.name, tile.text, tile.holder] for tile in cluster.cpus])]
    parts += ["\nPhysical memory\n", _columns(_bars(shown.memory))]
    for space in shown.spaces:
        parts += [f"\n{space.name}: {space.text}\n", _columns(_bars(space.areas))]
    parts += ["\nDevices of the board\n", _columns([[tile.name, tile.text, tile.holder] for tile in shown.devices])]
    if shown.unused:
        parts.append(textwrap.fill(shown.unused, 100, initial_indent="  ", subsequent_indent="    ",
                                   break_long_words=False, break_on_hyphens=False) + "\n")
    parts += ["\nPrivate interrupts\n", _columns([[tile.text, tile.name, tile.holder] for tile in shown.interrupts])]
    return "".join(parts)
