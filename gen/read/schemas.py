# SPDX-License-Identifier: Apache-2.0
"""The JSON Schemas of both kinds of file, and a validator that knows our own keyword `x-kind`.

`x-kind` marks sizes, addresses, frequencies and interrupts. JSON Schema can describe their form,
but a violation would not say what is wrong. For editors, the schemas describe the same form with
`anyOf` and `oneOf`. The generator ignores these if there is an `x-kind`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import units
from . import irq_notation
from .words import kind_of, shorten
from .yaml_tree import Node

Path_ = tuple[Any, ...]

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


def _problem(kind: str, value: Any) -> str:
    """What `x-kind` finds wrong with a value; empty if nothing."""
    if kind in SCALARS:
        return scalar_problem(kind, value)
    if kind == "interrupt" and isinstance(value, dict) and sum(key in value for key in irq_notation.BASE) != 1:
        return "needs exactly one of spi, ppi and intid"
    if kind == "path" and isinstance(value, str) and "\n" in value:
        return "a path has no line breaks"
    return ""


@functools.cache
def validator(name: str) -> Any:
    """jsonschema's validator of a kind of file; it remembers what it has resolved."""
    import jsonschema  # takes longer than most commands that read no file

    plain = jsonschema.Draft202012Validator

    def own_kind(_validator: Any, kind: str, value: Any, _parent: Any) -> Iterator[jsonschema.ValidationError]:
        if problem := _problem(kind, value):
            yield jsonschema.ValidationError(problem)

    def choices(keyword: str) -> Any:
        def check(inner: Any, wanted: Any, value: Any, parent: Any) -> Iterator[jsonschema.ValidationError]:
            if parent.get("x-kind") not in (*SCALARS, "interrupt"):
                yield from plain.VALIDATORS[keyword](inner, wanted, value, parent)
        return check

    integer = plain.TYPE_CHECKER.redefine("integer", lambda _checker, value: type(value) is int)
    own = {"x-kind": own_kind, "anyOf": choices("anyOf"), "oneOf": choices("oneOf")}
    return jsonschema.validators.extend(plain, own, type_checker=integer)(schema(name))


@dataclass(frozen=True)
class Failure:
    """The value at `path` does not satisfy `keyword` of `schema`, which wants `wanted`. The keyword
    is 'false' where the schema allows no value at all. `problem`: what `x-kind` says, in words."""

    path: Path_
    keyword: str
    wanted: Any
    schema: Any
    problem: str = ""


def failures(root: Node, name: str) -> Iterator[Failure]:
    """Everything in a tree that violates the schema of its kind of file. What jsonschema says of
    each key of a mapping, or of each schema that the mapping has to satisfy, is said once."""
    seen: set[tuple[Any, ...]] = set()
    for error in validator(name).iter_errors(root.plain()):
        path, keyword, wanted = tuple(error.absolute_path), error.validator or "false", error.validator_value
        if "propertyNames" in error.absolute_schema_path:
            keyword, wanted = "propertyNames", error.schema
        if keyword in ("propertyNames", "additionalProperties", "required"):
            once = (path, keyword, str(wanted))
            if once in seen:
                continue
            seen.add(once)
        yield Failure(path, keyword, wanted, error.schema, error.message)
