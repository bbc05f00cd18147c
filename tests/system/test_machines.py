# SPDX-License-Identifier: Apache-2.0
"""Boards that QEMU models: Debian's Linux alone on all CPUs, and beside a bare-metal control
loop."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from machine import PROMPT, ROOT, WORK, Machine, build, start_built

DTBS = "build/guests/dtbs"
# By platform file, whose description with a control loop is linux-rt-PLATFORM: how QEMU starts the
# board, unless the file says so. QEMU's release 9 has the Raspberry Pi 4, its release 10 the
# i.MX 8M Plus, where list registers work as of 10.0.13.
BOARDS: dict[str, dict[str, Any] | None] = {
    "imx8mp-evk": {"release": 10, "serial": 1, "arguments": [
        "-machine", "imx8mp-evk", "-nic", "none", "-smp", "4", "-dtb", f"{DTBS}/freescale/imx8mp-evk.dtb"]},
    "raspberry-pi-4": {"release": 9, "serial": 1, "arguments": [
        "-machine", "raspi4b", "-smp", "4", "-m", "2G", "-dtb", f"{DTBS}/broadcom/bcm2711-rpi-4-b.dtb"]},
    "versal": None,
    "zcu102": {"arguments": [
        "-machine", "xlnx-zcu102,virtualization=on", "-nic", "none", "-audiodev", "none,id=none", "-smp", "4",
        "-dtb", f"{DTBS}/xilinx/zynqmp-zcu102-rev1.0.dtb"]},
}

# Those with a GICv3, which the control loop drives.
CONTROL = ["imx8mp-evk", "versal"]


def platform(board: str) -> str:
    """The platform file of a board as QEMU has it: the shipped one, or the path of one with how it
    starts. That has the first region of RAM alone, since QEMU replaces the memory node of the tree
    that it is given by one of a single region."""
    qemu = BOARDS[board]
    if qemu is None:
        return board
    content = yaml.safe_load((ROOT / f"vm-configs/platforms/{board}.yaml").read_text(encoding="utf-8"))
    content |= {"memory": content["memory"][:1], "qemu": qemu}
    path = WORK / f"platform-{board}.yaml"
    WORK.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return str(path.relative_to(ROOT))


def shared(board: str) -> dict[str, Any]:
    """The shipped description: Linux on all CPUs but the last, a control loop there."""
    text = (ROOT / f"vm-configs/linux-rt-{board}.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return {**content, "platform": platform(board)}


def alone(board: str) -> dict[str, Any]:
    """Linux on all CPUs."""
    content = shared(board)
    cpus = sum(vm["vcpus"] for vm in content["vms"].values())
    content["vms"] = {"linux": {**content["vms"]["linux"], "vcpus": cpus, "affinity": list(range(cpus))}}
    return content


def started(name: str, content: dict[str, Any]) -> Machine:
    """The board with its own CPUs."""
    return start_built(name, build(name, content), cpu=None, timeout=200)


@pytest.mark.parametrize("board", sorted(BOARDS))
def test_linux_on_all_cpus(board: str) -> None:
    """A shell, all CPUs at work, and the machine goes off with its VM."""
    content = alone(board)
    cpus = content["vms"]["linux"]["vcpus"]
    content["vms"]["linux"]["boot"]["cmdline"] += " pinion.test=smp"
    with started(f"machine-{board}", content) as machine:
        text = machine.wait_end()
    assert f"nproc says {cpus}\n" in text and "# test smp ends with 0" in text and "not ok" not in text
    assert len(re.findall(r"^ok - CPU \d+ takes timer interrupts$", text, re.MULTILINE)) == cpus


def monitor(machine: Machine, command: str) -> None:
    """Give the monitor a command, and Linux the input again."""
    machine.process.send("\x1dm")
    machine.expect("pinion> ")
    machine.type(command)
    machine.type("input linux")


def ticks(machine: Machine) -> None:
    """The control loop has been on time, or knows that it was not, for a second."""
    machine.expect(r"control\| \d+ ticks, \d+ missed")


@pytest.mark.parametrize("board", CONTROL)
def test_restarts_beside_each_other(board: str) -> None:
    """Linux and the control loop restart while the other goes on."""
    prompt = re.escape(PROMPT)
    with started(f"machine-rt-{board}", shared(board)) as machine:
        machine.expect(prompt)
        ticks(machine)
        monitor(machine, "restart control")
        machine.expect("control: restart requested, restarts")
        ticks(machine)
        machine.shell("true")
        monitor(machine, "restart linux")
        machine.expect("linux: restart requested, restarts")
        before = len(re.findall(r"control\| \d+ ticks", machine.text))
        machine.expect(prompt)
        ticks(machine)
        assert len(re.findall(r"control\| \d+ ticks", machine.text)) > before + 1
        monitor(machine, "stop control")
        machine.expect("control: stopped")
        machine.type("poweroff")
        text = machine.wait_end()
    assert "WRONG" not in text
