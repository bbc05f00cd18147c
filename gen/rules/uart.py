# SPDX-License-Identifier: Apache-2.0
"""Rules for the hypervisor's UART in a platform file."""

from __future__ import annotations

from ..model import Platform, Uart
from ..read.findings import Findings
from ..read.uart_kinds import BAUD, UART_KINDS, can_have


def check(platform: Platform, findings: Findings) -> None:
    """The registers of the UART are where its driver finds them, and it can have its baud rate."""
    uart = platform.uart
    if uart and not uart.spoiled:
        _layout(uart, findings)
        _registers(uart, findings)
        _baud(uart, findings)


def _layout(uart: Uart, findings: Findings) -> None:
    """Only some kinds have registers that lie differently from board to board."""
    kind = UART_KINDS[uart.kind]
    fixed = {} if kind.settable else {"register_offset": 0, "register_shift": kind.shift, "access_width": kind.width}
    for key, value in fixed.items():
        if getattr(uart, key) != value:
            some = " or ".join(name for name, other in UART_KINDS.items() if other.settable)
            findings.error("P105", uart.where(key), f"uart: the registers of a {uart.kind} have no {key}",
                           uart.where("kind"), f"remove it, or make the kind {some}")
    if kind.settable and uart.access_width > 1 << uart.register_shift:
        findings.error("P105", uart.where("access_width"), f"uart: {uart.access_width} bytes at a time, but its "
                       f"registers are {1 << uart.register_shift} bytes apart", uart.where("register_shift"),
                       "correct one of the two")


def _registers(uart: Uart, findings: Findings) -> None:
    size = uart.register_offset + UART_KINDS[uart.kind].size(uart.register_shift, uart.access_width)
    if (uart.mmio.base + uart.register_offset) % uart.access_width or uart.mmio.size < size:
        aligned = f" at a multiple of {uart.access_width}" if uart.access_width > 1 else ""
        findings.error("P062", uart.at, f"the UART of the hypervisor {uart.mmio} is not {size:#x} bytes or "
                       f"more{aligned}", cure="correct its base and size")


def _baud(uart: Uart, findings: Findings) -> None:
    """The clock can be divided to the baud rate."""
    rate = UART_KINDS[uart.kind].rate
    if not uart.clock:
        if uart.baud != BAUD:
            findings.error("P105", uart.where("baud"), "uart: without 'clock' the baud rate stays as the firmware set "
                           "it", cure="add its clock, or remove 'baud'")
    elif rate is None:
        findings.error("P105", uart.where("clock"), f"uart: the firmware alone sets the baud rate of a {uart.kind}",
                       uart.where("kind"), "remove 'clock'")
    elif not can_have(uart.kind, uart.clock, uart.baud):
        findings.error("P105", uart.where("clock"), f"uart: {uart.baud} baud cannot be made of a clock of "
                       f"{uart.clock} Hz; {rate(uart.clock, uart.baud).baud:.0f} is the nearest",
                       uart.where("baud"), "correct the clock or 'baud'")
