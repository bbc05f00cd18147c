# SPDX-License-Identifier: Apache-2.0
"""The image in memory: fixed slots, each at an address known before anything is compiled, so that translation tables
are plain numbers. The linker script checks that each section fits its slot.

This file is the one place for the sizes (the stacks' are in arch/arm64/stack.h as well, which tables.c compares); the
order is text, constants, translation tables, shared pages, the private pages and stacks of each VM (its live stage-2
root, aligned to its size, where its interrupts are direct), the boot stack, the payload of each VM, and the files that
are payload of several VMs, which the image holds once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ..decide.interrupt_mode import VIRTUAL
from ..decide.vm_interrupts import banks
from ..facts.emulated_devices import EMULATED
from ..model import Disk, Range, System, SystemVm
from ..units import KIB, PAGE, align_up
from .stage2 import root_entries, stage2

TEXT_SIZE = 128 * KIB  # all code, vectors included
TABLES_ALIGNMENT = 64 * KIB
SHARED_SIZE = 8 * KIB  # .shared: what every view may write besides the pages per VM
EMERGENCY_STACK_SIZE = 4 * KIB  # runs the report when a stack has overflowed into its guard page
STACK_SIZE = 8 * KIB
BOOT_STACK_SIZE = 8 * KIB

# Access of a slot, as the EL2 views map it. GUARD is mapped by none.
TEXT = "r-x"
CONSTANT = "r--"
WRITABLE = "rw-"
GUARD = "---"


def pages(size: int) -> int:
    """`size` rounded up to whole pages."""
    return align_up(size, PAGE)


def device_count(vm: SystemVm) -> int:
    """Devices of a VM, both kinds."""
    return len(vm.emulated) + len(vm.passed)


def constants_size(system: System) -> int:
    """C constants and strings of the core, and the generated tables: all generous, and rounded so that the translation
    tables behind start at a multiple of 64 KiB, as up to 16 concatenated ones need (DDI 0487, D8.2.2)."""
    size = 56 * KIB
    for vm in system.vms:
        size += KIB + 128 * len(vm.affinity) + 64 * len(vm.payloads) + 256 * device_count(vm)
    return align_up(size, TABLES_ALIGNMENT)


def state_size(vm: SystemVm) -> int:
    """Private state of a VM: struct vm, its vCPUs, its SPI banks and its devices, all generous."""
    return pages(2 * KIB + 320 * banks(vm) + KIB * len(vm.affinity)
                 + sum(align_up(EMULATED[device.kind].state, 64) for device in vm.emulated))


def vm_shared_size(vm: SystemVm) -> int:
    """What every view may write of a VM: struct vm_shared, its console and reports, and one vcpu_shared per vCPU."""
    return pages(10 * KIB + 320 * len(vm.affinity))


@dataclass(frozen=True)
class Slot:
    """A part of the image. `vm` is the number of the VM whose views alone map it; None: see gen/image/el2_views.py."""

    name: str
    base: int
    size: int
    access: str
    vm: int | None = None

    @property
    def end(self) -> int:
        """First address past the slot."""
        return self.base + self.size


@dataclass(frozen=True)
class Part:
    """What the image holds of a file: `size` bytes from `offset`. Two of them are the same if they are of the same
    file, `real`, by whatever `path` it was named."""

    path: Path = field(compare=False)
    real: str
    offset: int
    size: int


@dataclass
class Layout:
    """Every slot by name, in the order of addresses. `private[vm]` are those of a VM alone; `shared_end` is the end of
    the shared pages, which follow each other; `sources[vm][i]` is where payload i of a VM lies (0 if it is empty),
    `payloads[vm]` are the slots that hold any of them, and `files` what lies where in each slot of payload."""

    start: int
    slots: dict[str, Slot] = field(default_factory=dict)
    private: dict[int, list[Slot]] = field(default_factory=dict)
    shared_end: int = 0
    sources: list[list[int]] = field(default_factory=list)
    payloads: list[list[Slot]] = field(default_factory=list)
    files: dict[str, dict[Part, int]] = field(default_factory=dict)
    end: int = 0

    def __post_init__(self) -> None:
        self.end = self.start

    @property
    def image(self) -> Range:
        """The whole image."""
        return Range(self.start, self.end - self.start)

    def add(self, name: str, size: int, access: str, vm: int | None = None) -> Slot:
        """Appends a slot."""
        slot = Slot(name, self.end, size, access, vm)
        self.slots[name] = slot
        if vm is not None:
            self.private.setdefault(vm, []).append(slot)
        self.end = slot.end
        return slot

    def top(self, name: str) -> int:
        """Initial stack pointer of the stack slot `name`."""
        return self.slots[name].end

    def disk(self, vm: SystemVm, disk: Disk) -> Range:
        """The memory of a disk: its own, or its payload."""
        if disk.pa is not None:
            return Range(disk.pa, disk.size)
        number = next(i for i, payload in enumerate(vm.payloads) if payload is disk.payload)
        return Range(self.sources[vm.index][number], disk.size)

    def stack(self, vm: int, vcpu: int) -> int:
        """Initial stack pointer of a vCPU's pCPU."""
        return self.top(f"vm{vm}.stack{vcpu}")


def plan_layout(system: System, tables: int, parts: list[list[Part]]) -> Layout:
    """Slots of the image for `tables` translation tables; `parts[vm][i]` is payload i of a VM."""
    assert system.platform.hypervisor is not None
    layout = Layout(system.platform.hypervisor.range.base)
    layout.add("text", TEXT_SIZE, TEXT)
    layout.add("constants", constants_size(system), CONSTANT)
    layout.add("tables", tables * PAGE, CONSTANT)
    layout.add("shared", SHARED_SIZE, WRITABLE)
    for vm in system.vms:
        layout.add(f"vm{vm.index}.shared", vm_shared_size(vm), WRITABLE)
    layout.shared_end = layout.end
    for vm in system.vms:
        layout.add(f"vm{vm.index}.state", state_size(vm), WRITABLE, vm.index)
        if vm.interrupt_mode != VIRTUAL:
            size = 8 * root_entries(stage2(system, vm))
            if layout.end % size:
                layout.add(f"vm{vm.index}.guard", align_up(layout.end, size) - layout.end, GUARD, vm.index)
            layout.add(f"vm{vm.index}.root", size, WRITABLE, vm.index)
        for vcpu in range(len(vm.affinity)):
            layout.add(f"vm{vm.index}.guard{vcpu}a", PAGE, GUARD, vm.index)
            layout.add(f"vm{vm.index}.emergency{vcpu}", EMERGENCY_STACK_SIZE, WRITABLE, vm.index)
            layout.add(f"vm{vm.index}.guard{vcpu}b", PAGE, GUARD, vm.index)
            layout.add(f"vm{vm.index}.stack{vcpu}", STACK_SIZE, WRITABLE, vm.index)
    layout.add("boot.guard", PAGE, GUARD)
    layout.add("boot.stack", BOOT_STACK_SIZE, WRITABLE)
    _add_payload(layout, parts)
    return layout


def _add_payload(layout: Layout, parts: list[list[Part]]) -> None:
    """Appends the payload: a slot for what each VM has alone, and one for each file that several have."""
    held = [[part for part in dict.fromkeys(own) if part.size] for own in parts]
    takers = Counter(part for own in held for part in own)
    places: dict[Part, int] = {}
    for vm, own in enumerate(held):
        alone = [part for part in own if takers[part] == 1]
        layout.payloads.append([_add_files(layout, f"vm{vm}.payload", alone, places, vm)])
    for number, part in enumerate(part for part, vms in takers.items() if vms > 1):
        slot = _add_files(layout, f"payload{number}", [part], places)
        for vm, own in enumerate(held):
            if part in own:
                layout.payloads[vm].append(slot)
    layout.sources = [[places.get(part, 0) for part in own] for own in parts]


def _add_files(layout: Layout, name: str, files: list[Part], places: dict[Part, int], vm: int | None = None) -> Slot:
    """Appends a slot of files, each of which begins a page, and notes their places."""
    slot = layout.add(name, sum(pages(part.size) for part in files), CONSTANT, vm)
    at = slot.base
    for part in files:
        places[part] = at
        at += pages(part.size)
    layout.files[name] = {part: places[part] for part in files}
    return slot
