# SPDX-License-Identifier: Apache-2.0
"""`explain device NAME`: which other devices a VM needs if it owns this one, what can replace them,
and what the device shares with others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..facts.device_references import Line, closure, lines, portable, reference_kind, users, uses
from ..facts.passthrough import doublewords, whole_pages
from ..model import UART, Device, Platform

SHOWN = 12  # the most names shown in one list
WITHOUT = {"its": "nothing: no VM gets message-signalled interrupts yet",
           "reserved": "nothing: the VM's own RAM, where the device can do with that"}
# By the codes of the findings about shared things: what sharing means for VMs.
SHARED = {("P100", "P032"): "In common with others, so that two VMs cannot both have it:",
          ("P149",): "In common with others, and told apart by Pinion, though not by hypervisors that only map pages:",
          ("P102", "P150"): "In common with others, and nobody's if those go to another VM:"}


@dataclass
class _Shared:
    """Something that a device shares with others. `code`: the finding if one of the others belongs
    to another VM."""

    what: str
    which: str
    others: list[str]
    code: str


def find(platform: Platform, name: str) -> Device | None:
    """The device with this name, or with this node path in the board's own tree. None if there is
    none."""
    return platform.device(name) or next((d for d in platform.devices.values() if d.node and d.node == name), None)


def facts(platform: Platform, device: Device) -> dict[str, Any]:
    """The facts about a device as plain data: its keys, the references of its node, all devices
    that these lead to, and what it shares with others. For each shared thing there is the code of
    the finding that two VMs would get. Addresses are strings in hexadecimal."""
    uart = [platform.uart.device] if platform.uart and UART not in platform.devices else []
    others = [other for other in [*platform.devices.values(), *uart] if other is not device]
    return {
        "device": device.name, "at": str(device.at), "node": device.node, "disabled": device.disabled,
        "compatible": device.compatible, "registers": [str(area) for area in device.mmio],
        "interrupts": [str(irq) for irq in device.irqs], "dma": device.dma,
        "dma_ranges": [{"bus": hex(window.bus), "memory": str(window.range)} for window in device.dma_ranges],
        "firmware_calls": [str(calls) for calls in device.firmware_calls],
        "parent": device.parent,
        "parts": [other.name for other in others if other.parent == device.name],
        "uses": [{"property": prop, "reference": str(ref), "kind": reference_kind(prop),
                  "instead": _instead(platform, prop, ref.owner)}
                 for prop, refs in uses(device).items() for ref in refs if ref.device and ref.owner != device.name],
        "takes_along": [{"device": name, "because": why, "copy": portable(platform, name)}
                        for name, why in closure(platform, device.name).items()],
        "used_by": users(platform).get(device.name, []),
        "shared": [{"what": item.what, "which": item.which, "with": item.others, "finding": item.code}
                   for item in [*_registers(device, others), *_interrupts(device, others),
                                *_lines(platform, device, others)]],
    }


def _registers(device: Device, others: list[Device]) -> Iterator[_Shared]:
    """Yield the registers that other devices have as well, and the pages that hold registers of
    others."""
    for area in device.mmio:
        page = whole_pages(area)
        same = [other.name for other in others
                if any(doublewords(area).overlaps(doublewords(mmio)) for mmio in other.mmio)]
        near = [other.name for other in others if other.name not in same
                and any(page.overlaps(mmio) for mmio in other.mmio)]
        if same:
            yield _Shared("registers", str(area), same, "P100")
        if near:
            yield _Shared("page of registers", str(page), near, "P149")


def _interrupts(device: Device, others: list[Device]) -> Iterator[_Shared]:
    for irq in device.irqs:
        same = [other.name for other in others if irq.intid in [item.intid for item in other.irqs]]
        if same:
            yield _Shared("interrupt", str(irq), same, "P032")


def _lines(platform: Platform, device: Device, others: list[Device]) -> Iterator[_Shared]:
    """Yield the lines of controllers that other devices use as well, and the controllers of which
    others use other lines."""
    own = lines(platform, device)
    known = {other.name: lines(platform, other) for other in others}
    named: dict[str, set[str]] = {}  # by controller: the devices with which a line is shared
    for line, prop in own.items():
        same = [name for name, used in known.items() if line in used]
        named.setdefault(_controller(line), set()).update(same)
        if same:
            yield _Shared(reference_kind(prop), " ".join([line[0], *map(str, line[1])]), same, "P102")
    for owner, there in sorted(named.items()):
        rest = [name for name, used in known.items() if name not in there and owner in map(_controller, used)]
        if rest:
            yield _Shared("controller", owner, rest, "P150")


def _controller(line: Line) -> str:
    return line[0].partition("/")[0]


def _instead(platform: Platform, prop: str, owner: str) -> str:
    """What can replace the provider that a property refers to. Empty if nothing can."""
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
            "power domain": "nothing, if the firmware leaves it on"}.get(reference_kind(prop), "")


def text(found: dict[str, Any]) -> str:
    """The facts as text for people."""
    rows = [f"{found['device']} ({found['at']})"]

    def row(name: str, value: str) -> None:
        if value:
            rows.append(f"  {name:<12}{value}")

    row("node", found["node"] + (", disabled" if found["disabled"] else ""))
    row("compatible", ", ".join(found["compatible"]))
    row("registers", ", ".join(found["registers"]))
    row("interrupts", ", ".join(found["interrupts"]))
    reach = ", ".join(f"{window['memory']} (at {window['bus']})" for window in found["dma_ranges"]) or "all memory"
    row("DMA", f"yes: without an SMMU it reaches {reach}" if found["dma"] else "no")
    row("calls", ", ".join(found["firmware_calls"]) + " of the firmware: 'firmware_calls' of its VM has to allow them"
        if found["firmware_calls"] else "")
    row("part of", found["parent"])
    row("parts", _names(found["parts"]))
    row("used by", _names(found["used_by"]))
    parts = {"Its node refers to:": [
        f"{use['property']}: {use['reference']}" + (f"; instead: {use['instead']}" if use["instead"] else "")
        for use in found["uses"]]}
    parts["Giving it away whole takes along:"] = [
        f"{item['device']}, {item['because']}" + (" (as a copy)" if item["copy"] else "")
        for item in found["takes_along"]]
    for codes, title in SHARED.items():
        parts[title] = [f"{item['what']} {item['which']}: {_names(item['with'])}" for item in found["shared"]
                        if item["finding"] in codes]
    for title, entries in parts.items():
        if entries:
            rows += ["", title, *(f"  {entry}" for entry in entries)]
    return "\n".join(rows) + "\n"


def _names(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
