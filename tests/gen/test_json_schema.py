# SPDX-License-Identifier: Apache-2.0
"""What violates a schema is what the module jsonschema says, which knows all of JSON Schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gen.model import Position
from gen.read.findings import Findings
from gen.read.json_schema import failures
from gen.read.schemas import schema
from gen.read.yaml_tree import Node, load
from reference_validator import validator

HERE = Path(__file__).parent
FILES = sorted([*HERE.glob("corpus/*.yaml"), *HERE.glob("corpus/*/*.yaml"), *HERE.glob("golden/boards/*.yaml")])
AT = Position("x.yaml", 1, 1)


def found(kind: str, root: Node) -> set[tuple[Any, ...]]:
    """Places of violations, each with its keyword."""
    return {(failure.path, failure.keyword) for failure in failures(root, schema(kind))}


def expected(kind: str, value: Any) -> set[tuple[Any, ...]]:
    """The same, in the words of jsonschema."""
    def keyword(error: Any) -> str:
        if "propertyNames" in error.absolute_schema_path:
            return "propertyNames"
        return error.validator or "false"
    return {(tuple(error.absolute_path), keyword(error)) for error in validator(kind).iter_errors(value)}


@pytest.mark.parametrize("kind", ["description", "platform"])
def test_violations_are_those_of_jsonschema(kind: str) -> None:
    verdicts = set()
    for path in FILES:
        root = load(path, Findings())
        if root is not None:
            violations = found(kind, root)
            assert violations == expected(kind, root.plain()), path
            verdicts.add(not violations)
    assert verdicts == {True, False}


def node(value: Any) -> Node:
    """Plain data as a tree."""
    if isinstance(value, dict):
        return Node({key: node(item) for key, item in value.items()}, AT)
    return Node([node(item) for item in value], AT) if isinstance(value, list) else Node(value, AT)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in plain data."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in inner for found in paths(item, (*path, key)))]


def sound(kind: str) -> Any:
    """A valid file of a kind as plain data."""
    file = "dma-one-to-one.yaml" if kind == "description" else "imported/parts.yaml"
    root = load(HERE / "corpus" / file, Findings())
    assert root is not None
    return root.plain()


SOUND = {kind: sound(kind) for kind in ("description", "platform")}
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-2, 1 << 49), st.floats(), st.text(max_size=5),
                   st.sampled_from(["0x40000000", "64MiB", "osc 1", "1 osc 2", "0", "pl011", [], {}, [1, "a"],
                                    {"spi": 1}, {"spi": 1, "ppi": 2}, {"bytes": "00"}, {"base": 0, "size": 1},
                                    "passthrough"]))


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(["description", "platform"]), st.data())
def test_violations_of_changed_files_are_those_of_jsonschema(kind: str, data: st.DataObject) -> None:
    def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
        """A copy with something else at a place."""
        if not path:
            return new
        copy = dict(value) if isinstance(value, dict) else list(value)
        copy[path[0]] = put(value[path[0]], path[1:], new)
        return copy
    changed = put(SOUND[kind], data.draw(st.sampled_from(paths(SOUND[kind]))), data.draw(VALUES))
    assert found(kind, node(changed)) == expected(kind, changed)


def parts(part: Any) -> list[dict[str, Any]]:
    """A schema and all schemas in it."""
    if not isinstance(part, dict):
        return []
    inner = [part[key] for key in ("items", "additionalProperties", "if", "then") if key in part]
    inner += [item for key in ("properties", "$defs") for item in part.get(key, {}).values()]
    inner += [item for key in ("allOf", "anyOf", "oneOf") for item in part.get(key, [])]
    return [part, *(found for item in inner for found in parts(item))]


@pytest.mark.parametrize("kind", ["description", "platform"])
def test_schemas_have_no_keyword_that_is_not_known(kind: str) -> None:
    with pytest.raises(KeyError):
        list(failures(node(5), {"$defs": {}, "multipleOf": 2}))
    assert len(parts(schema(kind))) > 80
    for part in parts(schema(kind)):
        list(failures(node(None), {**part, "$defs": schema(kind)["$defs"]}))
