# SPDX-License-Identifier: Apache-2.0
"""`explain device NAME`: what giving a device to a VM takes along, what may stand in for it, and what it has in common
with other devices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import api
from .closure import closure, kind, lines, portable, users, uses
from .findings import Findings
from .load import load
from .model import Device, Platform
from .units import PAGE, align_down, align_up

SHOWN = 12  # names of one list
WITHOUT = {"its": "nothing: no VM gets message-signalled interrupts yet",
           "reserved": "nothing: the VM's own RAM, where the device can do with that"}
PAGE_SHARED = "page of registers (Pinion tells its users apart, hypervisors that only map do not)"


def find(platform: Platform, name: str) -> Device | None:
    """A device by its name, or by the path of its node in the board's own tree."""
    return platform.device(name) or next((d for d in platform.devices.values() if d.node and d.node == name), None)


def platform_of(file: str, findings: Findings) -> Platform | None:
    """The platform that is meant by the name of a platform, by its file, or by a description; None, and findings, if
    there is none."""
    path = api.find_platform(file, Path()) or Path(file)
    root = load(path, findings)
    if root is None:
        return None
    if isinstance(root.value, dict) and "platform" in root.value:
        return api.read_platform(root.value["platform"], path.parent, findings)
    return api.load_platform(path, findings)


def facts(platform: Platform, device: Device) -> dict[str, Any]:
    """Everything about the device as plain data: what it has, the references of its node, their closure, and what it
    shares. Addresses are strings in hexadecimal."""
    others = [other for other in platform.devices.values() if other is not device]
    using = users(platform)
    shared: list[dict[str, Any]] = []
    _shared_registers(device, others, shared)
    for irq in device.irqs:
        same = [other.name for other in others if irq.intid in [item.intid for item in other.irqs]]
        if same:
            shared.append({"what": "interrupt", "which": str(irq), "with": same})
    by_line: dict[Any, list[str]] = {}
    for other in others:
        for line in lines(platform, other):
            by_line.setdefault(line, []).append(other.name)
    for line, prop in lines(platform, device).items():
        if line in by_line:
            shared.append({"what": kind(prop), "which": " ".join([line[0], *map(str, line[1])]), "with": by_line[line]})
    for owner in sorted({line[0].partition("/")[0] for line in lines(platform, device)}):
        same = [name for name in using.get(owner, []) if name != device.name]
        if same and platform.devices[owner].mmio:
            shared.append({"what": "controller", "which": owner, "with": same})
    return {
        "device": device.name, "at": str(device.at), "node": device.node, "disabled": device.disabled,
        "compatible": device.compatible, "registers": [str(area) for area in device.mmio],
        "interrupts": [str(irq) for irq in device.irqs], "dma": device.dma, "parent": device.parent,
        "parts": [other.name for other in others if other.parent == device.name],
        "uses": [{"property": prop, "reference": str(ref), "kind": kind(prop),
                  "instead": _instead(platform, prop, ref.owner)}
                 for prop, refs in uses(device).items() for ref in refs if ref.device and ref.owner != device.name],
        "takes_along": [{"device": name, "because": why, "copy": portable(platform, name)}
                        for name, why in closure(platform, device.name).items()],
        "used_by": using.get(device.name, []),
        "shared": shared,
    }


def _shared_registers(device: Device, others: list[Device], shared: list[dict[str, Any]]) -> None:
    """Registers that another device has as well, and pages that hold another's."""
    for area in device.mmio:
        base, end = align_down(area.base, PAGE), align_up(area.end, PAGE)
        same = [other.name for other in others if any(area.overlaps(mmio) for mmio in other.mmio)]
        near = [other.name for other in others if other.name not in same
                and any(mmio.base < end and base < mmio.end for mmio in other.mmio)]
        if same:
            shared.append({"what": "registers", "which": str(area), "with": same})
        if near:
            shared.append({"what": PAGE_SHARED, "which": f"{base:#x}..{end - 1:#x}", "with": near})


def _instead(platform: Platform, prop: str, owner: str) -> str:
    """What may stand in for what a property leads to."""
    if owner == "gic":
        return "the VM's own GIC"
    if owner in WITHOUT:
        return WITHOUT[owner]
    if portable(platform, owner):
        return "a copy of it, which the VM's tree gets by itself"
    return {"clock": "a fixed clock, with its frequency in 'clocks' of the platform file",
            "regulator": "nothing, if the firmware leaves it on; or a fixed regulator in an overlay",
            "reset": "nothing, if the device is out of reset when the VM starts",
            "pin controller": "nothing, if the firmware has set the pins",
            "power domain": "nothing, if the firmware leaves it on"}.get(kind(prop), "")


def text(found: dict[str, Any]) -> str:
    """The facts for people."""
    rows = [f"{found['device']} ({found['at']})"]

    def row(name: str, value: str) -> None:
        if value:
            rows.append(f"  {name:<12}{value}")

    row("node", found["node"] + (", disabled" if found["disabled"] else ""))
    row("compatible", ", ".join(found["compatible"]))
    row("registers", ", ".join(found["registers"]))
    row("interrupts", ", ".join(found["interrupts"]))
    row("DMA", "yes: without an SMMU it reaches all memory" if found["dma"] else "no")
    row("part of", found["parent"])
    row("parts", _names(found["parts"]))
    row("used by", _names(found["used_by"]))
    for title, lines_ in (("Its node refers to:", [
            f"{use['property']}: {use['reference']}" + (f"; instead: {use['instead']}" if use["instead"] else "")
            for use in found["uses"]]), ("Giving it away whole takes along:", [
                f"{item['device']}, {item['because']}" + (" (as a copy)" if item["copy"] else "")
                for item in found["takes_along"]]), ("In common with others, so that two VMs cannot both have it:", [
                    f"{item['what']} {item['which']}: {_names(item['with'])}" for item in found["shared"]])):
        if lines_:
            rows += ["", title, *(f"  {line}" for line in lines_)]
    return "\n".join(rows) + "\n"


def _names(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
