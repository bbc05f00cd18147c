# SPDX-License-Identifier: Apache-2.0
"""Our bare-metal guests, on Pinion and, for reference, on the plain machine."""

from __future__ import annotations

import pytest
from machine import (A53, A53_SECURE, A57, MAX, MAX_SECURE, Cpu, check_tap, description, guest, length, make,
                     show_exits, start, start_plain)

NAMES = ["psci", "gic-registers", "gic-delivery", "gic-cpus", "gic-spi", "timer", "ipi", "traps", "wfi"]
TIMEOUT = 150

# The PMU of MAX is the only one that could count in EL2, and `traps` looks for that.
PAIRS = [pytest.param(name, cpu, marks=pytest.mark.always) if (name, cpu) == ("traps", MAX) else (name, cpu)
         for name in NAMES for cpu in (A53, A53_SECURE, MAX, MAX_SECURE)]


def quick(name: str) -> str:
    """Words for a guest that takes its time."""
    return f"ms={length(3000, 500)}" if name == "ipi" else ""


def run(name: str, cpu: Cpu = A53, vcpus: int = 4, label: str = "", **changes: object) -> str:
    """Run a guest to its end and check its results: the console's text."""
    changes.setdefault("boot", {**guest(name), "cmdline": quick(name)})
    full = "-".join(filter(None, ["guest", name, str(cpu), str(vcpus), label]))
    with start(full, description(vcpus, **changes), cpu, TIMEOUT) as machine:
        text = machine.wait_end()
    check_tap(text)
    show_exits(text)
    return text


@pytest.mark.matrix
@pytest.mark.parametrize(("name", "cpu"), PAIRS, ids=str)
def test_guest(name: str, cpu: Cpu) -> None:
    """Four vCPUs."""
    run(name, cpu)


@pytest.mark.matrix
@pytest.mark.parametrize("vcpus", [1, 2, 8])
@pytest.mark.parametrize("name", ["psci", "gic-delivery", "gic-cpus", "gic-spi", "timer", "ipi", "traps"])
def test_guest_with_vcpus(name: str, vcpus: int) -> None:
    """Other numbers of vCPUs."""
    run(name, vcpus=vcpus)


@pytest.mark.matrix
@pytest.mark.parametrize("name", NAMES)
def test_guest_out_of_order(name: str) -> None:
    """The vCPUs' order is not the pCPUs'; Cortex-A57."""
    text = run(name, A57, label="order", affinity=[3, 1, 0, 2])
    for vcpu, pcpu in enumerate([3, 1, 0, 2]):
        assert f"guest: vCPU {vcpu} runs on pCPU {pcpu}\n" in text


@pytest.mark.matrix
@pytest.mark.parametrize("name", ["gic-cpus", "gic-spi", "traps"])
def test_guest_elsewhere(name: str) -> None:
    """RAM in two pieces at other IPAs than their PAs; GIC and UART at other addresses than the
    machine's."""
    run(name, label="elsewhere",
        memory=[{"ipa": 0x80000000, "size": "64MiB", "pa": 0x60000000}, {"ipa": 0x90000000, "size": "64MiB"}],
        gic={"distributor": 0x10000000, "redistributors": 0x10100000},
        devices={"console": {"kind": "pl011", "mmio": 0x1c090000, "irq": {"spi": 5}},
                 "rtc": {"kind": "passthrough", "device": "rtc"}})


@pytest.mark.parametrize("boot", [{"elf": "build/guests/traps.elf"},
                                  {"binary": "build/guests/traps.bin", "load": 0x42001000, "entry": 0x42001000}],
                         ids=["elf", "binary"])
def test_guest_format(boot: dict[str, object]) -> None:
    """An ELF and a flat binary find the device tree in x0, too."""
    run("traps", label=next(iter(boot)), boot=boot)


@pytest.mark.parametrize("name", NAMES)
def test_reference(name: str) -> None:
    """The same guests pass on the plain machine: they ask for the architecture, not for what Pinion
    does."""
    make(f"build/guests/{name}.bin")
    words = ["-append", f"plain {quick(name)}"]
    with start_plain(f"plain-{name}", f"build/guests/{name}.bin", words, timeout=TIMEOUT) as machine:
        check_tap(machine.wait_end())
