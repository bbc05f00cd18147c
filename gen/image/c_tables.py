# SPDX-License-Identifier: Apache-2.0
"""Makes the contexts of the templates tables.c, config.h, payload.S and layout.lds from a planned
system."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import __version__
from ..decide.disks import SECTOR
from ..decide.interrupt_mode import DIRECT, SOLE, VIRTUAL, uses_group0
from ..decide.uart import owner, taker
from ..decide.vm_interrupts import banks, interrupt_masks
from ..facts.board_frames import ENDS
from ..facts.cpu_start import firmware, release
from ..facts.emulated_devices import EMULATED
from ..facts.passthrough import end_writes, quiesce_writes, trapped
from ..facts.vm_gic import gicv2, redistributor, two_pages
from ..model import AFFINITY_MASK, Emulated, Payload, Platform, Range, System, SystemVm, Vm, subtract
from ..read.uart_kinds import UART_KINDS, known_word
from ..render.jinja import environment
from ..units import MIB, PAGE, align_up
from .layout import EMERGENCY_STACK_SIZE, STACK_SIZE, Part
from .plan import Planned
from .stage2 import live_entries, root_entries
from .translation_tables import EL2, STAGE2, tcr_el2, vtcr_el2

TEMPLATES = Path(__file__).parent / "templates"
ENVIRONMENT = environment(TEMPLATES)

KICK_DIRECT = 1 << 63  # arch/arm64/arch_config.h
MPIDR_RES1 = 1 << 31
CPU_STARTS = {"psci-smc": "CPU_START_PSCI_SMC", "spin-table": "CPU_START_SPIN_TABLE", "all": "CPU_START_ALL"}


def gic(system: System) -> str:
    """The version of the GIC that the core has to be built for, by the name of its folder in
    arch/arm64/."""
    return "gicv2" if gicv2(system.platform) else "gicv3"


def kick(mpidr: int) -> int:
    """The ICC_SGI1R_EL1 value that sends a kick, which is SGI 15, to the CPU with affinity `mpidr`
    (GICv3 architecture, 12.2.23)."""
    aff0, aff1, aff2, aff3 = mpidr & 0xFF, mpidr >> 8 & 0xFF, mpidr >> 16 & 0xFF, mpidr >> 32 & 0xFF
    return aff3 << 48 | aff0 >> 4 << 44 | aff2 << 32 | aff1 << 16 | 15 << 24 | 1 << (aff0 & 0xF)


def memory(planned: Planned) -> list[Range]:
    """The RAM of the board by address, with adjacent regions joined. What a secure world has of it
    is left out, because firmware may leave that out of the board's device tree."""
    platform = planned.system.platform
    secret = [region.range for region in platform.reserved if region.no_map]
    areas = [area for region in platform.memory for area in subtract(region.range, secret)]
    joined: list[Range] = []
    for area in sorted(areas, key=lambda a: a.base):
        if joined and joined[-1].end == area.base:
            area = Range(joined[-1].base, joined.pop().size + area.size)
        joined.append(area)
    return joined


def expected_devices(system: System) -> list[dict[str, Any]]:
    """The hardware that EL2 must find in the host's device tree when it boots."""
    platform = system.platform
    assert platform.gic is not None and platform.uart is not None
    uart = platform.uart
    found = [
        {"name": "GIC", "compatible": platform.gic.compatible, "base": platform.gic.distributor.base},
        {"name": "UART", "compatible": known_word(uart.kind, uart.compatible), "base": uart.mmio.base},
    ]
    others = [(passed.name, passed.device) for vm in system.vms for passed in vm.passed]
    others += [(device.name, device) for device in platform.devices.values()
               if any(device is platform.ender(end) for end in ENDS)]
    for name, device in others:
        if device.compatible and device.mmio and device is not uart.device:
            found.append({"name": name, "compatible": device.compatible[0], "base": device.mmio[0].base})
    return found


def physical(vm: SystemVm, ipa: int) -> int:
    """The physical address of an IPA in the VM's RAM."""
    region = next(region for region in vm.ram if region.ipa <= ipa < region.ipa + region.size)
    return ipa - region.ipa + region.pa


def image_rows(planned: Planned, vm: SystemVm) -> list[dict[str, Any]]:
    """One row for each payload and one for each empty disk: the address in the hypervisor's image,
    the address to copy to (None: it is not copied), and the file. `once`: EL2 copies it before the
    VM's first life only."""
    rows = []
    for number, payload in enumerate(vm.payloads):
        part = planned.parts[vm.index][number]
        disk = next((device.disk for device in vm.emulated if device.disk and device.disk.payload is payload), None)
        rows.append({
            "what": payload.what,
            "path": part.path,
            "offset": payload.offset,
            "source": planned.layout.sources[vm.index][number],
            "target": disk.pa if disk else physical(vm, payload.ipa),
            "file_size": part.size,
            "memory_size": memory_size(payload, part.size),
            "once": disk is not None and disk.persist,
        })
    for device in vm.emulated:
        if device.disk and not device.disk.payload:
            rows.append({"what": device.name, "path": "zeros", "offset": 0, "source": 0, "target": device.disk.pa,
                         "file_size": 0, "memory_size": device.disk.size, "once": device.disk.persist})
    return rows


def _payload_rows(planned: Planned) -> list[dict[str, Any]]:
    """One row for each slot of payload: its name and the files in it. Each file says which VMs use
    it and as what."""
    uses: dict[Part, list[str]] = {}
    for vm, parts in zip(planned.system.vms, planned.parts):
        for payload, part in zip(vm.payloads, parts):
            uses.setdefault(part, []).append(f"{payload.what} of {vm.name}")
    return [{"name": name, "files": [{"source": source, "of": ", ".join(uses[part]), "path": part.path,
                                      "offset": part.offset, "size": part.size}
                                     for part, source in held.items()]}
            for name, held in planned.layout.files.items()]


def memory_size(payload: Payload, file_size: int) -> int:
    """The bytes that the loader writes for a payload. For a device tree it writes the tree alone,
    and leaves the rest of its room untouched."""
    return file_size if payload.what == "dtb" else payload.memory_size


def doorbell(vm: SystemVm) -> int:
    """The INTID of a VM's doorbell, 0 if it has none. EL2 sets this SPI pending in a VM with direct
    interrupts, so that the guest accesses its emulated device. On that access EL2 does the device's
    work."""
    found = (device.irq.intid for device in vm.emulated if EMULATED[device.kind].serve)
    return next(found, 0) if vm.interrupt_mode == DIRECT else 0


def _c(value: bool) -> str:
    return "true" if value else "false"


def restart_limit(vm: Vm) -> str:
    """The number of restarts after a crash that a VM may have, as C source."""
    if vm.on_crash != "restart":
        return "0"
    return "VM_RESTARTS_UNLIMITED" if vm.restart_limit is None else str(vm.restart_limit)


def _mmio_rows(vm: SystemVm) -> list[dict[str, Any]]:
    """The emulated regions of a VM, those with the most accesses first."""
    def row(name: str, c: str, device: str, area: Range, reason: str, reset: bool = False,
            serve: bool = False) -> dict[str, Any]:
        return {"name": name, "c": c, "device": device, "base": area.base, "size": area.size, "exit": reason,
                "reset": reset, "serve": serve}

    gic = "vgic" if vm.interrupt_mode == VIRTUAL else "direct"
    rows = [row("distributor", f"{gic}d", "NULL", vm.distributor, "EXIT_GICD")]
    if vm.redistributors.size:
        rows.append(row("redistributors", f"{gic}r", "NULL", vm.redistributors, "EXIT_GICR"))
    for number, device in enumerate(vm.emulated):
        kind = EMULATED[device.kind]
        rows.append(row(device.name, kind.c, f"&vm{vm.index}_device{number}_config", device.mmio, "EXIT_DEVICE",
                        reset=kind.reset, serve=kind.serve))
    for passed in vm.passed:
        rows += [row(passed.name, "passthrough", f"(const void *){area.base:#x}", area, "EXIT_DEVICE")
                 for area in trapped(passed.device)]
    return rows


def _device_row(planned: Planned, vm: SystemVm, number: int, device: Emulated) -> dict[str, Any]:
    """The values that the templates of a kind need for an emulated device."""
    row: dict[str, Any] = {"id": f"device{number}", "kind": device.kind, "name": device.name, "irq": device.irq,
                           "source": device.source, "repeat": _c(vm.interrupt_mode != VIRTUAL)}
    if device.disk:
        row["disk"] = {"base": planned.layout.disk(vm, device.disk).base, "sectors": device.disk.size // SECTOR,
                       "read_only": device.disk.pa is None, "serial": device.disk.serial}
    return row


def _vcpu_rows(planned: Planned, vm: SystemVm) -> list[dict[str, Any]]:
    """One row for each vCPU."""
    rows = []
    version2 = gicv2(planned.system.platform)
    # this pCPU handles input, and needs EL2's timer for it
    uart_pcpu = uart_context(planned.system)["pcpu"]
    for index, pcpu in enumerate(vm.affinity):
        mpidr = planned.system.platform.cpus[pcpu].mpidr
        rows.append({
            "index": index,
            "pcpu": pcpu,
            "stack": planned.layout.stack(vm.index, index),
            "vmpidr": vm.mpidrs[index] & AFFINITY_MASK | MPIDR_RES1,
            "mpidr": mpidr & AFFINITY_MASK,
            "kick": 0 if version2 else kick(mpidr) | (0 if vm.interrupt_mode == VIRTUAL else KICK_DIRECT),
            "gicr": 0 if version2 else redistributor(planned.system.platform, pcpu).base,
            "release": release(planned.system.platform, pcpu) or 0,
            "timer": _c(index == 0 and any(EMULATED[d.kind].timer for d in vm.emulated) or pcpu == uart_pcpu),
            "direct": _c(vm.interrupt_mode != VIRTUAL),
            "group0": _c(uses_group0(planned.system) and vm.interrupt_mode == DIRECT),
        })
    return rows


def vm_context(planned: Planned, vm: SystemVm) -> dict[str, Any]:
    """The values that the templates need for one VM."""
    hardware, emulated = interrupt_masks(planned.system, vm)
    roots = planned.plan.roots
    name = f"vm{vm.index}"
    space = planned.views[f"{name} {STAGE2}"]
    images = image_rows(planned, vm)
    return {
        "index": vm.index,
        "name": vm.name,
        "vmid": vm.vmid,
        "banks": banks(vm),
        "hardware_intids": hardware,
        "emulated_intids": emulated,
        "emulated": [_device_row(planned, vm, i, device) for i, device in enumerate(vm.emulated)],
        "mmio": _mmio_rows(vm),
        "quiesce": quiesce_writes(vm),
        "has_console": _c(any(EMULATED[device.kind].serial for device in vm.emulated)),
        "firmware_calls": vm.source.firmware_calls,
        "one_life": _c(any(passed.device.cannot_quiesce for passed in vm.passed)),
        "ram": vm.ram,
        "images": images,
        "loaded": [image for image in images if image["target"] is not None],
        "vcpus": _vcpu_rows(planned, vm),
        "first_vcpu": sum(len(other.affinity) for other in planned.system.vms[:vm.index]),
        "restart_limit": restart_limit(vm.source),
        "cleared": _c(vm.source.clear),
        "entry": vm.entry,
        "dtb": vm.dtb,
        "ipa_bits": space.bits,
        "vttbr": vm.vmid << 48 | roots[f"{name} {STAGE2}"],
        "vtcr": vtcr_el2(space.bits, planned.system.platform.pa_bits),
        "loader_ttbr": roots[f"{name} loader"],
        "run_ttbr": roots[f"{name} run"],
        "interrupts": f"interrupts_{vm.interrupt_mode}",
        "root_entries": 0 if vm.interrupt_mode == VIRTUAL else root_entries(space),
        "live_entries": 0 if vm.interrupt_mode == VIRTUAL else live_entries(space),
        "doorbell": doorbell(vm),
    }


def uart_context(system: System) -> dict[str, Any]:
    """The values for the hypervisor's UART: the pCPU that takes its interrupt, or the VM because of
    which no pCPU does. That VM owns the UART, or it is a sole owner and has all interrupts."""
    uart, found = system.platform.uart, taker(system)
    vm = owner(system) or next((vm for vm in system.vms if vm.interrupt_mode == SOLE), None)
    assert uart is not None
    rate = UART_KINDS[uart.kind].rate
    pcpus = [pcpu for vm in system.vms for pcpu in vm.affinity]
    return {
        "base": uart.mmio.base + uart.register_offset,
        "divisor": rate(uart.clock, uart.baud).divisor if rate and uart.clock else 0,
        "register_shift": uart.register_shift,
        "access_width": uart.access_width,
        "intid": uart.irq.intid,
        "vcpu": 0 if found.pcpu is None else pcpus.index(found.pcpu),
        "pcpu": found.pcpu,
        "why": found.why,
        "compatible": known_word(uart.kind, uart.compatible),
        "owner": vm,
    }


def _interfaces(platform: Platform) -> dict[str, int]:
    """The addresses that a GICv2 has besides the distributor's; 0 on other boards."""
    found = gicv2(platform)
    if not found:
        return {"gicc": 0, "gich": 0}
    assert found.cpu_interface and found.hypervisor_interface
    return {"gicc": two_pages(found.cpu_interface).base, "gich": found.hypervisor_interface.base}


def context(planned: Planned) -> dict[str, Any]:
    """The values for tables.c, config.h and payload.S."""
    system, layout = planned.system, planned.layout
    platform = system.platform
    assert platform.gic is not None and platform.uart is not None
    va_bits = next(view.bits for view in planned.views.values() if view.stage == EL2)
    return {
        "system": system,
        "banner": f"Pinion {__version__}: {system.name} on {platform.name}",
        "layout": layout,
        "stacks": {"STACK_SIZE": STACK_SIZE, "STACK_GUARD": PAGE, "EMERGENCY_STACK_SIZE": EMERGENCY_STACK_SIZE},
        "kind_headers": sorted({EMULATED[device.kind].c for vm in system.vms for device in vm.emulated}),
        "modes": [f"interrupts_{mode}" for mode in (VIRTUAL, DIRECT, SOLE)
                  if any(vm.interrupt_mode == mode for vm in system.vms)],
        "frames": sorted({f"{'vgic' if vm.interrupt_mode == VIRTUAL else 'direct'}{frame}" for vm in system.vms
                          for frame in ("d" if gicv2(platform) else "dr")}),
        "vms": [vm_context(planned, vm) for vm in system.vms],
        "payloads": _payload_rows(planned),
        "tables": planned.plan.tables,
        "memory": memory(planned),
        "devices": expected_devices(system),
        "uart": uart_context(system),
        "uart_driver": UART_KINDS[platform.uart.kind].driver,
        "ends": {end: end_writes(platform, end) for end in ENDS},
        "arch": {
            "va_bits": va_bits,
            "tcr": tcr_el2(va_bits, platform.pa_bits),
            "boot_ttbr": planned.plan.roots["boot"],
            "boot_mpidr": platform.cpus[platform.boot_cpu].mpidr & AFFINITY_MASK,
            "boot_stack": layout.top("boot.stack"),
            "gicd": platform.gic.distributor.base,
            **_interfaces(platform),
            "spi_count": platform.gic.spis,
            "pa_bits": platform.pa_bits,
            "maintenance": platform.maintenance.intid,
            "timer": platform.timer["hypervisor"].intid,
            "hcrx": _c(platform.hcrx),
            "clean_caches": _c(platform.clean_caches),
            "group0": _c(uses_group0(system)),
            "cpu_start": CPU_STARTS[platform.cpu_start],
            "firmware": firmware(platform),
            "list_registers": platform.gic.list_registers,
        },
    }


def linker_context(planned: Planned) -> dict[str, Any]:
    """The values for layout.lds."""
    slots = planned.layout.slots
    start = planned.layout.start
    # U-Boot's booti adds text_offset to the start of RAM, rounded up to 2 MiB
    ram = align_up(min(region.range.base for region in planned.system.platform.memory), 2 * MIB)
    names = {"shared", *(f"vm{vm.index}.{part}" for part in ("shared", "state", "root") for vm in planned.system.vms)}
    return {
        "system": planned.system,
        "layout": planned.layout,
        "text": slots["text"],
        "constants": slots["constants"],
        "tables_slot": slots["tables"],
        # lld wants them in ascending order
        "writable": [slot for slot in slots.values() if slot.name in names],
        "text_offset": start - ram,
        "payloads": [slots[name] for name in planned.layout.files],
    }


def rendered(planned: Planned) -> dict[str, bytes]:
    """Name and bytes of config.h, tables.c, payload.S and layout.lds."""
    printed = context(planned)
    contexts = {"config.h": printed, "tables.c": printed, "payload.S": printed, "layout.lds": linker_context(planned)}
    return {name: ENVIRONMENT.get_template(f"{name}.j2").render(**told).encode() for name, told in contexts.items()}
