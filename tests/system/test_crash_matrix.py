# SPDX-License-Identifier: Apache-2.0
"""The crash matrix: a VM does what it should not, from all its vCPUs at once.

The VM beside it is alive and right afterwards, and what cannot be answered in the guest ends it
with a report that says who, what, where and why. What is answered how: docs/threat-model.md.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from machine import A53, A53_SECURE, MAX, MAX_SECURE, ROOT, Cpu, Machine, actual, linux, start

TIMEOUT = 100

# What the guest survives, as it is answered there: rows of the matrix, and the attacks of
# tests/guests/hostile. Jumps to where nothing is, or what is not executed; reads and writes outside
# its memory:
MEMORY = ["nowhere", "holes", "stage1", "unaligned", "last"]
# Wild system registers:
REGISTERS = ["registers", "instructions", "debug"]
# Wild writes to the GIC:
GIC = ["gic", "storm"]
# Wild writes to a virtio device, its rings and descriptors:
VIRTIO = ["virtio"]
# Endless exits:
EXITS = ["exits", "flood"]
# HVC and SMC with any arguments; CPUs and VMs that come and go:
CALLS = ["calls", "lives", "resets"]
# Random instructions:
CODE = ["el1", "el0", "a32", "t32"]
# The same on devices, which may end the VM:
DEVICES = ["devices", "a32-devices", "t32-devices", "t32-emulated"]

# What ends the VM: attack, and what the report says of the access.
DISTRIBUTOR = "the interrupt distributor"
NO_SYNDROME = "device access by an instruction that gives no syndrome"
KILLS = {
    "ldp": f"read at IPA 0x8000000: {DISTRIBUTOR}",
    "stp": f"write at IPA 0x8000010: {DISTRIBUTOR}",
    "writeback": f"read at IPA 0x8000000: {DISTRIBUTOR}",
    "ldxr": f"read at IPA 0x8000000: {DISTRIBUTOR}",
    "simd": f"read at IPA 0x8000000: {DISTRIBUTOR}",
    "zva": f"write at IPA 0x8000000: {DISTRIBUTOR}",
}
# What does so where the CPU has it, and is an undefined instruction in the guest elsewhere:
ATOMIC = "cas"
NO_VECTORS = "no exception can be taken, as its vectors cannot be fetched"
LOST = {
    "lost-jump": "instruction fetch at IPA 0xb000000: nothing is there",
    "lost-read": "read of 2 bytes at IPA 0xb000006: nothing is there",
    "lost-write": "write of 8 bytes at IPA 0xb000010: nothing is there",
}


def vm(boot: dict[str, str], pcpus: list[int], size: str, **devices: str) -> dict[str, Any]:
    """A VM with a console, and `devices` passed through."""
    passed = {name: {"kind": "passthrough", "device": device} for name, device in devices.items()}
    return {"vcpus": len(pcpus), "affinity": pcpus, "memory": [{"ipa": 0x40000000, "size": size}], "boot": boot,
            "devices": {"console": {"kind": "pl011", "mmio": 0x09000000, "irq": {"spi": 1}}, **passed}}


def hostile(attacks: list[str], pcpus: list[int], words: str = "", **devices: str) -> dict[str, Any]:
    """A VM that carries out these attacks one by one."""
    words = " ".join([*(f"mode={attack}" for attack in attacks), words]).strip()
    attacker = vm({"kernel": "build/guests/hostile.bin", "cmdline": words}, pcpus, "32MiB", **devices)
    if "virtio" in attacks:
        attacker["devices"]["disk"] = {"kind": "virtio-blk", "mmio": 0x0a000000, "irq": {"spi": 16}, "size": "2MiB"}
    return attacker


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


def report(text: str, name: str) -> list[str]:
    """The lines of the report of the VM's crash, without what other VMs' consoles show in
    between."""
    text = re.sub(r"^[\w-]+\| .*\n", "", text, flags=re.MULTILINE)
    found = re.search(rf"^{name}: vCPU \d+ on pCPU \d+: .*?^  x28 .*?$", text, re.MULTILINE | re.DOTALL)
    assert found, f"no report of {name}"
    assert re.search(rf"^{name}: crashed$", text, re.MULTILINE)
    return found[0].split("\n")


def order() -> list[str]:
    """The attacks as the guest carries them out."""
    source = (ROOT / "tests/guests/hostile/main.c").read_text(encoding="utf-8")
    return re.findall(r'^\t\{"([^"]+)", ', source, re.MULTILINE)


def test_every_attack_is_in_the_matrix() -> None:
    """No attack of the guest is forgotten here."""
    rows = [MEMORY, REGISTERS, GIC, VIRTIO, CALLS, EXITS, CODE, DEVICES, [*KILLS], [ATOMIC], [*LOST]]
    assert sorted(order()) == sorted(attack for row in rows for attack in row)


@pytest.mark.matrix
@pytest.mark.parametrize(("attacks", "cpu"), [
    (MEMORY + GIC + VIRTIO + EXITS + CALLS, A53),
    pytest.param(MEMORY + GIC + VIRTIO + EXITS + CALLS, A53_SECURE, marks=pytest.mark.always),
    (REGISTERS + CODE, A53), (REGISTERS + CODE, MAX_SECURE), (["stage1", *GIC, *EXITS], MAX)],
    ids=lambda value: "-".join(value) if isinstance(value, list) else str(value))
def test_survived(attacks: list[str], cpu: Cpu) -> None:
    """Attacks of two vCPUs, each in a life of its own; the attacker survives and goes off by
    itself."""
    content = system(victim=victim(), hostile=hostile(attacks, [0, 1], gpio="gpio"))
    with start(f"matrix-{attacks[0]}-{cpu}", content, cpu, TIMEOUT) as machine:
        for attack in sorted(attacks, key=order().index):
            machine.expect(f"hostile. # hostile: {attack}\r")
        machine.expect("hostile: off")
        check_victim(machine)
        requests = re.findall(r"# CPU 0: \d+ rounds, (\d+) requests", machine.text)
        assert [int(number) > 0 for number in requests] == [True] * attacks.count("virtio"), "the disk was not attacked"


@pytest.mark.parametrize("cpu", [A53, A53_SECURE], ids=str)
def test_no_syndrome(cpu: Cpu) -> None:
    """An access that cannot be emulated ends its VM alone: six at once."""
    pcpus = [0, 1, 4, 5, 6, 7]
    attackers = {attack: hostile([attack], [pcpu]) for attack, pcpu in zip(KILLS, pcpus)}
    with start(f"matrix-no-syndrome-{cpu}", system(victim=victim(), **attackers), cpu, TIMEOUT) as machine:
        for _ in KILLS:
            machine.expect(": crashed")
        check_victim(machine)
        text = machine.text
    for (attack, access), pcpu in zip(KILLS.items(), pcpus):
        lines = report(text, attack)
        assert lines[0].startswith(f"{attack}: vCPU 0 on pCPU {pcpu}: {NO_SYNDROME}")
        assert lines[1] == f"  {access}"
        assert re.fullmatch(r"  ESR_EL2 [0-9a-f]{8}: data abort, (read|write), translation fault", lines[2])
        assert re.fullmatch(r"  PC [0-9a-f]{16}  PSTATE [0-9a-f]{8}  FAR [0-9a-f]{16}  IPA 00080000[01]0", lines[3])


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", [A53, pytest.param(MAX, marks=pytest.mark.always), MAX_SECURE], ids=str)
def test_atomics(cpu: Cpu) -> None:
    """Compare-and-swap on an emulated device gives no syndrome either."""
    content = system(victim=victim(), hostile=hostile([ATOMIC], [0]))
    with start(f"matrix-atomics-{cpu}", content, cpu, TIMEOUT) as machine:
        end = machine.expect("hostile: (off|crashed)")
        check_victim(machine)
        assert end[1] == ("crashed" if actual(cpu).has_atomics else "off")
        if end[1] == "crashed":
            lines = report(machine.text, "hostile")
            assert lines[0].startswith(f"hostile: vCPU 0 on pCPU 0: {NO_SYNDROME}")
            assert lines[1] == f"  write at IPA 0x8000000: {DISTRIBUTOR}"


@pytest.mark.parametrize("cpu", [A53, A53_SECURE], ids=str)
def test_lost(cpu: Cpu) -> None:
    """Code without exception vectors that accesses nothing, or jumps there, on all vCPUs at once:
    three VMs."""
    pcpus = [[0, 1], [4, 5], [6, 7]]
    attackers = {attack: hostile([attack], pair) for attack, pair in zip(LOST, pcpus)}
    with start(f"matrix-lost-{cpu}", system(victim=victim(), **attackers), cpu, TIMEOUT) as machine:
        for _ in LOST:
            machine.expect(": crashed")
        check_victim(machine)
        text = machine.text
    for (attack, access), pair in zip(LOST.items(), pcpus):
        lines = report(text, attack)
        assert lines[0] in [f"{attack}: vCPU {vcpu} on pCPU {pcpu}: {NO_VECTORS}" for vcpu, pcpu in enumerate(pair)]
        assert lines[1] == "  instruction fetch at IPA 0x200: nothing is there"
        assert lines[2] == f"  before, from ELR_EL1: {access}"
        assert re.fullmatch(r"  ESR_EL2 [0-9a-f]{8}: instruction abort, translation fault", lines[3])
        assert re.fullmatch(r"  PC 0{13}200  PSTATE .*  FAR 0{13}200  IPA 0{7}200", lines[4])
        assert re.fullmatch(r"  ESR_EL1 [0-9a-f]{8}: (instruction abort|data abort, (read|write)), external abort",
                            lines[5])
        assert any(line.startswith("  x20 600dcafe600dcafe ") for line in lines)


@pytest.mark.parametrize("cpu", [A53, A53_SECURE], ids=str)
@pytest.mark.parametrize("attack", DEVICES[:-1])
def test_random_code_on_devices(attack: str, cpu: Cpu) -> None:
    """Random instructions that are given the devices' addresses: the VM survives, or its report
    says why not."""
    content = system(victim=victim(), hostile=hostile([attack, "t32-emulated"], [0, 1], "devices=1", gpio="gpio"))
    with start(f"matrix-{attack}-{cpu}", content, cpu, TIMEOUT) as machine:
        end = machine.expect("hostile: (off|crashed)")
        check_victim(machine)
        assert end[1] == "off" or NO_SYNDROME in report(machine.text, "hostile")[0]


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", [A53, A53_SECURE], ids=str)
def test_linux_is_not_disturbed(cpu: Cpu) -> None:
    """Linux works next to it, its shell answers, and its kernel has nothing to say."""
    attacks = MEMORY + GIC + VIRTIO + EXITS + CALLS
    content = system(linux=vm(linux("quiet"), [2, 3], "256MiB", rtc="rtc"),
                     hostile=hostile(attacks, [0, 1], gpio="gpio"))
    with start(f"matrix-linux-{cpu}", content, cpu, 3 * TIMEOUT) as machine:
        machine.expect("pinion# ")
        if "hostile: off" not in machine.text:
            machine.expect("hostile: off")
        assert "| 42\n" in machine.shell("echo $((6 * 7))")
        assert "| 2\n" in machine.shell("grep -c ^processor /proc/cpuinfo")
        assert "| ok - the kernel has nothing to complain about\n" in machine.shell("/tests/complaints")
        machine.type("poweroff -f")
        text = machine.wait_end()
    done = re.findall(r"^hostile\| # hostile: ([\w-]+)$", text, re.MULTILINE)
    assert set(attacks) <= set(done), "not all attacks were carried out"
    assert not re.search(r"^linux: .*, restarts$", text, re.MULTILINE), "Linux has had more lives than one"
