# SPDX-License-Identifier: Apache-2.0
"""Do the products of a system agree, with each other and with the description? Read by other means than they were made
by: the linked image by its debug information and translation tables, the device trees by libfdt, system.json, and the
YAML files by PyYAML. Interrupts, memory, vCPUs, devices, images."""

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
    software: set[int]


class Tables:
    """The constant tables of a linked image, followed from system_config."""

    def __init__(self, image: walker.Image) -> None:
        self.image = image
        config = image.symbols["system_config"]
        self.vms = [self._vm(self._at(config, "system_config", "vms") + i * image.structs["vm_config"][0])
                    for i in range(self._u32(config, "system_config", "vm_count"))]
        self.ram = self._list(config, "system_config", "memory", "memory_count", "address_range", ("base", "size"))

    def _at(self, base: int, struct_name: str, member: str) -> int:
        return self.image.u64(base + self.image.offset(struct_name, member))

    def _u32(self, base: int, struct_name: str, member: str) -> int:
        return self.image.u32(base + self.image.offset(struct_name, member))

    def _list(self, base: int, struct_name: str, member: str, count: str, element: str,
              members: tuple[str, ...]) -> list[tuple[int, ...]]:
        start, size = self._at(base, struct_name, member), self.image.structs[element][0]
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
        vcpus, size = self._at(vm, "vm_config", "vcpus"), self.image.structs["vcpu_config"][0]
        count = self._u32(vm, "vm_config", "vcpu_count")
        arch = self.image.offset("vcpu_config", "arch")
        own = [vcpus + i * size for i in range(count)]
        gic = vm + self.image.offset("vm_config", "arch") + self.image.offset("arch_vm_config", "vgic")
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
            software=self._bits(self._at(gic, "vgic_config", "software"), banks),
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
        value = self.fdt.getprop(node, name, (libfdt.NOTFOUND,))
        return b"" if isinstance(value, int) else bytes(value)

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


class Agreement:
    """One description with its products: `check()` compares everything with everything."""

    def __init__(self, description: Path, platform: Path, out: Path, elf: Path) -> None:
        # All scalars are strings: YAML 1.1, which PyYAML reads, knows words and numbers that the format does not.
        self.written = yaml.load(description.read_text(encoding="utf-8"), yaml.BaseLoader)
        self.board = yaml.load(platform.read_text(encoding="utf-8"), yaml.BaseLoader)
        self.image = walker.Image(elf)
        self.tables = Tables(self.image)
        self.report = json.loads((out / "system.json").read_text())
        self.roots = walker.roots(self.image)
        self.trees = [Tree((out / f"{vm.name}.dtb").read_bytes()) for vm in self.tables.vms]

    def check(self) -> None:
        """Raises AssertionError where two of them differ."""
        assert [vm.name for vm in self.tables.vms] == list(self.written["vms"]) == [
            vm["name"] for vm in self.report["vms"]]
        for index, vm in enumerate(self.tables.vms):
            self._vcpus(index, vm)
            self._memory(index, vm)
            self._devices(index, vm)
            self._interrupts(index, vm)
            self._images(vm)
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
        return [self.board["devices"][device["device"]] for device in devices.values()
                if device["kind"] == "passthrough"]

    def _emulated(self, vm: Vm) -> list[dict[str, Any]]:
        devices = self.written["vms"][vm.name].get("devices") or {}
        return [device for device in devices.values() if device["kind"] != "passthrough"]

    def _devices(self, index: int, vm: Vm) -> None:
        """Emulated registers trap, those passed through are mapped to themselves, and the tree shows both."""
        tree, root = self.trees[index], self.roots.vms[index]
        shown = {region[0] for node in tree.nodes() for region in tree.regions(node)}
        emulated = {number(device["mmio"]) for device in self._emulated(vm)}
        assert emulated == {base for base, _ in vm.mmio[2:]} and emulated <= shown
        assert vm.mmio[0][0] in shown and vm.mmio[1][0] in shown
        device_pages = {leaf.va // 4096 + i for leaf in walker.stage2(self.image, root.vtcr, root.vttbr)
                        if leaf.memory.startswith("device") for i in range(leaf.size // 4096)}
        wanted = [(number(area["base"]), number(area["size"])) for device in self._passed(vm)
                  for area in device.get("mmio", [])]
        assert device_pages == {page for area in wanted for page in pages(area)}
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
        emulated = {intid(device["irq"]) for device in self._emulated(vm)}
        assert vm.hardware == private | passed and vm.software == emulated and not vm.hardware & vm.software
        others = {intid(timer.get("hypervisor", {"ppi": "10"})), intid(timer.get("secure", {"ppi": "13"}))}
        assert passed | emulated <= self.trees[index].interrupts() <= private | passed | emulated | others

    def _images(self, vm: Vm) -> None:
        """Every image lies in the VM's own RAM, no two in the same place, entry and tree where they are said to be."""
        spans = []
        for target, size in vm.images:
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
        """No physical byte, pCPU or physical interrupt has two owners, and none is the hypervisor's."""
        image = self.report["image"]
        taken = [(int(image["start"], 16), int(image["end"], 16))]
        taken += [(number(region["base"]), number(region["base"]) + number(region["size"]))
                  for region in [self.board["hypervisor"], *self.board.get("reserved", [])]][1:]
        taken += [(pa, pa + size) for vm in self.tables.vms for _, pa, size in vm.ram]
        taken.sort()
        assert all(first[1] <= second[0] for first, second in zip(taken, taken[1:])), taken
        pcpus = [pcpu for vm in self.tables.vms for pcpu in vm.pcpus]
        assert len(set(pcpus)) == len(pcpus)
        spis = [irq for vm in self.tables.vms for irq in vm.hardware if irq >= 32]
        assert len(set(spis)) == len(spis) and intid(self.board["uart"]["irq"]) not in spis
