# SPDX-License-Identifier: Apache-2.0
"""Numbers with units: sizes, addresses and frequencies as the input files write them."""

from __future__ import annotations

import re

PAGE = 0x1000
KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30

_SIZES = {"": 1, "B": 1, "KiB": KIB, "MiB": MIB, "GiB": GIB, "TiB": 1 << 40}
_FREQUENCIES = {"": 1, "Hz": 1, "kHz": 10**3, "MHz": 10**6, "GHz": 10**9}
_NUMBER = re.compile(r"(0x[0-9a-fA-F][0-9a-fA-F_]{0,20}|[0-9]{1,20})\s?([A-Za-z]{0,3})")


def _number(value: object, units: dict[str, int]) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return None
    match = _NUMBER.fullmatch(value)
    if not match or match[2] not in units:
        return None
    return int(match[1].replace("_", ""), 16 if match[1].startswith("0x") else 10) * units[match[2]]


def size(value: object) -> int | None:
    """The bytes of a size such as `512MiB`, `0x1000` or 4096. None if it is not a size."""
    return _number(value, _SIZES)


def meant_size(value: object) -> str:
    """The right spelling of a size with a wrong unit, such as `256M` or `64MB`. Empty if it is not
    clear what is meant."""
    match = re.fullmatch(r"([0-9]{1,20})\s?([kmgtKMGT])(i?[bB])?", value) if isinstance(value, str) else None
    return f"{match[1]}{match[2].upper()}iB" if match and size(value) is None else ""


def address(value: object) -> int | None:
    """The value of an address in hexadecimal or decimal. None if it is not an address."""
    return _number(value, {"": 1})


def frequency(value: object) -> int | None:
    """The hertz of a frequency such as `24MHz` or 24000000. None if it is not a frequency."""
    return _number(value, _FREQUENCIES)


def show_size(value: int) -> str:
    """A size as the input files write it, in the largest unit that divides it."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if value and value % _SIZES[unit] == 0:
            return f"{value // _SIZES[unit]}{unit}"
    return f"{value} bytes"


def align_up(value: int, alignment: int) -> int:
    """The lowest multiple of `alignment` that is not below `value`."""
    return -(-value // alignment) * alignment


def align_down(value: int, alignment: int) -> int:
    """The highest multiple of `alignment` that is not above `value`."""
    return value // alignment * alignment


def nearest(value: int, alignment: int, least: int = 0) -> str:
    """The multiples of `alignment` next to a value, in words. Multiples below `least` are left out.
    """
    below = align_down(value, alignment)
    return f"{below:#x} or {align_up(value, alignment):#x}" if below >= least else f"{align_up(value, alignment):#x}"
