# SPDX-License-Identifier: Apache-2.0
"""What a VM starts, and where in its RAM it goes: kernel, initrd, device tree, ELF segments, flat
binary.

A Linux Image goes to the start of the first memory region plus its text_offset. The device tree
goes near the end of that region, at a multiple of 2 MiB. The initrd goes right below the tree
(Linux, Documentation/arm64/booting.rst).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..model import BOOT_IMAGES, Memory, Payload, Position, Range, Vm
from ..read.findings import Findings
from ..units import GIB, KIB, MIB, PAGE, align_down, align_up, show_size
from . import images

DTB_ROOM = 2 * MIB  # the largest tree that Linux accepts
SMALL_DTB_ROOM = 64 * KIB  # if RAM has no room for 2 MiB


@dataclass
class BootPlan:
    """The address of everything that a VM starts. `entry` is the IPA of the first instruction;
    `dtb` and `initrd` are IPAs. `inputs`: the files that the plan depends on."""

    payloads: list[Payload] = field(default_factory=list)
    entry: int = 0
    dtb: int = 0
    initrd: Range | None = None
    inputs: list[Path] = field(default_factory=list)


def plan_boot(vm: Vm, findings: Findings, images_needed: bool = True) -> BootPlan:
    """Choose the addresses of a VM's images. Use the plan only if no error was added to the
    findings. Without `images_needed`, a missing image is a warning and the plan leaves it out; such
    a plan is good for the device tree alone."""
    planner = _Planner(vm, findings, images_needed)
    planner.plan()
    return planner.result


class _Planner:
    def __init__(self, vm: Vm, findings: Findings, images_needed: bool) -> None:
        assert vm.boot and vm.dtb
        self.images_needed = images_needed
        self.vm = vm
        self.boot = vm.boot
        self.options = vm.dtb
        self.findings = findings
        self.result = BootPlan()
        # If a memory region is missing, nobody can say which addresses are inside RAM.
        self.ram = [] if "memory" in vm.spoiled else vm.memory
        self.first = Range(self.ram[0].ipa, self.ram[0].size) if self.ram else Range(0, 0)

    def plan(self) -> None:
        """Place the main image, then the device tree, then the initrd."""
        if "boot" in self.vm.spoiled:
            return
        given = [key for key in BOOT_IMAGES if getattr(self.boot, key)]
        if len(given) > 1 or self.images_needed and not given and not self.boot.spoiled.intersection(BOOT_IMAGES):
            written = f"has both {' and '.join(given)}" if given else "has none of kernel, binary and elf"
            self._error("P055", self.boot.at, f"boot {written}", "name exactly one image to start")
        for key in ("load", "entry"):
            if getattr(self.boot, key) is not None and not self.boot.binary and "binary" not in self.boot.spoiled:
                self._error("P048", self.boot.where(key), f"boot {key} has no meaning without 'binary'",
                            "remove the key")
        if other := "".join(letter for letter in self.boot.cmdline if not letter.isascii())[:1]:
            self.findings.warning("P147", self.boot.where("cmdline"),
                                  f"vm '{self.vm.name}' boot cmdline contains non-ASCII '{other}'",
                                  cure="use ASCII only")
        placed = (self._image(given[0], getattr(self.boot, given[0])) if len(given) == 1
                  else not given and not self.images_needed)
        initrd_size = self._size("initrd", self.boot.initrd) if self.boot.initrd else 0
        if placed and self.ram and self._device_tree() and initrd_size and self.boot.initrd:
            self._initrd(self.boot.initrd, initrd_size)

    def _error(self, code: str, at: Position, message: str, cure: str = "", related: Position | None = None) -> None:
        self.findings.error(code, at, f"vm '{self.vm.name}' {message}", related, cure)

    def _size(self, key: str, path: Path) -> int:
        """Size of a file. 0, with a finding, if the file cannot be used."""
        self.result.inputs.append(path)
        try:
            return images.file_size(path)
        except images.ImageError as error:
            self._bad_image(key, error, "the device tree is made without linux,initrd-start and linux,initrd-end")
            return 0

    def _image(self, key: str, path: Path) -> bool:
        at = self.boot.where(key)
        before = self.findings.count_errors()
        try:
            self.result.inputs.append(path)
            {"kernel": self._kernel, "binary": self._binary, "elf": self._elf}[key](path, at)
        except images.ImageError as error:
            self._bad_image(key, error, "nothing in the device tree depends on it but where the initrd finds room")
        return self.findings.count_errors() == before

    def _bad_image(self, key: str, error: images.ImageError, consequence: str) -> None:
        if error.missing and not self.images_needed:
            self.findings.warning("P085", self.boot.where(key), f"vm '{self.vm.name}' {key}: {error.message}, and "
                                  f"{consequence}", cure="build or fetch it before you start the VM")
        else:
            self._error(error.code, self.boot.where(key), f"{key}: {error.message}", error.cure)

    def _kernel(self, path: Path, at: Position) -> None:
        header = images.linux_image(path)
        if not self.ram:
            return
        if self.first.base % (2 * MIB):
            memory = self.ram[0]
            self._error("P053", memory.where("ipa"),
                        f"memory begins at {self.first.base:#x}, but a Linux kernel needs a multiple of 2MiB",
                        f"use {align_up(self.first.base, 2 * MIB):#x}", at)
        base = align_up(self.first.base, 2 * MIB)
        self.result.entry = base + header.text_offset
        self._put("kernel", path, at, 0, images.file_size(path), header.image_size, self.result.entry,
                  self.ram[:1])

    def _binary(self, path: Path, at: Position) -> None:
        size = images.file_size(path)
        if "load" in self.boot.spoiled or (self.boot.load is None and not self.ram):
            return
        load = self.first.base if self.boot.load is None else self.boot.load
        place = at if self.boot.load is None else self.boot.where("load")
        self._put("binary", path, place, 0, size, size, load, self.ram)
        if "entry" in self.boot.spoiled:
            return
        self.result.entry = load if self.boot.entry is None else self.boot.entry
        where = self.boot.where("entry" if self.boot.entry is not None else "load")
        self._check_entry(where if self.boot.load is not None or self.boot.entry is not None else at,
                          [Range(load, size)])

    def _elf(self, path: Path, at: Position) -> None:
        elf = images.elf(path)
        for segment in elf.segments:
            self._put("elf segment", path, at, segment.offset, segment.file_size, segment.memory_size, segment.address,
                      self.ram)
        self.result.entry = elf.entry
        self._check_entry(at, [Range(segment.address, segment.memory_size) for segment in elf.segments])

    def _check_entry(self, at: Position, image: list[Range]) -> None:
        entry = self.result.entry
        if entry % 4:
            cure = "link it with another entry" if self.boot.elf else f"use {align_down(entry, 4):#x}"
            self._error("P057", at, f"entry {entry:#x} is not a multiple of 4", cure)
        elif not any(part.contains(Range(entry, 4)) for part in image):
            self._error("P057", at, f"entry {entry:#x} is not inside the image ({', '.join(map(str, image))})",
                        "link it with an entry inside" if self.boot.elf else f"use an address from {image[0].base:#x}")

    def _put(self, what: str, path: Path, at: Position, offset: int, file_size: int, memory_size: int, ipa: int,
             regions: list[Memory]) -> None:
        """Add a payload. Add findings if it is not inside one memory region or overlaps an earlier
        payload."""
        target = Range(ipa, memory_size)
        if regions and not any(Range(region.ipa, region.size).contains(target) for region in regions):
            ram = ", ".join(str(Range(region.ipa, region.size)) for region in regions)
            self._error("P052", at, f"{what} needs {target}, which is not inside RAM ({ram})",
                        self._more(target, regions), regions[0].at)
        for other in self.result.payloads:
            if target.overlaps(Range(other.ipa, other.memory_size)):
                self._error("P056", at, f"{what} at {target} overlaps the {other.what} at "
                            f"{Range(other.ipa, other.memory_size)}", "link or load them apart")
        self.result.payloads.append(Payload(what, path, offset, file_size, memory_size, ipa))

    def _more(self, target: Range, regions: list[Memory]) -> str:
        region = next((region for region in regions if region.ipa <= target.base < region.ipa + region.size), None)
        if region is None:
            if self.boot.elf:
                return (f"give the VM RAM at {align_down(target.base, 2 * MIB):#x}, or link the image for addresses "
                        f"from {regions[0].ipa:#x}")
            return f"load it at or above {regions[0].ipa:#x}"
        return f"give the VM {show_size(align_up(target.end - region.ipa + DTB_ROOM, 2 * MIB))} or more there"

    def _device_tree(self) -> bool:
        if "dtb" in self.vm.spoiled or "address" in self.options.spoiled:
            return False
        if self.options.address is not None:
            ipa, room = self.options.address, self._room_at(self.options.address)
        else:
            ipa, room = self._room_for_tree()
            if not room:
                self._error("P052", self.ram[0].where("size"),
                            f"memory {self.first} has no room for the device tree beside the images",
                            f"give the VM {show_size(align_up(self.first.size + DTB_ROOM, 2 * MIB))} or more")
        if not room:
            return False
        self.result.dtb = ipa
        self.result.payloads.append(Payload("dtb", Path(f"{self.vm.name}.dtb"), 0, 0, room, ipa))
        return True

    def _room_for_tree(self) -> tuple[int, int]:
        for room in (DTB_ROOM, SMALL_DTB_ROOM):
            ipa = self._below(room, room, self.first.end)
            if ipa is not None:
                return ipa, room
        return 0, 0

    def _room_at(self, ipa: int) -> int:
        """Bytes for a device tree at the address that the description gives. 0, with a finding, if
        a tree cannot go there."""
        at = self.options.where("address")
        region = next((p for p in self.ram if p.ipa <= ipa < p.ipa + p.size), None)
        if region is None:
            self._error("P059", at, f"dtb address {ipa:#x} is not inside RAM",
                        f"leave it out, or use an address inside {self.first}", self.ram[0].at)
            return 0
        end = region.ipa + region.size
        for payload in self.result.payloads:
            if payload.ipa <= ipa < payload.ipa + payload.memory_size:
                self._error("P056", at, f"dtb address {ipa:#x} is inside the {payload.what} at "
                            f"{Range(payload.ipa, payload.memory_size)}", "choose an address outside of it")
                return 0
            if payload.ipa > ipa:
                end = min(end, payload.ipa)
        if end - ipa < PAGE:
            self._error("P059", at, f"dtb address {ipa:#x} leaves only {end - ipa} bytes for the device tree",
                        "leave 64KiB or more")
            return 0
        return min(DTB_ROOM, end - ipa)

    def _initrd(self, path: Path, size: int) -> None:
        # Linux needs kernel and initrd within one aligned window of 32 GiB.
        window = align_down(self.first.base, 32 * GIB) + 32 * GIB
        ipa = self._below(size, PAGE, min(window, self.result.dtb) if self.options.address is None else window)
        if ipa is None:
            self._error("P052", self.boot.where("initrd"),
                        f"initrd of {show_size(size)} does not fit into memory {self.first} beside the other images",
                        f"give the VM {show_size(align_up(self.first.size + size, 2 * MIB))} or more",
                        self.ram[0].at)
            return
        self.result.initrd = Range(ipa, size)
        self.result.payloads.append(Payload("initrd", path, 0, size, size, ipa))

    def _below(self, size: int, alignment: int, limit: int) -> int | None:
        """The highest free address in the first memory region whose `size` bytes end at or below
        `limit`. None if there is none."""
        end = min(self.first.end, limit)
        while (ipa := align_down(end - size, alignment)) >= self.first.base:
            taken = [Range(payload.ipa, payload.memory_size) for payload in self.result.payloads]
            clash = [other.base for other in taken if other.overlaps(Range(ipa, size))]
            if not clash:
                return ipa
            end = min(clash)
        return None
