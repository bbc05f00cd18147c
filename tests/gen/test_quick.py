# SPDX-License-Identifier: Apache-2.0
"""The quick test of a file says the same as jsonschema does, which is asked for words only where this says no."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gen.model import Position
from gen.read.findings import Findings
from gen.read.quick import compiled
from gen.read.schemas import schema, validator
from gen.read.yaml_tree import Node, load

HERE = Path(__file__).parent
FILES = sorted([*HERE.glob("corpus/*.yaml"), *HERE.glob("corpus/*/*.yaml"), *HERE.glob("golden/boards/*.yaml")])
AT = Position("x.yaml", 1, 1)


@pytest.mark.parametrize("kind", ["description", "platform"])
def test_verdict_is_that_of_jsonschema(kind: str) -> None:
    verdicts = set()
    for path in FILES:
        root = load(path, Findings())
        if root is not None:
            quick = compiled(kind)(root)
            assert quick == validator(kind).is_valid(root.plain()), path
            verdicts.add(quick)
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
def test_verdict_on_changed_files_is_that_of_jsonschema(kind: str, data: st.DataObject) -> None:
    def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
        """A copy with something else at a place."""
        if not path:
            return new
        copy = dict(value) if isinstance(value, dict) else list(value)
        copy[path[0]] = put(value[path[0]], path[1:], new)
        return copy
    changed = put(SOUND[kind], data.draw(st.sampled_from(paths(SOUND[kind]))), data.draw(VALUES))
    assert compiled(kind)(node(changed)) == validator(kind).is_valid(changed)


def test_schemas_have_no_keyword_that_it_does_not_know() -> None:
    assert all(compiled(kind) for kind in ("description", "platform")) and schema("platform")
