# SPDX-License-Identifier: Apache-2.0
"""Numbers of the C tables: affinities, masks, redistributors, payloads, strings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import systems
from gen.decide import vm_interrupts
from gen.facts.passthrough import whole_pages
from gen.facts.vm_gic import redistributor
from gen.image import c_tables, plan, qemu_args
from gen.model import ConsoleOptions, Disk, Interrupt, Payload, Range, RegisterWrite, System, subtract
from gen.read.findings import Findings
from gen.render.jinja import c_string
from gen.show import system_json


def planned(system: System, tmp_path: Path) -> plan.Planned:
    """Layout and plan of a system."""
    trees = {f"{vm.name}.dtb": b"dtb" for vm in system.vms}
    result = plan.planned(system, tmp_path, trees, Findings())
    assert result
    return result


def two_regions() -> System:
    """One VM whose RAM is in two pieces, with its device tree in the second one."""
    board = systems.platform()
    ram = [systems.ram(0x40000000, 0x60000000, 1 << 26), systems.ram(0x80000000, 0x50000000, 1 << 26)]
    return systems.system(board, [systems.vm(0, [3, 1], ram, passed=[systems.passed(board, "rtc")])])


@pytest.mark.parametrize("mpidr, value", [
    (0x0, 0x1), (0x3, 0x8), (0xF, 0x8000), (0x10, 0x0000100000000001), (0x102, 0x10004), (0x020100, 0x0000000200010001),
    (0x3800000000 | 0xFF, 0x0038F00000008000),
])
def test_kick(mpidr: int, value: int) -> None:
    """ICC_SGI1R_EL1: target list, Aff1, Aff2, RS, Aff3, each at its place."""
    assert c_tables.kick(mpidr) == 15 << 24 | value


def test_interrupt_masks() -> None:
    """Timers, PMU and passed-through SPIs are hardware, emulated devices software; nothing is
    both."""
    system = two_regions()
    hardware, software = vm_interrupts.interrupt_masks(system, system.vms[0])
    assert hardware == [1 << 23 | 1 << 27 | 1 << 30, 1 << 2] and software == [0, 1 << 1]
    system.platform.pmu = None
    system.vms[0].emulated[0].irq = Interrupt(95)
    hardware, software = vm_interrupts.interrupt_masks(system, system.vms[0])
    assert hardware == [1 << 27 | 1 << 30, 1 << 2, 0] and software == [0, 0, 1 << 31]


def test_images_of_disks(tmp_path: Path) -> None:
    """A disk's image is copied to the disk, a read-only one stays where it is, an empty one is
    zeroed; `once` where it persists."""
    system = two_regions()
    vm = system.vms[0]
    image = [Payload("disk", Path("disk.img"), 0, 1024, 1024, 0) for _ in range(2)]
    vm.payloads += image
    disks = [Disk(1024, 0x70000000, image[0], True, "a"), Disk(1024, None, image[1], False, "b"),
             Disk(512, 0x70001000, None, False, "c")]
    vm.emulated += [systems.disk(0x0A000000 + i * 0x1000, 48 + i, f"disk{i}", disk) for i, disk in enumerate(disks)]
    made = planned(system, tmp_path)
    rows = c_tables.image_rows(made, vm)[1:]
    source = made.layout.sources[0]
    assert [(row["source"], row["target"], row["file_size"], row["memory_size"], row["once"]) for row in rows] == [
        (source[1], 0x70000000, 1024, 1024, True), (source[2], None, 1024, 1024, False), (0, 0x70001000, 0, 512, False)]
    row = c_tables.vm_context(made, vm)
    assert [image["target"] for image in row["loaded"]][1:] == [0x70000000, 0x70001000]
    assert [device["disk"]["base"] for device in row["emulated"][1:]] == [0x70000000, source[2], 0x70001000]


def test_redistributors_by_region_and_stride() -> None:
    """Regions are filled one after the other, in the order of the platform's CPUs."""
    board = systems.platform()
    assert board.gic is not None
    board.gic.redistributors = [Range(0x1000000, 0x80000), Range(0x2000000, 0x100000)]
    board.gic.stride = 0x40000
    assert [redistributor(board, cpu).base for cpu in range(4)] == [0x1000000, 0x1040000, 0x2000000, 0x2040000]
    with pytest.raises(ValueError):
        redistributor(board, 6)


def test_payloads_go_to_physical_addresses(tmp_path: Path) -> None:
    """The loader writes RAM by physical address, which is not the IPA."""
    system = two_regions()
    row = c_tables.vm_context(planned(system, tmp_path), system.vms[0])
    assert row["dtb"] == 0x83FF0000
    assert [image["target"] for image in row["images"]] == [0x53FF0000]
    assert [image["file_size"] for image in row["images"]] == [3]


def test_vcpus(tmp_path: Path) -> None:
    """Each vCPU has its pCPU's affinity, SGI and redistributor; the guest reads MPIDR with its RES1
    bit."""
    system = two_regions()
    made = planned(system, tmp_path)
    rows = c_tables.vm_context(made, system.vms[0])["vcpus"]
    assert [row["pcpu"] for row in rows] == [3, 1] and [row["mpidr"] for row in rows] == [3, 1]
    assert [row["kick"] for row in rows] == [15 << 24 | 8, 15 << 24 | 2]
    assert [row["vmpidr"] for row in rows] == [0x80000000, 0x80000001]
    assert [row["gicr"] for row in rows] == [0x08100000, 0x080C0000]
    assert [row["stack"] for row in rows] == [made.layout.slots[f"vm0.stack{i}"].end for i in range(2)]


def test_uart_interrupt_goes_to_the_boot_cpu(tmp_path: Path) -> None:
    """Where a VM has it; otherwise to the first vCPU of all."""
    system = two_regions()
    made = planned(system, tmp_path)
    assert c_tables.context(made)["uart"]["pcpu"] == 3
    system.platform.boot_cpu = 1
    assert (c_tables.context(made)["uart"]["pcpu"], c_tables.context(made)["uart"]["vcpu"]) == (1, 1)


def test_uart_interrupt_goes_where_the_description_says(tmp_path: Path) -> None:
    """`console: {pcpu: 3}`, and system.json tells."""
    system = two_regions()
    system.platform.boot_cpu = 1
    system.description.console = ConsoleOptions(systems.AT, pcpu=3)
    made = planned(system, tmp_path)
    assert (c_tables.context(made)["uart"]["pcpu"], c_tables.context(made)["uart"]["vcpu"]) == (3, 0)
    assert json.loads(system_json.as_json(made))["uart"] == {"pcpu": 3, "why": "given in the description", "vm": None}


def test_qemu_gets_the_cpus_it_needs() -> None:
    """The highest pCPU that is used, or the boot CPU."""
    system = two_regions()
    arguments = qemu_args.arguments(system).splitlines()
    assert arguments[arguments.index("-smp") + 1] == "4" and arguments[arguments.index("-m") + 1] == "1024M"
    system.platform.boot_cpu = 6
    assert "7" in qemu_args.arguments(system).splitlines()
    assert system.platform.qemu and "-serial" not in qemu_args.arguments(system).splitlines()
    system.platform.qemu.serial = 2
    system.platform.qemu.arguments += ["-smp", "3", "-m", "2G"]
    lines = qemu_args.arguments(system).splitlines()
    assert lines.count("-smp") == lines.count("-m") == 1 and lines[-4:] == ["-serial", "null"] * 2
    system.platform.qemu = None
    assert qemu_args.arguments(system) == ""


def test_ranges() -> None:
    """Helpers of the views."""
    assert whole_pages(Range(0x1234, 0x1000)) == Range(0x1000, 0x2000)
    area = Range(0x1000, 0x9000)
    assert subtract(area, []) == [area]
    assert subtract(area, [Range(0, 0x100000)]) == []
    assert subtract(area, [Range(0x3000, 0x1000), Range(0x3800, 0x1000), Range(0x9000, 0x5000)]) == [
        Range(0x1000, 0x2000), Range(0x4800, 0x4800),
    ]


def forwarded(*mmio: Range) -> System:
    """One VM with a device of these registers."""
    system = two_regions()
    system.vms[0].passed[0].device.mmio = list(mmio)
    return system


@pytest.mark.parametrize("mmio, mapped, trapped", [
    (Range(0x5000, 0x2000), [Range(0x5000, 0x2000)], []),
    (Range(0x5200, 0x200), [], [Range(0x5200, 0x200)]),
    (Range(0x5000, 0x200), [], [Range(0x5000, 0x200)]),
    (Range(0x5E00, 0x200), [], [Range(0x5E00, 0x200)]),
    (Range(0x5FF8, 0x10), [], [Range(0x5FF8, 8), Range(0x6000, 8)]),
    (Range(0x5008, 0x3000), [Range(0x6000, 0x2000)], [Range(0x5008, 0xFF8), Range(0x8000, 8)]),
    (Range(0x5000, 0x1008), [Range(0x5000, 0x1000)], [Range(0x6000, 8)]),
])
def test_registers_of_less_than_a_page_are_forwarded(mmio: Range, mapped: list[Range], trapped: list[Range],
                                                     tmp_path: Path) -> None:
    """Whole pages are the guest's own; the rest are emulated regions, not one byte larger than the
    device."""
    system = forwarded(mmio)
    made = planned(system, tmp_path)
    pages = [Range(m.va, m.size) for m in made.views["vm0 stage 2"].mappings if m.device]
    rows = [row for row in c_tables.vm_context(made, system.vms[0])["mmio"] if row["c"] == "passthrough"]
    assert pages == mapped
    assert [Range(row["base"], row["size"]) for row in rows] == trapped
    assert [row["device"] for row in rows] == [f"(const void *){area.base:#x}" for area in trapped]


def test_quiesce_writes(tmp_path: Path) -> None:
    """By physical address, in order; a VM whose DMA nothing ends has one life."""
    system = forwarded(Range(0x5000, 0x1000), Range(0x7200, 0x100))
    device = system.vms[0].passed[0].device
    device.dma = True
    made = c_tables.vm_context(planned(system, tmp_path), system.vms[0])
    assert (made["quiesce"], made["one_life"]) == ([], "true")
    device.quiesce = [RegisterWrite(systems.AT, region=1, offset=0x70, size=4, value=1),
                      RegisterWrite(systems.AT, region=0, offset=0x8, size=8, value=2)]
    made = c_tables.vm_context(planned(system, tmp_path), system.vms[0])
    assert (made["quiesce"], made["one_life"]) == ([(0x7270, 4, 1), (0x5008, 8, 2)], "false")


def test_strings() -> None:
    """No text breaks out of its quotes, and no escape swallows the digit behind it."""
    assert c_string('a"b\\c\n1\u00e9') == '"a\\"b\\\\c\\0121\\303\\251"'


def test_lives_and_watchdog(tmp_path: Path) -> None:
    """The policy as numbers; EL2's timer is that of vCPU 0 of a VM with a watchdog, and of the pCPU
    that takes the UART's interrupt, here pCPU 0."""
    board = systems.platform()
    system = systems.system(board, [
        systems.vm(0, [1, 0], [systems.ram(0x40000000, 0x50000000, 1 << 26)],
                   emulated=[systems.console(), systems.watchdog()]),
        systems.vm(1, [2, 3], [systems.ram(0x40000000, 0x60000000, 1 << 26)]),
    ])
    first, second = (c_tables.vm_context(planned(system, tmp_path), vm) for vm in system.vms)
    assert [vcpu["timer"] for vcpu in first["vcpus"] + second["vcpus"]] == ["true", "true", "false", "false"]
    source = system.vms[0].source
    assert c_tables.restart_limit(source) == "0"
    source.on_crash = "restart"
    assert c_tables.restart_limit(source) == "VM_RESTARTS_UNLIMITED"
    source.restart_limit = 3
    assert c_tables.restart_limit(source) == "3"
