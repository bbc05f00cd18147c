# SPDX-License-Identifier: Apache-2.0
"""The device tree of a guest: source text from a template, blob by dtc."""

from __future__ import annotations

import re
import subprocess
from typing import Any

from .kinds import EMULATED
from .model import Device, Interrupt, Passed, Range, System, SystemVm
from .render import ENVIRONMENT, c_string, render

# The clock that PrimeCell devices are given: they ask for one, and nothing here depends on its rate.
APB_PCLK_HZ = 24000000

# Third cell of an interrupt specifier (bindings of arm,gic-v3).
EDGE_RISING = 1
LEVEL_HIGH = 4

# Interrupts of arm,armv8-timer in the order of its binding, with the numbers of the Base System Architecture where
# the platform file names none.
TIMERS = {"secure": 29, "physical": 30, "virtual": 27, "hypervisor": 26}


class DtcError(Exception):
    """dtc refused its input; the text is dtc's."""


def cells(value: int, count: int) -> str:
    """`value` in `count` 32-bit cells, the most significant first."""
    return " ".join(f"{value >> 32 * i & 0xFFFFFFFF:#x}" for i in reversed(range(count)))


def reg(area: Range) -> str:
    """One entry of a `reg` with two address and two size cells."""
    return f"{cells(area.base, 2)} {cells(area.size, 2)}"


def interrupt(irq: Interrupt) -> str:
    """An interrupt specifier for the GIC: type (0 SPI, 1 PPI), number within the type, trigger."""
    return f"<{0 if irq.kind == 'spi' else 1} {irq.number} {LEVEL_HIGH if irq.level else EDGE_RISING}>"


ENVIRONMENT.filters.update(cells=cells, reg=reg, interrupt=interrupt)


def labels(vm: SystemVm) -> dict[str, str]:
    """A label for each device of a VM: its name, as far as labels go, with underscores where it is taken."""
    taken = {"gic", "apb_pclk", *(f"cpu{i}" for i in range(len(vm.mpidrs)))}
    found = {}
    for name in [device.name for device in vm.emulated] + [device.name for device in vm.passed]:
        label = re.sub(r"^(?=[0-9])|[^0-9a-zA-Z_]", "_", name)
        while label in taken:
            label += "_"
        taken.add(label)
        found[name] = label
    return found


def _node_name(device: Device) -> str:
    """Name without unit address: what the binding of the device's kind asks for where we know it."""
    known = {"arm,pl011": "serial", "arm,pl031": "rtc", "arm,pl061": "gpio", "virtio,mmio": "virtio"}
    for compatible in device.compatible:
        if compatible in known:
            return known[compatible]
    return re.sub(r"[^0-9a-zA-Z,._+-]", "-", device.name)


def _property(name: str, value: Any) -> list[str]:
    """A property of the platform file as source: True is an empty property, False none at all."""
    if isinstance(value, bool):
        return [f"{name};"] if value else []
    if isinstance(value, int):
        return [f"{name} = <{value:#x}>;"]
    if isinstance(value, str):
        return [f"{name} = {c_string(value)};"]
    if all(isinstance(item, int) for item in value):
        return [f"{name} = <{' '.join(f'{item:#x}' for item in value)}>;"]
    return [f"{name} = {', '.join(c_string(item) for item in value)};"]


def _passed(passed: Passed, label: str, clocks: dict[str, str]) -> dict[str, Any]:
    """Context of a passed-through device's node; `clocks` leads from clock name to label."""
    device = passed.device
    lines = []
    if device.compatible:
        lines.append(f"compatible = {', '.join(c_string(c) for c in device.compatible)};")
    if device.mmio:
        lines.append(f"reg = {', '.join(f'<{reg(area)}>' for area in device.mmio)};")
    if device.irqs:
        lines.append(f"interrupts = {', '.join(interrupt(irq) for irq in device.irqs)};")
    if clocks:
        lines.append(f"clocks = {', '.join(f'<&{target}>' for target in clocks.values())};")
        lines.append(f"clock-names = {', '.join(c_string(name) for name in clocks)};")
    for name, value in device.properties.items():
        lines += _property(name, value)
    unit = f"@{device.mmio[0].base:x}" if device.mmio else ""
    return {"label": label, "node": _node_name(device) + unit, "lines": lines}


def _clusters(mpidrs: list[int]) -> list[list[int]]:
    """vCPUs grouped by what lies above Aff0, in order; nothing for a single one."""
    groups: dict[int, list[int]] = {}
    for index, mpidr in enumerate(mpidrs):
        groups.setdefault(mpidr >> 8, []).append(index)
    return list(groups.values()) if len(mpidrs) > 1 else []


def passed_nodes(vm: SystemVm, named: dict[str, str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Context of the nodes of passed-through devices, and of the fixed clocks that they refer to. `named`: their
    labels."""
    clocks, nodes = [], []
    for number, device in enumerate(vm.passed):
        own: dict[str, str] = {}
        for name, hz in device.device.clocks.items():
            node = f"clock-{number}-{len(own)}"
            own[name] = node.replace("-", "_") + "_"
            clocks.append({"label": own[name], "node": node, "hz": hz, "name": f"{device.name} {name}"})
        nodes.append(_passed(device, named[device.name], own))
    return nodes, clocks


def source(system: System, vm: SystemVm, psci: str = "hvc") -> str:
    """Device tree source of a VM, without the user's overlays. `psci`: how the guest calls PSCI, 'hvc' or 'smc'."""
    named = labels(vm)
    passed, clocks = passed_nodes(vm, named)
    if any(EMULATED[device.kind].clocked for device in vm.emulated):
        clocks.insert(0, {"label": "apb_pclk", "node": "apb-pclk", "hz": APB_PCLK_HZ, "name": "apb_pclk"})
    serials = [named[device.name] for device in vm.emulated if EMULATED[device.kind].serial]
    serials += [named[device.name] for device in vm.passed if "arm,pl011" in device.device.compatible]
    return render(
        "guest.dts.j2",
        system=system,
        vm=vm,
        psci=psci,
        cpu_cells=2 if any(mpidr >> 32 for mpidr in vm.mpidrs) else 1,
        # The binding has one cell here; kernels read two as well, and above 4 GiB there is no other way.
        initrd_cells=2 if vm.initrd and vm.initrd.end >> 32 else 1,
        clusters=_clusters(vm.mpidrs),
        timers=[system.platform.timer.get(name, Interrupt(intid)) for name, intid in TIMERS.items()],
        labels=named,
        clocks=clocks,
        passed=passed,
        serials=serials,
        stdout=bool(serials),
    )


def decompiled(blob: bytes) -> str:
    """The source of a blob, without the names of its labels."""
    done = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", "-"], input=blob, capture_output=True, check=True)
    return done.stdout.decode()


def compile_source(text: str, *options: str) -> bytes:
    """The blob of a source text. Raises DtcError."""
    command = ["dtc", "-q", "-I", "dts", "-O", "dtb", *options, "-o", "-", "-"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    if done.returncode:
        raise DtcError(done.stderr.decode(errors="replace").strip())
    return done.stdout
