# SPDX-License-Identifier: Apache-2.0
"""docs/boards.md says of each shipped board what its platform file says, and of its status what
`make test` has seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gen.api import steps
from gen.model import Platform
from gen.read.findings import Findings
from gen.units import GIB

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/boards.md").read_text(encoding="utf-8")
PLATFORMS = sorted(path.stem for path in (ROOT / "vm-configs/platforms").glob("*.yaml"))
QEMU_ALONE = {"qemu-virt", "qemu-virt-gicv2", "versal"}  # nobody can buy them
RUN, BUILDS = "run on QEMU's model in every test", "builds"


def rows(title: str) -> dict[str, list[str]]:
    """The rows of the table under a title, by the board that each begins with."""
    section = TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "|" in line]
    return {name[1]: row for row in cells if (name := re.match(r"`([a-z0-9-]+)`", row[0]))}


def load(name: str) -> Platform:
    """A shipped platform."""
    findings = Findings()
    platform = steps.load_platform(ROOT / f"vm-configs/platforms/{name}.yaml", findings)
    assert platform is not None, findings.text()
    return platform


def run_in_tests() -> set[str]:
    """The boards that the tests of whole machines start."""
    machines = (ROOT / "tests/system/test_machines.py").read_text(encoding="utf-8")
    listed = re.search(r"(?ms)^BOARDS: .*?^\}", machines)
    assert listed
    return {"qemu-virt", "qemu-virt-gicv2", *re.findall(r'(?m)^    "([^"]+)":', listed[0])}


def test_every_shipped_board_is_listed_once() -> None:
    assert sorted(rows("Boards with a platform file")) == PLATFORMS
    assert set(rows("Real devices for a Linux VM")) == {name for name in PLATFORMS if name not in QEMU_ALONE}


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_row_says_what_the_file_says(name: str) -> None:
    platform = load(name)
    _, ram, gic, uart, start, status = rows("Boards with a platform file")[name]
    size = re.search(r"(\d+) GiB", ram)
    assert size and round(sum(region.range.size for region in platform.memory) / GIB) == int(size[1])
    assert platform.gic and platform.uart
    assert (gic, uart, start) == (str(platform.gic.version), platform.uart.kind, platform.cpu_start)
    assert status == (RUN if name in run_in_tests() else BUILDS)


@pytest.mark.parametrize("name", sorted(rows("Real devices for a Linux VM")))
def test_devices_that_a_vm_can_have_are_in_the_file(name: str) -> None:
    """With as many clocks as the page says that need a rate."""
    numbers = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
    for cell in rows("Real devices for a Linux VM")[name][1:]:
        devices = [load(name).devices[device] for device in re.findall(r"`([^`]+@[^`]+)`", cell)]
        said = re.search(r"rates? of (\w+)(?: and (\w+))? clocks?", cell)
        counts = [numbers[word] for word in said.groups() if word] if said else [0]
        for device, count in zip(devices, counts * len(devices)):
            assert len(device.uses.get("clocks", [])) == count, device.name
            assert device.dma
