# SPDX-License-Identifier: Apache-2.0
"""The image's slots: order, alignment, guards, sizes."""

from __future__ import annotations

from pathlib import Path

import systems
from gen.decide.vm_interrupts import banks
from gen.image.layout import GUARD, Layout, Part, constants_size, plan_layout, state_size, vm_shared_size
from gen.model import Interrupt, System
from gen.units import PAGE


def two_vms() -> System:
    """Three vCPUs in two VMs."""
    board = systems.platform()
    vms = [
        systems.vm(0, [2, 0], [systems.ram(0x40000000, 0x50000000, 1 << 26)]),
        systems.vm(1, [1], [systems.ram(0x40000000, 0x60000000, 1 << 26)]),
    ]
    return systems.system(board, vms)


def part(name: str, size: int) -> Part:
    """The first bytes of a file."""
    return Part(Path(name), name, 0, size)


def layout() -> Layout:
    """Slots of the above with payloads of odd sizes."""
    return plan_layout(two_vms(), 7, [[part("a", 5000), part("b", 1)], [part("c", 4096)]])


def test_order_and_alignment() -> None:
    """No gap, no overlap, whole pages, in the order that the architecture document gives."""
    made = layout()
    slots = list(made.slots.values())
    assert slots[0].base == made.start and slots[-1].end == made.end
    assert all(a.end == b.base for a, b in zip(slots, slots[1:]))
    assert all(slot.base % PAGE == 0 and slot.size % PAGE == 0 and slot.size for slot in slots)
    names = [name for name in made.slots if "stack" not in name and "guard" not in name and "emergency" not in name]
    assert names == [
        "text", "constants", "tables", "shared", "vm0.shared", "vm1.shared", "vm0.state", "vm1.state", "vm0.payload",
        "vm1.payload",
    ]


def test_every_stack_stands_on_a_guard() -> None:
    """Stacks grow downwards: below each is a page that nothing maps."""
    made = layout()
    before = dict(zip(list(made.slots)[1:], made.slots.values()))
    stacks = [name for name in made.slots if "stack" in name or "emergency" in name]
    assert len(stacks) == 2 * 3 + 1
    assert all(before[name].access == GUARD for name in stacks)
    assert made.stack(0, 1) == made.slots["vm0.stack1"].end
    assert made.slots["vm0.stack0"].size == 8192 and made.slots["vm0.emergency0"].size == 4096
    # The stack of a vCPU, a guard page, its emergency stack: the core finds the one from the other.
    assert made.stack(0, 0) - 8192 - 4096 == made.slots["vm0.emergency0"].end


def test_payloads_begin_at_pages() -> None:
    """Each file starts a page of its own VM's slot."""
    made = layout()
    first = made.slots["vm0.payload"].base
    assert made.sources == [[first, first + 8192], [first + 12288]]
    assert [[slot.name for slot in slots] for slots in made.payloads] == [["vm0.payload"], ["vm1.payload"]]


def test_a_file_of_several_vms_is_held_once() -> None:
    """Behind what each has alone, by whatever path it was named; other bytes of it are another
    thing."""
    kernel, other = part("kernel", 5000), Part(Path("./kernel"), "kernel", 0, 5000)
    less = part("kernel", 4999)
    made = plan_layout(two_vms(), 7, [[kernel, part("a", 1), part("empty", 0)], [less, other, part("empty", 0), other]])
    assert [name for name in made.slots if "payload" in name] == ["vm0.payload", "vm1.payload", "payload0"]
    own, more, shared = (made.slots[name] for name in ("vm0.payload", "vm1.payload", "payload0"))
    assert (own.size, more.size, shared.size) == (4096, 8192, 8192)
    assert made.sources == [[shared.base, own.base, 0], [more.base, shared.base, 0, shared.base]]
    assert made.payloads == [[own, shared], [more, shared]]
    assert made.files["payload0"] == {kernel: shared.base}


def test_sizes_grow_with_the_description() -> None:
    """The formulas of layout.py."""
    system = two_vms()
    vm = system.vms[0]
    assert banks(vm) == 2
    assert state_size(vm) == 8192  # 2 KiB, 2 banks, 2 vCPUs, a device: over a page
    assert vm_shared_size(vm) == 12288
    vm.emulated[0].irq = Interrupt(1019 // 32 * 32 - 1)
    assert banks(vm) == 31
    vm.emulated.clear()
    assert banks(vm) == 1
    vm.affinity = list(range(16))
    assert vm_shared_size(vm) == 16384 and state_size(vm) == 20480


def test_tables_begin_where_concatenated_ones_can() -> None:
    """Sixteen concatenated tables need 64 KiB of alignment."""
    for vms in (1, 7, 40):
        system = two_vms()
        system.vms = [systems.vm(i, [0], [systems.ram(0x40000000, 0x50000000, 1 << 26)]) for i in range(vms)]
        assert constants_size(system) % 65536 == 0
        assert plan_layout(system, 1, [[part("a", 1)]] * vms).slots["tables"].base % 65536 == 0
