# SPDX-License-Identifier: Apache-2.0
"""Pinion on UARTs other than the PL011 of QEMU's virt machine."""

from __future__ import annotations

import re
import select
import subprocess
from pathlib import Path
from typing import Any

import pytest
from clock import Clock, spent
from machine import A53, POLL, PROMPT, ROOT, WORK, Machine, build, linux, reasons
from test_console import monitor, open_monitor

NAME = "uarts-16550"
ARGUMENTS = ["-device", "pci-serial,chardev=terminal,addr=1"]
# What the firmware of the test makes of it (tests/system/firmware/pci-serial.S).
BASE, SIZE, SPI = 0x3eff1000, 8, 4
UART = f"uart: {{kind: ns16550a, mmio: {{base: {BASE:#x}, size: {SIZE}}}, irq: {{spi: {SPI}}}, clock: 1843200Hz}}"


def firmware(name: str) -> Path:
    """A firmware of tests/system/firmware, built for where QEMU loads what is no Image."""
    source, binary = ROOT / "tests/system/firmware" / f"{name}.S", ROOT / "build/guests" / f"{name}.bin"
    elf = binary.with_suffix(".elf")
    subprocess.run(["aarch64-linux-gnu-gcc", "-nostdlib", "-static", "-Wl,--build-id=none,-Ttext=0x40080000", source,
                    "-o", elf], check=True)
    subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", "-j", ".text", elf, binary], check=True)
    return binary


def platform() -> str:
    """The platform of the machine, with the 16550 as UART: its path."""
    board = (ROOT / "vm-configs/platforms/qemu-virt.yaml").read_text(encoding="utf-8")
    path = WORK / "pci-serial.yaml"
    changed = re.sub(r"(?m)^uart: .*$", UART, board)
    assert changed != board
    WORK.mkdir(parents=True, exist_ok=True)
    path.write_text(changed, encoding="utf-8")
    return str(path.relative_to(ROOT))


def device_tree(arguments: list[str]) -> Path:
    """The machine's own tree, with a node for the 16550."""
    path, node = WORK / f"{NAME}.dtb", f"/serial@{BASE:x}"
    subprocess.run(["qemu-system-aarch64", *arguments, "-display", "none", "-machine", f"dumpdtb={path}"], check=True,
                   capture_output=True)
    subprocess.run(["fdtput", "-c", path, node], check=True)
    subprocess.run(["fdtput", "-t", "s", path, node, "compatible", "ns16550a"], check=True)
    subprocess.run(["fdtput", "-t", "x", path, node, "reg", "0", f"{BASE:x}", "0", f"{SIZE:x}"], check=True)
    return path


def start(content: dict[str, Any]) -> Machine:
    """Build and start it, with the 16550 at the terminal."""
    folder = build(NAME, {**content, "platform": platform()})
    arguments = [*(folder / "qemu.args").read_text(encoding="utf-8").split("\n")[:-1], *A53.arguments]
    tree = device_tree(arguments)
    return Machine(NAME, [*arguments, *ARGUMENTS, "-dtb", str(tree), "-kernel", str(firmware("pci-serial")),
                          "-device", f"loader,file={folder / 'pinion.bin'},addr=0x40200000,force-raw=on"],
                   serial=["-serial", "null", "-chardev", "stdio,id=terminal,signal=off"])


def one_linux(**changes: Any) -> dict[str, Any]:
    """A description of Linux with a console."""
    vm = {"vcpus": 2, "affinity": [0, 1], "memory": [{"ipa": 0x40000000, "size": "256MiB"}], "boot": linux("quiet"),
          "devices": {"console": {"kind": "pl011", "mmio": 0x09000000, "irq": {"spi": 1}}}, **changes}
    return {"pinion": 1, "vms": {"guest": vm}}


def wait_until_stuck(machine: Machine) -> None:
    """Read nothing until the machine sleeps, as it does when the host's terminal takes no more."""
    clock, before = Clock(machine.process.pid), sum(spent(machine.process.pid))
    while clock.seconds() < machine.timeout:
        select.select([], [], [], POLL)
        now = sum(spent(machine.process.pid))
        if now - before < POLL / 10:  # it neither ran nor wanted to
            return
        before = now
    raise AssertionError("it goes on and on")


def test_a_console_at_a_16550() -> None:
    """Linux and the monitor talk by its interrupts: a pasted line comes in, and what the full FIFO
    does not take goes out when there is room again. Nobody else moves it, as Linux waits, too."""
    with start(one_linux()) as machine:
        machine.expect(re.escape(PROMPT))
        words = " ".join(f"word{number}" for number in range(25))
        assert machine.shell(f"echo {words}").split() == words.split()
        machine.type("seq 20000")
        wait_until_stuck(machine)
        machine.expect(r"\n20000\r")
        machine.expect(re.escape(PROMPT))
        assert re.findall(r"^\d+$", machine.text, re.MULTILINE) == [str(number) for number in range(1, 20001)]
        open_monitor(machine)
        assert "uart" in reasons(re.findall(r"vCPU 0: (.*)", monitor(machine, "stats"))[-1])
        machine.type("stop guest")
        machine.wait_end()


@pytest.mark.long
def test_a_vm_that_has_the_16550() -> None:
    """Its node says all that Linux's driver needs; the hypervisor takes it back at the end."""
    content = one_linux(devices={"serial": {"kind": "passthrough", "device": "uart"}},
                        boot={**linux("quiet"), "cmdline": "console=ttyS0 quiet"})
    with start(content) as machine:
        machine.expect(re.escape(PROMPT))
        assert machine.shell("seq 500").split() == [str(number) for number in range(1, 501)]
        machine.type("poweroff -f")
        machine.expect("guest: off\r")
        machine.wait_end()
