# SPDX-License-Identifier: Apache-2.0
"""Reads translation tables back out of a linked image, as the MMU would: written from DDI 0487
(D8.2, D8.3) and sharing nothing with the generator. What it cannot account for, bit by bit, is an
error."""

from __future__ import annotations

import functools
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from elftools.elf.elffile import ELFFile

MAIR_EL2 = 0xFF0400  # attributes 0 to 2 as the core sets them


class WalkError(Exception):
    """A table or register value that the architecture or Pinion's rules do not allow."""


@dataclass(frozen=True, order=True)
class Leaf:
    """One block or page as mapped, with its raw descriptor."""

    va: int
    pa: int
    size: int
    rights: str  # of r, w and x
    memory: str
    descriptor: int


@dataclass(frozen=True, order=True)
class Region:
    """Neighbouring leaves of equal rights and memory type, joined."""

    va: int
    pa: int
    size: int
    rights: str
    memory: str


@dataclass
class VmRoots:
    """Register values of one VM."""

    vttbr: int
    vtcr: int
    loader_ttbr: int
    run_ttbr: int
    live_root: int
    live_entries: int


@dataclass
class Roots:
    """Register values found in the image's configuration."""

    tcr: int
    boot_ttbr: int
    vms: list[VmRoots]


def _structs(elf: ELFFile) -> dict[str, tuple[int, dict[str, int]]]:
    """Size and member offsets of the structs that tables.c knows."""
    found = {}
    for unit in elf.get_dwarf_info().iter_CUs():
        top = unit.get_top_DIE()
        if not top.attributes["DW_AT_name"].value.endswith(b"tables.c"):
            continue
        for die in top.iter_children():
            name = die.attributes.get("DW_AT_name")
            if die.tag == "DW_TAG_structure_type" and name is not None and "DW_AT_byte_size" in die.attributes:
                members = {
                    m.attributes["DW_AT_name"].value.decode(): m.attributes["DW_AT_data_member_location"].value
                    for m in die.iter_children() if m.tag == "DW_TAG_member" and "DW_AT_name" in m.attributes
                }
                found[name.value.decode()] = (die.attributes["DW_AT_byte_size"].value, members)
    return found


class Image:
    """The bytes of a linked image by physical address."""

    # The core's headers have them, so they are the same in every image that has them.
    known_structs: dict[str, tuple[int, dict[str, int]]] = {}

    def __init__(self, path: Path) -> None:
        with open(path, "rb") as stream:
            elf = ELFFile(stream)
            self.segments = [(s["p_paddr"], s.data()) for s in elf.iter_segments() if s["p_type"] == "PT_LOAD"]
            self.symbols = {s.name: s.entry.st_value for s in elf.get_section_by_name(".symtab").iter_symbols()}
            self.sections = {s.name: (s["sh_addr"], s["sh_size"]) for s in elf.iter_sections() if s["sh_flags"] & 2}
        self.path = path

    def struct(self, name: str) -> tuple[int, dict[str, int]]:
        """Size and member offsets of a C struct."""
        if name not in self.known_structs:
            with open(self.path, "rb") as stream:
                self.known_structs.update(_structs(ELFFile(stream)))
        return self.known_structs[name]

    def offset(self, struct_name: str, member: str) -> int:
        """Offset of a member of a C struct."""
        return self.struct(struct_name)[1][member]

    def bytes(self, address: int, size: int) -> bytes:
        """`size` bytes at a physical address of the image."""
        for base, data in self.segments:
            if base <= address and address + size <= base + len(data):
                return data[address - base:address - base + size]
        raise WalkError(f"{address:#x} is not in the image")

    def u64(self, address: int) -> int:
        """A little-endian 64-bit word."""
        return int(struct.unpack("<Q", self.bytes(address, 8))[0])

    def u32(self, address: int) -> int:
        """A little-endian 32-bit word."""
        return int(struct.unpack("<I", self.bytes(address, 4))[0])

    def table(self, address: int) -> tuple[int, ...]:
        """512 descriptors; only from where tables belong."""
        base, size = self.sections[".tables"]
        if address % 4096 or not base <= address <= base + size - 4096:
            raise WalkError(f"table at {address:#x} is outside .tables")
        return struct.unpack("<512Q", self.bytes(address, 4096))


def roots(image: Image) -> Roots:
    """Follows system_config, by the member offsets that the debug information of tables.c tells."""
    offset = {key: image.offset(*key) for key in (
        ("system_config", "vms"), ("system_config", "vm_count"), ("system_config", "arch"), ("vm_config", "arch"),
        ("arch_system_config", "tcr"), ("arch_system_config", "boot_ttbr"), ("arch_vm_config", "vttbr"),
        ("arch_vm_config", "vtcr"), ("arch_vm_config", "loader_ttbr"), ("arch_vm_config", "run_ttbr"),
        ("arch_vm_config", "live_root"), ("arch_vm_config", "live_entries"),
    )}
    system = image.symbols["system_config"]
    arch = system + offset["system_config", "arch"]
    vms = []
    for index in range(image.u32(system + offset["system_config", "vm_count"])):
        vm = image.u64(system + offset["system_config", "vms"]) + index * image.struct("vm_config")[0]
        own = vm + offset["vm_config", "arch"]
        names = ("vttbr", "vtcr", "loader_ttbr", "run_ttbr", "live_root")
        vms.append(VmRoots(*(image.u64(own + offset["arch_vm_config", name]) for name in names),
                           image.u32(own + offset["arch_vm_config", "live_entries"])))
    tcr, boot = (image.u64(arch + offset["arch_system_config", name]) for name in ("tcr", "boot_ttbr"))
    return Roots(tcr, boot, vms)


def _take(value: int, high: int, low: int) -> int:
    return value >> low & (1 << high - low + 1) - 1


def _require(condition: bool, text: str) -> None:
    if not condition:
        raise WalkError(text)


@functools.cache
def decode_stage1(descriptor: int) -> tuple[str, str]:
    """Rights and memory type of a leaf of the EL2 regime without VHE."""
    _require(_take(descriptor, 10, 10) == 1, "access flag clear")
    _require(_take(descriptor, 6, 6) == 1, "AP[1] is RES1")
    _require(_take(descriptor, 5, 5) == 0 and _take(descriptor, 11, 11) == 0, "NS and nG are not used")
    _require(_take(descriptor, 53, 51) == 0 and _take(descriptor, 63, 55) == 0, "upper bits set")
    attribute = MAIR_EL2 >> 8 * _take(descriptor, 4, 2) & 0xFF
    memory = {0x00: "device-nGnRnE", 0x04: "device-nGnRE", 0xFF: "normal"}[attribute]
    if memory == "normal":
        _require(_take(descriptor, 9, 8) == 0b11, "normal memory is inner shareable")
    rights = "r" + ("" if _take(descriptor, 7, 7) else "w") + ("" if _take(descriptor, 54, 54) else "x")
    return rights, memory


@functools.cache
def decode_stage2(descriptor: int) -> tuple[str, str]:
    """Rights and memory type of a stage-2 leaf (FWB = 0). XN[1:0] is 0b00 or 0b10: FEAT_XNX has the
    others."""
    _require(_take(descriptor, 10, 10) == 1, "access flag clear")
    _require(_take(descriptor, 11, 11) == 0 and _take(descriptor, 52, 51) == 0, "bits without use set")
    _require(_take(descriptor, 63, 55) == 0, "upper bits set")
    memory = {0b0001: "device-nGnRE", 0b1111: "normal"}[_take(descriptor, 5, 2)]
    if memory == "normal":
        _require(_take(descriptor, 9, 8) == 0b11, "normal memory is inner shareable")
    execute = {0b00: "x", 0b10: ""}[_take(descriptor, 54, 53)]
    rights = ("r" if _take(descriptor, 6, 6) else "") + ("w" if _take(descriptor, 7, 7) else "") + execute
    return rights, memory


def _walk(image: Image, address: int, level: int, va: int, stage2: bool) -> Iterator[Leaf]:
    shift = 39 - 9 * level
    for index, descriptor in enumerate(image.table(address)):
        at = va + (index << shift)
        kind = descriptor & 0b11
        if descriptor == 0:
            continue
        _require(kind & 1 == 1, f"entry {descriptor:#x} is invalid and not zero")
        if kind == 0b11 and level < 3:
            _require(descriptor & ~0xFFFFFFFFF000 == 0b11, f"table descriptor {descriptor:#x} has attributes")
            yield from _walk(image, descriptor & 0xFFFFFFFFF000, level + 1, at, stage2)
            continue
        _require((kind == 0b11) == (level == 3) and level > 0, f"leaf {descriptor:#x} has no place at level {level}")
        pa = _take(descriptor, 47, shift) << shift
        _require(_take(descriptor, shift - 1, 12) == 0 if shift > 12 else True, f"block {descriptor:#x} is not aligned")
        rights, memory = (decode_stage2 if stage2 else decode_stage1)(descriptor & ~0xFFFFFFFFF000)
        yield Leaf(at, pa, 1 << shift, rights, memory, descriptor)


def el2(image: Image, tcr: int, ttbr: int) -> list[Leaf]:
    """Every leaf of an EL2 view."""
    t0sz = _take(tcr, 5, 0)
    _require(_take(tcr, 15, 14) == 0, "granule is 4 KiB")
    _require(_take(tcr, 13, 8) == 0b110101, "walks are write-back and inner shareable")
    _require(_take(tcr, 31, 31) == 1 and _take(tcr, 23, 23) == 1, "RES1 bits")
    _require(16 <= t0sz <= 33, "T0SZ")
    _require(ttbr & ~0xFFFFFFFFF000 == 0, "TTBR0_EL2 is an address alone")
    leaves = list(_walk(image, ttbr, 1 if t0sz >= 25 else 0, 0, False))
    _require(all(leaf.va + leaf.size <= 1 << 64 - t0sz for leaf in leaves), "leaf past the input size")
    return leaves


def first_tables(vtcr: int) -> int:
    """How many concatenated tables a stage 2 begins with."""
    level = {1: 1, 2: 0}[_take(vtcr, 7, 6)]
    return 1 << max(0, 64 - _take(vtcr, 5, 0) - (48 - 9 * level))


def stage2(image: Image, vtcr: int, vttbr: int) -> list[Leaf]:
    """Every leaf of a stage 2, concatenated first tables included (D8.2.2)."""
    bits = 64 - _take(vtcr, 5, 0)
    level = {1: 1, 2: 0}[_take(vtcr, 7, 6)]
    _require(_take(vtcr, 15, 14) == 0, "granule is 4 KiB")
    _require(_take(vtcr, 13, 8) == 0b110101, "walks are write-back and inner shareable")
    _require(_take(vtcr, 31, 31) == 1, "RES1 bit")
    own = 48 - 9 * level
    _require(bits <= own + 4, "more than 16 concatenated tables")
    _require(bits <= {0: 32, 1: 36, 2: 40, 3: 42, 4: 44, 5: 48}[_take(vtcr, 18, 16)], "IPA larger than PS")
    count = first_tables(vtcr)
    root = vttbr & 0xFFFFFFFFFFFF
    _require(root % (4096 * count) == 0, "concatenated tables are not aligned")
    leaves = [leaf for i in range(count) for leaf in _walk(image, root + 4096 * i, level, i << own, True)]
    _require(all(leaf.va + leaf.size <= 1 << bits for leaf in leaves), "leaf past the input size")
    return leaves


def regions(leaves: list[Leaf]) -> list[Region]:
    """Leaves joined where address, rights and memory type go on."""
    joined: list[Region] = []
    for leaf in sorted(leaves):
        last = joined[-1] if joined else None
        if last and (last.va + last.size, last.pa + last.size, last.rights, last.memory) == (
                leaf.va, leaf.pa, leaf.rights, leaf.memory):
            joined[-1] = Region(last.va, last.pa, last.size + leaf.size, last.rights, last.memory)
        else:
            joined.append(Region(leaf.va, leaf.pa, leaf.size, leaf.rights, leaf.memory))
    return joined


def report(path: Path) -> str:
    """What every view of a linked image maps, for people."""
    image = Image(path)
    found = roots(image)
    views = {"EL2 boot": el2(image, found.tcr, found.boot_ttbr)}
    for index, vm in enumerate(found.vms):
        views[f"EL2 vm{index} loader"] = el2(image, found.tcr, vm.loader_ttbr)
        views[f"EL2 vm{index} run"] = el2(image, found.tcr, vm.run_ttbr)
        views[f"stage 2 of vm{index}, VMID {vm.vttbr >> 48}"] = stage2(image, vm.vtcr, vm.vttbr)
    text = ""
    for name, leaves in views.items():
        text += f"{name}\n"
        for region in regions(leaves):
            text += f"  {region.va:#014x}..{region.va + region.size - 1:#014x} -> {region.pa:#014x} "
            text += f"{region.rights:3} {region.memory}\n"
    return text


if __name__ == "__main__":
    print(report(Path(sys.argv[1])), end="")
