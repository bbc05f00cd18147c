# SPDX-License-Identifier: Apache-2.0
"""VMs end, by themselves, by crash and by watchdog, and begin anew; nobody else notices."""

from __future__ import annotations

import re
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile
from machine import (A53, A53_SECURE, A57, ROOT, VIRTUAL_TIME, WORK, Cpu, Machine, build, check_last_life, check_tap,
                     description, guest, length, linux, make, reasons, start, timer_exits)

TIMEOUT = 150

# What the neighbour that counts leaves its guest for: nothing else may ever be the reason.
CAUSED = {"hvc", "sgi", "gicd", "gicr", "device", "kick", "timer", "spi", "maintenance"}
LINES = 12  # that it writes, or that are reported of it, at most
KICKS = 3 + LINES  # it is started, typed to twice, and may be handed back each line, if the UART's lock was taken

CONSOLE = {"kind": "pl011", "mmio": 0x09000000, "irq": {"spi": 1}}
WATCHDOG = {"kind": "watchdog", "mmio": 0x09010000, "irq": {"spi": 4}}


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", [A53, A53_SECURE], ids=str)
@pytest.mark.parametrize("clear", [False, True], ids=["kept", "cleared"])
def test_reset(clear: bool, cpu: Cpu) -> None:
    """SYSTEM_RESET starts the VM from its pristine image, again and again; `clear` wipes the rest
    of its RAM, before the first start as well."""
    content = description(memory=[{"ipa": 0x40000000, "size": "16MiB", "pa": 0x60000000}], clear=clear,
                          boot={**guest("reset"), "cmdline": "cleared" if clear else ""})
    dirt = ["-device", "loader,addr=0x60800000,data=0x5555,data-len=8"]
    with start(f"lives-reset-{clear}-{cpu}", content, cpu, TIMEOUT, dirt) as machine:
        for life in range(1, 5):
            machine.expect(f"# life {1 if clear else life}\r")
            machine.expect("- the image is as it was loaded")
            machine.expect("# resets now")
        assert "not ok" not in machine.text


@pytest.mark.matrix
@pytest.mark.parametrize(("vcpus", "cpu"), [(1, A53), (4, A53), (2, A53_SECURE)], ids=str)
def test_watchdog(vcpus: int, cpu: Cpu) -> None:
    """Registers and both stages; the second finds CPUs asleep, off, busy and too late, and the
    policy restarts the VM."""
    content = description(vcpus, memory=[{"ipa": 0x40000000, "size": "16MiB"}], boot=guest("watchdog"),
                          devices={"console": CONSOLE, "watchdog": WATCHDOG}, on_crash="restart")
    with start(f"lives-watchdog-{vcpus}-{cpu}", content, cpu, TIMEOUT) as machine:
        text = machine.wait_end()
    check_last_life(text, 6)
    assert text.count("guest: watchdog expired, restarts\n") == 6
    exits = re.findall(r"^guest: vCPU (\d) exits:.* watchdog (\d+)", text, re.MULTILINE)
    assert [vcpu for vcpu, _ in exits] == ["0"], "EL2's timer is that of vCPU 0 alone"


@pytest.mark.matrix
@pytest.mark.parametrize(("vcpus", "cpu"), [(1, A53), (4, A53), (2, A57), (3, A53_SECURE)], ids=str)
def test_nothing_is_left_of_interrupts(vcpus: int, cpu: Cpu) -> None:
    """Restarts while interrupts are pending, in a list register and active: SGI, timers, emulated
    and passed-through SPI; by reset and by crash."""
    content = description(vcpus, memory=[{"ipa": 0x40000000, "size": "16MiB"}],
                          boot={**guest("lives"), "cmdline": "crash"}, on_crash="restart", restart_limit=8)
    with start(f"lives-interrupts-{vcpus}-{cpu}", content, cpu, TIMEOUT) as machine:
        text = machine.wait_end()
    check_last_life(text, 24)
    assert text.count("guest: crashed, restarts\n") == 8
    assert text.count("guest: reset, restarts\n") == 16


def vm(boot: dict[str, str], pcpus: list[int], size: str, **changes: Any) -> dict[str, Any]:
    """A VM with a console; `changes` are more of its keys."""
    return {"vcpus": len(pcpus), "affinity": pcpus, "memory": [{"ipa": 0x40000000, "size": size}], "boot": boot,
            "devices": {"console": CONSOLE, **changes.pop("devices", {})}, **changes}


def neighbours(**others: dict[str, Any]) -> dict[str, Any]:
    """Two that notice everything, on pCPUs 2 and 3, beside `others`. What is typed goes to the
    first."""
    counting = vm(guest("neighbour"), [2], "16MiB", devices={"rtc": {"kind": "passthrough", "device": "rtc"}})
    silent = vm({**guest("neighbour"), "cmdline": "silent"}, [3], "16MiB")
    return {"pinion": 1, "platform": "qemu-virt", "vms": {"counting": counting, "silent": silent, **others}}


def plugin(name: str) -> list[str]:
    """QEMU arguments that count EL2's instructions between the marks of a guest, into
    build/system/NAME.el2."""
    library = "build/bench/el2count.so"
    make(library)
    with open(ROOT / "build" / name / "pinion.elf", "rb") as file:
        elf = ELFFile(file)
        text = elf.get_section_by_name(".text")
        start, size = text["sh_addr"], text["sh_size"]
        vectors = elf.get_section_by_name(".symtab").get_symbol_by_name("vectors")[0]["st_value"]
    return ["-plugin", f"{library},start={start:x},end={start + size:x},vectors={vectors:x},ram=40000000,"
            f"out={WORK / name}.el2"]


def load() -> dict[str, Any]:
    """Linux, on two CPUs, with work until it is told that it is enough."""
    return vm(linux("quiet pinion.test=busy"), [4, 5], "128MiB")


def check_load(machine: Machine) -> None:
    """Linux has worked all the while without complaint."""
    assert "load: off" not in machine.text
    machine.process.send("\x1d3")
    machine.type("enough")
    machine.expect("load: off")
    text = machine.text
    assert re.search(r"^load\| # busy for \d+ rounds$", text, re.MULTILINE) and "load| # test busy ends with 0" in text
    assert "load| ok - the kernel has nothing to complain about" in text
    assert not re.search(r"^load\| not ok", text, re.MULTILINE)


def check_neighbours(machine: Machine, restarts: int, loaded: bool = False) -> dict[str, int]:
    """Let them count for so many restarts of the VM `dying`, once Linux works if there is one, and
    look at what they have counted: the exits of the one that counts, by reason."""
    for _ in range(2):
        machine.expect("(silent|counting). # ready")
    if loaded:
        machine.expect("load. # test busy begins")
    machine.process.send("b")
    for _ in range(restarts):
        machine.expect("dying: (reset|crashed), restarts")
    machine.process.send("e")
    machine.expect("counting: off")
    machine.expect("counting: vCPU 0 exits:")
    exits = machine.expect(r" (hvc \d.*?)\r")[1]  # another VM's line may be in between
    if not re.search(r"^counting\| 1\.\.7$", machine.text, re.MULTILINE):
        machine.expect(r"counting\| 1\.\.7\r")  # its console and the reports of it are written independently
    text = machine.text
    assert check_tap("\n".join(re.findall(r"^counting\| ((?:ok|not ok|1\.\.).*)$", text, re.MULTILINE))) == 7
    counted = re.search(r"# counted: (timer \d+ sgi \d+ spi \d+)\r?$", text, re.MULTILINE)
    assert counted
    interrupts = reasons(counted[1])
    found = reasons(exits)
    # With direct interrupts what is sent is an exit, what comes is none.
    exiting = interrupts if timer_exits() else {"sgi": interrupts["sgi"]}
    assert {reason: found[reason] for reason in interrupts if reason in found} == exiting
    # Nor does EL2 of another pCPU call for this one. `other`: its first WFI, where EL2 has no Group
    # 0.
    assert set(found) <= CAUSED | (set() if timer_exits() else {"sysreg", "other"}), found
    assert found.get("kick", 0) <= KICKS and found.get("other", 0) <= 1, found
    return found


def check_silent(name: str) -> str:
    """EL2 did not run on the pCPU of the VM that sleeps while the other one counted: all that the
    plugin says."""
    el2 = (WORK / f"{name}.el2").read_text(encoding="utf-8")
    assert re.search(r"^operation 1 cpu 2: exits \d+ ", el2, re.MULTILINE)
    assert not re.search("^operation 1 cpu 3: ", el2, re.MULTILINE), "EL2 ran on the pCPU of a VM that sleeps"
    return el2


@pytest.mark.matrix
@pytest.mark.parametrize(("loaded", "cpu"), [(True, A53), (False, A53_SECURE)], ids=["linux-a53", "a53-secure"])
def test_a_thousand_restarts(loaded: bool, cpu: Cpu) -> None:
    """A bare-metal VM of two CPUs restarts, 1,000 times at full length, by itself and by crash:
    next door no interrupt is lost or doubled, every exit there is one that the neighbour has
    caused, and where it causes none EL2 does not run. Linux is as little disturbed."""
    name = f"lives-thousand-{cpu}"
    boot = {**guest("dying"), "cmdline": f"crash={length(50, 10)}"}
    content = neighbours(dying=vm(boot, [0, 1], "4MiB", on_crash="restart"), **({"load": load()} if loaded else {}))
    build(name, content)
    with start(name, content, cpu, 900, plugin(name)) as machine:
        exits = check_neighbours(machine, length(1000, 40), loaded)
        if loaded:
            check_load(machine)
        machine.process.send("\x01x")
        machine.wait_end()
    total = re.search(r"^cpu 2: exits (\d+) ", check_silent(name), re.MULTILINE)
    assert total and int(total[1]) == sum(exits.values()), f"{total}: {exits}"


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", [A53, A53_SECURE], ids=str)
def test_a_flood_of_output_is_nothing_on_others_pcpus(cpu: Cpu) -> None:
    """A VM writes all that it can from two CPUs: next door no interrupt is lost, every exit is one
    that the neighbour has caused, and on the pCPU of one that sleeps EL2 does not run."""
    name = f"lives-flood-{cpu}"
    boot = {**guest("hostile"), "cmdline": "mode=flood ms=100000000"}
    content = neighbours(dying=vm(guest("dying"), [0, 1], "4MiB", on_crash="restart"), flood=vm(boot, [4, 5], "32MiB"))
    build(name, content)
    with start(name, content, cpu, 300, plugin(name)) as machine:
        check_neighbours(machine, 30)
        assert machine.text.count("\nflood| ") > 100 and "flood: off" not in machine.text
        machine.process.send("\x01x")
        machine.wait_end()
    check_silent(name)


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", [A53, A53_SECURE], ids=str)
def test_fifty_lives_of_linux(cpu: Cpu) -> None:
    """Linux boots to its init and resets, at full length 25 times on each machine: beside it Linux
    works all the while without complaint, a bare-metal VM loses no interrupt, and EL2 does not run
    on the pCPU of one that sleeps."""
    name = f"lives-fifty-{cpu}"
    content = neighbours(dying=vm(linux("quiet rdinit=/bin/busybox -- reboot -f"), [0], "96MiB"), load=load())
    build(name, content)
    with start(name, content, cpu, 900, plugin(name)) as machine:
        check_neighbours(machine, length(25, 3))
        check_load(machine)
        machine.process.send("\x01x")
        machine.wait_end()
    check_silent(name)


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", [A53, A53_SECURE], ids=str)
def test_linux_feeds_its_watchdog(cpu: Cpu) -> None:
    """Debian's driver: fed, the VM lives on; not fed, it starts again in RAM that is cleared, as
    often as its limit says."""
    content = description(2, boot=linux("quiet pinion.test=watchdog"), clear=True,
                          devices={"console": CONSOLE, "watchdog": WATCHDOG}, on_crash="restart", restart_limit=1)
    with start(f"lives-linux-watchdog-{cpu}", content, cpu, 200, VIRTUAL_TIME) as machine:
        text = machine.wait_end()
    assert len(re.findall(r"sbsa-gwdt \S+: Initialized with 6s timeout", text)) == 2
    assert text.count("ok - fed, the watchdog lets the VM live") == 2
    assert text.count("guest: watchdog expired, restarts\n") == 1
    assert text.count("guest: watchdog expired, after as many restarts as its limit of 1 allows\n") == 1
    assert "not ok" not in text
