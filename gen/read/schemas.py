# SPDX-License-Identifier: Apache-2.0
"""The JSON Schemas of both kinds of file, and a validator that knows their own keyword.

`x-kind` names values that JSON Schema alone can describe but not explain: sizes, addresses, frequencies, interrupts.
For editors the schemas say the same in `anyOf` and `oneOf`, which the validator passes over where `x-kind` has spoken.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any, Iterator

import jsonschema

from .. import units
from . import irq_notation
from .words import kind_of, shorten

SCALARS = ("size", "address", "address-or-same", "frequency")
_LIMIT = {"size": 1 << 48, "address": (1 << 48) - 1, "address-or-same": (1 << 48) - 1, "frequency": (1 << 32) - 1}


def bounds(kind: str) -> str:
    """What a size, an address or a frequency has to be between, as the cure of one that is not."""
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
    """What is wrong with a size, address or frequency; empty if nothing."""
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


def _own_kind(validator: Any, kind: str, instance: Any, parent: Any) -> Iterator[jsonschema.ValidationError]:
    """The keyword `x-kind`. The error's `validator_value` is the code of its finding."""
    if kind in SCALARS:
        if problem := scalar_problem(kind, instance):
            code = "P007" if problem.startswith("needs") else "P008"
            yield jsonschema.ValidationError(problem, validator_value=code)
    elif kind == "interrupt" and isinstance(instance, dict):
        if sum(key in instance for key in irq_notation.BASE) != 1:
            yield jsonschema.ValidationError("needs exactly one of spi, ppi and intid", validator_value="P008")
    elif kind == "path" and isinstance(instance, str) and "\n" in instance:
        yield jsonschema.ValidationError("a path has no line breaks", validator_value="P008")


def _choices(name: str) -> Any:
    plain = jsonschema.Draft202012Validator.VALIDATORS[name]

    def check(validator: Any, value: Any, instance: Any, parent: Any) -> Iterator[jsonschema.ValidationError]:
        if parent.get("x-kind") not in (*SCALARS, "interrupt"):
            yield from plain(validator, value, instance, parent)
    return check


_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    {"x-kind": _own_kind, "anyOf": _choices("anyOf"), "oneOf": _choices("oneOf")},
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _checker, value: isinstance(value, int) and not isinstance(value, bool)))


@functools.cache
def validator(name: str) -> Any:
    """The schema's validator; it remembers what it has resolved."""
    return _Validator(schema(name))
