# SPDX-License-Identifier: Apache-2.0
"""What the life of a VM with direct interrupts leaves behind in the hardware, the next one does not
find (guest direct-lives)."""

from __future__ import annotations

import pytest
from direct import A53, A53_SECURE, shared, sole, wait_off
from machine import check_tap, guest, of_vm, start

TIMEOUT = 150


def test_uart_of_a_virtual_vm() -> None:
    """The interrupt of a UART that is given away is that of the VM, also where interrupts are
    virtual."""
    content = sole(A53, 1, boot={**guest("direct-lives"), "cmdline": "uart"})
    content["vms"]["guest"]["interrupts"] = "virtual"
    with start("direct-uart-virtual", content, A53, TIMEOUT) as machine:
        check_tap(machine.wait_end())


@pytest.mark.parametrize("how", ["active0", "kicked", "asleep"])
def test_restart_of_a_sole_owner(how: str) -> None:
    """Whatever the last life has left in the CPU interface, the next one starts."""
    with start(f"direct-restart-{how}", sole(A53, 2, boot={**guest("direct-lives"), "cmdline": how}), A53,
               TIMEOUT) as machine:
        check_tap(machine.wait_end())


def test_restart_beside_another() -> None:
    """No interrupt of a console's is pending in the next life because somebody has rung for the
    last one."""
    content = shared(A53_SECURE, 2, boot={**guest("direct-lives"), "cmdline": "idle"})
    with start("direct-restart-idle", content, A53_SECURE, TIMEOUT) as machine:
        check_tap(of_vm(wait_off(machine, vcpus=2)))
