# SPDX-License-Identifier: Apache-2.0
"""Checks a tree against its JSON Schema. Every violation becomes a finding at its own position in
the file.

Whatever is wrong is then removed from the tree, as little as possible: a key of a VM, a memory
region, a key of a device. The node around it records what was removed, so that rules which need it
report nothing. All other rules still run, so the user gets all findings at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .findings import Findings
from .schemas import Path_, failures, schema
from .timings import stage
from .violation import Violation
from .yaml_tree import Node

# How much is removed if a value below vms.NAME.KEY is wrong: the first so many steps of its path. A
# list with one number per vCPU is useless without one of them, and so is half a memory region.
_DEPTH = {"boot": 4, "devices": 5, "dtb": 5, "gic": 4, "memory": 4}


@stage("schema")
def validate(root: Node, name: str, findings: Findings) -> Node | None:
    """Add a finding for each violation of schema `name`. Returns the tree without whatever is
    wrong, or None if the rest is of no use. A file of another format version is not checked."""
    version = root.value.get("pinion") if isinstance(root.value, dict) else None
    if version and type(version.value) is int and version.value != schema(name)["properties"]["pinion"]["const"]:
        findings.error("P009", version.at, f"format version {version.value} is not the one that this generator reads",
                       cure="write pinion: 1, and the file as this version's reference says")
        return None
    if mistaken := _mistaken(root, name):
        findings.error("P089", root.at, mistaken[0], cure=mistaken[1])
        return None
    foreign: list[Path_] = []
    wrong: list[Path_] = []
    for failure in failures(root, name):
        violation = Violation(root, failure, findings, schema(name))
        violation.report()
        foreign += violation.foreign
        wrong += violation.spoiled
    if name == "platform":
        # Nothing is removed from a platform. If a device were missing, the finding would blame the
        # VM that uses it.
        return None if wrong else _without(root, foreign)
    pieces = [_piece(path) for path in wrong]
    return None if () in pieces or ("vms",) in pieces else _without(_without(root, foreign), pieces, spoil=True)


def _mistaken(root: Node, name: str) -> tuple[str, str] | None:
    """Message and cure if the whole file is of the other kind. All its keys are unknown, so
    findings about them would say less."""
    keys = root.value.keys() if isinstance(root.value, dict) else set()
    if name == "description" and "cpus" in keys and not keys & {"platform", "vms"}:
        return ("this is a platform file, not a description",
                "check it with --platform, and name it as 'platform' in a description")
    if name == "platform" and "vms" in keys and not keys & {"cpus", "compatible"}:
        return "this is a description, not a platform file", "leave out --platform, or name the file of a board"
    return None


def _piece(path: Path_) -> Path_:
    """The smallest part of a description that is useless if the value at `path` is wrong. Empty if
    that is the whole file."""
    if path[:1] != ("vms",):
        return path[:1]
    if path[2:3] == ("devices",) and path[4:5] == ("kind",):
        return path[:4]
    return path[:_DEPTH.get(path[2], 3)] if len(path) > 2 else path


def _without(node: Node, paths: list[Path_], spoil: bool = False) -> Node:
    """A copy of a tree without the nodes at `paths`. It is a copy because aliases can make two
    places share a node. With `spoil`, each mapping records the keys that it lost. If a list lost an
    element, the mapping that holds the list records that key."""
    if not paths or not isinstance(node.value, (dict, list)):
        return node
    gone = {path[0] for path in paths if len(path) == 1}
    below: dict[Any, list[Path_]] = {}
    for path in paths:
        below.setdefault(path[0], []).append(path[1:])
    if isinstance(node.value, list):
        return replace(node, value=[_without(child, below.get(index, []), spoil)
                                    for index, child in enumerate(node.value) if index not in gone])
    value = {key: _without(child, below.get(key, []), spoil) for key, child in node.value.items() if key not in gone}
    lost = {key for key in below if key in gone or isinstance(value[key].value, list)}
    return replace(node, value=value, spoiled=frozenset(lost) if spoil else node.spoiled)
