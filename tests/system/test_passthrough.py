# SPDX-License-Identifier: Apache-2.0
"""Devices of the machine in the hands of VMs: QEMU's own, with their registers, interrupts and
DMA."""

from __future__ import annotations

import hashlib
import random
import re
from pathlib import Path
from typing import Any

import pytest
from machine import A53, A53_SECURE, ROOT, WORK, Cpu, Machine, check_tap, linux, start

MIB = 1 << 20
DISK_SIZE = 4 * MIB
PLATFORM = ROOT / "vm-configs" / "platforms" / "qemu-virt.yaml"

# Its registers end before those of this description do: the machine answers to the rest by an
# error.
FW_CFG = 'devices:\n  fw-cfg: {mmio: [{base: 0x09020000, size: 256}], compatible: ["qemu,fw-cfg-mmio"]'

CONSOLE = {"kind": "pl011", "mmio": 0x09000000, "irq": {"spi": 1}}


def passed(device: str) -> dict[str, str]:
    """A device of the board; DMA is accepted where it has DMA."""
    accepted = {"dma": "unconfined"} if device.startswith("virtio") else {}
    return {"kind": "passthrough", "device": device, **accepted}


def vm(pcpu: int, base: int, size: str, boot: dict[str, str], *devices: str) -> dict[str, Any]:
    """A VM of one vCPU whose RAM is mapped 1:1, since its devices have DMA."""
    return {"vcpus": 1, "affinity": [pcpu], "memory": [{"ipa": base, "size": size, "pa": "same"}], "boot": boot,
            "devices": {"console": CONSOLE, **{device: passed(device) for device in devices}}}


def guest(name: str, words: str = "") -> dict[str, str]:
    """`boot` of a bare-metal guest with a command line."""
    return {"kernel": f"build/guests/{name}.bin", **({"cmdline": words} if words else {})}


def system(platform: str = "qemu-virt", **vms: dict[str, Any]) -> dict[str, Any]:
    """A description."""
    return {"pinion": 1, "platform": platform, "vms": vms}


def platform(name: str, old: str, new: str) -> str:
    """Path of a copy of the platform file with `new` in the place of `old`."""
    text = PLATFORM.read_text(encoding="utf-8")
    assert text.count(old) == 1
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / f"{name}.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return str(path.relative_to(ROOT))


def device(kind: str, transport: int, backend: str, identifier: str) -> list[str]:
    """QEMU arguments of a virtio device on one of the machine's transports."""
    return ["-device", f"virtio-{kind}-device,{backend}={identifier},bus=virtio-mmio-bus.{transport}"]


def network(*transports: int) -> list[str]:
    """QEMU arguments of network devices that are connected with each other."""
    made = []
    for number, transport in enumerate(transports):
        made += ["-netdev", f"hubport,id=net{number},hubid=0", *device("net", transport, "netdev", f"net{number}")]
    return made


def disk(name: str) -> Path:
    """A disk whose first half is random, always the same, and whose second half is empty."""
    path = WORK / f"{name}.img"
    WORK.mkdir(parents=True, exist_ok=True)
    path.write_bytes(random.Random(1).randbytes(DISK_SIZE // 2) + bytes(DISK_SIZE // 2))
    return path


def press_power_button(machine: Machine) -> None:
    """In QEMU's monitor, which shares the terminal."""
    machine.process.send("\x01c")
    machine.process.send("system_powerdown\n")
    machine.process.send("\x01c")


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", [A53, A53_SECURE], ids=str)
def test_devices_of_two_linux_vms(cpu: Cpu) -> None:
    """Clock, GPIO, disk and network of the one, network of the other; the three transports are in
    one page."""
    name = f"devices-{cpu}"
    image = disk(name)
    content = system(
        left=vm(0, 0x50000000, "256MiB", linux("pinion.test=devices,halves,net pinion.net=send"),
                "rtc", "gpio", "virtio0", "virtio2"),
        right=vm(1, 0x60000000, "256MiB", linux("pinion.test=net"), "virtio1"))
    more = ["-rtc", "base=2031-05-06T07:08:09", "-drive", f"if=none,file={image},format=raw,id=disk",
            *device("blk", 0, "drive", "disk"), *network(1, 2)]
    with start(name, content, cpu, 150, more) as machine:
        machine.expect("left. # press now")
        press_power_button(machine)
        text = machine.wait_end()
    half = image.read_bytes()[:DISK_SIZE // 2]
    assert image.read_bytes() == half + half
    assert f"left| # disk: {hashlib.md5(half).hexdigest()}" in text
    assert f"right| # net: {hashlib.md5(half + half).hexdigest()}" in text
    assert re.search(r"^left\| # clock: rtc-pl031 9010000.rtc, Tue May  6 07:", text, re.MULTILINE)
    assert "left| # gpio: 9030000.gpio, 8 lines" in text
    assert "left| ok - the button interrupts" in text and "left| ok - the disk reads" in text
    assert "not ok" not in text
    assert "left: off" in text and "right: off" in text


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", [A53, A53_SECURE], ids=str)
def test_registers_in_one_page(cpu: Cpu) -> None:
    """A VM reaches the registers of its own transport and not one byte more, nor does the VM next
    to it."""
    content = system(platform("with-fw-cfg", "devices:", FW_CFG + "}"),
                     left=vm(0, 0x50000000, "32MiB", guest("forwarded"), "virtio1"),
                     right=vm(1, 0x54000000, "32MiB", guest("forwarded"), "virtio2", "fw-cfg"))
    with start(f"forwarded-{cpu}", content, cpu, 100, network(1, 2)) as machine:
        text = machine.wait_end()
    for name in ("left", "right"):
        check_tap("".join(re.findall(rf"^{name}\| (.*\n)", text, re.MULTILINE)))
    assert "right| ok 14 - a device that answers with an error" in text


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", [A53, A53_SECURE], ids=str)
def test_dma_ends_with_the_life_that_started_it(cpu: Cpu) -> None:
    """A VM is restarted while a network device fills its memory: the memory of its next life is its
    own, the network works for it again, and the sender has noticed nothing."""
    content = system(receiver=vm(0, 0x50000000, "64MiB", guest("dma", "mode=receive"), "virtio1", "virtio3"),
                     sender=vm(1, 0x54000000, "64MiB", guest("dma", "mode=send"), "virtio2"))
    # Somebody else takes every packet, so that the sender never waits for the receiver.
    taker = ["-netdev", "user,id=user", "-netdev", "hubport,id=taker,hubid=0,netdev=user"]
    with start(f"dma-{cpu}", content, cpu, 100, [*taker, *network(1, 2, 3)]) as machine:
        machine.expect("receiver: reset, restarts")  # or before its console's last line: they are written independently
        machine.expect("receiver: off")
        machine.expect("sender. # \\d+ packets sent")
        text = machine.text
    results = "".join(re.findall(r"^receiver\| (.*\n)", text, re.MULTILINE))
    assert results.count("# resets now\n") == 1
    check_tap(results.split("# resets now\n")[1])
    for promise in ("nobody writes to the memory of the next life", "200 packets arrive again"):
        assert f"- {promise}" in results
    assert "not ok" not in text


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", [A53, A53_SECURE], ids=str)
def test_quiesce_of_a_page_of_registers(cpu: Cpu) -> None:
    """What a life has written to registers that stage 2 maps is undone before the next one
    looks."""
    board = platform("gpio-quiesce", "clocks: {apb_pclk: 24MHz}\n  # Transports", "clocks: {apb_pclk: 24MHz}\n"
                     "    quiesce: [{offset: 0x400, value: 0}]\n  # Transports")
    content = system(board, one=vm(0, 0x50000000, "32MiB", guest("reset", "quiesced"), "gpio"))
    with start(f"passed-gpio-{cpu}", content, cpu, 60) as machine:
        for life in range(1, 4):
            machine.expect(f"# life {life}\r")
            machine.expect("# resets now")
        assert machine.text.count("now they are outputs") == 3
        assert "not ok" not in machine.text


def test_a_vm_whose_device_goes_on_has_one_life() -> None:
    """Nothing ends its DMA: the VM is not restarted."""
    board = platform("one-life", ", quiesce: *reset}\n\nqemu:", "}\n\nqemu:")
    content = system(board, one=vm(0, 0x50000000, "32MiB", guest("reset"), "virtio31"))
    with start("passed-one-life", content, A53, 60) as machine:
        text = machine.wait_end()
    assert "one: reset, for good, as nothing silences a device of it\n" in text
    assert text.count("# resets now") == 1


def test_a_vm_whose_device_goes_on_at_first_has_no_life() -> None:
    """A device answers to the end of its DMA with an error: the VM is not started, as its images
    would be written over; the VM beside it is."""
    board = platform("no-life", "devices:", f"{FW_CFG}, quiesce: [{{offset: 0x80, value: 0}}]}}")
    content = system(board, one=vm(0, 0x50000000, "32MiB", guest("reset"), "fw-cfg"),
                     other=vm(1, 0x54000000, "32MiB", guest("reset"), "virtio31"))
    with start("passed-no-life", content, A53_SECURE, 60) as machine:
        machine.expect("one: not started, as nothing silences a device of it\r")
        for life in range(1, 3):
            machine.expect(f"other. # life {life}\r")
        assert "one| " not in machine.text
