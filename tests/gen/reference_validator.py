# SPDX-License-Identifier: Apache-2.0
"""The module jsonschema with the generator's own keyword, as a second opinion on what violates a schema."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import jsonschema

from gen.read.json_schema import EXPLAINED, problem
from gen.read.schemas import schema


def _own_kind(_validator: Any, kind: str, instance: Any, _parent: Any) -> Iterator[jsonschema.ValidationError]:
    if words := problem(kind, instance):
        yield jsonschema.ValidationError(words)


def _choices(name: str) -> Any:
    plain = jsonschema.Draft202012Validator.VALIDATORS[name]

    def check(validator: Any, value: Any, instance: Any, parent: Any) -> Iterator[jsonschema.ValidationError]:
        if parent.get("x-kind") not in EXPLAINED:
            yield from plain(validator, value, instance, parent)
    return check


_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    {"x-kind": _own_kind, "anyOf": _choices("anyOf"), "oneOf": _choices("oneOf")},
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _checker, value: isinstance(value, int) and not isinstance(value, bool)))


@functools.cache
def validator(name: str) -> Any:
    """jsonschema's validator of a kind of file: 'description' or 'platform'."""
    return _Validator(schema(name))
