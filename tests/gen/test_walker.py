# SPDX-License-Identifier: Apache-2.0
"""What the linked image's translation tables map is what the description says: byte for byte, for
many descriptions."""

from __future__ import annotations

import bisect
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable

import pytest
from hypothesis import given

import linked
import strategies
import systems
import walker
from examples import examples
from gen.api import products
from gen.image.translation_tables import TABLE_SIZE
from gen.model import Disk, Payload, Range, System, SystemVm
from gen.model import Region as BoardRegion
from gen.read.findings import Findings
from walker import Leaf, Region

PAGE = 4096
UART_PAGE = 0x09000000
RWX, RW, RO, RX = "rwx", "rw", "r", "rx"


def pages(area: Range) -> Range:
    """The pages that hold a range."""
    base = area.base & ~(PAGE - 1)
    return Range(base, (area.end + PAGE - 1 & ~(PAGE - 1)) - base)


def joined(parts: Iterable[Region]) -> list[Region]:
    """Regions joined as walker.regions() joins leaves."""
    return walker.regions([Leaf(r.va, r.pa, r.size, r.rights, r.memory, 0) for r in parts])


def flat(area: Range, rights: str, memory: str = "normal") -> Region:
    """A region that EL2 maps at its physical address."""
    return Region(area.base, area.base, area.size, rights, memory)


class Expectation:
    """What the views have to be, from the description and the slots that system.json tells."""

    def __init__(self, system: System, out: Path) -> None:
        self.system = system
        document = json.loads((out / "system.json").read_text())
        image = document["image"]
        self.image = Range(int(image["start"], 16), int(image["end"], 16) - int(image["start"], 16))
        self.slots = {s["name"]: Range(int(s["base"], 16), int(s["size"], 16)) for s in image["slots"]}
        self.out = out
        self.files = self._files()

    def _parts(self, vm: SystemVm) -> list[tuple[Path, int, int]]:
        """What is copied to a VM, or read by it: bytes of files, in the order of its payloads."""
        return [(self.out / p.path, 0, (self.out / p.path).stat().st_size) if p.what == "dtb" else
                (p.path.resolve(), p.offset, p.file_size) for p in vm.payloads]

    def _files(self) -> dict[tuple[Path, int, int], Range]:
        """Where each of them has to be: in its VM's slot, or, where several VMs have it, once, in a
        slot of its own. Files begin at pages."""
        places, shared = {}, 0
        users = {part: [vm for vm in self.system.vms if part in self._parts(vm)]
                 for vm in self.system.vms for part in self._parts(vm) if part[2]}
        ends = {vm.index: self.slots[f"vm{vm.index}.payload"].base for vm in self.system.vms}
        for part, vms in users.items():
            if len(vms) == 1:
                places[part] = Range(ends[vms[0].index], part[2])
                ends[vms[0].index] = pages(places[part]).end
            else:
                places[part] = Range(self.slots[f"payload{shared}"].base, part[2])
                assert pages(places[part]) == self.slots[f"payload{shared}"]
                shared += 1
        assert f"payload{shared}" not in self.slots
        assert all(ends[vm.index] == self.slots[f"vm{vm.index}.payload"].end for vm in self.system.vms)
        return places

    def payload(self, vm: SystemVm) -> list[Range]:
        """The files of a VM, in whole pages."""
        return [pages(self.files[part]) for part in dict.fromkeys(self._parts(vm)) if part[2]]

    def stage2(self, vm: SystemVm) -> list[Region]:
        """RAM and registers of a VM."""
        parts = [Region(piece.ipa, piece.pa, piece.size, RWX, "normal") for piece in vm.ram]
        parts += [flat(page, RW, "device-nGnRE") for page, whole in self.device_pages(vm) if whole]
        return joined(parts)

    def device_pages(self, vm: SystemVm) -> list[tuple[Range, bool]]:
        """The pages of a VM's devices, and whether one of them fills the page."""
        found: dict[int, bool] = {}
        for passed in vm.passed:
            for mmio in passed.device.mmio:
                for base in range(pages(mmio).base, pages(mmio).end, PAGE):
                    found[base] = found.get(base, False) or mmio.contains(Range(base, PAGE))
        return [(Range(base, PAGE), whole) for base, whole in sorted(found.items())]

    def el2_devices(self, vm: SystemVm) -> list[Region]:
        """The pages of devices that EL2 accesses for a VM: to forward accesses, and to silence the
        devices."""
        needed = {page.base for page, whole in self.device_pages(vm) if not whole}
        for passed in vm.passed:
            needed |= {passed.device.mmio[w.region].base + w.offset & ~(PAGE - 1) for w in passed.device.quiesce}
        return [flat(Range(base, PAGE), RW, "device-nGnRnE") for base in needed - {UART_PAGE} - self.power()]

    def power(self) -> set[int]:
        """The pages of the registers that switch the machine off or reset it."""
        return {device.mmio[w.region].base + w.offset & ~(PAGE - 1) for device in self.system.platform.devices.values()
                for w in [*device.poweroff, *device.reset]} - {UART_PAGE}

    def registers(self, pcpus: Iterable[int]) -> list[Region]:
        """GIC and UART as EL2 maps them."""
        gic = self.system.platform.gic
        uart = self.system.platform.uart
        assert gic is not None and uart is not None
        parts = [gic.distributor, pages(uart.mmio)]
        parts += [Range(gic.redistributors[0].base + 0x20000 * pcpu, 0x20000) for pcpu in pcpus]
        parts += [Range(base, PAGE) for base in self.power()]
        return [flat(part, RW, "device-nGnRnE") for part in parts]

    def common(self) -> list[Region]:
        """The image as every view maps it."""
        parts = [flat(self.slots["text"], RX), flat(self.slots["constants"], RO), flat(self.slots["tables"], RO)]
        parts.append(flat(self.slots["shared"], RW))
        return parts + [flat(self.slots[f"vm{vm.index}.shared"], RW) for vm in self.system.vms]

    def boot(self) -> list[Region]:
        """The boot view."""
        parts = self.common() + self.registers(range(len(self.system.platform.cpus)))
        parts.append(flat(self.slots["boot.stack"], RW))
        polled = self.polled()
        parts += [flat(page, RW) for page in polled]
        secret = [region.range for region in self.system.platform.reserved if region.no_map]
        for region in self.system.platform.memory:
            at = region.range.base
            for hole in sorted([*polled, *secret, self.image], key=lambda hole: hole.base):
                if region.range.contains(hole):
                    parts.append(flat(Range(at, hole.base - at), RO))
                    at = hole.end
            parts.append(flat(Range(at, region.range.end - at), RO))
        return joined(part for part in parts if part.size)

    def polled(self) -> list[Range]:
        """The pages that CPUs poll for their entry."""
        board = self.system.platform
        words = {cpu.release for number, cpu in enumerate(board.cpus) if number != board.boot_cpu}
        found = {word & ~(PAGE - 1) for word in words if word is not None and board.cpu_start == "spin-table"}
        return [Range(base, PAGE) for base in found]

    def disks(self, vm: SystemVm) -> dict[str, Range]:
        """The memory of each disk of a VM: its own, or a part of the payload, whose files begin at
        pages."""
        found = {}
        for device in vm.emulated:
            if device.kind != "virtio-blk":
                continue
            assert device.disk is not None
            base = device.disk.pa
            if base is None:
                number = [payload is device.disk.payload for payload in vm.payloads].index(True)
                base = self.files[self._parts(vm)[number]].base
            found[device.name] = Range(base, device.disk.size)
        return found

    def read_only(self, vm: SystemVm) -> list[Range]:
        """The disks of a VM that are a part of its payload."""
        return [area for area in self.disks(vm).values() if any(file.contains(area) for file in self.payload(vm))]

    def private(self, vm: SystemVm) -> list[Region]:
        """What both views of a VM map: its state, its GIC frames, devices that it shares a page
        with."""
        parts = self.common() + self.registers(vm.affinity) + self.el2_devices(vm)
        parts.append(flat(self.slots[f"vm{vm.index}.state"], RW))
        for vcpu in range(len(vm.affinity)):
            parts += [flat(self.slots[f"vm{vm.index}.{kind}{vcpu}"], RW) for kind in ("emergency", "stack")]
        if vm.interrupt_mode != "virtual":
            parts.append(flat(self.slots[f"vm{vm.index}.root"], RW))
        return parts

    def memory(self, vm: SystemVm) -> list[Region]:
        """The VM's RAM and the disks that it writes."""
        parts = [flat(Range(piece.pa, piece.size), RW) for piece in vm.ram]
        return parts + [flat(pages(area), RW) for area in self.disks(vm).values() if area not in self.read_only(vm)]

    def run(self, vm: SystemVm) -> list[Region]:
        """The run view of a VM: RAM and disks where it has a device that reads and writes both."""
        parts = self.private(vm)
        if self.disks(vm):
            parts += self.memory(vm)
        return joined(parts + [flat(pages(area), RO) for area in dict.fromkeys(self.read_only(vm))])

    def loader(self, vm: SystemVm) -> list[Region]:
        """The loader view of a VM."""
        return joined(self.private(vm) + self.memory(vm) + [flat(area, RO) for area in self.payload(vm)])


class Addresses:
    """The physical addresses of some ranges, which may overlap; there are thousands, and each is
    asked for often."""

    def __init__(self, ranges: Iterable[Range]) -> None:
        self.begins: list[int] = []
        self.ends: list[int] = []
        for area in sorted(ranges, key=lambda area: area.base):
            if self.ends and area.base <= self.ends[-1]:
                self.ends[-1] = max(self.ends[-1], area.end)
            elif area.size:
                self.begins.append(area.base)
                self.ends.append(area.end)

    def meet(self, area: Range) -> bool:
        """True if one of them is in `area`."""
        after = bisect.bisect_right(self.ends, area.base)
        return after < len(self.begins) and self.begins[after] < area.end


def reached(leaves: Iterable[Leaf]) -> Addresses:
    """What leaves map."""
    return Addresses(Range(leaf.pa, leaf.size) for leaf in leaves)


def check_sections(image: walker.Image, expected: Expectation) -> None:
    """Every section lies in the slot of its name; guard pages hold nothing."""
    names = {".text": "text", ".rodata": "constants", ".tables": "tables"}
    for name, (base, size) in image.sections.items():
        if size:
            slot = expected.slots[names.get(name, name[1:])]
            assert slot.contains(Range(base, size)), name


def check_isolation(system: System, expected: Expectation, runs: list[list[Leaf]], stage2s: list[list[Leaf]]) -> None:
    """No byte of another VM, its devices' registers included, is in a VM's run view or stage 2; no
    RAM in a run view without a disk; no disk in any stage 2; no file of the payload in a run view,
    but disks that are read from it."""
    for vm, leaves, run, stage2 in zip(system.vms, runs, map(reached, runs), map(reached, stage2s)):
        assert not stage2.meet(expected.image)
        for other in system.vms:
            for piece in other.ram:
                assert not run.meet(Range(piece.pa, piece.size)) or (other is vm and expected.disks(vm))
                assert other is vm or not stage2.meet(Range(piece.pa, piece.size))
            for disk in expected.disks(other).values():
                assert not stage2.meet(disk)
                assert run.meet(disk) == (other is vm or disk in expected.read_only(vm))
            for file in expected.payload(other):
                assert run.meet(file) == (file in map(pages, expected.read_only(vm)))
            for name, slot in expected.slots.items():
                if other is not vm and name.startswith(f"vm{other.index}.") and not name.endswith(".shared"):
                    assert not run.meet(slot), name
            for passed in other.passed if other is not vm else []:
                assert not any(stage2.meet(mmio) for mmio in passed.device.mmio), passed.name
        code = reached(leaf for leaf in leaves if "x" in leaf.rights)
        assert not any(code.meet(Range(piece.pa, piece.size)) for piece in vm.ram)


def check_own_spaces(found: list[walker.VmRoots]) -> None:
    """Every VM has a VMID, a stage 2 and EL2 views of its own."""
    for values in ([vm.vttbr >> 48 for vm in found], [vm.vttbr & 0xFFFFFFFFFFFF for vm in found],
                   [ttbr for vm in found for ttbr in (vm.run_ttbr, vm.loader_ttbr)]):
        assert 0 not in values and len(set(values)) == len(values)


def check_live_roots(system: System, expected: Expectation, image: walker.Image, found: list[walker.VmRoots]) -> None:
    """A VM with direct interrupts has a root of its own to write, as large as the constant one, and
    empty yet; no other VM has."""
    for vm, root in zip(system.vms, found):
        slot = expected.slots.get(f"vm{vm.index}.root", Range(0, 0))
        assert root.live_root == slot.base and bool(slot.size) == (vm.interrupt_mode != "virtual")
        if slot.size:
            assert slot.size == TABLE_SIZE * walker.first_tables(root.vtcr) and slot.base % slot.size == 0
            assert not any(image.bytes(slot.base, slot.size))
            constant = image.bytes(root.vttbr & 0xFFFFFFFFFFFF, slot.size)
            assert root.live_entries == (len(constant.rstrip(b"\0")) + 7) // 8
        else:
            assert root.live_entries == 0


def check_disks(system: System, expected: Expectation, image: walker.Image) -> None:
    """The configuration of each disk names its memory and its size, and whether it can be
    written."""
    for vm in system.vms:
        disks = expected.disks(vm)
        for number, device in enumerate(vm.emulated):
            if device.name not in disks:
                continue
            config = image.symbols[f"vm{vm.index}_device{number}_config"]
            assert image.u64(config + image.offset("virtio_blk_device", "disk")) == disks[device.name].base
            assert image.u64(config + image.offset("virtio_blk_device", "config")) * 512 == disks[device.name].size
            assert device.disk is not None
            features = image.u64(config + image.offset("virtio_device", "features"))
            assert bool(features >> 5 & 1) == (device.disk.pa is None)


def check_el2(system: System, expected: Expectation, views: list[list[Leaf]]) -> None:
    """W^X, guard pages, no memory of a secure world, and one leaf per address whichever view it is
    in; RAM and payload are the exception."""
    payload = [slot for name, slot in expected.slots.items() if "payload" in name]
    changing = Addresses(payload + [region.range for region in system.platform.memory])
    fixed = Range(expected.image.base, expected.slots["boot.stack"].end - expected.image.base)
    seen: dict[int, Leaf] = {}
    for leaves in views:
        for leaf in leaves:
            assert not ("w" in leaf.rights and "x" in leaf.rights)
            assert leaf.va == leaf.pa
            area = Range(leaf.va, leaf.size)
            if fixed.contains(area) or not changing.meet(area):
                assert seen.setdefault(leaf.va, leaf) == leaf
        mapped = reached(leaves)
        for name, slot in expected.slots.items():
            assert "guard" not in name or not mapped.meet(slot)
        assert not any(mapped.meet(region.range) for region in system.platform.reserved if region.no_map)


def check_blocks(leaves: list[Leaf]) -> None:
    """No run of 512 leaves that one larger block could stand for."""
    by_va = {leaf.va: leaf for leaf in leaves}
    for leaf in leaves:
        large = leaf.size * 512
        if leaf.size >= 1 << 30 or (leaf.va | leaf.pa) % large:
            continue
        rest = (by_va.get(leaf.va + i * leaf.size) for i in range(512))
        whole = all(
            other and other.size == leaf.size and other.pa - other.va == leaf.pa - leaf.va
            and (other.rights, other.memory) == (leaf.rights, leaf.memory) for other in rest
        )
        assert not whole, f"{leaf.va:#x} could be a block of {large:#x}"


def check(system: System, out: Path) -> None:
    """Generates, links, walks and compares."""
    findings = Findings()
    products.write(system, out, findings)
    assert not findings.errors, findings.text()
    compare(system, out, linked.link(out))


def compare(system: System, out: Path, elf: Path) -> None:
    """Walks a linked image and compares what it maps with the system; `out` is the folder of its
    products."""
    image = walker.Image(elf)
    expected = Expectation(system, out)
    found = walker.roots(image)
    assert len(found.vms) == len(system.vms)
    check_own_spaces(found.vms)
    boot = walker.el2(image, found.tcr, found.boot_ttbr)
    assert walker.regions(boot) == expected.boot()
    loaders, runs, stage2s = [], [], []
    for vm, root in zip(system.vms, found.vms):
        assert root.vttbr >> 48 == vm.vmid
        stage2s.append(walker.stage2(image, root.vtcr, root.vttbr))
        loaders.append(walker.el2(image, found.tcr, root.loader_ttbr))
        runs.append(walker.el2(image, found.tcr, root.run_ttbr))
        assert walker.regions(stage2s[-1]) == expected.stage2(vm)
        assert walker.regions(loaders[-1]) == expected.loader(vm)
        assert walker.regions(runs[-1]) == expected.run(vm)
        check_blocks(stage2s[-1])
    check_sections(image, expected)
    check_disks(system, expected, image)
    check_live_roots(system, expected, image, found.vms)
    check_isolation(system, expected, runs, stage2s)
    check_el2(system, expected, [boot, *loaders, *runs])


@pytest.mark.slow
@examples(200, 15)
@given(strategies.resolved())
def test_linked_tables_map_what_the_description_says(system: System) -> None:
    """The promise of the whole generator."""
    with tempfile.TemporaryDirectory() as folder:
        check(system, Path(folder))


@dataclass
class Walked:
    """A linked image as check_isolation() and check_el2() have it."""

    system: System
    expected: Expectation
    views: dict[str, list[Leaf]]

    def check(self) -> None:
        """What no comparison with an expectation says."""
        runs, stage2s = ([self.views[f"{kind}{index}"] for index in (0, 1)] for kind in ("run", "stage2-"))
        check_isolation(self.system, self.expected, runs, stage2s)
        check_el2(self.system, self.expected, [self.views["boot"], *runs])


def image_of(path: Path) -> Payload:
    """A page and a half of an image that VMs start."""
    path.write_bytes(bytes(range(256)) * 24)
    return Payload("binary", path, 0, 6144, 6144, 0x40000000)


@pytest.fixture(scope="module", name="walked")
def fixture_walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """Two VMs of 4 MiB that start the same image, of which the first has a disk, on a board with
    memory of a secure world."""
    out = tmp_path_factory.mktemp("walked")
    start = image_of(out / "image")
    disk = systems.disk(0x0C000000, 40, "disk", Disk(PAGE, 0x70000000, None, False, "disk"))
    platform = systems.platform()
    platform.reserved = [BoardRegion(systems.AT, name="tree", range=Range(0x78000000, 0x200000)),
                         BoardRegion(systems.AT, name="TF-A", range=Range(0x7E783000, 0x5000), no_map=True)]
    system = systems.system(platform, [
        systems.vm(index, [index], [systems.ram(0x40000000, pa, 1 << 22)], emulated=emulated)
        for index, (pa, emulated) in enumerate([(0x50000000, [disk]), (0x60000000, [])])])
    for vm in system.vms:
        vm.payloads.append(start)
    products.write(system, out, Findings())
    image = walker.Image(linked.link(out))
    found = walker.roots(image)
    views = {"boot": walker.el2(image, found.tcr, found.boot_ttbr)}
    for index, vm in enumerate(found.vms):
        views[f"run{index}"] = walker.el2(image, found.tcr, vm.run_ttbr)
        views[f"stage2-{index}"] = walker.stage2(image, vm.vtcr, vm.vttbr)
    return Walked(system, Expectation(system, out), views)


@pytest.mark.parametrize("view, rights, place", [
    ("run0", RW, 0x60000000), ("run0", RW, 0x603FF000), ("run1", RW, 0x60001000), ("run1", RW, 0x70000000),
    ("run0", RW, "vm1.state"), ("run0", RO, "vm1.payload"), ("run0", RX, 0x50000000),
    ("stage2-0", RWX, 0x60000000), ("stage2-1", RW, 0x70000000), ("stage2-1", RO, "text"),
    ("stage2-0", RO, "vm0.payload"), ("run0", RW, "guard"), ("boot", RW, "guard"),
    ("run0", RO, "payload0"), ("run1", RO, "payload0"), ("stage2-1", RO, "payload0"),
    ("run0", RO, "text"), ("boot", RWX, 0x99999000), ("boot", RO, 0x7E783000), ("boot", RO, 0x7E787000),
])
def test_one_page_too_many_is_noticed(view: str, rights: str, place: int | str, walked: Walked) -> None:
    """The checker itself."""
    slots = [slot.base for name, slot in walked.expected.slots.items() if isinstance(place, str) and place in name]
    walked.check()
    for address in slots or [place]:
        assert isinstance(address, int)
        page = Leaf(address, address, PAGE, rights, "normal", 0)
        with pytest.raises(AssertionError):
            Walked(walked.system, walked.expected, {**walked.views, view: [*walked.views[view], page]}).check()


def test_an_image_that_vms_share_is_held_once_and_mapped_where_they_load(tmp_path: Path) -> None:
    """Read-only, by the loader views of exactly the VMs that start it; each finds there what it
    would copy alone."""
    start = image_of(tmp_path / "image")
    system = systems.system(systems.platform(), [
        systems.vm(index, [index], [systems.ram(0x40000000, 0x50000000 + index * 0x1000000, 1 << 22)])
        for index in range(3)])
    for vm in system.vms[::2]:
        vm.payloads.append(start)
    products.write(system, tmp_path / "out", Findings())
    elf = linked.link(tmp_path / "out")
    compare(system, tmp_path / "out", elf)
    image = walker.Image(elf)
    found = walker.roots(image)
    slot = Expectation(system, tmp_path / "out").slots["payload0"]
    data = start.path.read_bytes()
    assert slot.size == 8192 and image.bytes(slot.base, len(data)) == data
    assert elf.read_bytes().count(data) == 1
    for vm, root in zip(system.vms, found.vms):
        loader = [leaf for leaf in walker.el2(image, found.tcr, root.loader_ttbr) if slot.contains(Range(leaf.pa, 1))]
        assert [(leaf.pa, leaf.rights) for leaf in loader] == (
            [(slot.base, RO), (slot.base + PAGE, RO)] if start in vm.payloads else [])
