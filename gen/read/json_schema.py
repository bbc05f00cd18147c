# SPDX-License-Identifier: Apache-2.0
"""Checks a tree with positions against a JSON Schema (draft 2020-12). It knows the keywords that
the schemas in gen/read/schema use, and our own keyword `x-kind`. The tests compare its results with
those of the module jsonschema. The generator does without that module, because its import alone
takes a third of the time in which a device tree is made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Callable

from . import irq_notation
from .schemas import SCALARS, scalar_problem
from .yaml_tree import Node

Path_ = tuple[Any, ...]

_NUMBER = (int, float)
_TYPES: dict[str, type] = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}

# Keywords that do not decide validity, or that are read together with another keyword.
_SILENT = {"$schema", "$defs", "title", "description", "default", "examples", "x-unit", "x-words", "x-required", "then",
           "x-kind"}
# Keywords that repeat for editors what `x-kind` says.
_FOR_EDITORS = {"anyOf", "oneOf"}
EXPLAINED = {*SCALARS, "interrupt"}


def _is(value: object, choice: object) -> bool:
    return isinstance(value, bool) == isinstance(choice, bool) and value == choice


# The keywords about a single value: the types that they apply to, and the condition.
_SIMPLE: dict[str, tuple[tuple[type, ...], Callable[[Any, Any], object]]] = {
    "minimum": (_NUMBER, lambda value, wanted: value >= wanted),
    "maximum": (_NUMBER, lambda value, wanted: value <= wanted),
    "minLength": ((str,), lambda value, wanted: len(value) >= wanted),
    "maxLength": ((str,), lambda value, wanted: len(value) <= wanted),
    "minItems": ((list,), lambda value, wanted: len(value) >= wanted),
    "maxItems": ((list,), lambda value, wanted: len(value) <= wanted),
    "minProperties": ((dict,), lambda value, wanted: len(value) >= wanted),
    "maxProperties": ((dict,), lambda value, wanted: len(value) <= wanted),
    "pattern": ((str,), lambda value, wanted: re.search(wanted, value) is not None),
    "propertyNames": ((dict,), lambda value, wanted: all(re.search(wanted["pattern"], key) for key in value)),
    "required": ((dict,), lambda value, wanted: all(key in value for key in wanted)),
    "type": ((object,), lambda value, wanted: type(value) is _TYPES[wanted]),
    "enum": ((object,), lambda value, wanted: any(_is(value, choice) for choice in wanted)),
    "const": ((object,), _is),
}


@dataclass(frozen=True)
class Failure:
    """The value at `path` violates `keyword` of `schema`; `wanted` is the keyword's value. The
    keyword is 'false' if the schema allows no value at all. `problem`: for `x-kind`, what is wrong,
    in words."""

    path: Path_
    keyword: str
    wanted: Any
    schema: Any
    problem: str = ""


def failures(root: Node, schema: dict[str, Any]) -> Iterator[Failure]:
    """All violations of a schema in a tree. Raises KeyError for a keyword that this file does not
    know."""
    return _Walk(schema["$defs"]).failures(root, schema, ())


def problem(kind: str, value: Any) -> str:
    """What is wrong with a value for an `x-kind`. Empty if nothing is."""
    if kind in SCALARS:
        return scalar_problem(kind, value)
    if kind == "interrupt" and isinstance(value, dict) and sum(key in value for key in irq_notation.BASE) != 1:
        return "needs exactly one of spi, ppi and intid"
    if kind == "path" and isinstance(value, str) and "\n" in value:
        return "a path has no line breaks"
    return ""


class _Walk:
    """Walks a tree with its schema. `nested`: the keywords whose values hold schemas."""

    def __init__(self, definitions: dict[str, Any]) -> None:
        self.definitions = definitions
        self.nested: dict[str, Callable[[Node, Any, Any, Path_], Iterator[Failure]]] = {
            "$ref": self._reference, "properties": self._properties, "additionalProperties": self._others,
            "items": self._items, "allOf": self._all, "anyOf": self._any, "if": self._if}

    def failures(self, node: Node, schema: Any, path: Path_) -> Iterator[Failure]:
        """Yield the violations of a schema at a node and below it."""
        if schema is False:
            yield Failure(path, "false", None, schema)
        elif schema is not True:
            kind = schema.get("x-kind", "")
            if words := problem(kind, node.value):
                yield Failure(path, "x-kind", kind, schema, words)
            silent = _SILENT | _FOR_EDITORS if kind in EXPLAINED else _SILENT
            for keyword, wanted in schema.items():
                if keyword in silent:
                    continue
                if keyword in self.nested:
                    yield from self.nested[keyword](node, wanted, schema, path)
                else:
                    about, holds = _SIMPLE[keyword]
                    if (about == (object,) or type(node.value) in about) and not holds(node.value, wanted):
                        yield Failure(path, keyword, wanted, schema)

    def valid(self, node: Node, schema: Any) -> bool:
        """True if a node and all below it satisfy a schema."""
        return next(self.failures(node, schema, ()), None) is None

    def _reference(self, node: Node, name: str, _schema: Any, path: Path_) -> Iterator[Failure]:
        return self.failures(node, self.definitions[name.rsplit("/", 1)[1]], path)

    def _properties(self, node: Node, wanted: dict[str, Any], _schema: Any, path: Path_) -> Iterator[Failure]:
        if isinstance(node.value, dict):
            for key, schema in wanted.items():
                if key in node.value:
                    yield from self.failures(node.value[key], schema, (*path, key))

    def _others(self, node: Node, wanted: Any, schema: Any, path: Path_) -> Iterator[Failure]:
        """Check `additionalProperties`. If it allows none, all unknown keys of a mapping are one
        failure."""
        known = schema.get("properties", {})
        others = [key for key in node.value if key not in known] if isinstance(node.value, dict) else []
        if others and wanted is False:
            yield Failure(path, "additionalProperties", wanted, schema)
            return
        for key in others:
            yield from self.failures(node.value[key], wanted, (*path, key))

    def _items(self, node: Node, wanted: Any, _schema: Any, path: Path_) -> Iterator[Failure]:
        if isinstance(node.value, list):
            for index, item in enumerate(node.value):
                yield from self.failures(item, wanted, (*path, index))

    def _all(self, node: Node, wanted: list[Any], _schema: Any, path: Path_) -> Iterator[Failure]:
        for schema in wanted:
            yield from self.failures(node, schema, path)

    def _any(self, node: Node, wanted: list[Any], schema: Any, path: Path_) -> Iterator[Failure]:
        if not any(self.valid(node, choice) for choice in wanted):
            yield Failure(path, "anyOf", wanted, schema)

    def _if(self, node: Node, wanted: Any, schema: Any, path: Path_) -> Iterator[Failure]:
        return self.failures(node, schema["then"], path) if self.valid(node, wanted) else iter(())
