# SPDX-License-Identifier: Apache-2.0
"""Which keys of a description the exports carry over, so that none is left out silently: a key that is in neither table
is refused. The parts are those of the schema ($defs)."""

from __future__ import annotations

from typing import Iterator

from ..model import Description, Position, Positioned, SystemVm

# What every target is told, in its own way.
CARRIED = {
    "description": {"pinion", "platform", "vms"},
    "vm": {"arch", "vcpus", "affinity", "mpidrs", "memory", "boot", "devices", "dtb", "gic"},
    "memory": {"ipa", "size", "pa"},
    "boot": {"kernel", "initrd", "cmdline", "binary", "load", "entry", "elf"},
    "device": {"kind", "mmio", "irq", "device", "dma"},
    "dtb": {"overlays", "address"},
    "gic": {"version", "distributor", "redistributors"},
}

# What says how Pinion goes about it, and no guest sees: left out, and said.
UNSEEN: dict[str, set[str]] = {
    "description": {"console"},
    "vm": {"on_crash", "restart_limit", "clear", "interrupts", "unconfined_interrupts", "uses_pmr"},
}

# Kinds of devices that are looked at; the others are refused as a whole.
KINDS = ("pl011", "passthrough")


def _keys(part: str, thing: Positioned | None) -> Iterator[tuple[str, str, Position]]:
    if thing is not None:
        yield from ((part, key, at) for key, at in thing.keys.items() if key not in CARRIED[part])


def of_description(description: Description) -> Iterator[tuple[str, str, Position]]:
    """Part, key and place of everything above the VMs that is not carried over."""
    return _keys("description", description)


def of_vm(vm: SystemVm) -> Iterator[tuple[str, str, Position]]:
    """Part, key and place of everything in a VM that is not carried over."""
    yield from _keys("vm", vm.source)
    yield from _keys("boot", vm.source.boot)
    yield from _keys("dtb", vm.source.dtb)
    yield from _keys("gic", vm.source.gic)
    for piece in vm.source.memory:
        yield from _keys("memory", piece)
    for device in vm.source.devices.values():
        if device.kind in KINDS:
            yield from _keys("device", device)
