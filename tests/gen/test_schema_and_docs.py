# SPDX-License-Identifier: Apache-2.0
"""The schemas are good enough to edit by, and the documents rendered from them are what is
committed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gen.read.findings import Findings
from gen.read.schemas import schema
from gen.read.validate import validate
from gen.read.violation import Violation
from gen.read.words import yaml_example
from gen.read.yaml_tree import load
from gen.show import reference

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("description", "platform")


def explained(path: str) -> str:
    """What `explain` says of a key of a description; empty if there is no such key."""
    found = reference.facts("description", path)
    return reference.text(found) if found else ""


def properties(kind: str) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Every key of a format: name, schema with its reference merged in, required or not."""
    root = schema(kind)
    for place in (root, *root["$defs"].values()):
        for name, child in place.get("properties", {}).items():
            target = root["$defs"][child["$ref"].rsplit("/", 1)[1]] if "$ref" in child else {}
            yield name, {**target, **child}, name in place.get("required", [])


@pytest.mark.parametrize("kind", KINDS)
def test_schema_is_valid(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_described_with_examples_and_a_default(kind: str) -> None:
    for name, full, required in properties(kind):
        assert full.get("description"), name
        assert full.get("examples"), name
        assert required or "default" in full or "x-required" in full, name


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_with_a_unit_says_so(kind: str) -> None:
    assert all("x-unit" in full for name, full, _ in properties(kind)
               if full.get("x-kind") in ("size", "frequency") or name in ("pa_bits",))


@pytest.mark.parametrize("kind", KINDS)
def test_every_keyword_of_the_schema_has_its_words(kind: str) -> None:
    silent = {"$schema", "$defs", "$ref", "title", "description", "default", "examples", "x-unit", "x-words",
              "x-required",
              "properties", "items", "allOf", "oneOf", "if", "then", "pattern"}

    def keywords(place: Any) -> Iterator[str]:
        """Keywords of a schema and of all schemas in it."""
        if not isinstance(place, dict):
            return
        yield from place
        for key in ("properties", "$defs"):
            for child in place.get(key, {}).values():
                yield from keywords(child)
        children = [place.get(key) for key in ("items", "additionalProperties", "then")]
        for child in children + place.get("allOf", []):
            yield from keywords(child)

    for keyword in set(keywords(schema(kind))) - silent:
        assert hasattr(Violation, "_" + keyword.replace("-", "_").lower()), keyword


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_is_accepted(kind: str) -> None:
    root = schema(kind)
    for name, full, _ in properties(kind):
        validator = jsonschema.Draft202012Validator({**full, "$defs": root["$defs"]})
        for example in full["examples"]:
            assert list(validator.iter_errors(example)) == [], name


def as_loaded(example: Any) -> Any:
    """What YAML makes of an example: addresses are numbers there."""
    if isinstance(example, dict):
        return {key: as_loaded(item) for key, item in example.items()}
    if isinstance(example, list):
        return [as_loaded(item) for item in example]
    return int(example, 16) if isinstance(example, str) and example.startswith("0x") else example


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_may_be_copied(kind: str) -> None:
    for name, full, _ in properties(kind):
        for example in full["examples"]:
            assert yaml.safe_load(f"key: {yaml_example(example)}") == {"key": as_loaded(example)}, name


def test_both_schemas_mean_the_same_by_the_same_name() -> None:
    first, second = (schema(kind)["$defs"] for kind in KINDS)
    assert all(first[name] == second[name] for name in ("interrupt", "address", "size"))


@pytest.mark.parametrize("path", sorted(path.relative_to(ROOT) for path in ROOT.glob("vm-configs/**/*.yaml")), ids=str)
def test_shipped_files_follow_the_schema_as_any_editor_reads_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    findings = Findings()
    root = load(path, findings)
    assert root is not None
    kind = "platform" if "platforms" in path.parts else "description"
    assert list(jsonschema.Draft202012Validator(schema(kind)).iter_errors(root.plain())) == []
    assert validate(root, kind, findings) and findings.text() == ""


def test_reference_is_what_the_schemas_say() -> None:
    assert (ROOT / "docs/reference.md").read_text(encoding="utf-8") == reference.reference(), (
        "run: python3 -m gen docs > docs/reference.md")


def test_every_key_of_the_reference_is_required_or_has_a_default() -> None:
    sections = reference.reference().split("\n## Findings")[0].split("\n### ")[1:]
    assert len(sections) > 100
    assert [text.splitlines()[0] for text in sections if "\n- Required" not in text and "\n- Default" not in text] == []


@pytest.mark.parametrize("path, said", [
    ("boot.cmdline", 'Default: ""'), ("boot.elf", "Required: one of kernel, binary, elf"),
    ("vms.linux.devices.console.mmio", "Required: for emulated kinds"),
])
def test_explain_says_what_is_required_and_what_the_default_is(path: str, said: str) -> None:
    assert f"\n{said}\n" in explained(path)


@pytest.mark.parametrize("path, key", [
    ("vms.linux.memory.0.size", "vms.NAME.memory.N.size"), ("memory.size", "vms.NAME.memory.N.size"),
    ("platform", "platform"), ("irq.spi", "vms.NAME.devices.NAME.irq.spi"), ("vcpus", "vms.NAME.vcpus"),
])
def test_explain_finds_keys(path: str, key: str) -> None:
    assert explained(path).startswith(f"{key}: ")


def test_explain_knows_what_it_does_not_know() -> None:
    assert explained("vms.linux.colour") == ""
