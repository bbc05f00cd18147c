# SPDX-License-Identifier: Apache-2.0
"""Makes system.json: the resolved system, every decision with its reason, for people and for tools.
"""

from __future__ import annotations

import json
from typing import Any

from .. import __version__
from ..decide.uart import owner
from ..image.c_tables import image_rows, memory, uart_context, vm_context
from ..image.plan import Planned
from ..model import AFFINITY_MASK, Emulated, Interrupt, Memory, RamRegion, Range, System, SystemVm
from .explain_interrupts import reason

VERSION = 1  # of the format of system.json


def _range(area: Range) -> dict[str, str]:
    """A range by its first byte and its size."""
    return {"base": hex(area.base), "size": hex(area.size)}


def _irq(irq: Interrupt) -> dict[str, Any]:
    """An interrupt in both forms."""
    return {"intid": irq.intid, irq.kind: irq.number, "trigger": "level" if irq.level else "edge"}


def _ram_reason(source: Memory) -> str:
    """Why a memory region has its physical address."""
    if source.pa is None:
        return "placed by the generator"
    return "1:1" if source.pa == source.ipa else "given in the description"


def _ram(region: RamRegion) -> dict[str, Any]:
    return {
        "ipa": hex(region.ipa), "pa": hex(region.pa), "size": hex(region.size),
        "at": str(region.source.at), "why": _ram_reason(region.source),
    }


def _emulated(planned: Planned, vm: SystemVm, device: Emulated) -> dict[str, Any]:
    row: dict[str, Any] = {"name": device.name, "kind": device.kind, "mmio": _range(device.mmio),
                           "irq": _irq(device.irq), "irq_why": reason(planned.system.platform, vm, device)}
    if device.disk:
        row["disk"] = {**_range(planned.layout.disk(vm, device.disk)), "serial": device.disk.serial,
                       "persist": device.disk.persist, "read_only": device.disk.pa is None}
    return row


def _vm(planned: Planned, vm: SystemVm) -> dict[str, Any]:
    """One VM."""
    row = vm_context(planned, vm)
    cpus = planned.system.platform.cpus
    return {
        "name": vm.name,
        "at": str(vm.source.at),
        "vmid": vm.vmid,
        "interrupts": {"mode": vm.interrupt_mode, "why": vm.why},
        "vcpus": [
            {"pcpu": v["pcpu"], "pcpu_mpidr": hex(cpus[v["pcpu"]].mpidr & AFFINITY_MASK),
             "mpidr": hex(vm.mpidrs[v["index"]]), "stack": hex(v["stack"]), "redistributor": hex(v["gicr"])}
            for v in row["vcpus"]
        ],
        "ram": [_ram(region) for region in vm.ram],
        "on_crash": vm.source.on_crash,
        "restart_limit": vm.source.restart_limit,
        "clear": vm.source.clear,
        "firmware_calls": [{"first": hex(calls.first), "last": hex(calls.last)} for calls in vm.source.firmware_calls],
        "entry": hex(vm.entry),
        "dtb": hex(vm.dtb),
        "cmdline": vm.cmdline,
        "initrd": _range(vm.initrd) if vm.initrd else None,
        "images": [
            {"what": i["what"], "path": str(i["path"]), "offset": hex(i["offset"]), "source": hex(i["source"]),
             "pa": None if i["target"] is None else hex(i["target"]), "file_size": hex(i["file_size"]),
             "memory_size": hex(i["memory_size"])}
            for i in image_rows(planned, vm)
        ],
        "gic": {
            "distributor": _range(vm.distributor), "redistributors": _range(vm.redistributors), "banks": row["banks"],
        },
        "emulated": [_emulated(planned, vm, device) for device in vm.emulated],
        "passed": [
            {"name": p.name, "mmio": [_range(m) for m in p.device.mmio], "irqs": [_irq(i) for i in p.device.irqs]}
            for p in vm.passed
        ],
        "vttbr": hex(row["vttbr"]),
        "vtcr": hex(row["vtcr"]),
    }


def _uart(system: System) -> dict[str, Any]:
    """The pCPU that takes the UART's interrupt, or the VM that owns the UART."""
    row, vm = uart_context(system), owner(system)
    return {"pcpu": row["pcpu"], "why": row["why"], "vm": vm.name if vm else None}


def as_json(planned: Planned) -> str:
    """The text of system.json."""
    system = planned.system
    document = {
        "version": VERSION,
        "product": {"name": "pinion", "version": __version__},
        "name": system.name,
        "platform": system.platform.name,
        "qemu": {"release": system.platform.qemu.release} if system.platform.qemu else None,
        "image": {
            "start": hex(planned.layout.start),
            "end": hex(planned.layout.end),
            "slots": [
                {"name": s.name, "base": hex(s.base), "size": hex(s.size), "access": s.access}
                for s in planned.layout.slots.values()
            ],
        },
        "memory": [_range(area) for area in memory(planned)],
        "uart": _uart(planned.system),
        "vms": [_vm(planned, vm) for vm in system.vms],
        "translation_tables": len(planned.plan.tables),
        "views": [
            {
                "name": view.name,
                "stage": view.stage,
                "bits": view.bits,
                "root": hex(planned.plan.roots[view.name]),
                "maps": [
                    {"what": m.what, "va": hex(m.va), "pa": hex(m.pa), "size": hex(m.size), "access": m.access,
                     "type": "device" if m.device else "normal"}
                    for m in sorted(view.mappings, key=lambda m: m.va)
                ],
            }
            for view in planned.views.values()
        ],
    }
    return json.dumps(document, indent=2) + "\n"
