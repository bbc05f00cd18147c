# SPDX-License-Identifier: Apache-2.0
"""How the image starts: wherever the firmware has put it, it runs where it was linked to run, or
says why it cannot."""

from __future__ import annotations

import re
import struct
import subprocess
from functools import cache
from pathlib import Path

import pytest
from machine import WORK, Machine, build, check_tap, description, guest

QEMU = ["-machine", "virt,gic-version=3,virtualization=on", "-nodefaults", "-m", "2048", "-cpu", "cortex-a53", "-smp",
        "2"]
LINKED = 0x40200000  # the hypervisor's base on this board
TREE = 0x4c000000  # where the tests put the board's device tree: in RAM, and away from the rest


def firmware(entry: int, tree: int) -> Path:
    """A boot ROM: x0 = tree, and a jump to the entry."""
    code = [0x58000080, 0x580000A1, 0xD61F0020, 0xD503201F]  # ldr x0, 16; ldr x1, 24; br x1; nop
    path = WORK / f"jump-{entry:x}-{tree:x}.bin"
    path.write_bytes(struct.pack("<4I2Q", *code, tree, entry))
    return path


@cache
def board_tree() -> bytes:
    """The device tree that QEMU makes for the machine."""
    path = WORK / "start.dtb"
    machine = [word + (f",dumpdtb={path}" if word.startswith("virt,") else "") for word in QEMU]
    subprocess.run(["qemu-system-aarch64", "-display", "none", *machine], check=True, capture_output=True)
    return path.read_bytes()


def edited(old: bytes, new: bytes) -> bytes:
    """That tree with something in its source replaced."""
    source = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts"], check=True, capture_output=True,
                            input=board_tree()).stdout
    assert old in source
    source = source.replace(old, new)
    return subprocess.run(["dtc", "-q", "-O", "dtb"], check=True, capture_output=True, input=source).stdout


@pytest.fixture(scope="module", name="image")
def fixture_image() -> Path:
    """A small image: about 400 KB."""
    return build("start", description(2, boot=guest("psci"))) / "pinion.bin"


def start_at(name: str, image: Path, address: int, tree: bytes | None = None, tree_at: int = TREE) -> Machine:
    """Start the image from an address."""
    blob = WORK / f"{name}.dtb"
    blob.write_bytes(tree or board_tree())
    return Machine(name, [*QEMU, "-bios", str(firmware(address, tree_at)),
                          "-device", f"loader,file={blob},addr={tree_at:#x},force-raw=on",
                          "-device", f"loader,file={image},addr={address:#x},force-raw=on"])


@pytest.mark.parametrize("distance", [0, 0x10000000, 0x1000, 0x21000, -0x1000, -0x21000, -0x100000], ids=hex)
def test_the_image_moves_to_its_place(image: Path, distance: int) -> None:
    """Above and below, overlapping its place by all but a page, by most, and not at all."""
    assert 0x22000 < image.stat().st_size < 0x100000
    with start_at(f"start-{distance:x}", image, LINKED + distance) as machine:
        machine.expect(r"vCPU 1 exits")
        text = machine.text
    check_tap(text)
    moves = re.findall(r"Pinion was loaded to ([0-9a-f]+) and belongs at 40200000\.\.[0-9a-f]+: it moves there\n", text)
    assert moves == ([f"{LINKED + distance:x}"] if distance else [])


@pytest.mark.parametrize("old, new, tree_at, reason", [
    (b"/dts-v1/;", b"/dts-v1/; /memreserve/ 0x40202000 0x1000;", TREE, r"the firmware reserves 40202000\.\.40202fff"),
    (b"0x40000000 0x00 0x80000000", b"0x40000000 0x00 0x00210000", TREE, r"not all of that is RAM"),
    (b"", b"", LINKED + 0x1000, r"the device tree is there, at 40201000\.\.[0-9a-f]+"),
], ids=["reserved", "no RAM", "tree"])
def test_the_image_does_not_move_to_memory_that_is_not_free(image: Path, old: bytes, new: bytes, tree_at: int,
                                                            reason: str) -> None:
    """The message has both addresses, and why nothing was written where the image belongs."""
    with start_at("start-not-free", image, LINKED + 0x200000, edited(old, new), tree_at) as machine:
        machine.expect(r"Pinion was loaded to 40400000 and belongs at 40200000\.\.[0-9a-f]+: "
                       rf"{reason}; nothing was started")
