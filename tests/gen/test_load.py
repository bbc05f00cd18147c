# SPDX-License-Identifier: Apache-2.0
"""YAML with positions: what scalars mean, where nodes stand, and that no input hurts."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest

from gen.model import Position
from gen.read.findings import Findings
from gen.read.yaml_tree import MAX_BYTES, MAX_NODES, Node, load, shown


def tree(tmp_path: Path, text: str | bytes) -> tuple[Node | None, Findings]:
    path = tmp_path / "input.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    findings = Findings()
    return load(path, findings), findings


def value(tmp_path: Path, text: str) -> Any:
    node, findings = tree(tmp_path, text)
    assert node is not None, findings.text()
    return node.plain()


@pytest.mark.parametrize("text, meaning", [
    ("a: 1", 1), ("a: -5", -5), ("a: 0x40000000", 0x40000000), ("a: 0x4000_0000", 0x40000000),
    ("a: 0x4__0", "0x4__0"), ("a: 0x4_", "0x4_"), ("a: 0", 0),
    ("a: 010", "010"), ("a: 1_000", "1_000"), ("a: 1:30", "1:30"), ("a: 0b1", "0b1"), ("a: 0o17", "0o17"),
    ("a: yes", "yes"), ("a: on", "on"), ("a: no", "no"), ("a: true", True), ("a: False", False),
    ("a:", None), ("a: ~", None), ("a: null", None), ("a: ''", ""), ("a: '5'", "5"), ("a: \"0x5\"", "0x5"),
    ("a: 1.5", 1.5), ("a: .inf", ".inf"), ("a: .nan", ".nan"),
    ("a: 2001-01-01", "2001-01-01"), ("a: 512MiB", "512MiB"), ("a: |\n  5\n", "5\n"),
    ("a: [1, b]", [1, "b"]), ("a: {b: {c: 1}}", {"b": {"c": 1}}), ("b: &x 5\na: *x", 5),
])
def test_scalars_follow_yaml_1_2(tmp_path: Path, text: str, meaning: Any) -> None:
    found = value(tmp_path, text)["a"]
    assert found == meaning and type(found) is type(meaning)


def test_nodes_know_their_places(tmp_path: Path) -> None:
    node, _ = tree(tmp_path, "a: 1\nb:\n  - {c: x}\n  -   y\n")
    assert node is not None
    name = shown(tmp_path / "input.yaml")
    assert node.value["b"].key_at == Position(name, 2, 1)
    assert node.find(["b", 0, "c"]).at == Position(name, 3, 9)
    assert node.find(["b", 1]).at == Position(name, 4, 7)


def test_an_alias_stands_for_a_tree_with_the_name_of_its_own_key(tmp_path: Path) -> None:
    node, _ = tree(tmp_path, "a: &x {k: 1}\nbb: *x\n")
    assert node is not None
    assert [node.value[key].key_at.line for key in ("a", "bb")] == [1, 2]


@pytest.mark.parametrize("text, code", [
    (b"", "P002"), (b"# nothing\n", "P002"), (b"a: [", "P002"), (b"a: 'x", "P002"), (b"\ta: 1", "P002"),
    (b"a: \"\\ud800\"", "P002"), (b"a: \"\\Uffffffff\"", "P002"), (b"%YAML 9.9\n---\na: 1", "P002"),
    (b"a: 1\n\x00", "P002"), (b"\xff\xfea\x00", "P001"), (b"a: \xed\xa0\x80", "P001"), (b"a" * (MAX_BYTES + 1), "P001"),
    (b"- " * 5000, "P003"), (b"[" * 100000, "P003"), (b"{a: " * 5000, "P003"), (b"a: &x [*x]", "P003"),
    (b"a: !!python/object/apply:os.system [ls]", "P003"), (b"? {a: 1}\n: 2", "P003"), (b"&x a: 1", "P003"),
    (b"".join(b"a%d: &x%d [*x%d]\n" % (i, i, i - 1) if i else b"a0: &x0 [1]\n" for i in range(40)), "P003"),
    (b"[" + b"x, " * (MAX_NODES + 1) + b"]", "P003"),
], ids=lambda text: str(text)[:20])
def test_what_cannot_be_a_tree_is_one_finding(tmp_path: Path, text: bytes, code: str) -> None:
    node, findings = tree(tmp_path, text)
    assert node is None
    assert [finding.code for finding in findings] == [code]


@pytest.mark.parametrize("path", ["", "nothing.yaml", ".", "/dev/null", "x\0y", "n" * 5000])
def test_what_cannot_be_read_is_one_finding(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    findings = Findings()
    assert load(Path(path), findings) is None
    assert [finding.code for finding in findings] == ["P001"]


def test_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    assert value(tmp_path, "\ufeffa: 1\n") == {"a": 1}


@pytest.mark.slow
def test_reading_is_bounded_in_cpu_time(tmp_path: Path) -> None:
    generator = random.Random(1)
    alphabets = ("[{", "- ", "a: \n", "&*a ", "? ", "\"\\", "|\n ")
    texts = {alphabet: "".join(generator.choice(alphabet) for _ in range(MAX_BYTES)) for alphabet in alphabets}
    texts["a line of spaces"] = f"a{' ' * (MAX_BYTES - 20)}b\nc: d\n"
    texts["a value of spaces"] = f"a:b{' ' * (MAX_BYTES - 20)}c\nd: e\n"
    for alphabet, text in texts.items():
        begin = time.process_time()
        tree(tmp_path, text)
        assert time.process_time() - begin < 20, alphabet
