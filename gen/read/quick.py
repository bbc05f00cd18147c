# SPDX-License-Identifier: Apache-2.0
"""A schema as Python functions, which say of a tree only whether it is valid. jsonschema, which can say what is wrong,
takes seconds for the thousands of values of a large board; it is asked where this says no."""

from __future__ import annotations

import functools
import re
from typing import Any, Callable, Sized

from .schemas import SCALARS, scalar_problem, schema
from .yaml_tree import Node

Test = Callable[[Node], bool]

# Keywords that say nothing about validity, or are read together with another.
_SILENT = {"$schema", "$defs", "title", "description", "default", "examples", "x-unit", "x-words", "x-required", "then",
           "properties", "additionalProperties"}
_TYPES: dict[str, tuple[type, ...]] = {"object": (dict,), "array": (list,), "string": (str,), "integer": (int,),
                                       "boolean": (bool,)}


@functools.cache
def compiled(name: str) -> Test:
    """The test of a whole file: 'description' or 'platform'."""
    return _Compiler(schema(name)).test(schema(name))


class _Compiler:
    """Compiles each definition once; definitions may contain themselves."""

    def __init__(self, root: dict[str, Any]) -> None:
        self.root = root
        self.known: dict[str, list[Test]] = {}

    def test(self, part: Any) -> Test:
        """The test of a schema."""
        if isinstance(part, bool):
            return lambda node: bool(part)
        tests = [found for key, value in part.items() if (found := self._keyword(part, key, value))]
        tests += [self._members(part)] if "properties" in part or "additionalProperties" in part else []
        if len(tests) == 1:
            return tests[0]

        def every(node: Node) -> bool:
            return all(test(node) for test in tests)
        return every

    def _reference(self, name: str) -> Test:
        if name not in self.known:
            slot = self.known[name] = []
            slot.append(self.test(self.root["$defs"][name]))
        slot = self.known[name]
        return slot[0] if slot else lambda node: slot[0](node)

    def _keyword(self, part: dict[str, Any], key: str, value: Any) -> Test | None:
        own = part.get("x-kind")
        if key in _SILENT or key in ("anyOf", "oneOf") and own in (*SCALARS, "interrupt"):
            return None
        method = getattr(self, "_" + key.replace("$", "").replace("-", "_").lower())
        test: Test | None = method(part, value)
        return test

    def _ref(self, _part: dict[str, Any], value: str) -> Test:
        return self._reference(value.rsplit("/", 1)[1])

    def _type(self, _part: dict[str, Any], value: str) -> Test:
        wanted = _TYPES[value]
        if value == "integer":
            return lambda node: type(node.value) is int
        return lambda node: type(node.value) in wanted

    def _x_kind(self, _part: dict[str, Any], value: str) -> Test | None:
        if value in SCALARS:
            return lambda node: not scalar_problem(value, node.value)
        if value == "interrupt":
            return lambda node: not isinstance(node.value, dict) or sum(
                kind in node.value for kind in ("spi", "ppi", "intid")) == 1
        if value == "path":
            return lambda node: not isinstance(node.value, str) or "\n" not in node.value
        return None

    def _enum(self, _part: dict[str, Any], value: list[Any]) -> Test:
        return lambda node: any(node.value == choice and type(node.value) is type(choice) for choice in value)

    def _const(self, part: dict[str, Any], value: Any) -> Test:
        return self._enum(part, [value])

    def _minimum(self, _part: dict[str, Any], value: int) -> Test:
        return lambda node: type(node.value) not in (int, float) or node.value >= value

    def _maximum(self, _part: dict[str, Any], value: int) -> Test:
        return lambda node: type(node.value) not in (int, float) or node.value <= value

    def _least(self, kind: type[Sized], value: int) -> Test:
        return lambda node: not isinstance(node.value, kind) or len(node.value) >= value

    def _most(self, kind: type[Sized], value: int) -> Test:
        return lambda node: not isinstance(node.value, kind) or len(node.value) <= value

    def _minlength(self, _part: dict[str, Any], value: int) -> Test:
        return self._least(str, value)

    def _maxlength(self, _part: dict[str, Any], value: int) -> Test:
        return self._most(str, value)

    def _minitems(self, _part: dict[str, Any], value: int) -> Test:
        return self._least(list, value)

    def _maxitems(self, _part: dict[str, Any], value: int) -> Test:
        return self._most(list, value)

    def _minproperties(self, _part: dict[str, Any], value: int) -> Test:
        return self._least(dict, value)

    def _maxproperties(self, _part: dict[str, Any], value: int) -> Test:
        return self._most(dict, value)

    def _pattern(self, _part: dict[str, Any], value: str) -> Test:
        search = re.compile(value).search
        return lambda node: not isinstance(node.value, str) or search(node.value) is not None

    def _propertynames(self, _part: dict[str, Any], value: dict[str, Any]) -> Test:
        search = re.compile(value["pattern"]).search
        return lambda node: not isinstance(node.value, dict) or all(map(search, node.value))

    def _required(self, _part: dict[str, Any], value: list[str]) -> Test:
        return lambda node: not isinstance(node.value, dict) or all(key in node.value for key in value)

    def _items(self, _part: dict[str, Any], value: dict[str, Any]) -> Test:
        test = self.test(value)
        return lambda node: not isinstance(node.value, list) or all(map(test, node.value))

    def _members(self, part: dict[str, Any]) -> Test:
        """`properties` and `additionalProperties`."""
        known = {key: self.test(value) for key, value in part.get("properties", {}).items()}
        other = self.test(part.get("additionalProperties", True))

        def check(node: Node) -> bool:
            if isinstance(node.value, dict):
                for key, child in node.value.items():
                    if not known.get(key, other)(child):
                        return False
            return True
        return check

    def _allof(self, _part: dict[str, Any], value: list[Any]) -> Test:
        tests = [self.test(item) for item in value]
        return lambda node: all(test(node) for test in tests)

    def _anyof(self, _part: dict[str, Any], value: list[Any]) -> Test:
        tests = [self.test(item) for item in value]
        return lambda node: any(test(node) for test in tests)

    def _oneof(self, _part: dict[str, Any], value: list[Any]) -> Test:
        tests = [self.test(item) for item in value]
        return lambda node: sum(test(node) for test in tests) == 1

    def _if(self, part: dict[str, Any], value: dict[str, Any]) -> Test:
        condition, then = self.test(value), self.test(part.get("then", True))
        return lambda node: not condition(node) or then(node)
