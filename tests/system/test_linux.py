# SPDX-License-Identifier: Apache-2.0
"""Debian's Linux, unmodified, from power-on to power-off."""

from __future__ import annotations

import re

import pytest
import yaml
from machine import (A53, A53_GICV2, A53_GICV2_SECURE, A53_SECURE, A57, A57_SECURE, MAX, MAX_GICV2, MAX_SECURE, PROMPT,
                     ROOT, Cpu, actual, description, length, lengths, linux, many, show_exits, start)


BOOTS = [*((cpu, vcpus, "") for cpu in (A53, A53_SECURE, A57, A57_SECURE, MAX, MAX_SECURE) for vcpus in (1, 2, 4)),
         *((cpu, vcpus, "") for cpu in (A53_GICV2, A53_GICV2_SECURE, MAX_GICV2) for vcpus in (1, 2, 4)),
         (A53, 8, ""), (A53_SECURE, 8, ""), (MAX, 8, ""), (A53_GICV2, 8, ""),
         (A53, 4, "order"), (A53_SECURE, 4, "order"), (A53_GICV2, 4, "order"),
         (A57, 2, "same"), (MAX, 1, "high"), (MAX_SECURE, 4, "pieces")]
ORDER = [3, 1, 0, 2]
# RAM at another PA, at another IPA, in two pieces:
MEMORY = {
    "same": [{"ipa": 0x40000000, "size": "256MiB", "pa": 0x60000000}],
    "high": [{"ipa": 0x140000000, "size": "256MiB"}],
    "pieces": [{"ipa": 0x40000000, "size": "128MiB", "pa": 0x70000000},
               {"ipa": 0x80000000, "size": "128MiB", "pa": 0x60000000}],
}


def check_boot(text: str, cpu: Cpu, vcpus: int, affinity: list[int] | None = None) -> None:
    """What every boot shows."""
    brought_up = re.search(r"smp: Brought up 1 node, (\d+) CPU", text)
    assert brought_up and int(brought_up[1]) == vcpus
    # Linux numbers its CPUs in the order of the device tree and says the MPIDR of each.
    for index in range(1, vcpus):
        assert re.search(rf"CPU{index}: Booted secondary processor 0x{index:010x} ", text), f"CPU {index}"
    for vcpu, pcpu in enumerate(affinity or range(vcpus)):
        assert f"guest: vCPU {vcpu} runs on pCPU {pcpu}\n" in text
    assert ("GICv3: CPU0: found redistributor 0 region 0" in text) == (cpu.gic == 3)
    assert "arch_timer: cp15 timer(s) running" in text


def run_tests(name: str, tests: str, vcpus: int = 4, cpu: Cpu = A53, timeout: int = 150, **changes: object) -> str:
    """Boot with tests of the initramfs in place of a shell: the console's text, when all of them
    passed."""
    content = description(vcpus, boot=linux(f"pinion.test={tests} {lengths()}"), **changes)
    with start(f"linux-{name}", content, cpu, timeout, many(vcpus)) as machine:
        text = machine.wait_end()
    bad = re.findall(r"^not ok .*$", text, re.MULTILINE)
    assert not bad, "\n".join(bad) + text[-3000:]
    for test in tests.split(","):
        assert f"# test {test} ends with 0" in text
    assert re.search(r"^ok - ", text, re.MULTILINE)
    assert f"nproc says {vcpus}" in text
    show_exits(text)
    return text


@pytest.mark.matrix
@pytest.mark.parametrize(("cpu", "vcpus", "place"), BOOTS, ids=str)
def test_boot(cpu: Cpu, vcpus: int, place: str) -> None:
    """Boots; all CPUs take timer interrupts and IPIs under load; powers off. `order`: the vCPUs'
    order is not the pCPUs'. Otherwise: Linux finds all of the RAM that is there."""
    changes = {"affinity": ORDER} if place == "order" else {"memory": MEMORY[place]} if place else {}
    text = run_tests(f"{cpu}-{vcpus}{place}", "smp", vcpus, cpu, **changes)
    check_boot(text, actual(cpu), vcpus, ORDER if place == "order" else None)
    for piece in MEMORY.get(place, []):
        assert f"[mem 0x{piece['ipa']:016x}" in text


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", [A53, A53_SECURE, A53_GICV2, A53_GICV2_SECURE], ids=str)
def test_hotplug(cpu: Cpu) -> None:
    """Each secondary goes off and on under load, 25 times at full length."""
    run_tests(f"hotplug-{cpu}", "hotplug", cpu=cpu, timeout=300)


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", [A53, A53_SECURE, A53_GICV2, A53_GICV2_SECURE], ids=str)
def test_load(cpu: Cpu) -> None:
    """IPIs, timers, fork and pipes on all CPUs, for a minute at full length."""
    run_tests(f"load-{cpu}", "load", cpu=cpu, timeout=200)


@pytest.mark.matrix
@pytest.mark.parametrize("cpu", [A53, A53_SECURE], ids=str)
def test_terminal(cpu: Cpu) -> None:
    """Somebody types at the terminal; poweroff ends QEMU with status 0."""
    with start(f"linux-terminal-{cpu}", description(boot=linux()), cpu) as machine:
        machine.expect(re.escape(PROMPT))
        machine.shell("dmesg -n 1")
        assert machine.shell("nproc").strip() == "4"
        # Longer than the UART's FIFO, at once.
        words = " ".join(f"word{i}" for i in range(100))
        assert machine.shell(f"echo {words} | wc -w").strip().endswith("100")
        assert machine.shell("seq 1 2000 | tail -n 1").strip() == "2000"
        # Job control: ^C ends what runs in the foreground.
        machine.type("sh -c \"echo RU''NS; exec sleep 1000\"")
        machine.expect("RUNS")
        machine.process.send("\x03")
        machine.expect(re.escape(PROMPT))
        machine.shell("sleep 1000 & kill %1")
        machine.type("poweroff")
        check_boot(machine.wait_end(), actual(cpu), 4)


def test_reboot() -> None:
    """`reboot` starts the VM anew."""
    with start("linux-reboot", description(boot=linux())) as machine:
        for _ in range(length(2, 1)):
            machine.expect(re.escape(PROMPT))
            machine.shell("dmesg -n 1")
            assert machine.shell("nproc").strip() == "4"
            machine.type("reboot -f")
        machine.expect("smp: Brought up 1 node, 4 CPUs")
        machine.expect(re.escape(PROMPT))


def test_llvm() -> None:
    """Built with clang and lld."""
    with start("linux-llvm", description(boot=linux("pinion.test=smp")), timeout=150, llvm=True) as machine:
        text = machine.wait_end()
    assert (ROOT / "build" / "linux-llvm" / "toolchain").read_text(encoding="utf-8") == "clang\n"
    check_boot(text, actual(A53), 4)
    assert "# test smp ends with 0" in text


def test_two_vms() -> None:
    """The VMs of linux-2x2.yaml boot side by side and run their tests; the machine goes off with
    the last of them."""
    content = yaml.safe_load((ROOT / "vm-configs" / "linux-2x2.yaml").read_text(encoding="utf-8"))
    for vm in content["vms"].values():
        vm["boot"]["cmdline"] += " pinion.test=smp"
    with start("linux-two-vms", content, timeout=200) as machine:
        text = machine.wait_end()
    for name in ("left", "right"):
        assert f"{name}| # test smp ends with 0" in text
        assert not re.search(rf"^{name}\| not ok", text, re.MULTILINE)
        assert f"{name}: off" in text
