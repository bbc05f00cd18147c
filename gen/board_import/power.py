# SPDX-License-Identifier: Apache-2.0
"""Finds the device that switches the machine off and resets it, on boards whose firmware has no
PSCI."""

from __future__ import annotations

from ..model import RegisterWrite
from .model import Board

# By a word of `compatible`, for `poweroff` and `reset`: offset and value of each write.
#
# The power manager of a Raspberry Pi, as Linux uses it (drivers/watchdog/bcm2835_wdt.c). Each value
# has the password 0x5a. PM_RSTS: partition 63 is "halt" for the firmware that starts next. PM_WDOG:
# ten ticks. PM_RSTC: a full reset when they are over; the other bits are those after power-on.
_WATCHDOG = [(0x24, 0x5A00000A), (0x1C, 0x5A000122)]
_WRITES = {"brcm,bcm2835-pm-wdt": {"poweroff": [(0x20, 0x5A000555), *_WATCHDOG], "reset": _WATCHDOG}}


def read(board: Board) -> None:
    """Give the device its `poweroff` and `reset`. Where there is PSCI, nothing is needed."""
    platform = board.platform
    if platform.cpu_start == "psci-smc" and platform.psci is None:
        return
    for device in platform.devices.values():
        for word in set(device.compatible) & set(_WRITES):
            if not device.mmio or device.mmio[0].size < 0x28 or device.disabled:
                continue
            for end, writes in _WRITES[word].items():
                if platform.ender(end) is None:
                    setattr(device, end, [RegisterWrite(platform.at, offset=at, value=value) for at, value in writes])
