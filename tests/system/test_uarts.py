# SPDX-License-Identifier: Apache-2.0
"""Pinion on UARTs other than the PL011 of QEMU's virt machine. A test reads nothing for a while, so
that the UART's FIFO fills up, where QEMU's model of the UART can show that."""

from __future__ import annotations

import re
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from clock import Clock, spent
from machine import A53, POLL, PROMPT, ROOT, WORK, Machine, build, linux, make, reasons, start_built
from test_console import monitor, open_monitor

# Debian's device tree of a board, the start of its RAM, and how QEMU is started.
BOARDS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "cadence-uart": ("xilinx/zynqmp-zcu102-rev1.0", 0x0, {
        "arguments": ["-machine", "xlnx-zcu102,virtualization=on", "-smp", "4", "-nic", "none"]}),
    "imx-uart": ("freescale/imx8mp-evk", 0x40000000, {
        "release": 10, "serial": 1, "arguments": ["-machine", "imx8mp-evk", "-smp", "4", "-nic", "none"]}),
    "bcm2835-aux-uart": ("broadcom/bcm2711-rpi-4-b", 0x0, {
        "release": 10, "serial": 1, "arguments": ["-machine", "raspi4b", "-smp", "4", "-nic", "none", "-m", "2G"]}),
}


def one_linux(platform: Path, **changes: Any) -> dict[str, Any]:
    """A description of Linux with a console."""
    vm = {"vcpus": 2, "affinity": [0, 1], "memory": [{"ipa": 0x40000000, "size": "256MiB"}], "boot": linux("quiet"),
          "devices": {"console": {"kind": "pl011", "mmio": 0x09000000, "irq": {"spi": 1}}}, **changes}
    return {"pinion": 1, "platform": str(platform.relative_to(ROOT)), "vms": {"guest": vm}}


# ---------------------------------------------------------------- a 16550 on PCI

BASE, SIZE, SPI = 0x3eff1000, 8, 4  # as tests/system/firmware/pci-serial.S sets it up
SERIAL = f"uart: {{kind: ns16550a, mmio: {{base: {BASE:#x}, size: {SIZE}}}, irq: {{spi: {SPI}}}, clock: 1843200Hz}}"


def firmware(name: str) -> Path:
    """A firmware of tests/system/firmware, built for where QEMU loads what is no Image."""
    source, binary = ROOT / "tests/system/firmware" / f"{name}.S", ROOT / "build/guests" / f"{name}.bin"
    elf = binary.with_suffix(".elf")
    subprocess.run(["aarch64-linux-gnu-gcc", "-nostdlib", "-static", "-Wl,--build-id=none,-Ttext=0x40080000", source,
                    "-o", elf], check=True)
    subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", "-j", ".text", elf, binary], check=True)
    return binary


def pci_platform() -> Path:
    """The virt machine, with the 16550 as UART."""
    board = (ROOT / "vm-configs/platforms/qemu-virt.yaml").read_text(encoding="utf-8")
    path = WORK / "pci-serial.yaml"
    changed = re.sub(r"(?m)^uart: .*$", SERIAL, board)
    assert changed != board
    WORK.mkdir(parents=True, exist_ok=True)
    path.write_text(changed, encoding="utf-8")
    return path


def pci_tree(name: str, arguments: list[str]) -> Path:
    """The machine's own tree, with a node for the 16550."""
    path, node = WORK / f"{name}.dtb", f"/serial@{BASE:x}"
    subprocess.run(["qemu-system-aarch64", *arguments, "-display", "none", "-machine", f"dumpdtb={path}"], check=True,
                   capture_output=True)
    subprocess.run(["fdtput", "-c", path, node], check=True)
    subprocess.run(["fdtput", "-t", "s", path, node, "compatible", "ns16550a"], check=True)
    subprocess.run(["fdtput", "-t", "x", path, node, "reg", "0", f"{BASE:x}", "0", f"{SIZE:x}"], check=True)
    return path


def start_on_pci(name: str, content: dict[str, Any]) -> Machine:
    """Build and start it, with the 16550 at the terminal."""
    folder = build(name, content)
    arguments = [*(folder / "qemu.args").read_text(encoding="utf-8").split("\n")[:-1], *A53.arguments]
    return Machine(name, [*arguments, "-device", "pci-serial,chardev=terminal,addr=1",
                          "-dtb", str(pci_tree(name, arguments)), "-kernel", str(firmware("pci-serial")),
                          "-device", f"loader,file={folder / 'pinion.bin'},addr=0x40200000,force-raw=on"],
                   serial=["-serial", "null", "-chardev", "stdio,id=terminal,signal=off"])


# ---------------------------------------------------------------- a board


def board_platform(kind: str) -> tuple[Path, Path]:
    """What `import` makes of a board's tree, with RAM and QEMU, and the tree."""
    name, ram, qemu = BOARDS[kind]
    make("build/guests/dtbs")
    tree, path = ROOT / f"build/guests/dtbs/{name}.dtb", WORK / f"{Path(name).name}.yaml"
    WORK.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "gen", "import", tree, "-o", path], cwd=ROOT, check=True,
                   capture_output=True)
    platform = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert platform["uart"]["kind"] == kind
    reserved = [{"name": "device tree", "base": ram + (128 << 20), "size": "2MiB"}]
    platform.update(memory=[{"base": ram, "size": "512MiB"}], hypervisor={"base": ram + (2 << 20), "size": "64MiB"},
                    reserved=[*reserved, *platform.get("reserved", [])], qemu=qemu)
    path.write_text(yaml.safe_dump(platform), encoding="utf-8")
    return path, tree


def start_on_board(kind: str) -> Machine:
    """Linux on a board whose UART is of that kind."""
    platform, tree = board_platform(kind)
    name = f"uarts-{kind}"
    return start_built(name, build(name, one_linux(platform)), None, more=["-dtb", str(tree)])


# ---------------------------------------------------------------- tests


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


def check_console(machine: Machine, fills_up: bool) -> None:
    """A pasted line comes in by interrupts. Much goes out: what the full FIFO does not take goes
    when there is room again, and nobody else moves it, as Linux waits, too."""
    machine.expect(re.escape(PROMPT))
    words = " ".join(f"word{number}" for number in range(25))
    assert machine.shell(f"echo {words}").split() == words.split()
    machine.type("seq 20000")
    if fills_up:
        wait_until_stuck(machine)
    machine.expect(r"\n20000\r")
    machine.expect(re.escape(PROMPT))
    assert re.findall(r"^\d+$", machine.text, re.MULTILINE) == [str(number) for number in range(1, 20001)]
    open_monitor(machine)
    assert "uart" in reasons(re.findall(r"vCPU 0: (.*)", monitor(machine, "stats"))[-1])


def test_a_console_at_a_16550() -> None:
    with start_on_pci("uarts-16550", one_linux(pci_platform())) as machine:
        check_console(machine, True)
        machine.type("stop guest")
        machine.wait_end()


@pytest.mark.parametrize(("kind", "fills_up"), [
    ("cadence-uart", True),
    # QEMU itself waits for the terminal.
    pytest.param("imx-uart", False, marks=pytest.mark.long),
    pytest.param("bcm2835-aux-uart", False, marks=pytest.mark.long)])
def test_a_console_on_a_board(kind: str, fills_up: bool) -> None:
    with start_on_board(kind) as machine:
        check_console(machine, fills_up)


@pytest.mark.long
def test_a_vm_that_has_the_16550() -> None:
    """Its node says all that Linux's driver needs; the hypervisor takes it back at the end."""
    content = one_linux(pci_platform(), devices={"serial": {"kind": "passthrough", "device": "uart"}},
                        boot={**linux("quiet"), "cmdline": "console=ttyS0 quiet"})
    with start_on_pci("uarts-16550-given", content) as machine:
        machine.expect(re.escape(PROMPT))
        assert machine.shell("seq 500").split() == [str(number) for number in range(1, 501)]
        machine.type("poweroff -f")
        machine.expect("guest: off\r")
        machine.wait_end()
