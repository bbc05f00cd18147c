# SPDX-License-Identifier: Apache-2.0
"""Debian's Linux with direct interrupts, as sole owner of the machine and beside another VM."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from direct import (A53, A53_SECURE, A57, A57_SECURE, MAX, MAX_SECURE, Kind, board, exits_of, shared, sole,
                    wait_off)
from machine import PROMPT, ROOT, WORK, Cpu, Machine, build, length, lengths, linux, many, of_vm, show_exits, start
from test_console import input_to, open_monitor
from test_direct import named
from test_linux import check_boot
from test_lives import plugin
from test_uboot import UBOOT


def run_tests(name: str, content: dict[str, Any], cpu: Cpu, tests: str) -> str:
    """Boot with tests of the initramfs in place of a shell: the text of the VM, when all of them
    passed."""
    vcpus = content["vms"]["guest"]["vcpus"]
    with start(f"direct-linux-{name}", content, cpu, 200, many(vcpus)) as machine:
        text = wait_off(machine, vcpus=vcpus)
    show_exits(text)
    console = of_vm(text)
    assert not re.findall(r"^not ok .*$", console, re.MULTILINE), console[-3000:]
    for test in tests.split(","):
        assert f"# test {test} ends with 0" in console
    for exits in exits_of(text):
        assert not {"timer", "spi", "maintenance"} & exits.keys(), "an interrupt of the guest was an exit"
    return text


@pytest.mark.matrix
@pytest.mark.parametrize(("kind", "cpu", "vcpus", "tests"), [
    (sole, A53, 2, "smp"), (sole, A57_SECURE, 4, "smp"), (sole, MAX, 4, "smp"),
    (shared, A53, 4, "smp"), (shared, A53_SECURE, 1, "smp"), (shared, A57, 8, "smp"), (shared, MAX_SECURE, 2, "smp"),
    (sole, A53_SECURE, 4, "hotplug"), (shared, A53, 4, "hotplug"), (shared, A57_SECURE, 4, "load")], ids=named)
def test_linux(kind: Kind, cpu: Cpu, vcpus: int, tests: str) -> None:
    """Boots; all CPUs take timer interrupts and IPIs under load, and go off and on again; powers
    off."""
    content = kind(cpu, vcpus, boot=linux(f"pinion.test={tests} {lengths()}"))
    text = run_tests(f"{tests}-{kind.__name__}-{cpu}-{vcpus}", content, cpu, tests)
    if kind is sole:
        check_boot(text, cpu, vcpus)


def example() -> dict[str, Any]:
    """vm-configs/linux-smp4-direct.yaml."""
    content: dict[str, Any] = yaml.safe_load(
        (ROOT / "vm-configs" / "linux-smp4-direct.yaml").read_text(encoding="utf-8"))
    return content


def marked_exits(name: str, mode: str, seconds: int) -> dict[int, int]:
    """Exits of each pCPU between the marks of tests/system/initrd/tests/stress.c, where there were
    any."""
    content = example()
    content["vms"]["linux"]["interrupts"] = mode
    content["vms"]["linux"]["boot"]["cmdline"] += f" pinion.test=load pinion.seconds={seconds}"
    build(name, content)
    with start(name, content, timeout=300, more=plugin(name)) as machine:
        text = machine.wait_end()
    assert "not ok" not in text and "# test load ends with 0" in text
    assert re.search(r"^ok - 4 CPUs under load for \d+ s, 0 results wrong$", text, re.MULTILINE)
    counted = (WORK / f"{name}.el2").read_text(encoding="utf-8")
    for pcpu in range(4):
        before = rf"^operation 1 before cpu {pcpu}: exits [1-9]"
        assert re.search(before, counted, re.MULTILINE), "it booted without an exit, or nothing was marked"
    found = re.findall(r"^operation 1 cpu (\d+): exits (\d+) ", counted, re.MULTILINE)
    return {int(pcpu): int(exits) for pcpu, exits in found}


def test_no_exit_in_a_minute() -> None:
    """The example boots Debian's Linux, and in 60 s, at full length, of fork, pipes from CPU to
    CPU, sleeps and IPIs on four CPUs nothing of EL2 runs. The same in virtual mode leaves its guest
    all the time."""
    assert marked_exits("direct-no-exit", "direct", length(60, 5)) == {}
    virtual = marked_exits("direct-no-exit-virtual", "virtual", 3)
    assert sorted(virtual) == [0, 1, 2, 3] and min(virtual.values()) > 200, virtual


def type_a_lot(machine: Machine) -> None:
    """More than any buffer on the way holds, faster than it can be taken: nothing is lost, nothing
    hangs."""
    lines = "".join(f"{number:05} {'x' * 90}\n" for number in range(200))
    machine.type("stty -echo; echo REA''DY; head -n 200 >/tmp/typed; stty echo")
    machine.expect("READY")
    machine.process.send(lines)
    machine.expect(re.escape(PROMPT))
    machine.type("")
    machine.expect(re.escape(PROMPT))
    assert str(len(lines)) in machine.shell("wc -c </tmp/typed")
    assert "200" in machine.shell(f"grep -c '^[0-9]* {'x' * 90}$' /tmp/typed")
    assert "199" in machine.shell("tail -n 1 /tmp/typed | cut -c 1-5")


@pytest.mark.matrix
@pytest.mark.parametrize(("kind", "cpu"), [(sole, A53), (sole, A53_SECURE), (shared, A53), (shared, A53_SECURE)],
                         ids=named)
def test_terminal(kind: Kind, cpu: Cpu) -> None:
    """Somebody types at the terminal, much at once too; reboot and poweroff."""
    content = kind(cpu, boot=linux("quiet"))
    with start(f"direct-terminal-{kind.__name__}-{cpu}", content, cpu, 120) as machine:
        machine.expect(re.escape(PROMPT))
        machine.shell("dmesg -n 1")
        assert "4" in machine.shell("nproc")
        assert "2000" in machine.shell("seq 1 2000 | tail -n 1")
        type_a_lot(machine)
        # Job control: ^C ends what runs in the foreground.
        machine.type("sh -c \"echo RU''NS; exec sleep 1000\"")
        machine.expect("RUNS")
        machine.process.send("\x03")
        machine.expect(re.escape(PROMPT))
        machine.type("reboot -f")
        if kind is shared:
            machine.expect("guest: reset, restarts\r")
        machine.expect(re.escape(PROMPT))
        machine.type("poweroff")
        text = wait_off(machine)
    assert "guest: reset, restarts\n" in text


@pytest.mark.matrix
@pytest.mark.parametrize(("kind", "cpu"), [(sole, A53), (shared, A53_SECURE)], ids=named)
def test_disks(kind: Kind, cpu: Cpu) -> None:
    """ext4 and a raw disk under parallel writes, reads and comparisons from four CPUs."""
    disks = {"disk": {"kind": "virtio-blk", "mmio": 0x0A000000, "irq": {"spi": 16}, "image": "build/guests/disk.img"},
             "more": {"kind": "virtio-blk", "mmio": 0x0A001000, "irq": {"spi": 17}, "size": "16MiB"}}
    content = kind(cpu, boot=linux(f"pinion.test=disk {lengths()}"), more=disks)
    text = run_tests(f"disk-{kind.__name__}-{cpu}", content, cpu, "disk")
    assert len(re.findall(r"^(?:guest\| )?ok - ", text, re.MULTILINE)) == 14


def test_u_boot() -> None:
    """Reaches its prompt and powers off."""
    content = shared(A53, 1, boot={"binary": UBOOT, "load": 0, "entry": 0}, dtb={"address": 0x40000000},
                     memory=[{"ipa": 0x40000000, "size": "256MiB"}, {"ipa": 0, "size": "128MiB"}])
    with start("direct-uboot", content) as machine:
        machine.expect(r"U-Boot 20")
        machine.type("")
        machine.expect(r"=> ")
        machine.type("poweroff")
        assert "guest: off" in machine.wait_end()


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", [A53, A53_SECURE], ids=str)
def test_one_direct_and_one_virtual(cpu: Cpu) -> None:
    """vm-configs/linux-2x2-direct.yaml: input to both, both under load; the direct one is restarted
    from the monitor while the other works, and its timer and SPIs are no exits, an IPI one at its
    sender and none at its target."""
    content = yaml.safe_load((ROOT / "vm-configs" / "linux-2x2-direct.yaml").read_text(encoding="utf-8"))
    content["platform"] = board(cpu)
    for vm in content["vms"].values():
        vm["boot"]["cmdline"] += " quiet"
    with start(f"direct-2x2-{cpu}", content, cpu, 200) as machine:
        for _ in range(2):
            machine.expect(f"(left|right).*{re.escape(PROMPT)}")
        machine.type("dmesg -n 1; /tests/smp 3; echo DO''NE $?")
        machine.expect("left. DONE 0\r")
        input_to(machine, 1, "right")
        machine.type("dmesg -n 1; echo HE''RE; /tests/busy; echo DO''NE $?")
        machine.expect("right. HERE\r")
        open_monitor(machine)
        machine.type("restart left")
        machine.expect("left: restart requested, restarts\r")
        machine.expect(f"left.*{re.escape(PROMPT)}")
        assert "right| DONE" not in machine.text
        input_to(machine, 1, "right")
        machine.type("enough")
        machine.expect("right. DONE 0\r")
        input_to(machine, 0, "left")
        machine.type("/tests/smp 2; echo AG''AIN $?; poweroff -f")
        machine.expect("left. AGAIN 0\r")
        wait_off(machine, "left", 2)
        input_to(machine, 1, "right")
        machine.type("poweroff -f")
        text = machine.wait_end()
    show_exits(text)
    assert "not ok" not in text
    left, right = exits_of(text, "left"), exits_of(text, "right")
    assert len(left) == len(right) == 2
    for exits in left:
        assert not {"timer", "spi", "maintenance", "uart"} & exits.keys(), left
        assert exits["sgi"] > 300 and exits.get("kick", 0) < exits["sgi"] / 20, left
    for exits in right:
        assert exits["timer"] > 100 and exits["kick"] > 100, right
