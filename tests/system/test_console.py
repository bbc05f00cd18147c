# SPDX-License-Identifier: Apache-2.0
"""The console of several VMs: lines with names, the escape key, the monitor, and floods that
disturb nobody."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from machine import A53, A53_SECURE, PROMPT, ROOT, Cpu, Machine, description, guest, linux, start, timer_exits

CPUS = [A53, A53_SECURE]
ESCAPE = "\x1d"
MONITOR = "pinion> "


def monitor(machine: Machine, command: str) -> str:
    """Give the monitor, which is open, a command: what it answered, with whatever else was on the
    console meanwhile."""
    machine.type(command)
    machine.expect(re.escape(command) + "\r")
    machine.expect(re.escape(MONITOR))
    return str(machine.process.before).replace("\r", "").lstrip("\n")


def open_monitor(machine: Machine) -> None:
    """Press the escape key, and one that is no digit."""
    machine.process.send(ESCAPE + "m")
    machine.expect(re.escape(MONITOR))


def input_to(machine: Machine, number: int, name: str) -> None:
    """Press the escape key and a digit."""
    machine.process.send(f"{ESCAPE}{number}")
    machine.expect(f"input to {name}, which is running\r")


def check_lines(text: str, names: list[str], told: str) -> None:
    """No line holds output of two VMs, and none of a VM's, which `told` matches, is without its
    name."""
    prefix = re.compile(rf"(?:{'|'.join(names)})\| ")
    for line in text.split("\n")[:-1]:
        assert len(prefix.findall(line)) <= 1, repr(line)
        if prefix.search(line) or re.search(told, line):
            assert prefix.match(line.removeprefix("log ")), repr(line)


def two_linux(pcpu: int) -> dict[str, Any]:
    """vm-configs/linux-2x2.yaml with the monitor on a pCPU."""
    content: dict[str, Any] = yaml.safe_load((ROOT / "vm-configs" / "linux-2x2.yaml").read_text(encoding="utf-8"))
    content["console"] = {"pcpu": pcpu}
    for vm in content["vms"].values():
        vm["boot"]["cmdline"] += " quiet"
    return content


@pytest.mark.matrix
@pytest.mark.parametrize(("cpu", "pcpu"), zip(CPUS, [0, 3]), ids=str)
def test_two_linux_vms_and_the_monitor(cpu: Cpu, pcpu: int) -> None:
    """A session at the terminal, with the monitor on a pCPU of either VM; one VM floods through
    half of it."""
    with start(f"console-linux-{cpu}", two_linux(pcpu), cpu, timeout=70) as machine:
        machine.expect("Input goes to left; Ctrl-] and a digit: to that VM; Ctrl-] m: the monitor\r")
        for _ in range(2):
            machine.expect(f"(left|right).*{re.escape(PROMPT)}")

        # input goes where it is sent
        machine.type("echo one-$((1 + 1))")
        machine.expect("left. one-2\r")
        input_to(machine, 1, "right")
        machine.type("echo two-$((1 + 1))")
        machine.expect("right. two-2\r")
        machine.type("yes endless-output")
        machine.expect(r"(right. endless-output\s+){3}")

        # the neighbour answers with whole lines
        input_to(machine, 0, "left")
        machine.type("seq 300 | sed 's/.*/left-&-end/'")
        for number in (1, 150, 300):
            machine.expect(f"left. left-{number}-end\r")
        assert machine.text.count("right| endless-output\n") > 3
        assert re.findall(r"^left\| left-(\d+)-end$", machine.text, re.MULTILINE) == [str(i) for i in range(1, 301)]

        # and so does the monitor
        last = "timer" if timer_exits() else "kick"
        open_monitor(machine)
        for command, answer in (("vms", r"^0 left: running, vCPUs on pCPU 0 1, restarts 0, last stop: never$"),
                                ("vms", r"^1 right: running, vCPUs on pCPU 2 3, restarts 0, last stop: never$"),
                                ("stats", r"^right vCPU 0: hvc \d+ .*device \d+"),
                                ("stats right", rf"^right vCPU 1: .*device \d+ \(\d+/s\).*{last} \d+ \(\d+/s\)"),
                                ("help", r"^restart NAME +stop a VM"),
                                ("reboot", r"^there is no command 'reboot'; 'help' lists them$"),
                                ("stop rihgt", r"^there is no VM 'rihgt'; 'vms' shows the names$"),
                                ("start right", r"^right is running and cannot start; "),
                                ("log right", r"^log right\| endless-output$"),
                                ("log left", r"^log left\| left-300-end$")):
            machine.type(command)  # what it echoes may be cut by the flood, its answers are whole lines
            machine.expect(answer.strip("^$"))

        # lives
        machine.type("stop right")
        machine.expect("right: stopped\r")
        machine.expect(r"right: vCPU 1 exits: .*\r")
        assert "1 right: off, vCPUs on pCPU 2 3, restarts 0, last stop: stopped\n" in monitor(machine, "vms")
        assert monitor(machine, "stop right").startswith("right is off and cannot stop; ")
        assert "log right| endless-output\n" in monitor(machine, "log right")
        machine.type("start right")
        machine.expect("right: asked to start")
        machine.expect(f"right.*{re.escape(PROMPT)}")
        machine.type("restart left")
        machine.expect("left: .*restarts\r")
        machine.expect(f"left.*{re.escape(PROMPT)}")
        text = monitor(machine, "vms")
        assert re.search(r"^0 left: running, vCPUs on pCPU 0 1, restarts 1, last stop: restart requested$", text, re.M)
        assert re.search(r"^1 right: running, .* restarts 1, last stop: stopped$", text, re.M)

        # `input` goes back, and the machine goes off with the last VM, when everything is said
        machine.type("input")
        machine.expect("input to left, which is running\r")
        machine.type("poweroff -f")
        machine.expect("left: off\r")
        open_monitor(machine)
        assert "0 left: off, " in monitor(machine, "vms")
        machine.type("stop right")
        text = machine.wait_end()
    exits = dict(re.findall(r"^(\w+: vCPU \d) exits:(.*)$", text, re.MULTILINE))
    asked = f"{'left' if pcpu == 0 else 'right'}: vCPU {pcpu % 2}"
    assert [name for name, counts in exits.items() if " uart " in counts] == [asked]
    check_lines(text, ["left", "right"], "endless|-end$|BusyBox")


def hostile(words: str, pcpus: list[int]) -> dict[str, Any]:
    """A VM that attacks."""
    vm: dict[str, Any] = description(len(pcpus), affinity=pcpus, boot={**guest("hostile"), "cmdline": words})
    vm = vm["vms"]["guest"]
    vm["memory"] = [{"ipa": 0x40000000, "size": "32MiB"}]
    del vm["devices"]["rtc"]
    return vm


def report(name: str) -> re.Pattern[str]:
    """A fault report of a VM, as lines that follow each other once the consoles' are taken out."""
    registers = "".join(rf"  x{i} .*x{i + 3} .*\n" for i in range(0, 28, 4))
    return re.compile(rf"^{name}: vCPU 0 on pCPU \d: device access .*\n(?:  (?!x).*\n)+{registers}  x28 .*\n",
                      re.MULTILINE)


def without_consoles(text: str) -> str:
    """What the hypervisor says."""
    return "".join(line + "\n" for line in text.split("\n") if not re.match(r"\w+\| ", line))


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", CPUS, ids=str)
def test_reports_and_the_monitor_survive_floods(cpu: Cpu) -> None:
    """One VM crashes, on the pCPU that the monitor runs on; one floods its console, one resets all
    the time: reports are whole, the monitor answers, and the fourth VM notices nothing."""
    victim = description(2, affinity=[2, 3], boot=guest("victim"))["vms"]["guest"]
    victim["memory"] = [{"ipa": 0x40000000, "size": "32MiB"}]
    content = {"pinion": 1, "platform": "qemu-virt", "vms": {
        "crash": hostile("mode=ldp mode=stp mode=writeback mode=ldxr", [0]),
        "flood": hostile("mode=flood ms=100000000", [1, 4]),
        "reset": hostile("mode=resets", [5]), "victim": victim}}
    with start(f"console-floods-{cpu}", content, cpu, timeout=90) as machine:
        machine.expect("crash: crashed")
        open_monitor(machine)
        for i in range(3):
            monitor(machine, "restart crash" if i % 2 else "start crash")
            machine.expect("crash: crashed")
        text = monitor(machine, "vms")
        assert re.search(r"^0 crash: crashed, vCPUs on pCPU 0, restarts 3, last stop: crashed$", text, re.MULTILINE)
        assert re.search(r"^1 flood: running, vCPUs on pCPU 1 4, restarts 0, ", text, re.MULTILINE)
        logged = "".join(re.findall(r"^log crash\| (.*\n)", monitor(machine, "log crash"), re.MULTILINE))
        assert report("crash").search(logged), logged
        input_to(machine, 3, "victim")
        machine.process.send("x")
        machine.expect("victim. # typed: x")
        machine.expect("reset: off")
        machine.expect(r"victim. right - round \d+")
        open_monitor(machine)
        machine.type("stop flood")
        machine.expect("flood: stopped")
        machine.type("stop victim")
        text = machine.wait_end()
    assert "victim| not ok" not in text
    assert len(report("crash").findall(without_consoles(text))) == 4
    assert text.rstrip("\n").split("\n")[-1].startswith("victim: vCPU 1 exits:")
    assert len(re.findall(r"^reset: reset, restarts$", text, re.MULTILINE)) + sum(
        map(int, re.findall(r"^reset: (\d+) lines lost here$", text, re.MULTILINE))) >= 100


@pytest.mark.monitor
def test_one_vm_has_no_names_and_a_monitor() -> None:
    """A single VM's output is passed on as it is."""
    with start("console-one", description(1, boot=linux("quiet"))) as machine:
        machine.expect(f"\n{re.escape(PROMPT)}")
        open_monitor(machine)
        assert "0 guest: running, vCPUs on pCPU 0, " in monitor(machine, "vms")
        machine.type("input guest")
        machine.expect("input to guest")
        assert machine.shell("echo $((6 * 7))").strip() == "42"
        machine.type("poweroff -f")
        assert "guest| " not in machine.wait_end()


@pytest.mark.matrix
@pytest.mark.monitor
@pytest.mark.parametrize("cpu", CPUS, ids=str)
def test_a_vm_that_reads_nothing_does_not_hold_the_escape_key(cpu: Cpu) -> None:
    """More is typed at it, and at once, than all buffers on the way hold, and nobody writes a
    thing: the monitor comes all the same, and stops it."""
    content = description(2, boot={**guest("neighbour"), "cmdline": "silent"})
    with start(f"console-deaf-{cpu}", content, cpu) as machine:
        machine.expect("# ready")
        machine.process.send("x" * 3000)
        open_monitor(machine)
        machine.type("stop guest")
        text = machine.wait_end()
    assert "guest: stopped\n" in text
