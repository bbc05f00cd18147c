# SPDX-License-Identifier: Apache-2.0
"""Exports by a user's own template, to a target that this package does not know. The template gets
every VM as plain data, its device tree as Pinion would make it, and its images."""

from __future__ import annotations

from typing import Any

from ..model import Disk, Emulated, Interrupt, Range, SystemVm
from .job import Job


def prepare(job: Job) -> None:
    """Make the trees, the image copies and the context for a user's template."""
    job.findings.warning("P133", job.system.description.at, f"{job.target}: nothing here knows what this target cannot "
                         "say, so nothing was checked against it", cure="read what the template makes")
    for vm in job.system.vms:
        job.tree(vm)
    job.context = {"name": job.system.name, "platform": job.system.platform,
                   "vms": [plain(job, vm) for vm in job.system.vms]}


def _range(area: Range) -> dict[str, int]:
    return {"base": area.base, "size": area.size}


def _irq(irq: Interrupt) -> dict[str, Any]:
    return {"intid": irq.intid, "kind": irq.kind, "number": irq.number, "level": irq.level}


def _disk(job: Job, vm: SystemVm, device: Emulated, disk: Disk) -> dict[str, Any]:
    """The disk of a virtio-blk as plain data. `file` is empty for a disk of zeros."""
    file = ""
    if disk.payload:
        file = f"{vm.name}.{device.name}.img"
        job.files.copies[file] = disk.payload.path
    return {"name": device.name, "file": file, "size": disk.size, "read_only": disk.pa is None, "serial": disk.serial}


def plain(job: Job, vm: SystemVm) -> dict[str, Any]:
    """A VM as plain data: addresses, sizes and INTIDs as integers."""
    cpus = job.system.platform.cpus
    files = {what: job.copy(vm, what) for what in ("kernel", "initrd", "binary")}
    files["elf"] = job.copy(vm, "elf segment")
    return {
        "name": vm.name,
        "vcpus": [{"pcpu": pcpu, "pcpu_mpidr": cpus[pcpu].mpidr, "mpidr": mpidr}
                  for pcpu, mpidr in zip(vm.affinity, vm.mpidrs)],
        "ram": [{"ipa": region.ipa, "pa": region.pa, "size": region.size} for region in vm.ram],
        "entry": vm.entry,
        "dtb": {"file": f"{vm.name}.dtb", "ipa": vm.dtb, "size": len(job.files.made[f"{vm.name}.dtb"])},
        "images": [{"what": p.what, "file": files["elf" if p.what == "elf segment" else p.what], "ipa": p.ipa,
                    "offset": p.offset, "file_size": p.file_size, "memory_size": p.memory_size}
                   for p in vm.payloads if p.what not in ("dtb", "disk")],
        "disks": [_disk(job, vm, device, device.disk) for device in vm.emulated if device.disk],
        "cmdline": vm.cmdline,
        "gic": {"distributor": _range(vm.distributor), "redistributors": _range(vm.redistributors)},
        "emulated": [{"name": d.name, "kind": d.kind, "mmio": _range(d.mmio), "irq": _irq(d.irq)} for d in vm.emulated],
        "passed": [{"name": p.name, "mmio": [_range(m) for m in p.device.mmio],
                    "irqs": [_irq(irq) for irq in p.device.irqs], "dma": p.device.dma} for p in vm.passed],
    }
