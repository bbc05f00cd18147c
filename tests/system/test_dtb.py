# SPDX-License-Identifier: Apache-2.0
"""The generated device tree, without the hypervisor: valid by schema, and good enough for plain
QEMU."""

from __future__ import annotations

import subprocess

import pytest
import yaml
from machine import ROOT, WORK, description, linux, make, start_plain


def generate(name: str, vcpus: int, **changes: object) -> str:
    """Generate a description's products: path of the guest's tree."""
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / f"{name}.yaml"
    path.write_text(yaml.safe_dump(description(vcpus, **changes), sort_keys=False), encoding="utf-8")
    make(f"CONFIG={path.relative_to(ROOT)}", "dtb")
    return str(ROOT / "build" / name / "trees" / "guest.dtb")


@pytest.mark.parametrize("vcpus", [1, 4, 8])
def test_valid(vcpus: int) -> None:
    """dt-validate has nothing to say."""
    devices = {**description()["vms"]["guest"]["devices"],
               "disk": {"kind": "virtio-blk", "mmio": 0x0A000000, "irq": {"spi": 16}, "size": "1MiB"}}
    dtb = generate(f"dtb-{vcpus}", vcpus, boot=linux(), devices=devices)
    done = subprocess.run(["dt-validate", dtb], check=False, capture_output=True, text=True)
    assert done.returncode == 0 and not done.stdout.strip(), done.stdout + done.stderr


def test_boots_in_plain_qemu() -> None:
    """The same kernel boots with the same tree where QEMU is the machine that the tree
    describes."""
    make("build/guests/Image", "build/guests/initrd.cpio.gz")
    dtb = generate("dtb-plain", 4, boot=linux("pinion.test=smp"))
    arguments = ["-dtb", dtb, "-initrd", "build/guests/initrd.cpio.gz"]
    with start_plain("dtb-plain", "build/guests/Image", arguments) as machine:
        brought_up = machine.expect(r"smp: Brought up 1 node, (\d+) CPU")
        assert brought_up[1] == "4"
        text = machine.wait_end()
    assert "# test smp ends with 0" in text and "not ok" not in text
