# SPDX-License-Identifier: Apache-2.0
"""Exports to plain QEMU, machine `virt`: one machine per VM, with the VM's device tree (-dtb).
QEMU's documentation of `virt` and the tree that QEMU writes (-machine dumpdtb) say what the machine
has."""

from __future__ import annotations

from ..model import Interrupt, Passed, Range, SystemVm
from ..units import KIB, MIB, PAGE
from .job import Job

RAM = 0x40000000
DISTRIBUTOR, REDISTRIBUTORS = 0x08000000, 0x080A0000
TIMERS = {"secure": 29, "physical": 30, "virtual": 27, "hypervisor": 26}
PMU = 23
UART = (Range(0x09000000, PAGE), Interrupt(33))
DEVICES = {"arm,pl011": UART, "arm,pl031": (Range(0x09010000, PAGE), Interrupt(34)),
           "arm,pl061": (Range(0x09030000, PAGE), Interrupt(39))}
# CPU models of QEMU 7.2, by `compatible`.
CPUS = {f"arm,{name}": name for name in ("cortex-a35", "cortex-a53", "cortex-a57", "cortex-a72", "cortex-a76",
                                         "neoverse-n1")}


def prepare(job: Job) -> None:
    """Make one script and one device tree per VM."""
    machines = []
    for vm in job.system.vms:
        job.needs_gicv3(vm)
        _memory(job, vm)
        _gic(job, vm)
        _private(job, vm)
        _devices(job, vm)
        _boot(job, vm)
        job.decides("P127", vm, vm.source.where("affinity"), "affinity is the host's: QEMU runs vCPUs as threads")
        job.decides("P126", vm, vm.source.where("memory"), "placement is QEMU's: physical memory is the host's, and "
                    "kernel, initrd and device tree lie where QEMU puts them")
        job.psci(vm, "hvc", "QEMU")
        job.tree(vm, "hvc")
        machines.append({"name": vm.name, "arguments": _arguments(job, vm)})
    job.context = {"name": job.system.name, "vms": machines}


def _memory(job: Job, vm: SystemVm) -> None:
    for region in vm.ram:
        if region.ipa != RAM:
            job.seen("P122", vm, region.source.where("ipa"),
                     f"has RAM at {region.ipa:#x}, where QEMU's machine has none",
                     f"give it one memory region, at {RAM:#x}")


def _gic(job: Job, vm: SystemVm) -> None:
    assert vm.source.gic
    if job.gicv2:  # `needs_gicv3` has reported it
        return
    for key, area, base in (("distributor", vm.distributor, DISTRIBUTOR),
                            ("redistributors", vm.redistributors, REDISTRIBUTORS)):
        if area.base != base:
            job.seen("P120", vm, vm.source.gic.where(key), f"has its GIC {key} at {area.base:#x}, QEMU at {base:#x}",
                     f"write gic: {{{key}: {base:#x}}}")


def _private(job: Job, vm: SystemVm) -> None:
    """Check MPIDRs and private interrupts."""
    platform = job.system.platform
    for name, intid in TIMERS.items():
        irq = platform.timer.get(name, Interrupt(intid))
        if irq.intid != intid:
            job.seen("P121", vm, platform.where("timer"), f"has the {name} timer at {irq}, QEMU at {Interrupt(intid)}",
                     "describe it for a platform with QEMU's interrupts")
    if platform.pmu and platform.pmu.intid != PMU:
        job.seen("P121", vm, platform.where("pmu"), f"has the PMU at {platform.pmu}, QEMU at {Interrupt(PMU)}",
                 "describe it for a platform with QEMU's interrupts")
    job.flat_mpidrs(vm, "QEMU")


def _devices(job: Job, vm: SystemVm) -> None:
    for device in vm.emulated:
        if device.kind != "pl011":
            job.impossible("P123", vm, device.source.at, f"device '{device.name}' of kind {device.kind} is not in "
                           "QEMU's machine", "remove it, or give the VM a device of that machine")
            continue
        mmio, irq = UART
        if device.mmio.base != mmio.base:
            job.seen("P120", vm, device.source.where("mmio"), f"device '{device.name}' is at {device.mmio.base:#x}, "
                     f"QEMU's PL011 at {mmio.base:#x}", f"write mmio: {mmio.base:#010x}")
        if device.irq != irq:
            job.seen("P121", vm, device.source.where("irq"), f"device '{device.name}' has {device.irq}, QEMU's PL011 "
                     f"has {irq}", f"write irq: {{spi: {irq.number}}}")
    for passed in vm.passed:
        if not _in_machine(passed):
            job.impossible("P123", vm, passed.source.where("device"), f"device '{passed.name}' is not in QEMU's "
                           "machine at these registers with these interrupts", "remove it", passed.device.at)


def _in_machine(passed: Passed) -> bool:
    """True if QEMU's machine has the device with these registers and interrupts."""
    device = passed.device
    known = [DEVICES[word] for word in device.compatible if word in DEVICES]
    if "virtio,mmio" in device.compatible:
        known += [(Range(0x0A000000 + 0x200 * slot, 0x200), Interrupt(48 + slot, level=False)) for slot in range(32)]
    return any(device.mmio == [mmio] and device.irqs == [irq] for mmio, irq in known)


def _boot(job: Job, vm: SystemVm) -> None:
    assert vm.source.boot
    if not job.image(vm, "kernel"):
        key = "elf" if vm.source.boot.elf else "binary"
        job.impossible("P124", vm, vm.source.boot.where(key), f"boot {key}: QEMU hands the device tree to an arm64 "
                       "Image alone", "put the header of an arm64 Image before it, and name it with 'kernel'")


def _cpu(job: Job, vm: SystemVm) -> str:
    platform = job.system.platform
    if platform.qemu and platform.qemu.cpu:
        return platform.qemu.cpu
    kinds = sorted({platform.cpus[pcpu].compatible or platform.cpu_compatible for pcpu in vm.affinity})
    if len(kinds) == 1 and kinds[0] in CPUS:
        return CPUS[kinds[0]]
    why = "a machine of QEMU has CPUs of one kind, not" if len(kinds) > 1 else "QEMU has no model of"
    job.decides("P125", vm, vm.source.where("affinity"), f"CPU is QEMU's 'max': {why} "
                + " and ".join(f"'{kind}'" for kind in kinds))
    return "max"


def _arguments(job: Job, vm: SystemVm) -> list[str]:
    size = sum(region.size for region in vm.ram)
    words = ["-machine", "virt,gic-version=3", "-cpu", _cpu(job, vm), "-smp", str(len(vm.affinity)), "-m",
             f"{size // MIB}M" if size % MIB == 0 else f"{size // KIB}k",
             "-nodefaults", "-display", "none", "-serial", "mon:stdio",
             "-kernel", job.copy(vm, "kernel"), "-dtb", f"{vm.name}.dtb"]
    initrd = job.copy(vm, "initrd")
    return [*words, "-initrd", initrd] if initrd else words
