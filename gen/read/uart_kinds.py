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


def _mini(clock: int, baud: int) -> Rate:
    """One more than AUX_MU_BAUD_REG (BCM2835 ARM Peripherals, 2.2.1)."""
    return _counter(clock, 8, baud, most=0x10000)


def _cadence(clock: int, baud: int) -> Rate:
    """CD in [15:0], BDIV in [31:16], which is 4 to 255 (UG1085, chapter 21): a bit takes
    CD * (BDIV + 1) cycles of the clock."""
    found = ((bdiv, _counter(clock, bdiv + 1, baud)) for bdiv in range(4, 256))
    bdiv, rate = min(found, key=lambda pair: abs(pair[1].baud - baud))
    return Rate(bdiv << 16 | rate.divisor, rate.baud)


def _sixtyfourths(clock: int, baud: int, most: int) -> Rate:
    divisor = min(max(round(4 * clock / baud), 64), most)
    return Rate(divisor, 4 * clock / divisor)


def _pl011(clock: int, baud: int) -> Rate:
    """64ths of a divisor: IBRD in [21:6], which is not 0, and FBRD (DDI 0183, 3.3.6)."""
    return _sixtyfourths(clock, baud, 64 * 0xFFFF)


def _imx(clock: int, baud: int) -> Rate:
    """64ths of a divisor: UBMR + 1, where UBIR + 1 is 64 (IMX8MPRM, 16.2.5.3)."""
    return _sixtyfourths(clock, baud, 0x10000)


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
    # UARTICR. Its node has no clock: nobody but the firmware sets the baud rate.
    "sbsa-uart": UartKind("uart_sbsa", "arm,sbsa-uart", ["arm,sbsa-uart"], [], None, last=0x44),
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
    "bcm2835-aux-uart": UartKind("uart_bcm2835_aux", "brcm,bcm2835-aux-uart", ["brcm,bcm2835-aux-uart"], ["core"],
                                 _mini, last=0x28),  # AUX_MU_BAUD_REG
    "imx-uart": UartKind("uart_imx", "fsl,imx(6q|6sl|6sx|6ul|7d|8m[mnpq])-uart", ["fsl,imx6q-uart"], ["ipg", "per"],
                         _imx, last=0xb4),  # UTS
    "cadence-uart": UartKind("uart_cadence", "cdns,uart-r1p(8|12)|xlnx,xuartps", ["cdns,uart-r1p12"],
                             ["uart_clk", "pclk"], _cadence, last=0x34),  # BAUDDIV
}


def can_have(kind: str, clock: int, baud: int) -> bool:
    """True if a clock of so many Hz can be divided to a baud rate."""
    rate = UART_KINDS[kind].rate
    return rate is None or abs(rate(clock, baud).baud - baud) <= TOLERANCE * baud


def kind_of(compatible: list[str]) -> str | None:
    """The kind of UART that a `compatible` means: the first of the kinds that one of its words is
    known by, as a PL011 may also be called a Generic UART. None if there is none."""
    return next((name for name, kind in UART_KINDS.items() if any(map(kind.matches, compatible))), None)


def known_word(kind: str, compatible: list[str]) -> str:
    """The most general word of a `compatible` by which the UART's kind is known, or else its last
    one."""
    return next((word for word in reversed(compatible) if UART_KINDS[kind].matches(word)), compatible[-1])
