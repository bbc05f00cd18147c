# SPDX-License-Identifier: Apache-2.0
"""Debian's U-Boot for QEMU's virt machine, from the package u-boot-qemu: as a guest that nobody
here wrote, and as what loads Pinion."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

from machine import PROMPT, WORK, Machine, build, check_tap, description, guest, linux, start

UBOOT = "/usr/lib/u-boot/qemu_arm64/u-boot.bin"


def test_u_boot_reaches_its_prompt() -> None:
    """It is linked for address 0, looks for its device tree at the start of RAM and for its
    environment in a flash that reads as empty memory here."""
    content = description(1, boot={"binary": UBOOT, "load": 0, "entry": 0}, dtb={"address": 0x40000000},
                          memory=[{"ipa": 0x40000000, "size": "256MiB"}, {"ipa": 0, "size": "128MiB"}])
    with start("uboot", content) as machine:
        machine.expect(r"U-Boot 20")
        machine.expect(r"DRAM: +256 MiB")
        machine.type("")
        machine.expect(r"=> ")
        machine.type("fdt addr 0x40000000; fdt print /psci method")
        machine.expect(r'method = "hvc"')
        machine.type("poweroff")
        text = machine.wait_end()
    assert "guest: off" in text


def disk(name: str, files: list[Path]) -> Path:
    """A disk with a partition that has these files."""
    path, folder = WORK / f"{name}.disk", WORK / f"{name}.files"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for file in files:
        (folder / file.name).hardlink_to(file)
    sectors = 2 * (sum(file.stat().st_size for file in files) // 768 + 8192)  # with room to spare
    subprocess.run(["/usr/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-E", "offset=1048576", "-d", folder, path,
                    f"{sectors // 2}k"], check=True)
    # The table of partitions: one, that is active, of Linux, from sector 2048 on.
    table = struct.pack("<B3sB3sII", 0x80, bytes(3), 0x83, bytes(3), 2048, sectors)
    with path.open("r+b") as file:
        file.write(bytes(446) + table + bytes(48) + b"\x55\xaa")
    return path


def load(name: str, folder: Path, files: list[Path]) -> Machine:
    """Start a machine without anything but U-Boot, in EL2, and a disk with these files."""
    arguments = (folder / "qemu.args").read_text(encoding="utf-8").split("\n")
    return Machine(name, [*filter(None, arguments), "-bios", UBOOT,
                          "-drive", f"if=none,id=disk,format=raw,file={disk(name, files)}",
                          "-device", "virtio-blk-device,drive=disk"])


def test_u_boot_starts_linux_on_four_cpus_from_a_disk() -> None:
    """By the script of boot/, which it finds by itself. It has the script at the address to which
    the image is loaded, and passes a tree that it has changed."""
    folder = build("uboot-linux", description(4, boot=linux()))
    boot = folder / "boot"
    with load("uboot-linux", folder, [boot / "boot.scr", boot / "pinion.bin"]) as machine:
        machine.expect(r"Found U-Boot script /boot.scr")
        machine.expect(r"## Executing script at 40200000")
        machine.expect(r"Pinion [0-9.]+: uboot-linux on qemu-virt")
        machine.expect(PROMPT)
        assert "it moves there" not in machine.text
        assert "4" in machine.shell("nproc").split()
        machine.type("poweroff")
        machine.wait_end()


def test_u_boot_takes_the_tree_beside_the_script() -> None:
    """board.dtb, if there is one."""
    folder = build("uboot-tree", description(2, boot=guest("psci")))
    tree, boot = WORK / "board.dtb", folder / "boot"
    arguments = (folder / "qemu.args").read_text(encoding="utf-8").replace("virt,", f"virt,dumpdtb={tree},").split()
    subprocess.run(["qemu-system-aarch64", "-display", "none", *arguments], check=True, capture_output=True)
    with load("uboot-tree", folder, [boot / "boot.scr", boot / "pinion.bin", tree]) as machine:
        machine.expect(r"Working FDT set to 40[0-9a-f]+\r")
        machine.expect(r"guest: vCPU 1 exits")
        check_tap(machine.text)
