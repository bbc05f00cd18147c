# SPDX-License-Identifier: Apache-2.0
"""The JSON Schemas of both kinds of file, and the meaning of our own keyword `x-kind`.

`x-kind` marks sizes, addresses, frequencies and interrupts. JSON Schema can describe their form,
but a violation would not say what is wrong. For editors, the schemas describe the same form with
`anyOf` and `oneOf`. The generator ignores these if there is an `x-kind`.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from .. import units
from .words import kind_of, shorten

SCALARS = ("size", "address", "address-or-same", "frequency")
_LIMIT = {"size": 1 << 48, "address": (1 << 48) - 1, "address-or-same": (1 << 48) - 1, "frequency": (1 << 32) - 1}


def bounds(kind: str) -> str:
    """For a cure: the range of a size, an address or a frequency."""
    if kind == "size":
        return f"write 1 byte to {units.show_size(_LIMIT[kind])}"
    return f"write 0 to {_LIMIT[kind]:#x}" if kind.startswith("address") else f"write 0 to {_LIMIT[kind]} Hz"


@functools.cache
def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a kind of file: 'description' or 'platform'."""
    text = (Path(__file__).parent / "schema" / f"{name}.json").read_text(encoding="utf-8")
    result: dict[str, Any] = json.loads(text)
    return result


def scalar_problem(kind: str, value: Any) -> str:
    """What is wrong with a size, address or frequency. Empty if nothing is."""
    if isinstance(value, (bool, float, list, dict)) or value is None:
        return f"needs {'an' if kind[0] == 'a' else 'a'} {kind.split('-')[0]}, not {kind_of(value)}"
    if kind == "address-or-same" and value == "same":
        return ""
    convert = {"size": units.size, "frequency": units.frequency}.get(kind, units.address)
    number = convert(value)
    if number is None:
        return f"'{shorten(value)}' is not {'an' if kind[0] == 'a' else 'a'} {kind.split('-')[0]}"
    if number < 0 or (kind == "size" and number == 0):
        return "is too small"
    if number > _LIMIT[kind]:
        return "is too large"
    return ""
