# SPDX-License-Identifier: Apache-2.0
"""The shipped platform files of QEMU's machine `virt` are what `import` makes of QEMU's own device
trees, and an overlay: the names of devices, and what the trees do not say."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import pytest

from gen.api import steps
from gen.board_import import Board, import_board
from gen.model import Device, Platform
from gen.read.findings import Findings

ROOT = Path(__file__).resolve().parents[2]

# What the shipped file adds, and why a tree cannot say it.
OVERLAY = {
    "reserved",  # where QEMU puts the tree itself
    "hypervisor",  # where QEMU puts an Image
    "hcrx",  # a gap of this QEMU's firmware
    "clean_caches",  # QEMU has none
    "qemu",
    "spis",  # only the distributor knows
    "list_registers",  # only the CPUs know
    "security_states",  # only the distributor knows
    "quiesce",  # only the devices' specifications say
}
# Devices of the tree that no VM is offered.
NOT_OFFERED = {
    "cfi-flash": "holds firmware",
    "qemu,fw-cfg-mmio": "writes to memory, as any address that it is given",
    "pci-host-ecam-generic": "PCIe is not supported",
    "gpio-keys": "a part of the GPIO controller's VM, as an overlay of its tree",
    "fixed-clock": "comes along with what it drives",
    "qemu,platform": "an empty bus",
}


NAMES = ("qemu-virt", "qemu-virt-gicv2")


@pytest.fixture(scope="module", name="name", params=NAMES)
def fixture_name(request: pytest.FixtureRequest) -> str:
    """One of the shipped files."""
    return str(request.param)


@pytest.fixture(scope="module")
def imported(name: str, tmp_path_factory: pytest.TempPathFactory) -> Board:
    """What `import` makes of QEMU's tree for the machine that the shipped file starts."""
    shipped = load(name)
    assert shipped.qemu
    blob = tmp_path_factory.mktemp("qemu") / "virt.dtb"
    machine = [f"{item},dumpdtb={blob}" if item.startswith("virt,") else item for item in shipped.qemu.arguments]
    size = sum(region.range.size for region in shipped.memory)
    subprocess.run(["qemu-system-aarch64", *machine, "-cpu", shipped.qemu.cpu, "-smp", str(len(shipped.cpus)),
                    "-m", str(size >> 20), "-display", "none"], check=True, timeout=60)
    return import_board(blob.read_bytes(), name)


def load(name: str) -> Platform:
    """The shipped file."""
    findings = Findings()
    platform = steps.load_platform(ROOT / f"vm-configs/platforms/{name}.yaml", findings)
    assert platform is not None, findings.text()
    return platform


def by_address(platform: Platform) -> dict[int, Device]:
    """Devices by the address of their first register."""
    return {device.mmio[0].base: device for device in platform.devices.values() if device.mmio}


def fields(thing: object) -> dict[str, object]:
    """What a part of a platform says, without where it stands in a file and without names for
    messages."""
    hidden = {"at", "keys", "spoiled", "name", "path", "node"} | OVERLAY
    assert dataclasses.is_dataclass(thing)
    names = {field.name for field in dataclasses.fields(thing)} - hidden
    return {name: plain(getattr(thing, name)) for name in names}


def plain(value: object) -> object:
    """A value, with the parts of a platform in it as their fields."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    return fields(value) if hasattr(value, "keys") and hasattr(value, "at") else value


def test_machine_is_what_qemu_says(name: str, imported: Board) -> None:
    ours, theirs = fields(load(name)), fields(imported.platform)
    for side in (ours, theirs):
        side.pop("devices")
    assert ours == theirs


def test_devices_are_what_qemu_says(name: str, imported: Board) -> None:
    ours, theirs = by_address(load(name)), by_address(imported.platform)
    assert {base: fields(device) for base, device in ours.items()} == {base: fields(theirs[base]) for base in ours}


def test_devices_that_are_not_offered_are_known(name: str, imported: Board) -> None:
    ours = by_address(load(name))
    left = [device for device in imported.platform.devices.values()
            if not device.mmio or device.mmio[0].base not in ours]
    assert {device.compatible[0] for device in left} <= set(NOT_OFFERED)


def test_nothing_of_the_tree_is_lost(name: str, imported: Board) -> None:
    """But for PCIe's windows, and the frame of a GICv2 for MSIs, which PCIe uses."""
    msis = ["/intc@8000000/v2m@8020000"] if name == "qemu-virt-gicv2" else []
    assert sorted({loss.path for loss in imported.lost}) == [*msis, "/pcie@10000000"]
    assert imported.devices_whole == imported.devices_seen - 1
