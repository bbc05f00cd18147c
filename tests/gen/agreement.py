# SPDX-License-Identifier: Apache-2.0
"""Do the products of a system agree, with each other and with the description? Read by other means
than they were made by: the linked image by its debug information and translation tables, the device
trees by libfdt, system.json, and the YAML files by PyYAML. Interrupts, memory, vCPUs, devices,
images."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libfdt
import yaml

import walker

MIB2 = 2 << 20
UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}


def number(value: str) -> int:
    """A size or an address as the YAML files write it."""
    for unit in sorted(UNITS, key=len, reverse=True):
        if value.endswith(unit) and not value.startswith("0x"):
            return int(value.removesuffix(unit)) * UNITS[unit]
    return int(value.replace("_", ""), 0)


def intid(irq: dict[str, Any]) -> int:
    """The number of an interrupt in the GIC."""
    kind = next(kind for kind in ("intid", "spi", "ppi") if kind in irq)
    return int(irq[kind]) + {"intid": 0, "spi": 32, "ppi": 16}[kind]


@dataclass
class Vm:
    """What tables.c says of a VM, as linked."""

    name: str
    pcpus: list[int]
    mpidrs: list[int]
    affinities: list[int]
    ram: list[tuple[int, int, int]]  # ipa, pa, size
    mmio: list[tuple[int, int]]
    images: list[tuple[int, int]]  # physical target, bytes in RAM
    entry: int
    dtb: int
    hardware: set[int]
    emulated: set[int]
    kicks: list[int]
    direct: list[int]
    group0: list[int]
    interrupts: int  # address of its struct interrupt_mode
    doorbell: int
    repeat: list[int]  # of its emulated devices
    reads: list[int]  # functions of the distributor and the redistributors


class Tables:
    """The constant tables of a linked image, followed from system_config."""

    def __init__(self, image: walker.Image) -> None:
        self.image = image
        config = image.symbols["system_config"]
        self.vms = [self._vm(self._at(config, "system_config", "vms") + i * image.struct("vm_config")[0])
                    for i in range(self._u32(config, "system_config", "vm_count"))]
        self.ram = self._list(config, "system_config", "memory", "memory_count", "address_range", ("base", "size"))
        uart = config + image.offset("system_config", "uart")
        owner, vms = self._at(uart, "uart_config", "owner"), self._at(config, "system_config", "vms")
        self.uart_vm = (owner - vms) // image.struct("vm_config")[0] if owner else None
        vcpus, size = self._at(config, "system_config", "vcpus"), image.struct("vcpu_config")[0]
        self.uart_pcpu = self._u32(vcpus + self._u32(uart, "uart_config", "vcpu") * size, "vcpu_config", "pcpu")
        arch = config + image.offset("system_config", "arch")
        self.group0 = self._bool(arch, "arch_system_config", "group0")

    def _at(self, base: int, struct_name: str, member: str) -> int:
        return self.image.u64(base + self.image.offset(struct_name, member))

    def _u32(self, base: int, struct_name: str, member: str) -> int:
        return self.image.u32(base + self.image.offset(struct_name, member))

    def _bool(self, base: int, struct_name: str, member: str) -> int:
        return self.image.bytes(base + self.image.offset(struct_name, member), 1)[0]

    def _repeat(self, region: tuple[int, ...]) -> list[int]:
        """What the configuration of an emulated device behind an MMIO region says, if it is one."""
        read, device = region
        kinds = {"pl011_read": "pl011_config", "watchdog_read": "watchdog_config", "virtio_blk_read": "virtio_device"}
        return [self._bool(device + self.image.offset(struct_name, "irq"), "irq_line", "repeat")
                for name, struct_name in kinds.items() if self.image.symbols.get(name) == read]

    def _list(self, base: int, struct_name: str, member: str, count: str, element: str,
              members: tuple[str, ...]) -> list[tuple[int, ...]]:
        start, size = self._at(base, struct_name, member), self.image.struct(element)[0]
        return [tuple(self._at(start + i * size, element, name) for name in members)
                for i in range(self._u32(base, struct_name, count))]

    def _bits(self, address: int, banks: int) -> set[int]:
        return {32 * bank + bit for bank in range(banks) for bit in range(32)
                if self.image.u32(address + 4 * bank) >> bit & 1}

    def _string(self, address: int) -> str:
        data = b""
        while byte := self.image.bytes(address + len(data), 1).strip(b"\0"):
            data += byte
        return data.decode()

    def _vm(self, vm: int) -> Vm:
        vcpus, size = self._at(vm, "vm_config", "vcpus"), self.image.struct("vcpu_config")[0]
        count = self._u32(vm, "vm_config", "vcpu_count")
        arch = self.image.offset("vcpu_config", "arch")
        own = [vcpus + i * size for i in range(count)]
        own_arch = vm + self.image.offset("vm_config", "arch")
        gic = own_arch + self.image.offset("arch_vm_config", "vgic")
        functions = self._list(vm, "vm_config", "mmio", "mmio_count", "mmio_region", ("read", "device"))
        banks = self._u32(gic, "vgic_config", "banks")
        images = self._list(vm, "vm_config", "images", "image_count", "image", ("target", "memory_size"))
        return Vm(
            name=self._string(self._at(vm, "vm_config", "name")),
            pcpus=[self._u32(vcpu, "vcpu_config", "pcpu") for vcpu in own],
            mpidrs=[self._at(vcpu + arch, "arch_vcpu_config", "vmpidr") & 0xFF00FFFFFF for vcpu in own],
            affinities=[self._at(vcpu + arch, "arch_vcpu_config", "mpidr") for vcpu in own],
            ram=[(r[0], r[1], r[2]) for r in self._list(vm, "vm_config", "ram", "ram_count", "guest_ram",
                                                        ("ipa", "pa", "size"))],
            mmio=[(r[0], r[1]) for r in self._list(vm, "vm_config", "mmio", "mmio_count", "mmio_region",
                                                   ("base", "size"))],
            images=[(i[0], i[1]) for i in images],
            entry=self._at(vm, "vm_config", "entry"),
            dtb=self._at(vm, "vm_config", "dtb"),
            hardware=self._bits(self._at(gic, "vgic_config", "hardware"), banks),
            emulated=self._bits(self._at(gic, "vgic_config", "emulated"), banks),
            kicks=[self._at(vcpu + arch, "arch_vcpu_config", "kick") for vcpu in own],
            direct=[self._bool(vcpu + arch, "arch_vcpu_config", "direct") for vcpu in own],
            group0=[self._bool(vcpu + arch, "arch_vcpu_config", "group0") for vcpu in own],
            interrupts=self._at(own_arch, "arch_vm_config", "interrupts"),
            doorbell=self._u32(own_arch, "arch_vm_config", "doorbell"),
            repeat=[repeat for region in functions for repeat in self._repeat(region)],
            reads=[region[0] for region in functions[:2]],
        )


class Tree:
    """A guest's device tree."""

    def __init__(self, blob: bytes) -> None:
        self.fdt = libfdt.Fdt(blob)

    def nodes(self) -> list[int]:
        """Offsets of all nodes."""
        found, offset, depth = [], 0, 0
        while depth >= 0:
            found.append(offset)
            offset, depth = self.fdt.next_node(offset, depth, (libfdt.BADOFFSET, libfdt.NOTFOUND))
            if offset < 0:
                break
        return found

    def property(self, node: int, name: str) -> bytes:
        """A property; empty without it."""
        # Not by getprop(): of what it does not find, it gives back a reference that it never took.
        offset = self.fdt.first_property_offset(node, (libfdt.NOTFOUND,))
        while offset >= 0:
            found = self.fdt.get_property_by_offset(offset)
            if found.name == name:
                return bytes(found)
            offset = self.fdt.next_property_offset(offset, (libfdt.NOTFOUND,))
        return b""

    def numbers(self, node: int, name: str) -> list[int]:
        """A property of cells."""
        return [cell for (cell,) in struct.iter_unpack(">I", self.property(node, name))]

    def of_type(self, kind: str) -> list[int]:
        """Nodes of a device_type."""
        return [node for node in self.nodes() if self.property(node, "device_type") == kind.encode() + b"\0"]

    def regions(self, node: int) -> list[tuple[int, int]]:
        """`reg` with two cells each."""
        cells = self.numbers(node, "reg")
        return [(cells[i] << 32 | cells[i + 1], cells[i + 2] << 32 | cells[i + 3]) for i in range(0, len(cells) - 3, 4)]

    def mpidrs(self) -> list[int]:
        """The CPUs."""
        values = [self.numbers(node, "reg") for node in self.of_type("cpu")]
        return [cells[0] if len(cells) == 1 else cells[0] << 32 | cells[1] for cells in values]

    def interrupts(self) -> set[int]:
        """INTIDs of all interrupts that any node has."""
        cells = [self.numbers(node, "interrupts") for node in self.nodes()]
        return {one[i + 1] + (32 if one[i] == 0 else 16) for one in cells for i in range(0, len(one) - 2, 3)}


def pages(area: tuple[int, int]) -> range:
    """Page numbers of a range."""
    return range(area[0] >> 12, -(-(area[0] + area[1]) // 4096))


def split(areas: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The whole pages among registers, and the rest of them, which is trapped."""
    whole, rest = [], []
    for base, size in areas:
        first, last = -(-base // 4096) * 4096, (base + size) // 4096 * 4096
        if first > last:
            rest.append((base, size))
            continue
        whole.append((first, last - first))
        rest += [(begin, end - begin) for begin, end in ((base, first), (last, base + size)) if begin < end]
    return whole, rest


class Agreement:
    """One description with its products: `check()` compares everything with everything."""

    def __init__(self, description: Path, platform: Path, out: Path, elf: Path) -> None:
        # All scalars are strings: YAML 1.1, which PyYAML reads, knows words and numbers that the
        # format does not.
        self.written = yaml.load(description.read_text(encoding="utf-8"), yaml.CBaseLoader)
        self.board = yaml.load(platform.read_text(encoding="utf-8"), yaml.CBaseLoader)
        self.image = walker.Image(elf)
        self.tables = Tables(self.image)
        self.report = json.loads((out / "system.json").read_text())
        self.roots = walker.roots(self.image)
        self.trees = [Tree((out / f"{vm.name}.dtb").read_bytes()) for vm in self.tables.vms]

    def check(self) -> None:
        """Raises AssertionError where two of them differ."""
        assert [vm.name for vm in self.tables.vms] == list(self.written["vms"]) == [
            vm["name"] for vm in self.report["vms"]]
        self.modes = [self._mode(vm) for vm in self.tables.vms]
        self.irqs = self._emulated_irqs()
        for index, vm in enumerate(self.tables.vms):
            self._vcpus(index, vm)
            self._memory(index, vm)
            self._devices(index, vm)
            self._interrupts(index, vm)
            self._direct(index, vm)
            self._images(index, vm)
        self._uart()
        self._apart()

    def _vcpus(self, index: int, vm: Vm) -> None:
        written, tree = self.written["vms"][vm.name], self.trees[index]
        assert vm.pcpus == list(map(int, written["affinity"])) and len(vm.pcpus) == int(written["vcpus"])
        assert vm.mpidrs == tree.mpidrs() and len(set(vm.mpidrs)) == len(vm.mpidrs)
        if "mpidrs" in written:
            assert vm.mpidrs == list(map(number, written["mpidrs"]))
        assert vm.affinities == [number(self.board["cpus"][pcpu]["mpidr"]) for pcpu in vm.pcpus]
        assert [vcpu["pcpu"] for vcpu in self.report["vms"][index]["vcpus"]] == vm.pcpus
        assert [int(vcpu["mpidr"], 16) for vcpu in self.report["vms"][index]["vcpus"]] == vm.mpidrs

    def _memory(self, index: int, vm: Vm) -> None:
        written, tree, root = self.written["vms"][vm.name], self.trees[index], self.roots.vms[index]
        assert [(ipa, size) for ipa, _, size in vm.ram] == [
            (number(piece["ipa"]), number(piece["size"])) for piece in written["memory"]]
        for piece, (ipa, pa, _) in zip(written["memory"], vm.ram):
            assert "pa" not in piece or pa == (ipa if piece["pa"] == "same" else number(piece["pa"]))
        assert sorted((ipa, size) for ipa, _, size in vm.ram) == sorted(
            region for node in tree.of_type("memory") for region in tree.regions(node))
        assert [tuple(int(piece[key], 16) for key in ("ipa", "pa", "size"))
                for piece in self.report["vms"][index]["ram"]] == vm.ram
        board = [(number(region["base"]), number(region["size"])) for region in self.board["memory"]]
        mapped = {page + step: leaf.pa // 4096 + step
                  for leaf in walker.stage2(self.image, root.vtcr, root.vttbr) if "x" in leaf.rights
                  for page in [leaf.va // 4096] for step in range(0, leaf.size // 4096, max(1, leaf.size // 4096 - 1))}
        for ipa, pa, size in vm.ram:
            assert any(base <= pa and pa + size <= base + length for base, length in board)
            assert mapped.get(ipa // 4096) == pa // 4096
            assert mapped.get((ipa + size) // 4096 - 1) == (pa + size) // 4096 - 1

    def _passed(self, vm: Vm) -> list[dict[str, Any]]:
        devices = self.written["vms"][vm.name].get("devices") or {}
        uart = {"mmio": [self.board["uart"]["mmio"]], "irqs": [self.board["uart"]["irq"]]}
        return [{"uart": uart, **self.board["devices"]}[device["device"]] for device in devices.values()
                if device["kind"] == "passthrough"]

    def _emulated(self, vm: Vm) -> list[dict[str, Any]]:
        devices = self.written["vms"][vm.name].get("devices") or {}
        return [device for device in devices.values() if device["kind"] != "passthrough"]

    def _devices(self, index: int, vm: Vm) -> None:
        """Emulated registers trap, those passed through are mapped to themselves, and the tree
        shows both."""
        tree, root = self.trees[index], self.roots.vms[index]
        shown = {region[0] for node in tree.nodes() for region in tree.regions(node)}
        emulated = {number(device["mmio"]) for device in self._emulated(vm)}
        wanted = [(number(area["base"]), number(area["size"])) for device in self._passed(vm)
                  for area in device.get("mmio", [])]
        whole, rest = split(wanted)
        assert sorted(emulated | {base for base, _ in rest}) == sorted(base for base, _ in vm.mmio[2:])
        assert set(rest) <= set(vm.mmio[2:]) and emulated <= shown
        assert vm.mmio[0][0] in shown and vm.mmio[1][0] in shown
        device_pages = {leaf.va // 4096 + i for leaf in walker.stage2(self.image, root.vtcr, root.vttbr)
                        if leaf.memory.startswith("device") for i in range(leaf.size // 4096)}
        assert device_pages == {page for area in whole for page in pages(area)}
        assert {base for base, _ in wanted} <= shown
        trapped = {page for area in vm.mmio for page in pages(area)}
        assert not trapped & device_pages
        assert not any(base < ipa + size and ipa < base + length for base, length in vm.mmio for ipa, _, size in vm.ram)

    def _interrupts(self, index: int, vm: Vm) -> None:
        """The masks hold what the description gives; the tree names no other."""
        timer = self.board.get("timer", {})
        private = {intid(timer.get("virtual", {"ppi": "11"})), intid(timer.get("physical", {"ppi": "14"}))}
        private |= {intid(self.board["pmu"])} if "pmu" in self.board else set()
        passed = {intid(irq) for device in self._passed(vm) for irq in device.get("irqs", [])}
        emulated = set(self.irqs[vm.name])
        assert len(emulated) == len(self._emulated(vm)) and not emulated & (private | passed)
        if self.modes[index] == "virtual":
            assert vm.hardware == private | passed and emulated == {intid(d["irq"]) for d in self._emulated(vm)}
        else:
            assert vm.hardware == set(range(15)) | private | passed | emulated
        assert vm.emulated == emulated
        assert [device["irq"]["intid"] for device in self.report["vms"][index]["emulated"]] == self.irqs[vm.name]
        others = {intid(timer.get("hypervisor", {"ppi": "10"})), intid(timer.get("secure", {"ppi": "13"}))}
        assert passed | emulated <= self.trees[index].interrupts() <= private | passed | emulated | others

    def _mode(self, vm: Vm) -> str:
        """How interrupts have to reach a VM."""
        asked = self.written["vms"][vm.name].get("interrupts", "auto")
        owns = self._owns_the_machine(vm)
        if asked == "auto":
            owns = owns and all(intid(device["irq"]) in self._unused() for device in self._emulated(vm))
        return "virtual" if asked == "virtual" else "sole" if owns else "direct" if asked == "direct" else "virtual"

    def _owns_the_machine(self, vm: Vm) -> bool:
        """True for the only VM, on CPUs and a GIC as they are, that needs no interrupt of the
        hypervisor's."""
        gic = self.board["gic"]
        if len(self.tables.vms) > 1 or self.written.get("console", {}).get("pcpu"):
            return False
        frames = [number(region["base"]) + offset for region in gic["redistributors"]
                  for offset in range(0, number(region["size"]), number(gic.get("stride", "128KiB")))]
        return (vm.mpidrs == vm.affinities and vm.mmio[0][0] == number(gic["distributor"]["base"])
                and [vm.mmio[1][0] + 0x20000 * i for i in range(len(vm.pcpus))] == [frames[pcpu] for pcpu in vm.pcpus]
                and not any(device["kind"] in ("pl011", "watchdog") for device in self._emulated(vm)))

    def _unused(self) -> list[int]:
        """SPIs that nothing on the board has."""
        used = {intid(irq) for device in (self.board.get("devices") or {}).values() for irq in device.get("irqs", [])}
        used.add(intid(self.board["uart"]["irq"]))
        return [irq for irq in range(32, min(32 + int(self.board["gic"]["spis"]), 992)) if irq not in used]

    def _emulated_irqs(self) -> dict[str, list[int]]:
        """The interrupts of each VM's emulated devices: where they are physical, those written as
        far as they are spare and there once, and the lowest others."""
        written = {vm.name: [intid(device["irq"]) for device in self._emulated(vm)] for vm in self.tables.vms}
        physical = [vm.name for vm, mode in zip(self.tables.vms, self.modes) if mode != "virtual"]
        free, kept = self._unused(), set()
        for name in physical:
            for place, irq in enumerate(written[name]):
                if irq in free:
                    free.remove(irq)
                    kept.add((name, place))
        return {name: [irq if name not in physical or (name, place) in kept else free.pop(0)
                       for place, irq in enumerate(irqs)] for name, irqs in written.items()}

    def _direct(self, index: int, vm: Vm) -> None:
        """All that the tables say of a VM's mode says the same."""
        mode = self.modes[index]
        direct, symbols = mode != "virtual", self.image.symbols
        assert vm.interrupts == symbols[f"interrupts_{mode}"]
        said = self.report["vms"][index]["interrupts"]
        assert said["mode"] == mode and said["why"]
        one_state = self.board["gic"].get("security_states") == "1"
        assert vm.group0 == [one_state and mode == "direct"] * len(vm.pcpus)
        assert vm.direct == [direct] * len(vm.pcpus) and vm.repeat == [direct] * len(self._emulated(vm))
        assert {(kick >> 24 & 0xF, kick >> 63) for kick in vm.kicks} == {(15, direct)}
        assert vm.reads == [symbols[f"{'direct' if direct else 'vgic'}{frame}_read"] for frame in "dr"]
        bells = [irq for device, irq in zip(self._emulated(vm), self.irqs[vm.name])
                 if device["kind"] in ("pl011", "watchdog")]
        assert vm.doorbell == (bells[0] if bells and mode == "direct" else 0)

    def _given_the_uart(self) -> list[int]:
        return [index for index, vm in enumerate(self.written["vms"].values())
                if any(device.get("device") == "uart" for device in (vm.get("devices") or {}).values())]

    def _uart(self) -> None:
        """The UART has the owner that the description gives it; otherwise its interrupt goes where
        it gets through."""
        owners = self._given_the_uart()
        modes = {pcpu: mode for vm, mode in zip(self.tables.vms, self.modes) for pcpu in vm.pcpus}
        owners += [index for index, mode in enumerate(self.modes) if mode == "sole" and index not in owners]
        assert owners == ([] if self.tables.uart_vm is None else [self.tables.uart_vm])
        takes = not owners and "sole" not in modes.values()
        assert self.report["uart"]["pcpu"] == (self.tables.uart_pcpu if takes else None)
        one_state = self.board["gic"].get("security_states") == "1"
        assert self.tables.group0 == (one_state and "direct" in modes.values())
        assert not takes or self.tables.group0 or modes[self.tables.uart_pcpu] == "virtual"

    def _images(self, index: int, vm: Vm) -> None:
        """Every image but those of disks lies in the VM's own RAM, no two in the same place, entry
        and tree where they are said to be."""
        spans = []
        disks = {int(device["disk"]["base"], 16): int(device["disk"]["size"], 16)
                 for device in self.report["vms"][index]["emulated"] if "disk" in device}
        assert disks.items() <= set(vm.images)
        for target, size in vm.images:
            if target in disks:
                assert not any(target < pa + length and pa < target + size for _, pa, length in vm.ram)
                continue
            assert any(pa <= target and target + size <= pa + length for _, pa, length in vm.ram), hex(target)
            spans.append((target, target + size))
        spans.sort()
        assert all(first[1] <= second[0] for first, second in zip(spans, spans[1:]))
        for address in (vm.entry, vm.dtb):
            physical = [pa + address - ipa for ipa, pa, size in vm.ram if ipa <= address < ipa + size]
            assert len(physical) == 1 and any(begin <= physical[0] < end for begin, end in spans), hex(address)
        assert vm.dtb % 8 == 0 and vm.entry % 4 == 0
        if "kernel" in self.written["vms"][vm.name]["boot"]:
            assert vm.ram[0][0] % MIB2 == 0

    def _apart(self) -> None:
        """No physical byte, pCPU or physical interrupt has two owners, and none is the
        hypervisor's."""
        image = self.report["image"]
        taken = [(int(image["start"], 16), int(image["end"], 16))]
        # What firmware keeps may be written twice.
        taken += {(number(region["base"]), number(region["base"]) + number(region["size"]))
                  for region in self.board.get("reserved", [])}
        taken += [(pa, pa + size) for vm in self.tables.vms for _, pa, size in vm.ram]
        taken.sort()
        assert all(first[1] <= second[0] for first, second in zip(taken, taken[1:])), taken
        pcpus = [pcpu for vm in self.tables.vms for pcpu in vm.pcpus]
        assert len(set(pcpus)) == len(pcpus)
        spis = [irq for vm in self.tables.vms for irq in vm.hardware if irq >= 32]
        assert len(set(spis)) == len(spis)
        assert (intid(self.board["uart"]["irq"]) in spis) == bool(self._given_the_uart())
