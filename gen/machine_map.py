# SPDX-License-Identifier: Apache-2.0
"""map.svg: who owns which part of the machine's memory and which pCPU, on one page."""

from __future__ import annotations

from xml.sax.saxutils import escape

from .model import Range
from .tables import Planned
from .units import show_size
from .views import subtract

WIDTH = 880
ROW = 34
COLOURS = ["#cfe2f3", "#d9ead3", "#fff2cc", "#f4cccc", "#d9d2e9", "#d0e0e3"]
HYPERVISOR = "#b7b7b7"
RESERVED = "#666666"
FREE = "#ffffff"


def _rows(planned: Planned) -> list[tuple[Range, str, str]]:
    """Ranges of physical memory with colour and text, by address."""
    system, layout = planned.system, planned.layout
    rows = [(Range(layout.start, layout.end - layout.start), HYPERVISOR, "Pinion: code, tables, state, guest images")]
    rows += [(region.range, RESERVED, f"reserved: {region.name}") for region in system.platform.reserved]
    for vm in system.vms:
        for piece in vm.ram:
            colour = COLOURS[vm.index % len(COLOURS)]
            rows.append((Range(piece.pa, piece.size), colour, f"{vm.name}, IPA {piece.ipa:#x}"))
        for device in vm.emulated:
            if device.disk and device.disk.pa is not None:
                area = Range(device.disk.pa, device.disk.size)
                rows.append((area, COLOURS[vm.index % len(COLOURS)], f"{vm.name}, disk {device.name}"))
    taken = [area for area, _, _ in rows]
    for region in system.platform.memory:
        rows += [(area, FREE, "free") for area in subtract(region.range, taken)]
    return sorted(rows, key=lambda row: row[0].base)


def _box(y: int, height: int, colour: str, left: str, text: str) -> str:
    """One line of the map."""
    return (
        f'<text x="8" y="{y + height // 2 + 4}">{escape(left)}</text>'
        f'<rect x="300" y="{y}" width="{WIDTH - 308}" height="{height}" fill="{colour}" stroke="#333"/>'
        f'<text x="310" y="{y + height // 2 + 4}">{escape(text)}</text>\n'
    )


def svg(planned: Planned) -> str:
    """The text of map.svg."""
    system = planned.system
    owner = {pcpu: (vm, i) for vm in system.vms for i, pcpu in enumerate(vm.affinity)}
    body, y = "", 40
    for number, cpu in enumerate(system.platform.cpus):
        colour, text = FREE, "not used"
        if number in owner:
            vm, vcpu = owner[number]
            colour, text = COLOURS[vm.index % len(COLOURS)], f"{vm.name}, vCPU {vcpu}"
        body += _box(y, ROW - 10, colour, f"pCPU {number}, MPIDR {cpu.mpidr:#x}", text)
        y += ROW - 10
    y += 16
    for area, colour, text in _rows(planned):
        body += _box(y, ROW, colour, str(area), f"{text} ({show_size(area.size)})")
        y += ROW
    title = escape(f"{system.name} on {system.platform.name}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 16}" '
        'font-family="monospace" font-size="12">\n'
        f'<text x="8" y="24" font-size="16">{title}</text>\n{body}</svg>\n'
    )
