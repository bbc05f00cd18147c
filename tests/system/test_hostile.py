# SPDX-License-Identifier: Apache-2.0
"""A VM attacks whatever it can reach: the VM beside it does not notice, and a report says what ended the attacker."""

from __future__ import annotations

import re
from typing import Any

import pytest
from machine import Cpu, Machine, linux, start

# QEMU's secondary CPUs come to EL2 without what firmware sets in EL3: there SME and pointer authentication would trap
# to an EL3 in which nobody is.
A53 = Cpu()
A53_SECURE = Cpu(secure=True)
MAX = Cpu("max,pauth-impdef=on,sme=off")
MAX_SECURE = Cpu("max,pauth=off,sme=off", secure=True)
TIMEOUT = 100

MEMORY = ["holes", "nowhere", "stage1"]
REGISTERS = ["registers", "instructions", "debug"]
INTERRUPTS = ["gic", "storm", "exits", "flood"]
LIFE = ["calls", "lives", "resets"]
CODE = ["el1", "el0", "a32", "t32"]

# Accesses to the distributor that have no syndrome, and what they are.
KILLS = {"ldp": "read", "stp": "write", "writeback": "read", "ldxr": "read", "simd": "read", "zva": "write"}
NO_SYNDROME = "device access by an instruction that gives no syndrome"


def vm(boot: dict[str, str], pcpus: list[int], size: str, **devices: str) -> dict[str, Any]:
    """A VM with a console, and `devices` passed through."""
    passed = {name: {"kind": "passthrough", "device": device} for name, device in devices.items()}
    return {"vcpus": len(pcpus), "affinity": pcpus, "memory": [{"ipa": 0x40000000, "size": size}], "boot": boot,
            "devices": {"console": {"kind": "pl011", "mmio": 0x09000000, "irq": {"spi": 1}}, **passed}}


def hostile(modes: list[str], pcpus: list[int], words: str = "") -> dict[str, Any]:
    """A VM that carries out these attacks one by one."""
    words = " ".join([*(f"mode={mode}" for mode in modes), words]).strip()
    passed = {"gpio": "gpio"} if len(pcpus) > 1 else {}
    return vm({"kernel": "build/guests/hostile.bin", "cmdline": words}, pcpus, "32MiB", **passed)


def system(**vms: dict[str, Any]) -> dict[str, Any]:
    """A description; what is typed goes to the first VM."""
    return {"pinion": 1, "platform": "qemu-virt", "vms": vms}


def victim() -> dict[str, Any]:
    """The VM that counts its interrupts and looks at its memory, round after round."""
    return vm({"kernel": "build/guests/victim.bin"}, [2, 3], "32MiB", rtc="rtc")


def check_victim(machine: Machine) -> None:
    """The victim is alive and answers, and was right all the time."""
    machine.process.send("x")
    machine.expect("victim. # typed: x")
    for _ in range(2):
        machine.expect(r"victim. right - round \d+")
    assert "not ok" not in machine.text


@pytest.mark.parametrize(("modes", "cpu"), [
    (MEMORY + INTERRUPTS + LIFE, A53), (REGISTERS + CODE, A53),
    (INTERRUPTS + LIFE, A53_SECURE), (REGISTERS + CODE, MAX_SECURE), (["stage1", *INTERRUPTS], MAX)],
    ids=lambda value: "-".join(value) if isinstance(value, list) else str(value))
def test_victim_is_right(modes: list[str], cpu: Cpu) -> None:
    """Attacks of two vCPUs, each in a life of its own; the attacker survives and goes off by itself."""
    name = f"hostile-{modes[0]}-{cpu}"
    with start(name, system(victim=victim(), hostile=hostile(modes, [0, 1])), cpu, TIMEOUT) as machine:
        for mode in modes:
            machine.expect(f"hostile. # hostile: {mode}\r")
        machine.expect("hostile: off")
        check_victim(machine)


def test_report() -> None:
    """An access that cannot be emulated ends its VM alone, by a report that says who, where and why: six at once."""
    pcpus = [0, 1, 4, 5, 6, 7]
    attackers = {mode: hostile([mode], [pcpu]) for mode, pcpu in zip(KILLS, pcpus)}
    with start("hostile-report", system(victim=victim(), **attackers), timeout=TIMEOUT) as machine:
        for _ in KILLS:
            machine.expect(": crashed")
        check_victim(machine)
        text = machine.text
    for (mode, access), pcpu in zip(KILLS.items(), pcpus):
        report = re.search(rf"^{mode}: vCPU 0 on pCPU {pcpu}: {NO_SYNDROME}.*?^  x28 .*?$", text,
                           re.MULTILINE | re.DOTALL)
        assert report, f"no report of {mode}"
        assert report[0].count(NO_SYNDROME) == 1, report[0]
        assert re.search(rf"^  ESR_EL2 [0-9a-f]+: data abort, {access}$", report[0], re.MULTILINE), report[0]
        assert re.search(r"^  PC [0-9a-f]{16} .* IPA 0*80000[01]0 \(not RAM\)$", report[0], re.MULTILINE)
        assert re.search(rf"^{mode}: crashed$", text, re.MULTILINE)


@pytest.mark.parametrize("mode", ["devices", "a32-devices", "t32-devices"])
def test_random_code_on_devices(mode: str) -> None:
    """Random instructions that are given the devices' addresses: the VM survives, or a report says why not."""
    content = system(victim=victim(), hostile=hostile([mode, "t32-emulated"], [0, 1], "devices=1"))
    with start(f"hostile-{mode}", content, timeout=TIMEOUT) as machine:
        end = machine.expect("hostile: (off|crashed)")
        check_victim(machine)
        assert end[1] == "off" or f": {NO_SYNDROME}" in machine.text


def test_linux_is_not_disturbed() -> None:
    """Linux works next to it, its shell answers, and its kernel has nothing to say."""
    content = system(linux=vm(linux("quiet"), [2, 3], "256MiB", rtc="rtc"),
                     hostile=hostile(INTERRUPTS + LIFE, [0, 1]))
    with start("hostile-linux", content, timeout=TIMEOUT) as machine:
        machine.expect("pinion# ")
        if "hostile: off" not in machine.text:
            machine.expect("hostile: off")
        assert "| 42\n" in machine.shell("echo $((6 * 7))")
        assert "| 2\n" in machine.shell("grep -c ^processor /proc/cpuinfo")
        machine.type("poweroff -f")
        machine.wait_end()
