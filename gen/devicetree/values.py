# SPDX-License-Identifier: Apache-2.0
"""Values of properties. A blob has only their bytes (Devicetree Specification 0.4, section 2.2.4).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence

_TEXT = re.compile(rb"([\x20-\x7e]+\0)+")


def strings(value: bytes) -> list[str]:
    """The strings of a property."""
    return [part.decode(errors="replace") for part in value.split(b"\0")[:-1]]


def is_text(value: bytes) -> bool:
    """True if bytes can only be strings: printable, each ended by a zero byte, none of them empty.
    """
    return _TEXT.fullmatch(value) is not None


def cells(value: bytes) -> list[int]:
    """The cells of a property. The last bytes are left out if they are fewer than four."""
    return [cell for (cell,) in struct.iter_unpack(">I", value[:len(value) // 4 * 4])]


def number(part: Sequence[int]) -> int:
    """Cells as one number, the most significant first."""
    joined = 0
    for cell in part:
        joined = joined << 32 | cell
    return joined
