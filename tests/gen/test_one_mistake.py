# SPDX-License-Identifier: Apache-2.0
"""One violation of a schema is answered at its own place and nowhere else: what is cut out of a
sound file for it must not make anything else look wrong."""

from __future__ import annotations

import copy
import functools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from examples import some
from gen.api import steps
from gen.model import Position
from gen.read.findings import Findings
from gen.read.schemas import schema, validator
from gen.read.yaml_tree import Node, load
from guest_images import write_all

CORPUS = Path(__file__).parent / "corpus"
BOARD = yaml.safe_load((CORPUS / "platforms/board.yaml").read_text())
SOUND = yaml.safe_load("""
pinion: 1
platform: platforms/board.yaml
vms:
  linux:
    arch: arm64
    vcpus: 2
    affinity: [1, 0]
    mpidrs: [0, 0x100]
    interrupts: direct
    unconfined_interrupts: true
    uses_pmr: false
    memory: [{ipa: 0x50000000, size: 64MiB, pa: same}, {ipa: 0x60000000, size: 2MiB, pa: 0x60000000}]
    boot: {kernel: Image, initrd: hello.bin, cmdline: quiet}
    devices:
      console: {kind: pl011, mmio: 0x09000000, irq: {spi: 1, trigger: level}}
      rtc: {kind: passthrough, device: rtc}
      dma: {kind: passthrough, device: dma, dma: unconfined}
      disk: {kind: virtio-blk, mmio: 0x0a000000, irq: {spi: 16}, image: hello.bin, persist: true, serial: one}
      empty: {kind: virtio-blk, mmio: 0x0a001000, irq: {spi: 17}, size: 1MiB, persist: false}
    dtb: {address: 0x53000000, overlays: [hello.dts, other.dts]}
    gic: {version: 3, distributor: 0x08000000, redistributors: 0x080a0000}
  flat:
    vcpus: 1
    affinity: [2]
    memory: [{ipa: 0x40000000, size: 1MiB}, {ipa: 0x80000000, size: 192MiB}]
    boot: {binary: hello.bin, load: 0x40001000, entry: 0x40001004}
  elf:
    vcpus: 1
    affinity: [3]
    memory: [{ipa: 0x40000000, size: 192MiB}]
    boot: {elf: hello.elf}
""")
VALUES: list[Any] = [None, True, -1, 1 << 60, "?", [], ["?"], {}, {"?": 0}]

Path_ = tuple[Any, ...]


@pytest.fixture(scope="module", autouse=True)
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder with the files that the sound description names."""
    folder = tmp_path_factory.mktemp("mistake")
    write_all(folder)
    for name in ("hello.dts", "other.dts"):
        (folder / name).write_text("/dts-v1/; /plugin/;\n")
    (folder / "platforms").mkdir()
    (folder / "platforms/board.yaml").write_text(json.dumps(BOARD))
    before = os.getcwd()
    os.chdir(folder)
    yield
    os.chdir(before)


def places(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """All paths below a value, and its own."""
    yield path
    for step in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[step], (*path, step))


def keys(kind: str) -> list[str]:
    """The words of a format."""
    root = schema(kind)
    return sorted({key for place in [root, *root["$defs"].values()] for key in place.get("properties", {})})


def mistakes(sound: Any, kind: str) -> Iterator[tuple[Any, Path_]]:
    """Files with one change, and where: another value, a key less, a key more, a key misspelt."""
    for path in list(places(sound))[1:]:
        *above, last = path

        def changed(value: Any = None) -> tuple[Any, Any]:
            tree = copy.deepcopy(sound)
            return tree, functools.reduce(lambda node, step: node[step], above, tree)

        for value in VALUES:
            tree, parent = changed()
            parent[last] = value
            yield tree, path
        if not isinstance(last, str):
            continue
        tree, parent = changed()
        del parent[last]
        yield tree, path
        tree, parent = changed()
        parent[last + "x"] = parent.pop(last)
        yield tree, (*above, last + "x")
        for key in ("its", "unheard-of", *(word + "x" for word in keys(kind) if word not in parent)):
            tree, parent = changed()
            if last == next(iter(parent)):  # once per mapping
                parent[key] = 5
                yield tree, (*above, key)


def positions(root: Node, path: Path_) -> set[Position]:
    """Where a finding about `path` may stand: there, below, and where a key is missing, at what
    should have it."""
    above = root.find(path[:-1])
    if isinstance(above.value, dict) and path[-1] not in above.value:
        return {above.at, above.name_at}
    node = root.find(path)
    result = {node.at, node.name_at}
    for step in node.value if isinstance(node.value, dict) else range(len(node.value or ())) if isinstance(
            node.value, list) else ():
        result |= positions(root, (*path, step))
    return result


def check(tree: Any, path: Path_, kind: str) -> bool:
    """True if a file violates the schema, and is answered as it should be."""
    if validator(kind).is_valid(tree):
        return False
    file = Path("input.yaml" if kind == "description" else "board.yaml")
    file.write_text(json.dumps(tree))
    system, findings = steps.resolved("input.yaml")
    root = load(file, Findings())
    assert root is not None and system is None and findings.errors
    allowed = positions(root, path)
    assert any(finding.at in allowed for finding in findings), json.dumps(tree)
    assert not [str(finding) for finding in findings if not {finding.at, finding.related} & allowed], json.dumps(tree)
    return True


def test_the_sound_files_are_sound() -> None:
    Path("input.yaml").write_text(json.dumps(SOUND))
    system, findings = steps.resolved("input.yaml")
    assert system and findings.text() == ""


@pytest.mark.slow
def test_mistakes_in_a_description(platforms_read_once: None) -> None:
    tried = some(list(mistakes(SOUND, "description")), 120)
    assert sum(check(tree, path, "description") for tree, path in tried) > 0.9 * len(tried)


@pytest.mark.slow
def test_mistakes_in_a_platform_file() -> None:
    Path("input.yaml").write_text(json.dumps({**SOUND, "platform": "board.yaml"}))
    tried = some(list(mistakes(BOARD, "platform")), 60)
    assert sum(check(tree, path, "platform") for tree, path in tried) > 0.9 * len(tried)
