# SPDX-License-Identifier: Apache-2.0
"""Every board of Debian's arm64 kernel package can be imported: `check` accepts the file, reading
it gives the same platform again, and registers are where another reader of device trees sees
them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from as_linux import registers
from gen.api import steps
from gen.board_import import Board, import_board, writer
from gen.devicetree import tree
from gen.model import Platform
from gen.read.findings import Findings

VENDORS = ("allwinner", "amd", "amlogic", "apm", "arm", "broadcom", "cavium", "freescale", "hisilicon", "marvell",
           "nvidia", "qcom", "renesas", "rockchip", "ti", "xilinx")
MANY = ("freescale", "qcom", "rockchip")
PARTS = [(vendor, part) for vendor in VENDORS for part in range(3 if vendor in MANY else 1)]
WHOLE = 0.9  # the least share of devices of a vendor that is carried over whole
FEW = {"marvell": 0.85, "cavium": 0.4}  # MSIs of GICv2m frames; a tree of five devices with impossible interrupts


def wanted(paths: list[Path], config: pytest.Config, part: str) -> list[Path]:
    """All of the boards with --long, otherwise a sixth of them, drawn by --seed."""
    if config.getoption("--long"):
        return paths
    return sorted(Random(f"{config.getoption('--seed')} {part}").sample(paths, max(2, len(paths) // 6)))


def check_file(board: Board, path: Path) -> Platform:
    """Write the platform file, and read it again."""
    path.write_text(writer.text(board), encoding="utf-8")
    findings = Findings()
    platform = steps.load_platform(path, findings)
    assert findings.text() == ""
    assert platform is not None
    return platform


@pytest.mark.parametrize("vendor, part", PARTS)
def test_every_board_is_imported_into_a_file_that_check_accepts(vendor: str, part: int, dtbs: Path, tmp_path: Path,
                                                                record_property: Callable[[str, object], None],
                                                                pytestconfig: pytest.Config) -> None:
    there = sorted((dtbs / vendor).rglob("*.dtb"))[part::3 if vendor in MANY else 1]
    paths = wanted(there, pytestconfig, f"{vendor} {part}")
    assert paths
    seen = whole = 0
    for number, path in enumerate(paths):
        blob = path.read_bytes()
        board = import_board(blob, path.stem)
        platform = check_file(board, tmp_path / f"{path.stem}.yaml")
        # Neither text holds the comments, which only an import knows.
        assert writer.platform_text(platform) == writer.platform_text(board.platform), path
        if number % 8 == 0:
            assert writer.text(import_board(blob, path.stem)) == writer.text(board), path
        nodes = tree.read(blob)
        for device in platform.devices.values():
            mmio = {(area.base, area.size) for area in device.mmio}
            assert mmio <= registers(nodes[device.node]), (path, device.name)
        seen += board.devices_seen
        whole += board.devices_whole
    for name, value in (("there", len(there)), ("boards", len(paths)), ("seen", seen), ("whole", whole)):
        record_property(name, value)  # tests/run prints the sums
    assert whole >= FEW.get(vendor, WHOLE) * seen


def test_no_folder_is_left_out(dtbs: Path) -> None:
    assert len(list(dtbs.rglob("*.dtb"))) > 500
    assert {path.relative_to(dtbs).parts[0] for path in dtbs.rglob("*.dtb")} == set(VENDORS)
