# SPDX-License-Identifier: Apache-2.0
"""The layout of the image: slots at addresses that are fixed before anything is compiled, so that
translation tables are plain numbers. The linker script checks that each section fits its slot.

The sizes are defined here alone, except for the stacks': arch/arm64/stack.h has them too, and
tables.c compares the two. The slots are, in this order:

- text, constants, translation tables, shared pages;
- the private pages and stacks of each VM, and with direct interrupts its live stage-2 root, aligned
  to its size;
- the boot stack;
- the payload of each VM, then the files that are payload of several VMs, each held once.
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
SHARED_SIZE = 8 * KIB  # .shared: writable in every view, besides the shared pages of each VM
EMERGENCY_STACK_SIZE = 4 * KIB  # EL2 reports the overflow of another stack on it
STACK_SIZE = 8 * KIB
BOOT_STACK_SIZE = 8 * KIB

# How the EL2 views map a slot. No view maps a GUARD.
TEXT = "r-x"
CONSTANT = "r--"
WRITABLE = "rw-"
GUARD = "---"


def pages(size: int) -> int:
    """`size` rounded up to whole pages."""
    return align_up(size, PAGE)


def device_count(vm: SystemVm) -> int:
    """The number of a VM's devices, emulated and passed-through."""
    return len(vm.emulated) + len(vm.passed)


def constants_size(system: System) -> int:
    """Bytes for the core's constants and strings and for the generated tables, with room to spare.
    Rounded up so that the translation tables behind them start at a multiple of 64 KiB: up to 16
    concatenated tables need that alignment (DDI 0487, D8.2.2)."""
    size = 56 * KIB
    for vm in system.vms:
        size += KIB + 128 * len(vm.affinity) + 64 * len(vm.payloads) + 256 * device_count(vm)
    return align_up(size, TABLES_ALIGNMENT)


def state_size(vm: SystemVm) -> int:
    """Bytes for the private state of a VM, with room to spare: struct vm, its vCPUs, its SPI banks
    and its devices."""
    return pages(2 * KIB + 320 * banks(vm) + KIB * len(vm.affinity)
                 + sum(align_up(EMULATED[device.kind].state, 64) for device in vm.emulated))


def vm_shared_size(vm: SystemVm) -> int:
    """Bytes of a VM's state that every view may write: struct vm_shared, its console and reports,
    and one vcpu_shared per vCPU."""
    return pages(10 * KIB + 320 * len(vm.affinity))


@dataclass(frozen=True)
class Slot:
    """A part of the image. `vm`: the number of the VM if only the views of one VM map the slot. If
    it is None, gen/image/el2_views.py says which views do."""

    name: str
    base: int
    size: int
    access: str
    vm: int | None = None

    @property
    def end(self) -> int:
        """First address after the slot."""
        return self.base + self.size


@dataclass(frozen=True)
class Part:
    """The bytes that the image holds of a file: `size` bytes from `offset`. `real` is the resolved
    path. Two parts are equal if they are the same bytes of the same file, even if `path` differs.
    """

    path: Path = field(compare=False)
    real: str
    offset: int
    size: int


@dataclass
class Layout:
    """The slots of the image by name, in the order of addresses. `private[vm]`: the slots of one VM
    alone. `shared_end`: the end of the shared pages, which are contiguous. `sources[vm][i]`: the
    address of payload i of a VM (0 if it is empty). `payloads[vm]`: the slots that hold the VM's
    payload. `files`: for each slot of payload, the address of each part in it."""

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
        """Append a slot."""
        slot = Slot(name, self.end, size, access, vm)
        self.slots[name] = slot
        if vm is not None:
            self.private.setdefault(vm, []).append(slot)
        self.end = slot.end
        return slot

    def top(self, name: str) -> int:
        """The initial stack pointer of the stack slot `name`."""
        return self.slots[name].end

    def disk(self, vm: SystemVm, disk: Disk) -> Range:
        """The memory of a disk: its own, or its payload in the image."""
        if disk.pa is not None:
            return Range(disk.pa, disk.size)
        number = next(i for i, payload in enumerate(vm.payloads) if payload is disk.payload)
        return Range(self.sources[vm.index][number], disk.size)

    def stack(self, vm: int, vcpu: int) -> int:
        """The initial stack pointer of the pCPU of a vCPU."""
        return self.top(f"vm{vm}.stack{vcpu}")


def plan_layout(system: System, tables: int, parts: list[list[Part]]) -> Layout:
    """Plan the slots of the image. `tables`: the number of translation tables. `parts[vm][i]`:
    payload i of a VM."""
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
    """Append the payload: for each VM a slot for the files that only this VM has, and then a slot
    for each file that several VMs have."""
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
    """Append a slot of files and record their addresses. Each file begins a page."""
    slot = layout.add(name, sum(pages(part.size) for part in files), CONSTANT, vm)
    at = slot.base
    for part in files:
        places[part] = at
        at += pages(part.size)
    layout.files[name] = {part: places[part] for part in files}
    return slot
