# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies: resolved systems of all shapes that the checks let through."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

import systems
from gen.model import (Device, Disk, Emulated, Interrupt, Passed, Payload, Platform, RamRegion, Range, Region,
                       RegisterWrite, System, SystemVm, Uart)

PAGE = 1 << 12
MIB2 = 1 << 21
GIB = 1 << 30
IMAGE = Path(__file__).resolve().parents[2] / "docs" / "reference.md"  # any file of 20 KiB or more


def up(value: int, granule: int) -> int:
    """`value` rounded up."""
    return -(-value // granule) * granule


@st.composite
def sizes(draw: st.DrawFn) -> tuple[int, int]:
    """A size, and the granule that physical and guest-physical address agree upon: pages only for
    what is small."""
    granule = draw(st.sampled_from([PAGE, MIB2, GIB]))
    whole = draw(st.integers(0 if granule > PAGE else 1, {PAGE: 1200, MIB2: 700, GIB: 2}[granule])) * granule
    edge = draw(st.integers(0, 3)) * PAGE
    return max(whole + edge, PAGE), granule


@st.composite
def pieces(draw: st.DrawFn, free: list[int], bits: int) -> list[RamRegion]:
    """RAM of one VM: `free[0]` is the lowest free physical address, and moves."""
    bases = (0x40000000, 1 << 32, 1 << 39, 1 << 42, 1 << 45)
    ipa = draw(st.sampled_from([base for base in bases if base + 64 * GIB <= 1 << max(bits, 37)]))
    made = []
    for _ in range(draw(st.integers(1, 3))):
        size, granule = draw(sizes())
        slip = draw(st.integers(0, 3)) * PAGE  # keeps both addresses off the granule, equally
        pa = up(free[0], granule) + draw(st.integers(0, 1)) * granule + slip
        ipa = up(ipa, granule) + draw(st.integers(0, 1)) * granule + slip
        made.append(systems.ram(ipa, pa, size))
        free[0], ipa = pa + size, ipa + size
    return made


def _devices(draw: st.DrawFn, board: Platform, index: int) -> list[Passed]:
    """Passed-through devices of one VM, some smaller than a page, some across pages, some with
    neighbours in one."""
    made = []
    for number in range(draw(st.integers(0, 2))):
        base = 0x0A000000 + (index * 2 + number) * 0x1000000 + draw(st.integers(0, 2)) * 0x200000
        base += draw(st.sampled_from([0, 8, 0x200, 0xff8]))
        size = draw(st.sampled_from([8, 0x200, 0x1000, 0x1200, 0x3000, 0x200000]))
        mmio = [Range(base, size)]
        # neighbours in a page that every device of every VM may share, or beside the UART
        shared = draw(st.sampled_from([0x09000800, 0x09100000, None]))
        if shared is not None:
            mmio.append(Range(shared + (index * 2 + number) * 0x100, 0x100))
        quiesce = [RegisterWrite(systems.AT, region=region, offset=draw(st.sampled_from([0, mmio[region].size - 8])))
                   for region in draw(st.lists(st.integers(0, len(mmio) - 1), max_size=2))]
        name = f"device{index}-{number}"
        irqs = [Interrupt(draw(st.integers(40, 250)))]
        board.devices[name] = Device(systems.AT, name=name, mmio=mmio, irqs=irqs, compatible=["vendor,some"],
                                     quiesce=quiesce)
        made.append(systems.passed(board, name))
    return made


def _consoles(draw: st.DrawFn) -> list[Emulated]:
    return [systems.console(0x1C000000 + i * 0x1000, 33 + i, f"serial{i}") for i in range(draw(st.integers(0, 2)))]


def _disks(draw: st.DrawFn, free: list[int]) -> list[Emulated]:
    """Disks of one VM: empty ones, copies of an image, images to read; `free[0]` as in pieces()."""
    made = []
    for number in range(draw(st.integers(0, 2))):
        image = draw(st.integers(0, 2))
        size = draw(st.sampled_from([512, 4096, 20480])) if image else draw(sizes())[0]
        payload = Payload("disk", IMAGE, 0, size, size, 0) if image else None
        pa = None
        if image < 2:
            pa = up(free[0], draw(st.sampled_from([PAGE, MIB2])))
            free[0] = pa + up(size, PAGE)
        disk = Disk(size, pa, payload, draw(st.booleans()), "serial")
        made.append(systems.disk(0x0C000000 + number * 0x1000, 40 + number, f"disk{number}", disk))
    return made


def _vm(draw: st.DrawFn, board: Platform, index: int, affinity: list[int], free: list[int]) -> SystemVm:
    ram = draw(pieces(free, board.pa_bits))
    passed, consoles = _devices(draw, board, index), _consoles(draw)
    disks = _disks(draw, free)
    vmid = draw(st.integers(0, 3)) * 60 + index + 1
    mode = draw(st.sampled_from(["virtual", "direct", "sole"]))
    vm = systems.vm(index, affinity, ram, passed=passed, emulated=consoles + disks, vmid=vmid, interrupt_mode=mode)
    vm.payloads += [device.disk.payload for device in disks if device.disk and device.disk.payload]
    return vm


@st.composite
def resolved(draw: st.DrawFn) -> System:
    """A system of one to three VMs on a board with few pCPUs or many."""
    board = systems.platform(cpus=draw(st.one_of(st.integers(1, 8), st.sampled_from([17, 40]))))
    assert board.gic is not None
    board.gic.security_states = 1
    board.pa_bits = draw(st.sampled_from([36, 40, 44, 48]))
    assert board.hypervisor is not None
    bases = (0x200000, 0x40200000, 1 << 33, 1 << 40)
    base = draw(st.sampled_from([base for base in bases if base < 1 << board.pa_bits]))
    board.hypervisor.range = Range(base, 64 << 20)
    board.cpu_start = draw(st.sampled_from(["psci-smc", "spin-table", "all"]))
    apart = draw(st.sampled_from([0, 8, 0x1000]))  # what CPUs poll: one word, words of a page, or pages
    for index, cpu in enumerate(board.cpus):
        cpu.release = base - 0x200000 + 0x3000 + index * apart
    if draw(st.booleans()):  # registers of its own, of which VMs have neighbours in a page
        power = Device(systems.AT, name="power", mmio=[Range(0x09100F00, 0x100), Range(0x1E000000, 0x2000)])
        power.poweroff = [RegisterWrite(systems.AT, offset=8), RegisterWrite(systems.AT, region=1, offset=0x1000)]
        power.reset = [RegisterWrite(systems.AT, region=1, offset=0x1000)]
        board.devices["power"] = power
    order = draw(st.permutations(range(len(board.cpus))))
    count = draw(st.integers(1, min(3, len(board.cpus))))
    free = [max(base + (64 << 20), 0x40000000)]
    vms, taken = [], 0
    for index in range(count):
        vcpus = draw(st.integers(1, min(6, len(order) - taken - (count - index - 1))))
        vms.append(_vm(draw, board, index, list(order[taken:taken + vcpus]), free))
        taken += vcpus
    start = base - 0x200000
    board.memory[0].range = Range(start, up(free[0], PAGE) + draw(st.integers(0, 600)) * PAGE - start)
    if start < 0x40000000:  # the registers are no RAM
        board.memory[0].range = Range(start, 66 << 20)
        board.memory.append(Region(systems.AT, name="high", range=Range(0x40000000, free[0] - 0x40000000)))
    board.gic.redistributors = [Range(draw(st.sampled_from([0x080A0000, 0x08200000])), 0xE00000)]
    board.uart = Uart(systems.AT, mmio=Range(0x09000000, 0x800), irq=Interrupt(33))
    return systems.system(board, vms)
