# SPDX-License-Identifier: Apache-2.0
"""virtio-blk: our own driver on Pinion and on plain QEMU, and Debian's Linux with ext4."""

from __future__ import annotations

import re
from typing import Any

import pytest
from machine import (A53, A53_SECURE, A57, PROMPT, WORK, Cpu, check_tap, description, guest, lengths, linux, make,
                     show_exits, start, start_plain)

SERIAL = "pinion test"
PIECES = [{"ipa": 0x40000000, "size": "18436KiB", "pa": 0x60000000}, {"ipa": 0x41201000, "size": "64MiB"}]


def disk(number: int, **keys: Any) -> dict[str, Any]:
    """A disk as a description has it."""
    return {"kind": "virtio-blk", "mmio": 0x0A000000 + 0x1000 * number, "irq": {"spi": 16 + number}, **keys}


def with_disks(vcpus: int, disks: dict[str, dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """A description of one VM with these disks."""
    content = description(vcpus, **changes)
    content["vms"]["guest"]["devices"].update(disks)
    return content


@pytest.mark.matrix
@pytest.mark.parametrize(("cpu", "vcpus", "changes"), [
    (A53, 4, {}), (A53_SECURE, 4, {}), (A53, 1, {}), (A57, 8, {}),
    (A53, 2, {"affinity": [3, 1], "memory": PIECES}),
], ids=["a53", "secure", "1", "a57-8", "pieces"])
def test_guest(request: pytest.FixtureRequest, cpu: Cpu, vcpus: int, changes: dict[str, Any]) -> None:
    """Requests of every shape, interrupts to every vCPU, resets in the middle, mistakes. RAM in two
    pieces that are neighbours for the guest and lie apart in the machine."""
    name = f"virtio-guest-{request.node.callspec.id}"
    disks = {"disk": disk(0, size="2MiB", serial=SERIAL),
             "reference": disk(1, image="build/guests/disk.img", read_only=True)}
    with start(name, with_disks(vcpus, disks, boot=guest("virtio"), **changes), cpu, 150) as machine:
        text = machine.wait_end()
    check_tap(text)
    show_exits(text)


def test_reference() -> None:
    """The same driver with QEMU's own virtio-blk."""
    make("build/guests/virtio.bin")
    image = WORK / "virtio-reference.img"
    image.write_bytes(bytes(2 << 20))
    arguments = ["-append", "plain", "-global", "virtio-mmio.force-legacy=false",
                 "-drive", f"if=none,id=disk,format=raw,file={image}",
                 "-device", f"virtio-blk-device,drive=disk,serial={SERIAL}"]
    with start_plain("plain-virtio", "build/guests/virtio.bin", arguments, timeout=150) as machine:
        check_tap(machine.wait_end())


LINUX_DISKS = {"disk": disk(0, image="build/guests/disk.img"), "more": disk(1, size="16MiB")}


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", [A53, A53_SECURE], ids=str)
def test_linux(cpu: Cpu) -> None:
    """ext4 and a raw disk under parallel writes, reads and comparisons from four CPUs."""
    content = with_disks(4, LINUX_DISKS, boot=linux(f"pinion.test=disk {lengths()}"))
    with start(f"virtio-linux-{cpu}", content, cpu, 200) as machine:
        text = machine.wait_end()
    assert "virtio_blk virtio0: [vda] 4096 512-byte logical blocks" in text
    assert "# test disk ends with 0" in text
    assert not re.findall(r"^not ok .*", text, re.MULTILINE), text[-3000:]
    assert len(re.findall(r"^ok - ", text, re.MULTILINE)) == 14
    show_exits(text)


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", [A53, A53_SECURE], ids=str)
def test_persist(cpu: Cpu) -> None:
    """When the VM starts again, in RAM that is cleared, a disk with `persist` is as it was left,
    one without as it was at first."""
    image = "build/guests/disk.img"
    disks = {"keep": disk(0, image=image, persist=True), "fresh": disk(1, image=image),
             "kept": disk(2, size="64KiB", persist=True), "zeros": disk(3, size="64KiB")}
    mount = "mkdir -p /mnt/a /mnt/b; mount /dev/vda /mnt/a && mount /dev/vdb /mnt/b"
    with start(f"virtio-persist-{cpu}", with_disks(2, disks, boot=linux(), clear=True), cpu, 180) as machine:
        machine.expect(re.escape(PROMPT))
        machine.shell(f"dmesg -n 1; {mount}")
        for path in ("/mnt/a/file", "/mnt/b/file", "/dev/vdc", "/dev/vdd"):
            machine.shell(f"seq 1 5000 >{path}")
        want = machine.shell("seq 1 5000 | md5sum").split()[0]
        machine.shell("umount /mnt/a /mnt/b; sync")
        machine.type("reboot -f")
        machine.expect(re.escape(PROMPT))
        machine.shell(f"dmesg -n 1; {mount}")
        assert want in machine.shell("md5sum </mnt/a/file")
        assert machine.shell("ls /mnt/b").split() == ["lost+found"]
        assert want in machine.shell("head -c $(seq 1 5000 | wc -c) /dev/vdc | md5sum")
        assert machine.shell("tr -d '\\000' </dev/vdd | wc -c").strip() == "0"
