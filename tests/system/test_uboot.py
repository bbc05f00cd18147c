# SPDX-License-Identifier: Apache-2.0
"""A guest that nobody here wrote: Debian's U-Boot for QEMU's virt machine, from the package
u-boot-qemu."""

from __future__ import annotations

from machine import description, start

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
