# SPDX-License-Identifier: Apache-2.0
"""VMs end, by themselves, by crash and by watchdog, and begin anew; nobody else notices."""

from __future__ import annotations

import re

import pytest
from machine import Cpu, check_tap, description, guest, start

A53 = Cpu()
A53_SECURE = Cpu(secure=True)
A57 = Cpu("cortex-a57")
TIMEOUT = 150

CONSOLE = {"kind": "pl011", "mmio": 0x09000000, "irq": {"spi": 1}}
WATCHDOG = {"kind": "watchdog", "mmio": 0x09010000, "irq": {"spi": 4}}


def check_last_life(text: str, restarts: int) -> None:
    """The guest's results of its last life, after so many others; in none of them anything was wrong."""
    lives = re.split(r"^guest: .*, restarts$", text, flags=re.MULTILINE)
    assert len(lives) == restarts + 1, text[-2000:]
    assert "not ok" not in text
    check_tap(lives[-1])


@pytest.mark.parametrize(("vcpus", "cpu"), [(1, A53), (4, A53), (2, A53_SECURE)], ids=str)
def test_watchdog(vcpus: int, cpu: Cpu) -> None:
    """Registers and both stages; the second finds CPUs asleep, off, busy and too late, and the policy restarts the
    VM."""
    content = description(vcpus, memory=[{"ipa": 0x40000000, "size": "16MiB"}], boot=guest("watchdog"),
                          devices={"console": CONSOLE, "watchdog": WATCHDOG}, on_crash="restart")
    with start(f"lives-watchdog-{vcpus}-{cpu}", content, cpu, TIMEOUT) as machine:
        text = machine.wait_end()
    check_last_life(text, 6)
    assert text.count("guest: watchdog expired, restarts\n") == 6
    exits = re.findall(r"^guest: vCPU (\d) exits:.* watchdog (\d+)", text, re.MULTILINE)
    assert [vcpu for vcpu, _ in exits] == ["0"], "EL2's timer is that of vCPU 0 alone"
