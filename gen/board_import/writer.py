# SPDX-License-Identifier: Apache-2.0
"""Writes a platform as a platform file. Reading that file gives the same platform again."""

from __future__ import annotations

import re
from typing import Any

from ..model import (GIC_COMPATIBLES, TIMER_INTIDS, Device, DeviceNode, Gic, Interrupt, Platform, Psci, Range,
                     Region, RegisterWrite, Uart)
from ..read.uart_kinds import BAUD, UART_KINDS
from ..units import MIB, show_size
from . import memory
from .model import Board, Loss

WIDTH = 120
HYPERVISOR = 64 * MIB  # room for a kernel, an initrd and some small guests
LISTED = 200  # the most losses or assumptions that the head of the file lists
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./@+-]*( (0x[0-9a-f]+|[0-9]+))*")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
_COUNTED = re.compile(r"freq|rate|-(hz|mhz|microvolt|microamp|microwatt|us|ms|ns|ps|bps|ohms)$")


def text(board: Board) -> str:
    """The platform file of an imported board. Comments list what it could not express."""
    return "".join(f"{line}\n" for line in [*_head(board), *_platform(board.platform, board)])


def platform_text(platform: Platform) -> str:
    """The platform file of a platform."""
    return "".join(f"{line}\n" for line in _platform(platform, None))


def share(board: Board) -> str:
    """How many devices the import kept, in words."""
    percent = 100 * board.devices_whole / board.devices_seen if board.devices_seen else 100.0
    return f"{board.devices_whole} of {board.devices_seen} devices carried over whole ({percent:.1f} %)"


def _head(board: Board) -> list[str]:
    lines = ["# SPDX-License-Identifier: Apache-2.0",
             f"# {board.model or 'A board'}: what `import` makes of its device tree, {board.platform.name}.dtb.",
             f"# {share(board)}."]
    lines += _listed("Not carried over:", board.lost)
    lines += _listed("Not in the device tree, and assumed (with the DMA of devices that says so):", board.assumed)
    base = memory.place(board.platform, HYPERVISOR)
    if base is not None:
        lines += ["# To run Pinion here, add a place for it and for the images of all VMs, such as",
                  f"# hypervisor: {{base: {base:#x}, size: {show_size(HYPERVISOR)}}}"]
    return lines


def _listed(title: str, losses: list[Loss]) -> list[str]:
    lines = [f"#   {loss.path}: {loss.text}" for loss in losses[:LISTED]]
    if len(losses) > LISTED:
        lines.append(f"#   ... and {len(losses) - LISTED} more")
    return [f"# {title}", *lines] if lines else []


# ---------------------------------------------------------------- values on one line


def word(value: str) -> str:
    """A string, with quotes if YAML would otherwise read it as something else."""
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def number(value: int) -> str:
    """A number as device trees write it."""
    return str(value) if value < 4096 else hex(value)


def flow(value: Any) -> str:
    """Plain data on one line."""
    if value is True:
        return "true"
    if isinstance(value, bytes):
        return f'{{bytes: "{value.hex(" ")}"}}'
    if isinstance(value, int):
        return number(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{word(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return word(value)


def _value(name: str, value: Any) -> str:
    """The value of a property. Numbers that count units are decimal."""
    if _COUNTED.search(name):
        if type(value) is int:
            return str(value)
        if isinstance(value, list) and all(type(item) is int for item in value):
            return f"[{', '.join(map(str, value))}]"
    return flow(value)


def _size(value: int) -> str:
    return show_size(value) if value % 1024 == 0 else hex(value)


def _range(area: Range) -> str:
    return f"{{base: {area.base:#x}, size: {_size(area.size)}}}"


def _region(region: Region) -> str:
    no_map = ", no_map: true" if region.no_map else ""
    return f"{{name: {word(region.name)}, {_range(region.range)[1:-1]}{no_map}}}"


def _irq(irq: Interrupt) -> str:
    return f"{{{irq.kind}: {irq.number}{'' if irq.level else ', trigger: edge'}}}"


def _list(key: str, items: list[str], indent: str) -> list[str]:
    """A list on one line if it fits, otherwise with a line for each item."""
    line = f"{indent}{key}: [{', '.join(items)}]"
    return [line] if len(line) <= WIDTH else [f"{indent}{key}:", *(f"{indent}  - {item}" for item in items)]


# ---------------------------------------------------------------- the file


def _platform(platform: Platform, board: Board | None) -> list[str]:
    lines = ["pinion: 1", f"compatible: {flow(platform.compatible)}", f"pa_bits: {platform.pa_bits}", "cpus:"]
    for cpu in platform.cpus:
        more = f", compatible: {word(cpu.compatible)}" if cpu.compatible else ""
        more += f", cluster: {cpu.cluster}" if cpu.cluster is not None else ""
        more += f", release: {cpu.release:#x}" if cpu.release is not None else ""
        lines.append(f"  - {{mpidr: {cpu.mpidr:#x}{more}}}")
    lines += [f"cpu_compatible: {word(platform.cpu_compatible)}", f"cpu_start: {platform.cpu_start}",
              *(_psci(platform.psci) if platform.psci else []),
              *([f"boot_cpu: {platform.boot_cpu}"] if platform.boot_cpu else []), ""]
    lines += _regions("memory", platform.memory) or ["memory: []"]
    lines += [f"hypervisor: {_range(platform.hypervisor.range)}"] if platform.hypervisor else []
    lines += _regions("reserved", platform.reserved)
    lines += ["", *_gic(platform.gic)] if platform.gic else [""]
    lines += ["timer:", *(f"  {name}: {_irq(platform.timer[name])}" for name in TIMER_INTIDS)]
    lines += [f"  errata: {flow(platform.timer_errata)}"] if platform.timer_errata else []
    lines += [f"pmu: {_irq(platform.pmu)}"] if platform.pmu else []
    lines += [f"maintenance: {_irq(platform.maintenance)}"]
    if platform.uart:
        lines += ["", *_uart(platform.uart)]
    lines += ["", "devices:" if platform.devices else "devices: {}"]
    for device in platform.devices.values():
        lines += _device(device, board.reasons.get(device.name, "") if board else "")
    return lines


def _psci(psci: Psci) -> list[str]:
    off = f", cpu_off: {psci.cpu_off:#x}" if psci.cpu_off else ""
    return [f"psci: {{cpu_on: {psci.cpu_on:#x}{off}}}"]


def _regions(key: str, regions: list[Region]) -> list[str]:
    return [f"{key}:", *(f"  - {_region(region)}" for region in regions)] if regions else []


def _gic(gic: Gic) -> list[str]:
    lines = ["gic:", f"  version: {gic.version}"]
    if gic.compatible != GIC_COMPATIBLES[gic.version]:
        lines.append(f"  compatible: {gic.compatible}")
    lines += [f"  distributor: {_range(gic.distributor)}"]
    if gic.redistributors:
        lines += ["  redistributors:", *(f"    - {_range(region)}" for region in gic.redistributors),
                  f"  stride: {_size(gic.stride)}"]
    for key, area in (("cpu_interface", gic.cpu_interface), ("hypervisor_interface", gic.hypervisor_interface),
                      ("virtual_interface", gic.virtual_interface)):
        lines += [f"  {key}: {_range(area)}"] if area else []
    lines += ["  its:", *(f"    - {_range(area)}" for area in gic.its)] if gic.its else []
    return [*lines, f"  spis: {gic.spis}"]


def _uart(uart: Uart) -> list[str]:
    """The lines of the hypervisor's UART, or one line if it depends on nothing."""
    kind = UART_KINDS[uart.kind]
    keys = {"kind": uart.kind, "mmio": _range(uart.mmio), "irq": _irq(uart.irq)}
    for name, value, default in (("clock", uart.clock, 0), ("baud", uart.baud, BAUD),
                                 ("register_offset", uart.register_offset, 0),
                                 ("register_shift", uart.register_shift, kind.shift),
                                 ("access_width", uart.access_width, kind.width)):
        if value != default:
            keys[name] = _frequency(value) if name == "clock" else number(value)
    if uart.compatible != kind.compatible:
        keys["compatible"] = flow(uart.compatible)
    if uart.parent:
        keys["parent"] = word(uart.parent)
    if uart.aliases:
        keys["aliases"] = flow(uart.aliases)
    line = f"uart: {{{', '.join(f'{name}: {value}' for name, value in keys.items())}}}"
    if len(line) <= WIDTH and not uart.uses and not uart.properties:
        return [line]
    return ["uart:", *(f"  {name}: {value}" for name, value in keys.items()),
            *_node(DeviceNode(uart.at, uses=uart.uses, properties=uart.properties), "  ")]


def _frequency(hertz: int) -> str:
    for unit, scale in (("GHz", 10**9), ("MHz", 10**6), ("kHz", 10**3)):
        if hertz and hertz % scale == 0:
            return f"{hertz // scale}{unit}"
    return str(hertz)


def _device(device: Device, reason: str) -> list[str]:
    lines = [f"  {word(device.name)}:"]
    lines += [f"    node: {word(device.node)}"] if device.node else []
    lines += ["    status: disabled"] if device.disabled else []
    lines += [f"    parent: {word(device.parent)}"] if device.parent else []
    lines += [f"    aliases: {flow(device.aliases)}"] if device.aliases else []
    lines += _list("mmio", [_range(area) for area in device.mmio], "    ") if device.mmio else []
    lines += _list("irqs", [_irq(irq) for irq in device.irqs], "    ") if device.irqs else []
    if device.mmio or device.dma:
        lines += [f"    dma: {flow(device.dma) if device.dma else 'false'}{f' # {reason}' if reason else ''}"]
    windows = [f"{{bus: {window.bus:#x}, base: {window.base:#x}, size: {_size(window.size)}}}" for window in
               device.dma_ranges]
    lines += _list("dma_ranges", windows, "    ") if windows else []
    lines += [f"    compatible: {flow(device.compatible)}"] if device.compatible else []
    if device.clocks:
        clocks = ", ".join(f"{word(name)}: {_frequency(hertz)}" for name, hertz in device.clocks.items())
        lines.append(f"    clocks: {{{clocks}}}")
    for key, writes in (("quiesce", device.quiesce), ("poweroff", device.poweroff), ("reset", device.reset)):
        lines += _list(key, [_write(write) for write in writes], "    ") if writes else []
    calls = [f"{{first: {item.first:#x}, last: {item.last:#x}}}" for item in device.firmware_calls]
    lines += _list("firmware_calls", calls, "    ") if calls else []
    return lines + _node(device, "    ")


def _write(write: RegisterWrite) -> str:
    region = f"region: {write.region}, " if write.region else ""
    size = f"size: {write.size}, " if write.size != 4 else ""
    return f"{{{region}offset: {write.offset:#x}, {size}value: {write.value:#x}}}"


def _node(node: DeviceNode, indent: str) -> list[str]:
    """The lines that devices and their children have in common."""
    lines = []
    if node.uses:
        lines.append(f"{indent}uses:")
        for name, refs in node.uses.items():
            lines += _list(word(name), [word(str(ref)) for ref in refs], f"{indent}  ")
    if node.properties:
        lines.append(f"{indent}properties:")
        lines += [f"{indent}  {word(name)}: {_value(name, value)}" for name, value in node.properties.items()]
    if node.children:
        lines.append(f"{indent}children:")
        for child in node.children.values():
            lines += _child(child, f"{indent}  ")
    return lines


def _child(child: DeviceNode, indent: str) -> list[str]:
    """The lines of a child. A simple child is one line."""
    line = f"{indent}{word(child.name)}: {flow(_plain(child))}"
    if len(line) <= WIDTH and not child.children:
        return [line]
    return [f"{indent}{word(child.name)}:", *_node(child, f"{indent}  ")]


def _plain(node: DeviceNode) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    if node.uses:
        whole["uses"] = {name: [str(ref) for ref in refs] for name, refs in node.uses.items()}
    if node.properties:
        whole["properties"] = node.properties
    return whole
