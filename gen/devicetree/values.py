# SPDX-License-Identifier: Apache-2.0
"""The value of a property, which a blob has as bytes alone (Devicetree Specification 0.4, section 2.2.4)."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence

_TEXT = re.compile(rb"([\x20-\x7e]+\0)+")


def strings(value: bytes) -> list[str]:
    """A property of strings."""
    return [part.decode(errors="replace") for part in value.split(b"\0")[:-1]]


def is_text(value: bytes) -> bool:
    """True for what can only be strings: printable, each ended by a zero, none of them empty."""
    return _TEXT.fullmatch(value) is not None


def cells(value: bytes) -> list[int]:
    """A property of cells; a rest of less than four bytes is left out."""
    return [cell for (cell,) in struct.iter_unpack(">I", value[:len(value) // 4 * 4])]


def number(part: Sequence[int]) -> int:
    """Cells as one number, the most significant first."""
    joined = 0
    for cell in part:
        joined = joined << 32 | cell
    return joined
