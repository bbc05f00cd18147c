# SPDX-License-Identifier: Apache-2.0
"""Finds the devices whose drivers call the firmware by SMC. On boards with such devices the
firmware often has the clocks, resets and power of all others."""

from __future__ import annotations

from ..facts.cpu_start import MAX_FUNCTION
from ..facts.device_references import users
from ..model import CallRange
from .model import Board

# By a word of `compatible`: the function ids, as drivers of Linux use them. Those of a SCMI by SMC
# are in a property.
_XILINX = [(0xC2000000, 0xC200FFFF)]
_INTEL = [(0xC2000000, 0xC200FFFF), (0x42000000, 0x4200FFFF)]
_CALLS = {
    "xlnx,zynqmp-firmware": _XILINX,
    "xlnx,versal-firmware": _XILINX,
    "xlnx,versal-net-firmware": _XILINX,
    "amlogic,meson-gxbb-sm": [(0x82000020, 0x820000FF)],
    "intel,stratix10-svc": _INTEL,
    "intel,agilex-svc": _INTEL,
    "qcom,scm": [(top << 24, top << 24 | 0xFFFF) for top in (0x02, 0x42, 0x82, 0xC2)],
}
_SCMI = {"arm,scmi-smc", "arm,scmi-smc-param"}


def read(board: Board) -> None:
    """Give devices their `firmware_calls`."""
    for device in board.platform.devices.values():
        calls = [pair for word in device.compatible for pair in _CALLS.get(word, [])]
        number = device.properties.get("arm,smc-id")
        if _SCMI.intersection(device.compatible) and isinstance(number, int) and number <= MAX_FUNCTION:
            calls.append((number, number))
        device.firmware_calls = [CallRange(board.platform.at, first=first, last=last) for first, last in calls]


def needed(board: Board) -> list[str]:
    """A line for each such device: its functions, and how many devices use it or a part of it."""
    platform = board.platform
    using = users(platform)
    lines = []
    for device in platform.devices.values():
        if device.firmware_calls and not device.disabled:
            parts = {other.name for other in platform.devices.values() if other.parent == device.name}
            its_own = {device.name, *parts}
            count = len({user for name in its_own for user in using.get(name, [])} - its_own)
            calls = ", ".join(map(str, device.firmware_calls))
            lines.append(f"{device.node}: its driver calls the firmware by {calls}; "
                         f"{count} device{' uses' if count == 1 else 's use'} it")
    return lines
