# SPDX-License-Identifier: Apache-2.0
"""The kinds of UARTs that Pinion drives (hyp/uart/). For each, this file says how import recognizes
it, what its node in a guest's tree says, which registers the driver uses, and what the driver
writes to set a baud rate."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

BAUD = 115200  # unless the platform file says otherwise
TOLERANCE = 0.03  # share of the baud rate; receivers of 8 bits without parity bear a little more


class Rate(NamedTuple):
    """A baud rate that a UART can have: what `divisor` of struct uart_config is then, and the rate.
    """

    divisor: int
    baud: float


def _counter(clock: int, step: int, baud: int, most: int = 0xFFFF) -> Rate:
    """A whole divisor, where a bit takes `step` cycles of the clock for each."""
    divisor = min(max(round(clock / (step * baud)), 1), most)
    return Rate(divisor, clock / (step * divisor))


def _ns16550(clock: int, baud: int) -> Rate:
    return _counter(clock, 16, baud)


def _pl011(clock: int, baud: int) -> Rate:
    """64ths of a divisor: IBRD in [21:6], which is not 0, and FBRD (DDI 0183, 3.3.6)."""
    divisor = min(max(round(4 * clock / baud), 64), 64 * 0xFFFF)
    return Rate(divisor, 4 * clock / divisor)


@dataclass(frozen=True)
class UartKind:
    """A kind of UART. `driver`: the C name of its driver. `pattern`: the words of `compatible` that
    mean it. `compatible`: what its node says, unless the platform file says otherwise. `clocks`:
    names of the clocks of its node. `rate`: the baud rate nearest to the one asked for; None if
    Pinion leaves it alone. `last`: offset of the last register that the driver accesses, or its
    number if `numbered`. `shift`, `width`: how registers with numbers lie and are accessed.
    `settable`: the platform file may say the latter two."""

    driver: str
    pattern: str
    compatible: list[str]
    clocks: list[str]
    rate: Callable[[int, int], Rate] | None
    last: int
    numbered: bool = False
    shift: int = 0
    width: int = 4
    settable: bool = False

    def matches(self, word: str) -> bool:
        """True if a word of `compatible` means this kind."""
        return re.fullmatch(self.pattern, word) is not None

    def size(self, shift: int, width: int) -> int:
        """The bytes of registers that the driver needs."""
        return (self.last << shift if self.numbered else self.last) + width


UART_KINDS = {
    "pl011": UartKind("uart_pl011", "arm,pl011", ["arm,pl011", "arm,primecell"], ["uartclk", "apb_pclk"],
                      _pl011, last=0x48),  # UARTDMACR
    "ns16550a": UartKind("uart_8250", "ns16550a?|ns16750", ["ns16550a"], ["baudclk"], _ns16550, last=7, numbered=True,
                         width=1, settable=True),
    # 31: USR
    "dw-apb-uart": UartKind("uart_8250", "snps,dw-apb-uart", ["snps,dw-apb-uart"], ["baudclk", "apb_pclk"], _ns16550,
                            last=31, numbered=True, width=1, settable=True),
    # 16: SCR
    "omap-uart": UartKind("uart_omap", "ti,(am|dra|omap)[0-9a-z]+-uart", ["ti,am654-uart"], ["fclk"], _ns16550,
                          last=16, numbered=True, shift=2),
    # 13: RATE_FIX
    "mt6577-uart": UartKind("uart_mt6577", "mediatek,mt6577-uart", ["mediatek,mt6577-uart"], ["baud", "bus"], _ns16550,
                            last=13, numbered=True, shift=2),
    "tegra-uart": UartKind("uart_tegra", "nvidia,tegra[0-9]+-uart", ["nvidia,tegra20-uart"], ["serial"], _ns16550,
                           last=7, numbered=True, shift=2),
}


def can_have(kind: str, clock: int, baud: int) -> bool:
    """True if a clock of so many Hz can be divided to a baud rate."""
    rate = UART_KINDS[kind].rate
    return rate is None or abs(rate(clock, baud).baud - baud) <= TOLERANCE * baud


def kind_of(compatible: list[str]) -> str | None:
    """The kind of UART that a `compatible` means, by the first word that is known. None if there is
    none."""
    return next((name for word in compatible for name, kind in UART_KINDS.items() if kind.matches(word)), None)


def known_word(kind: str, compatible: list[str]) -> str:
    """The word of a `compatible` by which the UART's kind is known, or else its first."""
    return next((word for word in compatible if UART_KINDS[kind].matches(word)), compatible[0])
