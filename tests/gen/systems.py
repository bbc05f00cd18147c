# SPDX-License-Identifier: Apache-2.0
"""Resolved systems made by hand, for tests of what comes after the resolver."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gen.model import (Cpu, Description, Device, Disk, Emulated, Gic, Interrupt, Memory, Passed, Payload, Platform,
                       Position, Qemu, RamRegion, Range, Region, System, SystemVm, Uart, Vm, VmDevice)

MIB = 1 << 20
AT = Position("made-by-hand.yaml", 1, 1)


def platform(cpus: int = 8, ram: int = 1024 * MIB, hypervisor: int = 64 * MIB) -> Platform:
    """QEMU's virt machine."""
    return Platform(
        AT,
        name="qemu-virt",
        compatible=["linux,dummy-virt"],
        pa_bits=40,
        cpus=[Cpu(AT, mpidr=i) for i in range(cpus)],
        cpu_compatible="arm,cortex-a53",
        memory=[Region(AT, name="ram", range=Range(0x40000000, ram))],
        hypervisor=Region(AT, name="hypervisor", range=Range(0x40200000, hypervisor)),
        gic=Gic(AT, distributor=Range(0x08000000, 0x10000), redistributors=[Range(0x080A0000, 0xF60000)], spis=224),
        timer={
            "secure": Interrupt(29), "physical": Interrupt(30), "virtual": Interrupt(27), "hypervisor": Interrupt(26),
        },
        pmu=Interrupt(23),
        uart=Uart(AT, mmio=Range(0x09000000, 0x1000), irq=Interrupt(33)),
        devices={"rtc": Device(
            AT, name="rtc", mmio=[Range(0x09010000, 0x1000)], irqs=[Interrupt(34)],
            compatible=["arm,pl031", "arm,primecell"], clocks={"apb_pclk": 24000000},
        )},
        qemu=Qemu(AT, cpu="cortex-a53", arguments=["-machine", "virt,gic-version=3,virtualization=on", "-nic", "none"]),
    )


def console(mmio: int = 0x09000000, intid: int = 33, name: str = "console") -> Emulated:
    """A PL011; by default as QEMU has it."""
    return Emulated(name, "pl011", Range(mmio, 0x1000), Interrupt(intid), VmDevice(AT, name=name, kind="pl011"))


def disk(mmio: int, intid: int, name: str, what: Disk) -> Emulated:
    """A virtio-blk."""
    device = VmDevice(AT, name=name, kind="virtio-blk")
    return Emulated(name, "virtio-blk", Range(mmio, 0x200), Interrupt(intid), device, what)


def watchdog(mmio: int = 0x09070000, intid: int = 44) -> Emulated:
    """A generic watchdog: two frames, each a page."""
    return Emulated("dog", "watchdog", Range(mmio, 0x2000), Interrupt(intid), VmDevice(AT, name="dog", kind="watchdog"))


def passed(board: Platform, name: str) -> Passed:
    """A device of the platform given to a VM."""
    return Passed(name, board.devices[name], VmDevice(AT, name=name, kind="passthrough", device=name))


def ram(ipa: int, pa: int, size: int) -> RamRegion:
    """Guest RAM."""
    return RamRegion(ipa, pa, size, Memory(AT, ipa=ipa, size=size, pa=None))


def dtb(name: str, ipa: int) -> Payload:
    """The payload of the generated device tree."""
    return Payload("dtb", Path(f"{name}.dtb"), 0, 0, 64 << 10, ipa)


def vm(index: int, affinity: list[int], regions: list[RamRegion], **changes: Any) -> SystemVm:
    """A VM that starts at its first byte of RAM, with its device tree near the end of its last
    region."""
    name = changes.pop("name", f"guest{index}")
    tree = max(regions[-1].ipa, regions[-1].ipa + regions[-1].size - (64 << 10))
    values: dict[str, Any] = {
        "index": index, "name": name, "vmid": index + 1, "affinity": affinity, "mpidrs": list(range(len(affinity))),
        "ram": regions, "payloads": [dtb(name, tree)], "entry": regions[0].ipa, "dtb": tree, "cmdline": "",
        "initrd": None,
        "emulated": [console()], "passed": [], "distributor": Range(0x08000000, 0x10000),
        "redistributors": Range(0x080A0000, 0x20000 * len(affinity)), "overlays": [], "source": Vm(AT, name=name),
    }
    values.update(changes)
    return SystemVm(**values)


def system(board: Platform, vms: list[SystemVm], name: str = "made-by-hand") -> System:
    """The whole."""
    return System(name, Description(AT, path=Path(f"vm-configs/{name}.yaml"), platform=board), board, vms)


def linux_smp4(kernel: Path, initrd: Path) -> System:
    """vm-configs/linux-smp4.yaml as it resolves."""
    board = platform()
    sizes = kernel.stat().st_size, initrd.stat().st_size
    start = 0x48000000
    tree = 0x40000000 + 512 * MIB - 64 * 1024
    where = Range(start, sizes[1])
    payloads = [
        Payload("kernel", kernel, 0, sizes[0], sizes[0], 0x40000000),
        Payload("initrd", initrd, 0, sizes[1], sizes[1], start),
        dtb("linux", tree),
    ]
    guest = vm(
        0, [0, 1, 2, 3], [ram(0x40000000, 0x50000000, 512 * MIB)], name="linux", payloads=payloads, dtb=tree,
        initrd=where, cmdline="console=ttyAMA0", passed=[passed(board, "rtc")],
    )
    return system(board, [guest], "linux-smp4")
