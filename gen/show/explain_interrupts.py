# SPDX-License-Identifier: Apache-2.0
"""`explain interrupts FILE [VM]`: how interrupts reach each VM and why, which interrupt each device
has, and who takes the UART's interrupt."""

from __future__ import annotations

from typing import Any

from ..decide import unused_spis
from ..decide.interrupt_mode import VIRTUAL
from ..decide.uart import taker
from ..model import Emulated, Interrupt, Platform, System, SystemVm

# Each interrupt mode in one line.
MEANING = {
    "virtual": "interrupts are EL2's and reach the VM by list registers: one exit each",
    "direct": "interrupts of its pCPUs reach the VM without an exit; an SGI that it sends is one",
    "sole": "sole owner of the machine: no interrupt is an exit, SGIs included",
}


def _irq(irq: Interrupt) -> dict[str, Any]:
    return {"intid": irq.intid, irq.kind: irq.number}


def reason(platform: Platform, vm: SystemVm, device: Emulated) -> str:
    """Why an emulated device has its interrupt."""
    written = device.source.irq
    if vm.interrupt_mode == VIRTUAL:
        return "as written"
    if written is None or written == device.irq:
        return "as written, which no device of the board has"
    return f"the lowest that no device has; {written} is {unused_spis.use(platform, written) or 'taken already'}"


def facts(system: System, name: str = "") -> dict[str, Any]:
    """The facts about all VMs of a system, or about the VM `name`, as plain data."""
    platform = system.platform
    vms = [vm for vm in system.vms if name in ("", vm.name)]
    found: dict[str, Any] = {"vms": [{
        "name": vm.name, "at": str(vm.source.where("interrupts")), "asked": vm.source.interrupts,
        "mode": vm.interrupt_mode, "why": vm.why,
        "devices": [{"name": device.name, "kind": device.kind, "irqs": [_irq(device.irq)],
                     "why": reason(platform, vm, device)} for device in vm.emulated]
        + [{"name": passed.name, "kind": "passthrough", "irqs": [_irq(irq) for irq in passed.device.irqs],
            "why": "the device's own"} for passed in vm.passed if passed.device.irqs],
    } for vm in vms]}
    if platform.uart and not name:
        uart = taker(system)
        found["uart"] = {"irq": _irq(platform.uart.irq), "pcpu": uart.pcpu, "why": uart.why, "group0": uart.group0}
    return found


def _named(irq: dict[str, Any]) -> str:
    return str(Interrupt(irq["intid"]))


def text(found: dict[str, Any]) -> str:
    """The facts as text for people."""
    parts = []
    for vm in found["vms"]:
        lines = [f"{vm['name']}: {vm['mode']} ({vm['at']})", f"  {MEANING[vm['mode']]}"]
        lines += [f"  because {why}" for why in vm["why"]]
        rows = [(device["name"], device["kind"], ", ".join(map(_named, device["irqs"])), device["why"])
                for device in vm["devices"]]
        widths = [max((len(row[i]) for row in rows), default=0) for i in range(3)]
        lines += ["    " + "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[3]])
                  for row in rows]
        parts.append("\n".join(lines) + "\n")
    if uart := found.get("uart"):
        where = "nobody" if uart["pcpu"] is None else f"pCPU {uart['pcpu']}"
        group = ", as an interrupt of Group 0" if uart["group0"] else ""
        parts.append(f"The hypervisor's UART: {where} takes {_named(uart['irq'])}{group}: {uart['why']}\n")
    return "\n".join(parts)
