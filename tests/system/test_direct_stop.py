# SPDX-License-Identifier: Apache-2.0
"""VMs with direct interrupts end, by themselves and by others, whatever their CPUs do against it;
nothing of a life's interrupts is left in the next; who shares the machine with one is alive and
right."""

from __future__ import annotations

import re
from typing import Any

import pytest
from direct import (A53, A53_SECURE, A57, MAX, UART, Kind, board, direct_guest, exits_of, shared, sole,
                    wait_off)
from machine import Cpu, Machine, check_last_life, start
from test_console import monitor, open_monitor
from test_crash_matrix import check_victim, hostile, order, report, victim
from test_direct import named

TIMEOUT = 150
CPUS = [A53, A53_SECURE]
SMALL = [{"ipa": 0x40000000, "size": "16MiB"}]
LIVES = 8
WATCHDOG = {"kind": "watchdog", "mmio": 0x09010000, "irq": {"spi": 4}}


@pytest.mark.matrix
@pytest.mark.parametrize(("kind", "cpu", "vcpus"), [
    (sole, A53, 4), (sole, A53_SECURE, 3), (shared, A57, 2), (shared, A53_SECURE, 4)], ids=named)
def test_nothing_is_left_of_interrupts(kind: Kind, cpu: Cpu, vcpus: int) -> None:
    """Restarts while interrupts are pending, active, and both: SGI, timers, emulated and
    passed-through SPI; by reset and by crash."""
    content = kind(cpu, vcpus, memory=SMALL, boot=direct_guest("lives", kind, cpu, "crash"), on_crash="restart",
                   restart_limit=8)
    with start(f"direct-lives-{kind.__name__}-{cpu}", content, cpu, TIMEOUT) as machine:
        machine.expect(r"1\.\.\d+\r")
        text = wait_off(machine, vcpus=vcpus)
    check_last_life(text, 24)
    assert text.count("guest: crashed, restarts\n") == 8
    assert text.count("guest: reset, restarts\n") == 16


@pytest.mark.matrix
@pytest.mark.parametrize("end", ["reset", "crash"])
@pytest.mark.parametrize(("kind", "cpu"), [(sole, A53), (sole, A53_SECURE), (shared, A53), (shared, A53_SECURE)],
                         ids=named)
def test_one_ends_the_life_of_all(kind: Kind, cpu: Cpu, end: str) -> None:
    """One vCPU ends the life of others that spin with all masked, sleep, are lost in their vectors,
    have all priorities active or masked or all groups disabled."""
    boot = direct_guest("stubborn", kind, cpu, f"{end} lives={LIVES}")
    content = kind(cpu, memory=SMALL, boot=boot, on_crash="restart")
    with start(f"direct-stubborn-{end}-{kind.__name__}-{cpu}", content, cpu, TIMEOUT) as machine:
        machine.expect(r"1\.\.\d+\r")
        text = wait_off(machine)
    check_last_life(text, LIVES - 1)
    assert len(set(re.findall(r"# life \d+: CPU \d (.*)", text))) == 7, "not all stances were taken"


@pytest.mark.parametrize(("cpu", "stance"), [
    (A53, 9), (A53, 10), (A53, 11), (A53_SECURE, 9), (A53_SECURE, 10)], ids=str)
def test_the_sole_owner_wakes_up_to_end(cpu: Cpu, stance: int) -> None:
    """One vCPU ends the life of others that sleep, with all groups disabled or all priorities
    masked, or in a handler of a priority that EL2's wake-up preempts whatever ICC_BPR1_EL1 is."""
    boot = direct_guest("stubborn", sole, cpu, f"reset lives=3 stance={stance}")
    content = sole(cpu, memory=SMALL, boot=boot)
    with start(f"direct-asleep-{stance}-{cpu}", content, cpu, TIMEOUT) as machine:
        machine.expect(r"1\.\.\d+\r")
        text = wait_off(machine)
    check_last_life(text, 2)
    assert len(re.findall(r"# life \d+: CPU \d sleeps, ", text)) == 9


def beside_a_victim(cpu: Cpu, words: str, **changes: Any) -> dict[str, Any]:
    """A direct VM of four stubborn CPUs, and a virtual one that counts its interrupts and looks at
    its memory."""
    content = shared(cpu, memory=SMALL, boot=direct_guest("stubborn", shared, cpu, words), **changes)
    del content["vms"]["guest"]["devices"]["rtc"]
    content["vms"].pop("other", None)
    content["vms"]["victim"] = {**victim(), "affinity": [4, 5]}
    return content


def look_at_victim(machine: Machine) -> None:
    """It answers, and was right all the time."""
    machine.process.send("\x1d1")
    machine.expect("input to victim, which is running\r")
    check_victim(machine)


@pytest.mark.parametrize(("cpu", "words"), [
    (A53, ""), (A53_SECURE, ""),
    # Asleep, and deaf to all but what EL2 keeps them from masking or finds out when WFI traps.
    (A53, "stance=9"), (A53, "stance=10"), (A53, "stance=11"), (A53_SECURE, "stance=9"), (A53_SECURE, "stance=10")],
    ids=str)
def test_the_monitor_restarts_a_vm_that_fights_it(cpu: Cpu, words: str) -> None:
    """All vCPUs at once; in the end it goes off when it is asked to stop, too."""
    lives = 3 if words else LIVES
    name = f"direct-monitor-{cpu}-{words.replace('=', '')}"
    with start(name, beside_a_victim(cpu, words), cpu, TIMEOUT) as machine:
        machine.expect("# life 1 stands\r")
        machine.expect(r"victim. right - round \d+")
        open_monitor(machine)
        for life in range(1, lives + 1):
            if life > 1:
                machine.expect(f"# life {life} stands\r")
            machine.type("restart guest" if life < lives else "stop guest")
            machine.expect("guest: restart requested, restarts\r" if life < lives else "guest: stopped\r")
        assert f"0 guest: off, vCPUs on pCPU 0 1 2 3, restarts {lives - 1}, last stop: stopped\n" in monitor(
            machine, "vms")
        look_at_victim(machine)


@pytest.mark.parametrize(("cpu", "deaf"), [(A53, 8), (A53_SECURE, 8), (A53_SECURE, 11)], ids=str)
def test_what_cannot_be_stopped_is_stopping(cpu: Cpu, deaf: int) -> None:
    """CPUs that sleep with all priorities active (stance 8), or in a handler that nothing preempts:
    the monitor says what is, again and again, and the others work."""
    with start(f"direct-stopping-{deaf}-{cpu}", beside_a_victim(cpu, f"stance={deaf}"), cpu, TIMEOUT) as machine:
        machine.expect("# life 1 stands\r")
        machine.expect(r"victim. right - round \d+")
        open_monitor(machine)
        monitor(machine, "restart guest")
        for _ in range(2):
            assert re.search(r"^0 guest: stopping, vCPUs on pCPU 0 1 2 3, ", monitor(machine, "vms"), re.MULTILINE)
            look_at_victim(machine)
            open_monitor(machine)
        assert "guest: stopped" not in machine.text and "life 2" not in machine.text


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", [A53, A53_SECURE, MAX], ids=str)
def test_attacks_beside_a_virtual_victim(cpu: Cpu) -> None:
    """Attacks of two vCPUs on the GIC, by exits, calls and restarts; the attacker survives, the
    victim notices nothing."""
    attacks = ["stage1", "gic", "storm", "exits", "flood", "calls", "lives", "resets"]
    attacker = {**hostile(attacks, [0, 1]), "interrupts": "direct", "unconfined_interrupts": True}
    content = {"pinion": 1, "platform": board(cpu), "vms": {"victim": victim(), "hostile": attacker}}
    with start(f"direct-matrix-{cpu}", content, cpu, TIMEOUT) as machine:
        for attack in sorted(attacks, key=order().index):
            machine.expect(f"hostile. # hostile: {attack}\r")
        machine.expect("hostile: off")
        check_victim(machine)


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", CPUS, ids=str)
def test_crash_beside_a_virtual_victim(cpu: Cpu) -> None:
    """A crash is reported as any other."""
    attacker = {**hostile(["stp"], [0, 1]), "interrupts": "direct", "unconfined_interrupts": True}
    content = {"pinion": 1, "platform": board(cpu), "vms": {"victim": victim(), "hostile": attacker}}
    with start(f"direct-crash-{cpu}", content, cpu, TIMEOUT) as machine:
        machine.expect("hostile: crashed")
        check_victim(machine)
        assert "device access by an instruction that gives no syndrome" in report(machine.text, "hostile")[0]


def test_watchdog() -> None:
    """Both stages; the second finds CPUs asleep, off, busy and too late, and the policy restarts
    the VM."""
    console = {"kind": "pl011", "mmio": 0x09000000, "irq": {"spi": 1}}
    content = shared(A53, memory=SMALL, boot=direct_guest("watchdog", shared, A53), on_crash="restart",
                     devices={"console": console, "watchdog": WATCHDOG})
    with start("direct-watchdog", content, A53, TIMEOUT) as machine:
        machine.expect(r"1\.\.\d+\r")
        text = wait_off(machine)
    check_last_life(text, 6)
    assert text.count("guest: watchdog expired, restarts\n") == 6
    assert ["watchdog" in exits for exits in exits_of(text)] == [True, False, False, False], "of vCPU 0 alone"


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", CPUS, ids=str)
@pytest.mark.parametrize("again", [False, True], ids=["for-good", "again"])
def test_the_uart_comes_back(again: bool, cpu: Cpu) -> None:
    """What the hypervisor says before the VM that has the UART starts, between its lives and after
    its end is on the terminal, its crash report too."""
    policy = {"on_crash": "restart", "restart_limit": 2} if again else {}
    vcpus = 2 if again else 1  # each that crashes is reported
    content = sole(cpu, vcpus, memory=[{"ipa": 0x40000000, "size": "32MiB"}], devices={"serial": UART}, **policy,
                   boot=direct_guest("hostile", sole, cpu, "mode=stp"))
    if again:
        content["vms"]["guest"]["boot"] = direct_guest("stubborn", sole, cpu, "crash lives=0")
    with start(f"direct-uart-{again}-{cpu}", content, cpu, TIMEOUT) as machine:
        text = machine.wait_end()
    lives = 3 if again else 1
    first = text.index("# life 1" if again else "# hostile: stp")
    assert text.index("guest: vCPU 0 runs on pCPU 0\n") < first
    assert f"guest: vCPU {vcpus - 1} runs on pCPU {vcpus - 1}\n" in text  # later, if that pCPU was
    assert text.count(": device access by an instruction that gives no syndrome") == lives
    assert text.count("  ESR_EL2 ") == lives and text.count("\n  x28 ") == lives
    assert text.count("guest: crashed, restarts\n") == lives - 1
    assert re.search(r"^guest: crashed(, after as many .*)?\n(.*\n)?guest: vCPU 0 exits:", text, re.MULTILINE)
