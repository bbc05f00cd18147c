# SPDX-License-Identifier: Apache-2.0
"""The shipped platform file of a board is what `import` makes of its device tree, line by line,
and lines of ours, where a comment says why."""

from __future__ import annotations

import difflib
import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from gen.board_import import import_board, writer

ROOT = Path(__file__).resolve().parents[2]

# The machine of QEMU whose own device tree it is.
QEMU = {"versal": ["-machine", "xlnx-versal-virt", "-m", "2G"]}

# The device tree of Debian's 6.1 kernel that it is made of, and its SHA-256.
DEBIAN = {
    "am625-sk": (
        "ti/k3-am625-sk", "c6e16575e085d1764244c7875acdc161251297f2c0a33b2afd62e39a6c9b5ceb"),
    "honeycomb-lx2160a": (
        "freescale/fsl-lx2160a-honeycomb", "762f2dbb145813f9a3e6661cca55e82ec54fb00bade3361a7a1c2669792efc31"),
    "imx8mm-evk": (
        "freescale/imx8mm-evk", "5868e5a5c5ff1c1aa4cf9522935f4ca79bfd0b275cadcdbf0dbaa0c7f3d29645"),
    "imx8mp-evk": (
        "freescale/imx8mp-evk", "9cc51891788ab9872b5175f529162861087e59d8d65e1aa71c826fb38dd82666"),
    "raspberry-pi-4": (
        "broadcom/bcm2711-rpi-4-b", "b61443b9dcd7af9ebefa113114af77ec0cd3b477be22bd060f99b3bf376b2ae8"),
    "rock-3a": (
        "rockchip/rk3568-rock-3a", "aec1d0c5cbe278106e3ef9fef9c199502ad0feaca4a8233d8a36c40af739cdf3"),
    "rock-pi-4": (
        "rockchip/rk3399-rock-pi-4b", "bf7c62d6a1c23368a1a118a9cbec8e5e472af9304dc315070c317d7822802286"),
    "zcu102": (
        "xilinx/zynqmp-zcu102-rev1.0", "6d24e5b3f495450f80f2ad03b956097d09e26e1b8124abb3c01044b15e3a1caf"),
}


def qemus(name: str, folder: Path) -> bytes:
    """The device tree of a machine of QEMU, as a blob."""
    blob = folder / f"{name}.dtb"
    kind, machine, *rest = QEMU[name]
    subprocess.run(["qemu-system-aarch64", kind, f"{machine},dumpdtb={blob}", *rest, "-display", "none"],
                   check=True, timeout=60)
    return blob.read_bytes()


def body(text: str) -> list[str]:
    """The lines of a platform file, without those at the top that only comment."""
    lines = text.splitlines()
    return lines[next(at for at, line in enumerate(lines) if not line.startswith("#")):]


def shipped(name: str) -> list[str]:
    """The lines of a shipped file."""
    return body((ROOT / f"vm-configs/platforms/{name}.yaml").read_text(encoding="utf-8"))


def imported(blob: bytes, name: str) -> list[str]:
    """The lines that `import` writes."""
    return body(writer.text(import_board(blob, name)))


def compare(name: str, wanted: list[str]) -> None:
    """Nothing of the import is missing or changed, and what is added says why."""
    lines = shipped(name)
    if "memory: []" in wanted:  # only the boot loader knows
        assert "memory:" in lines
        wanted.remove("memory: []")
    ours: list[list[str]] = [[]]  # lines that stand together
    for line in lines:
        if wanted and line == wanted[0]:
            wanted.pop(0)
            ours.append([])
        else:
            ours[-1].append(line)
    assert not wanted, f"import says {wanted[0]!r}, which the file has not, or elsewhere"
    for added in filter(any, ours):
        assert any("#" in line for line in added), f"no comment says why {added} are there"


@pytest.mark.parametrize("name", sorted(QEMU))
def test_a_machine_of_qemu_is_what_import_makes_and_an_overlay(name: str, tmp_path: Path) -> None:
    compare(name, imported(qemus(name, tmp_path), name))


@pytest.mark.parametrize("name", sorted(DEBIAN))
def test_a_board_is_what_import_makes_and_an_overlay(name: str, dtbs: Path) -> None:
    path, known = DEBIAN[name]
    blob = (dtbs / f"{path}.dtb").read_bytes()
    wanted = imported(blob, name)
    if hashlib.sha256(blob).hexdigest() == known:
        compare(name, wanted)
    else:  # a newer kernel has other trees, though not very different ones
        assert difflib.SequenceMatcher(None, shipped(name), wanted, autojunk=False).ratio() > 0.9


@pytest.mark.parametrize("name", sorted([*QEMU, *DEBIAN]))
def test_linux_beside_a_control_loop_builds(name: str, tmp_path: Path) -> None:
    """The image lies where the platform file says, and holds both guests."""
    try:
        subprocess.run(["make", "-s", f"CONFIG=linux-rt-{name}", f"B={tmp_path}"], cwd=ROOT, check=True)
        image = json.loads((tmp_path / "system.json").read_text())["image"]
        size = (tmp_path / "pinion.bin").stat().st_size
    finally:
        for path in tmp_path.glob("pinion.*"):  # a hundred megabytes
            path.unlink()
    guests = [(ROOT / f"build/guests/{guest}").stat().st_size for guest in ("Image", "control-loop.bin")]
    assert sum(guests) < size <= int(image["end"], 16) - int(image["start"], 16)
    assert f"hypervisor: {{base: {image['start']}, " in "\n".join(shipped(name))
