# SPDX-License-Identifier: Apache-2.0
"""Lists the keys of a description that exports use, so that an export never drops a key silently. A
key in neither table is an error. The names of the parts are those of the schema ($defs)."""

from __future__ import annotations

from typing import Iterator

from ..model import Description, Position, Positioned, SystemVm

# The keys that every target's configuration expresses in its own way.
CARRIED = {
    "description": {"pinion", "platform", "vms"},
    "vm": {"arch", "vcpus", "affinity", "mpidrs", "memory", "boot", "devices", "dtb", "gic", "psci"},
    "memory": {"ipa", "size", "pa"},
    "boot": {"kernel", "initrd", "cmdline", "binary", "load", "entry", "elf"},
    "device": {"kind", "mmio", "irq", "device", "dma"},
    "dtb": {"overlays", "address"},
    "gic": {"version", "distributor", "redistributors", "cpu_interface"},
    "psci": {"method"},
}

# The keys that say how Pinion works and that no guest can notice. They are left out with a warning.
UNSEEN: dict[str, set[str]] = {
    "description": {"console"},
    "vm": {"on_crash", "restart_limit", "clear", "interrupts", "unconfined_interrupts", "uses_pmr"},
}

# The kinds of devices whose keys are checked here. Devices of other kinds are refused as a whole.
KINDS = ("pl011", "passthrough")


def _keys(part: str, thing: Positioned | None) -> Iterator[tuple[str, str, Position]]:
    if thing is not None:
        yield from ((part, key, at) for key, at in thing.keys.items() if key not in CARRIED[part])


def of_description(description: Description) -> Iterator[tuple[str, str, Position]]:
    """The keys above the VMs that exports leave out: part, key and position of each."""
    return _keys("description", description)


def of_vm(vm: SystemVm) -> Iterator[tuple[str, str, Position]]:
    """The keys of a VM that exports leave out: part, key and position of each."""
    yield from _keys("vm", vm.source)
    yield from _keys("boot", vm.source.boot)
    yield from _keys("dtb", vm.source.dtb)
    yield from _keys("gic", vm.source.gic)
    yield from _keys("psci", vm.source.psci)
    for region in vm.source.memory:
        yield from _keys("memory", region)
    for device in vm.source.devices.values():
        if device.kind in KINDS:
            yield from _keys("device", device)
