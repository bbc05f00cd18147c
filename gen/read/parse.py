# SPDX-License-Identifier: Apache-2.0
"""Turns trees into the dataclasses of the model, with defaults filled in. The trees are valid:
whatever was not has been removed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable

from .. import units
from ..model import (GIC_COMPATIBLES, TIMER_INTIDS, Boot, CallRange, ConsoleOptions, Cpu, Description, Device,
                     DeviceNode, DmaWindow, DtbOptions, Gic, Interrupt, Memory, Platform, Position, Psci, Qemu, Range,
                     Reference, Region, RegisterWrite, Uart, Vm, VmDevice, VmGic, VmPsci)
from . import irq_notation
from .uart_kinds import BAUD, UART_KINDS
from .words import shorten
from .yaml_tree import Node


class _Fields:
    """Reads the keys of a mapping with their defaults."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def __contains__(self, key: str) -> bool:
        return key in self.node.value

    def __getitem__(self, key: str) -> Node:
        child: Node = self.node.value[key]
        return child

    def get(self, key: str, default: Any = None, convert: Callable[[Any], Any] = lambda value: value) -> Any:
        """The value of a key without positions, converted. The default if the key was not written.
        """
        return convert(self[key].plain()) if key in self else default

    def items(self, key: str) -> list[Node]:
        """The elements of a list. Empty if the key was not written."""
        return list(self[key].value) if key in self else []

    def named(self, key: str) -> dict[str, Node]:
        """The entries of a mapping. Empty if the key was not written."""
        return dict(self[key].value) if key in self else {}

    @property
    def place(self) -> dict[str, Any]:
        """The arguments for `Positioned`."""
        return {"at": self.node.name_at, "keys": {key: child.at for key, child in self.node.value.items()},
                "spoiled": self.node.spoiled}


def _range(node: Node) -> Range:
    fields = _Fields(node)
    return Range(fields.get("base", 0, units.address), fields.get("size", 0, units.size))


# ---------------------------------------------------------------- platform file


def parse_platform(root: Node, path: Path) -> Platform:
    """Parse a platform file. `path`: the file."""
    fields = _Fields(root)
    places = fields.place
    places["keys"] = {**places["keys"], **{f"timer.{name}": node.at for name, node in fields.named("timer").items()}}
    timer = {name: Interrupt(intid) for name, intid in TIMER_INTIDS.items()}
    written = fields.named("timer")
    errata = written.pop("errata", None)
    for name, node in written.items():
        timer[name] = irq_notation.convert(node.plain())
    return Platform(
        **places,
        name=path.stem,
        path=path,
        compatible=fields.get("compatible"),
        pa_bits=fields.get("pa_bits", 40),
        cpus=[_cpu(node) for node in fields.items("cpus")],
        cpu_compatible=fields.get("cpu_compatible", "arm,armv8"),
        cpu_start=fields.get("cpu_start", "psci-smc"),
        psci=_psci(fields["psci"]) if "psci" in fields else None,
        hcrx=fields.get("hcrx", True),
        clean_caches=fields.get("clean_caches", False),
        boot_cpu=fields.get("boot_cpu", 0),
        memory=[_region(node, "RAM") for node in fields.items("memory")],
        reserved=[_region(node, "reserved memory") for node in fields.items("reserved")],
        hypervisor=_region(fields["hypervisor"], "hypervisor") if "hypervisor" in fields else None,
        gic=_gic(fields["gic"]) if "gic" in fields else None,
        timer=timer,
        timer_errata=errata.plain() if errata else [],
        pmu=fields.get("pmu", None, irq_notation.convert),
        maintenance=fields.get("maintenance", Interrupt(25), irq_notation.convert),
        uart=_uart(fields["uart"]) if "uart" in fields else None,
        devices={name: _device(name, node) for name, node in fields.named("devices").items()},
        qemu=_qemu(fields["qemu"]) if "qemu" in fields else None,
    )


def _cpu(node: Node) -> Cpu:
    fields = _Fields(node)
    return Cpu(**fields.place, mpidr=fields.get("mpidr", 0, units.address), compatible=fields.get("compatible", ""),
               cluster=fields.get("cluster"), release=fields.get("release", None, units.address))


def _psci(node: Node) -> Psci:
    fields = _Fields(node)
    return Psci(**fields.place, cpu_on=fields.get("cpu_on", 0, units.address),
                cpu_off=fields.get("cpu_off", 0, units.address))


def _region(node: Node, name: str) -> Region:
    fields = _Fields(node)
    return Region(**fields.place, name=fields.get("name", name), range=_range(node), no_map=fields.get("no_map", False))


def _gic(node: Node) -> Gic:
    fields = _Fields(node)
    return Gic(
        **fields.place,
        version=(version := fields.get("version", 3)),
        compatible=fields.get("compatible", GIC_COMPATIBLES[version]),
        distributor=_range(fields["distributor"]),
        redistributors=[_range(region) for region in fields.items("redistributors")],
        stride=fields.get("stride", 0x20000, units.size),
        cpu_interface=_range(fields["cpu_interface"]) if "cpu_interface" in fields else None,
        hypervisor_interface=_range(fields["hypervisor_interface"]) if "hypervisor_interface" in fields else None,
        virtual_interface=_range(fields["virtual_interface"]) if "virtual_interface" in fields else None,
        its=[_range(area) for area in fields.items("its")],
        spis=fields.get("spis"),
        list_registers=fields.get("list_registers", 4),
        security_states=fields.get("security_states", 2),
    )


def _uart(node: Node) -> Uart:
    fields = _Fields(node)
    kind = fields.get("kind")
    return Uart(
        **fields.place,
        kind=kind,
        mmio=_range(fields["mmio"]),
        irq=fields.get("irq", None, irq_notation.convert),
        clock=fields.get("clock", 0, units.frequency),
        baud=fields.get("baud", BAUD),
        register_offset=fields.get("register_offset", 0, units.address),
        register_shift=fields.get("register_shift", UART_KINDS[kind].shift),
        access_width=fields.get("access_width", UART_KINDS[kind].width),
        compatible=fields.get("compatible", UART_KINDS[kind].compatible),
        clock_names=UART_KINDS[kind].clocks,
        uses=_uses(fields),
        properties=_properties(fields),
        parent=fields.get("parent", ""),
        aliases=fields.get("aliases", []),
    )


def _device(name: str, node: Node) -> Device:
    fields = _Fields(node)
    return Device(
        **_device_node(name, fields),
        node=fields.get("node", ""),
        mmio=[_range(item) for item in fields.items("mmio")],
        irqs=[irq_notation.convert(item.plain()) for item in fields.items("irqs")],
        dma=fields.get("dma", False),
        dma_ranges=[_dma_window(item) for item in fields.items("dma_ranges")],
        compatible=fields.get("compatible", []),
        clocks={key: units.frequency(value.plain()) or 0 for key, value in fields.named("clocks").items()},
        quiesce=[_register_write(item) for item in fields.items("quiesce")],
        poweroff=[_register_write(item) for item in fields.items("poweroff")],
        reset=[_register_write(item) for item in fields.items("reset")],
        firmware_calls=[_call_range(item) for item in fields.items("firmware_calls")],
        parent=fields.get("parent", ""),
        aliases=fields.get("aliases", []),
        disabled=fields.get("status", "okay") == "disabled",
    )


def _dma_window(node: Node) -> DmaWindow:
    fields = _Fields(node)
    return DmaWindow(fields.get("bus", 0, units.address), fields.get("base", 0, units.address),
                     fields.get("size", 0, units.size))


def _call_range(node: Node) -> CallRange:
    fields = _Fields(node)
    first = fields.get("first", 0, units.address)
    return CallRange(**fields.place, first=first, last=fields.get("last", first, units.address))


def _register_write(node: Node) -> RegisterWrite:
    fields = _Fields(node)
    return RegisterWrite(**fields.place, region=fields.get("region", 0), offset=fields.get("offset", 0, units.address),
                         size=fields.get("size", 4), value=fields.get("value", 0, units.address))


def _device_node(name: str, fields: _Fields) -> dict[str, Any]:
    """The fields that devices and their children have in common."""
    return {
        **fields.place,
        "name": name,
        "properties": _properties(fields),
        "uses": _uses(fields),
        "children": {key: DeviceNode(**_device_node(key, _Fields(value)))
                     for key, value in fields.named("children").items()},
    }


def _properties(fields: _Fields) -> dict[str, Any]:
    return {key: _property(value) for key, value in fields.named("properties").items()}


def _uses(fields: _Fields) -> dict[str, list[Reference]]:
    return {key: [reference(item.value) for item in value.value] for key, value in fields.named("uses").items()}


def _property(node: Node) -> Any:
    value = node.value
    if isinstance(value, list):
        return [item.value for item in value]
    return bytes.fromhex(value["bytes"].value) if isinstance(value, dict) else value


def reference(text: str) -> Reference:
    """Parse a reference such as `clock-controller@7e101000 19`. The first word that is not a number
    is the device."""
    words = text.split()
    at = next((index for index, word in enumerate(words) if not word[0].isdigit()), None)
    if at is None:
        return Reference("")
    return Reference(words[at], tuple(int(word, 0) for word in words[at + 1:]),
                     tuple(int(word, 0) for word in words[:at]))


def _qemu(node: Node) -> Qemu:
    fields = _Fields(node)
    return Qemu(**fields.place, cpu=fields.get("cpu", ""), release=fields.get("release", 7),
                serial=fields.get("serial", 0), arguments=fields.get("arguments"))


# ---------------------------------------------------------------- description


def find_file(name: str, folder: Path) -> Path:
    """The path of a file that a description names: in the working directory, or else in the
    description's folder. If neither has it, the path in the working directory, since `make` may be
    able to build that."""
    for path in (Path(name), folder / name):
        if os.path.exists(path):
            return path
    return Path(name)


def parse_description(root: Node, path: Path, platform: Platform | None) -> Description:
    """Parse a description file. `platform`: the platform that it names."""
    fields = _Fields(root)
    lost = frozenset({"vms"} if fields["vms"].spoiled else ())
    return Description(
        at=root.name_at,
        keys=fields.place["keys"],
        spoiled=root.spoiled | lost,
        path=path,
        version=fields.get("pinion", 1),
        platform=platform,
        vms=[_vm(name, node, path.parent) for name, node in fields.named("vms").items()],
        console=_console(fields["console"]) if "console" in fields else None,
    )


def _console(node: Node) -> ConsoleOptions:
    return ConsoleOptions(**_Fields(node).place, pcpu=_Fields(node).get("pcpu"))


def _vm(name: str, node: Node, folder: Path) -> Vm:
    fields = _Fields(node)
    vcpus = fields.get("vcpus", 1)
    mpidrs = [units.address(item) or 0 for item in fields.get("mpidrs", [])]
    lost = frozenset({"devices"} if "devices" in fields and fields["devices"].spoiled else ())
    return Vm(
        at=node.name_at,
        keys=fields.place["keys"],
        spoiled=node.spoiled | lost,
        name=shorten(name),
        vcpus=vcpus,
        affinity=fields.get("affinity", []),
        affinity_positions=[item.at for item in fields.items("affinity")],
        mpidrs=mpidrs if "mpidrs" in fields else [default_mpidr(index) for index in range(vcpus)],
        interrupts=fields.get("interrupts", "auto"),
        unconfined_interrupts=fields.get("unconfined_interrupts", False),
        uses_pmr=fields.get("uses_pmr", False),
        firmware_calls=[_call_range(item) for item in fields.items("firmware_calls")],
        memory=[_memory(item) for item in fields.items("memory")],
        boot=_boot(fields["boot"], folder) if "boot" in fields else Boot(node.name_at),
        devices={key: _vm_device(key, item, folder) for key, item in fields.named("devices").items()},
        on_crash=fields.get("on_crash", "stop"),
        restart_limit=fields.get("restart_limit", None),
        clear=fields.get("clear", False),
        dtb=_dtb(fields["dtb"], folder) if "dtb" in fields else DtbOptions(node.name_at),
        gic=_vm_gic(fields["gic"]) if "gic" in fields else VmGic(node.name_at),
        psci=_vm_psci(fields["psci"]) if "psci" in fields else VmPsci(node.name_at),
    )


def default_mpidr(index: int) -> int:
    """The default affinity of vCPU `index`. A cluster has 16 vCPUs, because the target list of
    ICC_SGI1R_EL1 has 16 bits."""
    return index // 16 << 8 | index % 16


def _memory(node: Node) -> Memory:
    fields = _Fields(node)
    ipa = fields.get("ipa", 0, units.address)
    return Memory(**fields.place, ipa=ipa, size=fields.get("size", 0, units.size),
                  pa=fields.get("pa", None, lambda value: ipa if value == "same" else units.address(value)))


def _boot(node: Node, folder: Path) -> Boot:
    fields = _Fields(node)

    def path(key: str) -> Path | None:
        return find_file(fields[key].value, folder) if key in fields else None

    return Boot(
        **fields.place,
        kernel=path("kernel"),
        initrd=path("initrd"),
        cmdline=fields.get("cmdline", ""),
        binary=path("binary"),
        load=fields.get("load", None, units.address),
        entry=fields.get("entry", None, units.address),
        elf=path("elf"),
    )


def _vm_device(name: str, node: Node, folder: Path) -> VmDevice:
    fields = _Fields(node)
    return VmDevice(
        **fields.place,
        name=shorten(name),
        kind=fields.get("kind"),
        mmio=fields.get("mmio", None, units.address),
        irq=fields.get("irq", None, irq_notation.convert),
        device=fields.get("device", ""),
        dma=fields.get("dma", ""),
        image=fields.get("image", None, lambda path: find_file(path, folder)),
        size=fields.get("size", None, units.size),
        read_only=fields.get("read_only", False),
        persist=fields.get("persist", False),
        serial=fields.get("serial", ""),
    )


def _dtb(node: Node, folder: Path) -> DtbOptions:
    fields = _Fields(node)
    positions: list[Position] = [item.at for item in fields.items("overlays")]
    return DtbOptions(
        **fields.place,
        overlays=[find_file(item.value, folder) for item in fields.items("overlays")],
        overlay_positions=positions,
        address=fields.get("address", None, units.address),
    )


def _vm_psci(node: Node) -> VmPsci:
    fields = _Fields(node)
    return VmPsci(**fields.place, method=fields.get("method", "hvc"))


def _vm_gic(node: Node) -> VmGic:
    fields = _Fields(node)
    return VmGic(**fields.place, version=fields.get("version"),
                 distributor=fields.get("distributor", None, units.address),
                 redistributors=fields.get("redistributors", None, units.address),
                 cpu_interface=fields.get("cpu_interface", None, units.address))
