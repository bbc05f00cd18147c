# SPDX-License-Identifier: Apache-2.0
"""Exports to Xen without a dom0 (dom0less). Every VM is a domain node in /chosen of the board's
device tree. Its images are modules at fixed addresses, where a boot loader puts them (Xen,
docs/misc/arm/device-tree/booting.txt). A partial device tree describes the devices that are passed
through (docs/misc/arm/passthrough.txt).

Xen writes each guest's tree itself, with addresses of its own (Xen 4.17,
xen/include/public/arch-arm.h).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..decide.placement import taken_memory
from ..devicetree import blob
from ..guest_tree import dts
from ..image import qemu_args
from ..model import Interrupt, Passed, Platform, Position, Range, SystemVm, subtract
from ..read.findings import Findings
from ..read.yaml_tree import shown
from ..units import GIB, KIB, MIB, PAGE, align_up, show_size
from .job import Job

RAM = Range(0x40000000, 3 * GIB)
HIGH_RAM = Range(0x200000000, 1016 * GIB)
DISTRIBUTOR, REDISTRIBUTORS, CPU_INTERFACE = 0x03001000, 0x03020000, 0x03002000
UART, UART_IRQ = Range(0x22000000, PAGE), Interrupt(32)
# What Xen puts into the address space of every guest, besides RAM.
LAYOUT = {"its GIC": Range(0x03000000, 0x01020000), "its UART": UART, "its own pages": Range(0x38000000, 0x02000000)}
PARTIAL_ROOM = 64 * KIB  # the size of a partial tree that Xen is told


def prepare(job: Job) -> None:
    """Make an overlay for the board's device tree, a partial tree for each VM with devices, and the
    address of every module."""
    job.own_tree = True
    paths = _host_paths(job)
    modules = _Modules(job.system.platform, job.findings)
    domains = []
    for vm in job.system.vms:
        _check(job, vm)
        if job.image(vm, "kernel"):
            domains.append(_domain(job, vm, paths, modules))
    board = job.system.platform
    job.context = {
        "name": job.system.name, "domains": domains, "modules": modules.rows,
        "passed": [paths[p.device.name] for vm in job.system.vms for p in vm.passed if p.device.name in paths],
        "merged": job.host_tree is not None,
        "qemu": qemu_args.arguments(job.system).splitlines() if board.qemu else [],
    }


def finish(job: Job) -> None:
    """Check that partial trees fit the size that Xen is told. If the board's tree was given, merge
    the overlay into it."""
    job.compile()
    for domain in job.context["domains"]:
        size = len(job.files.made.get(f"{domain['name']}.passthrough.dtb", b""))
        if size > PARTIAL_ROOM:
            job.findings.error("P126", job.system.description.at, f"xen: the partial tree of vm '{domain['name']}' "
                               f"takes {size} bytes, of {PARTIAL_ROOM} kept for it",
                               cure="pass fewer devices through")
    at = job.system.description.at
    if (job.host_tree is None or "xen.dtbo" not in job.files.made
            or not blob.readable(job.findings, at, "merges device trees")):
        return
    from ..guest_tree import overlay  # imported here, because it needs libfdt

    try:
        job.files.made["host.dtb"] = overlay.packed(overlay.applied(blob.checked(blob.load(job.host_tree)),
                                                                    job.files.made["xen.dtbo"]))
    except overlay.OverlayError as error:
        job.findings.error("P129", Position(shown(job.host_tree), 1, 1), f"xen: the overlay does not merge into the "
                           f"host's tree: {error.message}", cure="give the tree that the board boots with")


# ---------------------------------------------------------------- what Xen cannot say


def _check(job: Job, vm: SystemVm) -> None:
    source = vm.source
    assert source.gic and source.dtb and source.boot
    job.decides("P127", vm, source.where("affinity"), "affinity is Xen's: its scheduler moves vCPUs",
                "a Xen with the null scheduler (sched=null) leaves them where they are")
    job.decides("P126", vm, source.where("memory"), "placement is Xen's: physical memory, and where kernel, initrd and "
                "device tree lie")
    if not job.image(vm, "kernel"):
        key = "elf" if source.boot.elf else "binary"
        job.impossible("P124", vm, source.boot.where(key), f"boot {key}: Xen starts an arm64 Image alone",
                       "put the header of an arm64 Image before it, and name it with 'kernel'")
    for at, path in zip(source.dtb.overlay_positions, vm.overlays):
        job.impossible("P128", vm, at, f"overlay '{path}' has no tree to be merged into: Xen writes the guest's itself",
                       "describe its devices with 'kind: passthrough', or leave it out")
    _memory(job, vm)
    for key, area, base in (("distributor", vm.distributor, DISTRIBUTOR),
                            ("cpu_interface", vm.cpu_interface, CPU_INTERFACE) if vm.cpu_interface
                            else ("redistributors", vm.redistributors, REDISTRIBUTORS)):
        if area.base != base:
            job.seen("P120", vm, source.gic.where(key), f"has its GIC {key.replace('_', ' ')} at {area.base:#x}, under "
                     f"Xen at {base:#x}", f"write gic: {{{key}: {base:#x}}}")
    job.flat_mpidrs(vm, "Xen")
    job.psci(vm, "hvc", "Xen")
    if job.system.platform.pmu:
        job.seen("P121", vm, job.system.platform.where("pmu"), "has no PMU under Xen", "do without it")
    for device in vm.emulated:
        _emulated(job, vm, device.kind, device.source.at, device.name)
        if device.kind == "pl011" and device.mmio.base != UART.base:
            job.seen("P120", vm, device.source.where("mmio"), f"device '{device.name}' is at {device.mmio.base:#x}, "
                     f"under Xen at {UART.base:#x}", f"write mmio: {UART.base:#x}")
        if device.kind == "pl011" and device.irq != UART_IRQ:
            job.seen("P121", vm, device.source.where("irq"), f"device '{device.name}' has {device.irq}, under Xen "
                     f"{UART_IRQ}", f"write irq: {{spi: {UART_IRQ.number}}}")
    for passed in vm.passed:
        _passed(job, vm, passed)


def _own(job: Job, passed: Passed) -> bool:
    """True if a device is the UART, which Xen keeps."""
    uart = job.system.platform.uart
    return uart is not None and passed.device is uart.device


def _ram(vm: SystemVm) -> list[Range]:
    """The IPA ranges where Xen puts the RAM of a VM."""
    size = sum(region.size for region in vm.ram)
    low = min(size, RAM.size)
    return [Range(RAM.base, low)] + ([Range(HIGH_RAM.base, size - low)] if size > low else [])


def _memory(job: Job, vm: SystemVm) -> None:
    areas = _ram(vm)
    if [Range(region.ipa, region.size) for region in vm.ram] != areas:
        job.seen("P122", vm, vm.source.where("memory"), f"has RAM at {', '.join(map(str, areas))} under Xen",
                 f"write it so: {', '.join(f'ipa: {a.base:#x}, size: {show_size(a.size)}' for a in areas)}")


def _emulated(job: Job, vm: SystemVm, kind: str, at: Position, name: str) -> None:
    if kind != "pl011":
        job.impossible("P123", vm, at, f"device '{name}' of kind {kind} is none that Xen emulates", "remove it")


def _passed(job: Job, vm: SystemVm, passed: Passed) -> None:
    at, name = passed.source.where("device"), f"device '{passed.name}'"
    if _own(job, passed):
        job.impossible("P123", vm, at, f"{name} is the UART that Xen keeps for its console", "use an emulated device "
                       "of kind pl011")
    if passed.device.dma:
        job.impossible("P123", vm, at, f"{name} has DMA, and Xen gives the VM other memory than 1:1 without an SMMU",
                       "remove it", passed.device.where("dma"))
    if any(irq.intid == UART_IRQ.intid for irq in passed.device.irqs) and vm.emulated:
        job.impossible("P121", vm, at, f"{name} has {UART_IRQ}, which is that of Xen's UART", "remove one of the two",
                       passed.device.where("irqs"))
    for mmio in passed.device.mmio:
        if mmio.base % PAGE or mmio.size % PAGE:
            job.impossible("P120", vm, at, f"{name} has registers {mmio}, and Xen maps whole pages of 4KiB",
                           "remove it", passed.device.where("mmio"))
        for what, area in [*LAYOUT.items(), *(("RAM", area) for area in _ram(vm))]:
            if mmio.overlaps(area):
                job.impossible("P120", vm, at, f"{name} has registers {mmio}, where Xen has {what} in the guest "
                               f"({area})", "remove it", passed.device.where("mmio"))


# ---------------------------------------------------------------- what Xen is told


def _host_paths(job: Job) -> dict[str, str]:
    """The node path of every passed-through device in the board's own tree, by the device's name.
    """
    wanted = [(vm, passed) for vm in job.system.vms for passed in vm.passed if not _own(job, passed)]
    if job.host_tree is None:
        for vm, passed in wanted:
            job.impossible("P129", vm, passed.source.where("device"), f"device '{passed.name}': Xen wants its path in "
                           "the board's own device tree",
                           "name that tree with --host-tree (QEMU writes its own with -machine dumpdtb=FILE)")
        return {}
    if not blob.readable(job.findings, job.system.description.at, "reads the board's device tree"):
        return {}
    try:
        registers = _first_registers(job.host_tree)
    except blob.BlobError as error:
        job.findings.error("P129", Position(shown(job.host_tree), 1, 1), f"xen: {error}",
                           cure="give the blob that the board boots with")
        return {}
    found = {}
    for vm, passed in wanted:
        paths = [path for path, area in registers.items() if [area] == passed.device.mmio[:1]]
        if not paths:
            job.impossible("P129", vm, passed.source.where("device"), f"device '{passed.name}' is not in the host's "
                           f"tree '{shown(job.host_tree)}': no node has its registers", "give the tree of this board",
                           passed.device.at)
        else:
            found[passed.device.name] = passed.device.node if passed.device.node in paths else paths[0]
    return found


def _first_registers(path: Path) -> dict[str, Range]:
    """The first register range of each node that has registers, by the node's path. `path` is the
    file of a blob. Raises BlobError and OSError."""
    from ..devicetree import addresses, tree  # imported here, because they need libfdt

    nodes = tree.read(blob.load(path))
    found = addresses.Addresses(nodes)
    return {node.path: known[0] for node in nodes.values() if (known := found.registers(node).known)}


class _Modules:
    """Addresses for modules, one after the other in RAM that is free when Xen starts. RAM above the
    hypervisor's region of the platform file is used first, then RAM below. The first 2 MiB of each
    RAM region stay free, because boot loaders may be there."""

    def __init__(self, platform: Platform, findings: Findings) -> None:
        self.platform = platform
        self.findings = findings
        self.rows: list[dict[str, Any]] = []
        self.first = platform.hypervisor.range.end if platform.hypervisor else 0
        taken = [*taken_memory(platform), *(Range(region.range.base, 2 * MIB) for region in platform.memory)]
        self.free = [area for region in platform.memory for area in subtract(region.range, taken)]

    def add(self, file: str, size: int) -> dict[str, Any]:
        """Add a module at the lowest free multiple of 2 MiB, in that order."""
        taken = [Range(row["address"], align_up(row["size"], 2 * MIB)) for row in self.rows]
        free = [area for whole in self.free for area in subtract(whole, taken)]
        for area in sorted(free, key=lambda area: (area.base < self.first, area.base)):
            address = align_up(area.base, 2 * MIB)
            if area.contains(Range(address, size)):
                break
        else:
            self.findings.error("P126", self.platform.where("memory"), f"xen: there is no free RAM for module '{file}' "
                                f"of {show_size(align_up(size, KIB))}", cure="use smaller images")
            address = 0
        self.rows.append({"file": file, "address": address, "size": size})
        return self.rows[-1]


def _domain(job: Job, vm: SystemVm, paths: dict[str, str], modules: _Modules) -> dict[str, Any]:
    kernel, initrd = job.image(vm, "kernel"), job.image(vm, "initrd")
    assert kernel
    found = [{**modules.add(job.copy(vm, "kernel"), kernel.file_size), "kind": "kernel", "bootargs": vm.cmdline}]
    if initrd:
        found.append({**modules.add(job.copy(vm, "initrd"), initrd.file_size), "kind": "ramdisk", "bootargs": ""})
    named = dts.labels(vm)
    nodes, clocks = dts.passed_nodes(job.system.platform, vm, named)
    for node, passed in zip(nodes, vm.passed):
        node["mmio"] = passed.device.mmio
        node["path"] = paths.get(passed.device.name, "")
    if nodes:
        file = f"{vm.name}.passthrough.dtb"
        found.append({**modules.add(file, PARTIAL_ROOM), "kind": "device-tree", "bootargs": ""})
    return {
        "name": vm.name, "vcpus": len(vm.affinity), "kib": sum(region.size for region in vm.ram) // KIB,
        "uart": any(device.kind == "pl011" for device in vm.emulated), "modules": found, "nodes": nodes,
        "clocks": clocks,
    }
