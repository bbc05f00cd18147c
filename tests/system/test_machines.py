# SPDX-License-Identifier: Apache-2.0
"""Boards that QEMU models: Debian's Linux alone on all CPUs, and beside a bare-metal control
loop."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from machine import PROMPT, ROOT, Machine, build, start_built

# By platform file; the description of the same name with a control loop is linux-rt-PLATFORM.
BOARDS = ["versal"]


def shared(board: str) -> dict[str, Any]:
    """The shipped description: Linux on all CPUs but the last, a control loop there."""
    text = (ROOT / f"vm-configs/linux-rt-{board}.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def alone(board: str) -> dict[str, Any]:
    """Linux on all CPUs."""
    content = shared(board)
    cpus = sum(vm["vcpus"] for vm in content["vms"].values())
    content["vms"] = {"linux": {**content["vms"]["linux"], "vcpus": cpus, "affinity": list(range(cpus))}}
    return content


def started(name: str, content: dict[str, Any]) -> Machine:
    """The board with its own CPUs."""
    return start_built(name, build(name, content), cpu=None, timeout=200)


@pytest.mark.parametrize("board", BOARDS)
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


@pytest.mark.parametrize("board", BOARDS)
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
